package cuda

import (
	_ "embed"
	"fmt"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

const (
	// defaultThreads keeps the largest GPUs of today busy: 132 multiprocessors with 512 threads of
	// 128 registers, twice.
	defaultThreads = 1 << 17
	// unsummedThreads is how many times as many a sweep without sums over pixels has: it needs
	// fewer registers, and defaultThreads of its threads are a little more than such a GPU has room
	// for at once.
	unsummedThreads = 8
	// blockThreads is the threads of a block.
	blockThreads = 128
	// maxBatch bounds the pixels of a launch, and maxWork, where pixels have many steps, the pixels
	// times the steps: enough that its start costs nothing, few enough that an interrupt is soon
	// seen, that copies of one batch go on beside the next, and that several devices have something
	// to do. leastBatch is enough pixels for all threads, in parts.
	maxBatch   = 1 << 20
	maxWork    = 1 << 27
	leastBatch = 1 << 16
	// maxBatchBytes bounds the arrays of a batch.
	maxBatchBytes = 256 << 20
	// maxPartialBytes bounds the sums that the warps of a launch leave.
	maxPartialBytes = 256 << 20
	// maxConstants is how many numbers go into constant memory, of which a module has 64 KiB.
	maxConstants = 7 << 10
	// maxArgumentBytes is how many bytes of arguments every CUDA passes to a kernel (from 12.1 on,
	// and on newer GPUs, more).
	maxArgumentBytes = 4096
	// maxAdditions is how often a cell of a scattered table may be added to in a launch: see
	// device.cuh.
	maxAdditions = 1<<31 - 1
)

// Source is a plan whose sweeps are CUDA C: a kernel each.
type Source struct {
	Sweeps []*Sweep // nil where a sweep has nothing to do
	Batch  int      // pixels a launch
}

// Sweep is one sweep as a translation unit with three kernels: sweep computes pixels, fold adds up
// what its warps leave, total rounds scattered tables.
//
// A thread has a pixel at a time (or a part of its steps), thread t those of numbers t, t +
// threads, …. Threads never wait for others but within a warp, and every sum is made in an order
// that hangs on the number of pixels alone.
type Sweep struct {
	Source    string
	Constants int // numbers in the __constant__ array "constants"
	Far       int // numbers in global memory: arrays, and what lattice sums are prepared with
	Parts     int // threads that share a pixel's steps
	Loads     []Array
	Stores    []Array
	Tables    []int    // steps whose arrays are read whole
	Presents  [][]byte // which cells of grids hold a number of their own
	Sums      []Sum
	Rows      int       // elements of all Sums
	Adds      bool      // some sums are added to where they lie, and must be cleared before
	Scatters  []Scatter // tables that are summed into

	uniforms []uniform
	threads  int
}

// Array is an array of pixels: some rows of them, one for each index of the steps that it varies
// along.
type Array struct{ Node, Rows int }

// Sum is a sum over pixels: elements Row … Row + Elements − 1 of what fold gives, times Scale.
type Sum struct {
	Node, Row, Elements int
	Scale               float64
}

// Scatter is a table that is summed into, of so many cells.
type Scatter struct{ Node, Cells int }

// uniform is where uniform numbers go.
type uniform struct {
	node   int          // −1 for a series, and for a lattice sum of a number of cells that is known when compiling
	value  float64      // that number
	series expr.Decoded // a special function that is prepared with numbers
	orders int          // 0: the step's numbers; n: what the first n derivatives of a lattice sum of that many cells are prepared with
	far    bool
	at     int
	len    int
}

// The kernels and the constant array of a Sweep.
const (
	KernelSweep = "sweep"
	KernelFold  = "fold"
	KernelTotal = "total"
	Constants   = "constants"
)

// Limbs is how many 64-bit counters a cell of a scattered table takes.
const Limbs = 17

// deviceFunctions are those that sweeps call.
//
//go:embed device.cuh
var deviceFunctions string

// coefficients are what the functions take: the constants of the processor's kernels.
//
//go:embed coefficients.cuh
var coefficients string

// DeviceSource is what every translation unit begins with.
func DeviceSource() string { return coefficients + "\n" + deviceFunctions }

// Print prints every sweep of a plan as CUDA C. Where one cannot be, the error says why.
func Print(p *plan.Plan, options Options) (*Source, error) {
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

// scatterTimes is how often a pixel may add to the same cell of a scattered table; 1 where there is
// none.
func scatterTimes(f *compile.Function) int {
	most := 1
	for _, s := range f.Sinks {
		if s.Kind != compile.SinkScatter {
			continue
		}
		steps := 1
		for axis, n := range f.Extent {
			if s.Axes&(1<<axis) != 0 {
				steps *= n
			}
		}
		most = max(most, steps)
	}
	return most
}

// batchFor is how many pixels a launch should do, a multiple of a block's threads.
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
		n := 1
		for _, extent := range s.Function.Extent {
			n *= extent
		}
		iterations = max(iterations, n)
	}
	pixels := min(maxBatch, max(leastBatch, maxWork/iterations), maxBatchBytes/most)
	return max(1, pixels/blockThreads) * blockThreads
}

// rowsOf is how many rows of pixels an array has.
func rowsOf(d expr.Dims) int { return d.Size() / d[expr.Pixel] }
