package tape

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Progress is told how many pixels of all sweeps are done. Calls are serialised.
type Progress func(done, total int)

// batchRun is the state of one run of Batches.
type batchRun struct {
	*Batches
	engine   Engine
	shared   []expr.Array // uniform values, reductions and stored pixel values, of each step
	others   []G.Value    // values of other types than float64, which gorgonia's operations make and take, of each step
	progress Progress
	done     int
}

// Run computes the roots on the tape, with a number of workers. The result has the same bits for any number of workers:
// batches are the same, and reductions are summed in the order of the batches.
func (b *Batches) Run(ctx context.Context, workers int, progress Progress) ([]G.Value, error) {
	return b.RunOn(ctx, interpreter{b}, workers, progress)
}

// RunOn computes the roots with the sweeps done by another engine.
func (b *Batches) RunOn(ctx context.Context, engine Engine, workers int, progress Progress) ([]G.Value, error) {
	r := &batchRun{Batches: b, engine: engine, shared: make([]expr.Array, len(b.steps)), others: make([]G.Value, len(b.steps)), progress: progress}
	for i := range b.steps {
		if s := &b.steps[i]; s.leaf() {
			v, err := s.leafValue()
			switch {
			case err != nil:
			case s.node.Dtype() != tensor.Float64:
				r.others[i] = v
			default:
				r.shared[i], err = s.leafArray(v)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for k := range b.stages {
		if err := r.stage(ctx, k, workers); err != nil {
			return nil, err
		}
	}
	out := make([]G.Value, len(b.roots))
	for i, root := range b.roots {
		out[i] = r.value(b.index[root])
	}
	return out, nil
}

// value is a step's value as gorgonia's operations want it.
func (r *batchRun) value(i int) G.Value {
	if r.others[i] != nil {
		return r.others[i]
	}
	return asValue(r.steps[i].node.Shape(), r.shared[i].Data)
}

func (r *batchRun) stage(ctx context.Context, k, workers int) error {
	st := &r.stages[k]
	for _, i := range st.uniform {
		s := &r.steps[i]
		if s.leaf() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.uniform(i, s); err != nil {
			return err
		}
	}
	if len(st.Reduce) == 0 && len(st.Store) == 0 {
		return nil
	}
	for _, list := range [][]int{st.Reduce, st.Store} {
		for _, i := range list {
			d := r.steps[i].dims
			r.shared[i] = expr.Array{Dims: d, Data: make([]float64, d.Size())}
		}
	}
	return r.sweep(ctx, k, workers)
}

// uniform computes a step on whole arrays, outside of any sweep.
func (r *batchRun) uniform(i int, s *step) error {
	if s.rule == nil {
		args := make([]G.Value, len(s.args))
		for k, a := range s.args {
			args[k] = r.value(a)
		}
		v, err := s.do(args)
		if err != nil {
			return err
		}
		if s.node.Dtype() != tensor.Float64 {
			r.others[i] = v
			return nil
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

// sweep goes over the pixels once. Workers take batches in order; see merger for how their sums come together.
func (r *batchRun) sweep(ctx context.Context, k, workers int) error {
	size := r.engine.Batch()
	batches := (r.pixels + size - 1) / size
	workers = max(1, min(workers, batches))
	m := newMerger(r, r.stages[k].Reduce, workers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w, err := r.engine.Worker(k, r.shared)
			if err == nil {
				defer w.Close()
			}
			for {
				batch := int(next.Add(1)) - 1
				if batch >= batches {
					return
				}
				lo, hi := batch*size, min((batch+1)*size, r.pixels)
				if err == nil {
					err = ctx.Err()
				}
				if err == nil {
					err = w.Compute(lo, hi)
				}
				if !m.deliver(batch, hi-lo, w, err) {
					return
				}
			}
		}()
	}
	wg.Wait()
	if m.failed != nil && ctx.Err() == nil {
		return fmt.Errorf("tape: sweep %d: %w", k, m.failed)
	}
	return m.failed
}

func (b *Batches) sweeps() int {
	n := 0
	for _, st := range b.stages {
		if len(st.Reduce)+len(st.Store) > 0 {
			n++
		}
	}
	return n
}
