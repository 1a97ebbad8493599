package cpu

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/structure"
)

// shot is a plan that reads a table at pixels, like a simulator of its own.
type shot struct {
	factor float64 // a constant
	table  []float64
	absent int // cell; −1 if there is none
	pixels int
}

func (s shot) plan(t *testing.T) *plan.Plan {
	t.Helper()
	b := expr.New()
	x := make([]float64, s.pixels)
	for i := range x {
		x[i] = float64(i % len(s.table))
	}
	pixel, table := b.Leaf("x", x, 1, 1, 1, len(x)), b.Leaf("table", s.table, len(s.table))
	grid := &expr.Grid{Box: structure.Box{HMax: len(s.table) - 1}}
	if s.absent >= 0 {
		grid.Present = make([]bool, len(s.table))
		for i := range grid.Present {
			grid.Present[i] = i != s.absent
		}
	}
	root := b.Scale(s.factor, b.Gather(grid, pixel, b.Const(0), b.Const(0), table))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	p, err := plan.New(func(n *expr.Node) bool { return n == pixel }, len(x), root)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPrograms: plans that differ in values alone have one program, others have their own, and each computes its own values. A
// program that is kept does not keep the expressions that it was compiled for.
func TestPrograms(t *testing.T) {
	first := shot{3, []float64{5, 7, 11, 13}, -1, 40}
	for _, tt := range []struct {
		name string
		shot
		shared bool
	}{
		{"other values", shot{3, []float64{1, 2, 3, 4}, -1, 40}, true},
		{"another constant", shot{4, []float64{5, 7, 11, 13}, -1, 40}, false},
		{"a longer table", shot{3, []float64{5, 7, 11, 13, 17}, -1, 40}, false},
		{"more pixels", shot{3, []float64{5, 7, 11, 13}, -1, 41}, false},
		{"an absent cell", shot{3, []float64{5, 7, 11, 13}, 2, 40}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := first.plan(t)
			one, err := Compile(p, Options{})
			if err != nil {
				t.Fatal(err)
			}
			q := tt.plan(t)
			other, err := Compile(q, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if shared := slices.Equal(one.sweeps, other.sweeps); shared != tt.shared {
				t.Errorf("one program: %v, want %v", shared, tt.shared)
			}
			values, err := q.Run(context.Background(), other, 1, nil)
			if err != nil {
				t.Fatal(err)
			}
			a, err := node.ArrayOf(values[0])
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range a.Data {
				k := i % len(tt.table)
				want := tt.factor * tt.table[k]
				if k == tt.absent {
					want = 0
				}
				if v != want {
					t.Fatalf("pixel %d is %g, want %g", i, v, want)
				}
			}
		})
	}
	p := shot{9, []float64{1, 2}, -1, 8}.plan(t)
	if _, err := Compile(p, Options{}); err != nil {
		t.Fatal(err)
	}
	e := weak.Make(p.Node(0).Expr)
	p = nil
	for range 3 {
		runtime.GC()
	}
	if e.Value() != nil {
		t.Error("a program keeps the expressions of its plan")
	}
}
