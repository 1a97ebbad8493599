package cpu

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Program is a plan whose sweeps are compiled. It is immutable, and any number of runs may use it
// at once.
type Program struct {
	plan   *plan.Plan
	sweeps []*sweepProgram // nil for an empty sweep
	batch  int             // pixels; 0 for blocksPerBatch blocks
	inner  []*Program      // of the values of the runs
}

var (
	_ plan.InnerEngine = (*Program)(nil)
	_ plan.HostEngine  = (*Program)(nil)
)

// OnHost says that the program runs in this process.
func (p *Program) OnHost() {}

// Inner returns the program of an inner plan.
func (p *Program) Inner(k int) plan.Engine { return p.inner[k] }

// blocksPerBatch is how many blocks a worker computes between merges: enough to make the cost of a
// merge small, few enough that an interrupt takes effect soon.
const blocksPerBatch = 16

// Batch returns how many pixels a worker is given at once.
func (p *Program) Batch() int {
	if p.batch > 0 {
		return p.batch
	}
	n := 0
	for _, s := range p.sweeps {
		if s != nil {
			n = max(n, s.lanes*max(1, blocksPerBatch/s.steps))
		}
	}
	return max(n, 1)
}

// Bytes returns the memory that one worker takes.
func (p *Program) Bytes() int64 {
	var n int64
	for _, s := range p.sweeps {
		if s != nil {
			n = max(n, 8*int64(s.arena)+s.partials)
		}
	}
	for _, in := range p.inner {
		n = max(n, in.Bytes())
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
	steps    int   // iterations of the innermost loop in a block
	arena    int   // length in elements
	partials int64 // bytes of partial sums

	start       []fill         // numbers that do not change within a sweep
	ofRun       []fill         // numbers that do not change within a run
	blocks      []blockProgram // largest first; several sizes if pixels come in runs
	vector      []int32        // where each register lies
	accumulator []int32        // where each sink's accumulator, or its queue, lies
	lists       []list         // what kernels read and write outside the arena
	cursors     int            // of a worker
	slotOf      map[compile.ID]int32
	target      []compile.Place // by sink: the element that its sum goes to
}

// blockProgram is the code for blocks of a size: full ones, and those with fewer pixels, whose lanes beyond the last pixel
// are left out of sums.
type blockProgram struct {
	lanes      int
	full, tail *loopProgram
}

// list is an array outside the arena.
type list struct {
	kind listKind
	node int        // of listTable and listScatter; the sink of listSum
	grid *expr.Grid // of listBits
	bits []float64
}

type listKind uint8

const (
	listTable   listKind = iota // the array of a node
	listScatter                 // the sums of a scatter
	listBits                    // which cells of a grid are present
	listSum                     // the accumulator of a sink at the loops' indices
)

// fill copies a number into the arena.
type fill struct {
	slot  int32
	value float64 // of a constant, if from.Node < 0
	from  compile.Place
	run   bool // from has a number for each run
}

// loopProgram is the body of a loop, or of the block.
type loopProgram struct {
	axis    int // axis whose index the loop sets; −1 for the block, and for a body that runs once
	extent  int // number of iterations
	fills   []fill
	sums    []sumAt
	actions []action
	cursors int // the first of the worker's cursors for fills and sums
}

// sumAt is a sum with an accumulator for each element of its result, that of the loops' indices a list.
type sumAt struct{ sink, list int }

// action is code, a loop, or an item that Go executes.
type action struct {
	code *kernel.Code
	loop *loopProgram
	do   compile.ItemKind
	item *compile.Item
	from compile.Place // itemLoad, itemStore: the row
}

// String lists the sweeps of the program.
func (p *Program) String() string {
	var out strings.Builder
	for k, in := range p.inner {
		fmt.Fprintf(&out, "of the runs, %d: %s", k, in)
	}
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
