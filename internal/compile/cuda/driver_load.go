//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"fmt"

	"gorgonia.org/cu"
)

// driverStream is a stream of a device with a module of its own, and so with its own __constant__
// arrays.
type driverStream struct {
	device    *device
	context   cu.CUContext
	closed    bool
	err       error // the first error, returned by every later call
	queue     cu.Stream
	module    cu.Module
	kernels   map[string]cu.Function
	constants map[string]constant
	memory    map[cu.DevicePtr]bool
	staging   staging
}

// constant is a __constant__ array of numbers.
type constant struct {
	at    cu.DevicePtr
	count int
}

func (d *device) Load(text Text) (Stream, error) {
	ptx, err := compiledFor(text, d)
	if err != nil {
		return nil, err
	}
	context, err := d.retain()
	if err != nil {
		return nil, err
	}
	s := &driverStream{device: d, context: context, memory: map[cu.DevicePtr]bool{}}
	if err := s.do("loading the kernels", func() error { return s.load(text, ptx) }); err != nil {
		s.err = err // so that Close does not report its consequences
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *driverStream) load(text Text, ptx string) (err error) {
	var none cu.Module
	if s.module, err = cu.LoadData(ptx); err != nil {
		s.module = none
		return failed("the module", err)
	}
	s.kernels = make(map[string]cu.Function, len(text.Kernels))
	for _, name := range text.Kernels {
		if s.kernels[name], err = s.module.Function(name); err != nil {
			return failed("the kernel "+name, err)
		}
	}
	s.constants = make(map[string]constant, len(text.Constants))
	for _, name := range text.Constants {
		at, bytes, err := s.module.Global(name)
		if err != nil {
			return failed("the constants "+name, err)
		}
		s.constants[name] = constant{at, int(bytes / 8)}
	}
	s.queue, err = cu.MakeStream(cu.NonBlocking)
	return failed("a stream", err)
}

// Close waits for queued work and frees everything that the stream has.
func (s *driverStream) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	note(inContext(s.context, func() error {
		if s.queue != (cu.Stream{}) {
			note(failed("waiting for the device", s.queue.Synchronize()))
			note(failed("a stream", s.queue.Destroy()))
		}
		for at := range s.memory {
			note(failed("releasing memory", cu.MemFree(at)))
		}
		note(s.staging.abandon())
		if s.module != (cu.Module{}) {
			note(failed("the module", s.module.Unload()))
		}
		return nil
	}))
	note(s.device.release())
	s.memory = nil
	if first == nil {
		return nil
	}
	first = fmt.Errorf("%s: closing: %w", s.device, first)
	s.device.forget(s.context, first)
	if s.err != nil {
		return nil // the error was returned before
	}
	s.err = first
	return first
}
