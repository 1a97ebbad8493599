package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// op is what an instruction does.
type op uint8

const (
	opUniform  op = iota // a number: element of a uniform array at the loops' indices
	opConst              // a number known when compiling
	opLoad               // pixels of a stored array at the loops' indices
	opSum                // of its operand, or of its operands' product, over the loops that these vary along and the result does not
	opFill               // a number in every lane
	opNeg                // lane-wise from here on
	opAbs                //
	opSqrt               //
	opSquare             //
	opInverse            //
	opFloor              //
	opCeil               //
	opNearest            //
	opSin                //
	opCos                //
	opExp                //
	opAdd                //
	opSub                //
	opMul                //
	opDiv                //
	opMin                //
	opMax                //
	opLess               //
	opGreater            //
	opAtMost             //
	opAtLeast            //
	opEqual              //
	opUnequal            //
	opWhere              //
	opFma                // a·b + c
	opFms                // a·b − c
	opFnma               // c − a·b
	opDot3               // a·s + b·t + c·u with numbers s, t, u
	opSplit              // x − nearest(x); second result nearest(x)
	opSincos             // sin; second result cos
	opSinRatio           // operands d, N; order: results up to the order-th derivative
	opResult             // a further result of its operand: order tells which
	opCall               // a rule's own Eval on the block
	opLookup             // a table at the nearest cells, h, k, l; second result 1 where there is none
)

var opNames = [...]string{"uniform", "const", "load", "sum", "fill", "neg", "abs", "sqrt", "square", "inverse", "floor", "ceil", "nearest",
	"sin", "cos", "exp", "add", "sub", "mul", "div", "min", "max", "lt", "gt", "le", "ge", "eq", "ne", "where", "fma", "fms", "fnma",
	"dot3", "split", "sincos", "sinratio", "result", "call", "lookup"}

// axes is a set of step axes: bit expr.Orientation, expr.Source, expr.Point.
type axes uint8

// id numbers the instructions of a function, operands before users.
type id int32

// instr is one SSA instruction. Its value is a vector over the block's pixels, or a number (uniform).
type instr struct {
	op    op
	args  []id
	axes  axes
	order int       // opSinRatio, opResult
	step  int       // opUniform, opLoad: the plan's step; opCall: likewise
	value float64   // opConst
	rule  expr.Rule // opCall, opLookup
}

func (in *instr) uniform() bool { return in.op == opUniform || in.op == opConst }

// sink is what leaves the block: a value that is stored, or summed over pixels into a uniform array.
type sink struct {
	kind   sinkKind
	args   []id
	axes   axes      // loops it is run in
	step   int       // the plan's step
	scale  float64   // of a sum: what it is multiplied by at the end
	rule   expr.Rule // sinkScatter
	target axes      // of a sum: axes its result keeps
}

type sinkKind uint8

const (
	sinkStore   sinkKind = iota // args[0] into a stored array
	sinkSum                     // Σ args[0]
	sinkDot                     // Σ args[0]·args[1]
	sinkScatter                 // a table, by the rule
)

// function is a sweep as SSA.
type function struct {
	code  []instr
	sinks []sink
	cse   map[string]id
	// extent of each step axis; 1 where nothing varies along it.
	extent [expr.Pixel]int
	// order of the loops over them, outermost first.
	order [expr.Pixel]int
}

func newFunction() *function {
	return &function{cse: map[string]id{}, extent: [expr.Pixel]int{1, 1, 1}, order: nestOrders[0]}
}

// add appends an instruction, or finds its equal.
func (f *function) add(in instr) id {
	for _, a := range in.args {
		in.axes |= f.code[a].axes
	}
	return f.insert(in)
}

// insert is add for instructions whose axes are not their operands': loads, uniforms and sums.
func (f *function) insert(in instr) id {
	key := in.key()
	if v, ok := f.cse[key]; ok {
		return v
	}
	f.code = append(f.code, in)
	v := id(len(f.code) - 1)
	f.cse[key] = v
	return v
}

// key tells instructions apart.
func (in *instr) key() string {
	return fmt.Sprintf("%d %v %d %d %d %x", in.op, in.args, in.axes, in.order, in.step, in.value)
}

func resultKey(of id, k int, a axes) string {
	in := instr{op: opResult, args: []id{of}, order: k, axes: a}
	return in.key()
}

func (f *function) constant(v float64) id { return f.insert(instr{op: opConst, value: v}) }

func (f *function) isConst(v id, x float64) bool {
	return f.code[v].op == opConst && f.code[v].value == x
}

// String is the instruction as the listing shows it.
func (in *instr) text(v id) string {
	s := fmt.Sprintf("%%%d = %s", v, opNames[in.op])
	switch in.op {
	case opConst:
		return s + fmt.Sprintf(" %v", in.value)
	case opUniform, opLoad:
		return s + fmt.Sprintf(" step %d %s", in.step, in.axes)
	case opSinRatio:
		s += fmt.Sprintf("'%d", in.order)
	case opResult:
		s += fmt.Sprintf(" %d of", in.order)
	case opCall:
		s = fmt.Sprintf("%%%d = %s", v, in.rule)
	}
	for i, a := range in.args {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(" %%%d", a)
	}
	return s + " " + in.axes.String()
}

func (a axes) String() string {
	s := "{"
	for i, name := range []string{"orientation", "source", "point"} {
		if a&(1<<i) != 0 {
			s += name + " "
		}
	}
	return s + "pixel}"
}
