package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// target is a shape as a comparable value.
type target struct {
	rank int8
	dims Dims
}

func targetOf(s tensor.Shape) (target, error) {
	d, err := DimsOf(s)
	return target{int8(len(s)), d}, err
}

func (t target) shape() tensor.Shape { return shapeOf(t.dims, int(t.rank)) }

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

func targetText(r Rule) string { return fmt.Sprintf("->%v", r.to.shape()) }

func targetShape(r Rule, _ []tensor.Shape) (tensor.Shape, error) { return r.to.shape(), nil }

func sumShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	large, err := targetOf(in[0])
	if err == nil {
		err = large.enlarges(r.to.shape())
	}
	return r.to.shape(), err
}

func broadcastToShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	return r.to.shape(), r.to.enlarges(in[0])
}

func reshapeShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	if in[0].TotalSize() != r.to.dims.Size() {
		return nil, fmt.Errorf("expr: cannot reshape %v to %v", in[0], r.to.shape())
	}
	return r.to.shape(), nil
}

func alongText(r Rule) string { return fmt.Sprintf("%v->%v", r.Axes, r.to.shape()) }

func alongDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shape := in[0].Shape()
	d, err := DimsOf(shape)
	b.Fail(err)
	return []*Node{b.BroadcastTo(b.Reshape(grad, shapeOf(r.Kept(d), len(shape))), shape)}
}

func fixedText(r Rule) string { return fmt.Sprintf(" %v", r.value) }

// accumulate sums x into out along the axes where out has extent 1. The order is fixed: each innermost run is summed
// before it is added, which also keeps the rounding error of long sums small.
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

// along is the index on an axis of a given extent: always 0 for extent 1.
func along(i, extent int) int {
	if extent == 1 {
		return 0
	}
	return i
}

// repeat copies x to out, along the axes where x has extent 1 as often as out is long.
func repeat(out, x Array) {
	sweep(out.Dims, []Array{x}, func(r run) {
		o := out.Data[r.at : r.at+r.n]
		for i := range o {
			o[i] = x.Data[r.from[0]+i&r.mask[0]]
		}
	})
}

// SumTo sums x to a shape that broadcasts to x's own; x itself where the shapes are the same.
func (b *Builder) SumTo(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(Rule{Op: OpSumTo, to: t}, x)
}

// BroadcastTo repeats x to a larger shape; x itself where the shapes are the same.
func (b *Builder) BroadcastTo(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(Rule{Op: OpBroadcast, to: t}, x)
}

// Reshape gives x another shape of as many elements; x itself where the shapes are the same.
func (b *Builder) Reshape(x *Node, shape tensor.Shape) *Node {
	if b.err != nil || sameShape(x.Shape(), shape) {
		return x
	}
	r, err := ReshapeTo(shape)
	b.Fail(err)
	return b.Apply(r, x)
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
