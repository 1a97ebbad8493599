package detector

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Samples holds the expressions of a sampling. Values vary along the point and pixel axes, or along
// the pixel axis alone if the sampling has one point: shapes are (1, 1, points, pixels).
type Samples struct {
	Position   expr.Vec   // m, the crystal at the origin
	Path       *expr.Node // m, R = |Position|
	Direction  expr.Vec   // d = Position/R
	Obliquity  *expr.Node // ρ = d·normal, above 0
	SolidAngle *expr.Node // ω in sr: pixel²/R² · close distance/R; with Config.PointPixel pixel²/R²
	// Capture is the fraction of photons that pass the gas and are absorbed in the sample's layer; nil without a gas and a
	// sensor. It varies along the axis of sources too if a table of attenuation is read at their wavelengths.
	Capture *expr.Node
}

// Samples builds the expressions of a sampling from the nodes currently in the fields, for wavelengths in Å, which only a
// detector needs that is [Detector.Tabulated]: nil will do for others. It may be called again for other samplings or after other
// nodes have been assigned. An invalid sampling and invalid nodes are errors.
func (d *Detector) Samples(s Sampling, wavelength *expr.Node) (*Samples, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := d.checkNodes(); err != nil {
		return nil, err
	}
	if s.Panels != nil && len(s.Panels) != len(d.cfg.Panels) {
		return nil, fmt.Errorf("detector: a sampling with the layers of %d panels, of %d", len(s.Panels), len(d.cfg.Panels))
	}
	if wavelength == nil && d.Tabulated() {
		return nil, fmt.Errorf("detector: the attenuation of %s depends on the wavelength, and none is given", d.tables()[0].Name)
	}
	b := node.On(d.g)
	points, err := d.pointLeaves(b, s)
	if err != nil {
		return nil, err
	}
	face := d.surface(b)
	at := d.position(b, face, points, s)
	if d.cfg.Curved {
		at = d.bend(b, at)
	}
	path := b.Norm(at)
	inverse := b.Inverse(path)
	direction := b.ScaleVec(inverse, at)
	out := &Samples{Position: at, Path: path, Direction: direction, Obliquity: b.Dot(direction, face.normal)}
	area := b.Square(face.pixel)
	if d.cfg.PointPixel {
		out.SolidAngle = b.Mul(area, b.Square(inverse))
	} else {
		out.SolidAngle = b.Product(b.Mul(area, face.near), b.Square(inverse), inverse)
	}
	if d.Thickness != nil || s.Panels != nil {
		out.Capture = d.capture(b, out.Obliquity, points.layer, s, wavelength)
	}
	if d.Density != nil {
		passed := d.transmission(b, path, wavelength)
		if out.Capture != nil {
			passed = b.Mul(passed, out.Capture)
		}
		out.Capture = passed
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("detector: %w", b.Err())
	}
	return out, nil
}

// surface returns the plane of each pixel: scalars for one panel, arrays on the pixel axis for several.
func (d *Detector) surface(b *node.Builder) frame {
	frames := d.placed(b).panels
	if len(frames) == 1 {
		return frames[0]
	}
	pick := func(of func(frame) *expr.Node) *expr.Node {
		choices := make([]*expr.Node, len(frames))
		for k, f := range frames {
			choices[k] = of(f)
		}
		return b.Pick(b.In(d.pixels.panelNumber), choices...)
	}
	pickVec := func(of func(frame) expr.Vec) (v expr.Vec) {
		for i := range v {
			v[i] = pick(func(f frame) *expr.Node { return of(f)[i] })
		}
		return v
	}
	side := frames[0].pixel
	if d.ownPixels() {
		side = pick(func(f frame) *expr.Node { return f.pixel })
	}
	return frame{
		pixel:  side,
		corner: pickVec(func(f frame) expr.Vec { return f.corner }),
		fast:   pickVec(func(f frame) expr.Vec { return f.fast }),
		slow:   pickVec(func(f frame) expr.Vec { return f.slow }),
		normal: pickVec(func(f frame) expr.Vec { return f.normal }),
		near:   pick(func(f frame) *expr.Node { return f.near }),
	}
}

// ownPixels reports whether a panel has pixels of a size of its own.
func (d *Detector) ownPixels() bool {
	return slices.ContainsFunc(d.Panels, func(p PanelNodes) bool { return p.Pixel != nil })
}

// position returns the pixel's corner, which varies along the pixel axis, plus the point's offset
// from it, which varies along the point axis (and along both with several panels). The offset of a
// single point is a scalar and is added to the frame's corner first, so that each component costs
// two fused multiply-adds per pixel.
func (d *Detector) position(b *node.Builder, face frame, points pointLeaves, s Sampling) expr.Vec {
	fast, slow := b.ScaleVec(face.pixel, face.fast), b.ScaleVec(face.pixel, face.slow)
	way := b.AddVec(b.ScaleVec(points.fast, fast), b.ScaleVec(points.slow, slow))
	if step := d.layerStep(b, s); points.layer != nil && step != nil {
		way = b.AddVec(way, b.ScaleVec(b.Mul(step, points.layer), face.normal))
	}
	way = b.AddVec(face.corner, way)
	alongFast, alongSlow := b.ScaleVec(b.In(d.pixels.fastIndex), fast), b.ScaleVec(b.In(d.pixels.slowIndex), slow)
	if len(s.Points) == 1 {
		return b.AddVec(b.AddVec(way, alongFast), alongSlow)
	}
	return b.AddVec(way, b.AddVec(alongFast, alongSlow))
}

// bend uses the flat position's laboratory y and z, divided by the distance, as angles: the curved
// detector of physics.md.
func (d *Detector) bend(b *node.Builder, flat expr.Vec) expr.Vec {
	p := d.placed(b)
	f := p.whole
	distance := b.Div(f.near, p.ratio)
	inverse := b.Inverse(distance)
	v := b.ScaleVec(distance, b.ConstVec(d.axes.Beam))
	v = b.RotateAxis(v, f.slow, b.Angle(b.Mul(flat[1], inverse)))
	return b.RotateAxis(v, f.fast, b.Angle(b.Mul(flat[2], inverse)))
}

// pointLeaves holds the coordinates of a sampling: leaves of shape (1, 1, points, 1), or constants
// for a single point.
type pointLeaves struct {
	sampling   Sampling
	fast, slow *expr.Node
	layer      *expr.Node // nil if all points are in layer 0
}

// pointLeaves returns the coordinates of a sampling, created once for equal points.
func (d *Detector) pointLeaves(b *node.Builder, s Sampling) (pointLeaves, error) {
	d.building.Lock()
	defer d.building.Unlock()
	for _, p := range d.points {
		if slices.Equal(p.sampling.Points, s.Points) {
			return p, nil
		}
	}
	layered := slices.ContainsFunc(s.Points, func(p Point) bool { return p.Layer > 0 })
	name := fmt.Sprintf("%s.sampling%d", d.cfg.Name, len(d.points))
	coordinate := func(axis string, of func(Point) float64) *expr.Node {
		if len(s.Points) == 1 {
			return b.Const(of(s.Points[0]))
		}
		values := make([]float64, len(s.Points))
		for i, p := range s.Points {
			values[i] = of(p)
		}
		return b.In(b.Leaf(name+"."+axis, values, 1, 1, len(values), 1))
	}
	leaves := pointLeaves{
		sampling: Sampling{Points: slices.Clone(s.Points)},
		fast:     coordinate("fast", func(p Point) float64 { return p.Fast }),
		slow:     coordinate("slow", func(p Point) float64 { return p.Slow }),
	}
	if layered {
		leaves.layer = coordinate("layer", func(p Point) float64 { return float64(p.Layer) })
	}
	if b.Err() != nil {
		return leaves, fmt.Errorf("detector: %w", b.Err())
	}
	d.points = append(d.points, leaves)
	return leaves, nil
}
