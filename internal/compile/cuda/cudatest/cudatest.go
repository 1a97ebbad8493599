// Package cudatest gives tests a GPU to compute on, or what stands in for one.
package cudatest

import (
	"errors"
	"os"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/compile/cuda/shim"
	"github.com/gobragg/gobragg/internal/longtest"
)

// Device is GPU 0 where the program was built for GPUs and the machine has one, else a stand-in.
// Where there is neither, the test is skipped.
func Device(t testing.TB) cuda.Device {
	t.Helper()
	if d := GPU(t); d != nil {
		return d
	}
	return StandIn(t, shim.Options{})
}

// Large is [Device] for a test that compiles many kernels. What stands in for a GPU takes half a second of processor time for
// each, so that there the test is skipped, unless GOBRAGG_STANDIN is set, as in .ci/run.
func Large(t testing.TB) cuda.Device {
	t.Helper()
	if d := GPU(t); d != nil {
		return d
	}
	if os.Getenv("GOBRAGG_STANDIN") == "" {
		t.Skip("!!! NOT RUN: many kernels, on what stands in for a GPU; set GOBRAGG_STANDIN=1, as .ci/run does !!!")
	}
	return StandIn(t, shim.Options{})
}

// GPU is GPU 0, nil where the program was not built for GPUs or the machine has none. One that is
// there and does not open fails the test.
func GPU(t testing.TB) cuda.Device {
	t.Helper()
	d, err := cuda.Open(0)
	switch {
	case err == nil:
		return d
	case errors.Is(err, cuda.ErrNotBuilt), errors.Is(err, cuda.ErrNoDevice):
		return nil
	}
	t.Fatal(err)
	return nil
}

// All reports whether a test tries all of its cases. On a GPU it does. What stands in for one compiles
// each kernel in half a second of processor time, so that there it tries some, unless GOBRAGG_LONG is set
// ([longtest.All]).
func All(t testing.TB) bool {
	t.Helper()
	return GPU(t) != nil || longtest.All(t, "most kernels, on what stands in for a GPU")
}

// StandIn is what stands in for a GPU of some properties. Where there is no compiler for its
// kernels, the test is skipped.
func StandIn(t testing.TB, o shim.Options) cuda.Device {
	t.Helper()
	d, err := shim.New(o)
	if errors.Is(err, shim.ErrNoCompiler) {
		t.Skipf("!!! NOT RUN: kernels for GPUs are tested on a GPU or with a C++ compiler: %v !!!", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}
