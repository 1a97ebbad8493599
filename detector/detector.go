// Package detector places the pixels of an area detector in the laboratory, as expressions of a gorgonia graph: where
// they are, which solid angle they span, and what their sensor absorbs, differentiable by every distance, centre and
// angle.
//
// New makes the parameters; Samples builds the expressions from the nodes that stand in the Detector's fields by then, so
// parameters are tied by assigning other nodes to those fields in between. The equations are those of physics.md.
package detector

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Detector is an area detector in a graph. Its exported fields are scalar nodes; their names are the field's in lower
// case with Config.Name before: "detector.distance", "detector.beam_x", "detector.rotx", "detector.panel.0.tilt_fast".
type Detector struct {
	// Distance is from the crystal to where the beam meets the detector, CloseDistance to the nearest point of its plane,
	// both before two-theta, in mm. One of them is nil, the one that was not given; both are with Config.Origin.
	Distance, CloseDistance *G.Node
	// BeamX and BeamY are the convention's beam centre in mm; nil with Config.Origin. A detector that pivots about the
	// sample does not move with them (Custom without a close centre does). Where the convention's beam centre is the
	// close centre by default, they are the same nodes.
	BeamX, BeamY *G.Node
	// CloseFast and CloseSlow are the point nearest to the crystal before rotations, in mm along the axes, that a detector
	// which pivots about the sample is placed by. nil where it pivots about the beam, or they follow from the beam centre.
	CloseFast, CloseSlow *G.Node
	// Origin is the corner of the first pixel before rotations, in mm; nil unless Config.Origin was given.
	Origin [3]*G.Node
	// RotX, RotY, RotZ and TwoTheta in degrees.
	RotX, RotY, RotZ, TwoTheta *G.Node
	// Shift in mm.
	Shift [3]*G.Node
	// Pixel is the side of a pixel in mm.
	Pixel *G.Node
	// Thickness and Attenuation of the sensor in µm; nil without one.
	Thickness, Attenuation *G.Node
	// Panels of Config.Panels; empty without.
	Panels []PanelNodes

	g      *G.ExprGraph
	cfg    Config // complete
	axes   Axes   // unit vectors
	panels []panel
	pixels pixels

	building  sync.Mutex
	points    []pointLeaves // of the samplings built so far
	placement placement     // built last
}

// PanelNodes are a panel's nodes and its size in pixels.
type PanelNodes struct {
	Name       string
	Fast, Slow int
	Origin     [3]*G.Node // corner of the first pixel along the frame's fast, slow and normal axes, mm
	Tilt       [3]*G.Node // about the frame's fast, slow and normal axes, degrees
}

// New makes a detector's parameters and pixel coordinates in a graph. It fails where the configuration makes no sense,
// where the crystal lies in or behind the plane of a panel, and where the graph has nodes of the same names.
func New(g *G.ExprGraph, cfg Config) (*Detector, error) {
	if g == nil {
		return nil, fmt.Errorf("detector: nil graph")
	}
	cfg = cfg.complete()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	axes, err := unitAxes(cfg.Convention, cfg.Axes)
	if err != nil {
		return nil, err
	}
	panels, err := makePanels(&cfg)
	if err != nil {
		return nil, err
	}
	px, err := selectPixels(cfg.panels())
	if err != nil {
		return nil, err
	}
	// Tried in a graph of its own first, so that a detector which fails leaves nothing in the user's.
	trial := &Detector{g: G.NewGraph(), cfg: cfg, axes: axes, panels: panels}
	if err := trial.makeNodes(); err != nil {
		return nil, err
	}
	if err := trial.facePanels(); err != nil {
		return nil, err
	}
	if err := trial.Check(); err != nil {
		return nil, err
	}
	d := &Detector{g: g, cfg: cfg, axes: axes, panels: trial.panels, pixels: px}
	d.cfg.Region, d.cfg.Mask, d.cfg.Panels = nil, nil, nil // the selection holds what they say; a mask may be large
	b := node.On(g)
	d.pixels.makeLeaves(b, cfg.Name)
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w (Config.Name tells two detectors in a graph apart)", b.Err())
	}
	if err := d.makeNodes(); err != nil {
		return nil, err
	}
	return d, nil
}

// makeNodes makes the scalar leaves.
func (d *Detector) makeNodes() error {
	b := node.On(d.g)
	scalar := func(name string, v float64) *G.Node { return b.Scalar(d.cfg.Name+"."+name, v) }
	c := &d.cfg
	switch {
	case c.Origin != nil:
		for i, axis := range [...]string{"x", "y", "z"} {
			d.Origin[i] = scalar("origin_"+axis, c.Origin[i])
		}
	case c.CloseDistance > 0:
		d.CloseDistance = scalar("close_distance", c.CloseDistance)
	default:
		d.Distance = scalar("distance", c.Distance)
	}
	if c.Origin == nil {
		beam, near := c.centres()
		if c.Pivot == AboutSample && !(c.Convention == Custom && c.CloseCentre == nil) {
			d.CloseFast, d.CloseSlow = scalar("close_fast", near[0]), scalar("close_slow", near[1])
		}
		if d.CloseFast != nil && c.BeamCentre == nil && c.Convention.beamIsNearest() {
			d.BeamX, d.BeamY = d.CloseFast, d.CloseSlow
		} else {
			d.BeamX, d.BeamY = scalar("beam_x", beam[0]), scalar("beam_y", beam[1])
		}
	}
	d.RotX, d.RotY, d.RotZ = scalar("rotx", c.RotX), scalar("roty", c.RotY), scalar("rotz", c.RotZ)
	d.TwoTheta = scalar("twotheta", c.TwoTheta)
	for i, axis := range [...]string{"x", "y", "z"} {
		d.Shift[i] = scalar("shift_"+axis, c.Shift[i])
	}
	d.Pixel = scalar("pixel", c.Pixel)
	if c.Sensor.Thickness > 0 {
		d.Thickness = scalar("thickness", c.Sensor.Thickness)
		d.Attenuation = scalar("attenuation", c.Sensor.Attenuation)
	}
	for _, p := range d.panels {
		if p.whole {
			continue
		}
		nodes := PanelNodes{Name: p.name, Fast: p.size[0], Slow: p.size[1]}
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			nodes.Origin[i] = scalar("panel."+p.name+".origin_"+axis, p.origin[i])
			nodes.Tilt[i] = scalar("panel."+p.name+".tilt_"+axis, p.tilt[i])
		}
		d.Panels = append(d.Panels, nodes)
	}
	if b.Err() != nil {
		return fmt.Errorf("detector: %w", b.Err())
	}
	return nil
}

// BeamDirection is the unit vector that the X-rays travel along: the convention's, or Config.Axes.Beam.
func (d *Detector) BeamDirection() [3]float64 { return d.axes.Beam }

// Axes are the convention's axes with Config.Axes in their place, all at length 1, before any rotation.
func (d *Detector) Axes() Axes { return d.axes }
