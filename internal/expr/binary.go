package expr

import "gorgonia.org/tensor"

// broadcastOf is the shape of an elementwise function of several operands.
func broadcastOf(_ Rule, in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }

// loop evaluates a function of two operands run by run. Operands that stand still have mask 0 (see run), so one function
// serves every broadcast.
func loop(f func(out, x []float64, mx int, y []float64, my int)) func(Rule, Array, []Array) {
	return func(_ Rule, out Array, in []Array) {
		x, y := in[0].Data, in[1].Data
		sweep(out.Dims, in, func(r run) {
			f(out.Data[r.at:r.at+r.n], x[r.from[0]:], r.mask[0], y[r.from[1]:], r.mask[1])
		})
	}
}

// pairwise is loop for a function of two numbers.
func pairwise(f func(x, y float64) float64) func(Rule, Array, []Array) {
	return loop(func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = f(x[i&mx], y[i&my])
		}
	})
}

func addRun(out, x []float64, mx int, y []float64, my int) {
	for i := range out {
		out[i] = x[i&mx] + y[i&my]
	}
}

func subRun(out, x []float64, mx int, y []float64, my int) {
	for i := range out {
		out[i] = x[i&mx] - y[i&my]
	}
}

func mulRun(out, x []float64, mx int, y []float64, my int) {
	for i := range out {
		out[i] = x[i&mx] * y[i&my]
	}
}

func divRun(out, x []float64, mx int, y []float64, my int) {
	for i := range out {
		out[i] = x[i&mx] / y[i&my]
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func divDiff(_ Rule, b *Builder, in []*Node, z, grad *Node) []*Node {
	q := b.Div(grad, in[1])
	return []*Node{q, b.Neg(b.Mul(q, z))}
}

// powDiff: by x it is y·x^(y−1), right at x = 0 too; by y it is x^y · log x, 0 where x = 0.
func powDiff(_ Rule, b *Builder, in []*Node, z, grad *Node) []*Node {
	x, y := in[0], in[1]
	dx := b.Mul(y, b.Pow(x, b.Sub(y, b.Const(1))))
	logx := b.Log(b.Where(b.apply(OpEqual, x, b.Const(0)), b.Const(1), x))
	return []*Node{b.Mul(grad, dx), b.Mul(grad, b.Mul(z, logx))}
}

// chosen gives the gradient to the first operand where it compares so with the second, else to the second.
func chosen(compares Op) func(Rule, *Builder, []*Node, *Node, *Node) []*Node {
	return func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
		first := b.apply(compares, in...)
		return []*Node{b.Mul(grad, first), b.Mul(grad, b.Sub(b.Const(1), first))}
	}
}

// Elementwise functions of two operands, which are broadcast.

// Add is x + y.
func (b *Builder) Add(x, y *Node) *Node { return b.apply(OpAdd, x, y) }

// Sub is x − y.
func (b *Builder) Sub(x, y *Node) *Node { return b.apply(OpSub, x, y) }

// Mul is x · y.
func (b *Builder) Mul(x, y *Node) *Node { return b.apply(OpMul, x, y) }

// Div is x / y.
func (b *Builder) Div(x, y *Node) *Node { return b.apply(OpDiv, x, y) }

// Pow is x to the y.
func (b *Builder) Pow(x, y *Node) *Node { return b.apply(OpPow, x, y) }

// Less is 1 where x < y, else 0. Its derivative is taken as zero.
func (b *Builder) Less(x, y *Node) *Node { return b.apply(OpLess, x, y) }

// AtMost is 1 where x ≤ y, else 0. Its derivative is taken as zero.
func (b *Builder) AtMost(x, y *Node) *Node { return b.apply(OpAtMost, x, y) }

// Scale is k · x for a number k.
func (b *Builder) Scale(k float64, x *Node) *Node { return b.Mul(b.Const(k), x) }

// Sum adds up one or more nodes, from the left.
func (b *Builder) Sum(first *Node, rest ...*Node) *Node {
	for _, n := range rest {
		first = b.Add(first, n)
	}
	return first
}

// Product multiplies one or more nodes, from the left.
func (b *Builder) Product(first *Node, rest ...*Node) *Node {
	for _, n := range rest {
		first = b.Mul(first, n)
	}
	return first
}
