package prediction

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// interval is a range of real numbers, empty if from is above to.
type interval struct{ from, to float64 }

// solved returns where curvature·l² + 2·slope·l + offset ≤ 0.
func solved(curvature, slope, offset float64) interval {
	discriminant := slope*slope - curvature*offset
	if discriminant < 0 {
		return interval{1, 0}
	}
	root := math.Sqrt(discriminant)
	return interval{(-slope - root) / curvature, (-slope + root) / curvature}
}

func (i interval) empty() bool { return !(i.from <= i.to) }

// integers returns the first and the last one in the interval.
func (i interval) integers() (from, to int) { return int(math.Ceil(i.from)), int(math.Floor(i.to)) }

// scan calls visit for the points of the reciprocal lattice within the resolution limit that are near to a
// sphere of the image, and for some more, and returns how many there are within the limit.
// It goes in rows along the longest axis of the cell, and solves for the ends of each
//
//	|p|² ≤ limit², |p|² + 2κ i·p = ±reach
//
// at the ends of the spectrum and of the rotation; between those, the left side changes monotonically
// with κ, and with phi it departs from the chord by at most 2κ |p| (1 − cos(osc/2)).
func (m *model) scan(visit func(hkl [3]int, p [3]float64)) (candidates int) {
	axes := m.setup.Crystal.Axes
	inner := 0
	for j := range 3 {
		if geom.Norm(geom.Column(axes, j)) > geom.Norm(geom.Column(axes, inner)) {
			inner = j
		}
	}
	outer, middle := (inner+1)%3, (inner+2)%3
	if inner == 1 {
		outer, middle = middle, outer
	}
	a, b, c := geom.Column(m.star, outer), geom.Column(m.star, middle), geom.Column(m.star, inner)
	most := func(j int) int { return int(m.limit * geom.Norm(geom.Column(axes, j))) }
	// The spheres that bound all others.
	longest, shortest := m.spheres[len(m.spheres)-1].kappa, m.spheres[0].kappa
	type bound struct {
		kappa    float64
		incident [3]float64
		along    float64 // i·c
	}
	var bounds []bound
	for k, t := range m.ends {
		if k == 1 && m.still {
			break
		}
		bounds = append(bounds, bound{longest, t.incident, geom.Dot(t.incident, c)})
		if longest != shortest {
			bounds = append(bounds, bound{shortest, t.incident, geom.Dot(t.incident, c)})
		}
	}
	reach := m.near * (2*shortest + m.near)
	if osc := m.ends[1].phi - m.ends[0].phi; osc < math.Pi {
		reach += 2 * shortest * m.limit * (1 - math.Cos(osc/2))
	} else {
		reach = math.Inf(1)
	}
	square := geom.Dot(c, c)
	limit := m.limit * m.limit

	var hkl [3]int
	// visited visits points of the row from start.
	visited := func(start [3]float64, from, to int) {
		for l := from; l <= to; l++ {
			hkl[inner] = l
			p := geom.Add(start, geom.Scale(float64(l), c))
			if geom.Dot(p, p) <= limit && hkl != [3]int{} {
				visit(hkl, p)
			}
		}
	}
	for i := -most(outer); i <= most(outer); i++ {
		hkl[outer] = i
		for j := -most(middle); j <= most(middle); j++ {
			hkl[middle] = j
			start := geom.Add(geom.Scale(float64(i), a), geom.Scale(float64(j), b))
			slope, offset := geom.Dot(start, c), geom.Dot(start, start)
			row := solved(square, slope, offset-limit*(1+1e-12))
			if row.empty() {
				continue
			}
			from, to := row.integers()
			candidates += to - from + 1
			if math.IsInf(reach, 1) {
				visited(start, from, to)
				continue
			}
			near, inside := interval{1, 0}, interval{math.Inf(-1), math.Inf(1)}
			for k := range bounds {
				s := &bounds[k]
				slope, offset := slope+s.kappa*s.along, offset+2*s.kappa*geom.Dot(s.incident, start)
				if n := solved(square, slope, offset-reach); !n.empty() {
					if near.empty() {
						near = n
					} else {
						near = interval{min(near.from, n.from), max(near.to, n.to)}
					}
				}
				n := solved(square, slope, offset+reach)
				inside = interval{max(inside.from, n.from), min(inside.to, n.to)}
			}
			if near.empty() {
				continue
			}
			from, to = max(from, int(math.Floor(near.from))), min(to, int(math.Ceil(near.to)))
			if inside.empty() {
				visited(start, from, to)
				continue
			}
			left := min(to, int(math.Ceil(inside.from)))
			visited(start, from, left)
			visited(start, max(from, left+1, int(math.Floor(inside.to))), to)
		}
	}
	return candidates
}
