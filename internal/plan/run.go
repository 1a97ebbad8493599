package plan

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Progress receives how many pixels of all sweeps are done. Calls are serialised.
type Progress func(done, total int)

// run is the state of one run of a plan.
type run struct {
	*Plan
	engine   Engine
	shared   []expr.Array // uniform values, reductions and stored pixel values, of each step
	others   []G.Value    // values of other types than float64, which gorgonia's operations make and take, of each step
	progress Progress
	done     int
}

// Run computes the roots with the sweeps done by an engine, on a number of workers. The result has the same bits for any
// number of workers: batches are the same, and reductions are summed in the order of the batches.
func (p *Plan) Run(ctx context.Context, engine Engine, workers int, progress Progress) ([]G.Value, error) {
	r := &run{Plan: p, engine: engine, shared: make([]expr.Array, len(p.steps)), others: make([]G.Value, len(p.steps)), progress: progress}
	if err := r.leaves(); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	for k := range p.stages {
		err := r.stage(ctx, k, workers)
		if err != nil && err == ctx.Err() {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("plan: %w", err)
		}
	}
	out := make([]G.Value, len(p.roots))
	for i, root := range p.roots {
		out[i] = r.value(p.index[root])
	}
	return out, nil
}

// leaves reads the inputs' present values.
func (r *run) leaves() error {
	for i := range r.steps {
		s := &r.steps[i]
		if !s.Leaf() {
			continue
		}
		v, err := s.Read()
		switch {
		case err != nil:
		case s.Node.Dtype() != tensor.Float64:
			r.others[i] = v
		default:
			r.shared[i], err = s.View(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value is a step's value as gorgonia's operations want it.
func (r *run) value(i int) G.Value {
	if r.others[i] != nil {
		return r.others[i]
	}
	return r.steps[i].Value(r.shared[i].Data)
}

func (r *run) stage(ctx context.Context, k, workers int) error {
	st := &r.stages[k]
	for _, i := range st.uniform {
		s := &r.steps[i]
		if s.Leaf() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.uniform(i, s); err != nil {
			return err
		}
	}
	if st.Empty() {
		return nil
	}
	for _, list := range [][]int{st.Reduce, st.Store} {
		for _, i := range list {
			d := r.steps[i].Dims
			r.shared[i] = expr.Array{Dims: d, Data: make([]float64, d.Size())}
		}
	}
	return r.sweep(ctx, k, workers)
}

// uniform computes a step on whole arrays, outside of any sweep.
func (r *run) uniform(i int, s *Step) error {
	if s.Rule == nil {
		args := make([]G.Value, len(s.Args))
		for k, a := range s.Args {
			args[k] = r.value(a)
		}
		v, err := s.Do(args)
		if err != nil {
			return err
		}
		if s.Node.Dtype() != tensor.Float64 {
			r.others[i] = v
			return nil
		}
		r.shared[i], err = s.Array(v)
		return err
	}
	r.shared[i] = expr.Array{Dims: s.Dims, Data: make([]float64, s.Dims.Size())}
	args := make([]expr.Array, len(s.Args))
	for k, a := range s.Args {
		args[k] = r.shared[a]
	}
	return s.Eval(r.shared[i], args)
}

// sweep goes over the pixels once. Workers take batches in order; see merger for how their sums come together.
func (r *run) sweep(ctx context.Context, k, workers int) error {
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
		return fmt.Errorf("sweep %d: %w", k, m.failed)
	}
	return m.failed
}

// sweeps is the number of sweeps that have something to do.
func (p *Plan) sweeps() int {
	n := 0
	for k := range p.stages {
		if !p.stages[k].Empty() {
			n++
		}
	}
	return n
}
