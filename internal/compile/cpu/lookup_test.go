package cpu_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/structure"
)

// indices are Miller indices around the bounds of a box from −3 to 4: halves, which are rounded down,
// both zeros, numbers next to halves, numbers beyond integers, and some that are no numbers.
var indices = []float64{
	-4, -3.5, math.Nextafter(-3.5, 0), -3.4999, -3, -2.5, -1.5, -1, -0.5, math.Copysign(0, -1), 0, 0.5, math.Nextafter(0.5, 1), 0.4, 1.5, 2, 3.5,
	4, 4.4999, 4.5, math.Nextafter(4.5, 5), 5, 1 << 31, -(1 << 31), 1 << 52, 1<<53 + 2, 1 << 62, -(1 << 62), 1e300, -1e300,
	math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, -5e-324, 1 << 20, 1<<20 + 2, 2<<20 - 3, 3 << 20, -(1 << 20),
}

// TestLookups compares tables that are read, and scattered into, with the tape's, on every backend and at every
// combination of an index along one axis with some along the others, in some steps of each pixel.
func TestLookups(t *testing.T) {
	const steps = 6
	r := rand.New(rand.NewPCG(7, 7))
	hs, ks, ls := make([]float64, 0, steps*len(indices)), make([]float64, 0, steps*len(indices)), make([]float64, 0, steps*len(indices))
	for range steps {
		for _, h := range indices {
			at := []float64{h, float64(r.IntN(9) - 4), float64(r.IntN(5))}
			if r.IntN(4) == 0 {
				at[1+r.IntN(2)] = indices[r.IntN(len(indices))]
			}
			axis := r.IntN(3)
			if math.Abs(h) >= 1<<19 {
				axis = 0 // a channel, perhaps
			}
			at[0], at[axis] = at[axis], at[0]
			hs, ks, ls = append(hs, at[0]), append(ks, at[1]), append(ls, at[2])
		}
	}
	box := structure.Box{HMin: -3, HMax: 4, KMin: -3, KMax: 4, LMin: 0, LMax: 4}
	for _, channels := range []int{0, 3} {
		for _, holes := range []bool{false, true} {
			grid := &expr.Grid{Box: box, Channels: channels}
			if holes {
				grid.Present = make([]bool, box.Cells())
				for i := range grid.Present {
					grid.Present[i] = i%7 != 3
				}
			}
			amplitudes := make([]float64, grid.Cells())
			for i := range amplitudes {
				amplitudes[i] = r.NormFloat64()
			}
			inside := 0
			for i := range hs {
				if _, ok := grid.Index(whole(hs[i]), whole(ks[i]), whole(ls[i])); ok {
					inside++
				}
			}
			if inside < len(hs)/5 || inside > len(hs)*4/5 {
				t.Fatalf("%d of %d indices are inside", inside, len(hs))
			}
			h := compiletest.NewHand()
			pixels := len(indices)
			hn, kn, ln := h.Leaf("h", hs, steps, 1, 1, pixels), h.Leaf("k", ks, steps, 1, 1, pixels), h.Leaf("l", ls, steps, 1, 1, pixels)
			table, other := h.Leaf("table", amplitudes, len(amplitudes)), h.Leaf("other", []float64{0.7})
			f := h.Add(h.Gather(grid, hn, kn, ln, table), h.Mul(other, h.Share(grid, hn, kn, ln)))
			roots := append([]*G.Node{f, h.Share(grid, hn, kn, ln), h.Gather(grid, hn, kn, ln, table)}, gradient(t, h.SumAll(h.Square(f)), table, other)...)
			onPixels := func(n *G.Node) bool { return n == hn || n == kn || n == ln }
			plan, err := plan.New(nodetest.Leaves(onPixels), pixels, nodetest.Read(t, roots...)...)
			if err != nil {
				t.Fatal(err)
			}
			want, err := compiletest.Run(plan, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, backend := range []kernel.Backend{kernel.AVX512, kernel.AVX2, kernel.NEON, kernel.PureGo} {
				name := fmt.Sprintf("%d channels, holes %t, %v", channels, holes, backend)
				if !backend.Available() {
					t.Logf("NOT TESTED: %s", name)
					continue
				}
				p, err := cpu.Compile(plan, cpu.Options{Backend: backend, Lanes: 32})
				if err != nil {
					t.Fatal(err)
				}
				got, err := compiletest.Run(plan, p, 3)
				if err == nil {
					err = compiletest.SameBits(got[:3], want[:3])
				}
				if err == nil {
					err = compiletest.Agree(got, want)
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if n := cpu.Kernels(p); n["cell"] == 0 || n["call"] != 0 {
					t.Errorf("%s: compiled to %v", name, n)
				}
			}
		}
	}
}

// whole is ceil(x − ½), or one that is outside.
func whole(x float64) int {
	if x = math.Ceil(x - 0.5); math.Abs(x) < 1<<40 {
		return int(x)
	}
	return math.MinInt32
}
