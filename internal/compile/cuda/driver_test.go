//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda_test

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

func TestNoDriver(t *testing.T) {
	if _, err := cuda.Count(); err == nil {
		t.Skip("a driver is installed")
	}
	// A folder without libraries: the parent may have been started with the fake driver's.
	if child(t, "LD_LIBRARY_PATH="+t.TempDir()) {
		return
	}
	_, err := cuda.Count()
	wrapped(t, err, cuda.ErrNoDevice, "the driver is not installed", "libcuda.so.1")
	_, err = cuda.Open(0)
	wrapped(t, err, cuda.ErrNoDevice, "libcuda.so.1")
}

func TestNoDevice(t *testing.T) {
	if onFake(t, "FAKE_CUDA_DEVICES=0") {
		return
	}
	_, err := cuda.Count()
	wrapped(t, err, cuda.ErrNoDevice, "CUDA_ERROR_NO_DEVICE")
}

func TestOpen(t *testing.T) {
	if onFake(t, "FAKE_CUDA_DEVICES=2") {
		return
	}
	count, err := cuda.Count()
	check(t, err)
	if count != 2 {
		t.Errorf("%d devices, want 2", count)
	}
	if name := open(t, 1).String(); name != "CUDA device 1 (fake GPU 1)" {
		t.Errorf("the name is %q", name)
	}
	for _, index := range []int{-1, 2} {
		_, err = cuda.Open(index)
		wrapped(t, err, nil, "there are 2")
	}
}

func TestSaxpy(t *testing.T) {
	if onDriver(t) {
		return
	}
	d := open(t, 0)
	s := load(t, d, saxpy)
	for _, n := range []int{1, 31, 128, 1000} {
		check(t, runSaxpy(s, n, 3, -5))
	}
	before, err := d.FreeMemory()
	check(t, err)
	if before <= 0 {
		t.Errorf("%d bytes are free", before)
	}
}

func TestFunctionsOfWarps(t *testing.T) {
	if onDriver(t) {
		return
	}
	s := load(t, open(t, 0), cuda.Text{
		Source: `
struct total_arguments { double *sums; unsigned long long *count; };
extern "C" __global__ void total(const total_arguments a) {
    double v = threadIdx.x + 1000.0 * blockIdx.x;
    for (int k = 1; k < 32; k *= 2) v += __shfl_xor_sync(0xffffffffu, v, k);
    if (threadIdx.x % 32 == 0) a.sums[blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32] = v;
    atomicAdd(a.count, 1ull);
}
`,
		Kernels: []string{"total"},
	})
	sums, count := alloc(t, s, 8*6), alloc(t, s, 8)
	check(t, s.Zero(count, 8))
	check(t, s.Launch("total", 3, 64, []uint64{uint64(sums), uint64(count)}))
	got, counted := make([]float64, 6), make([]float64, 1)
	check(t, s.Download(got, sums))
	check(t, s.Download(counted, count))
	check(t, s.Wait())
	for i := range got {
		// Lanes 32·w to 32·w + 31 of block b.
		block, warp := float64(i/2), float64(i%2)
		if want := 32*(1000*block+32*warp) + 31*32/2; got[i] != want {
			t.Errorf("sum %d is %v, want %v", i, got[i], want)
		}
	}
	if n := math.Float64bits(counted[0]); n != 3*64 {
		t.Errorf("%d threads counted, want %d", n, 3*64)
	}
}

// TestCopies: more than the page-locked memory holds, both ways, and by odd sizes.
func TestCopies(t *testing.T) {
	if onDriver(t) {
		return
	}
	s := load(t, open(t, 0), cuda.Text{Source: "// copies only\n"})
	const n = 11<<20 + 3 // 88 MB, and the limit is 64
	data := make([]float64, n)
	for i := range data {
		data[i] = float64(i)
	}
	at := alloc(t, s, 8*n)
	check(t, s.Upload(at, data))
	check(t, s.Zero(at+8*5, 8))
	check(t, s.UploadBytes(at+8*7+1, []byte{1, 2, 3}))
	back, odd := make([]float64, n), make([]float64, 3)
	check(t, s.Download(odd, at+8*4))
	check(t, s.Download(back, at))
	check(t, s.Download(nil, at))
	check(t, s.Wait())
	data[5] = 0
	data[7] = math.Float64frombits(math.Float64bits(data[7])&^0xffffff00 | 0x03020100)
	for i := range back {
		if back[i] != data[i] {
			t.Fatalf("number %d is %v, want %v", i, back[i], data[i])
		}
	}
	if odd[0] != 4 || odd[1] != 0 || odd[2] != 6 {
		t.Errorf("numbers 4 to 6 are %v, want 4, 0, 6", odd)
	}
}

// TestOrder: work is done in the order in which it was asked for, what is released meanwhile
// included.
func TestOrder(t *testing.T) {
	if onDriver(t) {
		return
	}
	s := load(t, open(t, 0), saxpy)
	data, got := []float64{1, 2, 3}, make([]float64, 3)
	at, other := alloc(t, s, 24), alloc(t, s, 24)
	check(t, s.Upload(at, data))
	check(t, s.Download(got, at))
	check(t, s.Upload(at, []float64{4, 5, 6}))
	check(t, s.Upload(other, data))
	check(t, s.Release(at))
	check(t, s.Wait())
	for i := range got {
		if got[i] != data[i] {
			t.Errorf("number %d is %v, want %v", i, got[i], data[i])
		}
	}
}

func TestStreams(t *testing.T) {
	if onFake(t, "FAKE_CUDA_DEVICES=2") {
		return
	}
	var group sync.WaitGroup
	for i, device := range []int{0, 0, 1} {
		s := load(t, open(t, device), saxpy)
		group.Go(func() {
			for k := range 20 {
				if err := runSaxpy(s, 100*(i+1), float64(i), float64(k)); err != nil {
					t.Errorf("stream %d: %v", i, err)
					return
				}
			}
		})
	}
	group.Wait()
}

// TestConstants: two streams of one text have constants of their own.
func TestConstants(t *testing.T) {
	if onDriver(t) {
		return
	}
	d := open(t, 0)
	one, two := load(t, d, saxpy), load(t, d, saxpy)
	out := make([]float64, 1)
	at := alloc(t, one, 24)
	check(t, one.Upload(at, []float64{1, 0}))
	check(t, one.SetConstant("factors", 0, []float64{2, 0}))
	check(t, two.SetConstant("factors", 0, []float64{7, 0}))
	check(t, two.Wait())
	check(t, one.Launch("saxpy", 1, 32, []uint64{uint64(at), uint64(at + 8), uint64(at + 16), 1}))
	check(t, one.Download(out, at+16))
	check(t, one.Wait())
	if out[0] != 2 {
		t.Errorf("2·1 + 0 is %v: the other stream's constants", out[0])
	}
}

func TestMistakes(t *testing.T) {
	if onDriver(t) {
		return
	}
	d := open(t, 0)
	for _, test := range []struct {
		name string
		do   func(cuda.Stream) error
		says string
	}{
		{"kernel", func(s cuda.Stream) error { return s.Launch("absent", 1, 32, nil) }, "absent"},
		{"no blocks", func(s cuda.Stream) error { return s.Launch("saxpy", 0, 32, nil) }, "0 blocks"},
		{"constants", func(s cuda.Stream) error { return s.SetConstant("absent", 0, nil) }, "absent"},
		{"beyond the constants", func(s cuda.Stream) error { return s.SetConstant("factors", 1, []float64{1, 2}) }, "do not fit"},
		{"before the constants", func(s cuda.Stream) error { return s.SetConstant("factors", -1, []float64{1}) }, "do not fit"},
		{"release", func(s cuda.Stream) error { return s.Release(64) }, "0x40"},
		{"negative", func(s cuda.Stream) error { _, err := s.Alloc(-1); return err }, "-1 bytes"},
		{"clear", func(s cuda.Stream) error { return s.Zero(64, -1) }, "-1 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := load(t, d, saxpy)
			err := test.do(s)
			wrapped(t, err, nil, d.String(), test.says)
			if again := s.Wait(); again != err {
				t.Errorf("the next error is %v, want the first for good", again)
			}
		})
	}
	t.Run("closed", func(t *testing.T) {
		s := load(t, d, saxpy)
		check(t, s.Close())
		wrapped(t, s.Wait(), nil, "closed")
	})
	for _, text := range []cuda.Text{
		{Source: saxpy.Source, Kernels: []string{"absent"}},
		{Source: saxpy.Source, Constants: []string{"absent"}},
	} {
		_, err := d.Load(text)
		wrapped(t, err, nil, "absent", "CUDA_ERROR_NOT_FOUND")
	}
}

func TestCompileError(t *testing.T) {
	if onDriver(t) {
		return
	}
	d := open(t, 0)
	_, err := d.Load(cuda.Text{Source: "this is not CUDA C\n"})
	var failure *cuda.CompileError
	if !errors.As(err, &failure) {
		t.Fatalf("error %v, want a CompileError", err)
	}
	if failure.Device != d.String() || failure.Log == "" {
		t.Errorf("the error is %+v, without the device or a log", failure)
	}
}
