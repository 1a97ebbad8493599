package shim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

func (s *stream) Alloc(bytes int64) (cuda.Address, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	if bytes <= 0 {
		return 0, s.refuse("%d bytes cannot be allocated", bytes)
	}
	at, err := s.device.take(s, bytes)
	if err != nil {
		return 0, err
	}
	got, err := s.allocate(uint64(at), uint64(bytes))
	if err != nil {
		s.device.giveBack(at)
		return 0, s.failed(err)
	}
	if got == 0 {
		s.device.giveBack(at)
		return 0, fmt.Errorf("cuda: %s: %w: the machine has no %d bytes", s.device, cuda.ErrMemory, bytes)
	}
	s.memory[at] = bytes
	return at, nil
}

func (s *stream) allocate(at, bytes uint64) (uint64, error) {
	if err := s.process.send(commandAllocate, at, bytes, 0); err != nil {
		return 0, err
	}
	if err := s.process.answer(); err != nil {
		return 0, err
	}
	return s.process.answered()
}

func (s *stream) Release(at cuda.Address) error {
	if err := s.ready(); err != nil {
		return err
	}
	if _, ok := s.memory[at]; !ok {
		return s.refuse("there is no memory at %#x to release", uint64(at))
	}
	if err := s.flush(); err != nil {
		return err
	}
	err := s.process.send(commandRelease, uint64(at), 0, 0)
	if err == nil {
		err = s.process.answer()
	}
	if err != nil {
		return s.failed(err)
	}
	delete(s.memory, at)
	s.device.giveBack(at)
	return nil
}

// inside checks that a range lies in one allocation.
func (s *stream) inside(what string, at cuda.Address, bytes int64) error {
	if err := s.ready(); err != nil {
		return err
	}
	for low, size := range s.memory {
		if at >= low && at-low <= cuda.Address(size) && bytes >= 0 && bytes <= size-int64(at-low) {
			return nil
		}
	}
	return s.refuse("%s of %d bytes at %#x leaves the memory that was allocated", what, bytes, uint64(at))
}

func (s *stream) SetConstant(name string, at int, data []float64) error {
	if err := s.ready(); err != nil {
		return err
	}
	k := slices.Index(s.text.Constants, name)
	if k < 0 {
		return s.refuse("there is no constant %q", name)
	}
	if at < 0 || uint64(at)+uint64(len(data)) > s.counts[k] {
		return s.refuse("constant %s has %d numbers: %d from %d on cannot be set", name, s.counts[k], len(data), at)
	}
	data = slices.Clone(data)
	return s.later(func(p *process) error {
		if err := p.send(commandConstant, uint64(k), uint64(at), uint64(len(data))); err != nil {
			return err
		}
		return p.floats(data)
	})
}

func (s *stream) Upload(to cuda.Address, data []float64) error {
	if err := s.inside("an upload", to, 8*int64(len(data))); err != nil {
		return err
	}
	return s.later(func(p *process) error {
		if err := p.send(commandUpload, uint64(to), 8*uint64(len(data)), 0); err != nil {
			return err
		}
		return p.floats(data)
	})
}

func (s *stream) UploadBytes(to cuda.Address, data []byte) error {
	if err := s.inside("an upload", to, int64(len(data))); err != nil {
		return err
	}
	return s.later(func(p *process) error {
		if err := p.send(commandUpload, uint64(to), uint64(len(data)), 0); err != nil {
			return err
		}
		_, err := p.in.Write(data)
		return err
	})
}

func (s *stream) Download(data []float64, from cuda.Address) error {
	if err := s.inside("a download", from, 8*int64(len(data))); err != nil {
		return err
	}
	for i := range data {
		data[i] = math.NaN() // until Wait
	}
	return s.later(func(p *process) error {
		if err := p.send(commandDownload, uint64(from), 8*uint64(len(data)), 0); err != nil {
			return err
		}
		if err := p.answer(); err != nil {
			return err
		}
		return p.answeredFloats(data)
	})
}

func (s *stream) Zero(at cuda.Address, bytes int64) error {
	if err := s.inside("zeros", at, bytes); err != nil {
		return err
	}
	return s.later(func(p *process) error { return p.send(commandZero, uint64(at), uint64(bytes), 0) })
}

// largestGrid and largestBlock are CUDA's.
const (
	largestGrid  = 1<<31 - 1
	largestBlock = 1024
)

func (s *stream) Launch(kernel string, blocks, threads int, arguments []uint64) error {
	if err := s.ready(); err != nil {
		return err
	}
	k := slices.Index(s.text.Kernels, kernel)
	switch {
	case k < 0:
		return s.refuse("there is no kernel %q", kernel)
	case blocks < 1 || blocks > largestGrid || threads < 32 || threads > largestBlock || threads%32 != 0:
		return s.refuse("kernel %s cannot have %d blocks of %d threads", kernel, blocks, threads)
	case uint64(len(arguments)) != s.arguments[k]:
		return s.refuse("kernel %s takes %d arguments, not %d", kernel, s.arguments[k], len(arguments))
	case s.device.launch():
		return s.later(func(p *process) error { return errors.New("this launch is the last") })
	}
	s.borrow(arguments)
	arguments = slices.Clone(arguments)
	return s.later(func(p *process) error {
		if err := p.send(commandLaunch, uint64(k), uint64(blocks), uint64(threads)); err != nil {
			return err
		}
		for _, a := range arguments {
			if err := p.number(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// borrow gives the process the memory of other streams that arguments point to, and takes from it
// what these have released.
func (s *stream) borrow(arguments []uint64) {
	for at := range s.borrowed {
		if _, ok := s.device.others(s, at); !ok {
			delete(s.borrowed, at)
			_ = s.later(func(p *process) error { return p.send(commandUnborrow, uint64(at), 0, 0) }) // later has no error
		}
	}
	for _, a := range arguments {
		if m, ok := s.device.others(s, cuda.Address(a)); ok && !s.borrowed[m.at] {
			s.borrowed[m.at] = true
			_ = s.later(func(p *process) error { return p.send(commandBorrow, uint64(m.at), uint64(m.bytes), 0) })
		}
	}
}
