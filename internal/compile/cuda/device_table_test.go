package cuda_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/structure"
)

// harnessGrid is the grid of testdata/device_harness.cu.
func harnessGrid(tricubic, holes bool) (g *expr.Grid, present []byte) {
	g = &expr.Grid{Box: structure.Box{HMin: -3, HMax: 4, KMin: -2, KMax: 3, LMin: -6, LMax: 5}, Tricubic: tricubic}
	if !holes {
		return g, nil
	}
	r := rand.New(rand.NewPCG(6, 6))
	for range g.Cells() {
		there := r.IntN(4) > 0
		g.Present = append(g.Present, there)
		b := byte(0)
		if there {
			b = byte(1 + r.IntN(255))
		}
		present = append(present, b)
	}
	return g, present
}

// millers are indices in, at the border of and far from the grid.
func millers() (hkl [3][]float64) {
	r := rand.New(rand.NewPCG(7, 7))
	add := func(h, k, l float64) {
		hkl[0], hkl[1], hkl[2] = append(hkl[0], h), append(hkl[1], k), append(hkl[2], l)
	}
	for range 3000 {
		add(-4+9*r.Float64(), -3+7*r.Float64(), -7+13*r.Float64())
		add(-1.5+4*r.Float64(), -0.2+1.5*r.Float64(), -4.5+8*r.Float64()) // mostly cubics
		add(float64(r.IntN(10)-4), float64(r.IntN(8)-3), float64(r.IntN(14)-7))
		add(float64(r.IntN(20)-8)/2, float64(r.IntN(16)-6)/2, float64(r.IntN(28)-14)/2)
	}
	for _, x := range slices.Concat(edgeCases, []float64{-3.5, 4.5, math.Nextafter(4.5, 5), math.Nextafter(-3.5, 0), math.Nextafter(0.5, 1), 1e-310, -1e-310}) {
		add(x, 0.25, 1.75)
		add(0.25, x, -1.5)
		add(1.25, 0.5, x)
		add(x, x, x)
	}
	return hkl
}

// lookupRules are gather, share and scatter of a grid, raised to orders of derivatives by h, k, l.
func lookupRules(t *testing.T, grid *expr.Grid, orders [3]int) (gather, share, scatter expr.Rule) {
	t.Helper()
	b := expr.New()
	in := []*expr.Node{b.Scalar("h", 0), b.Scalar("k", 0), b.Scalar("l", 0), b.Leaf("table", make([]float64, grid.Cells()), grid.Cells())}
	grad := b.Scalar("grad", 0)
	raise := func(n *expr.Node) expr.Rule {
		for axis, order := range orders {
			for range order {
				n = n.Rule().Diff(b, n.Args(), n, grad)[axis].Args()[1]
			}
		}
		return n.Rule()
	}
	gathered := b.Gather(grid, in[0], in[1], in[2], in[3])
	gather, share = raise(gathered), raise(b.Share(grid, in[0], in[1], in[2]))
	// The derivative of a gather by its table is a scatter, of the same orders.
	n := b.Apply(gather, in...)
	scatter = gather.Diff(b, in, n, grad)[3].Rule()
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return gather, share, scatter
}

func array(x []float64) expr.Array { return expr.Array{Dims: expr.Dims{1, 1, 1, len(x)}, Data: x} }

// TestDeviceLookup: tables are read with the rules' bits. Scattered sums, which have no order on
// the device, have them to within what the rule rounds.
func TestDeviceLookup(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		hkl := millers()
		n := len(hkl[0])
		r := rand.New(rand.NewPCG(8, 8))
		value := uniform(r, n, -1, 1)
		points := []expr.Array{array(hkl[0]), array(hkl[1]), array(hkl[2])}
		for _, test := range []struct {
			tricubic, holes bool
			orders          [3]int
		}{
			{false, false, [3]int{}}, {false, true, [3]int{}},
			{true, false, [3]int{}}, {true, true, [3]int{}}, {true, true, [3]int{1, 0, 0}}, {true, false, [3]int{0, 1, 0}},
			{true, true, [3]int{0, 0, 2}}, {true, true, [3]int{1, 1, 1}}, {true, true, [3]int{3, 0, 1}}, {true, true, [3]int{2, 4, 0}},
		} {
			grid, present := harnessGrid(test.tricubic, test.holes)
			gather, share, scatter := lookupRules(t, grid, test.orders)
			kind := "nearest"
			if test.tricubic {
				kind = "tricubic"
			}
			table := uniform(r, grid.Cells(), -100, 100)
			table[3], table[7] = math.Copysign(0, -1), 0
			l := launch{in: [][]float64{hkl[0], hkl[1], hkl[2], value}, far: table, present: present, extra: test.orders, n: n}
			compare := func(name string, rule expr.Rule, in []expr.Array) {
				want := make([]float64, n)
				rule.Eval(array(want), in)
				for i, got := range h.run(name+"_"+kind, l, 1)[0] {
					if !equalBits(got, want[i]) && !(contracts && math.Abs(got-want[i]) <= 1e-11) { // sums of 64 numbers to 1e4
						t.Errorf("%+v: %s at (%v, %v, %v) is %x, want %x", test, name, hkl[0][i], hkl[1][i], hkl[2][i], got, want[i])
						break
					}
				}
			}
			compare("gather", gather, append(slices.Clone(points), array(table)))
			compare("share", share, points)

			want, size := make([]float64, grid.Cells()), make([]float64, grid.Cells())
			scatter.Eval(array(want), append(slices.Clone(points), array(value)))
			l.limbs = h.counters(grid.Cells())
			h.run("scatter_"+kind, l, 0)
			got := h.run("total", launch{n: grid.Cells(), limbs: l.limbs}, 1)[0]
			// The rule adds up to n numbers of sizes up to some 50, with an error of an ulp of the
			// sum each.
			for i := range want {
				size[i] = 1e-11 * (1 + math.Abs(want[i]))
				if !(math.Abs(got[i]-want[i]) <= size[i]) {
					t.Errorf("%+v: cell %d has %v scattered to it, want %v", test, i, got[i], want[i])
					break
				}
			}
			h.check(h.stream.Release(l.limbs))
		}
	})
}

// TestDeviceCell: -1 or the cell, for whole numbers in the short way too.
func TestDeviceCell(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		hkl := millers()
		for _, holes := range []bool{false, true} {
			grid, present := harnessGrid(false, holes)
			for _, name := range []string{"cell", "whole_cell"} {
				x := hkl
				if name == "whole_cell" {
					for axis := range x {
						x[axis] = slices.Clone(x[axis])
						for i, v := range x[axis] {
							x[axis][i] = math.Ceil(v - 0.5)
						}
					}
				}
				for i, got := range h.run(name, launch{in: x[:], present: present}, 1)[0] {
					a, b, c := math.Ceil(x[0][i]-0.5), math.Ceil(x[1][i]-0.5), math.Ceil(x[2][i]-0.5)
					want := -1.0
					if a >= -3 && a <= 4 && b >= -2 && b <= 3 && c >= -6 && c <= 5 {
						if at := ((a+3)*6+b+2)*12 + c + 6; !holes || grid.Present[int(at)] {
							want = at
						}
					}
					if got != want {
						t.Errorf("%s at (%v, %v, %v) is %v, want %v", name, x[0][i], x[1][i], x[2][i], got, want)
						break
					}
				}
			}
		}
	})
}
