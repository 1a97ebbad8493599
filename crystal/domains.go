package crystal

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// complete replaces zeros by defaults; see [Mosaic].
func (m *Mosaic) complete() {
	if m.Spreads != nil {
		own := *m.Spreads
		m.Spreads = &own
	}
	m.Deviates, m.Axes, m.Rotations = slices.Clone(m.Deviates), slices.Clone(m.Axes), slices.Clone(m.Rotations) // the caller's to change
	switch {
	case m.Deviates != nil:
		orElse(&m.Domains, len(m.Deviates))
		orElse(&m.Kind, NormalDomains)
	case m.Axes != nil:
		orElse(&m.Domains, len(m.Axes))
		orElse(&m.Kind, AxisDomains)
	case m.Spread > 0 || m.Spreads != nil:
		orElse(&m.Domains, DefaultDomains)
	}
	orElse(&m.Domains, 1)
}

// Rotated reports whether the spread rotates domains: there are several, or the deviates of one are given.
func (m *Mosaic) Rotated() bool { return m.Domains > 1 || m.Deviates != nil || m.Axes != nil }

// check rejects what contradicts itself in a completed configuration.
func (m *Mosaic) check() error {
	switch {
	case m.Kind > AxisDomains:
		return refuse("mosaic.kind", "unknown kind of mosaic domains %d", m.Kind)
	case m.Frame > PerturbedFrame:
		return refuse("mosaic.frame", "unknown frame of mosaic spreads %d", m.Frame)
	case m.Spreads != nil && m.Spread != 0:
		return refuse("mosaic.spreads", "both one mosaic spread and three are given")
	case m.Spreads != nil && m.Kind == ReferenceDomains:
		return refuse("mosaic.spreads", "reference domains have one spread: three need the kind normal")
	case m.Deviates != nil && m.Axes != nil:
		return refuse("mosaic.axes", "both deviates and axes of mosaic domains are given")
	case m.Deviates != nil && m.Kind != NormalDomains:
		return refuse("mosaic.deviates", "deviates are of the kind normal, not %v", m.Kind)
	case m.Axes != nil && m.Kind != AxisDomains:
		return refuse("mosaic.axes", "axes are of the kind axis, not %v", m.Kind)
	case m.Kind == AxisDomains && m.Axes == nil:
		return refuse("mosaic.axes", "mosaic domains of the kind axis need a list of axes")
	case m.Deviates != nil && len(m.Deviates) != m.Domains:
		return refuse("mosaic.domains", "%d mosaic domains have %d deviates", m.Domains, len(m.Deviates))
	case m.Axes != nil && len(m.Axes) != m.Domains:
		return refuse("mosaic.domains", "%d mosaic domains have %d axes", m.Domains, len(m.Axes))
	}
	for i, d := range m.Deviates {
		if !finite(d[:]) {
			return refuse(fmt.Sprintf("mosaic.deviates.%d", i), "the deviates %v of domain %d are not finite", d, i)
		}
	}
	for i, a := range m.Axes {
		if !finite(a[:]) || !(geom.Norm([3]float64(a[:3])) > 0) {
			return refuse(fmt.Sprintf("mosaic.axes.%d", i), "domain %d turns about %v, which has no direction", i, a)
		}
	}
	for i, r := range m.Rotations {
		if err := checkRotation(fmt.Sprintf("mosaic.rotations.%d", i), r); err != nil {
			return err
		}
	}
	return nil
}

// spreads returns the spreads about three axes in radians.
func (x *Crystal) spreads(b *node.Builder) (out [3]*expr.Node) {
	if x.Spreads[0] == nil {
		spread := b.Scale(geom.Degree, b.In(x.MosaicSpread))
		return [3]*expr.Node{spread, spread, spread}
	}
	for i, n := range x.Spreads {
		out[i] = b.Scale(geom.Degree, b.In(n))
	}
	return out
}

// frame returns the axes of Mosaic.Frame in the laboratory at rest.
func (x *Crystal) frame(b *node.Builder) (axes [3]expr.Vec) {
	if x.cfg.Mosaic.Frame == CellFrame {
		l := x.unperturbed(b, false)
		return [3]expr.Vec{b.Unit(l.A), b.Unit(l.B), b.Unit(l.C)}
	}
	turns := x.missetTurns(b)
	for i := range axes {
		var v [3]float64
		v[i] = 1
		axes[i] = b.ConstVec(v)
		switch x.cfg.Mosaic.Frame {
		case CrystalFrame:
			axes[i] = x.inLaboratory(b, turns, axes[i])
		case PerturbedFrame:
			axes[i] = x.inLaboratory(b, turns, axes[i])
			if x.RotXYZ[0] != nil {
				axes[i] = x.perturbed(b, axes[i])
			}
		}
	}
	return axes
}

// along returns the vector with the given components along three axes.
func along(b *node.Builder, axes [3]expr.Vec, v expr.Vec) expr.Vec {
	return b.AddVec(b.AddVec(b.ScaleVec(v[0], axes[0]), b.ScaleVec(v[1], axes[1])), b.ScaleVec(v[2], axes[2]))
}

// axisDomains returns the rotation of a vector of the crystal at rest by those of axis domains.
func (x *Crystal) axisDomains(b *node.Builder) func(expr.Vec) expr.Vec {
	var axis expr.Vec
	for i, name := range []string{"x", "y", "z"} {
		axis[i] = x.orientationLeaf(b, "mosaic.axis."+name, func(_, m int) float64 { return geom.Unit([3]float64(x.cfg.Mosaic.Axes[m][:3]))[i] })
	}
	deviate := x.orientationLeaf(b, "mosaic.deviate", func(_, m int) float64 { return x.cfg.Mosaic.Axes[m][3] })
	spreads := x.spreads(b)
	spread := spreads[0]
	if x.Spreads[0] != nil {
		s := x.frame(b)
		inverse := b.Inverse(b.Dot(s[0], b.Cross(s[1], s[2])))
		var q [3]*expr.Node
		for i := range q {
			row := b.ScaleVec(inverse, b.Cross(s[(i+1)%3], s[(i+2)%3])) // of S⁻¹
			q[i] = b.Mul(b.Inverse(b.Square(spreads[i])), b.Mul(b.Dot(s[i], axis), b.Dot(row, axis)))
		}
		spread = b.Inverse(b.Sqrt(b.Abs(b.Sum(q[0], q[1], q[2]))))
	}
	angle := b.Angle(b.Mul(spread, deviate))
	return func(v expr.Vec) expr.Vec { return b.RotateAxis(v, axis, angle) }
}

// constantRotations returns the rotation of a vector of the crystal at rest by Mosaic.Rotations.
func (x *Crystal) constantRotations(b *node.Builder) func(expr.Vec) expr.Vec {
	list := x.cfg.Mosaic.Rotations
	var rows [3]expr.Vec
	for i := range rows {
		for j := range rows[i] {
			rows[i][j] = x.rotationLeaf(b, fmt.Sprintf("mosaic.rotation.%d%d", i+1, j+1), func(_, m int) float64 { return list[m%len(list)][i][j] })
		}
	}
	if x.cfg.Mosaic.Frame == LaboratoryFrame {
		return func(v expr.Vec) expr.Vec { return expr.Vec{b.Dot(rows[0], v), b.Dot(rows[1], v), b.Dot(rows[2], v)} }
	}
	var axes [3]expr.Vec
	turns := x.missetTurns(b)
	for i := range axes {
		var v [3]float64
		v[i] = 1
		axes[i] = x.inLaboratory(b, turns, b.ConstVec(v))
	}
	return func(v expr.Vec) expr.Vec {
		own := expr.Vec{b.Dot(axes[0], v), b.Dot(axes[1], v), b.Dot(axes[2], v)}
		return along(b, axes, expr.Vec{b.Dot(rows[0], own), b.Dot(rows[1], own), b.Dot(rows[2], own)})
	}
}

func finite(list []float64) bool {
	return !slices.ContainsFunc(list, func(v float64) bool { return !config.IsFinite(v) })
}
