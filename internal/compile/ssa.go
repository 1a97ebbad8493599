package compile

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Axes is a set of the loops over steps around the block of pixels: bits are indices of
// [Function.Loops], the first three of them expr.Orientation, expr.Source, expr.Point.
type Axes uint16

// Loop is a loop over one of the step axes. Values of different extents along an axis, such as those
// of two crystals with different numbers of mosaic domains, have different loops.
type Loop struct{ Axis, Extent int }

// ID is the index of an instruction in a function; operands come before their users.
type ID int32

// Instr is one SSA instruction. Its value is a vector over the block's pixels, or a number (uniform).
type Instr struct {
	Op    Op
	Args  []ID
	Axes  Axes
	Order int       // OpSinRatio, OpGaussMean, OpResult
	Run   bool      // OpUniform: the number is the run's of the block
	Node  int       // OpUniform, OpLoad, OpCall, OpLookup, OpCell, OpPresent, OpRead, OpReadOr: the index in the plan
	Value float64   // OpConst
	Rule  expr.Rule // OpCall, OpLookup, OpCell, OpPresent
}

// Uniform reports whether the value is a number, the same for all pixels.
func (in *Instr) Uniform() bool { return in.Op == OpUniform || in.Op == OpConst }

// Results returns how many vectors an instruction makes.
func (in *Instr) Results() int {
	switch in.Op {
	case OpSplit, OpSincos, OpLookup:
		return 2
	case OpSinRatio:
		return in.Order + 1
	case OpGaussMean:
		return 2*in.Order + 1
	}
	return 1
}

// Sink is an output of the block: a value that is stored, or summed over pixels into a uniform
// array.
type Sink struct {
	Kind   SinkKind
	Args   []ID
	Axes   Axes      // the loops that run it
	Node   int       // index in the plan
	Scale  float64   // of a sum: factor of the final result
	Rule   expr.Rule // SinkScatter
	Cell   bool      // of a scatter: Args are the cell and the value, not the rule's
	Target Axes      // of a sum: the axes that its result keeps
	Run    bool      // of a sum: over the pixels of each run
}

// SinkKind is the kind of a sink.
type SinkKind uint8

// The kinds of sinks.
const (
	SinkStore   SinkKind = iota // stores Args[0] in an array
	SinkSum                     // Σ Args[0]
	SinkDot                     // Σ Args[0]·Args[1]
	SinkScatter                 // adds to a table, by the rule
)

// Function is a sweep as SSA.
type Function struct {
	Code  []Instr
	Sinks []Sink
	// Loops, of extent 1 where nothing varies along an axis. The first three are those of the three
	// axes, others follow where an axis has several extents.
	Loops []Loop
	// Order is that of the axes of the loops, outermost first.
	Order [expr.Pixel]int

	target *Target
	known  map[key]ID // every instruction by its key, for common subexpressions
}

// newFunction returns an empty function with room for size instructions.
func newFunction(t *Target, size int) *Function {
	f := &Function{Code: make([]Instr, 0, size), Order: nestOrders[0], target: t, known: make(map[key]ID, size)}
	for axis := range expr.Pixel {
		f.Loops = append(f.Loops, Loop{axis, 1})
	}
	return f
}

// extend gives an axis a loop of an extent, unless it has one.
func (f *Function) extend(axis, extent int) error {
	switch {
	case extent == 1 || f.along(axis, extent) != 0:
	case f.Loops[axis].Extent == 1:
		f.Loops[axis].Extent = extent
	case len(f.Loops) == plan.MaxLoops:
		return fmt.Errorf("compile: the %s axis has an extent of %d too, and there are %d loops already", Axes(1<<axis), extent, plan.MaxLoops)
	default:
		f.Loops = append(f.Loops, Loop{axis, extent})
	}
	return nil
}

// along returns the loop over an axis that has an extent: none for an extent of 1.
func (f *Function) along(axis, extent int) Axes {
	for k, l := range f.Loops {
		if l.Axis == axis && l.Extent == extent && extent > 1 {
			return 1 << k
		}
	}
	return 0
}

// Steps returns the number of iterations that the loops have together for a block of pixels, at most.
func (f *Function) Steps() int {
	steps := [expr.Pixel]int{}
	for _, l := range f.Loops {
		steps[l.Axis] += l.Extent
	}
	return steps[0] * steps[1] * steps[2]
}

// add appends an instruction, or finds an equal one. The instruction varies along the axes of its
// operands.
func (f *Function) add(in Instr) ID {
	for _, a := range in.Args {
		in.Axes |= f.Code[a].Axes
	}
	return f.insert(in)
}

// insert is add for instructions whose axes are set already: loads, uniforms and sums.
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

// result finds the k-th result of an instruction, if any instruction uses it.
func (f *Function) result(of ID, k int) (ID, bool) {
	in := Instr{Op: OpResult, Args: []ID{of}, Order: k, Axes: f.Code[of].Axes}
	v, ok := f.known[in.key()]
	return v, ok
}

// key is equal for instructions of the same value. Nodes distinguish rules.
type key struct {
	op    Op
	axes  Axes
	order int32
	node  int32
	value uint64
	args  [keyArgs]ID // from 1 on; 0 beyond the last
	more  string      // the remaining operands
}

const keyArgs = 6

func (in *Instr) key() key {
	k := key{op: in.Op, axes: in.Axes, order: int32(in.Order), node: int32(in.Node), value: math.Float64bits(in.Value)}
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

// Text returns the instruction as a line of a listing.
func (in *Instr) Text(v ID) string {
	s := fmt.Sprintf("%%%d = %s", v, in.Op)
	switch in.Op {
	case OpConst:
		return s + fmt.Sprintf(" %v", in.Value)
	case OpUniform, OpLoad:
		return s + fmt.Sprintf(" node %d %s", in.Node, in.Axes)
	case OpSinRatio, OpGaussMean:
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

// String lists the function, one instruction a line.
func (f *Function) String() string {
	var b strings.Builder
	for v := range f.Code {
		fmt.Fprintln(&b, "  "+f.Code[v].Text(ID(v)))
	}
	for _, s := range f.Sinks {
		fmt.Fprintf(&b, "  %s %v into node %d on %s\n", [...]string{"store", "sum", "dot", "scatter"}[s.Kind], s.Args, s.Node, s.Axes)
	}
	return b.String()
}

// String returns the set with the pixel axis, for example "{source pixel}".
func (a Axes) String() string {
	s := "{"
	for i, name := range []string{"orientation", "source", "point"} {
		if a&(1<<i) != 0 {
			s += name + " "
		}
	}
	for i := expr.Pixel; a>>i != 0; i++ {
		if a&(1<<i) != 0 {
			s += fmt.Sprintf("loop%d ", i)
		}
	}
	return s + "pixel}"
}
