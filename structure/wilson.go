package structure

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Wilson draws the amplitudes of a hypothetical protein, for all reflections of a cell to the
// resolution dmin in Å.
//
// Intensities are exponentially distributed (acentric reflections: A. J. C. Wilson, Acta Cryst. 2,
// 318 (1949)). Their mean is that of independent carbon, nitrogen and oxygen atoms, 7 electrons
// each, in a cell half filled with solvent: one atom per 33 Å³. Thermal motion makes amplitudes
// fall off as exp(−b s²), where s = sin θ/λ = 1/(2d) and b is the B factor in Å², typically 20.
// Friedel mates have the same amplitude, there is no reflection (0, 0, 0), and the same seed gives
// the same table.
//
// Zeros in cell have the defaults of [Cell.Complete]. A cell that [Cell.Validate] rejects, a dmin
// that is not positive, a negative b, no reflections, and more reflections than a table can hold
// are errors.
func Wilson(cell Cell, dmin, b float64, seed uint64) (*Table, error) {
	if !(dmin > 0) || math.IsInf(dmin, 0) {
		return nil, fmt.Errorf("structure: resolution %g Å is not positive", dmin)
	}
	if !(b >= 0) || math.IsInf(b, 0) {
		return nil, fmt.Errorf("structure: B factor %g Å² is negative or not finite", b)
	}
	cell = cell.Complete()
	if err := cell.Validate(); err != nil {
		return nil, err
	}
	const electrons, volumePerAtom = 7, 33 // Å³, solvent included
	forward := electrons * math.Sqrt(cell.Volume()/volumePerAtom)

	hmax, kmax, lmax := cell.A/dmin, cell.B/dmin, cell.C/dmin
	if box := 8 * hmax * kmax * lmax; !(box <= MaxCells) {
		return nil, fmt.Errorf("structure: %.3g reflections to %g Å are more than the %d that a table can hold", box, dmin, MaxCells)
	}
	star := cell.Reciprocal()
	random := rand.New(rand.NewPCG(seed, 0))
	var reflections []Reflection
	for h := 0; h <= int(hmax); h++ {
		for k := -int(kmax); k <= int(kmax); k++ {
			for l := -int(lmax); l <= int(lmax); l++ {
				if h == 0 && (k < 0 || k == 0 && l <= 0) {
					continue // the Friedel mate of another, or the direct beam
				}
				s := inverseSpacing(star, h, k, l) / 2
				if s > 0.5/dmin {
					continue
				}
				f := forward * math.Exp(-b*s*s) * math.Sqrt(random.ExpFloat64())
				reflections = append(reflections, Reflection{h, k, l, f}, Reflection{-h, -k, -l, f})
			}
		}
	}
	return New(reflections)
}
