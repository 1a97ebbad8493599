// Package detector places the pixels of an area detector in the laboratory: their positions, the
// solid angles they span and the fraction of photons their sensor absorbs, all differentiable with
// respect to every distance, centre and angle. The equations are those of docs/physics.md,
// Detector.
//
// [New] turns a [Config] of plain numbers into a [Detector], whose fields are scalar gorgonia
// nodes. Beam centres and axes follow the [Convention] of MOSFLM, DENZO, ADXV, XDS or DIALS; a
// detector may have several panels, a region of interest and a mask. Give the Detector to
// simulator.New; [Detector.At] returns its geometry as numbers.
//
// [Detector.Samples] builds the expressions from the nodes then in the fields. To tie parameters,
// assign nodes to the fields before a simulator is built.
package detector

import (
	"fmt"
	"sync"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// Detector is an area detector in a graph. Its exported fields are scalar nodes, named Config.Name
// plus the field's name in lower case: "detector.distance", "detector.beam_x", "detector.rotx",
// "detector.panel.0.tilt_fast", "detector.groups[0].rot.o".
type Detector struct {
	// Distance is from the crystal to the point where the beam meets the detector, CloseDistance to
	// the nearest point of its plane, both before two-theta, in mm. The one that was not configured
	// is nil; with Config.Origin both are.
	Distance, CloseDistance *G.Node
	// BeamX and BeamY are the convention's beam centre in mm; nil with Config.Origin. They do not
	// move a detector that pivots about the sample, unless it is Custom without a close centre. If
	// the beam centre defaults to the close centre, they are the same nodes as CloseFast and
	// CloseSlow.
	BeamX, BeamY *G.Node
	// CloseFast and CloseSlow are the point nearest to the crystal before rotations, in mm along
	// the axes, which places a detector that pivots about the sample. They are nil if it pivots
	// about the beam, or if they follow from the beam centre.
	CloseFast, CloseSlow *G.Node
	// Origin is the corner of the first pixel before rotations, in mm; nil unless Config.Origin was
	// given.
	Origin [3]*G.Node
	// RotX, RotY, RotZ and TwoTheta are in degrees.
	RotX, RotY, RotZ, TwoTheta *G.Node
	// Shift is in mm.
	Shift [3]*G.Node
	// Pixel is the side of a pixel in mm, in panels that have none of their own.
	Pixel *G.Node
	// Thickness and Attenuation are those of the sensor in µm; nil without one. Attenuation is nil too if the table of the
	// sensor's material gives it.
	Thickness, Attenuation *G.Node
	// PointSpread is the full width at half maximum of Config.PointSpread in mm; "detector.point_spread".
	// nil without one.
	PointSpread *G.Node
	// Gains are the factors of Config.Gains; "detector.gain.0" …
	Gains []*G.Node
	// Density is that of the gas in kg/m³; nil without one.
	Density *G.Node
	// Panels has one element per panel of Config.Panels.
	Panels []PanelNodes
	// Groups has one element per group of Config.Groups.
	Groups []GroupNodes

	g      *G.ExprGraph
	cfg    Config // complete
	axes   Axes   // unit vectors
	panels []panel
	pixels pixels

	building  sync.Mutex
	points    []pointLeaves // of the samplings built so far
	placement placement     // built last
	edges     [2]*G.Node    // of the pixels of a point spread, along slow and fast; made when first needed
}

// PanelNodes holds a panel's nodes, its name and its size in pixels.
type PanelNodes struct {
	Name       string
	Fast, Slow int
	Origin     [3]*G.Node // corner of the first pixel along the frame's fast, slow and normal axes, mm
	Tilt       [3]*G.Node // about the frame's fast, slow and normal axes, degrees
	// Pixel is the side of its own pixels in mm; nil if they are as large as Detector.Pixel.
	Pixel *G.Node
	// Thickness and Attenuation are those of a sensor of its own in µm; nil without one.
	Thickness, Attenuation *G.Node
}

// New checks cfg and creates the detector's parameters and pixel coordinates in g. It returns a
// [gobragg.ConfigError] if the configuration is invalid or the crystal lies in or behind the plane
// of a panel, and an error if g already contains nodes of the same names: set [Config.Name].
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
	// Try it in a graph of its own first, so that a failure leaves no nodes in the user's.
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
	d := &Detector{g: g, cfg: cfg.clone(), axes: axes, panels: trial.panels, pixels: px}
	b := node.On(g)
	d.pixels.makeLeaves(b, cfg.Name)
	if len(cfg.Gains) > 0 {
		d.pixels.gain = b.Leaf(cfg.Name+".gain_region", px.regionOfGains(cfg.Gains), 1, 1, 1, d.Pixels())
		d.pixels.leaves = append(d.pixels.leaves, d.pixels.gain)
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w (set Config.Name to hold two detectors in a graph)", b.Err())
	}
	if err := d.makeNodes(); err != nil {
		return nil, err
	}
	return d, nil
}

// makeNodes creates the scalar leaves.
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
	d.Thickness, d.Attenuation = makeSensor(c.Sensor, scalar)
	if c.Gas.Name != "" {
		d.Density = scalar("gas.density", c.Gas.Density)
	}
	if c.PointSpread.Kind != NoSpread {
		d.PointSpread = scalar("point_spread", c.PointSpread.Width)
	}
	for _, g := range c.Gains {
		d.Gains = append(d.Gains, scalar("gain."+g.Name, g.Factor))
	}
	for k, p := range d.panels {
		if p.whole {
			continue
		}
		nodes := PanelNodes{Name: p.name, Fast: p.size[0], Slow: p.size[1]}
		for i, axis := range [...]string{"fast", "slow", "normal"} {
			nodes.Origin[i] = scalar("panel."+p.name+".origin_"+axis, p.origin[i])
			nodes.Tilt[i] = scalar("panel."+p.name+".tilt_"+axis, p.tilt[i])
		}
		if p.pixel != 0 {
			nodes.Pixel = scalar("panel."+p.name+".pixel", p.pixel)
		}
		if own := c.Panels[k].Sensor; own != nil {
			nodes.Thickness, nodes.Attenuation = makeSensor(*own, func(name string, v float64) *G.Node { return scalar("panel."+p.name+"."+name, v) })
		}
		d.Panels = append(d.Panels, nodes)
	}
	d.makeGroupNodes(scalar)
	if b.Err() != nil {
		return fmt.Errorf("detector: %w", b.Err())
	}
	return nil
}

// Config returns the configuration with defaults filled in, including region, mask and panels.
// [New] makes the same detector from it again.
func (d *Detector) Config() Config { return d.cfg.complete().clone() }

// BeamDirection returns the unit vector along which the X-rays travel: the convention's, or
// Config.Axes.Beam.
func (d *Detector) BeamDirection() [3]float64 { return d.axes.Beam }

// Axes returns the convention's axes, replaced by those of Config.Axes, as unit vectors before any
// rotation.
func (d *Detector) Axes() Axes { return d.axes }
