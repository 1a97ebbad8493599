package compile

// Op is the operation of an instruction.
type Op uint8

// The operations.
const (
	OpUniform  Op = iota // a number: the element of a uniform array at the loops' indices
	OpConst              // a number known at compile time
	OpLoad               // pixels of a stored array at the loops' indices
	OpSum                // sum of the operand, or of the product of two, over the loops that only the operands vary along
	OpFill               // a number in every lane
	OpNeg                // the operations from here to OpSinRatio work lane by lane
	OpAbs                //
	OpSqrt               //
	OpSquare             //
	OpInverse            //
	OpFloor              //
	OpCeil               //
	OpNearest            //
	OpSin                //
	OpCos                //
	OpExp                //
	OpAdd                //
	OpSub                //
	OpMul                //
	OpDiv                //
	OpMin                //
	OpMax                //
	OpLess               //
	OpGreater            //
	OpAtMost             //
	OpAtLeast            //
	OpEqual              //
	OpUnequal            //
	OpWhere              //
	OpFma                // a·b + c
	OpFms                // a·b − c
	OpFnma               // c − a·b
	OpDot3               // a·s + b·t + c·u with numbers s, t, u
	OpSplit              // x − nearest(x); second result nearest(x)
	OpSincos             // sin; second result cos
	OpSinRatio           // operands d, N; order: results up to the order-th derivative
	OpResult             // a further result of its operand, the one of number order
	OpCall               // a rule's own Eval on the block
	OpLookup             // a table at the cell nearest to h, k, l; second result 1 if that cell is absent
)

// ops describes each operation.
var ops = [...]struct {
	name     string // in listings
	args     int    // number of operands, or several
	commuted Op     // the operation that gives the same value with the operands exchanged; 0 if there is none
}{
	OpUniform:  {name: "uniform"},
	OpConst:    {name: "const"},
	OpLoad:     {name: "load"},
	OpSum:      {name: "sum", args: several},
	OpFill:     {name: "fill", args: 1},
	OpNeg:      {name: "neg", args: 1},
	OpAbs:      {name: "abs", args: 1},
	OpSqrt:     {name: "sqrt", args: 1},
	OpSquare:   {name: "square", args: 1},
	OpInverse:  {name: "inverse", args: 1},
	OpFloor:    {name: "floor", args: 1},
	OpCeil:     {name: "ceil", args: 1},
	OpNearest:  {name: "nearest", args: 1},
	OpSin:      {name: "sin", args: 1},
	OpCos:      {name: "cos", args: 1},
	OpExp:      {name: "exp", args: 1},
	OpAdd:      {name: "add", args: 2, commuted: OpAdd},
	OpSub:      {name: "sub", args: 2},
	OpMul:      {name: "mul", args: 2, commuted: OpMul},
	OpDiv:      {name: "div", args: 2},
	OpMin:      {name: "min", args: 2},
	OpMax:      {name: "max", args: 2},
	OpLess:     {name: "lt", args: 2, commuted: OpGreater},
	OpGreater:  {name: "gt", args: 2, commuted: OpLess},
	OpAtMost:   {name: "le", args: 2, commuted: OpAtLeast},
	OpAtLeast:  {name: "ge", args: 2, commuted: OpAtMost},
	OpEqual:    {name: "eq", args: 2, commuted: OpEqual},
	OpUnequal:  {name: "ne", args: 2, commuted: OpUnequal},
	OpWhere:    {name: "where", args: 3},
	OpFma:      {name: "fma", args: 3},
	OpFms:      {name: "fms", args: 3},
	OpFnma:     {name: "fnma", args: 3},
	OpDot3:     {name: "dot3", args: 6},
	OpSplit:    {name: "split", args: 1},
	OpSincos:   {name: "sincos", args: 1},
	OpSinRatio: {name: "sinratio", args: 2},
	OpResult:   {name: "result", args: 1},
	OpCall:     {name: "call", args: several},
	OpLookup:   {name: "lookup", args: several},
}

// several means that the number of operands depends on the instruction.
const several = -1

// String returns the operation's name in listings.
func (o Op) String() string { return ops[o].name }

// Commuted returns the operation that gives the same value with its two operands exchanged, if
// there is one.
func (o Op) Commuted() (c Op, ok bool) {
	c = ops[o].commuted
	return c, c != OpUniform
}

// lanewise reports whether the operation's value at a pixel depends on its operands at that pixel
// alone.
func (o Op) lanewise() bool { return o >= OpFill && o <= OpSinRatio }
