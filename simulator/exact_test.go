package simulator_test

import (
	"testing"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
)

// TestExact holds whole images against the plain sums of physics.md. The tolerance allows for the cancellation in the
// plain sin(πNh)/sin(πh), largest for many cells, and sums in another order.
func TestExact(t *testing.T) {
	const tolerance = 1e-10
	for name, s := range exactSetups() {
		for mode, option := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				same(t, "image", s.image(t, option), s.plain().image(), tolerance)
			})
		}
	}
}

// exactSetups turn on one thing each, then all of them.
func exactSetups() map[string]setup {
	crystals := func(change func(*crystal.Config)) setup {
		return small().with(func(s *setup) { change(&s.crystal) })
	}
	return map[string]setup{
		"square":   small(),
		"large N":  crystals(func(c *crystal.Config) { c.N = [3]float64{40, 30, 1} }),
		"round":    crystals(func(c *crystal.Config) { c.Shape, c.Fudge = crystal.Round, 0.6 }),
		"gauss":    crystals(func(c *crystal.Config) { c.Shape, c.Fudge = crystal.GaussStar, 0.3 }),
		"tophat":   crystals(func(c *crystal.Config) { c.Shape, c.Fudge = crystal.Tophat, 2 }),
		"nearest":  crystals(func(c *crystal.Config) { c.Structure = bumpy(9) }),
		"outside":  crystals(func(c *crystal.Config) { c.Structure = bumpy(5) }),
		"tricubic": crystals(func(c *crystal.Config) { c.Structure, c.Lookup = bumpy(9), crystal.Tricubic }),
		"few cells interpolate by themselves": crystals(func(c *crystal.Config) {
			c.Structure, c.Lookup, c.N = bumpy(30), crystal.Tricubic, [3]float64{2, 3, 4}
		}),
		"dmin":        crystals(func(c *crystal.Config) { c.DMin, c.Water = 2.5, 0.02 }),
		"water":       crystals(func(c *crystal.Config) { c.Water = 0.02 }),
		"mosaic":      crystals(func(c *crystal.Config) { c.Mosaic = crystal.Mosaic{Spread: 3, Domains: 5} }),
		"phi":         crystals(func(c *crystal.Config) { c.Phi, c.Osc, c.PhiSteps, c.Spindle = 20, 5, 4, [3]float64{1, 2, -1} }),
		"polarized":   small().with(func(s *setup) { s.beam.Kahn = -0.8 }),
		"unpolarized": small().with(func(s *setup) { s.beam.NoPolarization = true }),
		"divergence": small().with(func(s *setup) {
			s.beam = beam.Config{Square: true, Horizontal: beam.Spread{Range: 30, Steps: 3}, Vertical: beam.Spread{Range: 20, Steps: 2}, Kahn: 0.9}
		}),
		"dispersion": small().with(func(s *setup) {
			s.beam = beam.Config{Wavelength: 1.2, Dispersion: beam.Spread{Range: 5, Steps: 4}}
		}),
		"sources": small().with(func(s *setup) { s.beam = beam.Config{Sources: threeSources(), Kahn: 0.3} }),
		"tilted": small().with(func(s *setup) {
			s.detector.RotX, s.detector.RotY, s.detector.RotZ, s.detector.TwoTheta = 5, -8, 3, 20
		}),
		"shifted":    small().with(func(s *setup) { s.detector.Shift = [3]float64{7, -4, 2} }),
		"point":      small().with(func(s *setup) { s.detector.PointPixel = true }),
		"oversample": small().with(func(s *setup) { s.detector.Oversample = 3 }),
		"sensor": small().with(func(s *setup) {
			s.detector.Sensor = detector.Sensor{Thickness: 3000, Attenuation: 2000, Layers: 4}
			s.detector.RotY = 8
		}),
		"everything": rich(),
		"everything weighted": rich().with(func(s *setup) {
			s.beam.Dispersion, s.beam.Horizontal, s.beam.Vertical = beam.Spread{}, beam.Spread{}, beam.Spread{}
			s.beam.Sources = threeSources()
			s.crystal.DMin = 3
			s.detector.PointPixel = true
		}),
	}
}

// threeSources have unequal weights and wavelengths.
func threeSources() []beam.Source {
	return []beam.Source{
		{Position: [3]float64{-10, 0, 0}, Weight: 3, Wavelength: 1},
		{Position: [3]float64{-10, 0.2, 0.1}, Weight: 1, Wavelength: 1.01},
		{Position: [3]float64{-10, -0.15, 0.3}, Weight: 0.5, Wavelength: 0.99},
	}
}
