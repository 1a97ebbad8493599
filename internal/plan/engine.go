package plan

import (
	"context"

	"github.com/gobragg/gobragg/internal/expr"
)

// Engine computes the sweeps of a plan.
type Engine interface {
	// Worker prepares one goroutine's part in a sweep. shared is indexed by node: it holds the
	// leaves and uniform values computed before the sweep, and room for the values that the sweep
	// stores.
	Worker(sweep int, shared []expr.Array) (Worker, error)
	// Batch returns how many pixels a worker is given at once; if there are runs, some more, to the end of one.
	Batch() int
	// Bytes returns the memory that one worker takes.
	Bytes() int64
}

// HostEngine is an engine that computes in the memory of the process. It computes the elements of leaves where they are needed:
// of those that only sweeps read, the shared arrays have ramps instead of numbers (see [expr.Array]). Its workers are
// [HostWorker].
type HostEngine interface {
	Engine
	// OnHost does nothing.
	OnHost()
}

// HostWorker is a worker of a [HostEngine].
type HostWorker interface {
	Worker
	// Window makes Compute store a node's pixels, which have one element each, in data instead of the shared array: those from
	// first on.
	Window(node, first int, data []float64)
}

// Window is what [HostWorker.Window] was given. The zero value is none.
type Window struct {
	Node, First int
	Data        []float64
}

// From is where the pixels of a node from one on are stored; nil for other nodes.
func (w *Window) From(node, pixel int) []float64 {
	if w.Data == nil || node != w.Node {
		return nil
	}
	return w.Data[pixel-w.First:]
}

// Worker computes batches of one sweep.
type Worker interface {
	// Compute computes the pixels lo … hi−1. It writes stored values, and the sums of whole runs, into the shared arrays and
	// starts every sum in Partial anew. It looks at the context often enough that a batch of any
	// number of steps ends soon after it is done, and then returns its error.
	Compute(ctx context.Context, lo, hi int) error
	// Partial returns the sum of a reduction, given its node, over the last batch.
	Partial(node int) []float64
	// Close releases the worker's resources. It is called once, by the goroutine that asked for the
	// worker.
	Close()
}
