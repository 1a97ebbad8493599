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
	block    *compile.Block
	place    []int32 // the vector of each register
	vectors  int
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
	item *compile.Item
	from compile.Place // itemLoad, itemStore: the row
}

// String lists the program's sweeps.
func (p *Program) String() string {
	var out strings.Builder
	for k, s := range p.sweeps {
		if s != nil {
			fmt.Fprintf(&out, "sweep %d: %s", k, s)
		}
	}
	return out.String()
}

func (s *sweepProgram) String() string {
	return fmt.Sprintf("block of %d pixels, %d vectors\n%s", s.lanes, s.vectors, s.function.Listing(s.block, s.place))
}
