package cuda

import (
	"io"
	"runtime"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/plan"
)

// Options choose how a plan is printed as CUDA C.
type Options struct {
	// Mixed has the polynomials of exponentials and lattice sums evaluated in float32; all else stays float64.
	Mixed bool
	// Batch is how many pixels a launch does at most. 0 means as many as keep its arrays within maxBatchBytes; where tables
	// are summed into, there are no more than their counters stand. Sums over pixels are made a batch at a time, so the last
	// bits of a sum hang on it, on nothing else.
	Batch int
	// Threads is how many threads a launch should have. 0 means defaultThreads.
	Threads int
	// Dump receives each sweep after each pass, for developers. It may be nil.
	Dump io.Writer
}

// has reports whether there is CUDA C for an operation.
func has(o compile.Op) bool {
	switch o {
	case compile.OpSplit, compile.OpSincos, compile.OpSinRatio, compile.OpLookup:
		return true
	}
	_, ok := operations[o]
	return ok
}

// target describes the back end to the passes. An operation takes numbers as it takes pixels.
var target = compile.Target{Has: has, SinRatio: 2}

// Compile prints a plan for the devices. Where a sweep cannot be printed, the error says why, and the plan can still run
// elsewhere. The devices' own compiler sees the kernels at the first run.
func Compile(plan *plan.Plan, devices *Devices, options Options) (*Program, error) {
	source, err := Print(plan, options)
	if err != nil {
		return nil, err
	}
	p := &Program{plan: plan, source: source, devices: devices}
	// A program that nobody uses any more leaves nothing on a device.
	idle := devices.idle
	runtime.AddCleanup(p, func(s *Source) { idle.close(func(l *workspace) bool { return l.source == s }) }, source)
	return p, nil
}
