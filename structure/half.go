package structure

import (
	"math"

	"github.com/gobragg/gobragg/symmetry"
)

// InP1 returns the reflections of the table as an array in P 1 without a cell: those of half the
// sphere, with those of Friedel mates in Minus if any two mates differ, and with
// the table's phases. [MillerArray.Expand] restores the table,
// with the mates of reflections that have none.
func (t *Table) InP1() *MillerArray {
	group, err := symmetry.ByNumber(1)
	if err != nil {
		panic(err) // the table of groups is a part of this program
	}
	m := &MillerArray{Group: group}
	apart := false
	for r := range t.Reflections() {
		plus, minus := r.F, math.NaN()
		if mate, known := t.Index(-r.H, -r.K, -r.L); known {
			if minus = t.F[mate]; !upper(r.H, r.K, r.L) {
				continue // with its mate
			}
		}
		apart = apart || minus < plus || minus > plus
		m.Indices = append(m.Indices, [3]int32{int32(r.H), int32(r.K), int32(r.L)})
		m.Values, m.Minus = append(m.Values, plus), append(m.Minus, minus)
		if t.Phases != nil {
			i, _ := t.Index(r.H, r.K, r.L)
			m.Phases = append(m.Phases, t.Phases[i])
		}
	}
	if !apart {
		m.Minus = nil
	}
	m.Rows = len(m.Indices)
	return m
}

// upper reports whether a reflection is in the half of the sphere with l above 0, or k, or h.
func upper(h, k, l int) bool {
	switch {
	case l != 0:
		return l > 0
	case k != 0:
		return k > 0
	}
	return h >= 0
}
