package difftest

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Builder makes expressions, and has gorgonia make some.
type Builder struct {
	*expr.Builder
	t     testing.TB
	nodes *node.Builder
}

// New is a Builder in a graph of its own.
func New(t testing.TB) *Builder {
	n := node.On(G.NewGraph())
	return &Builder{n.Builder, t, n}
}

// Outside is what gorgonia makes of expressions.
func (b *Builder) Outside(f func(in G.Nodes) (*G.Node, error), args ...*expr.Node) *expr.Node {
	b.t.Helper()
	in := b.nodes.Outs(args...)
	if b.Err() != nil {
		b.t.Fatal(b.Err())
	}
	n, err := f(in)
	if err != nil {
		b.t.Fatal(err)
	}
	e := b.nodes.In(n)
	if b.Err() != nil {
		b.t.Fatal(b.Err())
	}
	return e
}

// Unary is Outside for functions of one node.
func (b *Builder) Unary(f func(*G.Node) (*G.Node, error), x *expr.Node) *expr.Node {
	b.t.Helper()
	return b.Outside(func(in G.Nodes) (*G.Node, error) { return f(in[0]) }, x)
}

// Op is Outside for operations.
func (b *Builder) Op(op G.Op, args ...*expr.Node) *expr.Node {
	b.t.Helper()
	return b.Outside(func(in G.Nodes) (*G.Node, error) { return G.ApplyOp(op, in...) }, args...)
}
