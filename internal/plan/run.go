package plan

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/pages"
)

// Progress receives the number of pixels done and the total, summed over all sweeps. Calls are
// serialised.
type Progress func(done, total int)

// run is the state of one run of a plan.
type run struct {
	*Plan
	engine   Engine
	shared   []expr.Array // by node: uniform values, reductions and stored pixel values
	others   []G.Value    // by node: values of types other than float64, which only gorgonia's operations use
	room     [][]float64  // by node: memory for its array; nil where it is made anew
	progress Progress
	done     int
	stream   stream
}

// Run computes the roots; the engine computes the sweeps, on the given number of workers. The
// result has the same bits for any number of workers, since the batches are the same and reductions
// are summed in their order. progress may be nil.
func (p *Plan) Run(ctx context.Context, engine Engine, workers int, progress Progress) ([]G.Value, error) {
	return p.RunInto(ctx, engine, workers, progress, nil)
}

// RunInto is [Plan.Run] in memory that exists: the elements of root i are written to into[i], where that is not nil.
func (p *Plan) RunInto(ctx context.Context, engine Engine, workers int, progress Progress, into [][]float64) ([]G.Value, error) {
	r := newRun(p, engine)
	r.progress = progress
	defer r.release()
	for i, data := range into {
		if k := p.index[p.roots[i]]; data != nil && len(data) == p.nodes[k].Dims.Size() {
			r.room[k] = data
		}
	}
	if err := r.leaves(); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if err := r.stagesOf(ctx, workers); err != nil {
		if err == ctx.Err() {
			return nil, err
		}
		return nil, fmt.Errorf("plan: %w", err)
	}
	out := make([]G.Value, len(p.roots))
	for i, root := range p.roots {
		out[i] = r.value(p.index[root])
	}
	return out, nil
}

func newRun(p *Plan, engine Engine) *run {
	r := &run{Plan: p, engine: engine, shared: make([]expr.Array, len(p.nodes)), others: make([]G.Value, len(p.nodes))}
	if room, ok := p.rooms.Get().(*[][]float64); ok {
		r.room = *room
	} else {
		r.room = make([][]float64, len(p.nodes))
	}
	return r
}

// array makes the array of a node, and reports whether its elements are 0: in memory of an earlier run they are not.
func (r *run) array(i int) (fresh bool) {
	d := r.nodes[i].Dims
	if fresh = r.room[i] == nil; fresh {
		r.room[i] = pages.Make[float64](d.Size())
	}
	r.shared[i] = expr.Array{Dims: d, Data: r.room[i]}
	return fresh
}

// zeros makes the array of a node, whose elements are 0.
func (r *run) zeros(i int) {
	if !r.array(i) {
		clear(r.shared[i].Data)
	}
}

// stored makes the array of a pixel value that a sweep stores, whose elements are 0 where no pixel is computed.
func (r *run) stored(i int) {
	if r.array(i) {
		return
	}
	data, computed := r.shared[i].Data, r.computed()
	for at := 0; at < len(data); at += r.pixels {
		clear(data[at+computed : at+r.pixels])
	}
}

// release leaves the memory to later runs, except that of the roots. Most of the time of a new array is the system's, which
// finds a page for each 4 kB of it.
func (r *run) release() {
	if r.foreign {
		return // what gorgonia computes may share memory with its operands
	}
	for _, root := range r.roots {
		r.room[r.index[root]] = nil
	}
	room := r.room // a copy, since its address would keep the whole run
	r.rooms.Put(&room)
}

// stagesOf computes the stages in order.
func (r *run) stagesOf(ctx context.Context, workers int) error {
	for k := range r.stages {
		if err := r.stage(ctx, k, workers); err != nil {
			return err
		}
	}
	return nil
}

// leaves reads the current values of the leaves.
func (r *run) leaves() error {
	_, computes := r.engine.(HostEngine)
	for i := range r.nodes {
		n := &r.nodes[i]
		if !n.Leaf() {
			continue
		}
		v, err := n.Read()
		ramps, ok := node.RampsOf(v)
		switch {
		case err != nil:
		case ok && computes && !n.read && ramps.Len() == n.Dims.Size():
			r.shared[i] = expr.Array{Dims: n.Dims, Ramps: ramps}
		case n.Expr.Dtype() != tensor.Float64:
			r.others[i] = v
		default:
			r.shared[i], err = n.View(v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// value returns the value of a node as a gorgonia value.
func (r *run) value(i int) G.Value {
	if r.others[i] != nil {
		return r.others[i]
	}
	return r.nodes[i].Value(r.shared[i].Data)
}

// stage computes the uniform values of a stage, then runs its sweep.
func (r *run) stage(ctx context.Context, k, workers int) error {
	st := &r.stages[k]
	if err := r.uniforms(ctx, st, workers); err != nil {
		return err
	}
	if st.Empty() {
		return nil
	}
	for _, list := range [][]int{st.Reduce, st.Runs} {
		for _, i := range list {
			if !r.stream.of(i) {
				r.zeros(i)
			}
		}
	}
	for _, i := range st.Store {
		r.stored(i)
	}
	for _, p := range st.puts {
		r.zeros(p.node)
	}
	return r.sweep(ctx, k, workers)
}

// uniforms computes the uniform values of a stage.
func (r *run) uniforms(ctx context.Context, st *stage, workers int) error {
	if engine, ok := r.engine.(InnerEngine); ok && len(r.inner) > 0 {
		return r.inPhases(ctx, st, engine, workers)
	}
	for _, i := range st.uniform {
		n := &r.nodes[i]
		if n.Leaf() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.uniform(i, n, workers); err != nil {
			return err
		}
	}
	return nil
}

// uniform computes a node on whole arrays, outside of the sweeps.
func (r *run) uniform(i int, n *Node, workers int) error {
	if !n.Rule.Exists() {
		args := make([]G.Value, len(n.Args))
		for k, a := range n.Args {
			args[k] = r.value(a)
		}
		v, err := n.Do(args)
		if err != nil {
			return err
		}
		if n.Expr.Dtype() != tensor.Float64 {
			r.others[i] = v
			return nil
		}
		r.shared[i], err = n.Array(v)
		return err
	}
	r.zeros(i)
	args := make([]expr.Array, len(n.Args))
	for k, a := range n.Args {
		args[k] = r.shared[a]
	}
	return n.evalNew(r.shared[i], args, workers)
}

// sweep goes over the pixels once. Workers take batches in order; merger adds their sums.
func (r *run) sweep(ctx context.Context, k, workers int) error {
	bounds, err := r.bounds(r.engine.Batch())
	if err != nil {
		return err
	}
	batches := len(bounds) - 1
	workers = max(1, min(workers, batches))
	m := newMerger(r, &r.stages[k], workers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var room []float64 // for a batch of the stream
			w, err := r.engine.Worker(k, r.shared)
			if err == nil {
				defer w.Close()
			}
			for {
				batch := int(next.Add(1)) - 1
				if batch >= batches {
					return
				}
				lo, hi := bounds[batch], bounds[batch+1]
				if err == nil {
					err = ctx.Err()
				}
				if err == nil {
					err = r.stream.compute(ctx, k, w, lo, hi, &room)
				}
				if !m.deliver(batch, span{lo, hi}, w, err) {
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

// sweeps returns the number of sweeps that are not empty.
func (p *Plan) sweeps() int {
	n := 0
	for k := range p.stages {
		if !p.stages[k].Empty() {
			n++
		}
	}
	return n
}
