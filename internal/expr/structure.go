package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Rules that gorgonia's own sums, sizes and reshapes mean.

// SumAlong is gorgonia's sum: it drops the axes summed over. axes are those of the four; shape is the result's.
func SumAlong(axes [MaxRank]bool, shape tensor.Shape) (Rule, error) {
	to, err := targetOf(shape)
	return sumAlong{axes: axes, to: to}, err
}

// ReshapeTo keeps the elements and their order.
func ReshapeTo(shape tensor.Shape) (Rule, error) {
	to, err := targetOf(shape)
	return reshape{to}, err
}

// FixedAt is a number that does not depend on the operand's values, such as the length of an axis.
func FixedAt(v float64) Rule { return fixed{v} }

// Elementwise is the rule of an elementwise function by its name, "add" or "exp".
func Elementwise(name string) (Rule, bool) {
	for i, n := range unaryNames {
		if n == name {
			return unary(i), true
		}
	}
	for i, n := range binaryNames {
		if n == name {
			return binary(i), true
		}
	}
	return nil, false
}

// sumAlong is gorgonia's sum, which drops the axes summed over.
type sumAlong struct {
	axes [MaxRank]bool
	to   target
}

func (s sumAlong) String() string                             { return fmt.Sprintf("sum%v->%v", s.axes, s.to.shape()) }
func (s sumAlong) Shape([]tensor.Shape) (tensor.Shape, error) { return s.to.shape(), nil }
func (s sumAlong) Smooth(int) bool                            { return true }
func (s sumAlong) SumsPixels(Dims) bool                       { return s.axes[Pixel] }

func (s sumAlong) kept(d Dims) Dims {
	for i, summed := range s.axes {
		if summed {
			d[i] = 1
		}
	}
	return d
}

func (s sumAlong) Eval(out Array, in []Array) {
	accumulate(Array{s.kept(in[0].Dims), out.Data}, in[0])
}

func (s sumAlong) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	shape := in[0].Shape()
	d, err := DimsOf(shape)
	b.Fail(err)
	return []*Node{b.BroadcastTo(b.Reshape(grad, shapeOf(s.kept(d), len(shape))), shape)}
}

// reshape keeps the elements and their order.
type reshape struct{ to target }

func (r reshape) String() string { return fmt.Sprintf("reshape->%v", r.to.shape()) }

func (r reshape) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if in[0].TotalSize() != r.to.dims.Size() {
		return nil, fmt.Errorf("expr: cannot reshape %v to %v", in[0], r.to.shape())
	}
	return r.to.shape(), nil
}

func (r reshape) Eval(out Array, in []Array) { copy(out.Data, in[0].Data) }
func (r reshape) Smooth(int) bool            { return true }
func (r reshape) SumsPixels(Dims) bool       { return false }

func (r reshape) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	return []*Node{b.Reshape(grad, in[0].Shape())}
}

// Reshape gives x another shape of as many elements; x itself where the shapes are the same.
func (b *Builder) Reshape(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(reshape{t}, x)
}

// fixed is a number that does not depend on its operand's values, such as the length of an axis.
type fixed struct{ value float64 }

func (f fixed) String() string                             { return fmt.Sprintf("fixed %v", f.value) }
func (f fixed) Shape([]tensor.Shape) (tensor.Shape, error) { return tensor.Shape{}, nil }
func (f fixed) Eval(out Array, _ []Array)                  { out.Data[0] = f.value }
func (f fixed) Smooth(int) bool                            { return false }
func (f fixed) SumsPixels(Dims) bool                       { return false }

func (f fixed) Diff(*Builder, []*Node, *Node, *Node) []*Node { return []*Node{nil} }
