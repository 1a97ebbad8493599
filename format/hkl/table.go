package hkl

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

// MaxCells is the largest grid that is built: 2 GiB of amplitudes.
const MaxCells = 1 << 28

// maxIndex bounds Miller indices, as the 32-bit int of the original does.
const maxIndex = math.MaxInt32

// Reflection is a structure factor amplitude, in electrons, at one Miller index.
type Reflection struct {
	H, K, L int
	F       float64
}

// Table holds amplitudes over the box of Miller indices HMin..HMax, KMin..KMax,
// LMin..LMax, bounds included. The cell of (h, k, l) is
// F[((h-HMin)*nk + k-KMin)*nl + l-LMin] with nk = KMax-KMin+1, nl = LMax-LMin+1.
//
// Present tells which cells hold a reflection; nil means that all do.
type Table struct {
	HMin, HMax, KMin, KMax, LMin, LMax int

	F       []float64
	Present []bool
}

// Index returns where in F the reflection (h, k, l) is. ok is false outside the
// box and for absent cells.
func (t *Table) Index(h, k, l int) (i int, ok bool) {
	if h < t.HMin || h > t.HMax || k < t.KMin || k > t.KMax || l < t.LMin || l > t.LMax {
		return 0, false
	}
	i = ((h-t.HMin)*(t.KMax-t.KMin+1)+k-t.KMin)*(t.LMax-t.LMin+1) + l - t.LMin
	if t.Present != nil && !t.Present[i] {
		return 0, false
	}
	return i, true
}

// Cells is the size of the box, absent cells included.
func (t *Table) Cells() int { return len(t.F) }

// Count is the number of cells that hold a reflection.
func (t *Table) Count() int {
	if t.Present == nil {
		return len(t.F)
	}
	count := 0
	for _, present := range t.Present {
		if present {
			count++
		}
	}
	return count
}

// Reflections yields the reflections present in the order of F: l runs fastest.
func (t *Table) Reflections() iter.Seq[Reflection] {
	return func(yield func(Reflection) bool) {
		i := 0
		for h := t.HMin; h <= t.HMax; h++ {
			for k := t.KMin; k <= t.KMax; k++ {
				for l := t.LMin; l <= t.LMax; l++ {
					if t.Present == nil || t.Present[i] {
						if !yield(Reflection{H: h, K: k, L: l, F: t.F[i]}) {
							return
						}
					}
					i++
				}
			}
		}
	}
}

// Validate reports what makes t unusable: bounds that do not fit the slices, an
// amplitude that is not finite (in absent cells too), or no reflection at all.
func (t *Table) Validate() error {
	if t == nil {
		return errors.New("hkl: no table")
	}
	cells, err := t.box(MaxCells)
	if err != nil {
		return fmt.Errorf("hkl: %w", err)
	}
	if len(t.F) != cells {
		return fmt.Errorf("hkl: the box %v holds %d cells, F %d", t.bounds(), cells, len(t.F))
	}
	if t.Present != nil && len(t.Present) != cells {
		return fmt.Errorf("hkl: the box %v holds %d cells, Present %d", t.bounds(), cells, len(t.Present))
	}
	if i := indexNonFinite(t.F); i >= 0 {
		h, k, l := t.indices(i)
		return fmt.Errorf("hkl: the amplitude of (%d, %d, %d) is %v", h, k, l, t.F[i])
	}
	if t.Count() == 0 {
		return errors.New("hkl: no reflection is present")
	}
	return nil
}

// FromReflections makes the smallest table that holds the reflections; of
// several with the same indices the last wins. No reflection at all, an index
// beyond 32 bits, an F that is not finite and a box of more than MaxCells are
// errors.
func FromReflections(reflections []Reflection) (*Table, error) {
	t, err := build(reflections, MaxCells)
	if err != nil {
		return nil, fmt.Errorf("hkl: %w", err)
	}
	return t, nil
}

func build(reflections []Reflection, maxCells int) (*Table, error) {
	if len(reflections) == 0 {
		return nil, errors.New("no reflections")
	}
	first := reflections[0]
	t := &Table{HMin: first.H, HMax: first.H, KMin: first.K, KMax: first.K, LMin: first.L, LMax: first.L}
	for _, r := range reflections {
		if math.IsNaN(r.F) || math.IsInf(r.F, 0) {
			return nil, fmt.Errorf("the amplitude of (%d, %d, %d) is %v", r.H, r.K, r.L, r.F)
		}
		t.HMin, t.HMax = min(t.HMin, r.H), max(t.HMax, r.H)
		t.KMin, t.KMax = min(t.KMin, r.K), max(t.KMax, r.K)
		t.LMin, t.LMax = min(t.LMin, r.L), max(t.LMax, r.L)
	}
	cells, err := t.box(maxCells)
	if err != nil {
		return nil, err
	}
	t.F = make([]float64, cells)
	t.Present = make([]bool, cells)
	_, nk, nl := t.shape()
	count := 0
	for _, r := range reflections {
		i := ((r.H-t.HMin)*nk+r.K-t.KMin)*nl + r.L - t.LMin
		t.F[i] = r.F
		if !t.Present[i] {
			t.Present[i] = true
			count++
		}
	}
	if count == cells {
		t.Present = nil
	}
	return t, nil
}

// box returns the number of cells between the bounds.
func (t *Table) box(maxCells int) (int, error) {
	cells := 1
	for _, axis := range []struct {
		name     string
		min, max int
	}{{"h", t.HMin, t.HMax}, {"k", t.KMin, t.KMax}, {"l", t.LMin, t.LMax}} {
		if axis.min < -maxIndex || axis.max > maxIndex {
			return 0, fmt.Errorf("%s from %d to %d is outside ±%d", axis.name, axis.min, axis.max, maxIndex)
		}
		if axis.min > axis.max {
			return 0, fmt.Errorf("%s runs from %d to %d", axis.name, axis.min, axis.max)
		}
		// At most 2^28 · 2^32, so no overflow.
		if cells *= axis.max - axis.min + 1; cells > maxCells {
			extent := func(low, high int) float64 { return float64(high) - float64(low) + 1 }
			bytes := 8 * extent(t.HMin, t.HMax) * extent(t.KMin, t.KMax) * extent(t.LMin, t.LMax)
			return 0, fmt.Errorf("the box %v would take %.4g bytes; the limit is %d", t.bounds(), bytes, 8*maxCells)
		}
	}
	return cells, nil
}

// bounds is the box as text: h min..max, k min..max, l min..max.
func (t *Table) bounds() string {
	return fmt.Sprintf("h %d..%d, k %d..%d, l %d..%d", t.HMin, t.HMax, t.KMin, t.KMax, t.LMin, t.LMax)
}

// indices is the inverse of Index.
func (t *Table) indices(i int) (h, k, l int) {
	_, nk, nl := t.shape()
	return i/nl/nk + t.HMin, i/nl%nk + t.KMin, i%nl + t.LMin
}

func indexNonFinite(f []float64) int {
	for i, x := range f {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return i
		}
	}
	return -1
}
