// Package cpu is the back end for the processor. It computes blocks of pixels with SIMD kernels
// (package kernel).
//
// Once package compile has scheduled a sweep, its operations are matched with kernels. allocate
// places the values in an arena and reuses the memory of values after their last use (donation, the
// reason that inner values do not survive a run). Then the arena is laid out and the code
// assembled. A worker runs the loops for one block of pixels at a time.
package cpu

import (
	"fmt"
	"io"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/plan"
)

// Options are the options for compiling a plan. The zero value is ready to use.
type Options struct {
	// Backend of the kernels; Auto is the best that the machine has.
	Backend kernel.Backend
	// Lanes is the number of pixels in a block, a multiple of 32. 0 means 256, or 128 if there are
	// many vectors.
	Lanes int
	// Batch is the number of pixels that a worker is given at once. 0 means some blocks. Pixels are
	// summed batch by batch, so the last bits of a sum depend on it.
	Batch int
	// Dump receives each sweep after each pass, for developers. It may be nil.
	Dump io.Writer
}

// target describes the back end to the passes.
var target = compile.Target{Has: has, SinRatio: len(sinRatioKernels) - 1, Vectors: true}

// Compile compiles every sweep of a plan. If a sweep cannot be compiled, the error says why, and
// the tape can still run the plan.
func Compile(p *plan.Plan, options Options) (*Program, error) {
	if options.Batch < 0 {
		return nil, fmt.Errorf("cpu: batches of %d pixels", options.Batch)
	}
	if options.Lanes < 0 || options.Lanes%32 != 0 {
		return nil, fmt.Errorf("cpu: blocks of %d lanes, want a multiple of 32", options.Lanes)
	}
	program := &Program{plan: p, batch: options.Batch}
	for _, in := range p.Inner() {
		own := options
		own.Batch = 0
		compiled, err := Compile(in, own)
		if err != nil {
			return nil, err
		}
		program.inner = append(program.inner, compiled)
	}
	var err error
	if program.sweeps, err = sweepsFor(p, options); err != nil {
		return nil, err
	}
	return program, nil
}

// compileSweeps compiles every sweep of a plan; those that are empty are nil.
func compileSweeps(p *plan.Plan, options Options) ([]*sweepProgram, error) {
	sweeps, err := compile.Compile(p, &target, options.Dump)
	if err != nil {
		return nil, err
	}
	list := make([]*sweepProgram, len(sweeps))
	for k, s := range sweeps {
		if s == nil {
			continue
		}
		if list[k], err = compileSweep(s, options); err != nil {
			return nil, fmt.Errorf("cpu: sweep %d: %w", k, err)
		}
	}
	return list, nil
}

// compileSweep turns a scheduled sweep into a program.
func compileSweep(in *compile.Sweep, options Options) (*sweepProgram, error) {
	f := in.Function
	chosen := choices{}
	if err := chosen.choose(in.Block); err != nil {
		return nil, err
	}
	place, vectors := allocate(in.Block, in.Registers, chosen.inPlace)
	if compile.Check {
		if _, err := compile.AuditLayout(f, in.Block, place, vectors, chosen.inPlace); err != nil {
			return nil, fmt.Errorf("after allocation: %w\n%s", err, f.Listing(in.Block, place))
		}
	}
	s := &sweepProgram{plan: in.Plan, function: f, block: in.Block, place: place, vectors: vectors, steps: f.Steps(), lanes: options.Lanes}
	if s.lanes == 0 {
		s.lanes = lanesFor(vectors)
	}
	a := &assembler{sweepProgram: s, backend: options.Backend, chosen: chosen, slots: map[compile.ID]int32{}, triples: map[[3]compile.ID]int32{}}
	a.layOut()
	for a.width = s.lanes; ; a.width -= shortestBlock {
		block := blockProgram{lanes: a.width}
		var err error
		if block.full, err = a.assemble(in.Block, -1, false, false); err != nil {
			return nil, err
		}
		if block.tail, err = a.assemble(in.Block, -1, false, true); err != nil {
			return nil, err
		}
		s.blocks = append(s.blocks, block)
		// Runs are often shorter than a block. A smaller block does not compute its empty lanes.
		if _, runs := in.Plan.Runs(); !runs || a.width <= shortestBlock {
			break
		}
	}
	if options.Dump != nil {
		if _, err := fmt.Fprintf(options.Dump, "allocated:\n%s", s); err != nil {
			return nil, fmt.Errorf("the dump of a program: %w", err)
		}
	}
	return s, nil
}

// shortestBlock is the smallest number of lanes of a block.
const shortestBlock = 32

// lanesFor chooses the number of pixels in a block: 256, or 128 if more vectors would not fit into
// the first-level cache.
func lanesFor(vectors int) int {
	if vectors > 30 {
		return 128
	}
	return 256
}
