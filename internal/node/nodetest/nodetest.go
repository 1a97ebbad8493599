// Package nodetest is expr.Builder for nodes of a gorgonia graph: what it is given and gives back are nodes, as a user's
// program has them. It is for tests.
package nodetest

import (
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Builder makes nodes in a gorgonia graph.
type Builder struct {
	b *node.Builder
	g *G.ExprGraph
}

// On is a Builder for a graph.
func On(g *G.ExprGraph) *Builder { return &Builder{node.On(g), g} }

// Err is the first error met.
func (b *Builder) Err() error { return b.b.Err() }

// Fail records an error.
func (b *Builder) Fail(err error) { b.b.Fail(err) }

// Graph is the graph that nodes are made in.
func (b *Builder) Graph() *G.ExprGraph { return b.g }

// Expr is the builder of expressions beneath.
func (b *Builder) Expr() *node.Builder { return b.b }

// In is the expression of a node, and Out the node of one.
func (b *Builder) In(n *G.Node) *expr.Node  { return b.b.In(n) }
func (b *Builder) Out(e *expr.Node) *G.Node { return b.b.Out(e) }

func (b *Builder) in(list []*G.Node) []*expr.Node {
	out := make([]*expr.Node, len(list))
	for i, n := range list {
		out[i] = b.b.In(n)
	}
	return out
}

// Read gives the expressions of nodes.
func Read(t testing.TB, nodes ...*G.Node) []*expr.Node {
	t.Helper()
	list, err := node.Read(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Write gives the nodes of expressions of a graph; nil for nil.
func Write(t testing.TB, g *G.ExprGraph, list ...*expr.Node) G.Nodes {
	t.Helper()
	b := node.On(g)
	out := b.Outs(list...)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return out
}

// Scalar makes a named scalar input with a value.
func (b *Builder) Scalar(name string, v float64) *G.Node { return b.b.Scalar(name, v) }

// Leaf makes a named input array.
func (b *Builder) Leaf(name string, data []float64, shape ...int) *G.Node {
	return b.b.Leaf(name, data, shape...)
}

// Const is a scalar constant.
func (b *Builder) Const(v float64) *G.Node { return b.Out(b.b.Const(v)) }

// The rest is as in expr.Builder.

// Vec is expr.Vec of nodes.
type Vec [3]*G.Node

func (b *Builder) Add(x *G.Node, y *G.Node) *G.Node    { return b.Out(b.b.Add(b.In(x), b.In(y))) }
func (b *Builder) Sub(x *G.Node, y *G.Node) *G.Node    { return b.Out(b.b.Sub(b.In(x), b.In(y))) }
func (b *Builder) Mul(x *G.Node, y *G.Node) *G.Node    { return b.Out(b.b.Mul(b.In(x), b.In(y))) }
func (b *Builder) Div(x *G.Node, y *G.Node) *G.Node    { return b.Out(b.b.Div(b.In(x), b.In(y))) }
func (b *Builder) Pow(x *G.Node, y *G.Node) *G.Node    { return b.Out(b.b.Pow(b.In(x), b.In(y))) }
func (b *Builder) Less(x *G.Node, y *G.Node) *G.Node   { return b.Out(b.b.Less(b.In(x), b.In(y))) }
func (b *Builder) AtMost(x *G.Node, y *G.Node) *G.Node { return b.Out(b.b.AtMost(b.In(x), b.In(y))) }
func (b *Builder) Scale(k float64, x *G.Node) *G.Node  { return b.Out(b.b.Scale(k, b.In(x))) }
func (b *Builder) Sum(first *G.Node, rest ...*G.Node) *G.Node {
	return b.Out(b.b.Sum(b.In(first), b.in(rest)...))
}
func (b *Builder) Product(first *G.Node, rest ...*G.Node) *G.Node {
	return b.Out(b.b.Product(b.In(first), b.in(rest)...))
}
func (b *Builder) Apply(r expr.Rule, operands ...*G.Node) *G.Node {
	return b.Out(b.b.Apply(r, b.in(operands)...))
}
func (b *Builder) SinRatio(d *G.Node, n *G.Node) *G.Node {
	return b.Out(b.b.SinRatio(b.In(d), b.In(n)))
}
func (b *Builder) Sinc3(u *G.Node) *G.Node        { return b.Out(b.b.Sinc3(b.In(u))) }
func (b *Builder) GaussMean(o, g *G.Node) *G.Node { return b.Out(b.b.GaussMean(b.In(o), b.In(g))) }
func (b *Builder) Gather(grid *expr.Grid, h *G.Node, k *G.Node, l *G.Node, table *G.Node) *G.Node {
	return b.Out(b.b.Gather(grid, b.In(h), b.In(k), b.In(l), b.In(table)))
}
func (b *Builder) Share(grid *expr.Grid, h *G.Node, k *G.Node, l *G.Node) *G.Node {
	return b.Out(b.b.Share(grid, b.In(h), b.In(k), b.In(l)))
}
func (b *Builder) SumTo(x *G.Node, shape tensor.Shape) *G.Node {
	return b.Out(b.b.SumTo(b.In(x), shape))
}
func (b *Builder) BroadcastTo(x *G.Node, shape tensor.Shape) *G.Node {
	return b.Out(b.b.BroadcastTo(b.In(x), shape))
}
func (b *Builder) SumAll(x *G.Node) *G.Node { return b.Out(b.b.SumAll(b.In(x))) }
func (b *Builder) SumAxes(x *G.Node, axes ...int) *G.Node {
	return b.Out(b.b.SumAxes(b.In(x), axes...))
}
func (b *Builder) Reshape(x *G.Node, shape tensor.Shape) *G.Node {
	return b.Out(b.b.Reshape(b.In(x), shape))
}
func (b *Builder) Neg(x *G.Node) *G.Node     { return b.Out(b.b.Neg(b.In(x))) }
func (b *Builder) Abs(x *G.Node) *G.Node     { return b.Out(b.b.Abs(b.In(x))) }
func (b *Builder) Sin(x *G.Node) *G.Node     { return b.Out(b.b.Sin(b.In(x))) }
func (b *Builder) Cos(x *G.Node) *G.Node     { return b.Out(b.b.Cos(b.In(x))) }
func (b *Builder) Exp(x *G.Node) *G.Node     { return b.Out(b.b.Exp(b.In(x))) }
func (b *Builder) Log(x *G.Node) *G.Node     { return b.Out(b.b.Log(b.In(x))) }
func (b *Builder) Sqrt(x *G.Node) *G.Node    { return b.Out(b.b.Sqrt(b.In(x))) }
func (b *Builder) Inverse(x *G.Node) *G.Node { return b.Out(b.b.Inverse(b.In(x))) }
func (b *Builder) Square(x *G.Node) *G.Node  { return b.Out(b.b.Square(b.In(x))) }
func (b *Builder) Nearest(x *G.Node) *G.Node { return b.Out(b.b.Nearest(b.In(x))) }
func (b *Builder) Dot(x Vec, y Vec) *G.Node  { return b.Out(b.b.Dot(b.b.InVec(x), b.b.InVec(y))) }
func (b *Builder) Norm(x Vec) *G.Node        { return b.Out(b.b.Norm(b.b.InVec(x))) }
func (b *Builder) Where(cond *G.Node, x *G.Node, y *G.Node) *G.Node {
	return b.Out(b.b.Where(b.In(cond), b.In(x), b.In(y)))
}
func (b *Builder) View(x *G.Node, part tensor.Shape, axes ...expr.Reading) *G.Node {
	return b.Out(b.b.View(b.In(x), part, axes...))
}
func (b *Builder) Place(x *G.Node, whole tensor.Shape, axes ...expr.Reading) *G.Node {
	return b.Out(b.b.Place(b.In(x), whole, axes...))
}
func (b *Builder) Concat(axis int, first *G.Node, rest ...*G.Node) *G.Node {
	return b.Out(b.b.Concat(axis, b.In(first), b.in(rest)...))
}
func (b *Builder) Take(x *G.Node, index *G.Node, axis int) *G.Node {
	return b.Out(b.b.Take(b.In(x), b.In(index), axis))
}
func (b *Builder) Pick(index *G.Node, choices ...*G.Node) *G.Node {
	return b.Out(b.b.Pick(b.In(index), b.in(choices)...))
}

// Either is a node of a gorgonia graph or an expression.
type Either interface{ *G.Node | *expr.Node }

// Expressions returns the expressions of nodes; nil stays nil.
func Expressions[N Either](nodes ...N) []*expr.Node {
	out := make([]*expr.Node, len(nodes))
	for i, n := range nodes {
		switch n := any(n).(type) {
		case *expr.Node:
			out[i] = n
		case *G.Node:
			if n != nil {
				out[i] = node.On(n.Graph()).In(n)
			}
		}
	}
	return out
}
