package detector

import (
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// frame is a plane rectangle in the laboratory, in m: the detector's, or a panel's.
type frame struct {
	corner             expr.Vec   // of the first pixel, the crystal at the origin
	fast, slow, normal expr.Vec   // unit vectors
	near               *expr.Node // distance of the plane from the crystal, along the normal
	pixel              *expr.Node // side of a pixel
}

// swing holds the rotations of the whole detector.
type swing struct {
	xyz      [3]expr.Turn
	twoTheta expr.Turn
	axis     expr.Vec
}

func (d *Detector) swing(b *node.Builder) swing {
	turn := func(degrees *G.Node) expr.Turn { return b.Angle(b.Scale(geom.Degree, b.In(degrees))) }
	return swing{
		xyz:      [3]expr.Turn{turn(d.RotX), turn(d.RotY), turn(d.RotZ)},
		twoTheta: turn(d.TwoTheta),
		axis:     b.ConstVec(d.axes.TwoTheta),
	}
}

func (s swing) apply(b *node.Builder, v expr.Vec) expr.Vec {
	return b.RotateAxis(b.RotateXYZ(v, s.xyz), s.axis, s.twoTheta)
}

// placement holds the frames of the detector and its panels, as expressions of the nodes in its fields.
type placement struct {
	nodes  []*G.Node  // of the fields
	ratio  *expr.Node // cosine between the beam and the detector's normal before the two-theta swing
	whole  frame
	panels []frame
}

// placed returns the placement for the nodes currently in the fields. It takes a few hundred nodes,
// so it is built once and shared by the samplings, the geometry and the checks.
func (d *Detector) placed(b *node.Builder) placement {
	d.building.Lock()
	defer d.building.Unlock()
	p := placement{}
	for _, f := range d.fields() {
		p.nodes = append(p.nodes, f.Node)
	}
	if slices.Equal(p.nodes, d.placement.nodes) {
		return d.placement
	}
	turns := d.swing(b)
	p.ratio = b.Dot(b.ConstVec(d.axes.Beam), b.RotateXYZ(b.ConstVec(d.axes.Normal), turns.xyz))
	p.whole = d.frame(b, turns, p.ratio)
	for k := range d.panels {
		p.panels = append(p.panels, d.place(b, p.whole, k))
	}
	if b.Err() == nil {
		d.placement = p
	}
	return p
}

// frame places the whole detector (physics.md, Detector).
func (d *Detector) frame(b *node.Builder, turns swing, ratio *expr.Node) frame {
	fast, slow, normal := b.ConstVec(d.axes.Fast), b.ConstVec(d.axes.Slow), b.ConstVec(d.axes.Normal)
	f := frame{fast: turns.apply(b, fast), slow: turns.apply(b, slow), normal: turns.apply(b, normal), pixel: b.Scale(1e-3, b.In(d.Pixel))}
	switch {
	case d.cfg.Origin != nil:
		f.corner = turns.apply(b, b.ScaleVec(b.Const(1e-3), b.InVec(d.Origin)))
	case d.cfg.Pivot == AboutSample:
		atRest := frame{fast: fast, slow: slow}
		spotFast, spotSlow := d.nearest(b)
		f.corner = turns.apply(b, atRest.cornerFrom(b, b.ScaleVec(d.closeDistance(b, ratio), normal), spotFast, spotSlow))
	default:
		distance := b.Div(d.closeDistance(b, ratio), ratio)
		spotFast, spotSlow := d.beamSpot(b)
		f.corner = f.cornerFrom(b, b.ScaleVec(distance, b.ConstVec(d.axes.Beam)), spotFast, spotSlow)
	}
	f.corner = b.AddVec(f.corner, b.ScaleVec(b.Const(1e-3), b.InVec(d.Shift)))
	f.near = b.Dot(f.corner, f.normal)
	return f
}

// cornerFrom returns the corner of a frame, given a point and its coordinates along the axes.
func (f frame) cornerFrom(b *node.Builder, point expr.Vec, fast, slow *expr.Node) expr.Vec {
	return b.SubVec(b.SubVec(point, b.ScaleVec(fast, f.fast)), b.ScaleVec(slow, f.slow))
}

// nearest returns the point nearest to the crystal before rotations, along fast and slow in m.
func (d *Detector) nearest(b *node.Builder) (fast, slow *expr.Node) {
	if d.CloseFast == nil && d.CloseSlow == nil {
		return d.beamSpot(b)
	}
	return b.Scale(1e-3, b.In(d.CloseFast)), b.Scale(1e-3, b.In(d.CloseSlow))
}

// closeDistance returns the distance from the crystal to the plane before two-theta and shift, in m.
func (d *Detector) closeDistance(b *node.Builder, ratio *expr.Node) *expr.Node {
	if d.CloseDistance != nil {
		return b.Scale(1e-3, b.In(d.CloseDistance))
	}
	return b.Abs(b.Mul(ratio, b.Scale(1e-3, b.In(d.Distance))))
}
