package expr

import (
	"math"

	"gorgonia.org/tensor"
)

// unary is an elementwise function of one operand.
type unary uint8

const (
	neg unary = iota
	abs
	signum
	ceil
	floor
	nearest
	sin
	cos
	exp
	expm1
	log
	log1p
	log2
	sqrt
	inverse
	invsqrt
	square
	cube
	tanh
	sigmoid
	softplus
)

var unaryNames = [...]string{"neg", "abs", "sign", "ceil", "floor", "nearest", "sin", "cos", "exp", "expm1", "log", "log1p",
	"log2", "sqrt", "inverse", "invsqrt", "square", "cube", "tanh", "sigmoid", "softplus"}

var unaryFuncs = [...]func(float64) float64{
	neg: func(x float64) float64 { return -x },
	abs: math.Abs,
	signum: func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x // 0, or NaN
	},
	ceil:    math.Ceil,
	floor:   math.Floor,
	nearest: func(x float64) float64 { return math.Ceil(x - 0.5) },
	sin:     math.Sin,
	cos:     math.Cos,
	exp:     math.Exp,
	expm1:   math.Expm1,
	log:     math.Log,
	log1p:   math.Log1p,
	log2:    math.Log2,
	sqrt:    math.Sqrt,
	inverse: func(x float64) float64 { return 1 / x },
	invsqrt: func(x float64) float64 { return 1 / math.Sqrt(x) },
	square:  func(x float64) float64 { return x * x },
	cube:    func(x float64) float64 { return x * x * x },
	tanh:    math.Tanh,
	sigmoid: func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	// log(1 + exp x) without overflow
	softplus: func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
}

func (u unary) String() string                                { return unaryNames[u] }
func (u unary) Shape(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil }

func (u unary) Eval(out Array, in []Array) {
	f := unaryFuncs[u]
	for i, x := range in[0].Data[:len(out.Data)] {
		out.Data[i] = f(x)
	}
}

// Smooth is false for rounding and its kin, which are taken as locally constant.
func (u unary) Smooth(int) bool {
	switch u {
	case signum, ceil, floor, nearest:
		return false
	}
	return true
}

func (u unary) SumsPixels(Dims) bool { return false }

func (u unary) Diff(b *Builder, in []*Node, y, grad *Node) []*Node {
	if !u.Smooth(0) {
		return []*Node{nil}
	}
	return []*Node{u.chain(b, in[0], y, grad)}
}

// chain is grad · dy/dx.
func (u unary) chain(b *Builder, x, y, grad *Node) *Node {
	switch u {
	case neg:
		return b.Neg(grad)
	case abs:
		return b.Mul(grad, b.Apply(signum, x))
	case sin:
		return b.Mul(grad, b.Cos(x))
	case cos:
		return b.Neg(b.Mul(grad, b.Sin(x)))
	case exp:
		return b.Mul(grad, y)
	case expm1:
		return b.Mul(grad, b.Exp(x))
	case log:
		return b.Div(grad, x)
	case log1p:
		return b.Div(grad, b.Add(b.Const(1), x))
	case log2:
		return b.Div(b.Mul(b.Const(1/math.Ln2), grad), x)
	case sqrt:
		return b.Div(b.Mul(b.Const(0.5), grad), y)
	case inverse:
		return b.Neg(b.Mul(grad, b.Square(y)))
	case invsqrt:
		return b.Div(b.Mul(b.Const(-0.5), b.Mul(grad, y)), x)
	case square:
		return b.Mul(grad, b.Mul(b.Const(2), x))
	case cube:
		return b.Mul(grad, b.Mul(b.Const(3), b.Square(x)))
	case tanh:
		return b.Mul(grad, b.Sub(b.Const(1), b.Square(y)))
	case sigmoid:
		return b.Mul(grad, b.Mul(y, b.Sub(b.Const(1), y)))
	case softplus:
		return b.Mul(grad, b.Apply(sigmoid, x))
	}
	panic("expr: no derivative of " + u.String()) // unreachable: Smooth names those without
}

// Elementwise functions of one operand.

// Neg is −x.
func (b *Builder) Neg(x *Node) *Node { return b.Apply(neg, x) }

// Abs is |x|; its derivative at 0 is taken as 0.
func (b *Builder) Abs(x *Node) *Node { return b.Apply(abs, x) }

// Sin is the sine of x radians.
func (b *Builder) Sin(x *Node) *Node { return b.Apply(sin, x) }

// Cos is the cosine of x radians.
func (b *Builder) Cos(x *Node) *Node { return b.Apply(cos, x) }

// Exp is e to the x.
func (b *Builder) Exp(x *Node) *Node { return b.Apply(exp, x) }

// Log is the natural logarithm.
func (b *Builder) Log(x *Node) *Node { return b.Apply(log, x) }

// Sqrt is the square root.
func (b *Builder) Sqrt(x *Node) *Node { return b.Apply(sqrt, x) }

// Inverse is 1/x.
func (b *Builder) Inverse(x *Node) *Node { return b.Apply(inverse, x) }

// Square is x·x.
func (b *Builder) Square(x *Node) *Node { return b.Apply(square, x) }

// Nearest is the nearest integer, halves rounded down: ceil(x − ½), as physics.md defines h0. Its derivative is
// taken as zero.
func (b *Builder) Nearest(x *Node) *Node { return b.Apply(nearest, x) }
