package shim

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// wants checks an error: what it wraps (nil: neither of the device's), and parts of its text.
func wants(t *testing.T, err, wraps error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, e := range []error{cuda.ErrMemory, cuda.ErrLost} {
		if errors.Is(err, e) != (e == wraps) {
			t.Errorf("whether it wraps %q is wrong: %v", e, err)
		}
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestTextsThatDoNotCompile(t *testing.T) {
	d := open(t, Options{Name: "card"})
	for _, c := range []struct {
		name  string
		text  cuda.Text
		parts []string
	}{
		{"syntax", cuda.Text{Source: "\n\n__global__ void k( {"}, []string{"card", "text:3"}},
		{"no kernel", cuda.Text{Source: "struct k_arguments {};", Kernels: []string{"k"}}, []string{"not declared", "tables"}},
		{"no parameter struct", cuda.Text{Source: "extern \"C\" __global__ void k() {}", Kernels: []string{"k"}}, []string{"k_arguments"}},
		{"small member", cuda.Text{Source: "struct k_arguments { int n; };\n__global__ void k(const k_arguments a) {}", Kernels: []string{"k"}}, []string{"8 bytes"}},
		{"constant of int", cuda.Text{Source: "__constant__ int c[4];", Constants: []string{"c"}}, []string{"shim_array"}},
		{"undefined function", cuda.Text{Source: "extern \"C\" double nowhere(double);\nstruct k_arguments { double *x; };\n" +
			"__global__ void k(const k_arguments a) { *a.x = nowhere(*a.x); }", Kernels: []string{"k"}}, []string{"nowhere"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := d.Load(c.text)
			if err == nil {
				check(t, s.Close())
			}
			wants(t, err, nil, c.parts...)
			var refused *cuda.CompileError
			if !errors.As(err, &refused) {
				t.Errorf("%T is not a *CompileError", err)
			}
		})
	}
	_, err := d.Load(cuda.Text{Kernels: []string{"k(); evil"}})
	wants(t, err, nil, "evil")
	load(t, d, saxpy) // it is not lost
}

// TestMistakes: each makes an error at once, which is the stream's for good and not the device's.
func TestMistakes(t *testing.T) {
	d := open(t, Options{})
	arguments := []uint64{0, 0, 0}
	for _, c := range []struct {
		name string
		do   func(s cuda.Stream, at cuda.Address) error // at has 64 bytes
		part string
	}{
		{"unknown kernel", func(s cuda.Stream, _ cuda.Address) error { return s.Launch("daxpy", 1, 32, arguments) }, `"daxpy"`},
		{"arguments", func(s cuda.Stream, _ cuda.Address) error { return s.Launch("saxpy", 1, 32, arguments[:2]) }, "3 arguments, not 2"},
		{"no block", func(s cuda.Stream, _ cuda.Address) error { return s.Launch("saxpy", 0, 32, arguments) }, "0 blocks"},
		{"half a warp", func(s cuda.Stream, _ cuda.Address) error { return s.Launch("saxpy", 1, 48, arguments) }, "48 threads"},
		{"large block", func(s cuda.Stream, _ cuda.Address) error { return s.Launch("saxpy", 1, 2048, arguments) }, "2048 threads"},
		{"unknown constant", func(s cuda.Stream, _ cuda.Address) error { return s.SetConstant("c", 0, nil) }, `"c"`},
		{"long constant", func(s cuda.Stream, _ cuda.Address) error { return s.SetConstant("factor", 1, make([]float64, 2)) }, "factor has 2 numbers"},
		{"constant before", func(s cuda.Stream, _ cuda.Address) error { return s.SetConstant("factor", -1, make([]float64, 1)) }, "from -1"},
		{"upload before", func(s cuda.Stream, at cuda.Address) error { return s.Upload(at-8, make([]float64, 1)) }, "an upload of 8 bytes"},
		{"upload behind", func(s cuda.Stream, at cuda.Address) error { return s.Upload(at+8, make([]float64, 8)) }, "an upload of 64 bytes"},
		{"bytes behind", func(s cuda.Stream, at cuda.Address) error { return s.UploadBytes(at, make([]byte, 65)) }, "65 bytes"},
		{"download behind", func(s cuda.Stream, at cuda.Address) error { return s.Download(make([]float64, 1), at+57) }, "a download of 8 bytes"},
		{"zeros behind", func(s cuda.Stream, at cuda.Address) error { return s.Zero(at, 65) }, "zeros of 65 bytes"},
		{"fewer than no zeros", func(s cuda.Stream, at cuda.Address) error { return s.Zero(at, -1) }, "-1 bytes"},
		{"no zeros' overflow", func(s cuda.Stream, at cuda.Address) error { return s.Zero(at+8, math.MaxInt64) }, "leaves the memory"},
		{"release inside", func(s cuda.Stream, at cuda.Address) error { return s.Release(at + 8) }, "to release"},
		{"nothing allocated", func(s cuda.Stream, _ cuda.Address) error { _, err := s.Alloc(0); return err }, "0 bytes"},
		{"fewer than nothing", func(s cuda.Stream, _ cuda.Address) error { _, err := s.Alloc(-8); return err }, "-8 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, d, saxpy)
			err := c.do(s, alloc(t, s, 64))
			wants(t, err, nil, c.part)
			if again := s.Wait(); again != err {
				t.Errorf("then Wait says %v", again)
			}
		})
	}
	if free, err := d.FreeMemory(); free != defaultMemory || err != nil {
		t.Errorf("%d bytes are free after all streams were closed, %v", free, err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Memory: -1}, {LoseAfter: -1}} {
		if _, err := New(o); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
	d := open(t, Options{Flags: []string{"-DFACTOR=2"}})
	text := saxpy
	text.Source = "#if FACTOR != 2\n#error the flag is not there\n#endif\n" + text.Source
	load(t, d, text)
	_, err := open(t, Options{}).Load(text)
	wants(t, err, nil, "the flag is not there")
}

func TestOutOfMemory(t *testing.T) {
	d := open(t, Options{Memory: 1000})
	one, two := load(t, d, saxpy), load(t, d, saxpy)
	at := alloc(t, one, 600)
	_, err := two.Alloc(401)
	wants(t, err, cuda.ErrMemory, "401", "400")
	alloc(t, two, 400) // the error is not for good
	if free, err := d.FreeMemory(); free != 0 || err != nil {
		t.Errorf("%d bytes are free, %v", free, err)
	}
	check(t, one.Release(at))
	alloc(t, two, 600)
	_, err = load(t, open(t, Options{}), saxpy).Alloc(largestAllocation + 1)
	wants(t, err, cuda.ErrMemory)
}

func TestLostDevice(t *testing.T) {
	d := open(t, Options{LoseAfter: 3})
	s, other := load(t, d, saxpy), load(t, d, saxpy)
	arguments := []uint64{0, 0, 0}
	check(t, s.Launch("saxpy", 1, 32, arguments))
	check(t, other.Launch("saxpy", 1, 32, arguments))
	check(t, s.Wait())
	check(t, s.Launch("saxpy", 1, 32, arguments))
	err := s.Wait()
	wants(t, err, cuda.ErrLost, "killed")
	wants(t, s.Zero(1, 1), cuda.ErrLost)
	wants(t, other.Wait(), cuda.ErrLost)
	_, err = d.Load(saxpy)
	wants(t, err, cuda.ErrLost)
	_, err = d.FreeMemory()
	wants(t, err, cuda.ErrLost)
	check(t, s.Close())
	check(t, s.Close())
	wants(t, s.Wait(), cuda.ErrLost)
}

func TestClosed(t *testing.T) {
	s := load(t, open(t, Options{}), saxpy)
	check(t, s.Close())
	if err := s.Wait(); err != errClosed {
		t.Errorf("Wait after Close: %v", err)
	}
}

// wrong has kernels that do what must not be done.
var wrong = cuda.Text{
	Source: `
struct poke_arguments { unsigned char *at; };
extern "C" __global__ void poke(const poke_arguments a) { *a.at = 1; }
struct leave_arguments { long long lane; };
extern "C" __global__ void leave(const leave_arguments a) {
    if (threadIdx.x == a.lane) return;
    __shfl_xor_sync(0xffffffffu, 1, 1);
}
struct divide_arguments { long long lane; };
extern "C" __global__ void divide(const divide_arguments a) {
    if (threadIdx.x == a.lane) __shfl_xor_sync(0xffffffffu, 1, 1);
    else __shfl_xor_sync(0xffffffffu, 1, 2);
}
struct partial_arguments { long long lanes; };
extern "C" __global__ void partial(const partial_arguments a) { __syncwarp((unsigned)a.lanes); }
struct far_arguments { long long mask; };
extern "C" __global__ void far(const far_arguments a) { __shfl_xor_sync(0xffffffffu, 1, (int)a.mask); }
static __device__ __noinline__ double deep(long long n) {
    volatile double x[512];
    x[n % 512] = n;
    return n > 0 ? deep(n - 1) + x[n % 512] : 0; // 4 KB a call
}
struct overflow_arguments { long long n; };
static double sink;
extern "C" __global__ void overflow(const overflow_arguments a) { if (threadIdx.x == 5) sink = deep(a.n); }`,
	Kernels: []string{"poke", "leave", "divide", "partial", "far", "overflow"},
}

func TestGuards(t *testing.T) {
	d := open(t, Options{})
	const bytes = 60
	for _, c := range []struct {
		name   string
		offset int64
		part   string
	}{{"behind", bytes, "0 bytes behind the end"}, {"far behind", bytes + 255, "255 bytes behind"}, {"before", -1, "1 bytes before"}, {"far before", -256, "256 bytes before"}} {
		for _, by := range []string{"Wait", "Release"} {
			t.Run(c.name+" by "+by, func(t *testing.T) {
				s := load(t, d, wrong)
				at, other := alloc(t, s, bytes), alloc(t, s, 8)
				check(t, s.Launch("poke", 1, 32, []uint64{uint64(at) + bytes - 1}))
				check(t, s.Wait())
				check(t, s.Launch("poke", 1, 32, []uint64{uint64(int64(at) + c.offset)}))
				check(t, s.Launch("leave", 1, 32, []uint64{32})) // not to blame
				var err error
				if by == "Wait" {
					err = s.Wait()
				} else {
					err = s.Release(other)
				}
				wants(t, err, nil, "poke", c.part, "60 bytes")
			})
		}
	}
}

func TestKernelsThatEndTheDevice(t *testing.T) {
	for _, c := range []struct {
		name, kernel string
		argument     uint64
		parts        []string
	}{
		{"lane 0 returns", "leave", 0, []string{"block 0, thread 1:", "returned"}},
		{"lane 9 returns", "leave", 9, []string{"thread 9:", "returned"}},
		{"lane 31 of the second warp returns", "leave", 63, []string{"thread 63:", "returned"}},
		{"shuffles of lane 0", "divide", 0, []string{"thread 1:", "another shuffle"}},
		{"shuffles of lane 40", "divide", 40, []string{"thread 40:", "another shuffle"}},
		{"half a warp", "partial", 0xffff, []string{"thread 0:", "32 lanes"}},
		{"lane 32", "far", 32, []string{"outside 0 to 31"}},
		{"lane -1", "far", math.MaxUint64, []string{"outside 0 to 31"}},
		{"no memory", "poke", 8, []string{"kernel poke", "thread 0:", "0x8"}},
		{"no stack", "overflow", 70, []string{"kernel overflow", "thread 5:", "signal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, open(t, Options{}), wrong)
			check(t, s.Launch(c.kernel, 2, 64, []uint64{c.argument}))
			wants(t, s.Wait(), cuda.ErrLost, c.parts...)
		})
	}
}

func TestManyStreams(t *testing.T) {
	d := open(t, Options{})
	var group sync.WaitGroup
	for k := range 4 {
		s := load(t, d, saxpy)
		group.Go(func() {
			const n = 20000 // more than the pipes hold
			for range 3 {
				at, err := s.Alloc(16 * n)
				if err != nil {
					t.Error(err)
					return
				}
				got := make([]float64, n)
				err = errors.Join(s.SetConstant("factor", 1, []float64{float64(k)}), s.Upload(at, numbers(n)), s.Zero(at+8*n, 8*n),
					s.Launch("saxpy", (n+255)/256, 256, []uint64{uint64(at), uint64(at) + 8*n, n}), s.Download(got, at+8*n), s.Wait(), s.Release(at))
				if err != nil {
					t.Error(err)
					return
				}
				for i, v := range got {
					if want := float64(k) * number(i); v != want {
						t.Errorf("stream %d: number %d is %v, want %v", k, i, v, want)
						return
					}
				}
			}
		})
	}
	group.Wait()
}

// TestCompiler: without a compiler there is no device, and the error says of each what is wrong.
func TestCompiler(t *testing.T) {
	open(t, Options{}) // skips where there is none anyway
	t.Setenv("PATH", t.TempDir())
	if _, err := Compiler(); !errors.Is(err, ErrNoCompiler) {
		t.Errorf("without a PATH: %v", err)
	}
	shell := os.Getenv("PATH")
	check(t, os.Symlink("/bin/sh", filepath.Join(shell, "sh")))
	t.Setenv("CXX", "no-such-compiler -O1")
	_, err := New(Options{})
	if !errors.Is(err, ErrNoCompiler) || !strings.Contains(err.Error(), "no-such-compiler -O1: ") || !strings.Contains(err.Error(), "clang++: ") {
		t.Errorf("without compilers: %v", err)
	}
}
