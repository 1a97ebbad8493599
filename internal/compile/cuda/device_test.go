package cuda_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/special"
)

// TestDeviceBits: functions of numbers have the bits of the processor's kernels.
func TestDeviceBits(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		r := rand.New(rand.NewPCG(1, 2))
		x := slices.Concat(edgeCases, uniform(r, 4000, -10, 10), uniform(r, 4000, -750, 715), uniform(r, 4000, -0x1p30, 0x1p30))
		for range 2000 {
			x = append(x, math.Float64frombits(r.Uint64()))
		}
		for k := -200.0; k <= 200; k++ { // next to zeros of sine and cosine
			x = append(x, k*math.Pi/2, math.Nextafter(k*math.Pi/2, 1e9), k/2, k)
		}
		near := func(x float64) bool { return math.Abs(x) <= 0x1p30 }
		for _, test := range []struct {
			name    string
			kernel  kernel.Kernel
			results int
			covers  func(float64) bool // nil: all; else the library's value beyond, to within 4 ulp of 1
		}{
			{"sin", kernel.Sin, 1, near},
			{"cos", kernel.Cos, 1, near},
			{"sincos", kernel.Sincos, 2, near},
			{"exp", kernel.Exp, 1, nil},
			{"nearest", kernel.Nearest, 1, nil},
		} {
			want := onCPU(t, test.kernel, x)
			for k, got := range h.run(test.name, launch{in: [][]float64{x}}, test.results) {
				for i := range x {
					ok := equalBits(got[i], want[k][i])
					if !ok && test.covers != nil && !test.covers(x[i]) {
						ok = math.Abs(got[i]-want[k][i]) <= 0x1p-50
					}
					if !ok {
						t.Errorf("%s of %x, result %d: %x, want %x", test.name, x[i], k, got[i], want[k][i])
						break
					}
				}
			}
		}

		var a, b []float64
		for _, x := range edgeCases {
			for _, y := range edgeCases {
				a, b = append(a, x), append(b, y)
			}
		}
		wantBits(t, "min", a, h.run("min", launch{in: [][]float64{a, b}}, 1)[0], onCPU(t, kernel.MinVV, a, b)[0])
		wantBits(t, "max", a, h.run("max", launch{in: [][]float64{a, b}}, 1)[0], onCPU(t, kernel.MaxVV, a, b)[0])
	})
}

// latticeDistances are d with their zeros, peaks and borders.
func latticeDistances(n float64) []float64 {
	r := rand.New(rand.NewPCG(3, math.Float64bits(n)))
	d := slices.Concat(uniform(r, 1500, -0.5, 0.5), uniform(r, 500, -1.5/n, 1.5/n), uniform(r, 200, -1e-9, 1e-9), uniform(r, 100, -3, 3),
		[]float64{0, math.Copysign(0, -1), 5e-324, -1e-310, 0x1p-501, -0x1p-500, 0x1p-499, 1e-40, 0.5, -0.5, 0.49999999999999994, 0.5000000000000001,
			-0.5000000000000001, 1, -1, 2, 1e6, -0x1p51, math.Inf(1), math.Inf(-1), math.NaN()})
	for k := 1.0; k < 20 && k/n <= 0.5; k++ {
		for _, at := range []float64{k / n, (k - 0.5) / n, -k / n} {
			d = append(d, at, math.Nextafter(at, 1), math.Nextafter(at, -1))
		}
	}
	return d
}

// preparedLattice is what nb_sinratio takes for its rare cases: zeros where n is no number of cells.
func preparedLattice(n float64, orders int) []float64 {
	var all []float64
	for order := range orders {
		p := make([]float64, special.PreparedLen)
		if r, err := special.NewSincRatio(n, order); err == nil {
			p = r.Prepared()
		}
		all = append(all, p...)
	}
	return all
}

// contracts tells that Go may fuse a·b + c in package special on this processor, which the device
// does not.
var contracts = runtime.GOARCH != "amd64"

// closeTo compares with a value of package special: bits, or where Go fuses, 1e-13 of a size.
func closeTo(got, want, size float64) bool {
	return equalBits(got, want) || contracts && math.Abs(got-want) <= 1e-13*max(size, math.Abs(want))
}

func repeated(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }

func TestDeviceSinRatio(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		for _, n := range []float64{1, 1.0000000000000002, 1.2, 1.4999999999999998, 1.5, 2, 5, 10, 37.5, 1000, 1e6,
			0.99999999999999989, 0, -3, 1000000.0000000001, math.NaN(), math.Inf(1), math.Inf(-1)} {
			d := latticeDistances(n)
			if !(n >= 1 && n <= 1e6) {
				d = d[:64]
			}
			for order, kernel := range []kernel.Kernel{kernel.SinRatio0, kernel.SinRatio01, kernel.SinRatio012} {
				name := fmt.Sprintf("sinratio%d", order)
				got := h.run(name, launch{in: [][]float64{d, repeated(n, len(d))}, far: preparedLattice(n, order+1)}, order+1)
				want := onCPU(t, kernel, d, []float64{n})
				for k := range got {
					slow := func(d float64) bool { return math.Abs(d) > 0.5 || k > 0 && n > 1 && n < 1.5 }
					for i := range d {
						ok := equalBits(got[k][i], want[k][i])
						if slow(d[i]) {
							ok = closeTo(got[k][i], want[k][i], math.Pow(n, float64(k+1)))
						}
						if !ok {
							t.Errorf("%s, N = %v, d = %x: derivative %d is %x, want %x", name, n, d[i], k, got[k][i], want[k][i])
							break
						}
					}
				}
			}
		}
	})
}

// preparable is a function of package special.
type preparable interface {
	At(float64) float64
	Prepared() []float64
}

func TestDeviceSpecial(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		if p := special.PreparedLen; !strings.Contains(cuda.DeviceSource(), fmt.Sprintf("#define NB_PREPARED %d\n", p)) {
			t.Fatalf("device.cuh does not know that package special prepares %d numbers", p)
		}
		r := rand.New(rand.NewPCG(4, 4))
		u := slices.Concat(uniform(r, 500, -30, 400), uniform(r, 200, 0, 1e6), []float64{0, math.Inf(1), math.NaN(), 1e-300})
		for _, order := range []int{0, 1, 2, 3, 4, 7, special.MaxOrder} {
			check := func(name string, f preparable, x []float64, same func(got, want float64) bool) {
				for i, got := range h.run(name, launch{in: [][]float64{x}, far: f.Prepared()}, 1)[0] {
					if want := f.At(x[i]); !same(got, want) {
						t.Errorf("%s, order %d, of %x: %x, want %x", name, order, x[i], got, want)
						return
					}
				}
			}
			// Where Go fuses and the orders are high, errors are larger than 1e-13 (package special
			// says how large).
			exact := func(got, want float64) bool {
				return closeTo(got, want, math.Pow(math.Pi, float64(order))) || contracts && order > 4
			}
			for _, n := range []float64{1, 1.2, 1.5, 2, 37.5, 1e6} {
				f, err := special.NewSincRatio(n, order)
				if err != nil {
					t.Fatal(err)
				}
				check("sinratio_slow", f, latticeDistances(n), func(got, want float64) bool {
					return exact(got, want) || contracts && math.Abs(got-want) <= 1e-13*math.Pow(math.Pi*n, float64(order))*n
				})
			}
			over, err := special.NewXOverSin(order)
			if err != nil {
				t.Fatal(err)
			}
			check("xoversin", over, latticeDistances(1), exact)
			sphere, err := special.NewSinc3(order)
			if err != nil {
				t.Fatal(err)
			}
			// The sine is the library's: 1e-13 of the value at 0, or of the value for u < 0.
			peak := math.Abs(sphere.At(0))
			check("sinc3", sphere, u, func(got, want float64) bool {
				return equalBits(got, want) || math.Abs(got-want) <= 1e-13*max(peak, math.Abs(want))
			})
		}
		zeros := h.run("sinratio_slow", launch{in: [][]float64{{0.1}}, far: make([]float64, special.PreparedLen)}, 1)
		if zeros[0][0] == zeros[0][0] {
			t.Errorf("a lattice sum of no number of cells is %v, want NaN", zeros[0][0])
		}
	})
}

// TestDeviceUnary: functions that need not have Go's bits are within 1e-14 of the value, and
// 1e-308: on amd64 Go's e^x is infinite from 709.44 on, not from 709.78.
func TestDeviceUnary(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		r := rand.New(rand.NewPCG(5, 5))
		x := slices.Concat(edgeCases, uniform(r, 2000, -50, 50), uniform(r, 1000, -760, 760))
		for _, test := range []struct {
			name string
			of   func(float64) float64
		}{
			{"sign", func(x float64) float64 {
				switch {
				case x > 0:
					return 1
				case x < 0:
					return -1
				}
				return x
			}},
			{"cube", func(x float64) float64 { return x * x * x }},
			{"invsqrt", func(x float64) float64 { return 1 / math.Sqrt(x) }},
			{"sigmoid", func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
			{"softplus", func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }},
		} {
			for i, got := range h.run(test.name, launch{in: [][]float64{x}}, 1)[0] {
				want := test.of(x[i])
				if !equalBits(got, want) && !(math.Abs(got-want) <= 1e-14*math.Abs(want)+1e-308) {
					t.Errorf("%s of %v is %v, want %v", test.name, x[i], got, want)
					break
				}
			}
		}
	})
}
