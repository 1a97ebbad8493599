package compile

import (
	_ "embed"
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/special"
	"github.com/gobragg/gobragg/internal/tape"
)

// CUDAOptions choose how a plan is printed as CUDA C.
type CUDAOptions struct {
	// Mixed has the polynomials of sines, exponentials and lattice sums evaluated in float32; phases and sums stay float64.
	Mixed bool
	// Batch is how many pixels a launch does at most. 0 means as many as keep its arrays within cudaBatchBytes. Sums over
	// pixels are made a batch at a time, so the last bits of a sum hang on it, on nothing else.
	Batch int
	// Threads is how many threads a launch should have. 0 means cudaThreads.
	Threads int
}

const (
	// cudaThreads keeps the largest GPUs of today busy: 132 multiprocessors with 512 threads of 128 registers, twice.
	cudaThreads = 1 << 17
	// cudaBlock is the threads of a block.
	cudaBlock = 128
	// cudaBatch bounds a launch: enough that its start costs nothing, few enough that an interrupt is soon seen and that
	// copies of one batch go on beside the next.
	cudaBatch = 1 << 20
	// cudaBatchBytes bounds the arrays of a batch.
	cudaBatchBytes = 256 << 20
	// cudaPartialBytes bounds the sums that the warps of a launch leave.
	cudaPartialBytes = 256 << 20
	// cudaConstants is how many numbers go into constant memory, of which a module has 64 KiB.
	cudaConstants = 7 << 10
)

// CUDASource is a plan whose sweeps are CUDA C: a kernel each.
type CUDASource struct {
	Sweeps []*CUDASweep // nil where a sweep has nothing to do
	Batch  int          // pixels a launch
}

// CUDASweep is one sweep as a translation unit with three kernels: sweep computes pixels, fold adds up what its warps
// leave, total rounds scattered tables.
//
// A thread has a pixel at a time (or a part of its steps), thread t those of numbers t, t + threads, …. Threads never wait
// for others but within a warp, and every sum is made in an order that hangs on the number of pixels alone.
type CUDASweep struct {
	Source    string
	Constants int // numbers in the __constant__ array "constants"
	Far       int // numbers in global memory: larger arrays, and what lattice sums are prepared with
	Parts     int // threads that share a pixel's steps
	Loads     []CUDAArray
	Stores    []CUDAArray
	Tables    []int    // steps whose arrays are read whole
	Presents  [][]byte // which cells of grids hold a number of their own
	Sums      []CUDASum
	Rows      int           // elements of all Sums
	Scatters  []CUDAScatter // tables that are summed into

	uniforms []cudaUniform
	threads  int
}

// CUDAArray is an array of pixels: some rows of them, one for each index of the steps that it varies along.
type CUDAArray struct{ Step, Rows int }

// CUDASum is a sum over pixels: elements Row … Row + Elements − 1 of what fold gives, times Scale.
type CUDASum struct {
	Step, Row, Elements int
	Scale               float64
}

// CUDAScatter is a table that is summed into, of so many cells.
type CUDAScatter struct{ Step, Cells int }

// cudaUniform is where uniform numbers go.
type cudaUniform struct {
	step   int          // −1 for a series, and for a lattice sum of a number of cells that is known when compiling
	value  float64      // that number
	series expr.Decoded // a special function that is prepared with numbers
	orders int          // 0: the step's numbers; n: what the first n derivatives of a lattice sum of that many cells are prepared with
	far    bool
	at     int
	len    int
}

// The kernels and the constant array of a CUDASweep.
const (
	CUDAKernelSweep = "sweep"
	CUDAKernelFold  = "fold"
	CUDAKernelTotal = "total"
	CUDAConstants   = "constants"
)

// CUDALimbs is how many 64-bit counters a cell of a scattered table takes.
const CUDALimbs = 17

// cudaDevice are the functions that sweeps call.
//
//go:embed device.cuh
var cudaDevice string

// CUDA prints every sweep of a plan as CUDA C. Where one cannot be, the error says why.
func CUDA(plan *tape.Batches, options CUDAOptions) (*CUDASource, error) {
	c := &CUDASource{Batch: options.Batch}
	var functions []*function
	for _, sweep := range plan.Sweeps() {
		if len(sweep.Reduce) == 0 && len(sweep.Store) == 0 {
			functions = append(functions, nil)
			continue
		}
		f, err := lower(plan, sweep)
		if err != nil {
			return nil, err
		}
		functions = append(functions, f.fuse())
	}
	if c.Batch == 0 {
		c.Batch = cudaBatchFor(plan, functions)
	}
	for k, f := range functions {
		if f == nil {
			c.Sweeps = append(c.Sweeps, nil)
			continue
		}
		s, err := printSweep(plan, f, min(c.Batch, plan.Pixels()), options)
		if err != nil {
			return nil, fmt.Errorf("sweep %d: %w", k, err)
		}
		c.Sweeps = append(c.Sweeps, s)
	}
	return c, nil
}

// cudaBatchFor is how many pixels a launch should do, a multiple of a block's threads.
func cudaBatchFor(plan *tape.Batches, functions []*function) int {
	most := 1
	for _, f := range functions {
		if f == nil {
			continue
		}
		bytes := 0
		for v := range f.code {
			if f.code[v].op == opLoad {
				bytes += 8 * rowsOf(plan.Step(f.code[v].step).Dims)
			}
		}
		for _, s := range f.sinks {
			if s.kind == sinkStore {
				bytes += 8 * rowsOf(plan.Step(s.step).Dims)
			}
		}
		most = max(most, bytes)
	}
	return max(cudaBlock, min(cudaBatch, cudaBatchBytes/most/cudaBlock*cudaBlock))
}

// rowsOf is how many rows of pixels an array has.
func rowsOf(d expr.Dims) int { return d.Size() / d[expr.Pixel] }

// Grid is how n pixels are launched: blocks of so many threads, and the pixels that each thread does.
func (s *CUDASweep) Grid(n int) (blocks, threads, rounds int) {
	most := s.threads
	if s.Rows > 0 {
		most = min(most, cudaPartialBytes/8/s.Rows*32)
	}
	most = max(1, most/cudaBlock) // blocks
	needed := (n*s.Parts + cudaBlock - 1) / cudaBlock
	rounds = (needed + most - 1) / most
	return (needed + rounds - 1) / rounds, cudaBlock, rounds
}

// Columns is how many sums of each row a launch of blocks leaves: one a warp.
func (s *CUDASweep) Columns(blocks int) int { return blocks * cudaBlock / 32 }

// Fill writes the uniform numbers of a run, given the arrays of steps that are known by then. far holds those of an earlier
// run, or zeros: what lattice sums are prepared with is made anew only where the number of cells has changed.
func (s *CUDASweep) Fill(constants, far []float64, shared []expr.Array) {
	for _, u := range s.uniforms {
		to := constants
		if u.far {
			to = far
		}
		to = to[u.at:][:u.len]
		switch {
		case u.orders > 0 && u.step < 0:
			prepare(to, u.value)
		case u.orders > 0:
			prepare(to, shared[u.step].Data[0])
		case u.step < 0:
			copy(to, seriesNumbers(u.series))
		default:
			copy(to, shared[u.step].Data)
		}
	}
}

// prepare fills in what the derivatives of a lattice sum are prepared with. Where n is no number of cells, that is NaN, and
// so is what comes of it, as on the tape.
func prepare(to []float64, n float64) {
	for order := range len(to) / special.PreparedLen {
		at := to[order*special.PreparedLen:][:special.PreparedLen]
		if at[special.PreparedCells] == n {
			continue
		}
		if r, err := special.NewSincRatio(n, order); err == nil {
			copy(at, r.Prepared())
			continue
		}
		for i := range at {
			at[i] = nan
		}
	}
}

// seriesNumbers are those that a special function is prepared with; its node's shape has checked the order.
func seriesNumbers(d expr.Decoded) []float64 {
	if d.Code == expr.CodeOverSin {
		if f, err := special.NewXOverSin(d.Order); err == nil {
			return f.Prepared()
		}
		return nil
	}
	if f, err := special.NewSinc3(d.Order); err == nil {
		return f.Prepared()
	}
	return nil
}

// CUDAPixels is an array of pixels on the device: the address of the batch's first one, and how many pixels a row has.
type CUDAPixels struct{ At, Stride uint64 }

// CUDAArguments are a launch of sweep.
type CUDAArguments struct {
	Pixels, Rounds int
	Far            uint64
	Partial        uint64 // Rows times Columns sums
	Columns        int
	Loads, Stores  []CUDAPixels
	Tables         []uint64
	Presents       []uint64
	Limbs          []uint64 // of Scatters
}

// Pack is the struct that the kernel takes.
func (a *CUDAArguments) Pack() []uint64 {
	out := []uint64{uint64(a.Pixels), uint64(a.Rounds), a.Far, a.Partial, uint64(a.Columns)}
	for _, list := range [][]CUDAPixels{a.Loads, a.Stores} {
		for _, p := range list {
			out = append(out, p.At, p.Stride)
		}
	}
	for _, list := range [][]uint64{a.Tables, a.Presents, a.Limbs} {
		out = append(out, list...)
	}
	return out
}
