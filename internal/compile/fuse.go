package compile

import (
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// fuse rewrites a function with instructions that do the work of several in one kernel: fused multiply-adds, dot
// products with numbers, a remainder with its nearest integer, sine with cosine, and a sin ratio with its derivatives.
// What is no longer needed is left out.
func (f *function) fuse() *function {
	f = f.rewrite(pairs)
	f = f.rewrite(multiplyAdds)
	return f.rewrite(dots)
}

// rewriter gives the value in out that stands for in's instruction v, whose operands have been rewritten to args.
type rewriter func(r *rewriting, v id, args []id) id

type rewriting struct {
	in, out *function
	to      []id  // of each instruction of in
	uses    []int // of each instruction of in
}

func (f *function) rewrite(how rewriter) *function {
	r := &rewriting{in: f, out: newFunction(), to: make([]id, len(f.code)), uses: make([]int, len(f.code))}
	r.out.extent, r.out.order = f.extent, f.order
	for _, s := range f.sinks {
		for _, a := range s.args {
			r.uses[a]++
		}
	}
	// Instructions are numbered operands first, so one pass down counts the uses by live instructions alone.
	for v := len(f.code) - 1; v >= 0; v-- {
		if r.uses[v] > 0 {
			for _, a := range f.code[v].args {
				r.uses[a]++
			}
		}
	}
	for v := range f.code {
		if r.uses[v] == 0 {
			continue
		}
		args := make([]id, len(f.code[v].args))
		for k, a := range f.code[v].args {
			args[k] = r.to[a]
		}
		r.to[v] = how(r, id(v), args)
	}
	for _, s := range f.sinks {
		args := make([]id, len(s.args))
		for k, a := range s.args {
			args[k] = r.to[a]
		}
		s.args = args
		r.out.sinks = append(r.out.sinks, s)
	}
	return r.out
}

// same copies an instruction.
func (r *rewriting) same(v id, args []id) id {
	in := r.in.code[v]
	in.args = args
	return r.out.insert(in)
}

// result is a further result of an instruction.
func (r *rewriting) result(of id, k int) id {
	return r.out.add(instr{op: opResult, args: []id{of}, order: k})
}

// find looks for a live instruction.
func (r *rewriting) find(o op, arg id) bool {
	for v := range r.in.code {
		if in := &r.in.code[v]; in.op == o && r.uses[v] > 0 && in.args[0] == arg {
			return true
		}
	}
	return false
}

// pairs takes together what one kernel computes at once.
func pairs(r *rewriting, v id, args []id) id {
	in := &r.in.code[v]
	switch in.op {
	case opNearest:
		return r.result(r.out.add(instr{op: opSplit, args: args}), 1)
	case opSub:
		// x − nearest(x): the nearest is the second result of a split by now.
		if y := &r.out.code[args[1]]; y.op == opResult && r.out.code[y.args[0]].op == opSplit && r.out.code[y.args[0]].args[0] == args[0] {
			return y.args[0]
		}
	case opSin:
		if r.find(opCos, in.args[0]) {
			return r.out.add(instr{op: opSincos, args: args})
		}
	case opCos:
		if r.find(opSin, in.args[0]) {
			return r.result(r.out.add(instr{op: opSincos, args: args}), 1)
		}
	case opSinRatio:
		order := in.order
		for w := range r.in.code {
			if o := &r.in.code[w]; o.op == opSinRatio && r.uses[w] > 0 && o.args[0] == in.args[0] && o.args[1] == in.args[1] {
				order = max(order, o.order)
			}
		}
		return r.out.add(instr{op: opSinRatio, args: args, order: order})
	case opCall:
		return r.lookup(v, args)
	}
	return r.same(v, args)
}

// lookup takes a table's values and the share of its default together, where both are wanted at the same indices.
func (r *rewriting) lookup(v id, args []id) id {
	in := &r.in.code[v]
	for _, a := range args {
		if r.out.code[a].uniform() {
			return r.same(v, args) // the pair takes vectors
		}
	}
	for w := range r.in.code {
		o := &r.in.code[w]
		if o.op != opCall || r.uses[w] == 0 || !slices.Equal(o.args, in.args) {
			continue
		}
		pair := instr{op: opLookup, args: args, axes: in.axes}
		if expr.SameLookup(in.rule, o.rule) {
			pair.rule, pair.step = in.rule, in.step
			return r.out.insert(pair)
		}
		if expr.SameLookup(o.rule, in.rule) {
			pair.rule, pair.step = o.rule, o.step
			return r.result(r.out.insert(pair), 1)
		}
	}
	return r.same(v, args)
}

// multiplyAdds fuses a product that is used once into the sum that uses it.
func multiplyAdds(r *rewriting, v id, args []id) id {
	in := &r.in.code[v]
	if in.op != opAdd && in.op != opSub && in.op != opSum {
		return r.same(v, args)
	}
	// A sum's terms are computed as often as its operand.
	on := in.axes
	if in.op == opSum {
		on = r.in.code[in.args[0]].axes
	}
	// product gives the factors of operand k, a vector first.
	product := func(k int) (x, y id, ok bool) {
		from := in.args[k]
		p := &r.out.code[args[k]]
		if r.uses[from] != 1 || !r.innermost(p.axes, on) {
			return 0, 0, false
		}
		switch p.op {
		case opSquare:
			return p.args[0], p.args[0], true
		case opMul:
			x, y = p.args[0], p.args[1]
			if r.out.code[x].uniform() {
				x, y = y, x
			}
			return x, y, true
		}
		return 0, 0, false
	}
	if in.op == opSum {
		if x, y, ok := product(0); ok {
			return r.out.insert(instr{op: opSum, args: []id{x, y}, axes: in.axes})
		}
		return r.same(v, args)
	}
	if x, y, ok := product(1); ok {
		o := opFma
		if in.op == opSub {
			o = opFnma
		}
		return r.out.add(instr{op: o, args: []id{x, y, args[0]}})
	}
	if x, y, ok := product(0); ok {
		o := opFma
		if in.op == opSub {
			o = opFms
		}
		return r.out.add(instr{op: o, args: []id{x, y, args[1]}})
	}
	return r.same(v, args)
}

// innermost tells that a product on axes p is computed as often as a sum on axes s: fusing one that is hoisted to an
// outer loop would do its work again.
func (r *rewriting) innermost(p, s axes) bool { return r.in.depth(p) == r.in.depth(s) }

// dots takes a·s + b·t + c·u with numbers s, t, u as one: a projection onto an axis.
func dots(r *rewriting, v id, args []id) id {
	in := &r.in.code[v]
	if in.op != opFma || !r.out.code[args[1]].uniform() || r.uses[in.args[2]] != 1 {
		return r.same(v, args)
	}
	second := &r.out.code[args[2]]
	if second.op != opFma || !r.out.code[second.args[1]].uniform() || r.uses[r.in.code[in.args[2]].args[2]] != 1 {
		return r.same(v, args)
	}
	first := &r.out.code[second.args[2]]
	if first.op != opMul {
		return r.same(v, args)
	}
	x, s := first.args[0], first.args[1]
	if r.out.code[x].uniform() {
		x, s = s, x
	}
	if !r.out.code[s].uniform() || r.out.code[x].uniform() {
		return r.same(v, args)
	}
	if !r.innermost(first.axes, in.axes) || !r.innermost(second.axes, in.axes) {
		return r.same(v, args)
	}
	return r.out.add(instr{op: opDot3, args: []id{x, second.args[0], args[0], s, second.args[1], args[1]}})
}
