package expr

import (
	"math"

	"gorgonia.org/tensor"
)

// Op is an operation. What is known of it is its row in ops.
//
// A compiler numbers the operations that its machine has besides from [NumOps] on, so that there is one enumeration from
// the graph to the machine.
type Op uint8

// The operations.
const (
	OpNone Op = iota // of the zero [Rule], which is none

	// Functions of one operand, elementwise.
	OpNeg
	OpAbs
	OpSign // 1, −1, or the operand where that is 0 or NaN
	OpCeil
	OpFloor
	OpNearest // the nearest integer, halves rounded down
	OpSin
	OpCos
	OpExp
	OpExpm1 // e^x − 1
	OpLog   // the natural logarithm
	OpLog1p // log(1 + x)
	OpLog2  // the logarithm to the base 2
	OpSqrt
	OpInverse // 1/x
	OpInvSqrt // 1/√x
	OpSquare
	OpCube
	OpTanh
	OpSigmoid  // 1/(1 + e^−x)
	OpSoftplus // log(1 + e^x)
	OpAtan
	OpErf     // the error function
	OpOverSin // a derivative of π d/sin(π d)
	OpSinc3   // a derivative of [special.Sinc3]

	// Functions of several operands, elementwise, which are broadcast.
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpPow
	OpMin
	OpMax
	OpLess // comparisons give 1 or 0
	OpGreater
	OpAtMost
	OpAtLeast
	OpEqual
	OpUnequal
	OpWhere     // the second operand where the first is not 0, else the third
	OpPick      // operand 1 + k, a scalar, where k is the first operand's element
	OpSinRatio  // a derivative by d of sin(π N d)/sin(π d), where N is a scalar
	OpGaussMean // a derivative by o and g of the mean of exp(−t²/2) over an interval of width g around o

	// Tables at Miller indices h, k, l: see lookup.go.
	OpGather  // reads the fourth operand, a table
	OpScatter // sums the fourth operand into a table
	OpShare   // the default's weight
	OpSquares // weighted squares of sums over steps, by label: see squares.go

	// Linear operations that change the shape.
	OpSumTo     // along the axes where the operand's extents are larger than the result's
	OpSumAlong  // along given axes, which the result does not have: gorgonia's sum
	OpBroadcast // repeats the operand
	OpReshape   // keeps the elements and their order

	// Operations that mix elements: see [Rule.Whole].
	OpMaxTo  // the largest element along the axes where the operand's extents are larger than the result's
	OpPeakTo // the same, taken as constant
	OpMatMul // products of the matrices on the last two axes
	// Linear operations that move elements, between pixels too: see [Rule.Whole].
	OpView   // reads some elements, or in another order: see view.go
	OpPlace  // puts elements among zeros
	OpConcat // joins its operands along an axis
	OpTake   // reads an axis at the indices that the second operand lists: see take.go
	OpPut    // sums into an axis at the indices that the second operand lists
	// Bilinear operations on images: see convolve.go.
	OpConvolve  // moves elements by a kernel
	OpCorrelate // sums products of elements at each distance

	OpFixed // a number that does not depend on the operand's values, such as the length of an axis

	opAltered // a rule of a test: see Altered

	// NumOps is how many operations there are.
	NumOps
)

// operation is what is known of an operation. Every function is given the rule, for its attributes.
type operation struct {
	name     string // in identities and listings
	noun     string // what a message calls the result; "" where "result of" and the name will do
	builtin  string // the symbol that gorgonia prints for its own elementwise operation of this meaning
	operands int    // how many; several if that depends on the node
	flat     uint8  // the operands by which the derivative is zero: bit i for operand i
	table    int    // the operand that is a table, or a list of indices, and not broadcast with the others; 0 if there is none
	swapped  Op     // the operation that gives the same value with its two operands exchanged

	attributes func(r Rule) string // what distinguishes rules of the operation; nil if there is one rule only
	shape      func(r Rule, in []tensor.Shape) (tensor.Shape, error)
	eval       func(r Rule, out Array, in []Array)
	// parts divides the result into parts that do not depend on each other, each of which do computes; nil: it is computed as a whole.
	parts func(r Rule, out Array, in []Array) (parts int, do func(part int))
	// diff gives grad · ∂out/∂in[i]; nil where every derivative is zero.
	diff func(r Rule, b *Builder, in []*Node, out, grad *Node) []*Node
	// tangent is the share of operand i, with tangent t, in the tangent of the result; nil for elementwise operations, of
	// which diff gives it.
	tangent func(r Rule, b *Builder, in []*Node, i int, t *Node) *Node
	// smooth reports, beyond flat, whether the derivative by operand i can be other than zero; nil: it can.
	smooth func(r Rule, i int) bool
	whole  bool // computed on whole arrays: see [Rule.Whole]
	// sums reports whether a result of these extents is a sum over the operands' pixels; nil: it is not.
	sums func(r Rule, out Dims) bool
}

// several operands: their number depends on the node.
const several = -1

// ops has a row an operation. It is filled in by init, since derivatives are made of operations, which refer to it.
var ops [NumOps]operation

func init() {
	ops = [NumOps]operation{
		OpNeg: {name: "neg", noun: "negative", builtin: "neg", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return -x }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Neg(grad) })},
		OpAbs: {name: "abs", noun: "magnitude", builtin: "abs", operands: 1, shape: shapeOfFirst,
			eval: each(math.Abs),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.apply(OpSign, x)) })},
		// Rounding and its kin are taken as locally constant.
		OpSign:    {name: "sign", builtin: "sign", operands: 1, flat: 0b1, shape: shapeOfFirst, eval: each(sign)},
		OpCeil:    {name: "ceil", builtin: "ceil", operands: 1, flat: 0b1, shape: shapeOfFirst, eval: each(math.Ceil)},
		OpFloor:   {name: "floor", builtin: "floor", operands: 1, flat: 0b1, shape: shapeOfFirst, eval: each(math.Floor)},
		OpNearest: {name: "nearest", operands: 1, flat: 0b1, shape: shapeOfFirst, eval: each(func(x float64) float64 { return math.Ceil(x - 0.5) })},
		OpSin: {name: "sin", noun: "sine", builtin: "sin", operands: 1, shape: shapeOfFirst,
			eval: each(math.Sin),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Cos(x)) })},
		OpCos: {name: "cos", noun: "cosine", builtin: "cos", operands: 1, shape: shapeOfFirst,
			eval: each(math.Cos),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Neg(b.Mul(grad, b.Sin(x))) })},
		OpExp: {name: "exp", noun: "exponential", builtin: "exp", operands: 1, shape: shapeOfFirst,
			eval: each(math.Exp),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, y) })},
		OpExpm1: {name: "expm1", builtin: "expm1", operands: 1, shape: shapeOfFirst,
			eval: each(math.Expm1),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Exp(x)) })},
		OpLog: {name: "log", noun: "logarithm", builtin: "ln", operands: 1, shape: shapeOfFirst,
			eval: each(math.Log),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(grad, x) })},
		OpLog1p: {name: "log1p", builtin: "log1p", operands: 1, shape: shapeOfFirst,
			eval: each(math.Log1p),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(grad, b.Add(b.Const(1), x)) })},
		OpLog2: {name: "log2", builtin: "log2", operands: 1, shape: shapeOfFirst,
			eval: each(math.Log2),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(b.Mul(b.Const(1/math.Ln2), grad), x) })},
		OpSqrt: {name: "sqrt", noun: "square root", builtin: "sqrt", operands: 1, shape: shapeOfFirst,
			eval: each(math.Sqrt),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(b.Mul(b.Const(0.5), grad), y) })},
		OpInverse: {name: "inverse", noun: "inverse", builtin: "inv", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return 1 / x }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Neg(b.Mul(grad, b.Square(y))) })},
		OpInvSqrt: {name: "invsqrt", builtin: "invSqrt", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return 1 / math.Sqrt(x) }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(b.Mul(b.Const(-0.5), b.Mul(grad, y)), x) })},
		OpSquare: {name: "square", noun: "square", builtin: "square", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return x * x }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Mul(b.Const(2), x)) })},
		OpCube: {name: "cube", builtin: "cube", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return x * x * x }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Mul(b.Const(3), b.Square(x))) })},
		OpTanh: {name: "tanh", builtin: "tanh", operands: 1, shape: shapeOfFirst,
			eval: each(math.Tanh),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Sub(b.Const(1), b.Square(y))) })},
		OpSigmoid: {name: "sigmoid", builtin: "sigmoid", operands: 1, shape: shapeOfFirst,
			eval: each(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.Mul(y, b.Sub(b.Const(1), y))) })},
		OpSoftplus: {name: "softplus", builtin: "softplus", operands: 1, shape: shapeOfFirst,
			eval: each(softplus),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Mul(grad, b.apply(OpSigmoid, x)) })},
		OpAtan: {name: "atan", operands: 1, shape: shapeOfFirst,
			eval: each(math.Atan),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node { return b.Div(grad, b.Add(b.Const(1), b.Square(x))) })},
		OpErf: {name: "erf", operands: 1, shape: shapeOfFirst,
			eval: each(math.Erf),
			diff: chain(func(b *Builder, x, y, grad *Node) *Node {
				return b.Mul(grad, b.Scale(2/math.SqrtPi, b.Exp(b.Neg(b.Square(x)))))
			})},
		OpOverSin: {name: "oversin", operands: 1, attributes: order, shape: seriesShape, eval: seriesEval, diff: seriesDiff},
		OpSinc3:   {name: "sinc3", operands: 1, attributes: order, shape: seriesShape, eval: seriesEval, diff: seriesDiff},

		OpAdd: {name: "add", noun: "sum", builtin: "+", operands: 2, swapped: OpAdd, shape: broadcastOf, eval: loop(addRun),
			diff: func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node { return []*Node{grad, grad} }},
		OpSub: {name: "sub", noun: "difference", builtin: "-", operands: 2, shape: broadcastOf, eval: loop(subRun),
			diff: func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node { return []*Node{grad, b.Neg(grad)} }},
		OpMul: {name: "mul", noun: "product", builtin: "⊙", operands: 2, swapped: OpMul, shape: broadcastOf, eval: loop(mulRun),
			diff: func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
				return []*Node{b.Mul(grad, in[1]), b.Mul(grad, in[0])}
			}},
		OpDiv: {name: "div", noun: "quotient", builtin: "÷", operands: 2, shape: broadcastOf, eval: loop(divRun), diff: divDiff},
		OpPow: {name: "pow", noun: "power", builtin: "^", operands: 2, shape: broadcastOf, eval: pairwise(math.Pow), diff: powDiff},
		OpMin: {name: "min", noun: "minimum", builtin: "minBetween", operands: 2, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return min(x, y) }), diff: chosen(OpAtMost)},
		OpMax: {name: "max", noun: "maximum", builtin: "maxBetween", operands: 2, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return max(x, y) }), diff: chosen(OpAtLeast)},
		OpLess: {name: "lt", builtin: "<", operands: 2, swapped: OpGreater, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x < y) })},
		OpGreater: {name: "gt", builtin: ">", operands: 2, swapped: OpLess, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x > y) })},
		OpAtMost: {name: "le", builtin: "<=", operands: 2, swapped: OpAtLeast, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x <= y) })},
		OpAtLeast: {name: "ge", builtin: ">=", operands: 2, swapped: OpAtMost, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x >= y) })},
		OpEqual: {name: "eq", builtin: "==", operands: 2, swapped: OpEqual, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x == y) })},
		OpUnequal: {name: "ne", builtin: "!=", operands: 2, swapped: OpUnequal, flat: 0b11, shape: broadcastOf,
			eval: pairwise(func(x, y float64) float64 { return truth(x != y) })},
		OpWhere:     {name: "where", noun: "choice", operands: 3, flat: 0b1, shape: broadcastOf, eval: whereEval, diff: whereDiff},
		OpPick:      {name: "pick", operands: several, flat: 0b1, shape: pickShape, eval: pickEval, diff: pickDiff},
		OpGaussMean: {name: "gaussmean", noun: "mean of a Gaussian", operands: 2, attributes: bothOrders, shape: gaussMeanShape, eval: gaussMeanEval, diff: gaussMeanDiff},
		OpSinRatio:  {name: "sinratio", operands: 2, attributes: order, shape: ratioShape, eval: ratioEval, diff: ratioDiff},

		OpGather: {name: "gather", noun: "looked up amplitude", operands: 4, table: 3, attributes: orders, shape: gatherShape, smooth: lookupSmooth,
			eval: lookupEval, diff: gatherDiff, tangent: gatherTangent},
		OpScatter: {name: "scatter", operands: 4, attributes: orders, shape: scatterShape, smooth: lookupSmooth,
			eval: scatterEval, diff: scatterDiff, tangent: scatterTangent, sums: func(Rule, Dims) bool { return true }},
		OpShare: {name: "share", operands: 3, attributes: orders, shape: shareShape, smooth: lookupSmooth,
			eval: lookupEval, diff: shareDiff},
		OpSquares: {name: "squares", noun: "sum of squares", operands: several, flat: 0b11111111, attributes: squaresText, shape: squaresShape, eval: squaresEval,
			sums: func(Rule, Dims) bool { return true }},

		OpSumTo: {name: "sum", noun: "sum over elements", operands: 1, attributes: targetText, shape: sumShape, tangent: linear,
			eval: func(_ Rule, out Array, in []Array) { accumulate(out, in[0]) },
			diff: func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
				return []*Node{b.BroadcastTo(grad, in[0].Shape())}
			},
			sums: func(_ Rule, out Dims) bool { return out[Pixel] == 1 }},
		OpSumAlong: {name: "sum", noun: "sum over elements", operands: 1, attributes: alongText, shape: targetShape, tangent: linear,
			eval: func(r Rule, out Array, in []Array) {
				accumulate(Array{Dims: r.Kept(in[0].Dims), Data: out.Data}, in[0])
			},
			diff: alongDiff,
			sums: func(r Rule, _ Dims) bool { return r.Axes[Pixel] }},
		OpBroadcast: {name: "broadcast", operands: 1, attributes: targetText, shape: broadcastToShape, tangent: linear,
			eval: func(_ Rule, out Array, in []Array) { repeat(out, in[0]) },
			diff: func(_ Rule, _ *Builder, _ []*Node, _, grad *Node) []*Node { return []*Node{grad} }}, // the caller sums it to the operand's shape
		OpReshape: {name: "reshape", operands: 1, attributes: targetText, shape: reshapeShape, tangent: linear,
			eval: func(_ Rule, out Array, in []Array) { copy(out.Data, in[0].Data) },
			diff: func(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
				return []*Node{b.Reshape(grad, in[0].Shape())}
			}},

		OpMaxTo: {name: "largest", noun: "largest element", operands: 1, attributes: targetText, shape: sumShape, whole: true,
			eval: func(_ Rule, out Array, in []Array) { maximum(out, in[0]) }, diff: maxToDiff, tangent: maxToTangent},
		OpPeakTo: {name: "peak", noun: "peak", operands: 1, flat: 0b1, attributes: targetText, shape: sumShape, whole: true,
			eval: func(_ Rule, out Array, in []Array) { maximum(out, in[0]) }},
		OpMatMul: {name: "matmul", noun: "product of matrices", operands: 2, attributes: productText, shape: productShape, whole: true,
			eval: productEval, diff: productDiff, tangent: productTangent},
		OpView: {name: "view", noun: "view", operands: 1, attributes: placesText, shape: viewShape, eval: viewEval,
			diff: transposedDiff(OpPlace), tangent: linear, whole: true},
		OpPlace: {name: "place", noun: "placement", operands: 1, attributes: placesText, shape: placeShape, eval: placeEval,
			diff: transposedDiff(OpView), tangent: linear, whole: true},
		OpConcat: {name: "concat", noun: "concatenation", operands: several, attributes: axisText, shape: concatShape, eval: concatEval,
			diff: concatDiff, tangent: concatTangent, whole: true},
		OpTake: {name: "take", noun: "selection by indices", operands: 2, flat: 0b10, table: 1, attributes: axisText, shape: takeShape, eval: takeEval,
			diff: takeDiff, tangent: listed, whole: true},
		OpPut: {name: "put", operands: 2, flat: 0b10, table: 1, attributes: putText, shape: putShape, eval: putEval,
			diff: putDiff, tangent: listed, whole: true},

		OpConvolve: {name: "convolve", operands: 2, table: 1, attributes: rasterText, shape: convolveShape, eval: inTurn(convolveParts), parts: convolveParts,
			diff: convolveDiff, tangent: bilinear, whole: true},
		OpCorrelate: {name: "correlate", operands: 2, attributes: rasterText, shape: correlateShape, eval: inTurn(correlateParts), parts: correlateParts,
			diff: correlateDiff, tangent: bilinear, whole: true},

		OpFixed: {name: "fixed", operands: 1, flat: 0b1, attributes: fixedText,
			shape: func(Rule, []tensor.Shape) (tensor.Shape, error) { return tensor.Shape{}, nil },
			eval:  func(r Rule, out Array, _ []Array) { out.Data[0] = r.value }},

		opAltered: {operands: several, attributes: func(r Rule) string { return r.altered.Name },
			shape:  func(r Rule, in []tensor.Shape) (tensor.Shape, error) { return r.altered.Rule.Shape(in) },
			eval:   func(r Rule, out Array, in []Array) { r.altered.eval(out, in) },
			diff:   func(r Rule, b *Builder, in []*Node, out, grad *Node) []*Node { return r.altered.diff(b, in, out, grad) },
			smooth: func(r Rule, i int) bool { return r.altered.smooth(i) },
			sums:   func(r Rule, out Dims) bool { return r.altered.Rule.SumsPixels(out) }},
	}
}

// Ops are all operations.
func Ops() []Op {
	var list []Op
	for o := OpNone + 1; o < opAltered; o++ {
		list = append(list, o)
	}
	return list
}

// String is the operation's name.
func (o Op) String() string { return ops[o].name }

// Operands is how many operands the operation has; negative if that depends on the node.
func (o Op) Operands() int { return ops[o].operands }

// Swapped is the operation that gives the same value with its two operands exchanged, if there is one.
func (o Op) Swapped() (s Op, ok bool) {
	s = ops[o].swapped
	return s, s != OpNone
}

// Plain reports whether the operation is elementwise and has no attributes, so that it has one rule only.
func (o Op) Plain() bool { return ops[o].tangent == nil && ops[o].attributes == nil && o != OpNone }

// Builtin is the rule of gorgonia's own elementwise operation that prints a symbol.
func Builtin(symbol string, operands int) (Rule, bool) {
	for o := range NumOps {
		if row := &ops[o]; symbol != "" && row.builtin == symbol && row.operands == operands {
			return Rule{Op: o}, true
		}
	}
	return Rule{}, false
}
