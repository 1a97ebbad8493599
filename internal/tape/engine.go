package tape

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Engine computes the sweeps of a plan node by node, with one buffer for each node.
type Engine struct {
	plan   *plan.Plan
	sweeps []plan.Sweep
	batch  int
	visit  func(lo, hi int, local func(node int) expr.Array)
}

var _ plan.HostEngine = (*Engine)(nil)

// OnHost says that the engine computes in this process.
func (e *Engine) OnHost() {}

// Options choose how an Engine runs.
type Options struct {
	// Batch is the number of pixels in a batch. 0 means as many as keep a batch's values in the
	// cache.
	Batch int
	// Visit, if not nil, is called after each batch of pixels lo … hi−1, by several goroutines at once. local returns the
	// value of a node for these pixels, which the next batch overwrites.
	Visit func(lo, hi int, local func(node int) expr.Array)
}

// batchElements is the number of elements that the largest value of a batch should have: enough to
// make the overhead of a node small, few enough that a batch's values stay in the cache.
const batchElements = 4096

// A batch has leastBatch pixels at least, unless its largest value then has more than most elements:
// an interrupt takes effect between nodes only.
const (
	leastBatch = 16
	most       = 1 << 20
)

// NewEngine returns an engine for a plan.
func NewEngine(p *plan.Plan, options Options) *Engine {
	e := &Engine{plan: p, sweeps: p.Sweeps(), visit: options.Visit, batch: min(options.Batch, p.Pixels())}
	if options.Batch == 0 {
		outer := 1
		for i := range p.Len() {
			if s := p.Node(i); s.Pixel {
				outer = max(outer, s.Dims.Size()/p.Pixels())
			}
		}
		e.batch = min(p.Pixels(), max(batchElements/outer, min(leastBatch, most/outer), 1))
	}
	return e
}

// Batch returns how many pixels a worker is given at once.
func (e *Engine) Batch() int { return e.batch }

// Bytes returns the memory that one worker takes: the values and sums of a batch.
func (e *Engine) Bytes() int64 {
	var n int64
	for i := range e.plan.Len() {
		if s := e.plan.Node(i); s.Pixel && !s.Stored {
			n += 8 * int64(s.Dims.Size()) / int64(e.plan.Pixels()) * int64(e.batch)
		}
	}
	for _, s := range e.sweeps {
		for _, i := range s.Reduce {
			n += 8 * int64(e.plan.Node(i).Dims.Size())
		}
	}
	return n
}

// FitInto shrinks the batches until a run takes no more than the given memory. It fails if one
// pixel at a time takes more; the error says how much.
func (e *Engine) FitInto(bytes int64, workers int) error {
	for {
		needed := e.plan.SharedBytes(e) + int64(workers)*e.Bytes()
		if needed <= bytes {
			return nil
		}
		if e.batch == 1 {
			why := ""
			if breaks := e.plan.Breaks(); len(breaks) > 0 {
				why = fmt.Sprintf("; whole arrays are needed for %v", breaks)
			}
			return fmt.Errorf("tape: the values of a run with a pixel at a time take %d bytes on %d workers, the limit is %d%s", needed, workers, bytes, why)
		}
		e.batch = (e.batch + 1) / 2
	}
}

// Worker prepares one goroutine's part in a sweep.
func (e *Engine) Worker(k int, shared []expr.Array) (plan.Worker, error) {
	w := &worker{plan: e.plan, visit: e.visit, sweep: &e.sweeps[k], shared: shared, local: make([]expr.Array, e.plan.Len()), buffer: map[int][]float64{}}
	w.room(e.batch)
	for _, i := range w.sweep.Reduce {
		w.buffer[i] = make([]float64, e.plan.Node(i).Dims.Size())
	}
	return w, nil
}

// worker runs batches of a sweep.
type worker struct {
	plan   *plan.Plan
	sweep  *plan.Sweep
	shared []expr.Array
	local  []expr.Array // by node: pixel values and partial reductions
	buffer map[int][]float64
	args   []expr.Array
	pixels int // that the buffers have room for
	lo, hi int // the batch
	visit  func(lo, hi int, local func(node int) expr.Array)
	window plan.Window
}

// Window makes Compute store a node's pixels elsewhere.
func (w *worker) Window(node, first int, data []float64) {
	w.window = plan.Window{Node: node, First: first, Data: data}
}

// room makes the buffers large enough for a number of pixels: with runs, a batch may have more than usual.
func (w *worker) room(pixels int) {
	if pixels <= w.pixels {
		return
	}
	w.pixels = pixels
	for _, i := range w.sweep.Values {
		w.buffer[i] = make([]float64, w.plan.Node(i).Dims.Size()/w.plan.Pixels()*pixels)
	}
}

// Compute computes the pixels lo … hi−1. It looks at the context before each node.
func (w *worker) Compute(ctx context.Context, lo, hi int) error {
	w.room(hi - lo)
	w.lo, w.hi = lo, hi
	for _, i := range w.sweep.Values {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := w.plan.Node(i)
		d := s.Dims
		d[expr.Pixel] = hi - lo
		out := expr.Array{Dims: d, Data: w.buffer[i][:d.Size()]}
		w.local[i] = out
		if s.Stored {
			copyPixels(out, 0, w.shared[i], lo, hi-lo)
			continue
		}
		if err := w.eval(s, out); err != nil {
			return err
		}
	}
	for _, i := range w.sweep.Reduce {
		s := w.plan.Node(i)
		w.local[i] = expr.Array{Dims: s.Dims, Data: w.buffer[i]}
		if err := w.eval(s, w.local[i]); err != nil {
			return err
		}
	}
	for _, i := range w.sweep.Runs {
		if err := w.sumRuns(i); err != nil {
			return err
		}
	}
	for _, i := range w.sweep.Store {
		if to := w.window.From(i, lo); to != nil {
			copy(to, w.local[i].Data)
			continue
		}
		copyPixels(w.shared[i], lo, w.local[i], 0, hi-lo)
	}
	if w.visit != nil {
		w.visit(lo, hi, func(node int) expr.Array { return w.local[node] })
	}
	return nil
}

func (w *worker) eval(s *plan.Node, out expr.Array) error {
	w.args = w.args[:0]
	for _, a := range s.Args {
		if w.plan.Node(a).Pixel {
			w.args = append(w.args, w.local[a])
		} else if s.InRuns && len(w.args) == 1 {
			w.args = append(w.args, w.numbers(0))
		} else {
			w.args = append(w.args, w.shared[a])
		}
	}
	return s.Eval(out, w.args)
}

// numbers returns those of the runs of the batch's pixels, less the first.
func (w *worker) numbers(first float64) expr.Array {
	leaf, _ := w.plan.Runs()
	list := w.shared[leaf].Data[w.lo:w.hi]
	if first != 0 {
		list = slices.Clone(list)
		for i := range list {
			list[i] -= first
		}
	}
	return expr.Array{Dims: expr.Dims{1, 1, 1, len(list)}, Data: list}
}

// sumRuns sums the pixels of each run of the batch, all of which end in it.
func (w *worker) sumRuns(i int) error {
	leaf, _ := w.plan.Runs()
	first, last := int(w.shared[leaf].Data[w.lo]), int(w.shared[leaf].Data[w.hi-1])
	s := w.plan.Node(i)
	d := s.Dims
	d[expr.Pixel] = last - first + 1
	out := expr.Array{Dims: d, Data: make([]float64, d.Size())}
	w.args = append(w.args[:0], w.local[s.Args[0]], w.numbers(float64(first)))
	if err := s.Eval(out, w.args); err != nil {
		return err
	}
	copyPixels(w.shared[i], first, out, 0, last-first+1)
	return nil
}

// Partial returns the sum of a reduction over the last batch.
func (w *worker) Partial(node int) []float64 { return w.local[node].Data }

// Close does nothing.
func (w *worker) Close() {}

// copyPixels copies n pixels of every row.
func copyPixels(dst expr.Array, to int, src expr.Array, from, n int) {
	if src.Ramps != nil {
		src.Ramps.Fill(dst.Data[to:][:n], from)
		return
	}
	rows := src.Dims.Size() / src.Dims[expr.Pixel]
	for r := range rows {
		copy(dst.Data[r*dst.Dims[expr.Pixel]+to:][:n], src.Data[r*src.Dims[expr.Pixel]+from:][:n])
	}
}
