package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/geom"
)

// smooth is the relative error of a background that does not matter: less than the noise of the spots on it makes it.
const smooth = 0.01

// ring is a sum over dark pixels: of a ring about the beam, or a square.
type ring struct {
	n                            float64
	angle                        float64 // mean 2θ
	counts, expected, background float64
	variance                     float64
}

func (r *ring) add(p *panel, i int) {
	r.n++
	r.angle += p.angle[i]
	r.counts += p.counts[i]
	r.expected += p.expected[i]
	r.background += p.background(i)
	r.variance += p.variance[i]
}

// z is the excess in standard deviations, of which an error of the background that does not matter is a part.
func (r *ring) z(dispersion float64) float64 {
	soft := smooth * r.background
	return (r.counts - r.expected) / math.Sqrt(dispersion*r.variance+soft*soft)
}

// rings divides the dark pixels into rings of as many pixels each, and into squares.
func (a *analysis) rings(exclude [][]bool) (rings, squares []ring) {
	type place struct{ panel, at int }
	var all []place
	for k := range a.panels {
		p := &a.panels[k]
		const parts = 4
		own := make([]ring, parts*parts)
		for i, dark := range p.dark {
			if !dark || exclude[k][i] {
				continue
			}
			all = append(all, place{k, i})
			own[(i/p.fast)*parts/p.slow*parts+(i%p.fast)*parts/p.fast].add(p, i)
		}
		for _, r := range own {
			if r.n > 0 {
				squares = append(squares, r)
			}
		}
	}
	angle := func(p place) float64 { return a.panels[p.panel].angle[p.at] }
	slices.SortFunc(all, func(x, y place) int {
		return cmp.Compare(angle(x), angle(y))
	})
	const most, least = 20, 100 // rings, and pixels in one
	n := min(most, len(all)/least)
	for r := range n {
		var one ring
		for _, q := range all[r*len(all)/n : (r+1)*len(all)/n] {
			one.add(&a.panels[q.panel], q.at)
		}
		rings = append(rings, one)
	}
	return rings, squares
}

// ringStatistic is χ² per degree of freedom of sums; the scale and the level of the background have been fitted to them.
func (a *analysis) ringStatistic(name string, list []ring) Statistic {
	const fitted = 2
	n := float64(len(list) - fitted)
	s := Statistic{Name: name, Mean: 1, Number: len(list)}
	if n < 2 {
		return s
	}
	for i := range list {
		z := list[i].z(a.dispersion)
		s.Value += z * z / n
	}
	s.Sigma = math.Sqrt(2 / n)
	s.Limit = 1 + chiTail*s.Sigma
	return s
}

// chiTail is significance for χ² of a few degrees of freedom, whose tail is longer than that of a normal variable: the quantile
// 1 − 3e-7 is at 6.5 to 8.5 standard deviations above the mean for 4 to 20 of them.
const chiTail = 8

// hills returns the reason where most of χ², above what it is by chance, is that of rings or squares of the background, and nil elsewhere: hills
// look like spots and make counts vary, so that neither the spots' places nor the counts' variance say anything. What is off between spots is so under them. Spots without a model are so
// little of a ring that their mean over it is a small part of their χ². Counts that vary more than photons do, as those of a wrong gain or pedestal, are
// part of the χ² of which it has to be most.
func (a *analysis) hills() *Reason {
	const most = 0.5
	excess, used, dark := 0.0, 0.0, 0.0
	a.each(func(p *panel, i int) {
		r := p.residual(i)
		excess += r*r/p.variance[i] - 1
		used++
		if p.dark[i] {
			dark++
		}
	})
	none := make([][]bool, len(a.panels))
	for k := range a.panels {
		none[k] = make([]bool, len(a.panels[k].use))
	}
	rings, squares := a.rings(none)
	for _, s := range []struct {
		name string
		list []ring
	}{{Rings, rings}, {Squares, squares}} {
		list := s.list
		reason := a.backgroundReason(a.ringStatistic(s.name, list), list)
		if reason == nil {
			continue
		}
		off := 0.0
		for i := range list {
			d := list[i].counts - list[i].expected
			off += d*d/list[i].variance - 1
		}
		if off*used/dark > most*excess {
			return reason
		}
	}
	return nil
}

// backgroundReason says where the background is not what it should be.
func (a *analysis) backgroundReason(s Statistic, list []ring) *Reason {
	if s.Limit == 0 || s.Value <= s.Limit {
		return nil
	}
	low, high := 0, 0
	part := func(i int) float64 { return list[i].counts/list[i].expected - 1 }
	for i := range list {
		if list[i].expected <= 0 {
			continue
		}
		if part(i) < part(low) {
			low = i
		}
		if part(i) > part(high) {
			high = i
		}
	}
	r := &Reason{Kind: Background, Value: s.Value, Limit: s.Limit}
	if s.Name == Squares {
		r.Text = fmt.Sprintf("between spots parts of the image have up to %+.3g %% more and %+.3g %% less than the model's background: a slope or a shadow; take a tilted or a local background, or mask it",
			100*part(high), -100*part(low))
		return r
	}
	at := func(i int) float64 { return list[i].angle / list[i].n / geom.Degree }
	r.Text = fmt.Sprintf("between spots the background is %+.3g %% off the model's at 2θ = %.3g° and %+.3g %% at %.3g°: it has another form; take a radial or a local one",
		100*part(high), at(high), 100*part(low), at(low))
	return r
}
