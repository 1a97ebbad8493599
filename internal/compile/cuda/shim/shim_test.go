package shim

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// open makes a device, or skips.
func open(t testing.TB, o Options) *Device {
	t.Helper()
	d, err := New(o)
	if errors.Is(err, ErrNoCompiler) {
		t.Skipf("!!! NOT RUN: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// load makes a stream that is closed with the test.
func load(t testing.TB, d *Device, text cuda.Text) cuda.Stream {
	t.Helper()
	s, err := d.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func alloc(t testing.TB, s cuda.Stream, bytes int64) cuda.Address {
	t.Helper()
	at, err := s.Alloc(bytes)
	check(t, err)
	return at
}

// download waits for the numbers at an address.
func download(t testing.TB, s cuda.Stream, from cuda.Address, n int) []float64 {
	t.Helper()
	data := make([]float64, n)
	check(t, s.Download(data, from))
	check(t, s.Wait())
	return data
}

// same compares bits.
func same(t *testing.T, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d numbers, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
			t.Fatalf("number %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// number is the n-th of some numbers whose sums are exact.
func number(n int) float64 { return float64(n%97) - 13.25 }

func numbers(n int) []float64 {
	data := make([]float64, n)
	for i := range data {
		data[i] = number(i)
	}
	return data
}

// saxpy gives y = a·x + y.
var saxpy = cuda.Text{
	Source: `
struct saxpy_arguments { const double *x; double *y; long long n; };
__constant__ double factor[2];
extern "C" __global__ void __launch_bounds__(64) saxpy(const saxpy_arguments a) {
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < a.n) a.y[i] = fma(factor[1], __ldg(a.x + i), a.y[i]);
}`,
	Kernels:   []string{"saxpy"},
	Constants: []string{"factor"},
}

func TestSaxpy(t *testing.T) {
	t.Run("as the machine does", func(t *testing.T) { testSaxpy(t, open(t, Options{})) })
	if runtime.GOARCH == "amd64" {
		t.Run("fma of the library", func(t *testing.T) { testSaxpy(t, open(t, Options{Flags: []string{"-mno-fma"}})) })
	}
}

func testSaxpy(t *testing.T, d *Device) {
	s := load(t, d, saxpy)
	const n = 150 // the third block of 64 is partly idle
	x, y := numbers(n), numbers(2 * n)[n:]
	atX, atY := alloc(t, s, 8*n), alloc(t, s, 8*n)
	check(t, s.Upload(atX, x))
	check(t, s.Upload(atY, y))
	check(t, s.SetConstant("factor", 1, []float64{1.0 / 3}))
	check(t, s.Launch("saxpy", 3, 64, []uint64{uint64(atX), uint64(atY), n}))
	want := make([]float64, n)
	for i := range want {
		want[i] = math.FMA(1.0/3, x[i], y[i])
	}
	same(t, download(t, s, atY, n), want)
	same(t, download(t, s, atY+8*100, 50), want[100:]) // addresses may be added to
	check(t, s.Release(atX))
	check(t, s.Release(atY))
	if free, err := d.FreeMemory(); free != defaultMemory || err != nil {
		t.Errorf("%d bytes are free after all was released, %v", free, err)
	}
}

// warps has shuffles of every width, in every type, with more than one in flight, and in a loop
// that only some warps do.
var warps = cuda.Text{
	Source: `
struct sum_arguments { const double *x; double *sums; long long n; };
extern "C" __global__ void sum(const sum_arguments a) {
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    double v = i < a.n ? a.x[i] : 0;
    for (int k = 1; k < warpSize; k *= 2) v += __shfl_xor_sync(0xffffffffu, v, k);
    if (threadIdx.x % 32 == 0) a.sums[i / 32] = v;
}
struct lanes_arguments { double *out; unsigned long long *count; long long rounds; };
extern "C" __global__ void lanes(const lanes_arguments a) {
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    int lane = threadIdx.x % 32;
    double v = 0;
    long long rounds = a.rounds * (i / 32);
    for (long long r = 0; r < rounds; r++) {
        __syncwarp();
        v += __shfl_xor_sync(0xffffffffu, (float)lane / 2, 16);
        v += __shfl_xor_sync(0xffffffffu, -lane, 1);
        v += (double)__shfl_xor_sync(0xffffffffu, (1LL << 40) * lane, 31);
    }
    a.out[i] = v;
    atomicAdd(a.count, (unsigned long long)i);
}`,
	Kernels: []string{"lanes", "sum"},
}

func TestWarpSum(t *testing.T) {
	s := load(t, open(t, Options{}), warps)
	const n, count = 1000, 1024
	x := numbers(n)
	atX, atSums := alloc(t, s, 8*n), alloc(t, s, 8*count/32)
	check(t, s.Upload(atX, x))
	check(t, s.Launch("sum", count/128, 128, []uint64{uint64(atX), uint64(atSums), n}))
	want := make([]float64, count/32)
	for i, v := range x {
		want[i/32] += v
	}
	same(t, download(t, s, atSums, count/32), want)
}

func TestShuffles(t *testing.T) {
	s := load(t, open(t, Options{}), warps)
	const blocks, threads, rounds = 2, 96, 7
	at := alloc(t, s, 8*(blocks*threads+1))
	check(t, s.Zero(at+8*blocks*threads, 8))
	for range 2 { // fibers are used again
		check(t, s.Launch("lanes", blocks, threads, []uint64{uint64(at), uint64(at) + 8*blocks*threads, rounds}))
	}
	want := make([]float64, blocks*threads+1)
	sum := 0
	for i := range blocks * threads {
		lane := i % 32
		for range rounds * (i / 32) {
			want[i] += float64(lane^16)/2 - float64(lane^1) + float64(int64(lane^31)<<40)
		}
		sum += 2 * i
	}
	want[blocks*threads] = math.Float64frombits(uint64(sum))
	same(t, download(t, s, at, len(want)), want)
}

func TestConstantsAreAStreamsOwn(t *testing.T) {
	d := open(t, Options{})
	type instance struct {
		cuda.Stream
		x, y cuda.Address
	}
	var instances []instance
	for k := range 3 {
		s := load(t, d, saxpy)
		i := instance{s, alloc(t, s, 8), alloc(t, s, 8)}
		factor := []float64{math.NaN(), float64(k)}
		check(t, s.SetConstant("factor", 0, factor))
		factor[1] = math.NaN() // it was copied
		check(t, s.Upload(i.x, []float64{5}))
		check(t, s.Zero(i.y, 8))
		instances = append(instances, i)
	}
	for k, i := range instances {
		check(t, i.Launch("saxpy", 1, 32, []uint64{uint64(i.x), uint64(i.y), 1}))
		same(t, download(t, i, i.y, 1), []float64{float64(5 * k)})
	}
}

func TestWorkIsDoneLate(t *testing.T) {
	s := load(t, open(t, Options{}), saxpy)
	at := alloc(t, s, 32)
	fresh := download(t, s, at, 4)
	for i, v := range fresh {
		if !math.IsNaN(v) {
			t.Errorf("new memory has %v at %d", v, i)
		}
	}
	data := []float64{1, 2, 3, 4}
	check(t, s.Upload(at, data))
	data[0] = 7 // too early: the upload may not have been done
	got := make([]float64, 4)
	check(t, s.Download(got, at))
	if !math.IsNaN(got[3]) {
		t.Errorf("a download gave %v before Wait", got)
	}
	check(t, s.Wait())
	same(t, got, []float64{7, 2, 3, 4})
	check(t, s.UploadBytes(at+8, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 9}))
	got = download(t, s, at, 3)
	if got[1] != 1 || math.Float64bits(got[2]) != math.Float64bits(3)|9 {
		t.Errorf("9 bytes at 8 gave %v", got)
	}
}

// CUDA's mathematics has overloads that C's has not.
func TestOverloads(t *testing.T) {
	text := cuda.Text{Kernels: []string{"k"}, Source: `
struct k_arguments { double *out; double x; };
extern "C" __global__ void k(const k_arguments a) {
    if (threadIdx.x != 0) return;
    double x = a.x, *o = a.out;
    float f = (float)x;
    *o++ = abs(-x) - x;
    *o++ = sizeof(abs(f)) + sizeof(sqrt(f)) + sizeof(fma(f, f, f));
    *o++ = abs(-3) + min(1, 2) + max(1LL, 2LL);
    *o++ = min(x, __longlong_as_double(0x7ff8000000000000LL)) - x;
    *o++ = 1 / fmin(0.0 * x, -0.0 * x);
    *o++ = 1 / max(-0.0 * x, 0.0 * x);
    *o++ = __hiloint2double(__double2hiint(x), __double2loint(x)) - x;
    *o++ = (double)__double_as_longlong(1.0);
    *o++ = __int_as_float(__float_as_int(2.5f));
    *o++ = __double2int_rn(2.5) + (double)__double2int_rn(1e300 * x) - 2147483647.0;
    *o++ = __fma_rn(x, x, -__dmul_rn(x, x)) == fma(x, x, -(x * x));
    *o++ = x * x + -(x * x);
    *o++ = sin(x) * sin(x) + cos(x) * cos(x) + __ddiv_rn(x, x) + __dsqrt_rn(4.0) + __dadd_rn(x, -x);
}`}
	s := load(t, open(t, Options{}), text)
	x := math.Pi / 3
	want := []float64{0, 12, 6, 0, math.Inf(-1), math.Inf(1), 0, 0x3ff0000000000000, 2.5, 2, 1, 0, 4}
	at := alloc(t, s, 8*int64(len(want)))
	check(t, s.Launch("k", 1, 32, []uint64{uint64(at), math.Float64bits(x)}))
	got := download(t, s, at, len(want))
	last := len(want) - 1
	if math.Abs(got[last]-want[last]) > 1e-15 { // sin² + cos² rounds
		t.Errorf("sin, cos and divisions give %v", got[last])
	}
	same(t, got[:last], want[:last])
}

func TestString(t *testing.T) {
	if s := open(t, Options{Name: "card"}).String(); s != "card" {
		t.Errorf("a device with a name is %q", s)
	}
	compiler, err := Compiler()
	check(t, err)
	if s := open(t, Options{}).String(); !strings.Contains(s, compiler) {
		t.Errorf("a device without a name is %q", s)
	}
}

// BenchmarkLoad compiles a small kernel each time.
func BenchmarkLoad(b *testing.B) {
	d := open(b, Options{})
	for i := range b.N {
		text := saxpy
		text.Source += "\n// " + strings.Repeat("x", i+1)
		s, err := d.Load(text)
		check(b, err)
		check(b, s.Close())
	}
}

// BenchmarkThread and BenchmarkShuffle give the cost of a thread, and of a thread with 5 shuffles.
func BenchmarkThread(b *testing.B)  { benchmarkRun(b, "saxpy", saxpy) }
func BenchmarkShuffle(b *testing.B) { benchmarkRun(b, "sum", warps) }

func benchmarkRun(b *testing.B, kernel string, text cuda.Text) {
	s := load(b, open(b, Options{}), text)
	const threads = 128
	blocks := (b.N + threads - 1) / threads
	at := alloc(b, s, int64(8*blocks*threads))
	b.ResetTimer()
	check(b, s.Launch(kernel, blocks, threads, []uint64{uint64(at), uint64(at), uint64(b.N)}))
	check(b, s.Wait())
}

// TestMemoryOfOtherStreams: a device's memory is there for kernels of all its streams, as long as
// it is not released.
func TestMemoryOfOtherStreams(t *testing.T) {
	d := open(t, Options{})
	owner, other := load(t, d, cuda.Text{Source: "// copies only\n"}), load(t, d, saxpy)
	const n = 40
	x, y := alloc(t, owner, 8*n), alloc(t, other, 8*n)
	if foreign := alloc(t, load(t, open(t, Options{}), saxpy), 8); foreign == x || foreign == y {
		t.Errorf("another device's memory is at %#x too", uint64(foreign))
	}
	check(t, other.SetConstant("factor", 1, []float64{2}))
	want := make([]float64, n)
	for run := range 2 { // what is there by now
		data := make([]float64, n)
		for i := range data {
			data[i] = number(i) + float64(run)
			want[i] += 2 * data[i]
		}
		check(t, owner.Upload(x, data))
		check(t, owner.Wait())
		if run == 0 {
			check(t, other.Zero(y, 8*n))
		}
		check(t, other.Launch("saxpy", 1, 64, []uint64{uint64(x), uint64(y), n}))
		same(t, download(t, other, y, n), want)
	}
	check(t, owner.Release(x))
	check(t, other.Launch("saxpy", 1, 64, []uint64{uint64(x), uint64(y), n}))
	wants(t, other.Wait(), cuda.ErrLost, "kernel saxpy", "memory that is not there")
}

// TestMemoryReleasedTooEarly: what a launch that is still to be done needs must not be released.
func TestMemoryReleasedTooEarly(t *testing.T) {
	d := open(t, Options{})
	owner, other := load(t, d, saxpy), load(t, d, saxpy)
	x, y := alloc(t, owner, 8), alloc(t, other, 8)
	check(t, other.Launch("saxpy", 1, 32, []uint64{uint64(x), uint64(y), 1}))
	check(t, owner.Close())
	wants(t, other.Wait(), nil, "no 8 bytes at", "any more")
}
