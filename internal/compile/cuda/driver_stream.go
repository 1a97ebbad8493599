//go:build nbcuda && cgo && linux && (amd64 || arm64)

package cuda

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"gorgonia.org/cu"
)

// do calls f in the stream's context, unless the stream has already failed.
func (s *driverStream) do(what string, f func() error) error {
	switch {
	case s.err != nil:
		return s.err
	case s.closed:
		return fmt.Errorf("%s: %s: the stream is closed", s.device, what)
	}
	err := inContext(s.context, f)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %s: %w", s.device, what, err)
	if !errors.Is(err, ErrMemory) {
		s.err = err
	}
	s.device.forget(s.context, err)
	return err
}

func (s *driverStream) Alloc(bytes int64) (Address, error) {
	var at cu.DevicePtr
	err := s.do("taking memory", func() (err error) {
		if bytes < 0 {
			return fmt.Errorf("%d bytes", bytes)
		}
		// The driver does not allocate 0 bytes.
		if at, err = cu.MemAlloc(max(bytes, 1)); err != nil {
			return failed(fmt.Sprintf("%d bytes", bytes), err)
		}
		s.memory[at] = true
		return nil
	})
	return Address(at), err
}

func (s *driverStream) Release(at Address) error {
	return s.do("releasing memory", func() error {
		pointer := cu.DevicePtr(at)
		if !s.memory[pointer] {
			return fmt.Errorf("no memory of this stream is at %v", pointer)
		}
		// Queued work may still use the memory.
		if err := s.finish(); err != nil {
			return err
		}
		delete(s.memory, pointer)
		return failed("memory", cu.MemFree(pointer))
	})
}

func (s *driverStream) SetConstant(name string, at int, data []float64) error {
	return s.do("setting constants", func() error {
		c, found := s.constants[name]
		switch {
		case !found:
			return fmt.Errorf("the kernels have no constants %q", name)
		case at < 0 || at > c.count || len(data) > c.count-at:
			return fmt.Errorf("%d numbers from element %d on do not fit into %s, which has %d", len(data), at, name, c.count)
		}
		return s.upload(c.at+cu.DevicePtr(8*at), bytesOf(data))
	})
}

func (s *driverStream) Upload(to Address, data []float64) error {
	return s.UploadBytes(to, bytesOf(data))
}

func (s *driverStream) UploadBytes(to Address, data []byte) error {
	return s.do("uploading", func() error { return s.upload(cu.DevicePtr(to), data) })
}

func (s *driverStream) Download(data []float64, from Address) error {
	return s.do("downloading", func() error { return s.download(bytesOf(data), cu.DevicePtr(from)) })
}

func (s *driverStream) Zero(at Address, bytes int64) error {
	return s.do("clearing memory", func() error {
		switch {
		case bytes < 0:
			return fmt.Errorf("%d bytes", bytes)
		case bytes == 0:
			return nil
		}
		return failed(fmt.Sprintf("%d bytes", bytes), cu.MemsetD8Async(cu.DevicePtr(at), 0, bytes, s.queue))
	})
}

func (s *driverStream) Launch(kernel string, blocks, threads int, arguments []uint64) error {
	return s.do("launching "+kernel, func() error {
		function, found := s.kernels[kernel]
		switch {
		case !found:
			return errors.New("there is no such kernel")
		case blocks < 1 || blocks > math.MaxInt32 || threads < 1 || threads > math.MaxInt32:
			return fmt.Errorf("%d blocks of %d threads", blocks, threads)
		}
		// The binding takes pointers to parameters of 8 bytes each and lays out their values
		// contiguously. The driver reads only the first parameter, but as many bytes as the
		// kernel's struct has, so all members.
		if len(arguments) == 0 {
			arguments = []uint64{0}
		}
		members := make([]unsafe.Pointer, len(arguments))
		for i := range arguments {
			members[i] = unsafe.Pointer(&arguments[i])
		}
		what := fmt.Sprintf("%d blocks of %d threads", blocks, threads)
		return failed(what, function.Launch(blocks, 1, 1, threads, 1, 1, 0, s.queue, members))
	})
}

func (s *driverStream) Wait() error { return s.do("waiting", s.finish) }
