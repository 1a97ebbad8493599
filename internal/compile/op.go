package compile

import "github.com/gobragg/gobragg/internal/expr"

// Op is the operation of an instruction: one of package expr, or one of the machine's own, which are
// numbered after those.
type Op expr.Op

// The operations of package expr that the passes and the back ends name. An instruction may have any
// other that is [expr.Op.Plain], if the target has it.
const (
	OpNeg       = Op(expr.OpNeg)
	OpAbs       = Op(expr.OpAbs)
	OpFloor     = Op(expr.OpFloor)
	OpCeil      = Op(expr.OpCeil)
	OpNearest   = Op(expr.OpNearest)
	OpSin       = Op(expr.OpSin)
	OpCos       = Op(expr.OpCos)
	OpExp       = Op(expr.OpExp)
	OpSqrt      = Op(expr.OpSqrt)
	OpInverse   = Op(expr.OpInverse)
	OpSquare    = Op(expr.OpSquare)
	OpAdd       = Op(expr.OpAdd)
	OpSub       = Op(expr.OpSub)
	OpMul       = Op(expr.OpMul)
	OpDiv       = Op(expr.OpDiv)
	OpMin       = Op(expr.OpMin)
	OpMax       = Op(expr.OpMax)
	OpLess      = Op(expr.OpLess)
	OpGreater   = Op(expr.OpGreater)
	OpAtMost    = Op(expr.OpAtMost)
	OpAtLeast   = Op(expr.OpAtLeast)
	OpEqual     = Op(expr.OpEqual)
	OpUnequal   = Op(expr.OpUnequal)
	OpWhere     = Op(expr.OpWhere)
	OpSinRatio  = Op(expr.OpSinRatio)
	OpGaussMean = Op(expr.OpGaussMean) // of the order 1, the derivatives by the middle and by the width are further results
)

// The operations that no expression has.
const (
	OpUniform = Op(expr.NumOps) + iota // a number: the element of a uniform array at the loops' indices
	OpConst                            // a number known at compile time
	OpLoad                             // pixels of a stored array at the loops' indices
	OpSum                              // sum of the operand, or of the product of two, over the loops that only the operands vary along
	OpFill                             // a number in every lane
	OpFma                              // a·b + c
	OpFms                              // a·b − c
	OpFnma                             // c − a·b
	OpDot3                             // a·s + b·t + c·u with numbers s, t, u
	OpSplit                            // x − nearest(x); second result nearest(x)
	OpSincos                           // sin; second result cos
	OpResult                           // a further result of its operand, the one of number order
	OpCall                             // a rule's own Eval on the block
	OpCell                             // the cell of a box at whole h, k, l, a whole number; −1 outside
	OpPresent                          // a cell; −1 if it is absent
	OpRead                             // the element of a table at a cell; 0 at −1
	OpReadOr                           // the element of a table at a cell; a number at −1
	OpLookup                           // a table at the cell nearest to h, k, l; second result 1 if that cell is absent

	numOps // the number of operations
)

// firstMachine is the first operation that no expression has.
const firstMachine = Op(expr.NumOps)

// machine describes each operation that no expression has.
var machine = [numOps - firstMachine]struct {
	name     string // in listings
	operands int    // number of operands, or several
	lanewise bool   // whether a result's lane depends on that lane of the operands alone
}{
	OpUniform - firstMachine: {name: "uniform"},
	OpConst - firstMachine:   {name: "const"},
	OpLoad - firstMachine:    {name: "load"},
	OpSum - firstMachine:     {name: "sum", operands: several},
	OpFill - firstMachine:    {name: "fill", operands: 1, lanewise: true},
	OpFma - firstMachine:     {name: "fma", operands: 3, lanewise: true},
	OpFms - firstMachine:     {name: "fms", operands: 3, lanewise: true},
	OpFnma - firstMachine:    {name: "fnma", operands: 3, lanewise: true},
	OpDot3 - firstMachine:    {name: "dot3", operands: 6, lanewise: true},
	OpSplit - firstMachine:   {name: "split", operands: 1, lanewise: true},
	OpSincos - firstMachine:  {name: "sincos", operands: 1, lanewise: true},
	OpResult - firstMachine:  {name: "result", operands: 1},
	OpCall - firstMachine:    {name: "call", operands: several},
	OpCell - firstMachine:    {name: "cell", operands: 3, lanewise: true},
	OpPresent - firstMachine: {name: "present", operands: 1, lanewise: true},
	OpRead - firstMachine:    {name: "read", operands: 1, lanewise: true},
	OpReadOr - firstMachine:  {name: "read-or", operands: 2, lanewise: true},
	OpLookup - firstMachine:  {name: "lookup", operands: several},
}

// several means that the number of operands depends on the instruction.
const several = -1

// String returns the operation's name in listings.
func (o Op) String() string {
	if o < OpUniform {
		return expr.Op(o).String()
	}
	return machine[o-OpUniform].name
}

// operands returns the number of operands, or several.
func (o Op) operands() int {
	if o < OpUniform {
		return expr.Op(o).Operands()
	}
	return machine[o-OpUniform].operands
}

// Swapped returns the operation that gives the same value with its two operands exchanged, if there
// is one.
func (o Op) Swapped() (s Op, ok bool) {
	if o >= OpUniform {
		return 0, false
	}
	swapped, ok := expr.Op(o).Swapped()
	return Op(swapped), ok
}

// lanewise reports whether the operation's value at a pixel depends on its operands at that pixel
// alone.
func (o Op) lanewise() bool {
	if o < OpUniform {
		return expr.Op(o).Plain() || o == OpSinRatio || o == OpGaussMean
	}
	return machine[o-OpUniform].lanewise
}
