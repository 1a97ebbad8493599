package cloud

import "math"

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
	center     vec
	block      sym
	spread     sym
	axes       [3]vec // vectors whose outer products add up to the spread
	weight     sym    // inverse of the covariance at the centre, without the rotation
	spindle    vec
	mean       vec     // of the domains' rotations
	middle     float64 // of the rotation, from the reference angle
	origin     vec     // where the gains start
	across     [2]vec  // the directions of the divergence
	directions int     // the number of those, 0 or 2
	offset     vec     // mean of what is of second order, less the centre

	rotation   [3]vec // gains: rows
	energy     vec
	phi        vec
	divergence [2]vec
}

// New prepares a cloud.
func New(c Cloud) *Form {
	f := new(Form)
	f.Set(c)
	return f
}

// Set prepares another cloud in the memory of a form.
func (f *Form) Set(c Cloud) {
	f.Cloud, f.center, f.block, f.spread, f.spindle, f.middle = c, vecOf(c.Center), symOf(&c.Block), symOf(&c.Spread), vecOf(c.Spindle), c.Start+c.Range/2
	f.mean, f.across, f.directions, f.rotation = vecOf(c.About), [2]vec{}, 0, [3]vec{}
	columns := c.Axes
	if columns == ([3][3]float64{}) {
		columns = factor(c.Spread)
	}
	for i, column := range columns {
		f.axes[i] = vecOf(column)
	}
	if c.Divergence != ([2][3]float64{}) {
		f.across, f.directions = [2]vec{vecOf(c.Divergence[0]), vecOf(c.Divergence[1])}, 2
	}
	// In the frame of the domain that is rotated by About.
	sine, cosine := turning(f.mean.dot(f.mean))
	spin, divergence := f.spindle.unturned(f.mean, sine, cosine), f.across
	for a, v := range divergence {
		divergence[a] = v.unturned(f.mean, sine, cosine)
	}
	lab := func(v vec) vec { return v.unturned(f.mean.times(-1), sine, cosine) }
	p, deviation := f.center, c.Range/math.Sqrt(12)
	across := p.cross(spin)
	f.origin = lab(p.add(-f.middle, across))

	// The seven variables of unit variance that the distance depends on: three rotations, the energy, phi and
	// two directions. Those of no width are left out.
	var slopes, weighed, gain [7]vec
	for i, axis := range f.axes {
		slopes[i] = p.cross(axis.unrolled(f.mean))
	}
	slopes[3], slopes[4] = p.times(c.Width), across.times(deviation)
	for a, v := range divergence {
		slopes[5+a] = v.times(-1)
	}
	covariance := f.block
	for i := range slopes {
		if i != 4 {
			covariance.add(1, slopes[i])
		}
	}
	f.weight, _ = covariance.inverse()
	inverse := f.weight
	if c.Range > 0 {
		covariance.add(1, slopes[4])
		inverse, _ = covariance.inverse()
	}
	for i := range slopes {
		weighed[i] = inverse.apply(slopes[i])
		gain[i] = lab(weighed[i])
	}
	for i, axis := range f.axes {
		f.rotation[0] = f.rotation[0].add(-axis.x, gain[i])
		f.rotation[1] = f.rotation[1].add(-axis.y, gain[i])
		f.rotation[2] = f.rotation[2].add(-axis.z, gain[i])
	}
	f.energy, f.phi = gain[3].times(-c.Width), gain[4].times(-deviation)
	f.divergence = [2]vec{gain[5].times(-1), gain[6].times(-1)}
	f.offset = f.second(deviation, spin, divergence[:f.directions], &slopes, &weighed).minus(p)
}

// second is the mean of what is of second order in the variables, over their distribution at the centre.
func (f *Form) second(deviation float64, spin vec, divergence []vec, slopes, weighed *[7]vec) (mean vec) {
	rest := func(i, j int) float64 { return -slopes[i].dot(weighed[j]) }
	p, spun := f.center, spin.cross(f.center)
	for i, u := range f.axes {
		for j, v := range f.axes[:i+1] {
			// Both orders: rest is symmetric.
			k := rest(i, j) / 2
			if i == j {
				mean = mean.add(k+0.5, u.cross(u.cross(p)))
				continue
			}
			mean = mean.add(k, u.cross(v.cross(p))).add(k, v.cross(u.cross(p)))
		}
		mean = mean.add(f.Width*rest(i, 3), p.cross(u))
		for a, d := range divergence {
			mean = mean.add(rest(i, 5+a), u.cross(d))
		}
	}
	if f.Range == 0 {
		return mean
	}
	for i, u := range f.axes {
		mean = mean.add(deviation*rest(i, 4), u.cross(spun))
	}
	mean = mean.add(deviation*deviation*(1+rest(4, 4))/2, spin.cross(spun)).add(-deviation*f.Width*rest(3, 4), spun)
	for a, d := range divergence {
		mean = mean.add(deviation*rest(4, 5+a), spin.cross(d))
	}
	return mean
}

// likely are the variables that the light of a point mostly comes from.
type likely struct {
	w             vec // the rotation of the domain
	energy, angle float64
	divergence    [2]float64
}

// distance is the distance of a point from the centre, linear in the variables, with its covariance.
type distance struct {
	x          vec
	covariance sym
	slope      vec    // by phi
	y, w       vec    // the point turned back, with the energy and the divergence that its light mostly comes from; the rotation
	back       vec    // the point turned back
	turned     [2]vec // the directions of the divergence likewise
}

// expand expands the distance of q about the variables that its light mostly comes from, by the gains of the centre.
func (f *Form) expand(q vec) (d distance) {
	r := q.minus(f.origin)
	l := likely{w: f.mean.plus(vec{f.rotation[0].dot(r), f.rotation[1].dot(r), f.rotation[2].dot(r)}), energy: f.energy.dot(r)}
	if f.Range > 0 {
		l.angle = f.middle + f.phi.dot(r)
	}
	for a := range f.directions {
		l.divergence[a] = f.divergence[a].dot(r)
	}
	f.about(q, &l, &d)
	if f.Twice {
		l = f.nearer(&d)
		f.about(q, &l, &d)
	}
	return d
}

// about expands the distance of q about variables.
func (f *Form) about(q vec, l *likely, d *distance) {
	w := l.w
	sine, cosine := turning(w.dot(w))
	sin, cos := 0.0, 1.0
	back := q
	if f.Range > 0 {
		sin, cos = math.Sincos(-l.angle)
		back = q.spun(f.spindle, sin, cos)
	}
	back = back.unturned(w, sine, cosine)
	y := back.times(1 + l.energy)
	covariance := f.block
	for a, v := range f.across[:f.directions] {
		if f.Range > 0 {
			v = v.spun(f.spindle, sin, cos)
		}
		v = v.unturned(w, sine, cosine)
		y = y.add(-l.divergence[a], v)
		covariance.add(1, v)
		d.turned[a] = v
	}
	moved := w
	if f.mean != (vec{}) {
		moved = w.minus(f.mean).unrolled(w)
	}
	x := back.plus(f.offset).minus(y.cross(moved))
	for _, axis := range f.axes {
		covariance.add(1, y.cross(axis.unrolled(w)))
	}
	covariance.add(f.Width*f.Width, back)
	if f.Range > 0 {
		d.slope = y.cross(f.spindle.unturned(w, sine, cosine))
		x = x.add(-l.angle, d.slope)
	}
	d.x, d.y, d.w, d.back, d.covariance = x, y, w, back, covariance
}

// nearer returns the variables that the light of a point mostly comes from by an expansion of its distance.
func (f *Form) nearer(d *distance) (l likely) {
	x, covariance, variance := d.x, d.covariance, f.Range*f.Range/12
	if f.Range > 0 {
		x = x.add(f.middle, d.slope)
		covariance.add(variance, d.slope)
	}
	weights, _ := covariance.inverse()
	pull := weights.apply(x)
	l.w = f.mean
	for _, axis := range f.axes {
		l.w = l.w.add(-pull.dot(d.y.cross(axis.unrolled(d.w))), axis)
	}
	l.energy = -f.Width * f.Width * pull.dot(d.back)
	l.angle = f.middle - variance*pull.dot(d.slope)
	for a := range f.directions {
		l.divergence[a] = pull.dot(d.turned[a])
	}
	return l
}
