package expr

// Code tells a compiler which operation a rule is.
type Code uint8

// The operations. Those that a compiler has no better way for can be run through Rule.Eval, block by block.
const (
	CodeOther Code = iota // elementwise, of one result, known by its Eval alone
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
)

// Decoded is what a compiler needs to know of a rule.
type Decoded struct {
	Code  Code
	Order int
	Axes  [MaxRank]bool // CodeSumAlong: those summed over
}

var unaryCodes = [...]Code{neg: CodeNeg, abs: CodeAbs, floor: CodeFloor, ceil: CodeCeil, nearest: CodeNearest, sin: CodeSin, cos: CodeCos,
	exp: CodeExp, sqrt: CodeSqrt, inverse: CodeInverse, square: CodeSquare, softplus: CodeOther}

var binaryCodes = [...]Code{add: CodeAdd, sub: CodeSub, mul: CodeMul, div: CodeDiv, lesser: CodeMin, greater: CodeMax,
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
	case lookup:
		return Decoded{Code: [...]Code{gather: CodeGather, scatter: CodeScatter, share: CodeShare}[r.kind]}
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
