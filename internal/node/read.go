package node

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// reader gives what one of gorgonia's operations, with a result of some shape, means: an expression of its operands', which are
// of type float64. It is nil if these operands have none.
type reader func(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error)

// expressed is the expression of an operation on operands of type float64, with a result of some shape: of one with a rule, or
// of one of gorgonia's that the table says how to read. Others have none.
func expressed(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	var e *expr.Node
	var err error
	if own, ok := op.(Op); ok {
		e = b.Apply(own.node.Rule(), args...)
	} else if row := rowOf(op); row != nil && row.read != nil {
		e, err = row.read(b, op, shape, args)
	}
	if err == nil {
		err = b.Err()
	}
	if err == nil && e != nil && !sameShape(e.Shape(), shape) {
		err = fmt.Errorf("the result has shape %v, gorgonia infers %v", e.Shape(), shape)
	}
	if err != nil {
		return nil, fmt.Errorf("node: %v: %w", op, err)
	}
	return e, nil
}

// sameShape is stricter than tensor.Shape.Eq, for which (4) and (1, 4) are equal.
func sameShape(a, b tensor.Shape) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// elementwise reads functions that act on each element.
func elementwise(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	kind := kindOf(op)
	symbol := symbolOf(op, kind)
	if symbol == "" {
		symbol = kind
	}
	r, ok := expr.Builtin(symbol, len(args))
	if !ok {
		return nil, fmt.Errorf("no rule on %d operands", len(args))
	}
	return b.Apply(r, args...), nil
}

// identity reads what returns its operand.
func identity(_ *expr.Builder, _ G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	return args[0], nil
}

// kept is the operand's shape, where the axes that a reduction takes away have extent 1.
func kept(op G.Op, x *expr.Node) (tensor.Shape, error) {
	axes, ok := intsField(op, "along")
	out := x.Shape().Clone()
	for _, a := range axes {
		if !ok || a < 0 || a >= len(out) {
			return nil, fmt.Errorf("reduces shape %v along axes %v", x.Shape(), axes)
		}
		out[a] = 1
	}
	return out, nil
}

func sum(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	axes, ok := intsField(op, "along")
	var along [expr.MaxRank]bool
	for _, a := range axes {
		if rank := len(args[0].Shape()); !ok || a < 0 || a >= rank {
			return nil, fmt.Errorf("sums shape %v along axes %v", args[0].Shape(), axes)
		}
		along[expr.MaxRank-len(args[0].Shape())+a] = true
	}
	r, err := expr.SumAlong(along, shape)
	if err != nil {
		return nil, err
	}
	return b.Apply(r, args[0]), nil
}

func maximum(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	to, err := kept(op, args[0])
	if err != nil {
		return nil, err
	}
	return b.Reshape(b.MaxTo(args[0], to), shape), nil
}

// size reads the length of an axis, which gorgonia stores in the operation, but for some as 0: then it looks at the operand's
// value.
func size(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	v, ok := intsField(op, "val")
	axis, known := intsField(op, "axis")
	switch rank := len(args[0].Shape()); {
	case ok && v[0] != 0:
	case rank == 0:
		v = []int{1}
	case known && axis[0] < rank:
		v = []int{args[0].Shape()[axis[0]]}
	default:
		return nil, fmt.Errorf("axis %v of shape %v", axis, args[0].Shape())
	}
	return b.Apply(expr.FixedAt(float64(v[0])), args[0]), nil
}

func reshape(b *expr.Builder, _ G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	return b.Reshape(args[0], shape), nil
}

// softmax is along one axis: gorgonia's −1, the default, is the last, but the first of a column.
func softmax(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	axis, ok := intsField(op, "axis")
	if !ok {
		return nil, fmt.Errorf("no axis")
	}
	a := axis[0]
	if a == -1 {
		a = len(shape) - 1
		if shape.IsColVec() {
			a = 0
		}
	}
	if a < 0 || a >= len(shape) {
		return nil, fmt.Errorf("axis %d of shape %v", a, shape)
	}
	if boolField(op, "isLog") {
		return b.LogSoftmax(args[0], a), nil
	}
	return b.Softmax(args[0], a), nil
}

// matrices reads the product of two matrices, or of many.
func matrices(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	return b.MatMul(args[0], args[1], boolField(op, "transA"), boolField(op, "transB")), nil
}

// matrixVector reads the product of a matrix and a vector, which may be a column.
func matrixVector(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	column := b.Reshape(args[1], tensor.Shape{args[1].Size(), 1})
	return b.Reshape(b.MatMul(args[0], column, boolField(op, "transA"), false), shape), nil
}

// inner reads the product of two vectors, which may be rows or columns.
func inner(b *expr.Builder, _ G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	if args[0].Size() != args[1].Size() {
		return nil, fmt.Errorf("vectors of %d and %d elements", args[0].Size(), args[1].Size())
	}
	x, y := b.Reshape(args[0], tensor.Shape{args[0].Size()}), b.Reshape(args[1], tensor.Shape{args[1].Size()})
	return b.SumAll(b.Mul(x, y)), nil
}

func averageOfImage(b *expr.Builder, _ G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	s := args[0].Shape()
	if len(s) != 4 {
		return nil, fmt.Errorf("an image of shape %v, want four axes", s)
	}
	return b.Div(b.SumTo(args[0], shape), b.Const(float64(s[2]*s[3]))), nil
}

// dropout is the identity where the probability is 0.
func dropout(_ *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	if p, ok := field(op, "probability"); !ok || p.Float() != 0 {
		return nil, nil
	}
	return args[0], nil
}
