package structure

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
)

// Factor is a structure factor A + iB, in electrons, at one Miller index.
type Factor struct {
	H, K, L int
	F       complex128
}

// NewComplex is [New] for structure factors with phases. If all of them are real and none is negative, the table has no
// phases.
func NewComplex(factors []Factor) (*Table, error) {
	reflections := make([]Reflection, len(factors))
	for i, f := range factors {
		reflections[i] = Reflection{f.H, f.K, f.L, cmplx.Abs(f.F)}
	}
	t, err := New(reflections)
	if err != nil {
		return nil, err
	}
	phases, any := make([]float64, len(t.F)), false
	for _, f := range factors { // of several of one index the last one counts, as in New
		i, _ := t.Box.Index(f.H, f.K, f.L)
		phases[i] = cmplx.Phase(f.F) * (180 / math.Pi)
	}
	for _, p := range phases {
		any = any || p != 0
	}
	if any {
		t.Phases = phases
	}
	return t, nil
}

// DrawPhases gives the table random phases, the same for the same seed, and opposite ones for Friedel mates.
func (t *Table) DrawPhases(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 1))
	t.Phases = make([]float64, len(t.F))
	for r := range t.Reflections() {
		i, _ := t.Index(r.H, r.K, r.L)
		if !upper(r.H, r.K, r.L) {
			continue
		}
		t.Phases[i] = 360*random.Float64() - 180
		if r.H == 0 && r.K == 0 && r.L == 0 {
			t.Phases[i] = 0
		}
		if mate, ok := t.Index(-r.H, -r.K, -r.L); ok {
			t.Phases[mate] = -t.Phases[i]
		}
	}
}

// checkPhases returns an error for phases that do not fit the table.
func (t *Table) checkPhases() error {
	if t.Phases != nil && len(t.Phases) != len(t.F) {
		return fmt.Errorf("structure: the table has %d amplitudes and %d phases", len(t.F), len(t.Phases))
	}
	for i, p := range t.Phases {
		if math.IsInf(p, 0) {
			h, k, l := t.Indices(i)
			return fmt.Errorf("structure: the phase of (%d, %d, %d) is %v", h, k, l, p)
		}
	}
	return nil
}
