package expr

import (
	"math"

	"gorgonia.org/tensor"
)

// binary is an elementwise function of two operands, with broadcasting.
type binary uint8

const (
	add binary = iota
	sub
	mul
	div
	pow
	lesser // of two
	greater
	lt // comparisons give 1 or 0
	gt
	le
	ge
	eq
	ne
)

var binaryNames = [...]string{"add", "sub", "mul", "div", "pow", "min", "max", "lt", "gt", "le", "ge", "eq", "ne"}

// binaryLoops compute one run. Operands that stand still have mask 0 (see run), so one loop serves every broadcast.
var binaryLoops = [...]func(out, x []float64, mx int, y []float64, my int){
	add: func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = x[i&mx] + y[i&my]
		}
	},
	sub: func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = x[i&mx] - y[i&my]
		}
	},
	mul: func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = x[i&mx] * y[i&my]
		}
	},
	div: func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = x[i&mx] / y[i&my]
		}
	},
	pow:     eachPair(math.Pow),
	lesser:  eachPair(func(x, y float64) float64 { return min(x, y) }),
	greater: eachPair(func(x, y float64) float64 { return max(x, y) }),
	lt:      eachPair(func(x, y float64) float64 { return truth(x < y) }),
	gt:      eachPair(func(x, y float64) float64 { return truth(x > y) }),
	le:      eachPair(func(x, y float64) float64 { return truth(x <= y) }),
	ge:      eachPair(func(x, y float64) float64 { return truth(x >= y) }),
	eq:      eachPair(func(x, y float64) float64 { return truth(x == y) }),
	ne:      eachPair(func(x, y float64) float64 { return truth(x != y) }),
}

func eachPair(f func(x, y float64) float64) func(out, x []float64, mx int, y []float64, my int) {
	return func(out, x []float64, mx int, y []float64, my int) {
		for i := range out {
			out[i] = f(x[i&mx], y[i&my])
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (o binary) String() string                                { return binaryNames[o] }
func (o binary) Shape(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }
func (o binary) Smooth(int) bool                               { return o < lt }
func (o binary) SumsPixels(Dims) bool                          { return false }

func (o binary) Eval(out Array, in []Array) {
	loop := binaryLoops[o]
	x, y := in[0].Data, in[1].Data
	sweep(out.Dims, in, func(r run) {
		loop(out.Data[r.at:r.at+r.n], x[r.from[0]:], r.mask[0], y[r.from[1]:], r.mask[1])
	})
}

func (o binary) Diff(b *Builder, in []*Node, z, grad *Node) []*Node {
	x, y := in[0], in[1]
	switch o {
	case add:
		return []*Node{grad, grad}
	case sub:
		return []*Node{grad, b.Neg(grad)}
	case mul:
		return []*Node{b.Mul(grad, y), b.Mul(grad, x)}
	case div:
		q := b.Div(grad, y)
		return []*Node{q, b.Neg(b.Mul(q, z))}
	case pow:
		// By x as y·x^(y−1), right at x = 0 too; by y as x^y · log x, 0 where x = 0.
		dx := b.Mul(y, b.Pow(x, b.Sub(y, b.Const(1))))
		logx := b.Log(b.Where(b.Apply(eq, x, b.Const(0)), b.Const(1), x))
		return []*Node{b.Mul(grad, dx), b.Mul(grad, b.Mul(z, logx))}
	case lesser:
		return chosen(b, b.Apply(le, x, y), grad)
	case greater:
		return chosen(b, b.Apply(ge, x, y), grad)
	}
	return []*Node{nil, nil}
}

// chosen gives the gradient to the first operand where it was chosen, else to the second.
func chosen(b *Builder, first, grad *Node) []*Node {
	return []*Node{b.Mul(grad, first), b.Mul(grad, b.Sub(b.Const(1), first))}
}

// Elementwise functions of two operands, which are broadcast.

// Add is x + y.
func (b *Builder) Add(x, y *Node) *Node { return b.Apply(add, x, y) }

// Sub is x − y.
func (b *Builder) Sub(x, y *Node) *Node { return b.Apply(sub, x, y) }

// Mul is x · y.
func (b *Builder) Mul(x, y *Node) *Node { return b.Apply(mul, x, y) }

// Div is x / y.
func (b *Builder) Div(x, y *Node) *Node { return b.Apply(div, x, y) }

// Pow is x to the y.
func (b *Builder) Pow(x, y *Node) *Node { return b.Apply(pow, x, y) }

// Less is 1 where x < y, else 0. Its derivative is taken as zero.
func (b *Builder) Less(x, y *Node) *Node { return b.Apply(lt, x, y) }

// AtMost is 1 where x ≤ y, else 0. Its derivative is taken as zero.
func (b *Builder) AtMost(x, y *Node) *Node { return b.Apply(le, x, y) }

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
