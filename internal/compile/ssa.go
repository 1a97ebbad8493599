package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// axes is a set of step axes: bit expr.Orientation, expr.Source, expr.Point.
type Axes uint8

// id numbers the instructions of a function, operands before users.
type ID int32

// instr is one SSA instruction. Its value is a vector over the block's pixels, or a number (uniform).
type Instr struct {
	Op    Op
	Args  []ID
	Axes  Axes
	Order int       // opSinRatio, opResult
	Step  int       // opUniform, opLoad: the plan's step; opCall: likewise
	Value float64   // opConst
	Rule  expr.Rule // opCall, opLookup
}

func (in *Instr) Uniform() bool { return in.Op == OpUniform || in.Op == OpConst }

// sink is what leaves the block: a value that is stored, or summed over pixels into a uniform array.
type Sink struct {
	Kind   SinkKind
	Args   []ID
	Axes   Axes      // loops it is run in
	Step   int       // the plan's step
	Scale  float64   // of a sum: what it is multiplied by at the end
	Rule   expr.Rule // sinkScatter
	Target Axes      // of a sum: axes its result keeps
}

type SinkKind uint8

const (
	SinkStore   SinkKind = iota // args[0] into a stored array
	SinkSum                     // Σ args[0]
	SinkDot                     // Σ args[0]·args[1]
	SinkScatter                 // a table, by the rule
)

// function is a sweep as SSA.
type Function struct {
	Code  []Instr
	Sinks []Sink
	cse   map[string]ID
	// extent of each step axis; 1 where nothing varies along it.
	Extent [expr.Pixel]int
	// order of the loops over them, outermost first.
	Order [expr.Pixel]int
}

func newFunction() *Function {
	return &Function{cse: map[string]ID{}, Extent: [expr.Pixel]int{1, 1, 1}, Order: nestOrders[0]}
}

// add appends an instruction, or finds its equal.
func (f *Function) add(in Instr) ID {
	for _, a := range in.Args {
		in.Axes |= f.Code[a].Axes
	}
	return f.insert(in)
}

// insert is add for instructions whose axes are not their operands': loads, uniforms and sums.
func (f *Function) insert(in Instr) ID {
	key := in.key()
	if v, ok := f.cse[key]; ok {
		return v
	}
	f.Code = append(f.Code, in)
	v := ID(len(f.Code) - 1)
	f.cse[key] = v
	return v
}

// key tells instructions apart.
func (in *Instr) key() string {
	return fmt.Sprintf("%d %v %d %d %d %x", in.Op, in.Args, in.Axes, in.Order, in.Step, in.Value)
}

func resultKey(of ID, k int, a Axes) string {
	in := Instr{Op: OpResult, Args: []ID{of}, Order: k, Axes: a}
	return in.key()
}

func (f *Function) constant(v float64) ID { return f.insert(Instr{Op: OpConst, Value: v}) }

func (f *Function) isConst(v ID, x float64) bool {
	return f.Code[v].Op == OpConst && f.Code[v].Value == x
}

// String is the instruction as the listing shows it.
func (in *Instr) Text(v ID) string {
	s := fmt.Sprintf("%%%d = %s", v, in.Op)
	switch in.Op {
	case OpConst:
		return s + fmt.Sprintf(" %v", in.Value)
	case OpUniform, OpLoad:
		return s + fmt.Sprintf(" step %d %s", in.Step, in.Axes)
	case OpSinRatio:
		s += fmt.Sprintf("'%d", in.Order)
	case OpResult:
		s += fmt.Sprintf(" %d of", in.Order)
	case OpCall:
		s = fmt.Sprintf("%%%d = %s", v, in.Rule)
	}
	for i, a := range in.Args {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(" %%%d", a)
	}
	return s + " " + in.Axes.String()
}

func (a Axes) String() string {
	s := "{"
	for i, name := range []string{"orientation", "source", "point"} {
		if a&(1<<i) != 0 {
			s += name + " "
		}
	}
	return s + "pixel}"
}
