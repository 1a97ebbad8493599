package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// target is a shape as a comparable value.
type target struct {
	dims Dims
	rank int
}

func targetOf(s tensor.Shape) (target, error) {
	d, err := DimsOf(s)
	return target{d, len(s)}, err
}

func (t target) shape() tensor.Shape { return shapeOf(t.dims, t.rank) }

// enlarges checks that a shape broadcasts to the target.
func (t target) enlarges(small tensor.Shape) error {
	d, err := DimsOf(small)
	if err != nil {
		return err
	}
	if joined, ok := broadcast(d, t.dims); !ok || joined != t.dims {
		return fmt.Errorf("expr: shape %v does not broadcast to %v", small, t.shape())
	}
	return nil
}

// sumTo sums along the axes where the operand is longer than the target.
type sumTo struct{ target }

// broadcastTo repeats along the axes where the target is longer than the operand.
type broadcastTo struct{ target }

func (s sumTo) String() string { return fmt.Sprintf("sum->%v", s.shape()) }

func (s sumTo) Shape(in []tensor.Shape) (tensor.Shape, error) {
	large, err := targetOf(in[0])
	if err == nil {
		err = large.enlarges(s.shape())
	}
	return s.shape(), err
}

func (s sumTo) Eval(out Array, in []Array) { accumulate(out, in[0]) }
func (s sumTo) Smooth(int) bool            { return true }
func (s sumTo) SumsPixels(out Dims) bool   { return out[Pixel] == 1 }

func (s sumTo) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	return []*Node{b.BroadcastTo(grad, in[0].Shape())}
}

// accumulate sums x into out along the axes where out has extent 1. The order is fixed: innermost runs are summed
// by themselves before they are added, which also keeps the rounding error of long sums small.
func accumulate(out, x Array) {
	clear(out.Data)
	inner := out.Dims[3] == 1 && x.Dims[3] > 1
	n := x.Dims[3]
	from := 0
	for o := range x.Dims[0] {
		for s := range x.Dims[1] {
			for t := range x.Dims[2] {
				to := ((along(o, out.Dims[0])*out.Dims[1]+along(s, out.Dims[1]))*out.Dims[2] + along(t, out.Dims[2])) * out.Dims[3]
				row := x.Data[from : from+n]
				from += n
				if inner {
					sum := 0.0
					for _, v := range row {
						sum += v
					}
					out.Data[to] += sum
					continue
				}
				sums := out.Data[to : to+n]
				for i, v := range row {
					sums[i] += v
				}
			}
		}
	}
}

// along is the index on an axis of a given extent, where extent 1 stands still.
func along(i, extent int) int {
	if extent == 1 {
		return 0
	}
	return i
}

func (t broadcastTo) String() string { return fmt.Sprintf("broadcast->%v", t.shape()) }

func (t broadcastTo) Shape(in []tensor.Shape) (tensor.Shape, error) {
	return t.shape(), t.enlarges(in[0])
}

func (t broadcastTo) Eval(out Array, in []Array) {
	x := in[0].Data
	sweep(out.Dims, in, func(r run) {
		o := out.Data[r.at : r.at+r.n]
		for i := range o {
			o[i] = x[r.from[0]+i&r.mask[0]]
		}
	})
}

func (t broadcastTo) Smooth(int) bool      { return true }
func (t broadcastTo) SumsPixels(Dims) bool { return false }

func (t broadcastTo) Diff(_ *Builder, _ []*Node, _, grad *Node) []*Node {
	return []*Node{grad} // the caller sums it to the operand's shape
}

// SumTo sums x to a shape that broadcasts to x's own; x itself where the shapes are the same.
func (b *Builder) SumTo(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(sumTo{t}, x)
}

// BroadcastTo repeats x to a larger shape; x itself where the shapes are the same.
func (b *Builder) BroadcastTo(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(broadcastTo{t}, x)
}

// SumAll sums x to a scalar.
func (b *Builder) SumAll(x *Node) *Node { return b.SumTo(x, tensor.Shape{}) }

// SumAxes sums x along the given axes of the four, keeping them with extent 1.
func (b *Builder) SumAxes(x *Node, axes ...int) *Node {
	if b.err != nil {
		return nil
	}
	shape := x.Shape().Clone()
	for _, a := range axes {
		if i := a - (MaxRank - len(shape)); i >= 0 {
			shape[i] = 1
		}
	}
	return b.SumTo(x, shape)
}

// The axes of a value.
const (
	Orientation = iota // phi × mosaic domain
	Source
	Point // sub-pixel × layer
	Pixel
)

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
