package cuda

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Program is a plan whose sweeps run on devices. It is immutable, except for the memory that it
// keeps on the devices, and any number of runs may use it at once.
type Program struct {
	plan    *plan.Plan
	source  *Source
	devices *Devices
}

var _ plan.Engine = (*Program)(nil)

// String returns the CUDA C of the sweeps.
func (p *Program) String() string {
	var out string
	for k, s := range p.source.Sweeps {
		if s != nil {
			out += fmt.Sprintf("// sweep %d\n%s\n", k, s.Source)
		}
	}
	return out
}

// Batch returns the number of pixels in a launch.
func (p *Program) Batch() int { return p.source.Batch }

// workersPerDevice is the number of batches in progress on a device: while one computes, another is
// copied.
const workersPerDevice = 2

// Workers returns the number of goroutines that keep the devices busy.
func (p *Program) Workers() int {
	batches := (p.plan.Pixels() + p.source.Batch - 1) / p.source.Batch
	return min(batches, workersPerDevice*len(p.devices.list))
}

// Bytes returns the host memory that one worker takes.
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

// Worker takes a stream on the device with the fewest workers, and uploads the numbers that do not
// change within a sweep.
func (p *Program) Worker(sweep int, shared []expr.Array) (plan.Worker, error) {
	at := p.devices.take()
	w, err := p.worker(at, sweep, shared)
	if err != nil {
		p.devices.failed(at, err)
		p.devices.giveBack(at)
		return nil, err
	}
	return w, nil
}

func (p *Program) worker(at, sweep int, shared []expr.Array) (*worker, error) {
	s := p.source.Sweeps[sweep]
	l := p.devices.idle.take(p.source, at, sweep)
	if l == nil {
		text := Text{Source: s.Source,
			Kernels:   []string{KernelSweep, KernelFold, KernelTotal},
			Constants: []string{Constants}}
		l = &workspace{source: p.source, device: at, sweep: sweep, idle: p.devices.idle, buffers: map[string]buffer{}, far: make([]float64, s.Far)}
		err := l.idle.makingRoom(at, func() (err error) {
			l.stream, err = p.devices.list[at].Load(text)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	w := newWorker(p, s, l, shared)
	if err := w.begin(); err != nil {
		l.giveUp()
		return nil, err
	}
	return w, nil
}
