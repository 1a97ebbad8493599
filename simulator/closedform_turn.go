package simulator

import "github.com/gobragg/gobragg/internal/expr"

// domainFrame is the frame of the domain in the middle of a part of a spread.
type domainFrame struct {
	spin      expr.Vec                // the spindle in it
	rest, lab func(expr.Vec) expr.Vec // turn a vector of the laboratory into it, and back
}

// turnDomains narrows the spread of each spot to the part that it stands for, and returns the frame of that. With b the axis of
// the component of the domains' rotations that is fixed, the mean rotation is at·b, and the others have what is left of the
// spread.
func (m *closedModel) turnDomains() domainFrame {
	b, c, leaves := m.b, m.spots, m.leaves.turn
	var axis expr.Vec
	for i, v := range c.spread {
		v = b.ScaleVec(leaves.along[i], v)
		if i > 0 {
			v = b.AddVec(axis, v)
		}
		axis = v
	}
	for i, v := range c.spread {
		c.spread[i] = b.SubVec(v, b.ScaleVec(leaves.along[i], axis))
	}
	c.uniform = nil
	c.weight = b.Mul(c.weight, leaves.share)
	about := b.ScaleVec(leaves.at, axis)
	c.about = &about
	square := b.Dot(about, about)
	rest := m.smallRotation(about, square)
	return domainFrame{spin: rest(c.axis), rest: rest, lab: m.smallRotation(b.ScaleVec(b.Const(-1), about), square)}
}

// unrolled is the derivative of a rotation by w along v, 1 − [w]×/2 + [w]×²/6 times v.
func (m *closedModel) unrolled(w, v expr.Vec) expr.Vec {
	b := m.b
	once := b.Cross(w, v)
	return b.AddVec(v, b.AddVec(b.ScaleVec(b.Const(-1.0/2), once), b.ScaleVec(b.Const(1.0/6), b.Cross(w, once))))
}
