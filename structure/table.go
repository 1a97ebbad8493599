// Package structure holds the structural data of a crystal: its unit cell and a table of structure
// factor amplitudes over a box of Miller indices.
//
// A [Table] comes from a file (package format/hkl), from a list of reflections ([New]) or, if no
// structure is known, from Wilson statistics ([Wilson]). It is used as crystal.Config.Structure.
package structure

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

// Reflection is a structure factor amplitude, in electrons, at one Miller index.
type Reflection struct {
	H, K, L int
	F       float64
}

// Table holds amplitudes over a box of Miller indices. It describes a P1 cell: no symmetry is
// applied and no Friedel mates are added.
type Table struct {
	Box
	// F has one amplitude, in electrons, per cell of the box, in the order of [Box.Index].
	F []float64
	// Phases has the phase of each in degrees, if it is not nil. Friedel mates have entries of their own. NaN is an unknown
	// phase.
	Phases []float64
	// Present marks the cells that hold a reflection; nil means that all do.
	Present []bool
}

// New returns the smallest table that holds the reflections. If several have the same indices, the
// last one counts. An empty list, an index beyond ±[MaxIndex], an F that is not finite and a box of
// more than [MaxCells] cells are errors.
func New(reflections []Reflection) (*Table, error) {
	if len(reflections) == 0 {
		return nil, errors.New("structure: no reflections")
	}
	for _, r := range reflections {
		if math.IsNaN(r.F) || math.IsInf(r.F, 0) {
			return nil, fmt.Errorf("structure: the amplitude of (%d, %d, %d) is %v", r.H, r.K, r.L, r.F)
		}
	}
	t := &Table{Box: Bounds(reflections)}
	cells, err := t.Check(MaxCells)
	if err != nil {
		return nil, fmt.Errorf("structure: %w", err)
	}
	t.F = make([]float64, cells)
	t.Present = make([]bool, cells)
	count := 0
	for _, r := range reflections {
		i, _ := t.Box.Index(r.H, r.K, r.L)
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

// Bounds returns the smallest box that holds the reflections, or the zero box if there are none.
func Bounds(reflections []Reflection) (b Box) {
	for i, r := range reflections {
		if i == 0 {
			b = Box{r.H, r.H, r.K, r.K, r.L, r.L}
		}
		b.HMin, b.HMax = min(b.HMin, r.H), max(b.HMax, r.H)
		b.KMin, b.KMax = min(b.KMin, r.K), max(b.KMax, r.K)
		b.LMin, b.LMax = min(b.LMin, r.L), max(b.LMax, r.L)
	}
	return b
}

// Index returns the index in F of the reflection (h, k, l); ok is false outside the box and for
// absent reflections.
func (t *Table) Index(h, k, l int) (i int, ok bool) {
	i, ok = t.Box.Index(h, k, l)
	if !ok || t.Present != nil && !t.Present[i] {
		return 0, false
	}
	return i, true
}

// Count returns the number of reflections.
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

// Reflections yields the reflections in the order of F: l runs fastest.
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

// Validate returns an error if t is nil or has no reflections, if its bounds do not match its
// slices, or if an amplitude, even in an absent cell, is not finite.
func (t *Table) Validate() error {
	if t == nil {
		return errors.New("structure: no table")
	}
	cells, err := t.Check(MaxCells)
	if err != nil {
		return fmt.Errorf("structure: %w", err)
	}
	if len(t.F) != cells {
		return fmt.Errorf("structure: the box %v holds %d cells, F %d", &t.Box, cells, len(t.F))
	}
	if t.Present != nil && len(t.Present) != cells {
		return fmt.Errorf("structure: the box %v holds %d cells, Present %d", &t.Box, cells, len(t.Present))
	}
	for i, f := range t.F {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			h, k, l := t.Indices(i)
			return fmt.Errorf("structure: the amplitude of (%d, %d, %d) is %v", h, k, l, f)
		}
	}
	if t.Count() == 0 {
		return errors.New("structure: no reflection is present")
	}
	return t.checkPhases()
}
