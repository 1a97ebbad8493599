package tape

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Engine computes the sweeps of Batches. The tape is one; a compiler makes others.
type Engine interface {
	// Worker prepares one goroutine's part in a sweep. shared holds, by step, the uniform values and leaves that are known
	// by then, and room for what the sweep stores.
	Worker(sweep int, shared []expr.Array) (Worker, error)
	// Batch is how many pixels a worker is given at once.
	Batch() int
}

// Worker computes batches of one sweep.
type Worker interface {
	// Compute does the pixels lo … hi−1: writes stored values into the shared arrays, and sums afresh into Partial.
	Compute(lo, hi int) error
	// Partial is reduction i's sum over the last batch.
	Partial(i int) []float64
	// Close gives back what the worker holds. It is called once, by the goroutine that asked for the worker.
	Close()
}

// Step is a step of a plan, for an Engine.
type Step struct {
	Node   *G.Node
	Rule   expr.Rule // nil for leaves
	Args   []int
	Dims   expr.Dims
	Pixel  bool // has the pixel axis
	Stored bool // a pixel value that lies whole in the shared arrays before the sweep: a leaf, or computed between sweeps
}

// Step describes step i.
func (b *Batches) Step(i int) Step {
	s := &b.steps[i]
	return Step{Node: s.node, Rule: s.rule, Args: s.args, Dims: s.dims, Pixel: b.pixel[i], Stored: b.pixel[i] && (s.leaf() || b.whole[i])}
}

// Sweeps lists the sweeps; some may be empty.
func (b *Batches) Sweeps() []Sweep {
	out := make([]Sweep, len(b.stages))
	for k, st := range b.stages {
		out[k] = st.Sweep
	}
	return out
}

// Pixels is the length of the pixel axis.
func (b *Batches) Pixels() int { return b.pixels }

// interpreter is the tape's own engine: a buffer a node, rule by rule.
type interpreter struct{ *Batches }

func (e interpreter) Batch() int { return e.size }

func (e interpreter) Worker(k int, shared []expr.Array) (Worker, error) {
	w := &interpreting{Batches: e.Batches, sweep: &e.stages[k].Sweep, shared: shared, local: make([]expr.Array, len(e.steps)), buffer: map[int][]float64{}}
	for _, i := range w.sweep.Values {
		w.buffer[i] = make([]float64, e.steps[i].dims.Size()/e.pixels*e.size)
	}
	for _, i := range w.sweep.Reduce {
		w.buffer[i] = make([]float64, e.steps[i].dims.Size())
	}
	return w, nil
}

type interpreting struct {
	*Batches
	sweep  *Sweep
	shared []expr.Array
	local  []expr.Array // pixel values and partial reductions, of each step
	buffer map[int][]float64
	args   []expr.Array
}

func (w *interpreting) Compute(lo, hi int) error {
	for _, i := range w.sweep.Values {
		s := &w.steps[i]
		d := s.dims
		d[expr.Pixel] = hi - lo
		out := expr.Array{Dims: d, Data: w.buffer[i][:d.Size()]}
		w.local[i] = out
		if s.leaf() || w.whole[i] {
			copyPixels(out, 0, w.shared[i], lo, hi-lo)
			continue
		}
		if err := w.eval(s, out); err != nil {
			return err
		}
	}
	for _, i := range w.sweep.Reduce {
		s := &w.steps[i]
		w.local[i] = expr.Array{Dims: s.dims, Data: w.buffer[i]}
		if err := w.eval(s, w.local[i]); err != nil {
			return err
		}
	}
	for _, i := range w.sweep.Store {
		copyPixels(w.shared[i], lo, w.local[i], 0, hi-lo)
	}
	return nil
}

func (w *interpreting) eval(s *step, out expr.Array) error {
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

func (w *interpreting) Partial(i int) []float64 { return w.local[i].Data }

func (w *interpreting) Close() {}

// copyPixels copies n pixels of every row.
func copyPixels(dst expr.Array, to int, src expr.Array, from, n int) {
	rows := src.Dims.Size() / src.Dims[expr.Pixel]
	for r := range rows {
		copy(dst.Data[r*dst.Dims[expr.Pixel]+to:][:n], src.Data[r*src.Dims[expr.Pixel]+from:][:n])
	}
}
