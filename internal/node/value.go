package node

import (
	"fmt"

	_ "go4.org/unsafe/assume-no-moving-gc" // gorgonia's tensors check it at start; an old one panics on today's Go
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// NewValue makes a zero value of a shape, as gorgonia wants it: *F64 for scalars, *tensor.Dense otherwise.
func NewValue(shape tensor.Shape) G.Value {
	if len(shape) == 0 {
		return G.NewF64(0)
	}
	return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(shape.Clone()...))
}

// AsValue wraps numbers as a gorgonia value of a shape, without a copy where it is not a scalar.
func AsValue(shape tensor.Shape, data []float64) G.Value {
	if len(shape) == 0 {
		return G.NewF64(data[0])
	}
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}

// ArrayOf views a gorgonia value as an array. A scalar's array is a copy.
func ArrayOf(v G.Value) (expr.Array, error) {
	switch t := v.(type) {
	case nil:
		return expr.Array{}, fmt.Errorf("expr: no value")
	case *G.F64:
		if t == nil {
			return expr.Array{}, fmt.Errorf("expr: no value")
		}
		return expr.Array{Dims: expr.Dims{1, 1, 1, 1}, Data: []float64{float64(*t)}}, nil
	case *ramps:
		return expr.Array{Dims: expr.Dims{1, 1, 1, t.Len()}, Data: t.stored()}, nil
	case *tensor.Dense:
		if t == nil || t.Dtype().Type == nil { // the zero Dense panics when it is asked for its elements
			return expr.Array{}, fmt.Errorf("expr: no value")
		}
		data, ok := t.Data().([]float64)
		if !ok {
			if x, isScalar := t.Data().(float64); isScalar {
				data, ok = []float64{x}, true
			}
		}
		if !ok {
			return expr.Array{}, fmt.Errorf("expr: value of type %v, want float64", t.Dtype())
		}
		if t.RequiresIterator() || !t.DataOrder().IsRowMajor() {
			return ArrayOf(t.Materialize().(*tensor.Dense))
		}
		d, err := expr.DimsOf(t.Shape())
		if err == nil && d.Size() != len(data) {
			err = fmt.Errorf("expr: value of shape %v holds %d numbers", t.Shape(), len(data))
		}
		return expr.Array{Dims: d, Data: data}, err
	}
	return expr.Array{}, fmt.Errorf("expr: value of type %T, want a float64 scalar or *tensor.Dense", v)
}

// Value is the present value of an input or a constant as gorgonia's operations want it.
func Value(n *expr.Node) (G.Value, error) {
	if in, ok := n.Leaf().(input); ok {
		if v := in.Value(); v != nil {
			return v, nil
		}
		return nil, fmt.Errorf("input %q has no value", in.Name())
	}
	a, err := n.Array()
	if err != nil {
		return nil, err
	}
	return AsValue(n.Shape(), a.Data), nil
}

// Leaf is the present value of a scalar node that no operation computes; leaf is false for the others.
func Leaf(n *G.Node) (v float64, leaf bool, err error) {
	if n.Op() != nil {
		return 0, false, nil
	}
	if n.Value() == nil {
		return 0, true, fmt.Errorf("node %s has no value", n.Name())
	}
	v, ok := n.Value().Data().(float64)
	if !ok {
		return 0, true, fmt.Errorf("node %s has shape %v, want a scalar", n.Name(), n.Shape())
	}
	return v, true, nil
}
