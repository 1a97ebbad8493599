package detector

import (
	"errors"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// Point is one sample point of a pixel.
type Point struct {
	Fast, Slow float64 // from the pixel's corner, in fractions of its side
	Layer      int     // of the sensor, 0 at the front
}

// Sampling lists the points of a pixel at which the intensity is computed. Layer t lies
// t·LayerStep·thickness behind the front face.
type Sampling struct {
	Points    []Point
	Layers    int     // at least 1
	LayerStep float64 // in units of the sensor's thickness; without a sensor 0
	// Panels are the layers of each panel, none more than Layers, instead of LayerStep, if panels have sensors of their own.
	Panels []PanelLayers
}

// PanelLayers are those of the sensor of a panel.
type PanelLayers struct {
	Layers int     // at least 1
	Step   float64 // in units of the sensor's thickness; without a sensor 0
}

// Sampling returns the centres of Oversample² sub-pixels in each layer of the sensor; the thickness
// of a layer is thickness/Layers. Layers are outermost, then the slow axis, then the fast one.
func (d *Detector) Sampling() Sampling {
	return d.sampling(false)
}

func (d *Detector) sampling(reference bool) Sampling {
	if !d.cfg.ownSensors() {
		return d.grid(d.cfg.Sensor.layers(reference))
	}
	most := 1
	var panels []PanelLayers
	for _, own := range d.cfg.sensors() {
		layers, step := own.layers(reference)
		panels, most = append(panels, PanelLayers{layers, step}), max(most, layers)
	}
	s := d.grid(most, 0)
	s.Panels = panels
	return s
}

// SamplingWith is [Detector.Sampling] with the reference program's deviations: its sensor has
// max(2, Layers) layers of thickness/(layers − 1), which extend beyond the back face, or two of
// thickness/2 if Layers is 0 (physics.md, deviation 3).
func (d *Detector) SamplingWith(deviations nanobragg.Deviations) Sampling {
	return d.sampling(deviations.SensorLayers)
}

// SetOversample replaces Config.Oversample for subsequent samplings, since the number of sub-pixels
// needed may depend on the position of the detector; see [RecommendedOversample]. Call it before a
// simulator is built. 0 means 1; it returns the same errors as [New].
func (d *Detector) SetOversample(n int) error {
	cfg := d.cfg
	cfg.Oversample = max(n, 1)
	if n < 0 {
		return refuse("oversample", "oversample %d is negative", n)
	}
	if err := cfg.checkSamples(); err != nil {
		return err
	}
	d.cfg = cfg
	return nil
}

func (d *Detector) grid(layers int, step float64) Sampling {
	n := d.cfg.Oversample
	s := Sampling{Points: make([]Point, 0, layers*n*n), Layers: layers, LayerStep: step}
	for t := range layers {
		for slow := range n {
			for fast := range n {
				s.Points = append(s.Points, Point{(float64(fast) + 0.5) / float64(n), (float64(slow) + 0.5) / float64(n), t})
			}
		}
	}
	return s
}

func (s Sampling) check() error {
	if len(s.Points) == 0 {
		return errors.New("detector: a sampling without points")
	}
	if len(s.Points) > MaxPoints {
		return fmt.Errorf("detector: a sampling of %d points, the limit is %d", len(s.Points), MaxPoints)
	}
	if !config.IsFinite(s.LayerStep) || s.LayerStep < 0 {
		return fmt.Errorf("detector: a sampling with a layer step of %v", s.LayerStep)
	}
	for i, p := range s.Points {
		if !config.IsFinite(p.Fast) || !config.IsFinite(p.Slow) {
			return fmt.Errorf("detector: point %d of a sampling is at (%v, %v)", i, p.Fast, p.Slow)
		}
		if p.Layer < 0 || p.Layer >= s.Layers {
			return fmt.Errorf("detector: point %d of a sampling is in layer %d of %d", i, p.Layer, s.Layers)
		}
	}
	return nil
}

// RecommendedOversample returns the number of sub-pixels along each axis that samples the finest
// fringes of a crystal three times per period: ceil(3·crystal·pixel/(wavelength·distance)), at
// least 1 and at most MaxInt32. crystal, its largest size, and wavelength are in Å, distance and
// pixel in mm, all positive; if the result is not a number, it is 1.
func RecommendedOversample(crystal, wavelength, distance, pixel float64) int {
	// In metres, as in the reference program, so that ratios that should be integers round up in
	// the same way.
	period := wavelength / 1e10 * (distance / 1000) / (pixel / 1000)
	n := math.Ceil(3 * (crystal / 1e10) / period)
	if !(n >= 1) {
		return 1
	}
	return int(math.Min(n, math.MaxInt32))
}
