package plan

import (
	"math"
	"slices"
)

// Shape is what the programs of a plan depend on: its operations, extents and constants, without its expressions and the values
// of its leaves. Plans of the same shape, such as those of two simulators that differ in their numbers alone, have the same
// programs.
type Shape struct {
	*Plan     // without expressions: it cannot be run
	Hash      uint64
	constants []constantAt
}

// constantAt is the value of a constant, which programs contain.
type constantAt struct {
	node int
	bits uint64
}

// Shape returns that of the plan, in memory of its own.
func (p *Plan) Shape() *Shape {
	s := &Shape{Plan: &Plan{Order: &Order{nodes: slices.Clone(p.nodes)}, pixels: p.pixels, steps: p.steps, stages: p.stages, runs: p.runs, foreign: p.foreign}}
	const prime = 1099511628211 // FNV-1a
	s.Hash = 14695981039346656037
	mix := func(v int) { s.Hash = (s.Hash ^ uint64(v)) * prime }
	for i := range s.nodes {
		n := &s.nodes[i]
		if v, ok := n.Expr.Constant(); ok {
			s.constants = append(s.constants, constantAt{i, math.Float64bits(v)})
		}
		n.Expr = nil
		mix(int(n.Rule.Op))
		for _, a := range n.Args {
			mix(a)
		}
		for _, d := range n.Dims {
			mix(d)
		}
	}
	return s
}

// Same reports whether two plans have the same shape.
func (s *Shape) Same(o *Shape) bool {
	return s.Hash == o.Hash && s.pixels == o.pixels && s.runs == o.runs && s.foreign == o.foreign &&
		slices.Equal(s.constants, o.constants) &&
		slices.EqualFunc(s.steps[:], o.steps[:], func(a, b []int) bool { return slices.Equal(a, b) }) &&
		slices.EqualFunc(s.stages, o.stages, func(a, b stage) bool {
			return slices.Equal(a.Values, b.Values) && slices.Equal(a.Reduce, b.Reduce) && slices.Equal(a.Store, b.Store) && slices.Equal(a.Runs, b.Runs)
		}) &&
		slices.EqualFunc(s.nodes, o.nodes, func(a, b Node) bool {
			return a.Dims == b.Dims && a.Pixel == b.Pixel && a.InRuns == b.InRuns && a.Stored == b.Stored && a.reduce == b.reduce &&
				a.whole == b.whole && a.kept == b.kept && slices.Equal(a.Args, b.Args) && a.Rule.Same(b.Rule)
		})
}
