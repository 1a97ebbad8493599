package simulator

import (
	"math"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/expr"
)

// pair is the intensity of a spot at each of its samples, but for the weight that all of them share: the closed form
// relinearised at the sample (docs/physics.md, Closed form). With w, e, f and h the rotation, energy, angle phi and
// divergence that the light mostly comes from there, the spot's distance is expanded to first order about them, and the
// Gaussian integral over all four has the covariance Σ and the distance x.
func (m *closedModel) pair(samples *detector.Samples) *expr.Node {
	b := m.b
	q := b.ScaleVec(m.taken(b.Inverse(m.lines.Wavelength)), b.SubVec(samples.Direction, m.takenVec(m.lines.Incident)))
	if c := m.spots; m.leaves.slow != nil {
		// Both sides of the pixel, seen from the crystal, at the sample.
		scale := b.Div(m.taken(c.pixel), b.Mul(m.taken(m.lines.Wavelength), samples.Path))
		seen := func(side expr.Vec) expr.Vec {
			side = m.takenVec(side)
			return b.ScaleVec(scale, b.SubVec(side, b.ScaleVec(b.Dot(samples.Direction, side), samples.Direction)))
		}
		along, across := seen(c.along), b.ScaleVec(b.Const(nodeAt), seen(c.across))
		return b.Scale(0.5, b.Add(m.cloud(b.AddVec(q, across), &along), m.cloud(b.SubVec(q, across), &along)))
	}
	return m.cloud(q, nil)
}

// cloud is the intensity at a scattering vector, or, if a side of the pixel is given, its mean along that; of the light of
// each line, if the vector is that of a spectrum's mean.
func (m *closedModel) cloud(q expr.Vec, side *expr.Vec) *expr.Node {
	d := m.expand(q, side, m.likeliest(q))
	if m.twice {
		d = m.expand(q, side, m.nearer(d))
	}
	return m.integrated(q, d)
}

// likely are the variables that the light of a point mostly comes from, nil where there is no such width.
type likely struct {
	w                    *expr.Vec // the rotation
	angle, energy, place *expr.Node
	divergence           *[2]*expr.Node
}

// likeliest returns them by the gains of the spot.
func (m *closedModel) likeliest(q expr.Vec) (l likely) {
	b, c := m.b, m.spots
	r := b.SubVec(q, m.takenVec(c.origin))
	at := func(gain expr.Vec) *expr.Node { return b.Dot(m.takenVec(gain), r) }
	if c.phi != nil {
		l.angle = b.Add(m.taken(c.middle), at(*c.phi))
	}
	if c.rotation != nil {
		var w expr.Vec
		for i, row := range c.rotation {
			w[i] = at(row)
		}
		if c.about != nil {
			w = b.AddVec(w, m.takenVec(*c.about))
		}
		l.w = &w
	}
	if c.place != nil {
		l.place = at(*c.place)
	}
	if c.energy != nil {
		l.energy = at(*c.energy)
	}
	if c.divergence != nil {
		l.divergence = &[2]*expr.Node{at(c.divergence[0]), at(c.divergence[1])}
	}
	return l
}

// expanded is the distance of a point, linear in the variables: x where they are 0, the angle of a rotation too, and its
// covariance.
type expanded struct {
	likely
	x, y, qBack expr.Vec // y: the point turned back, with the energy, the divergence and the place that its light comes from
	slope       expr.Vec // by phi or by the place along a side, if there is one
	sigma       [2]expr.Vec
	covariance  expr.Sym
	// Of a spectrum: parts of the covariance that do not depend on the energy, and all but those of the line's width.
	fixed, growing expr.Sym
}

// expand expands the distance of q about variables.
func (m *closedModel) expand(q expr.Vec, side *expr.Vec, l likely) *expanded {
	b, c := m.b, m.spots
	// back turns a vector by the inverse of the rotations by the angle and by w.
	back := func(v expr.Vec) expr.Vec { return v }
	axis := m.takenVec(c.axis)
	if l.angle != nil {
		turn := b.Angle(b.Neg(l.angle))
		back = func(v expr.Vec) expr.Vec { return b.RotateAxis(v, axis, turn) }
	}
	turnAxis := axis
	var square *expr.Node // |w|²
	if l.w != nil {
		square = b.Dot(*l.w, *l.w)
		unturn := m.smallRotation(*l.w, square)
		turnAxis = unturn(axis)
		byPhi := back
		back = func(v expr.Vec) expr.Vec { return unturn(byPhi(v)) }
	}

	d := &expanded{likely: l, qBack: back(q)}
	y := d.qBack
	if side != nil {
		d.slope = back(*side)
		y = b.AddVec(y, b.ScaleVec(l.place, d.slope))
	}
	if l.energy != nil {
		more := b.Add(b.Const(1), l.energy)
		y = b.ScaleVec(more, y)
		if side != nil {
			d.slope = b.ScaleVec(more, d.slope)
		}
	}
	if l.divergence != nil {
		for a := range d.sigma {
			d.sigma[a] = back(m.takenVec(c.sigma[a]))
			if m.spectrum != nil { // in Å⁻¹, in the light that comes here
				d.sigma[a] = b.ScaleVec(b.Add(b.Const(1), l.energy), d.sigma[a])
			}
			y = b.SubVec(y, b.ScaleVec(l.divergence[a], d.sigma[a]))
		}
	}
	d.y = y
	d.x = b.AddVec(d.qBack, m.takenVec(c.offset))
	covariance := c.block.Each(m.taken)
	d.fixed = covariance
	if c.dilated.XX != nil {
		covariance = b.AddSym(covariance, b.ScaleSym(l.energy, c.dilated.Each(m.taken)))
	}
	if l.w != nil {
		moved := b.Cross(y, *l.w)
		d.x = b.SubVec(d.x, moved)
		if c.about != nil {
			d.x = b.AddVec(d.x, b.Cross(y, m.unrolled(*l.w, m.takenVec(*c.about))))
		}
		covariance = m.addSpread(covariance, y, *l.w, moved, square)
	}
	if l.divergence != nil {
		covariance = b.AddSym(covariance, b.SumOuter(d.sigma[:]...))
	}
	d.growing = covariance
	if width := m.lineWidth(); width != nil {
		covariance = b.AddSym(covariance, b.Outer(b.ScaleVec(width, d.qBack)))
	}
	d.covariance = covariance
	if l.angle != nil {
		d.slope = b.Cross(y, turnAxis)
		d.x = b.SubVec(d.x, b.ScaleVec(l.angle, d.slope))
	}
	return d
}

// nearer returns the likeliest variables by an expansion: the means of Gaussians of which the distance is a linear function.
func (m *closedModel) nearer(d *expanded) (l likely) {
	b, c := m.b, m.spots
	x, covariance := d.x, d.covariance
	if m.spectrum != nil { // of all of the spectrum
		covariance = b.AddSym(d.growing, b.Outer(b.ScaleVec(m.taken(c.width), d.qBack)))
	}
	var deviation *expr.Node // of what d.slope is by
	switch {
	case d.angle != nil:
		x = b.AddVec(x, b.ScaleVec(m.taken(c.middle), d.slope))
		deviation = b.Scale(1/math.Sqrt(12), m.taken(c.turnRange))
	case d.place != nil:
		deviation = b.Const(1 / math.Sqrt(12))
	}
	if deviation != nil {
		covariance = b.AddSym(covariance, b.Outer(b.ScaleVec(deviation, d.slope)))
	}
	cofactors, det := b.Cofactors(covariance)
	pull := b.ScaleVec(b.Inverse(det), b.SymVec(cofactors, x)) // W x
	if deviation != nil {
		by := b.Neg(b.Mul(b.Square(deviation), b.Dot(pull, d.slope)))
		if d.angle != nil {
			l.angle = b.Add(m.taken(c.middle), by)
		} else {
			l.place = by
		}
	}
	if d.w != nil {
		// Σ aᵢ aᵢᵀ (1 + [w]×/2 + [w]×²/6) (W x × y)
		torque := m.unrolled(b.ScaleVec(b.Const(-1), *d.w), b.Cross(pull, d.y))
		var w expr.Vec
		if c.uniform != nil {
			w = b.ScaleVec(b.Neg(m.taken(c.uniform)), torque)
		} else {
			for i, axis := range c.spread {
				axis = m.takenVec(axis)
				part := b.ScaleVec(b.Dot(axis, torque), axis)
				if i > 0 {
					part = b.AddVec(w, part)
				}
				w = part
			}
			w = b.ScaleVec(b.Const(-1), w)
			if c.about != nil {
				w = b.AddVec(w, m.takenVec(*c.about))
			}
		}
		l.w = &w
	}
	if d.energy != nil {
		l.energy = b.Neg(b.Mul(b.Square(m.taken(c.width)), b.Dot(pull, d.qBack)))
	}
	if d.divergence != nil {
		l.divergence = &[2]*expr.Node{b.Dot(pull, d.sigma[0]), b.Dot(pull, d.sigma[1])}
	}
	return l
}

// integrated is the Gaussian integral over the variables.
func (m *closedModel) integrated(q expr.Vec, d *expanded) *expr.Node {
	b := m.b
	switch {
	case m.spectrum != nil:
		growth := m.growth(d.fixed, d.growing, d.energy)
		return m.damped(m.lit(d.covariance, growth, d.x, d.qBack, d.energy), b.ScaleVec(b.Add(b.Const(1), d.energy), q))
	case d.place != nil:
		return m.damped(m.swept(d.covariance, d.x, d.slope, b.Const(0), b.Const(1)), q)
	case d.angle != nil:
		return m.damped(m.swept(d.covariance, d.x, d.slope, m.taken(m.spots.middle), m.taken(m.spots.turnRange)), q)
	}
	cofactors, det := b.Cofactors(d.covariance)
	inverse := b.Inverse(det)
	exponent := b.Mul(b.Scale(-0.5, inverse), b.Dot(d.x, b.SymVec(cofactors, d.x)))
	return m.damped(b.Mul(b.Exp(exponent), b.Sqrt(inverse)), q)
}

// damped multiplies by the B factor at a scattering vector.
func (m *closedModel) damped(cloud *expr.Node, q expr.Vec) *expr.Node {
	if m.spots.fall == nil {
		return cloud
	}
	return m.b.Mul(cloud, m.b.Exp(m.b.Scale(-0.5, m.b.Mul(m.taken(m.spots.fall), m.b.Dot(q, q)))))
}

// lineWidth is the relative standard deviation of a line's energy; nil if it has none, or if lines that are summed about the
// spectrum's mean have different ones.
func (m *closedModel) lineWidth() *expr.Node {
	switch {
	case m.spectrum != nil:
		return m.spectrum.common
	case m.spots.energy != nil:
		return m.taken(m.spots.width)
	}
	return nil
}

// smallRotation returns the rotation of vectors by −w, as a series: |w| is below 0.15.
func (m *closedModel) smallRotation(w expr.Vec, square *expr.Node) func(expr.Vec) expr.Vec {
	b := m.b
	series := func(c0, c1, c2 float64) *expr.Node {
		return b.Add(b.Const(c0), b.Mul(square, b.Add(b.Const(c1), b.Scale(c2, square))))
	}
	sine := series(1, -1.0/6, 1.0/120)        // sin t/t
	cosine := series(1.0/2, -1.0/24, 1.0/720) // (1 − cos t)/t²
	return func(v expr.Vec) expr.Vec {
		once := b.Cross(v, w)
		return b.AddVec(v, b.AddVec(b.ScaleVec(sine, once), b.ScaleVec(cosine, b.Cross(once, w))))
	}
}

// addSpread adds the covariance of the domains' rotations, Jw Sw Jwᵀ with Jw = [y]× (1 − [w]×/2 + [w]×²/6).
func (m *closedModel) addSpread(to expr.Sym, y, w, moved expr.Vec, square *expr.Node) expr.Sym {
	b, c := m.b, m.spots
	if c.uniform != nil {
		// (1 − [w]×/2 + [w]×²/6) times its transpose is 1 + k [w]×², k = 1/12 − |w|²/36, and [y]× of that
		// (1 − k|w|²)(|y|² − y yᵀ) + k (y×w)(y×w)ᵀ.
		k := b.Sub(b.Const(1.0/12), b.Scale(1.0/36, square))
		variance := m.taken(c.uniform)
		across := b.Mul(variance, b.Sub(b.Const(1), b.Mul(k, square)))
		to = b.AddSym(to, b.ScaleSym(b.Neg(across), b.Outer(y)))
		to = b.AddDiagonal(to, b.Mul(across, b.Dot(y, y)))
		return b.AddSym(to, b.ScaleSym(b.Mul(variance, k), b.Outer(moved)))
	}
	for _, axis := range c.spread {
		to = b.AddSym(to, b.Outer(b.Cross(y, m.unrolled(w, m.takenVec(axis)))))
	}
	return to
}

// swept is the Gaussian of a covariance at a distance x from which it moves along slope with phi, or with the place along a
// side of a pixel: its mean over the rotation, or over the side, of a range about a middle.
func (m *closedModel) swept(covariance expr.Sym, x, slope expr.Vec, centre, length *expr.Node) *expr.Node {
	b := m.b
	cofactors, det := b.Cofactors(covariance)
	inverse := b.Inverse(det)
	weighed := b.SymVec(cofactors, slope)
	s2 := b.Mul(inverse, b.Dot(slope, weighed))
	along := b.Mul(inverse, b.Dot(x, weighed))
	square := b.Mul(inverse, b.Dot(x, b.SymVec(cofactors, x)))
	closest := b.Neg(b.Div(along, s2)) // where the spot is nearest
	s := b.Sqrt(s2)
	width := b.Mul(s, length)
	middle := b.Mul(s, b.Sub(centre, closest))
	peak := b.Exp(b.Scale(-0.5, b.Sub(square, b.Mul(s2, b.Square(closest)))))
	return b.Product(peak, b.GaussMean(middle, width), b.Sqrt(inverse))
}
