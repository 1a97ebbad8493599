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
func (v *View) At(fast, slow float64) [3]float64 {
	at := geom.Add(v.Corner, geom.Add(geom.Scale(fast, v.Fast), geom.Scale(slow, v.Slow)))
	return geom.Scale(1/v.Wavelength, geom.Add(geom.Unit(at), geom.Scale(-1, v.Incident)))
}

// slopes returns the derivatives of At by both coordinates.
func (v *View) slopes(fast, slow float64) [2][3]float64 {
	at := geom.Add(v.Corner, geom.Add(geom.Scale(fast, v.Fast), geom.Scale(slow, v.Slow)))
	ray, k := geom.Unit(at), 1/(v.Wavelength*geom.Norm(at))
	across := func(axis [3]float64) [3]float64 {
		return geom.Scale(k, geom.Add(axis, geom.Scale(-geom.Dot(ray, axis), ray)))
	}
	return [2][3]float64{across(v.Fast), across(v.Slow)}
}

// Meets returns where the ray of a point of reciprocal space meets the panel, and reports whether it does.
func (v *View) Meets(q [3]float64) (fast, slow float64, ok bool) {
	ray := geom.Add(geom.Scale(v.Wavelength, q), v.Incident)
	rows := geom.Inverse(geom.Columns(v.Fast, v.Slow, v.Corner))
	way := geom.Dot(rows[2], ray)
	if !(way > 0) {
		return 0, 0, false
	}
	return geom.Dot(rows[0], ray) / way, geom.Dot(rows[1], ray) / way, true
}

// Pixel returns the covariance of a part of a pixel's variance, in pixels, in reciprocal space, along the ray of a point.
func (v *View) Pixel(q [3]float64, variance float64) (out [3][3]float64) {
	fast, slow, ok := v.Meets(q)
	if !ok || variance == 0 {
		return out
	}
	for _, slope := range v.slopes(fast, slow) {
		addOuter(&out, variance, slope)
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
		d := f.expand(v.At(fast, slow))
		weights, _ := inverse(d.covariance)
		slopes := v.slopes(fast, slow)
		metric := func(w *[3][3]float64) (m [2][2]float64, to [2]float64) {
			for i, s := range slopes {
				weighed := geom.Apply(*w, s)
				for j := range slopes {
					m[i][j] = geom.Dot(weighed, slopes[j])
				}
				to[i] = -geom.Dot(weighed, d.x)
			}
			return m, to
		}
		own, to := metric(&weights)
		det := own[0][0]*own[1][1] - own[0][1]*own[1][0]
		byFast, bySlow := (own[1][1]*to[0]-own[0][1]*to[1])/det, (own[0][0]*to[1]-own[1][0]*to[0])/det
		o.Off = math.Sqrt(max(0, geom.Dot(d.x, geom.Apply(weights, d.x))-to[0]*byFast-to[1]*bySlow))
		// A step of many pixels is out of the linear range: a spot of an odd list.
		far := math.Max(1, math.Hypot(byFast, bySlow)/1e4)
		fast, slow = fast+byFast/far, slow+bySlow/far
		if f.Range > 0 { // the spot is as wide as the rotation makes it
			o.Phi, o.S = d.crossing(&weights)
			weighed := geom.Apply(weights, d.slope)
			most := f.Range + 3/o.S
			addOuter(&weights, -1/(o.S*o.S+1/(most*most)), weighed)
			own, _ = metric(&weights)
		}
		o.Metric = own
	}
	o.At = [2]float64{fast, slow}
	return o, math.Abs(fast)+math.Abs(slow) < 1e9
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

// Estimate is Measure by the few nodes of [Form.Quick].
func Estimate(list []Piece, v *View, places [5][2]float64) (off, peak float64) {
	for _, at := range places {
		q := v.At(at[0], at[1])
		all, difference := 0.0, 0.0
		for _, p := range list {
			closed, off := p.Quick(geom.Scale(1+p.Shift, q))
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
