package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// Register is a vector that an instruction of the block writes. Registers that are not live at the
// same time share memory.
type Register int32

// None means no register.
const None Register = -1

// ItemKind is the kind of an item.
type ItemKind uint8

const (
	ItemKernel  ItemKind = iota // one kernel
	ItemLoad                    // pixels of a stored array into a register
	ItemCall                    // a rule's Eval, from registers and numbers into a register
	ItemSink                    // a sum over pixels: one kernel, into its accumulator
	ItemStore                   // a register into a stored array
	ItemScatter                 // registers into a table
	ItemLoop                    // a loop, at each index or once
)

// Item is one action of a sweep, before registers have places.
type Item struct {
	Kind ItemKind
	Op   Op
	Dst  [3]Register
	Src  []Operand
	// Order is the highest derivative of an OpSinRatio or OpGaussMean.
	Order int
	// Node is the node of the plan that is loaded, called, summed or stored; Sink is the index of
	// the sink.
	Node, Sink int
	Rule       expr.Rule
	Loop       *Block
	Once       bool
}

// Operand is a register or a number.
type Operand struct {
	Reg Register // none for a number
	Num ID       // the uniform
}

// Block is a list of items at some depth of loops.
type Block struct {
	Level int
	Items []Item
}

// emitter turns a scheduled function into items on registers.
type emitter struct {
	*Function
	next  Register
	where []map[ID]Register // by level: the registers of the values made so far
}

func (f *Function) emit(b *body) (*Block, int) {
	e := &emitter{Function: f}
	out := e.body(b)
	return out, int(e.next)
}

func (e *emitter) new() Register {
	e.next++
	return e.next - 1
}

// at returns the register of a value in the innermost body that made it, or the value itself if it
// is a number.
func (e *emitter) at(v ID) Operand {
	in := &e.Code[v]
	if in.Uniform() {
		return Operand{None, v}
	}
	for k := len(e.where) - 1; k >= 0; k-- {
		if r, ok := e.where[k][v]; ok {
			return Operand{r, 0}
		}
	}
	panic(fmt.Sprintf("compile: value %s is used before it is made", in.Text(v))) // a bug of the scheduler
}

func (e *emitter) operands(args []ID) []Operand {
	out := make([]Operand, len(args))
	for k, a := range args {
		out[k] = e.at(a)
	}
	return out
}

func (e *emitter) body(b *body) *Block {
	out := &Block{Level: b.level}
	e.where = append(e.where, map[ID]Register{})
	here := e.where[len(e.where)-1]
	for _, sec := range b.sections {
		for _, v := range sec.code {
			if it, ok := e.instruction(v, here); ok {
				out.Items = append(out.Items, it)
			}
		}
		for _, v := range sec.zero {
			here[v] = e.new()
			out.Items = append(out.Items, Item{Kind: ItemKernel, Op: OpFill, Dst: [3]Register{here[v], None, None}, Src: []Operand{{None, e.constant(0)}}})
		}
		for _, st := range sec.stmts {
			out.Items = append(out.Items, e.statement(st))
		}
		if sec.once != nil {
			out.Items = append(out.Items, Item{Kind: ItemLoop, Loop: e.body(sec.once), Once: true})
		}
		if sec.loop != nil {
			out.Items = append(out.Items, Item{Kind: ItemLoop, Loop: e.body(sec.loop)})
		}
	}
	e.where = e.where[:len(e.where)-1]
	return out
}

func (e *emitter) instruction(v ID, here map[ID]Register) (Item, bool) {
	in := &e.Code[v]
	it := Item{Kind: ItemKernel, Op: in.Op, Order: in.Order, Node: in.Node, Rule: in.Rule, Dst: [3]Register{None, None, None}}
	switch in.Op {
	case OpResult:
		return it, false // its register was made with the instruction
	case OpLoad:
		it.Kind = ItemLoad
	case OpCall, OpLookup:
		it.Kind = ItemCall
	}
	it.Src = e.operands(in.Args)
	it.Dst[0] = e.new()
	here[v] = it.Dst[0]
	for k := 1; k < in.Results(); k++ {
		it.Dst[k] = e.new()
		// The kernel writes a result whether it is used or not.
		if r, ok := e.result(v, k); ok {
			here[r] = it.Dst[k]
		}
	}
	return it, true
}

func (e *emitter) statement(st statement) Item {
	if st.sink < 0 {
		sum, terms := e.at(st.sum), e.operands(e.Code[st.sum].Args)
		it := Item{Kind: ItemKernel, Op: OpAdd, Dst: [3]Register{sum.Reg, None, None}, Src: append(terms, sum)}
		if len(terms) == 2 {
			it.Op = OpFma
		}
		return it
	}
	s := &e.Sinks[st.sink]
	it := Item{Kind: ItemSink, Sink: st.sink, Node: s.Node, Rule: s.Rule, Src: e.operands(s.Args), Dst: [3]Register{None, None, None}}
	switch s.Kind {
	case SinkStore:
		it.Kind = ItemStore
	case SinkScatter:
		it.Kind = ItemScatter
	}
	return it
}
