package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/plan"
)

// Program is a plan whose sweeps are compiled. It is immutable: any number of runs may use it at once.
type Program struct {
	plan   *plan.Plan
	sweeps []*sweepProgram // nil where a sweep has nothing to do
}

var _ plan.Engine = (*Program)(nil)

// Options choose how a plan is compiled.
type Options struct {
	// Backend of the kernels; Auto is the best that the machine has.
	Backend kernel.Backend
	// Lanes is how many pixels a block has, a multiple of 32. 0 means as many as the number of vectors suggests.
	Lanes int
}

// Compile compiles every sweep of a plan. Where one cannot be, the error says why, and the tape can still run the plan.
func Compile(plan *plan.Plan, options Options) (*Program, error) {
	if options.Lanes < 0 || options.Lanes%32 != 0 {
		return nil, fmt.Errorf("compile: blocks of %d lanes, want a multiple of 32", options.Lanes)
	}
	p := &Program{plan: plan}
	for _, sweep := range plan.Sweeps() {
		if len(sweep.Reduce) == 0 && len(sweep.Store) == 0 {
			p.sweeps = append(p.sweeps, nil)
			continue
		}
		s, err := compileSweep(plan, sweep, options)
		if err != nil {
			return nil, err
		}
		p.sweeps = append(p.sweeps, s)
	}
	return p, nil
}

// blocksPerBatch is how many blocks a worker does between merges: enough to make their cost small, few enough that an
// interrupt is soon seen.
const blocksPerBatch = 16

// Batch is how many pixels a worker is given at once.
func (p *Program) Batch() int {
	n := 0
	for _, s := range p.sweeps {
		if s != nil {
			n = max(n, s.lanes*max(1, blocksPerBatch/s.steps))
		}
	}
	return max(n, 1)
}

// Bytes is the memory that a worker takes.
func (p *Program) Bytes() int64 {
	var n int64
	for _, s := range p.sweeps {
		if s != nil {
			n = max(n, 8*int64(s.arena)+s.partials)
		}
	}
	return n
}

// sweepProgram is one sweep, ready to run.
type sweepProgram struct {
	plan     *plan.Plan
	function *compile.Function
	lanes    int
	steps    int   // iterations of the innermost loop a block
	arena    int   // elements
	partials int64 // bytes of partial sums

	start       []fill // numbers that do not change within a sweep
	full, tail  *loopProgram
	vector      []int32 // where each register lies
	accumulator []int32 // where each sink's accumulator lies
	slotOf      map[compile.ID]int32
	target      []compile.Place // of each sink's sum: the element that it goes to
	listing     string
}

// fill copies a number into the arena.
type fill struct {
	slot  int32
	value float64 // of a constant, where from.step < 0
	from  compile.Place
}

// loopProgram is the body of a loop, or of the block.
type loopProgram struct {
	axis    int // of the loop; −1 for the block
	extent  int // 1 where it is run once
	fills   []fill
	sums    []int // sinks whose accumulators are kept an element of the result each: read before, written after
	actions []action
}

// action is one of: code, a loop, or what Go does on registers.
type action struct {
	code *kernel.Code
	loop *loopProgram
	do   compile.ItemKind
	item compile.Item
	from compile.Place // itemLoad, itemStore: the row
}

func compileSweep(plan *plan.Plan, sweep plan.Sweep, options Options) (*sweepProgram, error) {
	f, err := compile.Lower(plan, sweep)
	if err != nil {
		return nil, err
	}
	f = f.Fuse()
	b, registers := f.Emit(f.Schedule())
	vector, vectors := allocate(b, registers)
	s := &sweepProgram{plan: plan, function: f, steps: 1, lanes: options.Lanes}
	for _, n := range f.Extent {
		s.steps *= n
	}
	if s.lanes == 0 {
		s.lanes = lanesFor(vectors)
	}
	a := &assembler{sweepProgram: s, backend: options.Backend, slots: map[compile.ID]int32{}, triples: map[[3]compile.ID]int32{}}
	a.collect(b)
	s.slotOf = a.slots
	at := (a.next + 7) / 8 * 8
	s.accumulator = make([]int32, len(f.Sinks))
	s.target = make([]compile.Place, len(f.Sinks))
	for k := range f.Sinks {
		sink := &f.Sinks[k]
		if sink.Kind == compile.SinkScatter {
			s.partials += 8 * int64(plan.Step(sink.Step).Dims.Size())
		}
		if sink.Kind != compile.SinkSum && sink.Kind != compile.SinkDot {
			continue
		}
		s.accumulator[k] = at
		at += kernel.AccumulatorLen
		d := compile.TargetDims(plan, sink)
		s.target[k] = compile.PlaceOf(sink.Step, d)
		s.partials += 8 * int64(d.Size()) * (kernel.AccumulatorLen + 1)
	}
	s.vector = make([]int32, registers)
	for r, v := range vector {
		s.vector[r] = at + v*int32(s.lanes)
	}
	s.arena = int(at) + vectors*s.lanes
	a.finishFills()
	if s.full, err = a.assemble(b, -1, false, false); err != nil {
		return nil, err
	}
	if s.tail, err = a.assemble(b, -1, false, true); err != nil {
		return nil, err
	}
	s.listing = f.Listing(b, vector, vectors, s.lanes)
	return s, nil
}

// lanesFor chooses the pixels a block: 256, or 128 where many vectors would leave the first level cache.
func lanesFor(vectors int) int {
	if vectors > 30 {
		return 128
	}
	return 256
}

// String lists the program's sweeps.
func (p *Program) String() string {
	var out strings.Builder
	for k, s := range p.sweeps {
		if s != nil {
			fmt.Fprintf(&out, "sweep %d: %s", k, s.listing)
		}
	}
	return out.String()
}
