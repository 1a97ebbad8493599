package simulator

import (
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
)

// TestKernelsUnavailable takes the processor's abilities away: the error names the kernels as the caller does.
func TestKernelsUnavailable(t *testing.T) {
	defer func(old func(kernel.Backend) bool) { available = old }(available)
	available = func(kernel.Backend) bool { return false }
	for name := range kernelNames {
		err := On(name)(&settings{})
		if want := "simulator: this machine cannot run " + string(name) + " kernels"; err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}
