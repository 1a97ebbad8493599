package node

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Builder makes expressions of the nodes of a gorgonia graph, and inputs in it.
type Builder struct {
	*expr.Builder
	g *G.ExprGraph
	s *graph
}

// On is a Builder for a graph.
func On(g *G.ExprGraph) *Builder {
	s := graphOf(g)
	return &Builder{Builder: expr.On(s.expr), g: g, s: s}
}

// In is the expression of a node: a rule on others for gorgonia's built-in elementwise operations, sums, sizes and reshapes,
// a foreign operation for what gorgonia alone knows. A nil node has none.
//
// Reading built-ins as rules also mends what gorgonia v0.9.18 has wrong: the derivatives of Log2 and InverseSqrt.
func (b *Builder) In(n *G.Node) *expr.Node {
	if n == nil || b.Err() != nil {
		return nil
	}
	if g := n.Graph(); g != b.g && g != nil {
		b.Fail(fmt.Errorf("expr: node %s is of another graph", Describe(n)))
		return nil
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	e, err := b.s.read(n)
	b.Fail(err)
	return e
}

// InVec are the expressions of three nodes.
func (b *Builder) InVec(v [3]*G.Node) expr.Vec { return expr.Vec{b.In(v[0]), b.In(v[1]), b.In(v[2])} }

// Out makes the node of an expression and of all that it is made of, where they do not have one yet.
func (b *Builder) Out(e *expr.Node) *G.Node {
	if e == nil || b.Err() != nil {
		return nil
	}
	if n := b.s.known(e); n != nil {
		return n
	}
	defer making.take()()
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	n, err := b.s.write(b.g, e)
	b.Fail(err)
	return n
}

// Outs are the nodes of several expressions; nil where there is none.
func (b *Builder) Outs(list ...*expr.Node) G.Nodes {
	out := make(G.Nodes, len(list))
	for i, e := range list {
		out[i] = b.Out(e)
	}
	return out
}

// Scalar makes a named scalar input with a value. Names are unique in a graph: gorgonia merges inputs of one name.
func (b *Builder) Scalar(name string, v float64) *G.Node { return b.input(name, G.NewF64(v)) }

// Leaf makes a named input array; data is kept, not copied.
func (b *Builder) Leaf(name string, data []float64, shape ...int) *G.Node {
	if err := b.CheckLeaf(name, data, shape); err != nil {
		b.Fail(err)
		return nil
	}
	return b.input(name, tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)))
}

func (b *Builder) input(name string, v G.Value) (n *G.Node) {
	if b.Err() != nil {
		return nil
	}
	defer making.take()()
	n, err := newInput(b.g, name, v)
	b.Fail(err)
	return n
}

// newInput makes an input. making is held.
func newInput(g *G.ExprGraph, name string, v G.Value) (*G.Node, error) {
	if len(g.ByName(name)) > 0 {
		return nil, fmt.Errorf("expr: the graph has a node %q already", name)
	}
	if shape := v.Shape(); len(shape) > 0 {
		return G.NewTensor(g, v.Dtype(), len(shape), G.WithName(name), G.WithShape(shape.Clone()...), G.WithValue(v)), nil
	}
	return G.NewScalar(g, v.Dtype(), G.WithName(name), G.WithValue(v)), nil
}

// Describe names a node for messages: an input by its name, others by what they are.
func Describe(n *G.Node) string {
	switch {
	case n == nil:
		return "a nil node"
	case n.Op() == nil:
		return n.Name()
	}
	if n.Graph() != nil {
		if e := On(n.Graph()).In(n); e != nil {
			return e.String()
		}
	}
	return fmt.Sprintf("a node of shape %v", n.Shape())
}

// Input makes a named input with a value of any type.
func (b *Builder) Input(name string, v G.Value) *G.Node { return b.input(name, v) }
