package simulator

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// CUDA has a simulator compute on an NVIDIA GPU, or share the pixels between several, by their numbers. Programs are the
// same as on the processor, compiled to CUDA C, in float64 (see Mixed): an image has the same bits but for the order in
// which the steps of a pixel are summed where few pixels share many threads; sums over pixels, gradients among them, agree
// to some 1e-13 of their terms and have the same bits in every run and for any number of GPUs.
//
// The program must be built for it (README, "On a GPU"). Where it was not, where there is no such GPU or no driver, New
// returns an error that says so. CUDA wins over the guard.
func CUDA(device int, more ...int) Option {
	return func(s *settings) error {
		numbers := append([]int{device}, more...)
		for i, n := range numbers {
			if slices.Contains(numbers[:i], n) {
				return fmt.Errorf("simulator: CUDA device %d is named twice", n)
			}
		}
		s.devices = nil
		for _, n := range numbers {
			d, err := cuda.Open(n)
			if err != nil {
				return fmt.Errorf("simulator: %w", err)
			}
			s.devices = append(s.devices, d)
		}
		s.compiled, s.chosen = true, true
		return nil
	}
}

// Mixed has GPUs evaluate the polynomials of lattice sums and exponentials in float32; phases, positions and sums stay
// float64. Intensities are within about 1e-6 of the largest (docs/cuda.md has what was measured). It is for CUDA alone:
// without it, New says so.
func Mixed() Option {
	return func(s *settings) error {
		s.cuda.Mixed = true
		return nil
	}
}

// checkDevices finds options that make no sense with, or without, GPUs.
func (s *settings) checkDevices() error {
	switch {
	case len(s.devices) == 0 && s.cuda.Mixed:
		return fmt.Errorf("simulator: Mixed has no meaning without CUDA: the processor computes in float64 alone")
	case len(s.devices) == 0:
		return nil
	case !s.compiled:
		return fmt.Errorf("simulator: CUDA and Uncompiled exclude each other: GPUs run compiled programs")
	case s.compile.Backend != kernel.Auto:
		return fmt.Errorf("simulator: CUDA and Kernels(%q) exclude each other: those are the processor's", s.compile.Backend)
	}
	return nil
}

// useDevices makes the simulator's set of GPUs. The detector's coordinates of pixels stay on them, as long as they are its
// own: nobody writes into those, but into what Set may have put in their place.
func (s *Simulator) useDevices() error {
	if len(s.settings.devices) == 0 {
		return nil
	}
	own := map[*G.Node]G.Value{}
	for _, n := range s.detector.PixelLeaves() {
		own[n] = n.Value()
	}
	var err error
	s.devices, err = cuda.Use(func(leaf *expr.Node) bool {
		n := node.Of(leaf)
		return own[n] != nil && own[n] == n.Value()
	}, s.settings.devices...)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	return nil
}
