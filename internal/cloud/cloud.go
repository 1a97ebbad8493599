package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// Cloud is a reflection at a reference angle phi, in the laboratory. Lengths are in Å⁻¹, angles in radians.
type Cloud struct {
	Center     [3]float64    // p
	Block      [3][3]float64 // S₀: of the crystal's block, its strain, and what the nodes leave of a pixel
	Spread     [3][3]float64 // covariance of the domains' rotation vectors
	Width      float64       // relative standard deviation of the energy
	Divergence [2][3]float64 // over the wavelength
	Spindle    [3]float64    // unit vector
	Start      float64       // of the rotation, from the reference angle
	Range      float64       // of the rotation; 0 for a still
}

// Form is a cloud with what its points share.
type Form struct {
	Cloud
	axes   [3][3]float64 // vectors whose outer products add up to Spread
	weight [3][3]float64 // inverse of the covariance at the centre, without the rotation
	middle float64       // of the rotation, from the reference angle
	origin [3]float64    // where the gains start
	across [][3]float64  // the directions of the divergence, if there are any
	offset [3]float64    // mean of what is of second order, less the centre

	rotation   [3][3]float64 // gains: rows
	energy     [3]float64
	phi        [3]float64
	divergence [2][3]float64
}

// New prepares a cloud.
func New(c Cloud) *Form {
	f := &Form{Cloud: c, axes: factor(c.Spread), middle: c.Start + c.Range/2}
	if c.Divergence != ([2][3]float64{}) {
		f.across = f.Divergence[:]
	}
	p, deviation := c.Center, c.Range/math.Sqrt(12)
	across := geom.Cross(p, c.Spindle)
	f.origin = geom.Add(p, geom.Scale(-f.middle, across))

	// The seven variables of unit variance that the distance depends on: three rotations, the energy, phi and
	// two directions.
	var slopes [7][3]float64
	for i, axis := range f.axes {
		slopes[i] = geom.Cross(p, axis)
	}
	slopes[3], slopes[4] = geom.Scale(c.Width, p), geom.Scale(deviation, across)
	for a, v := range c.Divergence {
		slopes[5+a] = geom.Scale(-1, v)
	}
	covariance := c.Block
	for i, v := range slopes {
		if i != 4 {
			addOuter(&covariance, 1, v)
		}
	}
	f.weight, _ = inverse(covariance)
	addOuter(&covariance, 1, slopes[4])
	inverse, _ := inverse(covariance)
	var weighed [7][3]float64
	for i, v := range slopes {
		weighed[i] = geom.Apply(inverse, v)
	}
	for i, axis := range f.axes {
		for r := range 3 {
			f.rotation[r] = geom.Add(f.rotation[r], geom.Scale(-axis[r], weighed[i]))
		}
	}
	f.energy, f.phi = geom.Scale(-c.Width, weighed[3]), geom.Scale(-deviation, weighed[4])
	f.divergence = [2][3]float64{geom.Scale(-1, weighed[5]), geom.Scale(-1, weighed[6])}

	rest := func(i, j int) float64 {
		v := -geom.Dot(slopes[i], weighed[j])
		if i == j {
			v++
		}
		return v
	}
	second := func(k float64, v [3]float64) { f.offset = geom.Add(f.offset, geom.Scale(k, v)) }
	second(-1, p)
	spun := geom.Cross(c.Spindle, p)
	for i, u := range f.axes {
		for j, v := range f.axes {
			second(rest(i, j)/2, geom.Cross(u, geom.Cross(v, p)))
		}
		second(deviation*rest(i, 4), geom.Cross(u, spun))
		second(c.Width*rest(i, 3), geom.Cross(p, u))
		for a, d := range c.Divergence {
			second(rest(i, 5+a), geom.Cross(u, d))
		}
	}
	second(deviation*deviation*rest(4, 4)/2, geom.Cross(c.Spindle, spun))
	second(-deviation*c.Width*rest(3, 4), spun)
	for a, d := range c.Divergence {
		second(deviation*rest(4, 5+a), geom.Cross(c.Spindle, d))
	}
	return f
}

// distance is the distance of a point from the centre, linear in the variables, with its covariance.
type distance struct {
	x          [3]float64
	covariance [3][3]float64
	slope      [3]float64 // by phi
	y, w       [3]float64 // the point turned back, with the energy and the divergence that its light mostly comes from; the rotation
}

// expand expands the distance of q about the variables that its light mostly comes from.
func (f *Form) expand(q [3]float64) (d distance) {
	r := geom.Add(q, geom.Scale(-1, f.origin))
	w := geom.Apply(f.rotation, r)
	energy, angle := geom.Dot(f.energy, r), 0.0
	unturn := rotation(geom.Scale(-1, w))
	back := unturn
	if f.Range > 0 {
		angle = f.middle + geom.Dot(f.phi, r)
		back = geom.Mul(unturn, geom.Rotation(f.Spindle, -angle))
	}
	qBack := geom.Apply(back, q)
	y := geom.Scale(1+energy, qBack)
	d.covariance = f.Block
	d.x = geom.Add(qBack, f.offset)
	for a, v := range f.Divergence {
		turned := geom.Apply(back, v)
		y = geom.Add(y, geom.Scale(-geom.Dot(f.divergence[a], r), turned))
		addOuter(&d.covariance, 1, turned)
	}
	d.x = geom.Add(d.x, geom.Scale(-1, geom.Cross(y, w)))
	for _, axis := range f.axes {
		addOuter(&d.covariance, 1, geom.Cross(y, unrolled(w, axis)))
	}
	addOuter(&d.covariance, f.Width*f.Width, qBack)
	d.y, d.w = y, w
	if f.Range > 0 {
		d.slope = geom.Cross(y, geom.Apply(unturn, f.Spindle))
		d.x = geom.Add(d.x, geom.Scale(-angle, d.slope))
	}
	return d
}

// unrolled is the derivative of a rotation by w along v, 1 − [w]×/2 + [w]×²/6 times v.
func unrolled(w, v [3]float64) [3]float64 {
	once := geom.Cross(w, v)
	return geom.Add(v, geom.Add(geom.Scale(-1.0/2, once), geom.Scale(1.0/6, geom.Cross(w, once))))
}
