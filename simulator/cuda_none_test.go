//go:build !nbcuda

package simulator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/simulator"
)

// TestCUDANotBuilt: a program without CUDA in it says how to build one with it.
func TestCUDANotBuilt(t *testing.T) {
	_, err := small().try(simulator.On(simulator.GPU(0)))
	if !errors.Is(err, cuda.ErrNotBuilt) || !strings.Contains(err.Error(), "-tags nbcuda") || !strings.HasPrefix(err.Error(), "simulator: ") {
		t.Errorf("error %v", err)
	}
}
