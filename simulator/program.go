package simulator

import (
	"fmt"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/tape"
)

// plan computes some nodes.
type plan struct {
	batches *tape.Batches
	program program // nil where the sweeps run on the tape
	why     error   // why they do though the simulator is compiled
	workers int     // as many as there is memory for
}

// program is a compiled plan, for the processor or for GPUs.
type program interface {
	tape.Engine
	fmt.Stringer  // a listing
	Bytes() int64 // of memory that a worker takes
}

var (
	_ program = (*compile.Program)(nil)
	_ program = (*cuda.Program)(nil)
)

// compileFor compiles a plan for what the simulator computes on, and tells how many workers that can use.
func (s *Simulator) compileFor(batches *tape.Batches) (program, int, error) {
	if s.devices == nil {
		p, err := compile.Compile(batches, s.settings.compile)
		if err != nil {
			return nil, 0, err
		}
		return p, s.settings.workers, nil
	}
	p, err := cuda.Compile(batches, s.devices, s.settings.cuda)
	if err != nil {
		return nil, 0, err
	}
	return p, p.Workers(), nil
}

func (s *Simulator) newPlan(roots []*G.Node) (*plan, error) {
	p := &plan{}
	var err error
	if p.batches, err = tape.NewBatches(s.isPixelLeaf, s.detector.Pixels(), roots...); err != nil {
		return nil, err
	}
	if s.settings.compiled {
		var most int
		if p.program, most, p.why = s.compileFor(p.batches); p.why == nil {
			if err := s.dumpListing(p.program); err != nil {
				return nil, err
			}
			p.workers = s.room(most, p.bytes)
			return p, s.fits(p.bytes(p.workers), p.batches.Breaks())
		}
	}
	// Batches are as large as one worker's may be, however many there are: the order of sums over pixels, and with it
	// their last bits, hangs on the batches.
	if err := p.batches.FitInto(s.settings.memory, 1); err != nil {
		return nil, err
	}
	p.workers = s.room(s.settings.workers, p.bytes)
	return p, nil
}

func (s *Simulator) dumpListing(p program) error {
	if s.settings.dump == nil {
		return nil
	}
	if _, err := fmt.Fprintln(s.settings.dump, p); err != nil {
		return fmt.Errorf("the dump of a program: %w", err)
	}
	return nil
}

// bytes is the memory that a run with a number of workers takes.
func (p *plan) bytes(workers int) int64 {
	if p.program != nil {
		return p.batches.SharedBytes() + int64(workers)*p.program.Bytes()
	}
	return p.batches.Bytes(workers)
}

// room is how many workers there is memory for, n at most and one at least.
func (s *Simulator) room(n int, bytes func(workers int) int64) int {
	for n > 1 && bytes(n) > s.settings.memory {
		n--
	}
	return n
}

// fits says so where one worker's run takes more memory than the limit.
func (s *Simulator) fits(bytes int64, breaks []tape.Break) error {
	if bytes <= s.settings.memory {
		return nil
	}
	why := ""
	if len(breaks) > 0 {
		why = fmt.Sprintf("; whole arrays are needed for %v", breaks)
	}
	return fmt.Errorf("a run takes %d bytes on one worker, the limit is %d%s", bytes, s.settings.memory, why)
}

// Report tells how some nodes are computed.
type Report struct {
	// Compiled tells that the sweeps over the pixels run as a compiled program.
	Compiled bool
	// Devices that they run on, where these are GPUs.
	Devices []string
	// Why they are not compiled, where the simulator is one that compiles.
	Why string
	// Breaks are nodes that are computed on whole arrays between sweeps, with the reasons.
	Breaks []string
	// Bytes of memory that a run takes at most, besides the inputs.
	Bytes int64
}

func (r Report) String() string {
	var b strings.Builder
	how := "on the uncompiled tape"
	switch {
	case len(r.Devices) > 0:
		how = "by a compiled program on " + strings.Join(r.Devices, ", ")
	case r.Compiled:
		how = "by a compiled program"
	}
	fmt.Fprintf(&b, "computed %s in %d bytes", how, r.Bytes)
	if r.Why != "" {
		fmt.Fprintf(&b, "\nnot compiled: %s", r.Why)
	}
	for _, s := range r.Breaks {
		fmt.Fprintf(&b, "\non whole arrays: %s", s)
	}
	return b.String()
}

// Report tells how nodes are computed together; of no nodes, how the intensity is.
func (s *Simulator) Report(nodes ...*G.Node) (Report, error) {
	if len(nodes) == 0 {
		nodes = []*G.Node{s.intensity}
	}
	p, err := s.planFor(nodes)
	if err != nil {
		return Report{}, err
	}
	r := Report{Compiled: p.program != nil, Bytes: p.bytes(p.workers)}
	if r.Compiled && s.devices != nil {
		r.Devices = s.devices.Names()
	}
	if p.why != nil {
		r.Why = p.why.Error()
	}
	for _, b := range p.batches.Breaks() {
		r.Breaks = append(r.Breaks, b.String())
	}
	return r, nil
}

// Program lists the compiled program that computes nodes together (of no nodes, the intensity): its loops, kernels and
// the vectors they work on, or on GPUs its CUDA C. "" where it runs on the tape.
func (s *Simulator) Program(nodes ...*G.Node) (string, error) {
	if len(nodes) == 0 {
		nodes = []*G.Node{s.intensity}
	}
	p, err := s.planFor(nodes)
	if err != nil || p.program == nil {
		return "", err
	}
	return p.program.String(), nil
}
