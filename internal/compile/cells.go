package compile

import (
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// cells is the pass that divides lookups of nearest cells: into the index of the cell, which several
// lookups at the same Miller indices share, and reading an element by it or adding to one.
func cells(s *Sweep) error {
	if !s.target.Has(OpCell) {
		return nil
	}
	c := &cellular{}
	s.Function = s.Function.rewrite(c.call)
	f := s.Function
	for k := range f.Sinks {
		if sink := &f.Sinks[k]; sink.Kind == SinkScatter && divisible(sink.Rule, expr.OpScatter) {
			sink.Args, sink.Cell = []ID{c.cell(f, sink.Node, sink.Rule, sink.Args[:3]), sink.Args[3]}, true
		}
	}
	return nil
}

// cellular is the state of the pass.
type cellular struct {
	grids []gridOf
}

// gridOf is a grid and the node whose cells stand for those of every grid like it.
type gridOf struct {
	grid *expr.Grid
	node int
}

// divisible reports whether a rule reads one cell of a table, or adds to one, and the table is not too
// large for its cells to be int32.
func divisible(r expr.Rule, o expr.Op) bool {
	return r.Op == o && !r.Grid.Tricubic && r.Order == [3]int8{} && r.Grid.Cells() <= math.MaxInt32
}

// call replaces a called rule.
func (c *cellular) call(r *rewriting, v ID, args []ID) ID {
	in := &r.in.Code[v]
	if in.Op == OpCall {
		switch {
		case divisible(in.Rule, expr.OpGather):
			return r.out.add(Instr{Op: OpRead, Args: []ID{c.cell(r.out, in.Node, in.Rule, args)}, Node: in.Node})
		case divisible(in.Rule, expr.OpShare):
			return r.out.lanewise(OpLess, c.cell(r.out, in.Node, in.Rule, args), r.out.constant(0))
		}
	}
	return r.same(v, args)
}

// cell adds the cell of a rule's grid that is nearest to some indices.
func (c *cellular) cell(f *Function, node int, rule expr.Rule, index []ID) ID {
	k := slices.IndexFunc(c.grids, func(g gridOf) bool { return g.grid.SameCells(rule.Grid) })
	if k < 0 {
		k = len(c.grids)
		c.grids = append(c.grids, gridOf{rule.Grid, node})
	}
	args := slices.Clone(index)
	for i, a := range args {
		if !f.whole(a) {
			a = f.lanewise(OpNearest, a)
		}
		if f.Code[a].Uniform() {
			a = f.add(Instr{Op: OpFill, Args: []ID{a}})
		}
		args[i] = a
	}
	rule.Grid = c.grids[k].grid
	cell := f.add(Instr{Op: OpCell, Args: args, Node: c.grids[k].node, Rule: rule})
	if rule.Grid.Present != nil {
		cell = f.add(Instr{Op: OpPresent, Args: []ID{cell}, Node: c.grids[k].node, Rule: rule})
	}
	return cell
}

// whole reports whether a value is known to be a whole number, or none, as the model's indices are.
func (f *Function) whole(v ID) bool {
	switch in := &f.Code[v]; in.Op {
	case OpNearest, OpFloor, OpCeil, OpLess, OpGreater, OpAtMost, OpAtLeast, OpEqual, OpUnequal:
		return true
	case OpConst:
		return in.Value == math.Floor(in.Value)
	case OpAdd, OpSub, OpMul:
		return f.whole(in.Args[0]) && f.whole(in.Args[1])
	case OpFill, OpNeg:
		return f.whole(in.Args[0])
	}
	return false
}

// defaults joins reading a table with the default of cells that it does not have.
func defaults(r *rewriting, v ID, args []ID) ID {
	in := &r.in.Code[v]
	if in.Op != OpFma || !r.in.target.Has(OpReadOr) || !r.out.Code[args[1]].Uniform() {
		return r.same(v, args)
	}
	none, read := &r.out.Code[args[0]], &r.out.Code[args[2]]
	switch {
	case none.Op != OpLess || read.Op != OpRead || none.Args[0] != read.Args[0] || !r.out.isConst(none.Args[1], 0):
	case r.uses[in.Args[0]] != 1 || r.uses[in.Args[2]] != 1 || !r.innermost(read.Axes, in.Axes):
	default:
		return r.out.add(Instr{Op: OpReadOr, Args: []ID{read.Args[0], args[1]}, Node: read.Node})
	}
	return r.same(v, args)
}
