// Package wilson makes up structure factors, for examples and measurements.
package wilson

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format/hkl"
)

// Amplitudes makes structure factor amplitudes as an unknown protein has them, for all reflections of a cell to a resolution
// dmin in Å. Intensities are exponentially distributed (acentric reflections: A. J. C. Wilson, Acta Cryst. 2, 318 (1949)).
// Their mean is that of independent carbon, nitrogen and oxygen atoms, 7 electrons each, in a cell half filled with
// solvent, whose motion makes amplitudes fall off as exp(−B s²), s = sin θ/λ = 1/(2d), B in Å². The same seed gives
// the same amplitudes.
func Amplitudes(unit crystal.Cell, dmin, b float64, seed uint64) (*hkl.Table, error) {
	if !(dmin > 0) || math.IsInf(dmin, 0) || !(b >= 0) {
		return nil, fmt.Errorf("wilson: a resolution of %g Å, B %g Å²: the one is to be above 0, the other not below", dmin, b)
	}
	x, err := crystal.New(gorgonia.NewGraph(), crystal.Config{Cell: unit})
	if err != nil {
		return nil, err
	}
	cell, err := x.Numbers(false)
	if err != nil {
		return nil, err
	}
	const electrons, volumePerAtom = 7, 33 // Å³, solvent included
	forward := electrons * math.Sqrt(cell.Volume/volumePerAtom)

	hmax, kmax, lmax := cell.Cell.A/dmin, cell.Cell.B/dmin, cell.Cell.C/dmin
	if box := 8 * hmax * kmax * lmax; !(box <= hkl.MaxCells) {
		return nil, fmt.Errorf("wilson: %.3g reflections to %g Å are more than a table holds, %d", box, dmin, hkl.MaxCells)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	var reflections []hkl.Reflection
	for h := 0; h <= int(hmax); h++ {
		for k := -int(kmax); k <= int(kmax); k++ {
			for l := -int(lmax); l <= int(lmax); l++ {
				if h == 0 && (k < 0 || k == 0 && l <= 0) {
					continue // the Friedel mate of another, or the direct beam
				}
				s := inverseSpacing(cell, h, k, l) / 2
				if s > 0.5/dmin {
					continue
				}
				f := forward * math.Exp(-b*s*s) * math.Sqrt(random.ExpFloat64())
				reflections = append(reflections, hkl.Reflection{H: h, K: k, L: l, F: f}, hkl.Reflection{H: -h, K: -k, L: -l, F: f})
			}
		}
	}
	return hkl.FromReflections(reflections)
}

// inverseSpacing is 1/d = |h a* + k b* + l c*| in Å⁻¹.
func inverseSpacing(cell crystal.Numbers, h, k, l int) float64 {
	sum := 0.0
	for i := range 3 {
		x := float64(h)*cell.AStar[i] + float64(k)*cell.BStar[i] + float64(l)*cell.CStar[i]
		sum += x * x
	}
	return math.Sqrt(sum)
}
