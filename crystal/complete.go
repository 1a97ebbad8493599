package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/special"
)

const (
	// DefaultDomains is the number of mosaic domains where there is a spread and no number is given.
	DefaultDomains = 10
	// MaxCells is the largest number of unit cells along an axis, and MaxOrientations of phi steps × mosaic domains, to name
	// a mistake before memory runs out.
	MaxCells        = special.MaxCells
	MaxOrientations = 1 << 24
)

// complete is the configuration with its defaults in the place of zeros. It checks nothing: numbers that make no sense stay
// as they are, or make others that check finds.
func (c Config) complete() Config {
	if c.Matrix != nil && c.Cell == (Cell{}) {
		c.Cell, _, _ = decompose(*c.Matrix)
	}
	c.Cell = c.Cell.Complete()
	for i := range c.N {
		if cells := c.sizeInCells(i); cells > 0 && cells <= MaxCells {
			c.N[i] = int(cells)
		}
		orElse(&c.N[i], 1)
	}
	orElse(&c.Fudge, 1)
	if c.Mosaic.Spread > 0 {
		orElse(&c.Mosaic.Domains, DefaultDomains)
	}
	orElse(&c.Mosaic.Domains, 1)
	orElse(&c.Mosaic.Seed, nanobragg.DefaultMosaicSeed)
	c.completePhi()
	orElse(&c.Spindle, [3]float64{0, 0, 1})
	c.Spindle = geom.Unit(c.Spindle)
	switch {
	case c.Lookup > Tricubic: // unknown
	case c.Structure == nil:
		c.Lookup = Nearest
	case c.Lookup == Automatic:
		c.Lookup = AutomaticLookup(c.N)
	}
	return c
}

// sizeInCells is the number of unit cells that Config.Size asks for along an axis; 0 where it does not.
func (c *Config) sizeInCells(i int) float64 {
	const millimetres, angstrom = 1e3, 1e-10 // in a metre; in metres
	length := [3]float64{c.Cell.A, c.Cell.B, c.Cell.C}[i]
	if !(c.Size[i] > 0 && length > 0) {
		return 0
	}
	// In metres, as the reference program divides: a size of whole cells must not be rounded up otherwise.
	return math.Ceil(c.Size[i] / millimetres / (length * angstrom))
}

// AutomaticLookup is what [Automatic] means for a crystal of so many cells along each axis, with a table.
func AutomaticLookup(n [3]int) Lookup {
	if min(n[0], n[1], n[2]) <= 2 {
		return Tricubic
	}
	return Nearest
}

// completePhi decides how the rotation is sampled; see Config.PhiStep.
func (c *Config) completePhi() {
	if c.Osc < 0 || c.PhiStep < 0 || c.PhiSteps < 0 {
		return
	}
	switch {
	case c.Osc == 0 && c.PhiStep == 0 && c.PhiSteps <= 1:
		c.PhiSteps = 1
	case c.Osc == 0 && c.PhiStep == 0:
		c.Osc = 1
		c.PhiStep = c.Osc / float64(c.PhiSteps)
	case c.Osc == 0:
		c.Osc, c.PhiSteps = c.PhiStep, 2
	case c.PhiStep == 0:
		orElse(&c.PhiSteps, 2)
		c.PhiStep = c.Osc / float64(c.PhiSteps)
	case c.PhiSteps == 0:
		c.PhiSteps = int(min(math.Ceil(c.Osc/c.PhiStep), MaxOrientations+1))
	}
}

// phiFraction is the part of Osc that a phi step turns.
func (c *Config) phiFraction() float64 {
	if c.Osc > 0 {
		return c.PhiStep / c.Osc
	}
	return 0
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}
