package refine_test

import (
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/refine"
)

var systems = []struct {
	system refine.System
	cell   crystal.Cell
	free   string
	broken crystal.Cell // a cell that is not of the system
	says   string
}{
	{refine.Triclinic, crystal.Cell{A: 31, B: 38, C: 45, Alpha: 82, Beta: 97, Gamma: 104}, "cell.a cell.b cell.c cell.alpha cell.beta cell.gamma", crystal.Cell{}, ""},
	{refine.Monoclinic, crystal.Cell{A: 31, B: 38, C: 45, Beta: 97}, "cell.a cell.b cell.c cell.beta", crystal.Cell{A: 31, Gamma: 91}, "a monoclinic cell has gamma = 90°, this one 91°"},
	{refine.MonoclinicC, crystal.Cell{A: 31, B: 38, C: 45, Gamma: 97}, "cell.a cell.b cell.c cell.gamma", crystal.Cell{A: 31, Beta: 97}, "a monoclinic (unique axis c) cell has beta = 90°"},
	{refine.Orthorhombic, crystal.Cell{A: 31, B: 38, C: 45}, "cell.a cell.b cell.c", crystal.Cell{A: 31, Beta: 97}, "an orthorhombic cell has beta = 90°, this one 97°"},
	{refine.Tetragonal, crystal.Cell{A: 31, B: 31, C: 45}, "cell.a cell.c", crystal.Cell{A: 31, B: 32, C: 45}, "a tetragonal cell has a = b, this one 31 and 32"},
	{refine.Trigonal, crystal.Cell{A: 31, B: 31, C: 45, Gamma: 120}, "cell.a cell.c", crystal.Cell{A: 31, B: 31, C: 45}, "a trigonal cell has gamma = 120°, this one 90°"},
	{refine.Hexagonal, crystal.Cell{A: 31, B: 31, C: 45, Gamma: 120}, "cell.a cell.c", crystal.Cell{A: 31, B: 33, C: 45, Gamma: 120}, "a hexagonal cell has a = b"},
	{refine.Rhombohedral, crystal.Cell{A: 31, Alpha: 75, Beta: 75, Gamma: 75}, "cell.a cell.alpha", crystal.Cell{A: 31, Alpha: 75, Beta: 76, Gamma: 75}, "a rhombohedral cell has alpha = beta, this one 75 and 76"},
	{refine.Cubic, crystal.Cell{A: 31}, "cell.a", crystal.Cell{A: 31, C: 32}, "a cubic cell has a = c, this one 31 and 32"},
}

// TestConstrain: each system leaves the right nodes free, and whatever their values, the cell stays in the system.
func TestConstrain(t *testing.T) {
	for _, s := range systems {
		t.Run(s.system.String(), func(t *testing.T) {
			x, err := crystal.New(G.NewGraph(), crystal.Config{Cell: s.cell})
			check(t, err)
			free, err := refine.Constrain(x, s.system)
			check(t, err)
			names := ""
			for i, n := range free {
				if i > 0 {
					names += " "
				}
				names += n.Name()
			}
			if names != s.free {
				t.Errorf("free are %s, want %s", names, s.free)
			}
			for i, n := range free {
				check(t, G.Let(n, G.NewF64(value(n)*1.01+float64(i)*0.1)))
			}
			moved, err := x.At()
			check(t, err)
			c := moved.Cell
			again, err := crystal.New(G.NewGraph(), crystal.Config{Cell: c})
			check(t, err)
			if _, err := refine.Constrain(again, s.system); err != nil {
				t.Errorf("the cell %+v has left the system: %v", c, err)
			}
			if c.A == s.cell.A {
				t.Error("the cell has not moved")
			}
			// A cell that is not of the system is refused, and nothing is tied.
			if s.says == "" {
				return
			}
			x, err = crystal.New(G.NewGraph(), crystal.Config{Cell: s.broken})
			check(t, err)
			before := fmt.Sprint(x.Cell)
			_, err = refine.Constrain(x, s.system)
			wantError(t, err, "refine: "+s.says)
			if fmt.Sprint(x.Cell) != before {
				t.Error("a refused cell is tied")
			}
		})
	}
}

func TestConstrainErrors(t *testing.T) {
	_, err := refine.Constrain(nil, refine.Cubic)
	wantError(t, err, "refine: no crystal to constrain")
	x, err := crystal.New(G.NewGraph(), crystal.Config{Cell: crystal.Cell{A: 31}})
	check(t, err)
	_, err = refine.Constrain(x, refine.System(99))
	wantError(t, err, "refine: unknown crystal system 99")
	x.Cell.B, err = G.Mul(x.Cell.A, x.Cell.A)
	check(t, err)
	_, err = refine.Constrain(x, refine.Cubic)
	wantError(t, err, "refine: b of the cell is computed from other nodes already")
}

// TestConstrainLate: a simulator has read the cell, so that tying it would have no effect.
func TestConstrainLate(t *testing.T) {
	s := small(1)
	e := s.build(t, nil)
	_, err := refine.Constrain(e.crystal, refine.Triclinic)
	wantError(t, err, "refine: a simulator has been built from the crystal")
}
