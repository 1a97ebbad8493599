package verdict

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/pages"
)

// A real crystal is not the smooth limit that a model is: it has so many mosaic blocks and no more. With n of them the light of a
// spot fluctuates from pixel to pixel. If a block makes a Gaussian of standard deviation s and the rotations move it by κ s, the
// mean of n blocks at random has, of the square of the intensity summed over the spot, the fraction κ²/n as variance: ∫⟨w²⟩ =
// √π s and ∫⟨w⟩² = √π s/√(1 + κ²) along each of two axes, so that ⟨w²⟩/⟨w⟩² − 1 is κ². A model that is as wrong as that is as good
// as one can be.

// blocks is the number of mosaic blocks of the coarsest crystal of which a smooth model is a fit. Crystals of 300 blocks are what
// good fits are tried with.
const blocks = 300

// sampling is the relative error of a spot's light in a pixel by the way in which pixels are sampled: 2 × 2 nodes or more samples
// differ by about as much in spots of half a pixel (docs/physics.md).
const sampling = 0.01

// place computes the angle of each pixel that is used from the beam, and how wrong a model may be there and in those about it.
func (a *analysis) place() error {
	e := a.fit.Experiment
	planes, err := e.Detector.Planes()
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	wavelength, err := e.Beam.MeanWavelength()
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	shift := 0.0 // κ at a spacing of 1 Å
	for _, x := range e.Crystals {
		c := x.Config()
		if v, ok := x.MosaicSpread.Value().Data().(float64); ok && c.Mosaic.Spreads == nil && x.MosaicSpread.Op() == nil {
			c.Mosaic.Spread = math.Abs(v)
		}
		shift = max(shift, c.MosaicShift(1))
	}
	for k := range a.panels {
		p := &a.panels[k]
		p.plane = planes[k]
		p.angle, p.softness = pages.Make[float64](len(p.use)), pages.Make[float64](len(p.use))
		for i, use := range p.use {
			if !use {
				continue
			}
			p.around(i%p.fast, i/p.fast, 1, func(j int) {
				if p.softness[j] == 0 {
					p.angle[j] = p.twoTheta(j)
					kappa := shift * 2 * math.Sin(p.angle[j]/2) / wavelength
					p.softness[j] = kappa*kappa/blocks + sampling*sampling
				}
			})
		}
	}
	return nil
}

// twoTheta is the angle of a pixel from the beam, in radians.
func (p *panel) twoTheta(i int) float64 {
	at := &p.plane
	x, y := float64(i%p.fast)+0.5, float64(i/p.fast)+0.5
	ray := geom.Add(at.Corner, geom.Add(geom.Scale(x*at.Pixel, at.Fast), geom.Scale(y*at.Pixel, at.Slow)))
	return math.Acos(max(-1, min(1, geom.Dot(ray, at.Beam)/math.Sqrt(geom.Dot(ray, ray)))))
}
