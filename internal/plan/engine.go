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
