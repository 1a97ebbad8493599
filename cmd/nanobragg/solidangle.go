package main

import "math"

// solidAngle is that of all simulated pixels together, in sr, for the summary: taken at the first sub-pixel where the
// reference program takes one for the whole pixel, else at the middle of each pixel.
func (m *model) solidAngle() float64 {
	p, cfg := m.place, m.setup.detector
	at := 0.5
	if !m.exact && !m.overSolidAngle {
		at = 0.5 / float64(m.oversample)
	}
	sum, r := 0.0, m.show.region
	for s := r.SlowMin; s <= r.SlowMax; s++ {
		for f := r.FastMin; f <= r.FastMax; f++ {
			if cfg.Mask != nil && !cfg.Mask[s*cfg.Fast+f] {
				continue
			}
			path := math.Abs(p.Distance) // of every pixel of a curved detector
			if !cfg.Curved {
				path = math.Sqrt(squareAt(p.Corner, p.Fast, p.Slow, p.Pixel*(float64(f)+at), p.Pixel*(float64(s)+at)))
			}
			sum += m.pixelSolidAngle(path)
		}
	}
	return sum
}

// squareAt is the squared length of corner + f·fast + s·slow.
func squareAt(corner, fast, slow [3]float64, f, s float64) float64 {
	sum := 0.0
	for i := range corner {
		x := corner[i] + f*fast[i] + s*slow[i]
		sum += x * x
	}
	return sum
}

// pixelSolidAngle of a pixel whose path is in mm (physics.md, Intensity of a pixel, and deviation 5).
func (m *model) pixelSolidAngle(path float64) float64 {
	p := m.place
	switch {
	case m.setup.detector.PointPixel && m.exact:
		return p.Pixel * p.Pixel / (path * path)
	case m.setup.detector.PointPixel:
		return 1e6 / (path * path) // of 1 m²
	}
	return p.Pixel * p.Pixel / (path * path) * p.CloseDistance / path
}
