package simulator

import (
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// Deviating makes some of the reference program's deviations.
func Deviating(d nanobragg.Deviations) Option {
	return func(s *settings) error {
		s.deviations = d
		return nil
	}
}

// OnDevices is CUDA for devices that a test has opened.
func OnDevices(list ...cuda.Device) Option {
	return func(s *settings) error {
		s.devices = list
		s.compiled, s.chosen = true, true
		return nil
	}
}

// Launches sets how many pixels a launch does at most, and how many threads it should have; 0 is what CUDA chooses.
func Launches(pixels, threads int) Option {
	return func(s *settings) error {
		s.cuda.Batch, s.cuda.Threads = pixels, threads
		return nil
	}
}
