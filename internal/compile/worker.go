package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// worker runs a sweep on one goroutine.
type worker struct {
	*sweepProgram
	shared  []expr.Array
	arena   []float64
	kept    [][]float64 // by sink: accumulators of results with step axes, 16 an element
	partial map[int][]float64
	index   [expr.Pixel]int // of the loops
	lo, n   int             // the block's pixels
	args    []expr.Array
}

// Worker prepares one goroutine's part of a sweep.
func (p *Program) Worker(k int, shared []expr.Array) (plan.Worker, error) {
	s := p.sweeps[k]
	w := &worker{sweepProgram: s, shared: shared, arena: cpu.NewArena(s.arena), kept: make([][]float64, len(s.function.sinks)), partial: map[int][]float64{}}
	for k := range s.function.sinks {
		sink := &s.function.sinks[k]
		if sink.kind == sinkStore {
			continue
		}
		w.partial[sink.step] = make([]float64, s.plan.Step(sink.step).Dims.Size())
		if sink.kind != sinkScatter && sink.target != 0 {
			w.kept[k] = make([]float64, len(w.partial[sink.step])*cpu.AccumulatorLen)
		}
	}
	for _, f := range s.start {
		w.fill(f)
	}
	return w, nil
}

// Compute does the pixels lo … hi−1, a block at a time.
func (w *worker) Compute(lo, hi int) (err error) {
	// A called rule panics at a value that it does not expect, as on the tape: a choice that there is none of.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("compile: pixels %d to %d: %v", lo, hi-1, r)
		}
	}()
	for k := range w.function.sinks {
		switch sink := &w.function.sinks[k]; {
		case sink.kind == sinkStore:
		case sink.kind == sinkScatter:
			clear(w.partial[sink.step])
		case sink.target != 0:
			clear(w.kept[k])
		default:
			clear(w.accumulators(k))
		}
	}
	for at := lo; at < hi; at += w.lanes {
		w.lo, w.n = at, min(w.lanes, hi-at)
		body := w.full
		if w.n < w.lanes {
			body = w.tail
		}
		w.run(body)
	}
	for k := range w.function.sinks {
		sink := &w.function.sinks[k]
		if sink.kind != sinkSum && sink.kind != sinkDot {
			continue
		}
		out := w.partial[sink.step]
		if sink.target == 0 {
			out[0] = cpu.Total(w.accumulators(k)) * sink.scale
			continue
		}
		for i := range out {
			out[i] = cpu.Total(w.kept[k][i*cpu.AccumulatorLen:][:cpu.AccumulatorLen]) * sink.scale
		}
	}
	return nil
}

// Partial is a reduction's sum over the last batch.
func (w *worker) Partial(step int) []float64 { return w.partial[step] }

// Close has nothing to give back.
func (w *worker) Close() {}

func (w *worker) accumulators(sink int) []float64 {
	return w.arena[w.accumulator[sink]:][:cpu.AccumulatorLen]
}

func (w *worker) run(p *loopProgram) {
	for i := range p.extent {
		if p.axis >= 0 {
			w.index[p.axis] = i
		}
		for _, f := range p.fills {
			w.fill(f)
		}
		for _, k := range p.sums {
			copy(w.accumulators(k), w.element(k))
		}
		for j := range p.actions {
			a := &p.actions[j]
			switch {
			case a.code != nil:
				a.code.Run(w.arena)
			case a.loop != nil:
				w.run(a.loop)
			default:
				w.do(a)
			}
		}
		for _, k := range p.sums {
			copy(w.element(k), w.accumulators(k))
		}
	}
	if p.axis >= 0 {
		w.index[p.axis] = 0
	}
}

// element are the accumulators of a sink at the loops' indices.
func (w *worker) element(sink int) []float64 {
	return w.kept[sink][w.target[sink].at(&w.index)*cpu.AccumulatorLen:][:cpu.AccumulatorLen]
}

func (w *worker) fill(f fill) {
	v := f.value
	if f.from.step >= 0 {
		v = w.shared[f.from.step].Data[f.from.at(&w.index)]
	}
	w.arena[f.slot] = v
}

func (w *worker) lanesOf(r register) []float64 { return w.arena[w.vector[r]:][:w.lanes] }

// do is what Go does between stretches of kernels.
func (w *worker) do(a *action) {
	switch a.do {
	case itemLoad:
		src := w.shared[a.item.step]
		v := w.lanesOf(a.item.dst[0])
		copy(v[:w.n], src.Data[a.from.at(&w.index)*src.Dims[expr.Pixel]+w.lo:])
		repeatLast(v, w.n) // so that lanes beyond the last pixel compute nothing unusual
	case itemStore:
		dst := w.shared[a.item.step]
		copy(dst.Data[a.from.at(&w.index)*dst.Dims[expr.Pixel]+w.lo:][:w.n], w.lanesOf(a.item.src[0].reg))
	case itemSink:
		for _, s := range a.item.src {
			clear(w.lanesOf(s.reg)[w.n:])
		}
	case itemCall:
		if a.item.op == opLookup {
			w.lookup(a)
			return
		}
		// Lanes beyond the last pixel repeat it: a called rule costs too much to be run for them.
		out := w.lanesOf(a.item.dst[0])
		a.item.rule.Eval(expr.Array{Dims: expr.Dims{1, 1, 1, w.n}, Data: out[:w.n]}, w.arguments(a, w.n))
		repeatLast(out, w.n)
	case itemScatter:
		expr.ScatterInto(a.item.rule, w.partial[a.item.step], w.arguments(a, w.n))
	}
}

// lookup does the work of two called rules: see opLookup.
func (w *worker) lookup(a *action) {
	args := w.arguments(a, w.n)
	values, missing := w.lanesOf(a.item.dst[0]), w.lanesOf(a.item.dst[1])
	expr.NearestLookup(a.item.rule, args[3].Data, args[0].Data, args[1].Data, args[2].Data, values[:w.n], missing[:w.n])
	repeatLast(values, w.n)
	repeatLast(missing, w.n)
}

// repeatLast fills the lanes from n on with the one before.
func repeatLast(v []float64, n int) {
	for i := n; i < len(v); i++ {
		v[i] = v[n-1]
	}
}

// arguments are a called rule's operands: n lanes, numbers, or a whole table.
func (w *worker) arguments(a *action, n int) []expr.Array {
	w.args = w.args[:0]
	for _, s := range a.item.src {
		if s.reg == none {
			slot := w.slotOf[s.num]
			w.args = append(w.args, expr.Array{Dims: expr.Dims{1, 1, 1, 1}, Data: w.arena[slot : slot+1 : slot+1]})
			continue
		}
		w.args = append(w.args, expr.Array{Dims: expr.Dims{1, 1, 1, n}, Data: w.lanesOf(s.reg)[:n]})
	}
	s := w.plan.Step(a.item.step)
	for k := len(w.args); k < len(s.Args); k++ {
		w.args = append(w.args, w.shared[s.Args[k]])
	}
	return w.args
}
