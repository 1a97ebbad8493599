package detector

import (
	"errors"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg"
	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// edgeOn is the cosine between beam and normal below which the detector counts as edge-on to the beam.
const edgeOn = 1e-9

// shallow is the smallest distance, in m, between the crystal and a panel's plane.
const shallow = 1e-12

func refuse(field, format string, args ...any) error {
	return gobragg.ConfigErrorf("detector", field, format, args...)
}

// check validates a completed configuration, except the position of the detector, which checkPlanes
// validates.
func (c *Config) check() error {
	d := &Detector{cfg: *c}
	rows := append(d.rows(),
		config.Number("fast", "number of pixels along fast", "", config.Within(1, MaxPixels), float64(c.Fast), nil),
		config.Number("slow", "number of pixels along slow", "", config.Within(1, MaxPixels), float64(c.Slow), nil),
		config.Number("layers", "number of sensor layers", "", config.Within(0, MaxPoints), float64(c.Sensor.Layers), nil),
		config.Number("oversample", "oversample", "", config.Within(1, MaxPoints), float64(c.Oversample), nil),
	)
	if err := config.Check("detector", rows); err != nil {
		return err
	}
	for _, rule := range []struct {
		broken        bool
		field, reason string
	}{
		{c.Convention > Custom, "convention", fmt.Sprintf("convention %d is unknown", c.Convention)},
		{c.Pivot > AboutSample, "pivot", fmt.Sprintf("pivot %d is unknown", c.Pivot)},
		{c.Distance > 0 && c.CloseDistance > 0, "close_distance", fmt.Sprintf("both a distance, %v mm, and a close distance, %v mm, are given", c.Distance, c.CloseDistance)},
		{c.Origin != nil && (c.Distance > 0 || c.CloseDistance > 0), "origin", "both an origin and a distance are given: one follows from the other"},
		{c.Origin != nil && (c.BeamCentre != nil || c.CloseCentre != nil), "origin", "both an origin and a centre are given: one follows from the other"},
		{c.Origin != nil && c.Pivot == AboutBeam, "pivot", "a detector placed by its origin must pivot about the sample, not the beam"},
		{len(c.Panels) > 0 && c.Region != nil, "region", "a region of the whole detector cannot be combined with panels: give each panel its own"},
		{len(c.Panels) > 0 && c.Mask != nil, "mask", "a mask of the whole detector cannot be combined with panels: give each panel its own"},
		{len(c.Panels) > 0 && c.Curved, "curved", "a curved detector cannot have panels"},
	} {
		if rule.broken {
			return refuse(rule.field, "%s", rule.reason)
		}
	}
	if err := c.Sensor.check("", ""); err != nil {
		return err
	}
	if err := c.checkSamples(); err != nil {
		return err
	}
	if err := c.checkPanels(); err != nil {
		return err
	}
	if err := c.checkGroups(); err != nil {
		return err
	}
	if err := c.checkGas(); err != nil {
		return err
	}
	return c.checkResponse()
}

// checkSamples limits the number of samples per pixel.
func (c *Config) checkSamples() error {
	// The reference program has at least two layers.
	n, layers := int64(c.Oversample), int64(1)
	for _, s := range c.sensors() {
		if s.Thickness > 0 {
			layers = max(layers, 2, int64(s.Layers))
		}
	}
	// Check the factors first, so that the product cannot overflow.
	if n > MaxPoints || layers > MaxPoints || n*n > MaxPoints/layers {
		return refuse("oversample", "%d × %d sub-pixels in %d layers are more than %d samples per pixel", c.Oversample, c.Oversample, layers, MaxPoints)
	}
	return nil
}

// Check returns a [gobragg.ConfigError] if the current values of the nodes are invalid. They must
// be finite and lengths positive; the detector must not be edge-on to the beam if its distance
// along the beam matters; and the crystal must not lie in or behind the plane of a panel. Fields
// that hold expressions are not checked, and the last two conditions are checked only if no field
// holds one. A missing or misshapen node is an ordinary error.
func (d *Detector) Check() error {
	if err := d.checkNodes(); err != nil {
		return err
	}
	if err := config.Check("detector", d.rows()); err != nil {
		return err
	}
	for _, p := range d.parameters() {
		if p.Node.Op() != nil {
			return nil
		}
	}
	return d.checkPlanes()
}

// checkPlanes validates the position of the detector and its panels.
func (d *Detector) checkPlanes() error {
	b := node.On(d.g)
	p := d.placed(b)
	nodes := []*expr.Node{p.ratio}
	for _, f := range p.panels {
		nodes = append(nodes, f.near)
	}
	values, err := evaluate(b, nodes...)
	if err != nil {
		return err
	}
	alongBeam := d.cfg.Origin == nil && (d.cfg.Pivot == AboutBeam || d.Distance != nil) || d.cfg.Curved
	if alongBeam && math.Abs(values[0]) < edgeOn {
		return refuse("rotx", "the detector is edge-on to the beam: a distance along the beam cannot place it")
	}
	for k, v := range values[1:] {
		who, field := "the detector", "distance"
		if d.cfg.Origin != nil {
			field = "origin"
		}
		if !d.panels[k].whole {
			who, field = fmt.Sprintf("panel %q", d.panels[k].name), fmt.Sprintf("panels.%d.origin", k)
		}
		switch {
		case !config.IsFinite(v):
			return refuse(field, "the plane of %s is %v mm from the crystal", who, 1e3*v)
		case math.Abs(v) < shallow:
			return refuse(field, "the crystal lies in the plane of %s", who)
		case v < 0:
			return refuse(field, "the crystal is %.6g mm behind %s: its normal points towards the crystal", -1e3*v, who)
		}
	}
	return nil
}

// checkNodes checks that every field holds a scalar of the detector's graph and that no required
// field is nil.
func (d *Detector) checkNodes() error {
	needed := []*G.Node{d.RotX, d.RotY, d.RotZ, d.TwoTheta, d.Shift[0], d.Shift[1], d.Shift[2], d.Pixel}
	if d.cfg.Origin != nil {
		needed = append(needed, d.Origin[:]...)
	} else {
		needed = append(needed, d.BeamX, d.BeamY)
	}
	for k, p := range d.Panels {
		needed = append(append(needed, p.Origin[:]...), p.Tilt[:]...)
		if k < len(d.cfg.Panels) && d.cfg.Panels[k].Sensor != nil && d.cfg.Panels[k].Sensor.Thickness > 0 {
			needed = append(needed, p.Thickness)
			if s := d.cfg.sensors()[k]; s.table() == nil {
				needed = append(needed, p.Attenuation)
			}
		}
	}
	if d.cfg.Gas.Name != "" {
		needed = append(needed, d.Density)
	}
	for _, g := range d.Groups {
		needed = append(append(needed, g.Rot[:]...), g.Shift[:]...)
	}
	for _, n := range needed {
		if n == nil {
			return errors.New("detector: a field that New had set is nil")
		}
	}
	switch {
	case d.cfg.Origin == nil && (d.Distance == nil) == (d.CloseDistance == nil):
		return errors.New("detector: exactly one of the fields Distance and CloseDistance must be set")
	case (d.CloseFast == nil) != (d.CloseSlow == nil):
		return errors.New("detector: only one of the fields CloseFast and CloseSlow is nil")
	case (d.Thickness == nil) != (d.Attenuation == nil) && d.cfg.Sensor.table() == nil:
		return errors.New("detector: only one of the fields Thickness and Attenuation is nil")
	case countPanels(d.panels) != len(d.Panels):
		return fmt.Errorf("detector: New made %d panels, but Panels now has %d", countPanels(d.panels), len(d.Panels))
	case len(d.cfg.Groups) != len(d.Groups):
		return fmt.Errorf("detector: New made %d groups, but Groups now has %d", len(d.cfg.Groups), len(d.Groups))
	}
	for _, p := range d.parameters() {
		if len(p.Node.Shape()) != 0 {
			return fmt.Errorf("detector: %s: node %s has shape %v, want a scalar", p.Name, node.Describe(p.Node), p.Node.Shape())
		}
		if p.Node.Graph() != d.g {
			return fmt.Errorf("detector: %s: node %s belongs to another graph", p.Name, node.Describe(p.Node))
		}
	}
	return nil
}

func countPanels(panels []panel) int {
	n := 0
	for _, p := range panels {
		if !p.whole {
			n++
		}
	}
	return n
}
