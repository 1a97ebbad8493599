package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Builder makes nodes in one graph. After the first error, which Err returns, all calls return nil nodes. So an equation can
// be written as one expression and checked once.
type Builder struct {
	g   *Graph
	err error
}

// On is a Builder for a graph.
func On(g *Graph) *Builder { return &Builder{g: g} }

// New is a Builder for a new graph.
func New() *Builder { return On(NewGraph()) }

// Err returns the first error.
func (b *Builder) Err() error { return b.err }

// Fail records an error, unless it is nil or not the first.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Graph is the graph that nodes are made in.
func (b *Builder) Graph() *Graph { return b.g }

// Apply returns the node of a rule on operands, which it makes unless there is one already.
func (b *Builder) Apply(r Rule, operands ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	for i, n := range operands {
		switch {
		case n == nil:
			b.err = fmt.Errorf("expr: operand %d of %s is a nil node", i, r)
		case n.graph != b.g:
			b.err = fmt.Errorf("expr: operand %d of %s, %q, is of another graph", i, r, n)
		case n.dtype != tensor.Float64:
			b.err = fmt.Errorf("expr: operand %d of %s, %q, is of type %v, want float64", i, r, n, n.dtype)
		}
		if b.err != nil {
			return nil
		}
	}
	n, err := b.g.apply(r, operands)
	b.err = err
	return n
}

// apply is Apply for an operation without attributes.
func (b *Builder) apply(o Op, operands ...*Node) *Node { return b.Apply(Rule{Op: o}, operands...) }

// Const is a scalar constant.
func (b *Builder) Const(v float64) *Node {
	if b.err != nil {
		return nil
	}
	return b.g.constant(v)
}

// Scalar makes a scalar input with a value.
func (b *Builder) Scalar(name string, v float64) *Node { return b.Leaf(name, []float64{v}) }

// Leaf makes an input array of data, which is not copied. Each call makes another input, even of the same name.
func (b *Builder) Leaf(name string, data []float64, shape ...int) *Node {
	if err := b.CheckLeaf(name, data, shape); err != nil {
		b.Fail(err)
		return nil
	}
	d, err := DimsOf(shape)
	b.Fail(err)
	if b.err != nil {
		return nil
	}
	return b.g.Input(&Variable{name: name, array: Array{Dims: d, Data: data}}, shape, tensor.Float64)
}

// CheckLeaf returns an error if a shape does not have as many elements as there are numbers.
func (b *Builder) CheckLeaf(name string, data []float64, shape tensor.Shape) error {
	if size := shape.TotalSize(); size != len(data) || size == 0 {
		return fmt.Errorf("expr: leaf %q of shape %v was given %d numbers", name, shape, len(data))
	}
	return nil
}
