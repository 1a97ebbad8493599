package detector

import (
	"errors"
	"fmt"
)

// complete is the configuration with defaults in the place of zeros, or what is wrong with it. It allocates nothing
// that grows with the number of pixels.
func (c Config) complete() (Config, error) {
	if c.Name == "" {
		c.Name = "detector"
	}
	// The caller may go on using what these point to.
	c.BeamCentre, c.CloseCentre, c.Origin = copyOf(c.BeamCentre), copyOf(c.CloseCentre), copyOf(c.Origin)
	if err := c.completeSizes(); err != nil {
		return c, err
	}
	if err := c.completePlacement(); err != nil {
		return c, err
	}
	if err := c.completeSensor(); err != nil {
		return c, err
	}
	return c, c.checkPanels()
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (c *Config) completeSizes() error {
	if c.Fast < 0 || c.Slow < 0 {
		return fmt.Errorf("detector: %d × %d pixels: a size is negative", c.Fast, c.Slow)
	}
	if c.Fast == 0 {
		c.Fast = 1024
	}
	if c.Slow == 0 {
		c.Slow = 1024
	}
	if !finite(c.Pixel) || c.Pixel < 0 {
		return fmt.Errorf("detector: pixel size %v mm is not a positive number", c.Pixel)
	}
	if c.Pixel == 0 {
		c.Pixel = 0.1
	}
	if c.Convention > Custom {
		return fmt.Errorf("detector: convention %d is unknown", c.Convention)
	}
	if c.Pivot > AboutSample {
		return fmt.Errorf("detector: pivot %d is unknown", c.Pivot)
	}
	return nil
}

func (c *Config) completePlacement() error {
	for _, q := range []struct {
		name, unit string
		value      float64
	}{
		{"distance", "mm", c.Distance},
		{"close distance", "mm", c.CloseDistance},
		{"rotation about x", "°", c.RotX},
		{"rotation about y", "°", c.RotY},
		{"rotation about z", "°", c.RotZ},
		{"two-theta", "°", c.TwoTheta},
		{"shift along x", "mm", c.Shift[0]},
		{"shift along y", "mm", c.Shift[1]},
		{"shift along z", "mm", c.Shift[2]},
	} {
		if !finite(q.value) {
			return fmt.Errorf("detector: %s %v %s is not finite", q.name, q.value, q.unit)
		}
	}
	if c.Distance < 0 {
		return fmt.Errorf("detector: distance %v mm is negative", c.Distance)
	}
	if c.CloseDistance < 0 {
		return fmt.Errorf("detector: close distance %v mm is negative", c.CloseDistance)
	}
	if c.Distance > 0 && c.CloseDistance > 0 {
		return fmt.Errorf("detector: both a distance, %v mm, and a close distance, %v mm", c.Distance, c.CloseDistance)
	}
	for _, q := range []struct {
		name  string
		value *[2]float64
	}{{"beam centre", c.BeamCentre}, {"close centre", c.CloseCentre}} {
		if q.value != nil && !(finite(q.value[0]) && finite(q.value[1])) {
			return fmt.Errorf("detector: %s %v mm is not finite", q.name, *q.value)
		}
	}
	if c.Origin == nil {
		if c.Distance == 0 && c.CloseDistance == 0 {
			c.Distance = 100
		}
		if c.Pivot == ByConvention {
			c.Pivot = c.Convention.pivot()
		}
		return nil
	}
	switch o := *c.Origin; {
	case !(finite(o[0]) && finite(o[1]) && finite(o[2])):
		return fmt.Errorf("detector: origin %v mm is not finite", o)
	case c.Distance > 0 || c.CloseDistance > 0:
		return errors.New("detector: an origin and a distance: the one follows from the other")
	case c.BeamCentre != nil || c.CloseCentre != nil:
		return errors.New("detector: an origin and a centre: the one follows from the other")
	case c.Pivot == AboutBeam:
		return errors.New("detector: a detector placed by its origin pivots about the sample, not the beam")
	}
	c.Pivot = AboutSample
	return nil
}

func (c *Config) completeSensor() error {
	s := &c.Sensor
	if !finite(s.Thickness) || s.Thickness < 0 {
		return fmt.Errorf("detector: sensor thickness %v µm is not a number from 0 on", s.Thickness)
	}
	if !finite(s.Attenuation) || s.Attenuation < 0 {
		return fmt.Errorf("detector: attenuation depth %v µm is not a positive number", s.Attenuation)
	}
	if s.Layers < 0 {
		return fmt.Errorf("detector: %d sensor layers", s.Layers)
	}
	if s.Attenuation == 0 {
		s.Attenuation = s.Thickness
	}
	return c.completeOversample()
}

func (c *Config) completeOversample() error {
	if c.Oversample < 0 {
		return fmt.Errorf("detector: oversample %d is negative", c.Oversample)
	}
	s := &c.Sensor
	c.Oversample = max(1, c.Oversample)
	// Bounded one by one first, so that their product does not overflow. The reference sampling may have one layer more.
	n, layers := int64(c.Oversample), int64(max(2, s.Layers))
	if s.Thickness == 0 {
		layers = 1
	}
	if n > MaxPoints || layers > MaxPoints || n*n > MaxPoints/layers {
		return fmt.Errorf("detector: %d × %d sub-pixels in %d layers are more than %d samples a pixel", c.Oversample, c.Oversample, layers, MaxPoints)
	}
	return nil
}
