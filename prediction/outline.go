package prediction

import "math"

// Outline is the part of a box of pixels that a spot's light reaches: what lies between two parallels along each of some directions
// beside the panel's axes, whose distances are in pixels. A thin spot that lies across the axes has many times fewer pixels in its
// outline than in its box.
type Outline [outlines][2]float64

// outlines is the number of directions: with the axes' they are 22.5° apart, so that the outline of a circle is a hexadecagon, of 1.3 % more
// than its area, and that of a thin spot is at most a few times as wide as the spot.
const outlines = 6

// across are the directions, along the fast and the slow axis.
var across = func() (list [outlines][2]float64) {
	for i, angle := range []float64{22.5, 45, 67.5, 112.5, 135, 157.5} {
		list[i][1], list[i][0] = math.Sincos(angle * math.Pi / 180)
	}
	return list
}()

// steep is how far each direction goes along the slow axis for a pixel along the fast one, and perFast how far the place on the fast axis
// moves with the distance of a parallel.
var steep, perFast = func() (steep, perFast [outlines]float64) {
	for i, u := range across {
		steep[i], perFast[i] = u[1]/u[0], 1/u[0]
	}
	return steep, perFast
}()

// everywhere is an outline that takes nothing from its box.
var everywhere = func() (o Outline) {
	for i := range o {
		o[i] = [2]float64{math.Inf(-1), math.Inf(1)}
	}
	return o
}()

// join returns the smallest outline that holds two.
func (o Outline) join(p Outline) Outline {
	for i := range o {
		o[i] = [2]float64{min(o[i][0], p[i][0]), max(o[i][1], p[i][1])}
	}
	return o
}

// Row returns the pixels of a row of a box, by its slow index, that lie within the outline: from the first to one more than the last.
func (o *Outline) Row(b *Box, slow int) (fast [2]int) {
	from, to := float64(b.Fast[0])+0.5, float64(b.Fast[1])-0.5 // of middles
	middle := float64(slow) + 0.5
	for i := range across {
		at, per := steep[i]*middle, perFast[i]
		low, high := o[i][0]*per-at, o[i][1]*per-at
		if per < 0 {
			low, high = high, low
		}
		if low > from {
			from = low
		}
		if high < to {
			to = high
		}
	}
	if !(from <= to) {
		return [2]int{b.Fast[0], b.Fast[0]}
	}
	return [2]int{max(b.Fast[0], int(math.Ceil(from-0.5))), min(b.Fast[1], int(math.Floor(to-0.5))+1)}
}

// Pixels returns the number of pixels of a box within the outline.
func (o *Outline) Pixels(b *Box) (n int) {
	for slow := b.Slow[0]; slow < b.Slow[1]; slow++ {
		row := o.Row(b, slow)
		n += row[1] - row[0]
	}
	return n
}

// outline returns that of a line's spot on a panel. A spot lies along an arc about the direct beam, where it is wide: the outline is as much
// wider as the arc is bent over the length of its box.
func (p *predictor) outline(y *lineRay, o *onPanel, plane *plane, length float64) Outline {
	out := everywhere
	fast, slow, ok := plane.meets(p.incident)
	if !ok {
		return out
	}
	radius := math.Hypot(o.at[0]-fast, o.at[1]-slow)
	if !(radius > length) {
		return out
	}
	bend := length * length / (2 * radius)
	for i, u := range across {
		along := func(v [2]float64) float64 { return u[0]*v[0] + u[1]*v[1] }
		variance := u[0]*u[0]*o.cov[0][0] + 2*u[0]*u[1]*o.cov[0][1] + u[1]*u[1]*o.cov[1][1]
		e := p.extent(y, along(o.by), max(variance, 0))
		beyond := bend + margin + (math.Abs(u[0])+math.Abs(u[1]))/2 // of a pixel's middle
		at, deep := along(o.at), along(o.deep)
		out[i] = [2]float64{at + e.from + min(0, deep) - beyond, at + e.to + max(0, deep) + beyond}
	}
	return out
}
