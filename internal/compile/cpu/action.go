package cpu

import (
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
)

func (w *worker) lanesOf(r compile.Register) []float64 { return w.arena[w.vector[r]:][:w.width] }

// do executes an action in Go, between stretches of kernels.
func (w *worker) do(a *action) {
	switch a.do {
	case compile.ItemLoad:
		src := w.shared[a.item.Node]
		v := w.lanesOf(a.item.Dst[0])
		if src.Ramps != nil {
			src.Ramps.Fill(v[:w.n], w.lo)
		} else {
			copy(v[:w.n], src.Data[a.from.At(&w.index)*src.Dims[expr.Pixel]+w.lo:])
		}
		repeatLast(v, w.n) // so that lanes beyond the last pixel compute ordinary values
	case compile.ItemStore:
		if to := w.window.From(a.item.Node, w.lo); to != nil {
			copy(to[:w.n], w.lanesOf(a.item.Src[0].Reg))
			break
		}
		dst := w.shared[a.item.Node]
		copy(dst.Data[a.from.At(&w.index)*dst.Dims[expr.Pixel]+w.lo:][:w.n], w.lanesOf(a.item.Src[0].Reg))
	case compile.ItemSink:
		sources := a.item.Src
		if a.item.Kind == compile.ItemScatter {
			sources = sources[1:] // the values
		}
		for _, s := range sources {
			clear(w.lanesOf(s.Reg)[w.n:])
		}
	case compile.ItemCall:
		// Lanes beyond the last pixel repeat it: a called rule is too costly to run for them.
		out := w.lanesOf(a.item.Dst[0])
		a.item.Rule.Eval(expr.Array{Dims: expr.Dims{1, 1, 1, w.n}, Data: out[:w.n]}, w.arguments(a, w.n))
		repeatLast(out, w.n)
	case compile.ItemScatter:
		if s := w.squares[a.item.Node]; s != nil {
			s.Add(w.arguments(a, w.n))
			return
		}
		a.item.Rule.ScatterInto(w.partial[a.item.Node], w.arguments(a, w.n))
	}
}

// repeatLast copies lane n−1 to all lanes after it.
func repeatLast(v []float64, n int) {
	for i := n; i < len(v); i++ {
		v[i] = v[n-1]
	}
}

// arguments returns the operands of a called rule: n lanes, numbers, or a whole table.
func (w *worker) arguments(a *action, n int) []expr.Array {
	w.args = w.args[:0]
	for _, s := range a.item.Src {
		if s.Reg == compile.None {
			slot := w.slotOf[s.Num]
			w.args = append(w.args, expr.Array{Dims: expr.Dims{1, 1, 1, 1}, Data: w.arena[slot : slot+1 : slot+1]})
			continue
		}
		w.args = append(w.args, expr.Array{Dims: expr.Dims{1, 1, 1, n}, Data: w.lanesOf(s.Reg)[:n]})
	}
	s := w.plan.Node(a.item.Node)
	for k := len(w.args); k < len(s.Args); k++ {
		w.args = append(w.args, w.shared[s.Args[k]])
	}
	return w.args
}
