package report

import (
	"fmt"
	"html/template"
	"math"
)

const shells = 24

// profiles plots the residuals against the resolution, in shells of equal width in 1/d: their mean, in units of its own standard
// deviation, and χ². A background of the wrong form, or a wrong B factor, is a curve in the first one.
func profiles(seen []*sight) []template.HTML {
	lowest, highest := math.Inf(1), 0.0
	each := func(do func(s *sight, panel, pixel int, inverse float64)) {
		for _, s := range seen {
			for k, used := range s.used {
				p := &s.planes[k]
				for n, u := range used {
					if u {
						do(s, k, n, 1/p.Resolution(float64(n%p.FastPixels)+0.5, float64(n/p.FastPixels)+0.5, s.wavelength))
					}
				}
			}
		}
	}
	each(func(_ *sight, _, _ int, q float64) { lowest, highest = min(lowest, q), max(highest, q) })
	if !(highest > lowest) {
		return nil
	}
	type shell struct {
		pixels, expected      int
		counts, model, square float64
		variance              float64
	}
	var list [shells]shell
	each(func(s *sight, k, n int, q float64) {
		b := &list[min(int(shells*(q-lowest)/(highest-lowest)), shells-1)]
		counts, model := s.Fit.Data.Photons[k].Float64s()[n], s.After[k].Float64s()[n]
		r := s.after[k].Float64s()[n]
		b.pixels++
		b.counts += counts
		b.model += model
		if r != 0 {
			b.variance += (counts - model) * (counts - model) / (r * r)
		} else {
			b.variance += model
		}
		if model > enough {
			b.expected++
			b.square += r * r
		}
	})
	mean := line{class: "c0"}
	square := line{class: "c0"}
	for i, b := range list {
		q := lowest + (float64(i)+0.5)/shells*(highest-lowest)
		if b.pixels > 0 && b.variance > 0 {
			mean.points = append(mean.points, [2]float64{q, (b.counts - b.model) / math.Sqrt(b.variance)})
		}
		if b.expected > 1 {
			square.points = append(square.points, [2]float64{q, b.square / float64(b.expected)})
			square.sigma = append(square.sigma, math.Sqrt(2/float64(b.expected)))
		}
	}
	var ticks []float64
	for _, d := range []float64{100, 50, 20, 10, 7, 5, 4, 3, 2.5, 2, 1.7, 1.5, 1.3, 1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5} {
		q := 1 / d
		near := len(ticks) > 0 && q-ticks[len(ticks)-1] < (highest-lowest)/16
		if q >= lowest && q <= highest && !near {
			ticks = append(ticks, q)
		}
	}
	at := func(q float64) string { return fmt.Sprintf("%.3g", 1/q) }
	one := 1.0
	var out []template.HTML
	for _, c := range []chart{
		{title: "Mean residual, in shells of resolution", y: "counts − model, in σ of the mean", band: &[2]float64{-3, 3}, lines: []line{mean}},
		{title: "χ² per pixel, in shells of resolution", y: "χ² of a pixel, ideally 1", level: &one, lines: []line{square}},
	} {
		c.x, c.ticks, c.at = "resolution, Å", ticks, at
		if drawn := c.svg(); drawn != "" {
			out = append(out, drawn)
		}
	}
	return out
}
