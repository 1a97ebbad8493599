package main

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// solidAngle is that of all simulated pixels together, in sr, for the summary: taken at the first sub-pixel where the
// reference program takes one for the whole pixel, else at the middle of each pixel (physics.md, Intensity of a pixel, and
// deviation 5). What all pixels share is multiplied last, so that a pixel costs no more than a root and a division.
func (m *model) solidAngle() float64 {
	p, cfg := m.place, m.setup.detector
	at := 0.5
	if m.deviations().OncePerPixel && !m.overSolidAngle {
		at = 0.5 / float64(m.oversample)
	}
	sum, r := 0.0, m.show.region // of 1/R³, for point pixels of 1/R²
	for s := r.SlowMin; s <= r.SlowMax; s++ {
		// R² = constant + x·(linear + x·quadratic) at x along a row; the same for every pixel of a curved detector.
		constant, linear, quadratic := p.Distance*p.Distance, 0.0, 0.0
		if !cfg.Curved {
			row := p.Corner
			for i := range row {
				row[i] += p.Pixel * (float64(s) + at) * p.Slow[i]
			}
			constant, linear, quadratic = geom.Dot(row, row), 2*geom.Dot(row, p.Fast), geom.Dot(p.Fast, p.Fast)
		}
		for f := r.FastMin; f <= r.FastMax; f++ {
			if cfg.Mask != nil && !cfg.Mask[s*cfg.Fast+f] {
				continue
			}
			x := p.Pixel * (float64(f) + at)
			power := constant + x*(linear+x*quadratic)
			if !cfg.PointPixel {
				power *= math.Sqrt(power)
			}
			sum += 1 / power
		}
	}
	switch {
	case cfg.PointPixel && !m.deviations().UnitPointPixel:
		return sum * p.Pixel * p.Pixel
	case cfg.PointPixel:
		return sum * 1e6 // mm² of 1 m²
	}
	return sum * p.Pixel * p.Pixel * p.CloseDistance
}
