package structure

import (
	"fmt"
	"math"
)

// MaxCells is the largest number of cells in a [Table]: 2 GiB of amplitudes.
const MaxCells = 1 << 28

// MaxIndex is the largest magnitude of a Miller index, that of the reference program's 32-bit int.
const MaxIndex = math.MaxInt32

// Box is a box of Miller indices, bounds included, which is the layout of a table. Its cells are
// numbered from 0, with l running fastest, then k, then h.
type Box struct{ HMin, HMax, KMin, KMax, LMin, LMax int }

// Shape returns the numbers of cells along h, k and l.
func (b *Box) Shape() (nh, nk, nl int) {
	return b.HMax - b.HMin + 1, b.KMax - b.KMin + 1, b.LMax - b.LMin + 1
}

// Cells returns the number of cells of a box that [Box.Check] accepts.
func (b *Box) Cells() int {
	nh, nk, nl := b.Shape()
	return nh * nk * nl
}

// Index returns the number of the cell of (h, k, l) and reports whether it is inside the box.
//
// The index formula is written here and, for speed, in two more places: the loop over whole indices
// in internal/expr and the device functions for GPUs.
func (b *Box) Index(h, k, l int) (i int, inside bool) {
	// Below the lower bound the difference wraps around to a number above every extent.
	ih, ik, il := uint(h-b.HMin), uint(k-b.KMin), uint(l-b.LMin)
	nk, nl := uint(b.KMax-b.KMin+1), uint(b.LMax-b.LMin+1)
	if ih > uint(b.HMax-b.HMin) || ik >= nk || il >= nl {
		return 0, false
	}
	return int((ih*nk+ik)*nl + il), true
}

// Indices returns the Miller indices of cell i; it is the inverse of [Box.Index].
func (b *Box) Indices(i int) (h, k, l int) {
	_, nk, nl := b.Shape()
	return i/nl/nk + b.HMin, i/nl%nk + b.KMin, i%nl + b.LMin
}

// String returns "h min..max, k min..max, l min..max".
func (b *Box) String() string {
	return fmt.Sprintf("h %d..%d, k %d..%d, l %d..%d", b.HMin, b.HMax, b.KMin, b.KMax, b.LMin, b.LMax)
}

// Check returns the number of cells. Indices beyond ±[MaxIndex], bounds in the wrong order and more
// than maxCells cells are errors. They have no package prefix; the caller adds its own.
func (b *Box) Check(maxCells int) (cells int, err error) {
	cells = 1
	for _, axis := range []struct {
		name     string
		min, max int
	}{{"h", b.HMin, b.HMax}, {"k", b.KMin, b.KMax}, {"l", b.LMin, b.LMax}} {
		if axis.min < -MaxIndex || axis.max > MaxIndex {
			return 0, fmt.Errorf("%s from %d to %d is outside ±%d", axis.name, axis.min, axis.max, MaxIndex)
		}
		if axis.min > axis.max {
			return 0, fmt.Errorf("%s runs from %d to %d", axis.name, axis.min, axis.max)
		}
		// At most 2²⁸ · 2³², so no overflow.
		if cells *= axis.max - axis.min + 1; cells > maxCells {
			extent := func(low, high int) float64 { return float64(high) - float64(low) + 1 }
			bytes := 8 * extent(b.HMin, b.HMax) * extent(b.KMin, b.KMax) * extent(b.LMin, b.LMax)
			return 0, fmt.Errorf("the box %v would take %.4g bytes; the limit is %d", b, bytes, 8*maxCells)
		}
	}
	return cells, nil
}
