package simulator

import (
	"math"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
)

// spotConstants are what the pixels of a spot share: of each spot, and of each source where they differ. Symbols are those
// of docs/physics.md, Closed form.
type spotConstants struct {
	center  expr.Vec // p, Å⁻¹
	origin  expr.Vec // p − u m: where the gains start
	offset  expr.Vec // t − p
	block   expr.Sym // covariance without spread, line width and divergence, Å⁻²
	dilated expr.Sym // what the block gains with the relative energy, by pixels, where a spectrum is summed about its mean
	weight  *expr.Node
	fall    *expr.Node // the B factor, Å²; nil without one
	spread  [3]expr.Vec
	uniform *expr.Node // the variance of an isotropic spread
	about   *expr.Vec  // the mean of the domains' rotations, of parts of a spread; nil if none is one

	// The gains: the rotation w, the relative energy, the angle phi and the divergence that the light of a point at a
	// distance r from origin mostly comes from; nil where there is no such width.
	rotation   *[3]expr.Vec // rows
	energy     *expr.Vec
	phi        *expr.Vec
	divergence *[2]expr.Vec

	// Of pixels that are integrated along a side.
	place         *expr.Vec // the gain of the place along the side
	side          expr.Vec  // the side over √12, Å⁻¹
	along, across expr.Vec  // unit vectors of the detector
	pixel         *expr.Node

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
	r, err := m.clouds()
	if err != nil {
		return err
	}
	p, start, osc := r.Center, r.start, r.osc
	c := &spotConstants{center: p, origin: p, block: r.Block, weight: r.Weight, axis: r.axis, fall: r.fall}
	m.spots = c
	if err := m.addPixels(variance); err != nil {
		return err
	}

	var list []variable
	add := func(slope expr.Vec) (number int) {
		list = append(list, variable{slope})
		return len(list) - 1
	}
	spread, energy, turn, angle := -1, -1, -1, -1
	f := domainFrame{spin: c.axis, lab: func(v expr.Vec) expr.Vec { return v }, rest: func(v expr.Vec) expr.Vec { return v }}
	if r.Spread[0][0] != nil {
		c.spread = r.Spread
		if r.Isotropic != nil {
			c.uniform = b.Square(r.Isotropic)
		}
		if m.leaves.turn != nil {
			f = m.turnDomains()
		}
		spread = len(list)
		for _, axis := range c.spread {
			if c.about != nil {
				axis = m.unrolled(*c.about, axis)
			}
			add(b.Cross(p, axis))
		}
	}
	if c.width = m.lines.Width; c.width != nil {
		energy = add(b.ScaleVec(c.width, p))
	}
	var deviation *expr.Node // of phi in the rotation
	across := b.Cross(p, f.spin)
	if osc != nil {
		c.turnRange = osc
		if m.leaves.from != nil {
			c.turnRange = b.Mul(osc, m.leaves.width)
			start = b.Add(start, b.Mul(osc, m.leaves.from))
			c.weight = b.Mul(c.weight, m.leaves.width) // a mean over all of the rotation
		}
		c.start = b.Sub(start, r.reference)
		c.middle = b.Add(c.start, b.Scale(0.5, c.turnRange))
		c.origin = b.SubVec(p, b.ScaleVec(c.middle, across))
		deviation = b.Scale(1/math.Sqrt(12), c.turnRange)
		turn = add(b.ScaleVec(deviation, across))
	}
	var sigma [2]expr.Vec // in the frame of the domains
	if m.lines.Divergence[0][0] != nil {
		inverse := b.Inverse(m.lines.Wavelength)
		angle = len(list)
		for i, v := range m.lines.Divergence {
			c.sigma[i] = b.ScaleVec(inverse, v)
			sigma[i] = f.rest(c.sigma[i])
			add(b.ScaleVec(b.Const(-1), sigma[i]))
		}
	}

	place := -1
	var side expr.Vec
	if m.leaves.slow != nil {
		side = f.rest(c.side)
		place = add(side)
	}
	c.origin = f.lab(c.origin)
	covariance := c.block
	for _, v := range list {
		covariance = b.AddSym(covariance, b.Outer(v.slope))
	}
	weights := b.InverseSym(covariance)
	weighed := make([]expr.Vec, len(list)) // W c
	gains := make([]expr.Vec, len(list))   // the same in the laboratory
	for i, v := range list {
		weighed[i] = b.SymVec(weights, v.slope)
		gains[i] = f.lab(weighed[i])
	}
	if spread >= 0 {
		var rows [3]expr.Vec
		for i := range rows {
			for j := range rows {
				rows[i][j] = b.Neg(b.Dot(expr.Vec{c.spread[0][i], c.spread[1][i], c.spread[2][i]},
					expr.Vec{gains[spread][j], gains[spread+1][j], gains[spread+2][j]}))
			}
		}
		c.rotation = &rows
	}
	gain := func(k *expr.Node, n int) *expr.Vec {
		v := b.ScaleVec(b.Neg(k), gains[n])
		return &v
	}
	if energy >= 0 {
		c.energy = gain(c.width, energy)
	}
	if turn >= 0 {
		c.phi = gain(deviation, turn)
	}
	if place >= 0 {
		c.place = gain(b.Const(1/math.Sqrt(12)), place)
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
	spun := b.Cross(f.spin, p)
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
		if place >= 0 {
			second(rest(spread+i, place), b.Cross(side, c.spread[i]))
		}
		for a := range 2 {
			if angle >= 0 {
				second(rest(spread+i, angle+a), b.Cross(c.spread[i], sigma[a]))
			}
		}
	}
	if turn >= 0 {
		second(b.Scale(0.5, b.Mul(b.Square(deviation), rest(turn, turn))), b.Cross(f.spin, spun))
		if energy >= 0 {
			second(b.Neg(b.Product(deviation, c.width, rest(energy, turn))), spun)
		}
		for a := range 2 {
			if angle >= 0 {
				second(b.Mul(deviation, rest(turn, angle+a)), b.Cross(f.spin, sigma[a]))
			}
		}
	}
	return b.Err()
}

// addPixels adds the variance that the nodes leave of a pixel.
func (m *closedModel) addPixels(variance float64) error {
	if variance == 0 {
		return nil
	}
	b, c := m.b, m.spots
	plane, err := m.leaves.centres.Surface()
	if err != nil {
		return err
	}
	inverse := b.Inverse(m.lines.Wavelength)
	sides := m.sides(plane, math.Sqrt(variance), inverse)
	if m.leaves.slow != nil {
		along, across := m.mix(sides)
		c.block = b.AddSym(c.block, b.Outer(across))
		c.side = b.ScaleVec(b.Const(1/math.Sqrt(12*variance)), along)
		c.along, c.across = m.mix([2]expr.Vec{plane.Fast, plane.Slow})
		c.pixel = plane.Pixel
		return b.Err()
	}
	c.block = b.AddSym(c.block, b.SumOuter(sides[:]...))
	if m.spectrum != nil {
		// Its mean slope within a standard deviation of the energy.
		moved := func(by *expr.Node) expr.Sym {
			sides := m.sides(plane, math.Sqrt(variance), b.Mul(inverse, b.Add(b.Const(1), by)))
			return b.SumOuter(sides[:]...)
		}
		higher, lower := moved(m.lines.Width), moved(b.Neg(m.lines.Width))
		c.dilated = b.ScaleSym(b.Scale(0.5, b.Inverse(m.lines.Width)), b.AddSym(higher, b.ScaleSym(b.Const(-1), lower)))
	}
	return b.Err()
}

// sides are the fast and the slow side of a part of a pixel, seen from the crystal along the ray of the spot in the light of
// an inverse wavelength.
func (m *closedModel) sides(plane *detector.Surface, part float64, inverse *expr.Node) (list [2]expr.Vec) {
	b := m.b
	ray := b.Unit(b.AddVec(m.spots.center, b.ScaleVec(inverse, m.lines.Incident)))
	path := b.Div(plane.Near, b.Dot(ray, plane.Normal))
	side := b.Div(b.Mul(b.Scale(part, plane.Pixel), inverse), path)
	for i, axis := range []expr.Vec{plane.Fast, plane.Slow} {
		list[i] = b.ScaleVec(side, b.SubVec(axis, b.ScaleVec(b.Dot(ray, axis), ray)))
	}
	return list
}

// mix chooses the side along which a spot's pixels are integrated, and the other.
func (m *closedModel) mix(sides [2]expr.Vec) (along, across expr.Vec) {
	b, slow := m.b, m.leaves.slow
	more := b.ScaleVec(slow, b.SubVec(sides[1], sides[0]))
	return b.AddVec(sides[0], more), b.SubVec(sides[1], more)
}
