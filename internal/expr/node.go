package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Node is a value of an expression graph: an input, a constant, or an operation on other nodes. Nodes never change, and a
// graph has one node only for an operation on given operands.
type Node struct {
	graph *Graph
	id    int64
	shape tensor.Shape
	dtype tensor.Dtype
	args  []*Node

	// One of these says what the node is.
	rule     Rule // the zero Rule if it is something else
	foreign  Foreign
	leaf     Leaf
	constant *float64
}

// Leaf holds the value of an input.
type Leaf interface {
	// Name of the input.
	Name() string
	// Array is the present value.
	Array() (Array, error)
	// Lend makes other numbers, as many, the value until back is called. They are not copied: changing them changes the
	// value.
	Lend(data []float64) (back func() error, err error)
}

// Foreign is an operation without a rule: gorgonia executes it, on whole arrays, and differentiates it, in reverse mode only.
type Foreign interface {
	String() string
	// Key is equal for operations that are the same.
	Key() any
	// Smooth reports whether the derivative by operand i of n can be other than zero.
	Smooth(i, n int) bool
	// Backward returns each operand's share of the gradient; nil if it has none.
	Backward(in []*Node, out, grad *Node) ([]*Node, error)
}

// Graph is the graph that the node belongs to.
func (n *Node) Graph() *Graph { return n.graph }

// ID is a number that no other node of the process has. Operands have smaller ones.
func (n *Node) ID() int64 { return n.id }

// Shape is that of the value.
func (n *Node) Shape() tensor.Shape { return n.shape }

// Size is the number of the value's elements.
func (n *Node) Size() int { return n.shape.TotalSize() }

// Dtype is the type of the elements.
func (n *Node) Dtype() tensor.Dtype { return n.dtype }

// Args are the operands, in order.
func (n *Node) Args() []*Node { return n.args }

// Rule is what the operation means; the zero Rule for inputs, constants and foreign operations.
func (n *Node) Rule() Rule { return n.rule }

// Foreign is an operation without a rule; nil for all others.
func (n *Node) Foreign() Foreign { return n.foreign }

// Leaf of an input; nil for all others.
func (n *Node) Leaf() Leaf { return n.leaf }

// IsInput reports whether the node's value is given from outside.
func (n *Node) IsInput() bool { return n.leaf != nil }

// Constant is the value of a constant.
func (n *Node) Constant() (v float64, ok bool) {
	if n.constant == nil {
		return 0, false
	}
	return *n.constant, true
}

// Array is the present value of an input or a constant, with the extents of the node.
func (n *Node) Array() (Array, error) {
	if n.constant != nil {
		return Array{Dims: Dims{1, 1, 1, 1}, Data: []float64{*n.constant}}, nil
	}
	if n.leaf == nil {
		return Array{}, fmt.Errorf("expr: %s is computed, not given", n)
	}
	d, err := DimsOf(n.shape)
	if err != nil {
		return Array{}, err
	}
	a, err := n.leaf.Array()
	if err == nil && a.Dims != d {
		err = fmt.Errorf("expr: the value of %q has extents %v, the node has shape %v", n.leaf.Name(), a.Dims, n.shape)
	}
	return a, err
}

// Operation names what the node does: the rule's name, or gorgonia's of a foreign operation.
func (n *Node) Operation() string {
	switch {
	case n.rule.Exists():
		return n.rule.String()
	case n.foreign != nil:
		return n.foreign.String()
	case n.constant != nil:
		return "constant"
	}
	return "input"
}

// String is the name of an input, and a description of another node, such as "the quotient of shape (4)".
func (n *Node) String() string {
	if n.leaf != nil {
		return n.leaf.Name()
	}
	if n.constant != nil {
		return fmt.Sprintf("the constant %v", *n.constant)
	}
	row := &ops[n.rule.Op]
	what := row.noun
	if what == "" && row.name != "" {
		what = "result of " + row.name
	} else if what == "" {
		what = "result of " + n.Operation()
	}
	if len(n.shape) == 0 {
		return "a scalar " + what
	}
	return fmt.Sprintf("the %s of shape %v", what, n.shape)
}

// Name is String.
func (n *Node) Name() string { return n.String() }

// Variable is the value of an input that is not a gorgonia node.
type Variable struct {
	name  string
	array Array
}

// Name of the input.
func (v *Variable) Name() string { return v.name }

// Array is the present value.
func (v *Variable) Array() (Array, error) { return v.array, nil }

// Set replaces the value by other numbers, as many. They are not copied.
func (v *Variable) Set(data []float64) error {
	if len(data) != len(v.array.Data) {
		return fmt.Errorf("expr: %d numbers for %s, which has %d", len(data), v.name, len(v.array.Data))
	}
	v.array.Data = data
	return nil
}

// Lend makes other numbers the value until back is called.
func (v *Variable) Lend(data []float64) (back func() error, err error) {
	own := v.array.Data
	return func() error { return v.Set(own) }, v.Set(data)
}

// Lend makes the parts of a vector, which is not copied, the values of inputs until back is called.
func Lend(inputs []*Node, vector []float64) (back func(), err error) {
	var backs []func() error
	back = func() {
		for _, f := range backs {
			_ = f() // the value that the input had fits
		}
	}
	for _, in := range inputs {
		f, err := in.Leaf().Lend(vector[:in.Size()])
		if err != nil {
			return back, err
		}
		backs = append(backs, f)
		vector = vector[in.Size():]
	}
	return back, nil
}
