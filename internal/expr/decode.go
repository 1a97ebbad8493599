package expr

// Code tells a compiler which operation a rule is.
type Code uint8

// The operations. Those that a compiler has no better way for can be run through Rule.Eval, block by block.
const (
	CodeOther Code = iota // known by its Eval alone, or Fixed
	CodeNeg
	CodeAbs
	CodeFloor
	CodeCeil
	CodeNearest
	CodeSin
	CodeCos
	CodeExp
	CodeSqrt
	CodeInverse
	CodeSquare
	CodeAdd
	CodeSub
	CodeMul
	CodeDiv
	CodeMin
	CodeMax
	CodeLess
	CodeGreater
	CodeAtMost
	CodeAtLeast
	CodeEqual
	CodeUnequal
	CodeWhere
	CodeSinRatio  // Order: of the derivative by the first operand
	CodeGather    // a table at Miller indices: the fourth operand is the table
	CodeShare     // the default's weight there
	CodeScatter   // sums its fourth operand into a table
	CodeSum       // along the axes where the operand's extents are larger than the result's
	CodeBroadcast // the operand, repeated
	CodeReshape   // the operand's elements in another shape
	CodeSumAlong  // a sum whose result has fewer axes: Axes
	CodeSign      // 1, −1, or the operand where that is 0 or NaN
	CodeExpm1     // e^x − 1
	CodeLog       // natural logarithm
	CodeLog1p     // log(1 + x)
	CodeLog2      // logarithm to the base 2
	CodeInvSqrt   // 1/√x
	CodeCube      // x·x·x
	CodeTanh      // hyperbolic tangent
	CodeSigmoid   // 1/(1 + e^−x)
	CodeSoftplus  // log(1 + e^x)
	CodePow       // the first operand to the second
	CodePick      // operand 1 + k, a scalar, k the first operand's element; Choices: the number of scalars
	CodeOverSin   // Order: of the derivative of π d/sin(π d)
	CodeSinc3     // Order: of the derivative of special.Sinc3
)

// Decoded is what a compiler needs to know of a rule.
type Decoded struct {
	Code    Code
	Order   int           // of the derivative of a function of one operand
	Axes    [MaxRank]bool // CodeSumAlong: those summed over
	Choices int           // CodePick
	Grid    *Grid         // CodeGather, CodeShare, CodeScatter; nil for all others
	Orders  [3]int        // likewise: of the derivative by h, k and l
}

var unaryCodes = [...]Code{neg: CodeNeg, abs: CodeAbs, floor: CodeFloor, ceil: CodeCeil, nearest: CodeNearest, sin: CodeSin, cos: CodeCos,
	exp: CodeExp, sqrt: CodeSqrt, inverse: CodeInverse, square: CodeSquare, signum: CodeSign, expm1: CodeExpm1, log: CodeLog, log1p: CodeLog1p,
	log2: CodeLog2, invsqrt: CodeInvSqrt, cube: CodeCube, tanh: CodeTanh, sigmoid: CodeSigmoid, softplus: CodeSoftplus}

var binaryCodes = [...]Code{add: CodeAdd, sub: CodeSub, mul: CodeMul, div: CodeDiv, pow: CodePow, lesser: CodeMin, greater: CodeMax,
	lt: CodeLess, gt: CodeGreater, le: CodeAtMost, ge: CodeAtLeast, eq: CodeEqual, ne: CodeUnequal}

// Decode reads a rule.
func Decode(r Rule) Decoded {
	switch r := r.(type) {
	case unary:
		return Decoded{Code: unaryCodes[r]}
	case binary:
		return Decoded{Code: binaryCodes[r]}
	case where:
		return Decoded{Code: CodeWhere}
	case sinRatio:
		return Decoded{Code: CodeSinRatio, Order: r.order}
	case series:
		return Decoded{Code: [...]Code{overSin: CodeOverSin, sphereFT: CodeSinc3}[r.family], Order: r.order}
	case pick:
		return Decoded{Code: CodePick, Choices: r.choices}
	case lookup:
		return Decoded{Code: [...]Code{gather: CodeGather, scatter: CodeScatter, share: CodeShare}[r.kind], Grid: r.grid, Orders: r.order}
	case sumTo:
		return Decoded{Code: CodeSum}
	case broadcastTo:
		return Decoded{Code: CodeBroadcast}
	case reshape:
		return Decoded{Code: CodeReshape}
	case sumAlong:
		return Decoded{Code: CodeSumAlong, Axes: r.axes}
	}
	return Decoded{}
}

// ScatterInto adds what a CodeScatter rule scatters to a table, where Eval would clear it before.
func ScatterInto(r Rule, table []float64, in []Array) {
	r.(lookup).run(Array{Dims{1, 1, 1, len(table)}, table}, in)
}
