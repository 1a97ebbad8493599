package simulator

import (
	"math"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
)

// spotConstants are what the pixels of a spot share: of each spot, and of each source where they differ. Symbols are those
// of docs/physics.md, Closed form.
type spotConstants struct {
	center  expr.Vec // p, Å⁻¹
	origin  expr.Vec // p − u m: where the gains start
	offset  expr.Vec // t − p
	block   expr.Sym // covariance without spread, line width and divergence, Å⁻²
	weight  *expr.Node
	spread  [3]expr.Vec
	uniform *expr.Node // the variance of an isotropic spread

	// The gains: the rotation w, the relative energy, the angle phi and the divergence that the light of a point at a
	// distance r from origin mostly comes from; nil where there is no such width.
	rotation   *[3]expr.Vec // rows
	energy     *expr.Vec
	phi        *expr.Vec
	divergence *[2]expr.Vec

	width     *expr.Node  // of the line, relative
	sigma     [2]expr.Vec // of the divergence over the wavelength, Å⁻¹
	middle    *expr.Node  // of the rotation, from the reference angle
	start     *expr.Node  // of the rotation, likewise
	turnRange *expr.Node  // of the rotation
	axis      expr.Vec    // the spindle
}

// variable is a Gaussian variable of unit variance on which a spot's distance from a point of reciprocal space depends
// linearly, along slope.
type variable struct{ slope expr.Vec }

// reflect computes the constants of the spots. variance is that of what a pixel's nodes leave, in pixels.
func (m *closedModel) reflect(variance float64) error {
	b := m.b
	phi, osc, spindle := m.crystals[0].Rotation()
	start := b.Scale(geom.Degree, b.In(phi))
	reference := start // a still turns with phi
	if osc != nil {
		reference = m.leaves.phi
	}
	r, err := m.crystals[0].Reflections(m.leaves.h, m.leaves.k, m.leaves.l, reference)
	if err != nil {
		return err
	}
	p := r.Center
	c := &spotConstants{center: p, origin: p, block: r.Block, weight: r.Weight, axis: b.ConstVec(spindle)}
	m.spots = c
	if err := m.addPixel(variance); err != nil {
		return err
	}

	var list []variable
	add := func(slope expr.Vec) (number int) {
		list = append(list, variable{slope})
		return len(list) - 1
	}
	spread, energy, turn, angle := -1, -1, -1, -1
	if r.Spread[0][0] != nil {
		c.spread = r.Spread
		if r.Isotropic != nil {
			c.uniform = b.Square(r.Isotropic)
		}
		spread = len(list)
		for _, axis := range r.Spread {
			add(b.Cross(p, axis))
		}
	}
	if c.width = m.lines.Width; c.width != nil {
		energy = add(b.ScaleVec(c.width, p))
	}
	var deviation *expr.Node // of phi in the rotation
	across := b.Cross(p, c.axis)
	if osc != nil {
		whole := b.Scale(geom.Degree, b.In(osc))
		c.turnRange = whole
		if m.leaves.from != nil {
			c.turnRange = b.Mul(whole, m.leaves.width)
			start = b.Add(start, b.Mul(whole, m.leaves.from))
			c.weight = b.Mul(c.weight, m.leaves.width) // a mean over all of the rotation
		}
		c.start = b.Sub(start, reference)
		c.middle = b.Add(c.start, b.Scale(0.5, c.turnRange))
		c.origin = b.SubVec(p, b.ScaleVec(c.middle, across))
		deviation = b.Scale(1/math.Sqrt(12), c.turnRange)
		turn = add(b.ScaleVec(deviation, across))
	}
	if m.lines.Divergence[0][0] != nil {
		inverse := b.Inverse(m.lines.Wavelength)
		angle = len(list)
		for i, v := range m.lines.Divergence {
			c.sigma[i] = b.ScaleVec(inverse, v)
			add(b.ScaleVec(b.Const(-1), c.sigma[i]))
		}
	}

	covariance := c.block
	for _, v := range list {
		covariance = b.AddSym(covariance, b.Outer(v.slope))
	}
	weights := b.InverseSym(covariance)
	weighed := make([]expr.Vec, len(list)) // W c
	for i, v := range list {
		weighed[i] = b.SymVec(weights, v.slope)
	}
	if spread >= 0 {
		var rows [3]expr.Vec
		for i := range rows {
			for j := range rows {
				rows[i][j] = b.Neg(b.Dot(expr.Vec{c.spread[0][i], c.spread[1][i], c.spread[2][i]},
					expr.Vec{weighed[spread][j], weighed[spread+1][j], weighed[spread+2][j]}))
			}
		}
		c.rotation = &rows
	}
	gain := func(k *expr.Node, n int) *expr.Vec {
		v := b.ScaleVec(b.Neg(k), weighed[n])
		return &v
	}
	if energy >= 0 {
		c.energy = gain(c.width, energy)
	}
	if turn >= 0 {
		c.phi = gain(deviation, turn)
	}
	if angle >= 0 {
		c.divergence = &[2]expr.Vec{*gain(b.Const(1), angle), *gain(b.Const(1), angle+1)}
	}

	// The mean of what is of second order in the variables, over their distribution at the centre.
	rest := func(i, j int) *expr.Node {
		v := b.Neg(b.Dot(list[i].slope, weighed[j]))
		if i == j {
			v = b.Add(b.Const(1), v)
		}
		return v
	}
	c.offset = b.ScaleVec(b.Const(-1), p)
	second := func(k *expr.Node, v expr.Vec) { c.offset = b.AddVec(c.offset, b.ScaleVec(k, v)) }
	spun := b.Cross(c.axis, p)
	for i := range 3 {
		if spread < 0 {
			break
		}
		for j := range 3 {
			second(b.Scale(0.5, rest(spread+i, spread+j)), b.Cross(c.spread[i], b.Cross(c.spread[j], p)))
		}
		if turn >= 0 {
			second(b.Mul(deviation, rest(spread+i, turn)), b.Cross(c.spread[i], spun))
		}
		if energy >= 0 {
			second(b.Mul(c.width, rest(spread+i, energy)), b.Cross(p, c.spread[i]))
		}
		for a := range 2 {
			if angle >= 0 {
				second(rest(spread+i, angle+a), b.Cross(c.spread[i], c.sigma[a]))
			}
		}
	}
	if turn >= 0 {
		second(b.Scale(0.5, b.Mul(b.Square(deviation), rest(turn, turn))), b.Cross(c.axis, spun))
		if energy >= 0 {
			second(b.Neg(b.Product(deviation, c.width, rest(energy, turn))), spun)
		}
		for a := range 2 {
			if angle >= 0 {
				second(b.Mul(deviation, rest(turn, angle+a)), b.Cross(c.axis, c.sigma[a]))
			}
		}
	}
	return b.Err()
}

// addPixel adds the variance that the nodes leave of a pixel, seen from the crystal along the ray of the spot.
func (m *closedModel) addPixel(variance float64) error {
	if variance == 0 {
		return nil
	}
	b, c := m.b, m.spots
	plane, err := m.leaves.centres.Surface()
	if err != nil {
		return err
	}
	ray := b.Unit(b.AddVec(m.spots.center, b.ScaleVec(b.Inverse(m.lines.Wavelength), m.lines.Incident)))
	path := b.Div(plane.Near, b.Dot(ray, plane.Normal))
	side := b.Div(b.Scale(math.Sqrt(variance), plane.Pixel), b.Mul(m.lines.Wavelength, path))
	for _, axis := range []expr.Vec{plane.Fast, plane.Slow} {
		across := b.SubVec(axis, b.ScaleVec(b.Dot(ray, axis), ray))
		c.block = b.AddSym(c.block, b.Outer(b.ScaleVec(side, across)))
	}
	return b.Err()
}
