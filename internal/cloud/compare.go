package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// View is how a panel sees a source: the crystal is at the origin.
type View struct {
	Corner     [3]float64 // of the first pixel
	Fast, Slow [3]float64 // from a pixel to the next, in the corner's units
	Incident   [3]float64 // unit vector of travel
	Wavelength float64    // Å
}

// At returns the point of reciprocal space of a place on the panel, in pixels.
func (v *View) At(fast, slow float64) [3]float64 { return v.at(fast, slow).array() }

func (v *View) at(fast, slow float64) vec {
	return v.place(fast, slow).unit().minus(vecOf(v.Incident)).times(1 / v.Wavelength)
}

// place is where a place on the panel is.
func (v *View) place(fast, slow float64) vec {
	return vecOf(v.Corner).add(fast, vecOf(v.Fast)).add(slow, vecOf(v.Slow))
}

// slopes returns the derivatives of At by both coordinates.
func (v *View) slopes(fast, slow float64) [2]vec {
	at := v.place(fast, slow)
	inverse := 1 / at.norm()
	ray, k := at.times(inverse), inverse/v.Wavelength
	a, b := vecOf(v.Fast), vecOf(v.Slow)
	return [2]vec{a.add(-ray.dot(a), ray).times(k), b.add(-ray.dot(b), ray).times(k)}
}

// Meets returns where the ray of a point of reciprocal space meets the panel, and reports whether it does.
func (v *View) Meets(q [3]float64) (fast, slow float64, ok bool) {
	// Cramer's rule for ray = way (corner + fast·Fast + slow·Slow).
	a, b, c := vecOf(v.Fast), vecOf(v.Slow), vecOf(v.Corner)
	ray := vecOf(v.Incident).add(v.Wavelength, vecOf(q))
	normal := a.cross(b)
	way := ray.dot(normal) / c.dot(normal)
	if !(way > 0) {
		return 0, 0, false
	}
	det := way * c.dot(normal)
	return ray.dot(b.cross(c)) / det, ray.dot(c.cross(a)) / det, true
}

// Pixel returns the covariance of a part of a pixel's variance, in pixels, in reciprocal space, along the ray of a point.
func (v *View) Pixel(q [3]float64, variance float64) (out [3][3]float64) {
	fast, slow, ok := v.Meets(q)
	if !ok || variance == 0 {
		return out
	}
	for _, slope := range v.slopes(fast, slow) {
		addOuter(&out, variance, slope.array())
	}
	return out
}

// Spot is where a reflection's light is on a panel.
type Spot struct {
	At     [2]float64    // the centre, in pixels
	Metric [2][2]float64 // inverse of the covariance, in pixels⁻²
	Off    float64       // standard deviations from the centre of the cloud at the reference angle
	// Of a rotation: the angle, from the reference, at which the cloud is nearest, and the inverse of its standard deviation;
	// and where the rotation starts and ends.
	Phi, S, From, To float64
}

// Spot returns the spot of a reflection on a panel, and reports whether there is one.
func (f *Form) Spot(v *View) (o Spot, ok bool) {
	fast, slow, ok := v.Meets(f.Center)
	if !ok {
		return o, false
	}
	o.From, o.To = f.Start, f.Start+f.Range
	for range 3 {
		d := f.expand(v.at(fast, slow))
		weights, _ := d.covariance.inverse()
		slopes := v.slopes(fast, slow)
		own, to := metric(&weights, &slopes, d.x)
		det := own[0][0]*own[1][1] - own[0][1]*own[1][0]
		byFast, bySlow := (own[1][1]*to[0]-own[0][1]*to[1])/det, (own[0][0]*to[1]-own[1][0]*to[0])/det
		o.Off = math.Sqrt(max(0, d.x.dot(weights.apply(d.x))-to[0]*byFast-to[1]*bySlow))
		// A step of many pixels is out of the linear range: a spot of an odd list.
		far := math.Max(1, math.Hypot(byFast, bySlow)/1e4)
		fast, slow = fast+byFast/far, slow+bySlow/far
		if f.Range > 0 { // the spot is as wide as the rotation makes it
			o.Phi, o.S = d.crossing(&weights)
			weighed := weights.apply(d.slope)
			most := f.Range + 3/o.S
			weights.add(-1/(o.S*o.S+1/(most*most)), weighed)
			own, _ = metric(&weights, &slopes, d.x)
		}
		o.Metric = own
	}
	o.At = [2]float64{fast, slow}
	return o, math.Abs(fast)+math.Abs(slow) < 1e9
}

// metric is the covariance's inverse in pixels, and what a distance gives in it.
func metric(weights *sym, slopes *[2]vec, x vec) (m [2][2]float64, to [2]float64) {
	a, b := weights.apply(slopes[0]), weights.apply(slopes[1])
	ab := a.dot(slopes[1])
	return [2][2]float64{{a.dot(slopes[0]), ab}, {ab, b.dot(slopes[1])}}, [2]float64{-a.dot(x), -b.dot(x)}
}

// Sigma returns the principal standard deviations, the narrow one first, and the direction of that as sine and cosine of
// its angle from the fast axis.
func (o *Spot) Sigma() (narrow, wide, sin, cos float64) {
	m := &o.Metric
	mean, half := (m[0][0]+m[1][1])/2, math.Hypot((m[0][0]-m[1][1])/2, m[0][1])
	sin, cos = math.Sincos(math.Atan2(2*m[0][1], m[0][0]-m[1][1]) / 2)
	return 1 / math.Sqrt(mean+half), math.Sqrt((mean + half) / max(m[0][0]*m[1][1]-m[0][1]*m[0][1], 1e-300)), sin, cos
}

// Places returns five places of a spot, in pixels: its centre, and those at ±1.5 standard deviations along its
// principal axes.
func (o *Spot) Places() (list [5][2]float64) {
	narrow, wide, sin, cos := o.Sigma()
	list[0] = o.At
	for k, side := range []float64{-1.5, 1.5} {
		list[1+k] = [2]float64{o.At[0] + side*narrow*cos, o.At[1] + side*narrow*sin}
		list[3+k] = [2]float64{o.At[0] - side*wide*sin, o.At[1] + side*wide*cos}
	}
	return list
}

// Moved returns how far a spot is from where another one was, in standard deviations of that: of the centre, of its angle
// phi, of the ends of the rotation and of its distance from the sphere, the largest of them; and the largest relative
// change of its widths.
func (o *Spot) Moved(was *Spot) (moved, wider float64) {
	a, b := o.At[0]-was.At[0], o.At[1]-was.At[1]
	m := &was.Metric
	moved = math.Sqrt(max(0, m[0][0]*a*a+2*m[0][1]*a*b+m[1][1]*b*b))
	moved = max(moved, math.Abs(o.Phi-was.Phi)*was.S, math.Abs(o.Off-was.Off),
		math.Abs(o.From-was.From)*was.S, math.Abs(o.To-was.To)*was.S)
	narrow, wide, _, _ := o.Sigma()
	wasNarrow, wasWide, _, _ := was.Sigma()
	wider = max(math.Abs(narrow/wasNarrow-1), math.Abs(wide/wasWide-1))
	if was.S > 0 {
		wider = max(wider, math.Abs(was.S/o.S-1))
	}
	return moved, wider
}

// Estimate is Measure by the few nodes of [Form.Quick]; by fewer still, if they say that the error is less than a part of the largest
// intensity, or of a peak, which are enough to tell that.
func Estimate(list []Piece, v *View, places [5][2]float64, enough, least float64) (off, peak float64) {
	off, peak = estimate(list, v, places, true)
	if off < enough*max(peak, least) {
		return off, peak
	}
	return estimate(list, v, places, false)
}

func estimate(list []Piece, v *View, places [5][2]float64, coarse bool) (off, peak float64) {
	for _, at := range places {
		q := v.at(at[0], at[1])
		all, difference := 0.0, 0.0
		for _, p := range list {
			closed, off := p.quick(q.times(1+p.Shift), coarse)
			all, difference = all+p.Weight*(closed+off), difference+p.Weight*off
		}
		off, peak = max(off, math.Abs(difference)), max(peak, all)
	}
	return off, peak
}

// Measure returns the largest difference of the closed form of pieces from their quadrature at some places, and the
// largest intensity there.
func Measure(list []Piece, v *View, places [5][2]float64) (off, peak float64) {
	for _, at := range places {
		q := v.At(at[0], at[1])
		closed, truth := 0.0, 0.0
		for _, p := range list {
			own := geom.Scale(1+p.Shift, q)
			closed += p.Weight * p.Form.Closed(own)
			truth += p.Weight * p.Form.Quadrature(own)
		}
		off, peak = max(off, math.Abs(closed-truth)), max(peak, truth)
	}
	return off, peak
}
