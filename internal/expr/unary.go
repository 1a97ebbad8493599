package expr

import (
	"math"

	"gorgonia.org/tensor"
)

// shapeOfFirst is the shape of an elementwise function of one operand.
func shapeOfFirst(_ Rule, in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil }

// each evaluates a function at each element.
func each(f func(float64) float64) func(Rule, Array, []Array) {
	return func(_ Rule, out Array, in []Array) {
		for i, x := range in[0].Data[:len(out.Data)] {
			out.Data[i] = f(x)
		}
	}
}

// chain is the derivative of a function y of one operand x, of which f gives grad · dy/dx.
func chain(f func(b *Builder, x, y, grad *Node) *Node) func(Rule, *Builder, []*Node, *Node, *Node) []*Node {
	return func(_ Rule, b *Builder, in []*Node, y, grad *Node) []*Node { return []*Node{f(b, in[0], y, grad)} }
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0, or NaN
}

// softplus is log(1 + exp x) without overflow.
func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// Elementwise functions of one operand.

// Neg is −x.
func (b *Builder) Neg(x *Node) *Node { return b.apply(OpNeg, x) }

// Abs is |x|; its derivative at 0 is taken as 0.
func (b *Builder) Abs(x *Node) *Node { return b.apply(OpAbs, x) }

// Sin is the sine of x radians.
func (b *Builder) Sin(x *Node) *Node { return b.apply(OpSin, x) }

// Cos is the cosine of x radians.
func (b *Builder) Cos(x *Node) *Node { return b.apply(OpCos, x) }

// Exp is e to the x.
func (b *Builder) Exp(x *Node) *Node { return b.apply(OpExp, x) }

// Log is the natural logarithm.
func (b *Builder) Log(x *Node) *Node { return b.apply(OpLog, x) }

// Sqrt is the square root.
func (b *Builder) Sqrt(x *Node) *Node { return b.apply(OpSqrt, x) }

// Inverse is 1/x.
func (b *Builder) Inverse(x *Node) *Node { return b.apply(OpInverse, x) }

// Square is x·x.
func (b *Builder) Square(x *Node) *Node { return b.apply(OpSquare, x) }

// Atan is the inverse tangent, in radians.
func (b *Builder) Atan(x *Node) *Node { return b.apply(OpAtan, x) }

// Erf is the error function, 2/√π times the integral of exp(−t²) from 0 to x.
func (b *Builder) Erf(x *Node) *Node { return b.apply(OpErf, x) }

// Nearest is the nearest integer, halves rounded down: ceil(x − ½), as physics.md defines h0. Its derivative is taken as zero.
func (b *Builder) Nearest(x *Node) *Node { return b.apply(OpNearest, x) }
