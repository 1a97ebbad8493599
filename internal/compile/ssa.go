package compile

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
)

// Axes is a set of the axes that have loops around the block of pixels: bit expr.Orientation, expr.Source, expr.Point.
type Axes uint8

// ID numbers the instructions of a function, operands before users.
type ID int32

// Instr is one SSA instruction. Its value is a vector over the block's pixels, or a number (uniform).
type Instr struct {
	Op    Op
	Args  []ID
	Axes  Axes
	Order int       // OpSinRatio, OpResult
	Step  int       // OpUniform, OpLoad, OpCall, OpLookup: the plan's step
	Value float64   // OpConst
	Rule  expr.Rule // OpCall, OpLookup
}

// Uniform reports whether the value is a number, the same for all pixels.
func (in *Instr) Uniform() bool { return in.Op == OpUniform || in.Op == OpConst }

// Results is how many vectors an instruction makes.
func (in *Instr) Results() int {
	switch in.Op {
	case OpSplit, OpSincos, OpLookup:
		return 2
	case OpSinRatio:
		return in.Order + 1
	}
	return 1
}

// Sink is what leaves the block: a value that is stored, or summed over pixels into a uniform array.
type Sink struct {
	Kind   SinkKind
	Args   []ID
	Axes   Axes      // loops it is run in
	Step   int       // the plan's step
	Scale  float64   // of a sum: what it is multiplied by at the end
	Rule   expr.Rule // SinkScatter
	Target Axes      // of a sum: axes its result keeps
}

// SinkKind is what a sink does.
type SinkKind uint8

// The kinds of sinks.
const (
	SinkStore   SinkKind = iota // Args[0] into a stored array
	SinkSum                     // Σ Args[0]
	SinkDot                     // Σ Args[0]·Args[1]
	SinkScatter                 // a table, by the rule
)

// Function is a sweep as SSA.
type Function struct {
	Code  []Instr
	Sinks []Sink
	// Extent of each loop axis; 1 where nothing varies along it.
	Extent [expr.Pixel]int
	// Order of the loops over them, outermost first.
	Order [expr.Pixel]int

	target *Target
	known  map[key]ID // of each instruction, for common subexpressions
}

// newFunction makes an empty function, with room for a number of instructions.
func newFunction(t *Target, size int) *Function {
	return &Function{Code: make([]Instr, 0, size), Extent: [expr.Pixel]int{1, 1, 1}, Order: nestOrders[0], target: t, known: make(map[key]ID, size)}
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
	k := in.key()
	if v, ok := f.known[k]; ok {
		return v
	}
	f.Code = append(f.Code, in)
	v := ID(len(f.Code) - 1)
	f.known[k] = v
	return v
}

// result finds the k-th further result of an instruction, where some instruction uses it.
func (f *Function) result(of ID, k int) (ID, bool) {
	in := Instr{Op: OpResult, Args: []ID{of}, Order: k, Axes: f.Code[of].Axes}
	v, ok := f.known[in.key()]
	return v, ok
}

// key is the same for instructions that give the same value. Rules are told apart by their steps.
type key struct {
	op    Op
	axes  Axes
	order int32
	step  int32
	value uint64
	args  [keyArgs]ID // from 1 on; 0 beyond the last
	more  string      // those for which there is no room
}

const keyArgs = 6

func (in *Instr) key() key {
	k := key{op: in.Op, axes: in.Axes, order: int32(in.Order), step: int32(in.Step), value: math.Float64bits(in.Value)}
	for i, a := range in.Args {
		if i < keyArgs {
			k.args[i] = a + 1
		}
	}
	if len(in.Args) > keyArgs {
		k.more = fmt.Sprint(in.Args[keyArgs:])
	}
	return k
}

func (f *Function) constant(v float64) ID { return f.insert(Instr{Op: OpConst, Value: v}) }

func (f *Function) isConst(v ID, x float64) bool {
	return f.Code[v].Op == OpConst && f.Code[v].Value == x
}

// Text is the instruction as listings show it.
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

// String is the function, an instruction a line.
func (f *Function) String() string {
	var b strings.Builder
	for v := range f.Code {
		fmt.Fprintln(&b, "  "+f.Code[v].Text(ID(v)))
	}
	for _, s := range f.Sinks {
		fmt.Fprintf(&b, "  %s %v into step %d on %s\n", [...]string{"store", "sum", "dot", "scatter"}[s.Kind], s.Args, s.Step, s.Axes)
	}
	return b.String()
}

// String is the set, for example "{source pixel}": all values have pixels.
func (a Axes) String() string {
	s := "{"
	for i, name := range []string{"orientation", "source", "point"} {
		if a&(1<<i) != 0 {
			s += name + " "
		}
	}
	return s + "pixel}"
}
