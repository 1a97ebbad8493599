package beam

import (
	"math"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/geom"
)

const (
	// HC is Planck's constant times the speed of light in eV·Å, as the reference program has it: λ = HC/E.
	HC = 12398.42
	// DefaultFluence in photons/m² is the reference program's; it makes r_e² · fluence 1.
	DefaultFluence = 125932015286227086360700780544
	// DefaultSize is the side of the beam in mm.
	DefaultSize = 0.1
	// ThomsonCrossSection is r_e² in m².
	ThomsonCrossSection = 7.94079248018965e-30
	// Milliradian in radians.
	Milliradian = 1e-3
	// MaxSources bounds every count of samples, to name a mistake before memory runs out.
	MaxSources = 1 << 20
)

// complete is the configuration with its defaults in the place of zeros. It checks nothing: numbers that make no sense stay
// as they are, or make others that check finds.
func (c Config) complete() Config {
	if c.Wavelength == 0 && c.Energy > 0 && config.IsFinite(c.Energy) {
		c.Wavelength, c.Energy = HC/c.Energy, 0
	} else if c.Energy == 0 {
		orElse(&c.Wavelength, 1)
	}
	orElse(&c.Direction, [3]float64{1, 0, 0})
	orElse(&c.Polarization, [3]float64{0, 0, 1})
	c.Direction, c.Polarization = geom.Unit(c.Direction), geom.Unit(c.Polarization)
	c.Horizontal.complete()
	c.Vertical.complete()
	c.Dispersion.complete()
	c.completeFluence()
	return c
}

// completeFluence leaves the flux, beside a fluence or without, where it makes none.
func (c *Config) completeFluence() {
	orElse(&c.Exposure, 1)
	orElse(&c.Size, DefaultSize)
	if c.Fluence == 0 && c.Flux > 0 {
		side := c.Size * 1e-3
		if f := c.Flux * c.Exposure / (side * side); f > 0 && config.IsFinite(f) {
			c.Fluence, c.Flux = f, 0
		}
	} else if c.Flux == 0 {
		orElse(&c.Fluence, DefaultFluence)
	}
}

// complete decides range, step and steps from those that are given; see Spread.
func (s *Spread) complete() {
	if s.Range < 0 || s.Step < 0 || s.Steps < 0 {
		return
	}
	switch {
	case s.Range == 0 && s.Step == 0:
		s.Steps = 1
	case s.Range == 0:
		s.Range, s.Steps = s.Step, 2
	case s.Step == 0:
		s.Steps = max(2, s.Steps)
		s.Step = s.Range / float64(s.Steps-1)
	case s.Steps == 0:
		s.Steps = int(min(math.Ceil(s.Range/s.Step), MaxSources+1))
	}
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}
