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

// Places returns five places of a reflection's spot on a panel, in pixels: its centre, and those at ±1.5 standard
// deviations along its principal axes. It reports whether the panel has the spot's plane in front of the crystal.
func (f *Form) Places(v *View) (list [5][2]float64, ok bool) {
	fast, slow, ok := v.Meets(f.Center)
	if !ok {
		return list, false
	}
	var m [2][2]float64
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
		// A step of many pixels is out of the linear range: a spot of an odd list.
		far := math.Max(1, math.Hypot(byFast, bySlow)/1e4)
		fast, slow = fast+byFast/far, slow+bySlow/far
		if f.Range > 0 { // the spot is as wide as the rotation makes it
			weighed := geom.Apply(weights, d.slope)
			s2 := geom.Dot(d.slope, weighed)
			most := f.Range + 3/math.Sqrt(s2)
			addOuter(&weights, -1/(s2+1/(most*most)), weighed)
			own, _ = metric(&weights)
		}
		m = own
	}
	list[0] = [2]float64{fast, slow}
	mean, half := (m[0][0]+m[1][1])/2, math.Hypot((m[0][0]-m[1][1])/2, m[0][1])
	sin, cos := math.Sincos(math.Atan2(2*m[0][1], m[0][0]-m[1][1]) / 2)
	narrow := 1.5 / math.Sqrt(mean+half)
	wide := 1.5 * math.Sqrt((mean+half)/max(m[0][0]*m[1][1]-m[0][1]*m[0][1], 1e-300))
	for k, side := range []float64{-1, 1} {
		list[1+k] = [2]float64{fast + side*narrow*cos, slow + side*narrow*sin}
		list[3+k] = [2]float64{fast - side*wide*sin, slow + side*wide*cos}
	}
	return list, math.Abs(fast)+math.Abs(slow) < 1e9
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
