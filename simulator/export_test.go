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

// OnDevices is GPU for devices that a test has opened.
func OnDevices(list ...cuda.Device) Option { return On(Devices(list)) }

// Devices is an executor for devices that a test has opened.
type Devices []cuda.Device

func (Devices) String() string { return "devices" }

// Compiled is true.
func (Devices) Compiled() bool { return true }

func (d Devices) find() (machine, error) { return machine{executor: d, devices: d}, nil }

// Mixed is GPUs.Mixed for devices that a test has opened.
func Mixed() Option {
	return func(s *settings) error {
		s.on.cuda.Mixed = true
		return nil
	}
}

// Launches sets how many pixels a launch does at most, and how many threads it should have; 0 is the default.
func Launches(pixels, threads int) Option {
	return func(s *settings) error {
		s.on.cuda.Batch, s.on.cuda.Threads = pixels, threads
		return nil
	}
}

// Pairs is the number of pairs of a closed form.
func Pairs(s *Simulator) int { return s.elements() }
