package cuda

import (
	_ "embed"
	"fmt"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

const (
	// defaultThreads keeps the largest GPUs of today busy: it is twice the 132 multiprocessors of
	// an H100 times 512 threads of 128 registers.
	defaultThreads = 1 << 17
	// unsummedThreads is the factor by which a sweep without sums over pixels has more threads: it
	// needs fewer registers, and defaultThreads of its threads are slightly more than such a GPU
	// has room for at once.
	unsummedThreads = 8
	// blockThreads is the number of threads in a block.
	blockThreads = 128
	// maxBatch bounds the pixels of a launch and maxWork, if pixels have many steps, the pixels
	// times the steps: enough to make the cost of the launch negligible, few enough that an
	// interrupt takes effect soon, that copies of one batch overlap with the next, and that several
	// devices share the work. leastBatch is enough pixels for all threads if they share pixels.
	maxBatch   = 1 << 20
	maxWork    = 1 << 27
	leastBatch = 1 << 16
	// maxBatchBytes bounds the arrays of a batch.
	maxBatchBytes = 256 << 20
	// maxPartialBytes bounds the partial sums that the warps of a launch write.
	maxPartialBytes = 256 << 20
	// maxConstants is the most numbers that go into constant memory, of which a module has 64 KiB.
	maxConstants = 7 << 10
	// maxArgumentBytes is how many bytes of arguments every version of CUDA passes to a kernel
	// (CUDA 12.1 and later pass more on newer GPUs).
	maxArgumentBytes = 4096
	// maxAdditions is how many additions to one cell of a scattered table a launch may make: see
	// device.cuh.
	maxAdditions = 1<<31 - 1
)

// Source is a plan printed as CUDA C, one kernel for each sweep.
type Source struct {
	Sweeps []*Sweep // nil for an empty sweep
	Batch  int      // pixels in a launch
}

// Sweep is one sweep as a translation unit with three kernels: sweep computes pixels, fold adds the
// partial sums of its warps, total rounds scattered tables.
//
// A thread computes a pixel at a time, or a part of its steps: thread t computes pixels t, t +
// threads, …. Threads wait for each other only within a warp, and the order of every sum depends
// only on the number of pixels.
type Sweep struct {
	Source    string
	Constants int // numbers in the __constant__ array "constants"
	Far       int // numbers in global memory: arrays, and the prepared coefficients of special functions
	Parts     int // threads that share a pixel's steps
	Loads     []Array
	Stores    []Array
	Tables    []int    // nodes whose arrays are read whole
	Presents  [][]byte // by grid: for each cell, 1 if it holds a value of its own; empty if all do
	Sums      []Sum
	Rows      int       // number of elements of all Sums
	Adds      bool      // some sums are added to in memory, and must be cleared before
	Scatters  []Scatter // tables that are added to

	uniforms []uniform
	threads  int
}

// Array is an array of pixels: one row for each index of the step axes that it varies along.
type Array struct{ Node, Rows int }

// Sum is a sum over pixels: elements Row … Row + Elements − 1 of the result of fold, times Scale.
type Sum struct {
	Node, Row, Elements int
	Scale               float64
}

// Scatter is a table that is added to, with its number of cells.
type Scatter struct{ Node, Cells int }

// uniform is the place of uniform numbers.
type uniform struct {
	node   int       // −1 for a series, and for a lattice sum whose number of cells is a constant
	value  float64   // that constant
	series expr.Rule // a special function with prepared coefficients
	orders int       // 0: the node's numbers; n: the prepared coefficients of the first n derivatives of a lattice sum
	far    bool
	at     int
	len    int
}

// The names of the kernels and of the constant array of a Sweep.
const (
	KernelSweep = "sweep"
	KernelFold  = "fold"
	KernelTotal = "total"
	Constants   = "constants"
)

// Limbs is the number of 64-bit counters for a cell of a scattered table.
const Limbs = 17

// deviceFunctions are the functions that sweeps call.
//
//go:embed device.cuh
var deviceFunctions string

// coefficients are the constants of these functions, the same as those of the processor's kernels.
//
//go:embed coefficients.cuh
var coefficients string

// DeviceSource returns the beginning of every translation unit.
func DeviceSource() string { return coefficients + "\n" + deviceFunctions }

// Print prints every sweep of a plan as CUDA C. The error says why a sweep cannot be printed.
func Print(p *plan.Plan, options Options) (*Source, error) {
	if _, runs := p.Runs(); runs {
		return nil, fmt.Errorf("cuda: pixels in runs are for the processor: plan without them") // a thread has one pixel
	}
	sweeps, err := compile.Compile(p, &target, options.Dump)
	if err != nil {
		return nil, err
	}
	c := &Source{Batch: options.Batch}
	if c.Batch == 0 {
		c.Batch = batchFor(sweeps)
	}
	for _, s := range sweeps {
		if s == nil {
			continue
		}
		times := scatterTimes(s.Function)
		if times > maxAdditions {
			return nil, fmt.Errorf("cuda: a pixel adds to a table %d times: kernels count %d", times, maxAdditions)
		}
		c.Batch = min(c.Batch, maxAdditions/times)
	}
	for k, s := range sweeps {
		var printed *Sweep
		if s != nil {
			if printed, err = printSweep(s, min(c.Batch, p.Pixels()), options); err != nil {
				return nil, fmt.Errorf("cuda: sweep %d: %w", k, err)
			}
		}
		c.Sweeps = append(c.Sweeps, printed)
	}
	return c, nil
}

// scatterTimes returns how often a pixel may add to the same cell of a scattered table, or 1 if the
// sweep has no such table.
func scatterTimes(f *compile.Function) int {
	most := 1
	for _, s := range f.Sinks {
		if s.Kind != compile.SinkScatter {
			continue
		}
		steps := 1
		for k, l := range f.Loops {
			if s.Axes&(1<<k) != 0 {
				steps *= l.Extent
			}
		}
		most = max(most, steps)
	}
	return most
}

// batchFor returns the number of pixels that a launch should compute, a multiple of a block's
// threads.
func batchFor(sweeps []*compile.Sweep) int {
	most, iterations := 1, 1
	for _, s := range sweeps {
		if s == nil {
			continue
		}
		bytes := 0
		for _, in := range s.Function.Code {
			if in.Op == compile.OpLoad {
				bytes += 8 * rowsOf(s.Plan.Node(in.Node).Dims)
			}
		}
		for _, out := range s.Function.Sinks {
			if out.Kind == compile.SinkStore {
				bytes += 8 * rowsOf(s.Plan.Node(out.Node).Dims)
			}
		}
		most = max(most, bytes)
		iterations = max(iterations, s.Function.Steps())
	}
	pixels := min(maxBatch, max(leastBatch, maxWork/iterations), maxBatchBytes/most)
	return max(1, pixels/blockThreads) * blockThreads
}

// rowsOf returns the number of rows of pixels in an array.
func rowsOf(d expr.Dims) int { return d.Size() / d[expr.Pixel] }
