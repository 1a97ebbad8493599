package compile

import (
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// rewriter returns the value of r.out that replaces instruction v of r.in. args are the operands as
// already rewritten.
type rewriter func(r *rewriting, v ID, args []ID) ID

type rewriting struct {
	in, out *Function
	to      []ID  // by instruction of in: its replacement
	uses    []int // by instruction of in: the number of its uses by live instructions
	live    map[use][]ID
}

// use is an operation and its first operand.
type use struct {
	op  Op
	arg ID
}

// rewrite builds a new function instruction by instruction and drops dead instructions.
func (f *Function) rewrite(how rewriter) *Function {
	r := &rewriting{in: f, out: newFunction(f.target, len(f.Code)), to: make([]ID, len(f.Code)), uses: make([]int, len(f.Code)), live: map[use][]ID{}}
	r.out.Loops, r.out.Order = f.Loops, f.Order
	for _, s := range f.Sinks {
		for _, a := range s.Args {
			r.uses[a]++
		}
	}
	// Operands have lower numbers than their users, so one pass from the end counts the uses by
	// live instructions.
	for v := len(f.Code) - 1; v >= 0; v-- {
		if r.uses[v] > 0 {
			for _, a := range f.Code[v].Args {
				r.uses[a]++
			}
		}
	}
	for v := range f.Code {
		if in := &f.Code[v]; r.uses[v] > 0 && len(in.Args) > 0 {
			u := use{in.Op, in.Args[0]}
			r.live[u] = append(r.live[u], ID(v))
		}
	}
	for v := range f.Code {
		if r.uses[v] == 0 {
			continue
		}
		args := make([]ID, len(f.Code[v].Args))
		for k, a := range f.Code[v].Args {
			args[k] = r.to[a]
		}
		r.to[v] = how(r, ID(v), args)
	}
	for _, s := range f.Sinks {
		args := make([]ID, len(s.Args))
		for k, a := range s.Args {
			args[k] = r.to[a]
		}
		s.Args = args
		r.out.Sinks = append(r.out.Sinks, s)
	}
	return r.out
}

// same copies an instruction.
func (r *rewriting) same(v ID, args []ID) ID {
	in := r.in.Code[v]
	in.Args = args
	return r.out.insert(in)
}

// result adds the k-th result of an instruction.
func (r *rewriting) result(of ID, k int) ID {
	return r.out.add(Instr{Op: OpResult, Args: []ID{of}, Order: k})
}

// pairs joins instructions that one operation of the target computes together.
func pairs(r *rewriting, v ID, args []ID) ID {
	in := &r.in.Code[v]
	has := r.in.target.Has
	switch in.Op {
	case OpNearest:
		less := func(w ID) bool { return r.in.Code[w].Args[1] == v } // x − nearest(x)
		if !has(OpSplit) || !slices.ContainsFunc(r.live[use{OpSub, in.Args[0]}], less) {
			break
		}
		return r.result(r.out.add(Instr{Op: OpSplit, Args: args}), 1)
	case OpSub:
		// x − nearest(x): by now, nearest(x) is the second result of a split.
		if y := &r.out.Code[args[1]]; y.Op == OpResult && r.out.Code[y.Args[0]].Op == OpSplit && r.out.Code[y.Args[0]].Args[0] == args[0] {
			return y.Args[0]
		}
	case OpSin:
		if has(OpSincos) && len(r.live[use{OpCos, in.Args[0]}]) > 0 {
			return r.out.add(Instr{Op: OpSincos, Args: args})
		}
	case OpCos:
		if has(OpSincos) && len(r.live[use{OpSin, in.Args[0]}]) > 0 {
			return r.result(r.out.add(Instr{Op: OpSincos, Args: args}), 1)
		}
	case OpSinRatio, OpGaussMean:
		order := in.Order
		for _, w := range r.live[use{in.Op, in.Args[0]}] {
			if o := &r.in.Code[w]; o.Args[1] == in.Args[1] {
				order = max(order, o.Order)
			}
		}
		return r.out.add(Instr{Op: in.Op, Args: args, Order: order})
	case OpCall:
		if !has(OpLookup) {
			break
		}
		return r.lookup(v, args)
	}
	return r.same(v, args)
}

// lookup joins the lookup of a table with the share of its default at the same indices.
func (r *rewriting) lookup(v ID, args []ID) ID {
	in := &r.in.Code[v]
	for _, a := range args {
		if r.out.Code[a].Uniform() {
			return r.same(v, args) // the pair needs vectors
		}
	}
	for _, w := range r.live[use{OpCall, in.Args[0]}] {
		o := &r.in.Code[w]
		if !slices.Equal(o.Args, in.Args) {
			continue
		}
		pair := Instr{Op: OpLookup, Args: args, Axes: in.Axes}
		if expr.SameLookup(in.Rule, o.Rule) {
			pair.Rule, pair.Node = in.Rule, in.Node
			return r.out.insert(pair)
		}
		if expr.SameLookup(o.Rule, in.Rule) {
			pair.Rule, pair.Node = o.Rule, o.Node
			return r.result(r.out.insert(pair), 1)
		}
	}
	return r.same(v, args)
}

// multiplyAdds fuses a product that is used once with the addition that uses it.
func multiplyAdds(r *rewriting, v ID, args []ID) ID {
	in := &r.in.Code[v]
	if in.Op != OpAdd && in.Op != OpSub && in.Op != OpSum || !r.in.target.Has(OpFma) {
		return r.same(v, args)
	}
	// The terms of a sum are computed as often as its operand.
	on := in.Axes
	if in.Op == OpSum {
		on = r.in.Code[in.Args[0]].Axes
	}
	// product returns the factors of operand k, a vector first.
	product := func(k int) (x, y ID, ok bool) {
		from := in.Args[k]
		p := &r.out.Code[args[k]]
		if r.uses[from] != 1 || !r.innermost(p.Axes, on) {
			return 0, 0, false
		}
		switch p.Op {
		case OpSquare:
			return p.Args[0], p.Args[0], true
		case OpMul:
			x, y = p.Args[0], p.Args[1]
			if r.out.Code[x].Uniform() {
				x, y = y, x
			}
			return x, y, true
		}
		return 0, 0, false
	}
	if in.Op == OpSum {
		if x, y, ok := product(0); ok {
			return r.out.insert(Instr{Op: OpSum, Args: []ID{x, y}, Axes: in.Axes})
		}
		return r.same(v, args)
	}
	if x, y, ok := product(1); ok {
		o := OpFma
		if in.Op == OpSub {
			o = OpFnma
		}
		return r.out.add(Instr{Op: o, Args: []ID{x, y, args[0]}})
	}
	if x, y, ok := product(0); ok {
		o := OpFma
		if in.Op == OpSub {
			o = OpFms
		}
		return r.out.add(Instr{Op: o, Args: []ID{x, y, args[1]}})
	}
	return r.same(v, args)
}

// innermost reports whether a product on axes p is computed in the same loop as a sum on axes s.
// Fusing a product that is hoisted to an outer loop would repeat its work.
func (r *rewriting) innermost(p, s Axes) bool { return r.in.Depth(p) == r.in.Depth(s) }

// dots replaces a·s + b·t + c·u, with numbers s, t, u, by one instruction: a projection onto an
// axis.
func dots(r *rewriting, v ID, args []ID) ID {
	in := &r.in.Code[v]
	if in.Op != OpFma || !r.in.target.Has(OpDot3) || !r.out.Code[args[1]].Uniform() || r.uses[in.Args[2]] != 1 {
		return r.same(v, args)
	}
	second := &r.out.Code[args[2]]
	if second.Op != OpFma || !r.out.Code[second.Args[1]].Uniform() || r.uses[r.in.Code[in.Args[2]].Args[2]] != 1 {
		return r.same(v, args)
	}
	first := &r.out.Code[second.Args[2]]
	if first.Op != OpMul {
		return r.same(v, args)
	}
	x, s := first.Args[0], first.Args[1]
	if r.out.Code[x].Uniform() {
		x, s = s, x
	}
	if !r.out.Code[s].Uniform() || r.out.Code[x].Uniform() {
		return r.same(v, args)
	}
	if !r.innermost(first.Axes, in.Axes) || !r.innermost(second.Axes, in.Axes) {
		return r.same(v, args)
	}
	return r.out.add(Instr{Op: OpDot3, Args: []ID{x, second.Args[0], args[0], s, second.Args[1], args[1]}})
}
