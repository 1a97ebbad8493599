package tape

import (
	"context"
	"sync"
	"sync/atomic"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Progress is told how many pixels of all sweeps are done. Calls are serialised.
type Progress func(done, total int)

// batchRun is the state of one run of Batches.
type batchRun struct {
	*Batches
	shared   []expr.Array // uniform values, reductions and stored roots, of each step
	progress Progress
	done     int
}

// Run computes the roots on a number of workers. The result has the same bits for any number of workers: batches are
// the same, and reductions are summed in the order of the batches.
func (b *Batches) Run(ctx context.Context, workers int, progress Progress) ([]G.Value, error) {
	r := &batchRun{Batches: b, shared: make([]expr.Array, len(b.steps)), progress: progress}
	for i := range b.steps {
		if s := &b.steps[i]; s.leaf() {
			var err error
			if r.shared[i], err = s.leafValue(); err != nil {
				return nil, err
			}
		}
	}
	for k := range b.stages {
		if err := r.stage(ctx, &b.stages[k], workers); err != nil {
			return nil, err
		}
	}
	out := make([]G.Value, len(b.roots))
	for i, root := range b.roots {
		out[i] = asValue(root.Shape(), r.shared[b.index[root]].Data)
	}
	return out, nil
}

func (r *batchRun) stage(ctx context.Context, st *stage, workers int) error {
	for _, i := range st.uniform {
		s := &r.steps[i]
		if s.leaf() {
			continue
		}
		if err := r.uniform(i, s); err != nil {
			return err
		}
	}
	if len(st.sweep) == 0 {
		return nil
	}
	for _, i := range append(append([]int{}, st.reduce...), st.store...) {
		d := r.steps[i].dims
		r.shared[i] = expr.Array{Dims: d, Data: make([]float64, d.Size())}
	}
	return r.sweep(ctx, st, workers)
}

func (r *batchRun) uniform(i int, s *step) error {
	if s.rule == nil {
		args := make([]G.Value, len(s.args))
		for k, a := range s.args {
			args[k] = asValue(r.steps[a].node.Shape(), r.shared[a].Data)
		}
		v, err := s.do(args)
		if err != nil {
			return err
		}
		r.shared[i], err = s.array(v)
		return err
	}
	r.shared[i] = expr.Array{Dims: s.dims, Data: make([]float64, s.dims.Size())}
	args := make([]expr.Array, len(s.args))
	for k, a := range s.args {
		args[k] = r.shared[a]
	}
	return s.eval(r.shared[i], args)
}

// sweep goes over the pixels once. Workers take batches in order and merge what they computed in the same order.
func (r *batchRun) sweep(ctx context.Context, st *stage, workers int) error {
	batches := (r.pixels + r.size - 1) / r.size
	workers = max(1, min(workers, batches))
	var next atomic.Int64
	turn := 0 // the batch whose turn it is to merge
	var failed error
	var mu sync.Mutex
	merged := sync.NewCond(&mu)
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w := r.newWorker(st)
			for {
				k := int(next.Add(1)) - 1
				if k >= batches {
					return
				}
				lo, hi := k*r.size, min((k+1)*r.size, r.pixels)
				err := ctx.Err()
				if err == nil {
					err = w.compute(lo, hi)
				}
				mu.Lock()
				for turn != k && failed == nil {
					merged.Wait()
				}
				if failed == nil && err != nil {
					failed = err
				}
				if failed == nil {
					w.merge(lo, hi)
					r.done += hi - lo
					if r.progress != nil {
						r.progress(r.done, r.pixels*r.sweeps())
					}
				}
				turn++
				stop := failed != nil
				merged.Broadcast()
				mu.Unlock()
				if stop {
					return
				}
			}
		}()
	}
	wg.Wait()
	return failed
}

func (b *Batches) sweeps() int {
	n := 0
	for _, st := range b.stages {
		if len(st.sweep) > 0 {
			n++
		}
	}
	return n
}

// worker has the buffers of one batch's values.
type worker struct {
	*batchRun
	st     *stage
	local  []expr.Array // pixel values and partial reductions, of each step
	buffer map[int][]float64
	args   []expr.Array
}

func (r *batchRun) newWorker(st *stage) *worker {
	w := &worker{batchRun: r, st: st, local: make([]expr.Array, len(r.steps)), buffer: map[int][]float64{}}
	for _, i := range st.sweep {
		w.buffer[i] = make([]float64, r.steps[i].dims.Size()/r.pixels*r.size)
	}
	for _, i := range st.reduce {
		w.buffer[i] = make([]float64, r.steps[i].dims.Size())
	}
	return w
}

func (w *worker) compute(lo, hi int) error {
	for _, i := range w.st.sweep {
		s := &w.steps[i]
		d := s.dims
		d[expr.Pixel] = hi - lo
		out := expr.Array{Dims: d, Data: w.buffer[i][:d.Size()]}
		w.local[i] = out
		if s.leaf() {
			copyPixels(out, 0, w.shared[i], lo, hi-lo)
			continue
		}
		if err := w.eval(s, out); err != nil {
			return err
		}
	}
	for _, i := range w.st.reduce {
		s := &w.steps[i]
		w.local[i] = expr.Array{Dims: s.dims, Data: w.buffer[i]}
		if err := w.eval(s, w.local[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) eval(s *step, out expr.Array) error {
	w.args = w.args[:0]
	for _, a := range s.args {
		if w.pixel[a] {
			w.args = append(w.args, w.local[a])
		} else {
			w.args = append(w.args, w.shared[a])
		}
	}
	return s.eval(out, w.args)
}

func (w *worker) merge(lo, hi int) {
	for _, i := range w.st.reduce {
		sum := w.shared[i].Data
		for k, v := range w.local[i].Data {
			sum[k] += v
		}
	}
	for _, i := range w.st.store {
		copyPixels(w.shared[i], lo, w.local[i], 0, hi-lo)
	}
}

// copyPixels copies n pixels of every row.
func copyPixels(dst expr.Array, to int, src expr.Array, from, n int) {
	rows := src.Dims.Size() / src.Dims[expr.Pixel]
	for r := range rows {
		copy(dst.Data[r*dst.Dims[expr.Pixel]+to:][:n], src.Data[r*src.Dims[expr.Pixel]+from:][:n])
	}
}
