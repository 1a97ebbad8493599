package simulator

import (
	"fmt"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/compile/cuda"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// execution is a plan for some nodes with the engine that runs it.
type execution struct {
	plan    *plan.Plan
	engine  plan.Engine
	program program // the engine, where it is a compiled one
	why     error   // why the sweeps of a compiled simulator run on the tape
	workers int     // as many as the memory limit allows
}

// program is a plan compiled for the processor or for GPUs.
type program interface {
	plan.Engine
	fmt.Stringer // a listing
}

var (
	_ program = (*cpu.Program)(nil)
	_ program = (*cuda.Program)(nil)
)

// compileFor compiles a plan for what the simulator computes on, and returns how many workers that can use.
func (s *Simulator) compileFor(p *plan.Plan) (program, int, error) {
	if s.devices == nil {
		compiled, err := cpu.Compile(p, cpu.Options{Backend: s.settings.on.kernels, Batch: s.settings.batch, Dump: s.settings.passes})
		if err != nil {
			return nil, 0, err
		}
		return compiled, s.settings.workers, nil
	}
	options := s.settings.on.cuda
	options.Dump = s.settings.passes
	if s.settings.batch > 0 {
		options.Batch = s.settings.batch
	}
	compiled, err := cuda.Compile(p, s.devices, options)
	if err != nil {
		return nil, 0, err
	}
	if host := s.hostPrograms(p); host != nil {
		return &withHost{compiled, host}, compiled.Workers(), nil
	}
	return compiled, compiled.Workers(), nil
}

// withHost is a program for GPUs whose inner plans (plan.Plan.Inner) the processor computes, such as those of the image that pairs of a
// spot and a pixel make.
type withHost struct {
	*cuda.Program
	inner []*cpu.Program
}

var _ plan.InnerEngine = (*withHost)(nil)

func (w *withHost) Inner(k int) plan.Engine { return w.inner[k] }

// Bytes is the host memory of one worker.
func (w *withHost) Bytes() int64 {
	n := w.Program.Bytes()
	for _, in := range w.inner {
		n = max(n, in.Bytes())
	}
	return n
}

// hostPrograms compiles the inner plans for the processor. Without programs they are computed node by node on whole arrays.
func (s *Simulator) hostPrograms(p *plan.Plan) (list []*cpu.Program) {
	for _, in := range p.Inner() {
		compiled, err := cpu.Compile(in, cpu.Options{Dump: s.settings.passes})
		if err != nil {
			return nil
		}
		list = append(list, compiled)
	}
	return list
}

func (s *Simulator) newExecution(roots []*expr.Node) (*execution, error) {
	runs := s.runs
	if s.devices != nil {
		runs = nil // a thread has one pair: what those of a spot share is spread over them before
	}
	p, err := plan.NewInRuns(s.isPixelLeaf, s.elements(), runs, roots...)
	if err != nil {
		return nil, err
	}
	if s.list != nil {
		p.Limit(s.list.pairsUsed)
	}
	e := &execution{plan: p}
	if s.compiled() {
		var most int
		if e.program, most, e.why = s.compileFor(p); e.why == nil {
			if err := s.dumpListing(e.program); err != nil {
				return nil, err
			}
			e.engine = e.program
			e.workers = s.room(most, e)
			return e, s.fits(e)
		}
	}
	// Batches have the size that fits one worker, whatever the number of workers: the order of sums over pixels, and so
	// their last bits, depends on the batches.
	engine := tape.NewEngine(p, tape.Options{Batch: s.settings.batch})
	if err := engine.FitInto(s.settings.memory, 1); err != nil {
		return nil, err
	}
	e.engine = engine
	e.workers = s.room(s.settings.workers, e)
	return e, nil
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
func (e *execution) bytes(workers int) int64 {
	return e.plan.SharedBytes(e.engine) + int64(workers)*e.engine.Bytes()
}

// room is how many workers there is memory for, n at most and one at least.
func (s *Simulator) room(n int, e *execution) int {
	for n > 1 && e.bytes(n) > s.settings.memory {
		n--
	}
	return n
}

// fits returns an error if a run takes more memory than the limit.
func (s *Simulator) fits(e *execution) error {
	bytes := e.bytes(e.workers)
	if bytes <= s.settings.memory {
		return nil
	}
	why := ""
	if breaks := e.plan.Breaks(); len(breaks) > 0 {
		why = fmt.Sprintf("; whole arrays are needed for %v", breaks)
	}
	return fmt.Errorf("a run takes %d bytes on one worker, the limit is %d%s", bytes, s.settings.memory, why)
}

// Report describes how nodes are computed.
type Report struct {
	// Compiled: the sweeps over the pixels run as a compiled program.
	Compiled bool
	// Devices are the names of the GPUs that they run on, if any.
	Devices []string
	// Why a compiled simulator does not compile them.
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

// Report describes how nodes are computed together; without nodes, how the intensity is.
func (s *Simulator) Report(nodes ...*G.Node) (Report, error) {
	p, err := s.planOf(nodes)
	if err != nil {
		return Report{}, err
	}
	return s.report(p), nil
}

func (s *Simulator) report(p *execution) Report {
	r := Report{Compiled: p.program != nil, Bytes: p.bytes(p.workers)}
	if r.Compiled && s.devices != nil {
		r.Devices = s.devices.Names()
	}
	if p.why != nil {
		r.Why = p.why.Error()
	}
	for _, b := range p.plan.Breaks() {
		r.Breaks = append(r.Breaks, b.String())
	}
	return r
}

// Program returns the listing of the compiled program that computes nodes together (without nodes, the intensity): its
// loops, its kernels and the vectors they work on, or on GPUs its CUDA C. It is "" for what runs on the tape.
func (s *Simulator) Program(nodes ...*G.Node) (string, error) {
	p, err := s.planOf(nodes)
	if err != nil || p.program == nil {
		return "", err
	}
	return p.program.String(), nil
}
