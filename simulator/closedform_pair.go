package simulator

import (
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
	b, c := m.b, m.spots
	r := b.SubVec(q, m.takenVec(c.origin))
	at := func(gain expr.Vec) *expr.Node { return b.Dot(m.takenVec(gain), r) }

	// back turns a vector by the inverse of the rotations by f and by w.
	back := func(v expr.Vec) expr.Vec { return v }
	axis := m.takenVec(c.axis)
	var angle *expr.Node
	if c.phi != nil {
		angle = b.Add(m.taken(c.middle), at(*c.phi))
		turn := b.Angle(b.Neg(angle))
		back = func(v expr.Vec) expr.Vec { return b.RotateAxis(v, axis, turn) }
	}
	turnAxis := axis
	var w expr.Vec
	var square *expr.Node // |w|²
	if c.rotation != nil {
		for i, row := range c.rotation {
			w[i] = at(row)
		}
		square = b.Dot(w, w)
		unturn := m.smallRotation(w, square)
		turnAxis = unturn(axis)
		byPhi := back
		back = func(v expr.Vec) expr.Vec { return unturn(byPhi(v)) }
	}

	qBack := back(q)
	y := qBack // with the energy and the divergence that the light comes from
	var slope expr.Vec
	if side != nil {
		slope = back(*side)
		y = b.AddVec(y, b.ScaleVec(at(*c.place), slope))
	}
	var shift *expr.Node
	if c.energy != nil {
		shift = at(*c.energy)
		more := b.Add(b.Const(1), shift)
		y = b.ScaleVec(more, y)
		if side != nil {
			slope = b.ScaleVec(more, slope)
		}
	}
	var sigma [2]expr.Vec
	if c.divergence != nil {
		for a := range sigma {
			sigma[a] = back(m.takenVec(c.sigma[a]))
			if m.spectrum != nil { // in Å⁻¹, in the light that comes here
				sigma[a] = b.ScaleVec(b.Add(b.Const(1), shift), sigma[a])
			}
			y = b.SubVec(y, b.ScaleVec(at(c.divergence[a]), sigma[a]))
		}
	}
	x := b.AddVec(qBack, m.takenVec(c.offset))
	covariance := c.block.Each(m.taken)
	fixed := covariance
	if c.dilated.XX != nil {
		covariance = b.AddSym(covariance, b.ScaleSym(shift, c.dilated.Each(m.taken)))
	}
	if c.rotation != nil {
		moved := b.Cross(y, w)
		x = b.SubVec(x, moved)
		covariance = m.addSpread(covariance, y, w, moved, square)
	}
	if c.divergence != nil {
		covariance = b.AddSym(covariance, b.SumOuter(sigma[:]...))
	}
	growing := covariance
	if width := m.lineWidth(); width != nil {
		covariance = b.AddSym(covariance, b.Outer(b.ScaleVec(width, qBack)))
	}
	if m.spectrum != nil {
		growth := m.growth(fixed, growing, shift)
		return m.damped(m.lit(covariance, growth, x, qBack, shift), b.ScaleVec(b.Add(b.Const(1), shift), q))
	}
	if side != nil {
		return m.damped(m.swept(covariance, x, slope, b.Const(0), b.Const(1)), q)
	}
	if c.phi == nil {
		cofactors, det := b.Cofactors(covariance)
		inverse := b.Inverse(det)
		exponent := b.Mul(b.Scale(-0.5, inverse), b.Dot(x, b.SymVec(cofactors, x)))
		return m.damped(b.Mul(b.Exp(exponent), b.Sqrt(inverse)), q)
	}
	slope = b.Cross(y, turnAxis)
	x = b.SubVec(x, b.ScaleVec(angle, slope))
	return m.damped(m.swept(covariance, x, slope, m.taken(c.middle), m.taken(c.turnRange)), q)
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
		v := m.takenVec(axis)
		once := b.Cross(w, v)
		v = b.AddVec(v, b.AddVec(b.ScaleVec(b.Const(-1.0/2), once), b.ScaleVec(b.Const(1.0/6), b.Cross(w, once))))
		to = b.AddSym(to, b.Outer(b.Cross(y, v)))
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
