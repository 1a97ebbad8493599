package cuda_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
)

// harness runs the kernels of testdata/device_harness.cu.
type harness struct {
	t      *testing.T
	stream cuda.Stream
}

// harnessKernels finds the kernels in the harness, by the macros that make them.
var harnessKernels = regexp.MustCompile(`(?m)^HARNESS_(UNARY|BINARY|KERNEL|TABLE)\((\w+)`)

// onDevices runs a test on the stand-in GPU and, where the program was built for it and has one, on
// a GPU.
func onDevices(t *testing.T, mixed bool, test func(t *testing.T, h harness)) {
	t.Helper()
	kernels, err := os.ReadFile("testdata/device_harness.cu")
	if err != nil {
		t.Fatal(err)
	}
	text := cuda.Text{Source: cuda.DeviceSource() + string(kernels)}
	if mixed {
		text.Source = "#define NB_MIXED 1\n" + text.Source
	}
	for _, m := range harnessKernels.FindAllStringSubmatch(string(kernels), -1) {
		switch name := m[2]; m[1] {
		case "TABLE":
			text.Kernels = append(text.Kernels, "test_gather_"+name, "test_share_"+name, "test_scatter_"+name)
		default:
			text.Kernels = append(text.Kernels, "test_"+strings.TrimPrefix(name, "test_"))
		}
	}
	run := func(name string, d cuda.Device) {
		t.Run(name, func(t *testing.T) {
			s, err := d.Load(text)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			test(t, harness{t, s})
		})
	}
	standIn, err := shim.New(shim.Options{})
	switch {
	case errors.Is(err, shim.ErrNoCompiler):
		t.Logf("!!! NOT RUN without a GPU: %v", err)
	case err != nil:
		t.Fatal(err)
	default:
		run("stand-in", standIn)
	}
	switch gpu := cudatest.GPU(t); {
	case gpu != nil:
		run("GPU", gpu)
	case err != nil:
		t.Skipf("!!! NOT RUN: there is no GPU, and %v", err)
	}
}

// launch is what a kernel of the harness takes.
type launch struct {
	n       int // threads; 0: as many as the first operand has elements
	in      [][]float64
	far     []float64
	present []byte
	limbs   cuda.Address
	extra   [3]int
}

// run launches a kernel and gives its results.
func (h harness) run(kernel string, l launch, results int) [][]float64 {
	h.t.Helper()
	n := l.n
	if n == 0 {
		n = len(l.in[0])
	}
	var all []float64
	for _, x := range l.in {
		all = append(all, x...)
	}
	in, far, present := h.upload(all), h.upload(l.far), cuda.Address(0)
	if l.present != nil {
		present = h.alloc(len(l.present))
		h.check(h.stream.UploadBytes(present, l.present))
	}
	out := h.alloc(8 * max(1, results*n))
	const threads = 64
	h.check(h.stream.Launch("test_"+kernel, (n+threads-1)/threads, threads, []uint64{uint64(n), uint64(in), uint64(far), uint64(present), uint64(out),
		uint64(l.limbs), uint64(l.extra[0]), uint64(l.extra[1]), uint64(l.extra[2])}))
	flat := make([]float64, results*n)
	if results > 0 {
		h.check(h.stream.Download(flat, out))
	}
	h.check(h.stream.Wait())
	for _, at := range []cuda.Address{in, far, present, out} {
		if at != 0 {
			h.check(h.stream.Release(at))
		}
	}
	var split [][]float64
	for k := range results {
		split = append(split, flat[k*n:(k+1)*n])
	}
	return split
}

func (h harness) upload(data []float64) cuda.Address {
	h.t.Helper()
	if len(data) == 0 {
		return 0
	}
	at := h.alloc(8 * len(data))
	h.check(h.stream.Upload(at, data))
	return at
}

func (h harness) alloc(bytes int) cuda.Address {
	h.t.Helper()
	at, err := h.stream.Alloc(int64(bytes))
	h.check(err)
	return at
}

func (h harness) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// counters makes sums without an order, all zero.
func (h harness) counters(n int) cuda.Address {
	h.t.Helper()
	at := h.alloc(8 * cuda.Limbs * n)
	h.check(h.stream.Zero(at, int64(8*cuda.Limbs*n)))
	return at
}

// onCPU is what a kernel of the processor gives, in Go. The operands are vectors, or the second is
// a number.
func onCPU(t *testing.T, k kernel.Kernel, in ...[]float64) [][]float64 {
	t.Helper()
	n := len(in[0])
	lanes := (n + 31) / 32 * 32
	sources, results, _ := strings.Cut(k.Form(), ">")
	ins := kernel.Ins{Kernel: k}
	place := 0
	next := func() int32 {
		place += lanes
		return int32(place - lanes)
	}
	for i := range sources {
		ins.Src[i] = next()
	}
	for i := range results {
		ins.Dst[i] = next()
	}
	arena := kernel.NewArena(place)
	for i, x := range in {
		copy(arena[ins.Src[i]:], x)
	}
	code, err := kernel.Assemble(kernel.PureGo, []kernel.Ins{ins}, lanes, place)
	if err != nil {
		t.Fatal(err)
	}
	code.Run(arena)
	var out [][]float64
	for i := range results {
		out = append(out, arena[ins.Dst[i]:][:n])
	}
	return out
}

// equalBits takes any two NaNs for the same.
func equalBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// wantBits compares results with the processor's.
func wantBits(t *testing.T, name string, x, got, want []float64) {
	t.Helper()
	for i := range want {
		if !equalBits(got[i], want[i]) {
			t.Errorf("%s of %x is %x, want the bits of %x", name, x[i], got[i], want[i])
			return
		}
	}
}

// uniform draws n numbers between two.
func uniform(r *rand.Rand, n int, from, to float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = from + (to-from)*r.Float64()
	}
	return x
}

// edgeCases are where signs, roundings, comparisons and ranges change.
var edgeCases = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994,
	math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64, 5e-324, -5e-324, 0x1p-1022, -0x1p-1030, 0x1p-500, 0x1p-501,
	0x1p30, -0x1p30, 0x1.0000000000001p30, -0x1p31, 1e22, 709.78, 709.79, 710, 711, -708, -745.1, -745.2, -746, -1e9,
	math.Pi, -math.Pi / 2, math.Pi / 4, 1e6, 0x1p31, 0x1p32, 0x1p40, -0x1p40, 0x1p51, -0x1p51, 0x1p52, 0x1p53 + 2, 0x1p63, -0x1p63, 1e300, -1e300,
}
