package plan

import "github.com/gobragg/gobragg/internal/expr"

// Engine computes the sweeps of a plan.
type Engine interface {
	// Worker prepares one goroutine's part in a sweep. shared holds, by step, the uniform values and leaves that are known
	// by then, and room for what the sweep stores.
	Worker(sweep int, shared []expr.Array) (Worker, error)
	// Batch is how many pixels a worker is given at once.
	Batch() int
	// Bytes is the memory that a worker takes.
	Bytes() int64
}

// Worker computes batches of one sweep.
type Worker interface {
	// Compute computes the pixels lo … hi−1: it writes stored values into the shared arrays, and sums afresh into Partial.
	Compute(lo, hi int) error
	// Partial is the sum of a reduction, by its step, over the last batch.
	Partial(step int) []float64
	// Close releases what the worker holds. It is called once, by the goroutine that asked for the worker.
	Close()
}
