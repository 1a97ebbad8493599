package cuda_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
)

// TestDeviceMixed: in mixed precision errors are little more than those that the comments in
// device.cuh state, relative to the largest value of a function, for e^x to the value.
func TestDeviceMixed(t *testing.T) {
	onDevices(t, true, func(t *testing.T, h harness) {
		r := rand.New(rand.NewPCG(11, 11))
		angles := slices.Concat(uniform(r, 20000, -4, 4), uniform(r, 20000, -1e5, 1e5), uniform(r, 5000, -0x1p30, 0x1p30), []float64{0x1p30, 1e15, 0})
		for name, kernel := range map[string]kernel.Kernel{"sin": kernel.Sin, "cos": kernel.Cos} {
			got, want := h.run(name, launch{in: [][]float64{angles}}, 1)[0], onCPU(t, kernel, angles)[0]
			for i := range angles {
				if math.Abs(angles[i]) <= 0x1p30 && !equalBits(got[i], want[i]) { // beyond, the library's differ
					t.Fatalf("%s %v is %v, want %v: it is in double in mixed precision too", name, angles[i], got[i], want[i])
				}
			}
		}
		x := slices.Concat(uniform(r, 20000, -2, 2), uniform(r, 20000, -700, 709), edgeCases)
		got, want := h.run("exp", launch{in: [][]float64{x}}, 1)[0], onCPU(t, kernel.Exp, x)[0]
		worst := 0.0
		for i := range x {
			if equalBits(got[i], want[i]) {
				continue
			}
			off := math.Abs(got[i]-want[i]) / want[i]
			if want[i] < 0x1p-1022 {
				off = math.Abs(got[i]-want[i]) / 0x1p-1022
			}
			worst = max(worst, off)
		}
		t.Logf("exp: %.2g", worst)
		if !(worst <= 1e-7) {
			t.Errorf("e^x is off by %.2g", worst)
		}

		for _, n := range []float64{1, 1.2, 1.5, 1.6, 2, 5, 10, 37.5, 1000, 1e6} {
			d := slices.Concat(latticeDistances(n), uniform(r, 5000, -1.5/n, 1.5/n), uniform(r, 5000, -6/n, 6/n), uniform(r, 5000, -0.5, 0.5))
			d = slices.DeleteFunc(d, func(d float64) bool { return !(math.Abs(d) <= 0.5) })
			got := h.run("sinratio2", launch{in: [][]float64{d, repeated(n, len(d))}, far: preparedLattice(n, 3)}, 3)
			want := onCPU(t, kernel.SinRatio012, d, []float64{n})
			var worst [3]float64
			for k := range got {
				largest := 0.0
				for i := range d {
					largest = max(largest, math.Abs(want[k][i]))
					worst[k] = max(worst[k], math.Abs(got[k][i]-want[k][i]))
				}
				if largest > 0 {
					worst[k] /= largest
				}
				if allowed := []float64{2e-7, 6e-7, 1e-6}[k]; !(worst[k] <= allowed) {
					t.Errorf("N = %v: derivative %d is off by %.2g of its largest value", n, k, worst[k])
				}
			}
			t.Logf("N = %-7v %s", n, fmt.Sprintf("%.2g", worst))
			// The shorter forms compute the same.
			for order := range 2 {
				short := h.run(fmt.Sprintf("sinratio%d", order), launch{in: [][]float64{d, repeated(n, len(d))}, far: preparedLattice(n, order+1)}, order+1)
				for k := range short {
					wantBits(t, "a lattice sum", d, short[k], got[k])
				}
			}
		}
	})
}
