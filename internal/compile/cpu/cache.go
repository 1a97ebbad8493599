package cpu

import (
	"slices"
	"sync"

	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/plan"
)

// mostKept is how many programs a process keeps: those used last.
const mostKept = 32

// programs are those of the process, by the shapes of their plans, the last one used first: an ensemble, a sweep or a
// server that makes a simulator for each shot compiles the first one alone. Nothing of a plan's expressions and values is kept.
var programs struct {
	sync.Mutex
	list []kept
}

// kept is a program that is kept, and what it was compiled for.
type kept struct {
	shape   *plan.Shape
	backend kernel.Backend
	lanes   int
	sweeps  []*sweepProgram
}

// sweepsFor returns the compiled sweeps of a plan, from an earlier one of the same shape if there is one.
func sweepsFor(p *plan.Plan, options Options) ([]*sweepProgram, error) {
	if options.Dump != nil {
		return compileSweeps(p, options)
	}
	own := kept{shape: p.Shape(), backend: options.Backend, lanes: options.Lanes}
	if found := find(own); found != nil {
		return found, nil
	}
	var err error
	if own.sweeps, err = compileSweeps(p, options); err != nil {
		return nil, err
	}
	for _, s := range own.sweeps {
		if s != nil {
			s.plan = own.shape.Plan // whose expressions nothing needs any more
		}
	}
	programs.Lock()
	defer programs.Unlock()
	programs.list = slices.Insert(programs.list, 0, own)
	programs.list = programs.list[:min(len(programs.list), mostKept)]
	return own.sweeps, nil
}

// find returns the sweeps that are kept for a shape.
func find(own kept) []*sweepProgram {
	programs.Lock()
	defer programs.Unlock()
	for i, k := range programs.list {
		if k.backend == own.backend && k.lanes == own.lanes && k.shape.Same(own.shape) {
			copy(programs.list[1:i+1], programs.list[:i])
			programs.list[0] = k
			return k.sweeps
		}
	}
	return nil
}
