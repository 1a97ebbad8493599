package cuda

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// Program is a plan whose sweeps run on devices. It is immutable but for what it keeps on the devices: any number of runs
// may use it at once.
type Program struct {
	plan    *tape.Batches
	source  *compile.CUDASource
	devices *Devices
	idle    *lanes
}

var _ tape.Engine = (*Program)(nil)

// Compile prints a plan for the devices. Where a sweep cannot be printed, the error says why, and the plan can still run
// elsewhere. The devices' own compiler sees the kernels at the first run.
func Compile(plan *tape.Batches, devices *Devices, options compile.CUDAOptions) (*Program, error) {
	source, err := compile.CUDA(plan, options)
	if err != nil {
		return nil, err
	}
	p := &Program{plan: plan, source: source, devices: devices, idle: &lanes{}}
	// A simulator that nobody uses any more leaves nothing on a device.
	runtime.AddCleanup(p, func(l *lanes) { _ = l.close() }, p.idle)
	return p, nil
}

// String is the CUDA C of the sweeps.
func (p *Program) String() string {
	var out string
	for k, s := range p.source.Sweeps {
		if s != nil {
			out += fmt.Sprintf("// sweep %d\n%s\n", k, s.Source)
		}
	}
	return out
}

// Batch is how many pixels a launch does.
func (p *Program) Batch() int { return p.source.Batch }

// workersPerDevice is how many batches are under way on a device: while one computes, another is copied.
const workersPerDevice = 2

// Workers is how many goroutines keep the devices busy.
func (p *Program) Workers() int {
	batches := (p.plan.Pixels() + p.source.Batch - 1) / p.source.Batch
	return min(batches, workersPerDevice*len(p.devices.list))
}

// Bytes is the memory of the host that a worker takes.
func (p *Program) Bytes() int64 {
	var n int64
	for _, s := range p.source.Sweeps {
		if s == nil {
			continue
		}
		bytes := 8 * int64(s.Constants+s.Far+2*s.Rows)
		for _, t := range s.Scatters {
			bytes += 16 * int64(t.Cells)
		}
		n = max(n, bytes)
	}
	return n
}

// Worker takes a stream on the device that has least to do, and gives it the numbers that do not change within a sweep.
func (p *Program) Worker(sweep int, shared []expr.Array) (tape.Worker, error) {
	at := p.devices.take()
	w, err := p.worker(at, sweep, shared)
	if err != nil {
		p.devices.giveBack(at)
		return nil, fmt.Errorf("cuda: %s: %w", p.devices.list[at], err)
	}
	return w, nil
}

func (p *Program) worker(at, sweep int, shared []expr.Array) (*worker, error) {
	s := p.source.Sweeps[sweep]
	l := p.idle.take(at, sweep)
	if l == nil {
		stream, err := p.devices.list[at].Load(Text{Source: s.Source,
			Kernels:   []string{compile.CUDAKernelSweep, compile.CUDAKernelFold, compile.CUDAKernelTotal},
			Constants: []string{compile.CUDAConstants}})
		if err != nil {
			return nil, err
		}
		l = &lane{device: at, sweep: sweep, stream: stream, buffers: map[string]buffer{}}
	}
	w := newWorker(p, s, l, shared)
	if err := w.begin(); err != nil {
		return nil, firstError(err, l.close())
	}
	return w, nil
}

// firstError is the first of some errors, the cause of those that follow it.
func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// lane is a stream with the memory that a sweep needs on a device. It belongs to one worker at a time.
type lane struct {
	device, sweep int
	stream        Stream
	buffers       map[string]buffer
}

type buffer struct {
	at    Address
	bytes int64
}

// buffer is memory by the name of what is in it, as large as asked for at least. fresh tells that its contents are gone.
func (l *lane) buffer(name string, bytes int64) (at Address, fresh bool, err error) {
	bytes = max(bytes, 8)
	b, ok := l.buffers[name]
	if ok && b.bytes >= bytes {
		return b.at, false, nil
	}
	if ok {
		delete(l.buffers, name)
		if err := l.stream.Release(b.at); err != nil {
			return 0, false, err
		}
	}
	if at, err = l.stream.Alloc(bytes); err != nil {
		return 0, false, err
	}
	l.buffers[name] = buffer{at, bytes}
	return at, true, nil
}

func (l *lane) close() error { return l.stream.Close() }

// lanes are those that no worker has.
type lanes struct {
	mu   sync.Mutex
	list []*lane
}

func (s *lanes) take(device, sweep int) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, l := range s.list {
		if l.device == device && l.sweep == sweep {
			s.list = slices.Delete(s.list, i, i+1)
			return l
		}
	}
	return nil
}

func (s *lanes) put(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, l)
}

func (s *lanes) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, l := range s.list {
		errs = append(errs, l.close())
	}
	s.list = nil
	return firstError(errs...)
}
