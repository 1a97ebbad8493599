package shim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/compile/cuda"
)

// stream is a process that runs the kernels of a text. What does not answer is queued, and done at
// Wait.
type stream struct {
	device    *Device
	process   *process
	text      cuda.Text
	arguments []uint64 // of each kernel, how many
	counts    []uint64 // of each constant, how many numbers
	memory    map[cuda.Address]int64
	borrowed  map[cuda.Address]bool // memory of other streams that its process has
	queue     []func(*process) error
	err       error // the first
}

var errClosed = errors.New("cuda: the stream is closed")

// start runs a text's shared object.
func (d *Device) start(text cuda.Text, object string) (*stream, error) {
	folder, err := folder()
	if err != nil {
		return nil, err
	}
	p, err := startProcess(d.server, object, folder)
	if err != nil {
		return nil, fmt.Errorf("cuda: %s: %w", d, err)
	}
	text.Kernels, text.Constants = slices.Clone(text.Kernels), slices.Clone(text.Constants)
	s := &stream{device: d, process: p, text: text, memory: map[cuda.Address]int64{}, borrowed: map[cuda.Address]bool{}}
	s.arguments = make([]uint64, len(text.Kernels))
	s.counts = make([]uint64, len(text.Constants))
	err = p.answer()
	for _, table := range [][]uint64{s.arguments, s.counts} {
		for i := 0; i < len(table) && err == nil; i++ {
			table[i], err = p.answered()
		}
	}
	if refused := refusal(""); errors.As(err, &refused) {
		p.end()
		return nil, &cuda.CompileError{Device: d.String(), Log: string(refused)}
	}
	if err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

// ready is nil, or the stream's error.
func (s *stream) ready() error {
	if s.err == nil {
		s.err = s.device.state()
	}
	return s.err
}

// failed makes an error the stream's. One of the pipes means that the process has died.
func (s *stream) failed(err error) error {
	var refused refusal
	if errors.As(err, &refused) {
		return s.refuse("%s", string(refused))
	}
	if s.err == nil {
		s.err = s.device.lose(s.process.end())
		s.process = nil
	}
	return s.err
}

// refuse makes what a caller did wrong the stream's error.
func (s *stream) refuse(format string, values ...any) error {
	s.err = fmt.Errorf("cuda: %s: %s", s.device, fmt.Sprintf(format, values...))
	return s.err
}

// later queues what is done at Wait.
func (s *stream) later(do func(*process) error) error {
	s.queue = append(s.queue, do)
	return nil
}

// flush does what is queued.
func (s *stream) flush() error {
	queue := s.queue
	s.queue = nil
	for _, do := range queue {
		if err := do(s.process); err != nil {
			return s.failed(err)
		}
	}
	return nil
}

func (s *stream) Wait() error {
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	err := s.process.send(commandWait, 0, 0, 0)
	if err == nil {
		err = s.process.answer()
	}
	if err != nil {
		return s.failed(err)
	}
	return nil
}

// Close ends the process. What is still queued is not done.
func (s *stream) Close() error {
	if s.process != nil {
		s.process.end()
		s.process = nil
	}
	for at := range s.memory {
		s.device.giveBack(at)
	}
	clear(s.memory)
	s.queue = nil
	if s.err == nil {
		s.err = errClosed
	}
	return nil
}
