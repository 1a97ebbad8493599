package structure

import "fmt"

// Lone returns the number of reflections whose Friedel mate, (−h, −k, −l), is not in the table.
func (t *Table) Lone() int {
	lone := 0
	for r := range t.Reflections() {
		if _, ok := t.Index(-r.H, -r.K, -r.L); !ok {
			lone++
		}
	}
	return lone
}

// WithFriedelMates returns a table with the mate of every reflection that has none, of the same
// amplitude and, if there are phases, the opposite phase, and the number of those added. It is t itself if there are none. A box of more than
// [MaxCells] cells is an error.
func (t *Table) WithFriedelMates() (complete *Table, added int, err error) {
	if added = t.Lone(); added == 0 {
		return t, 0, nil
	}
	h, k, l := max(-t.HMin, t.HMax), max(-t.KMin, t.KMax), max(-t.LMin, t.LMax)
	complete = &Table{Box: Box{-h, h, -k, k, -l, l}}
	cells, err := complete.Check(MaxCells)
	if err != nil {
		return nil, 0, fmt.Errorf("structure: with Friedel mates: %w", err)
	}
	complete.F, complete.Present = make([]float64, cells), make([]bool, cells)
	if t.Phases != nil {
		complete.Phases = make([]float64, cells)
	}
	for r := range t.Reflections() {
		mate, _ := complete.Box.Index(-r.H, -r.K, -r.L)
		own, _ := complete.Box.Index(r.H, r.K, r.L)
		if t.Phases != nil {
			i, _ := t.Index(r.H, r.K, r.L)
			if complete.Phases[own] = t.Phases[i]; !complete.Present[mate] {
				complete.Phases[mate] = -t.Phases[i]
			}
		}
		if !complete.Present[mate] {
			complete.F[mate], complete.Present[mate] = r.F, true
		}
		complete.F[own], complete.Present[own] = r.F, true
	}
	if complete.Count() == cells {
		complete.Present = nil
	}
	return complete, added, nil
}
