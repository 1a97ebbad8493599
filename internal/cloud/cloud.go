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

	// Axes, if they are not 0, are vectors whose outer products add up to Spread. About is the mean of the domains' rotation
	// vectors, of a part of a spread.
	Axes  [3][3]float64
	About [3]float64
	// Twice expands the distance a second time, about where its first expansion says that the light comes from.
	Twice bool
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
	f := &Form{Cloud: c, axes: c.Axes, middle: c.Start + c.Range/2}
	if c.Axes == ([3][3]float64{}) {
		f.axes = factor(c.Spread)
	}
	// In the frame of the domain that is rotated by About.
	spin, divergence := c.Spindle, c.Divergence
	lab := func(v [3]float64) [3]float64 { return v }
	if c.About != ([3]float64{}) {
		back := rotation(geom.Scale(-1, c.About))
		spin = geom.Apply(back, spin)
		for a, v := range divergence {
			divergence[a] = geom.Apply(back, v)
		}
		forth := geom.Transpose(back)
		lab = func(v [3]float64) [3]float64 { return geom.Apply(forth, v) }
	}
	if divergence != ([2][3]float64{}) {
		f.across = f.Divergence[:]
	}
	p, deviation := c.Center, c.Range/math.Sqrt(12)
	across := geom.Cross(p, spin)
	f.origin = lab(geom.Add(p, geom.Scale(-f.middle, across)))

	// The seven variables of unit variance that the distance depends on: three rotations, the energy, phi and
	// two directions.
	var slopes [7][3]float64
	for i, axis := range f.axes {
		slopes[i] = geom.Cross(p, unrolled(c.About, axis))
	}
	slopes[3], slopes[4] = geom.Scale(c.Width, p), geom.Scale(deviation, across)
	for a, v := range divergence {
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
	var weighed, gain [7][3]float64
	for i, v := range slopes {
		weighed[i] = geom.Apply(inverse, v)
		gain[i] = lab(weighed[i])
	}
	for i, axis := range f.axes {
		for r := range 3 {
			f.rotation[r] = geom.Add(f.rotation[r], geom.Scale(-axis[r], gain[i]))
		}
	}
	f.energy, f.phi = geom.Scale(-c.Width, gain[3]), geom.Scale(-deviation, gain[4])
	f.divergence = [2][3]float64{geom.Scale(-1, gain[5]), geom.Scale(-1, gain[6])}

	rest := func(i, j int) float64 {
		v := -geom.Dot(slopes[i], weighed[j])
		if i == j {
			v++
		}
		return v
	}
	second := func(k float64, v [3]float64) { f.offset = geom.Add(f.offset, geom.Scale(k, v)) }
	second(-1, p)
	spun := geom.Cross(spin, p)
	for i, u := range f.axes {
		for j, v := range f.axes {
			second(rest(i, j)/2, geom.Cross(u, geom.Cross(v, p)))
		}
		second(deviation*rest(i, 4), geom.Cross(u, spun))
		second(c.Width*rest(i, 3), geom.Cross(p, u))
		for a, d := range divergence {
			second(rest(i, 5+a), geom.Cross(u, d))
		}
	}
	second(deviation*deviation*rest(4, 4)/2, geom.Cross(spin, spun))
	second(-deviation*c.Width*rest(3, 4), spun)
	for a, d := range divergence {
		second(deviation*rest(4, 5+a), geom.Cross(spin, d))
	}
	return f
}

// likely are the variables that the light of a point mostly comes from.
type likely struct {
	w             [3]float64 // the rotation of the domain
	energy, angle float64
	divergence    [2]float64
}

// distance is the distance of a point from the centre, linear in the variables, with its covariance.
type distance struct {
	x          [3]float64
	covariance [3][3]float64
	slope      [3]float64 // by phi
	y, w       [3]float64 // the point turned back, with the energy and the divergence that its light mostly comes from; the rotation
	back       [3][3]float64
}

// expand expands the distance of q about the variables that its light mostly comes from, by the gains of the centre.
func (f *Form) expand(q [3]float64) distance {
	r := geom.Add(q, geom.Scale(-1, f.origin))
	l := likely{w: geom.Add(f.About, geom.Apply(f.rotation, r)), energy: geom.Dot(f.energy, r)}
	if f.Range > 0 {
		l.angle = f.middle + geom.Dot(f.phi, r)
	}
	for a := range f.Divergence {
		l.divergence[a] = geom.Dot(f.divergence[a], r)
	}
	d := f.about(q, &l)
	if f.Twice {
		l = f.nearer(q, &d)
		d = f.about(q, &l)
	}
	return d
}

// about expands the distance of q about variables.
func (f *Form) about(q [3]float64, l *likely) (d distance) {
	w := l.w
	unturn := rotation(geom.Scale(-1, w))
	d.back = unturn
	if f.Range > 0 {
		d.back = geom.Mul(unturn, geom.Rotation(f.Spindle, -l.angle))
	}
	qBack := geom.Apply(d.back, q)
	y := geom.Scale(1+l.energy, qBack)
	d.covariance = f.Block
	d.x = geom.Add(qBack, f.offset)
	for a, v := range f.Divergence {
		turned := geom.Apply(d.back, v)
		y = geom.Add(y, geom.Scale(-l.divergence[a], turned))
		addOuter(&d.covariance, 1, turned)
	}
	moved := w
	if f.About != ([3]float64{}) {
		moved = unrolled(w, geom.Add(w, geom.Scale(-1, f.About)))
	}
	d.x = geom.Add(d.x, geom.Scale(-1, geom.Cross(y, moved)))
	for _, axis := range f.axes {
		addOuter(&d.covariance, 1, geom.Cross(y, unrolled(w, axis)))
	}
	addOuter(&d.covariance, f.Width*f.Width, qBack)
	d.y, d.w = y, w
	if f.Range > 0 {
		d.slope = geom.Cross(y, geom.Apply(unturn, f.Spindle))
		d.x = geom.Add(d.x, geom.Scale(-l.angle, d.slope))
	}
	return d
}

// nearer returns the variables that the light of q mostly comes from by an expansion of its distance.
func (f *Form) nearer(q [3]float64, d *distance) (l likely) {
	x, covariance, variance := d.x, d.covariance, f.Range*f.Range/12
	if f.Range > 0 {
		x = geom.Add(x, geom.Scale(f.middle, d.slope))
		addOuter(&covariance, variance, d.slope)
	}
	weights, _ := inverse(covariance)
	pull := geom.Apply(weights, x)
	l.w = f.About
	for _, axis := range f.axes {
		l.w = geom.Add(l.w, geom.Scale(-geom.Dot(pull, geom.Cross(d.y, unrolled(d.w, axis))), axis))
	}
	l.energy = -f.Width * f.Width * geom.Dot(pull, geom.Apply(d.back, q))
	l.angle = f.middle - variance*geom.Dot(pull, d.slope)
	for a, v := range f.Divergence {
		l.divergence[a] = geom.Dot(pull, geom.Apply(d.back, v))
	}
	return l
}

// unrolled is the derivative of a rotation by w along v, 1 − [w]×/2 + [w]×²/6 times v.
func unrolled(w, v [3]float64) [3]float64 {
	once := geom.Cross(w, v)
	return geom.Add(v, geom.Add(geom.Scale(-1.0/2, once), geom.Scale(1.0/6, geom.Cross(w, once))))
}
