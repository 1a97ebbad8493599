package prediction

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// onPanel is the spot of a line on the plane of a panel, in pixels along the fast and the slow axis.
type onPanel struct {
	ahead bool          // the ray meets the plane, in front of the crystal; the rest is 0 if not
	at    [2]float64    // centre
	by    [2]float64    // its derivative by phi, px/rad
	cov   [2][2]float64 // covariance at one phi
	deep  [2]float64    // from the front to the back of the sensor
}

// project returns the spot of a ray on a panel. The light at one phi is that of Σ on the tangent plane of
// the sphere, by the condition that the distance from it is made up; with phi the point moves by s × p,
// and the distance by the rate.
func (m *model) project(y *lineRay, plane *plane) (o onPanel) {
	s := &m.spheres[y.line]
	fast, slow, ok := plane.meets(y.ray)
	if !ok {
		return o
	}
	o.ahead = true
	byFast, bySlow := plane.slopes(y.ray, fast, slow)
	o.at = [2]float64{fast, slow}
	slopes := [2][3]float64{byFast, bySlow}
	variance := y.sigma * y.sigma
	moved := geom.Add(geom.Cross(m.spindle, y.p), geom.Scale(-y.rate/variance, y.spread))
	var spread [2][3]float64
	var normal [2]float64
	for k := range slopes {
		back := &slopes[k]
		*back = backwards(&y.lab, *back)
		spread[k] = m.covariance(*back, y.p, s, &y.turned)
		normal[k] = geom.Dot(*back, y.spread)
		o.by[k] = geom.Dot(*back, moved)
	}
	for i := range 2 {
		for j := range i + 1 {
			c := geom.Dot(slopes[i], spread[j]) - normal[i]*normal[j]/variance
			o.cov[i][j], o.cov[j][i] = c, c
		}
		o.cov[i][i] = max(o.cov[i][i], 0)
	}
	length := math.Sqrt(geom.Dot(y.ray, y.ray))
	whole, mean := plane.parallax(geom.Scale(1/length, y.ray))
	for k := range 2 {
		o.at[k] += mean[k]
		o.deep[k] = whole[k] - mean[k]
	}
	return o
}

// backwards returns the vector that a rotation takes to v.
func backwards(r *[3][3]float64, v [3]float64) (out [3]float64) {
	for j := range out {
		out[j] = r[0][j]*v[0] + r[1][j]*v[1] + r[2][j]*v[2]
	}
	return out
}

// extent returns how far the light reaches from the centre along an axis: the extremes of
//
//	by·f ± √(cov (k² − y²)), y = (x + rate f)/σ, |y| ≤ k
//
// over the phi of the image, f relative to the event's. The upper one, a concave function of f, is where
// y = k by σ/√((by σ)² + cov rate²) for a positive rate.
func (m *model) extent(y *lineRay, by, variance float64) interval {
	k := m.setup.Widths
	x := y.distance / y.sigma
	rate := y.rate / y.sigma
	half := func(f float64) float64 {
		v := x + rate*f
		return math.Sqrt(variance * max(0, k*k-v*v))
	}
	if m.still {
		h := half(0)
		return interval{-h, h}
	}
	at := y.bounds
	if rate != 0 { // and where |y| ≤ k
		a, b := (-k-x)/rate, (k-x)/rate
		at = interval{max(at.from, min(a, b)), min(at.to, max(a, b))}
	}
	largest := func(by float64) float64 {
		f := 0.0
		switch scale := math.Hypot(by, math.Sqrt(variance)*rate); {
		case rate == 0:
			f = math.Inf(1)
			if by < 0 {
				f = math.Inf(-1)
			}
		case scale > 0:
			f = (k*by*math.Copysign(1, rate)/scale - x) / rate
		}
		f = min(max(f, at.from), at.to)
		return by*f + half(f)
	}
	return interval{-largest(-by), largest(by)}
}

// spots sets the centre, the widths and the boxes of a reflection; best is the number of the strongest of
// its rays. It reports whether the spot is on a panel.
func (p *predictor) spots(r *Reflection, rays []lineRay, best int) bool {
	before := len(p.boxes)
	r.Panel = -1
	centred := false
	for n := range p.panels {
		plane := &p.panels[n]
		var box Box
		var outline Outline
		found := false
		p.here = p.here[:0]
		for k := range rays {
			o := p.project(&rays[k], plane)
			p.here = append(p.here, o)
			if !o.ahead {
				continue
			}
			b, length, ok := p.box(&rays[k], &o, n)
			if !ok {
				continue
			}
			l := p.outline(&rays[k], &o, plane, length)
			if found {
				b, l = b.join(box), l.join(outline)
			}
			box, outline, found = b, l, true
		}
		if !found {
			continue
		}
		p.boxes, p.outlines = append(p.boxes, box), append(p.outlines, outline)
		o := &p.here[best]
		on := o.ahead && plane.Holds(o.at[0], o.at[1])
		if r.Panel < 0 || on && !centred {
			r.Panel, centred = n, on
			p.here, p.chosen = p.chosen, p.here
		}
	}
	if r.Panel < 0 {
		return false
	}
	r.Boxes, r.Outlines = p.boxes[before:], p.outlines[before:] // moved when all are there
	p.centre(r, rays)
	return true
}

// box returns the box of a line's spot on panel n and how far it reaches from the centre, in pixels, and reports whether there is one.
func (p *predictor) box(y *lineRay, o *onPanel, n int) (b Box, length float64, ok bool) {
	plane := &p.panels[n]
	b.Panel = n
	for k, side := range []struct {
		range_ *[2]int
		pixels int
	}{{&b.Fast, plane.FastPixels}, {&b.Slow, plane.SlowPixels}} {
		e := p.extent(y, o.by[k], o.cov[k][k])
		from := o.at[k] + e.from + min(0, o.deep[k]) - margin
		to := o.at[k] + e.to + max(0, o.deep[k]) + margin
		if !(to > 0 && from < float64(side.pixels)) {
			return b, 0, false
		}
		length = math.Hypot(length, max(-e.from, e.to))
		side.range_[0], side.range_[1] = int(max(0, math.Floor(from))), int(min(float64(side.pixels), math.Ceil(to)))
	}
	return b, length, true
}

// centre sets the centre and the widths, from the spots on the reflection's panel.
func (p *predictor) centre(r *Reflection, rays []lineRay) {
	light := func(k int) float64 {
		if len(rays) == 1 {
			return 1
		}
		return p.weights[rays[k].line] * rays[k].part
	}
	total := 0.0
	var at [2]float64
	for k := range rays {
		if o := &p.chosen[k]; o.ahead {
			w := light(k)
			total += w
			at[0], at[1] = at[0]+w*o.at[0], at[1]+w*o.at[1]
		}
	}
	at[0], at[1] = at[0]/total, at[1]/total
	var second [2][2]float64
	for k := range rays {
		o := &p.chosen[k]
		if !o.ahead {
			continue
		}
		off := [2]float64{o.at[0] - at[0], o.at[1] - at[1]}
		for i := range 2 {
			for j := range 2 {
				second[i][j] += light(k) / total * (o.cov[i][j] + o.by[i]*o.by[j]*rays[k].average[1] + off[i]*off[j])
			}
		}
	}
	r.Fast, r.Slow = at[0], at[1]
	r.Sigma, r.Angle = principal(second[0][0], second[0][1], second[1][1])
}
