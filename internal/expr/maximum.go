package expr

import (
	"math"

	"gorgonia.org/tensor"
)

// maximum takes the largest of x along the axes where out has extent 1; NaN where there is one.
func maximum(out, x Array) {
	for i := range out.Data {
		out.Data[i] = math.Inf(-1)
	}
	from := 0
	for o := range x.Dims[0] {
		for s := range x.Dims[1] {
			for t := range x.Dims[2] {
				to := ((along(o, out.Dims[0])*out.Dims[1]+along(s, out.Dims[1]))*out.Dims[2] + along(t, out.Dims[2])) * out.Dims[3]
				for i, v := range x.Data[from : from+x.Dims[3]] {
					at := &out.Data[to+along(i, out.Dims[3])]
					*at = max(*at, v)
				}
				from += x.Dims[3]
			}
		}
	}
}

// largest is 1 where the operand is the maximum, divided by the number of elements that are: equal elements share the
// derivative, so that it is one of a convex function there too.
func largest(b *Builder, x, out *Node) *Node {
	equal := b.apply(OpEqual, x, out)
	return b.Div(equal, b.SumTo(equal, out.Shape()))
}

func maxToDiff(_ Rule, b *Builder, in []*Node, out, grad *Node) []*Node {
	return []*Node{b.Mul(grad, largest(b, in[0], out))}
}

// maxToTangent makes the result again, which a tangent is not given.
func maxToTangent(r Rule, b *Builder, in []*Node, _ int, t *Node) *Node {
	return b.SumTo(b.Mul(b.BroadcastTo(t, in[0].Shape()), largest(b, in[0], b.Apply(r, in[0]))), r.to.shape())
}

// MaxTo is the largest element of x along the axes where a shape, which broadcasts to x's own, has extent 1.
func (b *Builder) MaxTo(x *Node, shape tensor.Shape) *Node { return b.reduceTo(OpMaxTo, x, shape) }

// LogSoftmax is x − log Σ exp x, the sum along some axes of x's own, counted from 0. The largest element is subtracted first, so
// that no exponential overflows; it cancels, and counts as constant.
func (b *Builder) LogSoftmax(x *Node, axes ...int) *Node {
	shifted, sum := b.exponentials(x, axes)
	return b.Sub(shifted, b.Log(sum))
}

// Softmax is exp x / Σ exp x, like LogSoftmax.
func (b *Builder) Softmax(x *Node, axes ...int) *Node {
	shifted, sum := b.exponentials(x, axes)
	return b.Div(b.Exp(shifted), sum)
}

// exponentials gives x less its maximum, and the sum of the exponentials of that.
func (b *Builder) exponentials(x *Node, axes []int) (shifted, sum *Node) {
	if b.err != nil {
		return nil, nil
	}
	kept := x.Shape().Clone()
	for _, a := range axes {
		kept[a] = 1
	}
	shifted = b.Sub(x, b.reduceTo(OpPeakTo, x, kept))
	return shifted, b.reduceTo(OpSumTo, b.Exp(shifted), kept)
}

// reduceTo applies an operation that reduces x to a shape; where that is x's own, it is x.
func (b *Builder) reduceTo(o Op, x *Node, shape tensor.Shape) *Node {
	if b.err != nil || o != OpPeakTo && sameShape(x.Shape(), shape) {
		return x
	}
	t, err := targetOf(shape)
	b.Fail(err)
	return b.Apply(Rule{Op: o, to: t}, x)
}
