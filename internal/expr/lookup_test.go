package expr_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/structure"
)

// TestScatterIsGathersTranspose compares, cell by cell, what a scatter adds to a table with what a gather reads of a table
// that is 1 in that cell alone: Σ_elements g · gather(unit table) = scatter(g)[cell]. So no corner of an interpolation can be
// left out on one side; TestTricubicPolynomials sees it left out on both.
func TestScatterIsGathersTranspose(t *testing.T) {
	box := structure.Box{HMin: -3, HMax: 4, KMin: -3, KMax: 3, LMin: -2, LMax: 4}
	const n = 9
	// The last three lie outside of the cubic's range: the nearest cell, the first of all and the last.
	hs := []float64{0.3, -0.7, 1.9, 0, 1.5, -0.25, 2.9, -3.1, 4.2}
	ks := []float64{0.6, 0.1, -0.9, 0, 0.5, 1, 0.2, -2.8, 3}
	ls := []float64{0.4, 1.7, 0.2, 1, 1.5, 0.75, 1.1, -2.2, 3.7}
	gs := []float64{1.3, -0.4, 0.9, 2.1, -1.7, 0.6, 0.8, 1.1, -0.7}
	for _, tricubic := range []bool{true, false} {
		for _, holes := range []bool{false, true} {
			for _, order := range [][3]int8{{}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 0}, {2, 0, 1}} {
				if !tricubic && order != [3]int8{} {
					continue
				}
				t.Run(fmt.Sprint(tricubic, holes, order), func(t *testing.T) {
					grid := &expr.Grid{Box: box, Tricubic: tricubic}
					if holes {
						grid.Present = make([]bool, grid.Cells())
						for i := range grid.Present {
							grid.Present[i] = i%5 != 2
						}
					}
					b := expr.New()
					h, k, l, g := b.Leaf("h", hs, n), b.Leaf("k", ks, n), b.Leaf("l", ls, n), b.Leaf("g", gs, n)
					unit := make([]float64, grid.Cells())
					table := b.Leaf("table", unit, len(unit))
					gather := b.Apply(expr.Rule{Op: expr.OpGather, Order: order, Grid: grid}, h, k, l, table)
					scatter := b.Apply(expr.Rule{Op: expr.OpScatter, Order: order, Grid: grid}, h, k, l, g)
					if b.Err() != nil {
						t.Fatal(b.Err())
					}
					got := difftest.Evaluate(t, scatter)[0]
					touched := 0
					for cell := range unit {
						unit[cell] = 1
						read := difftest.Evaluate(t, gather)[0]
						unit[cell] = 0
						want, terms := 0.0, 0.0
						for i, x := range read {
							want += gs[i] * x
							terms += math.Abs(gs[i] * x)
						}
						if terms > 0 {
							touched++
						}
						if !(math.Abs(got[cell]-want) <= 1e-14*terms) {
							t.Errorf("cell %d of the table gets %.17g, want %.17g", cell, got[cell], want)
						}
					}
					if tricubic && touched < 100 || touched < 4 {
						t.Errorf("%d cells of %d are touched", touched, len(unit))
					}
				})
			}
		}
	}
}

// TestTricubicPolynomials: a tricubic lookup of a polynomial of degree 3 in each index returns the polynomial, so that all 64
// corners have their weights.
func TestTricubicPolynomials(t *testing.T) {
	grid := &expr.Grid{Box: structure.Box{HMin: -3, HMax: 4, KMin: -3, KMax: 3, LMin: -2, LMax: 4}, Tricubic: true}
	poly := func(h, k, l float64) float64 {
		return (1 + 0.3*h - 0.2*h*h + 0.1*h*h*h) * (2 - 0.5*k + 0.1*k*k - 0.3*k*k*k) * (1 - 0.4*l + 0.2*l*l + 0.2*l*l*l)
	}
	table := make([]float64, grid.Cells())
	for h := grid.HMin; h <= grid.HMax; h++ {
		for k := grid.KMin; k <= grid.KMax; k++ {
			for l := grid.LMin; l <= grid.LMax; l++ {
				i, _ := grid.Index(h, k, l)
				table[i] = poly(float64(h), float64(k), float64(l))
			}
		}
	}
	b := expr.New()
	f := b.Leaf("table", table, len(table))
	for _, p := range [][3]float64{{0.3, 0.6, 0.4}, {-0.7, 0.1, 1.7}, {1.9, -0.9, 0.2}, {0, 0, 1}, {1.5, 0.5, 1.5}} {
		y := b.Gather(grid, b.Const(p[0]), b.Const(p[1]), b.Const(p[2]), f)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		if got, want := difftest.Values(t, y)[0], poly(p[0], p[1], p[2]); !(math.Abs(got-want) <= 1e-13*math.Max(1, math.Abs(want))) {
			t.Errorf("at %v %.15g, want %.15g", p, got, want)
		}
	}
}
