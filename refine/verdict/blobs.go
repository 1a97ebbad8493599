package verdict

import (
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/pages"
)

// blob is a spot of the image, or of the model's pattern.
type blob struct {
	panel, x, y int
	seen        float64 // photons above the background in 5 × 5 pixels
	z           float64 // of 3 × 3 pixels in standard deviations
	pattern     float64 // of the model in the 5 × 5, for a scale of 1
	noise       float64 // variance of seen without spots
}

const (
	visible = 6.0 // standard deviations from which on a spot of the image is one
	near    = 2   // pixels about a spot's middle that belong to it
)

// square adds up a quantity of the pixels about a place that count.
func (p *panel) square(x, y, reach int, of func(i int) float64) (sum float64) {
	p.around(x, y, reach, func(i int) {
		if p.seen[i] {
			sum += of(i)
		}
	})
	return sum
}

// blob measures the spot at a place. above is the background beside what the model has.
func (a *analysis) blob(k, x, y int, above float64) blob {
	p := &a.panels[k]
	b := blob{panel: k, x: x, y: y}
	excess := func(i int) float64 { return p.counts[i] - p.background(i) - above }
	noise := func(i int) float64 {
		return a.dispersion*max(p.background(i)+above, 0.01) + p.readout[i]
	}
	core := p.square(x, y, 1, excess)
	spread := p.square(x, y, 1, noise)
	b.z = unlikely(core, max(spread, 1e-9))
	b.seen = p.square(x, y, near, excess)
	b.noise = p.square(x, y, near, noise)
	b.pattern = p.square(x, y, near, func(i int) float64 { return p.pattern[i] })
	return b
}

// unlikely is by how many standard deviations of a normal variable an excess of photons over a background of a variance is as unlikely as
// it is of a Poisson variable: few photons where next to none are expected are not many standard deviations.
func unlikely(excess, variance float64) float64 {
	if excess <= 0 {
		return 0
	}
	n := excess + variance
	return math.Sqrt(2 * (n*math.Log(n/variance) - excess))
}

// above is the median of what the pixels around a place, 5 to 7 away, have above the model's background.
func (a *analysis) above(k, x, y int) float64 {
	p := &a.panels[k]
	var list []float64
	const inner, outer = 5, 7
	p.around(x, y, outer, func(i int) {
		if u, v := i%p.fast-x, i/p.fast-y; p.seen[i] && max(u, -u, v, -v) >= inner {
			list = append(list, p.counts[i]-p.background(i))
		}
	})
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// peaks returns the places at which the sums of a quantity over 3 × 3 pixels are the largest of 5 × 5 and more than the least.
func (p *panel) peaks(of func(i int) float64, least func(i int) float64) (at []int, sums []float64) {
	for k := range p.scratch {
		if p.scratch[k] == nil {
			p.scratch[k] = pages.Make[float64](len(p.use))
		}
	}
	rows, all := p.scratch[0], p.scratch[1]
	value := func(i int) float64 {
		if !p.seen[i] {
			return 0
		}
		return of(i)
	}
	for y := range p.slow {
		before, here := 0.0, value(y*p.fast)
		for x := range p.fast {
			i, next := y*p.fast+x, 0.0
			if x+1 < p.fast {
				next = value(i + 1)
			}
			rows[i] = before + here + next
			before, here = here, next
		}
	}
	for i := range rows {
		all[i] = rows[i]
		if i >= p.fast {
			all[i] += rows[i-p.fast]
		}
		if i+p.fast < len(rows) {
			all[i] += rows[i+p.fast]
		}
	}
	for i, sum := range all {
		if sum <= 0 || !p.seen[i] || sum <= least(i) {
			continue
		}
		top := true
		p.around(i%p.fast, i/p.fast, near, func(j int) {
			if all[j] > sum || all[j] == sum && j < i {
				top = false
			}
		})
		if top {
			at, sums = append(at, i), append(sums, sum)
		}
	}
	return at, sums
}
