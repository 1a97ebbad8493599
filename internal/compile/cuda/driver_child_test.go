//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/fake"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
)

// The driver is loaded once a process, so each test that needs another environment runs as a
// process of its own.

const childVariable = "GOBRAGG_TEST_CHILD"

// fakeFolder has the fake driver, "" where no test has asked for it.
var fakeFolder string

var buildFake = sync.OnceValues(func() ([]string, error) {
	var err error
	if fakeFolder, err = os.MkdirTemp("", "gobragg-fake-"); err != nil {
		return nil, err
	}
	return fake.Build(fakeFolder)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if fakeFolder != "" {
		if err := os.RemoveAll(fakeFolder); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// child runs the rest of the test in a process of its own, with an environment added. It returns
// false there, and true in the parent, when that process is done.
func child(t *testing.T, environment ...string) bool {
	t.Helper()
	if os.Getenv(childVariable) == t.Name() {
		return false
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), append(environment, childVariable+"="+t.Name())...)
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case !strings.Contains(string(out), "--- PASS: "+t.Name()) && !strings.Contains(string(out), "--- SKIP: "+t.Name()):
		t.Fatalf("the test did not run:\n%s", out)
	}
	t.Logf("%s", out)
	return true
}

// onDriver is child with the real driver where there is one, and the fake one elsewhere.
func onDriver(t *testing.T) bool {
	t.Helper()
	if os.Getenv(childVariable) == t.Name() {
		return false
	}
	if _, err := cuda.Count(); err == nil {
		return child(t, "XDG_CACHE_HOME="+t.TempDir())
	}
	return onFake(t)
}

// onFake is child with the fake driver.
func onFake(t *testing.T, environment ...string) bool {
	t.Helper()
	if os.Getenv(childVariable) == t.Name() {
		return false
	}
	fakes, err := buildFake()
	if errors.Is(err, shim.ErrNoCompiler) {
		t.Skipf("!!! NOT RUN: %v", err)
	}
	check(t, err)
	return child(t, append(append(fakes, "XDG_CACHE_HOME="+t.TempDir()), environment...)...)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wrapped fails unless an error wraps another and says all that it should.
func wrapped(t testing.TB, err, target error, says ...string) {
	t.Helper()
	if err == nil || target != nil && !errors.Is(err, target) {
		t.Fatalf("error %v, want one that wraps %v", err, target)
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func open(t testing.TB, index int) cuda.Device {
	t.Helper()
	d, err := cuda.Open(index)
	check(t, err)
	return d
}

func load(t testing.TB, d cuda.Device, text cuda.Text) cuda.Stream {
	t.Helper()
	s, err := d.Load(text)
	check(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func alloc(t testing.TB, s cuda.Stream, bytes int64) cuda.Address {
	t.Helper()
	at, err := s.Alloc(bytes)
	check(t, err)
	return at
}

// saxpy is out = a·x + y, with a and a shift among the constants.
var saxpy = cuda.Text{
	Source: `
__constant__ double factors[2];
struct saxpy_arguments { const double *x; const double *y; double *out; long long n; };
extern "C" __global__ void saxpy(const saxpy_arguments a) {
    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < a.n) a.out[i] = factors[0] * a.x[i] + a.y[i] + factors[1];
}
`,
	Kernels:   []string{"saxpy"},
	Constants: []string{"factors"},
}

// runSaxpy checks a·x + y + shift for n numbers.
func runSaxpy(s cuda.Stream, n int, a, shift float64) error {
	x, y, out := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = float64(i%1000), float64(i%77)
	}
	var at [3]cuda.Address
	for i := range at {
		var err error
		if at[i], err = s.Alloc(8 * int64(n)); err != nil {
			return err
		}
	}
	err := errors.Join(
		s.SetConstant("factors", 1, []float64{shift}),
		s.SetConstant("factors", 0, []float64{a}),
		s.Upload(at[0], x), s.Upload(at[1], y),
		s.Launch("saxpy", (n+127)/128, 128, []uint64{uint64(at[0]), uint64(at[1]), uint64(at[2]), uint64(n)}),
		s.Download(out, at[2]),
		s.Wait(),
	)
	if err != nil {
		return err
	}
	for i := range out {
		if want := a*x[i] + y[i] + shift; out[i] != want { // whole numbers: exact
			return fmt.Errorf("number %d is %v, want %v", i, out[i], want)
		}
	}
	for _, a := range at {
		err = errors.Join(err, s.Release(a))
	}
	return err
}
