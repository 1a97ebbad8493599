package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// register is a vector of the block that some instruction writes; registers whose lives do not meet share memory.
type register int32

const none register = -1

// itemKind is what a program does next.
type itemKind uint8

const (
	itemKernel  itemKind = iota // one kernel
	itemLoad                    // pixels of a stored array into a register
	itemCall                    // a rule's Eval, from registers and numbers into a register
	itemSink                    // a sum over pixels: one kernel, into its accumulator
	itemStore                   // a register into a stored array
	itemScatter                 // registers into a table
	itemLoop                    // a loop, at each index or once
)

// item is one step of a program, before registers have places.
type item struct {
	kind itemKind
	op   op
	dst  [3]register
	src  []operand
	// order is that of opSinRatio.
	order int
	// step of the plan that is loaded, called, summed, stored; sink its index.
	step, sink int
	rule       expr.Rule
	loop       *block
	once       bool
}

// operand is a register or a number.
type operand struct {
	reg register // none for a number
	num id       // the uniform
}

// block is a list of items at some depth of loops.
type block struct {
	level int
	items []item
}

// emitter turns a scheduled function into items on registers.
type emitter struct {
	*function
	next  register
	where []map[id]register // by level: the values that bodies so far have made
}

func (f *function) emit(b *body) (*block, int) {
	e := &emitter{function: f}
	out := e.body(b)
	return out, int(e.next)
}

func (e *emitter) new() register {
	e.next++
	return e.next - 1
}

// at finds the register of a value, in the innermost body that made it.
func (e *emitter) at(v id) operand {
	in := &e.code[v]
	if in.uniform() {
		return operand{none, v}
	}
	for k := len(e.where) - 1; k >= 0; k-- {
		if r, ok := e.where[k][v]; ok {
			return operand{r, 0}
		}
	}
	panic(fmt.Sprintf("compile: value %s is used before it is made", in.text(v))) // a scheduler's bug: tests would find it
}

func (e *emitter) operands(args []id) []operand {
	out := make([]operand, len(args))
	for k, a := range args {
		out[k] = e.at(a)
	}
	return out
}

func (e *emitter) body(b *body) *block {
	out := &block{level: b.level}
	e.where = append(e.where, map[id]register{})
	here := e.where[len(e.where)-1]
	for _, sec := range b.sections {
		for _, v := range sec.code {
			if it, ok := e.instruction(v, here); ok {
				out.items = append(out.items, it)
			}
		}
		for _, v := range sec.zero {
			here[v] = e.new()
			out.items = append(out.items, item{kind: itemKernel, op: opFill, dst: [3]register{here[v], none, none}, src: []operand{{none, e.constant(0)}}})
		}
		for _, st := range sec.stmts {
			out.items = append(out.items, e.statement(st))
		}
		if sec.once != nil {
			out.items = append(out.items, item{kind: itemLoop, loop: e.body(sec.once), once: true})
		}
		if sec.loop != nil {
			out.items = append(out.items, item{kind: itemLoop, loop: e.body(sec.loop)})
		}
	}
	e.where = e.where[:len(e.where)-1]
	return out
}

func (e *emitter) instruction(v id, here map[id]register) (item, bool) {
	in := &e.code[v]
	it := item{kind: itemKernel, op: in.op, order: in.order, step: in.step, dst: [3]register{none, none, none}}
	switch in.op {
	case opResult:
		return it, false // its register was made with the instruction
	case opLoad:
		it.kind = itemLoad
	case opCall, opLookup:
		it.kind, it.rule = itemCall, in.rule
	}
	it.src = e.operands(in.args)
	it.dst[0] = e.new()
	here[v] = it.dst[0]
	for k := 1; k < results(in); k++ {
		it.dst[k] = e.new()
		// Whether or not a result is used, the kernel writes it.
		if r, ok := e.cse[resultKey(v, k, in.axes)]; ok {
			here[r] = it.dst[k]
		}
	}
	return it, true
}

// results is how many vectors an instruction makes.
func results(in *instr) int {
	switch in.op {
	case opSplit, opSincos, opLookup:
		return 2
	case opSinRatio:
		return in.order + 1
	}
	return 1
}

func (e *emitter) statement(st statement) item {
	if st.sink < 0 {
		sum, terms := e.at(st.sum), e.operands(e.code[st.sum].args)
		it := item{kind: itemKernel, op: opAdd, dst: [3]register{sum.reg, none, none}, src: append(terms, sum)}
		if len(terms) == 2 {
			it.op = opFma
		}
		return it
	}
	s := &e.sinks[st.sink]
	it := item{kind: itemSink, sink: st.sink, step: s.step, rule: s.rule, src: e.operands(s.args), dst: [3]register{none, none, none}}
	switch s.kind {
	case sinkStore:
		it.kind = itemStore
	case sinkScatter:
		it.kind = itemScatter
	}
	return it
}
