package cuda

import (
	"io"
	"runtime"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/plan"
)

// Options are the options for printing a plan as CUDA C. The zero value is ready to use.
type Options struct {
	// Mixed evaluates the polynomials of exponentials and lattice sums in float32; all else stays
	// float64.
	Mixed bool
	// Batch is the most pixels in a launch. 0 means as many as keep its arrays within
	// maxBatchBytes. The counters of scattered tables may limit it further. Pixels are summed batch
	// by batch, so the last bits of a sum depend on Batch, and on nothing else.
	Batch int
	// Threads is the number of threads that a launch should have. 0 means defaultThreads.
	Threads int
	// Dump receives each sweep after each pass, for developers. It may be nil.
	Dump io.Writer
}

// has reports whether the printer has CUDA C for an operation.
func has(o compile.Op) bool {
	switch o {
	case compile.OpSplit, compile.OpSincos, compile.OpSinRatio, compile.OpLookup:
		return true
	}
	_, ok := operations[o]
	return ok
}

// target describes the back end to the passes. Operations take numbers and pixels alike.
var target = compile.Target{Has: has, SinRatio: 2}

// Compile prints a plan for the devices. If a sweep cannot be printed, the error says why, and
// other engines can still run the plan. The devices' own compiler compiles the kernels in the first
// run.
func Compile(plan *plan.Plan, devices *Devices, options Options) (*Program, error) {
	source, err := Print(plan, options)
	if err != nil {
		return nil, err
	}
	p := &Program{plan: plan, source: source, devices: devices}
	// When the program becomes unreachable, its idle workspaces are closed.
	idle := devices.idle
	runtime.AddCleanup(p, func(s *Source) { idle.close(func(l *workspace) bool { return l.source == s }) }, source)
	return p, nil
}
