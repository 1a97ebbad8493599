package crystal

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// MosaicShift returns κ, how far the rotations of mosaic domains move a reflection of spacing d, in Å: the standard deviation
// of their rotations times 1/d, in units of the standard deviation of the spot that the crystal's shape makes in
// reciprocal space. Both are averages over all directions, of the configuration.
//
// It says how many domains an image takes: with n of them its error depends on n/κ², and below 10 κ² they show as separate
// crystals.
func (c Config) MosaicShift(d float64) float64 {
	c = c.complete()
	cells := cellsOf(c.N, c.Shear)
	spacing := math.Cbrt(1 / (c.Cell.Volume() * cells)) // Å⁻¹: of the lattice of a crystal that is repeated without gaps
	fudge := math.Sqrt(c.Fudge)
	var width float64
	switch c.Shape {
	case Square, Sinc: // the Gaussian of the same height and integral
		width = spacing / math.Sqrt(2*math.Pi)
	case Round: // that of the same height and curvature there
		width = spacing * math.Sqrt(2.5) / (math.Pi * fudge)
	case GaussStar:
		width = math.Sqrt(0.63/4) / (cells * fudge)
	case Gauss: // about that of the cube of the same volume
		width = spacing * math.Sqrt(0.63/4) / fudge
	case Tophat:
		width = 0.63 / math.Sqrt(5) / (cells * fudge)
	}
	spread := c.Mosaic.Spread * geom.Degree
	if s := c.Mosaic.Spreads; s != nil {
		spread = geom.Norm(*s) / math.Sqrt(3) * geom.Degree
	}
	if c.Mosaic.Kind == ReferenceDomains {
		spread *= nanobragg.CapDeviation
	}
	return spread / (d * width)
}
