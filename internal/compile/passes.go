package compile

import (
	"fmt"
	"io"

	"github.com/gobragg/gobragg/internal/plan"
)

// Sweep is a sweep of a plan, in the form that the passes so far have given it.
type Sweep struct {
	Plan      *plan.Plan
	Function  *Function // SSA
	Block     *Block    // the code for a block of pixels, once it is emitted
	Registers int       // number of registers of Block

	nodes  plan.Sweep
	target *Target
	body   *body
}

// Target describes a back end to the passes.
type Target struct {
	// Has reports whether the back end has an operation. It must have those that simplification
	// makes ([OpNeg], [OpMul], [OpSquare], …). Rules of others are called; operations that replace
	// several ([OpFma], [OpSplit], [OpSincos], [OpDot3], …) are formed only if the back end has them.
	Has func(Op) bool
	// SinRatio is the highest derivative of a lattice sum for which the back end has an operation.
	// Higher derivatives are calls of the rule.
	SinRatio int
	// Vectors means that every operation needs at least one vector: if all operands are numbers,
	// one of them is filled into a vector first.
	Vectors bool
}

// pass brings a sweep from one form to the next.
type pass struct {
	name  string
	after string // the pass whose result it takes
	run   func(*Sweep) error
	check func(*Sweep) error // checks the result
}

// passes run in order. Earlier fusion limits later fusion: multiply-adds are made of the products
// that pairs leaves, dot products of multiply-adds.
var passes = []pass{
	{name: "lower", run: lower, check: (*Sweep).checkFunction},
	{name: "cells", after: "lower", run: cells, check: (*Sweep).checkFunction},
	{name: "pairs", after: "cells", run: rewritten(pairs), check: (*Sweep).checkFunction},
	{name: "multiply-adds", after: "pairs", run: rewritten(multiplyAdds), check: (*Sweep).checkFunction},
	{name: "defaults", after: "multiply-adds", run: rewritten(defaults), check: (*Sweep).checkFunction},
	{name: "dots", after: "defaults", run: rewritten(dots), check: (*Sweep).checkFunction},
	{name: "schedule", after: "dots", run: schedule, check: (*Sweep).checkFunction},
	{name: "emit", after: "schedule", run: emit, check: (*Sweep).checkBlock},
}

// Check makes Compile and the back ends check the result of each pass. Tests set it; a check takes
// longer than a pass.
var Check = false

// Compile compiles every sweep of a plan for a back end. Empty sweeps give nil. The error says why
// a sweep cannot be compiled. If dump is not nil, Compile writes each sweep to it after each pass.
func Compile(p *plan.Plan, target *Target, dump io.Writer) ([]*Sweep, error) {
	var out []*Sweep
	for k, nodes := range p.Sweeps() {
		if nodes.Empty() {
			out = append(out, nil)
			continue
		}
		s := &Sweep{Plan: p, nodes: nodes, target: target}
		for _, pass := range passes {
			if err := pass.run(s); err != nil {
				return nil, err
			}
			if dump != nil {
				if _, err := fmt.Fprintf(dump, "sweep %d after %s:\n%s", k, pass.name, s); err != nil {
					return nil, fmt.Errorf("compile: the dump of a pass: %w", err)
				}
			}
			if !Check {
				continue
			}
			if err := pass.check(s); err != nil {
				return nil, fmt.Errorf("compile: sweep %d after %s: %w\n%s", k, pass.name, err, s)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// rewritten makes a pass of a rewriter.
func rewritten(how rewriter) func(*Sweep) error {
	return func(s *Sweep) error {
		s.Function = s.Function.rewrite(how)
		return nil
	}
}

func emit(s *Sweep) error {
	s.Block, s.Registers = s.Function.emit(s.body)
	return nil
}

// String lists the sweep in its present form.
func (s *Sweep) String() string {
	switch {
	case s.Block != nil:
		return s.Function.Listing(s.Block, s.identity())
	case s.body != nil:
		return s.body.text(s.Function, "  ")
	}
	return s.Function.String()
}

// identity places each register in a vector of its own.
func (s *Sweep) identity() []int32 {
	place := make([]int32, s.Registers)
	for r := range place {
		place[r] = int32(r)
	}
	return place
}

// checkBlock audits the block with a vector for each register, which finds mistakes of the
// schedule.
func (s *Sweep) checkBlock() error {
	_, err := AuditLayout(s.Function, s.Block, s.identity(), s.Registers, func(it *Item) bool { return it.Kind == ItemKernel })
	return err
}

// checkFunction checks the SSA for what must hold after every pass.
func (s *Sweep) checkFunction() error {
	f := s.Function
	for v := range f.Code {
		if err := f.checkInstr(ID(v)); err != nil {
			return fmt.Errorf("%s: %w", f.Code[v].Text(ID(v)), err)
		}
	}
	for k := range f.Sinks {
		if err := f.checkSink(&f.Sinks[k]); err != nil {
			return fmt.Errorf("sink %d: %w", k, err)
		}
	}
	return nil
}

func (f *Function) checkInstr(v ID) error {
	in := &f.Code[v]
	var axes Axes
	vectors := 0
	for _, a := range in.Args {
		if a < 0 || a >= v {
			return fmt.Errorf("operand %%%d is not made before", a)
		}
		axes |= f.Code[a].Axes
		if !f.Code[a].Uniform() {
			vectors++
		}
	}
	if n := in.Op.operands(); n != several && n != len(in.Args) {
		return fmt.Errorf("%d operands, want %d", len(in.Args), n)
	}
	if first := f.known[in.key()]; first != v {
		return fmt.Errorf("the same as %%%d", first)
	}
	switch {
	case in.Op == OpResult:
		of := &f.Code[in.Args[0]]
		if in.Order < 1 || f.target.Has(of.Op) && in.Order >= of.Results() {
			return fmt.Errorf("result %d of %d", in.Order, of.Results())
		}
	case in.Op == OpSum:
		if vectors < 1 || len(in.Args) > 2 {
			return fmt.Errorf("a sum of %d operands, %d vectors among them", len(in.Args), vectors)
		}
		if in.Axes&^axes != 0 || in.Axes == axes {
			return fmt.Errorf("a sum over no axis of %s", axes)
		}
		return nil
	case !in.Op.lanewise() || in.Op == OpFill:
	case !f.target.Has(in.Op):
		return fmt.Errorf("the target has no %s", in.Op)
	case f.target.Vectors && vectors == 0:
		return fmt.Errorf("no operand is a vector")
	}
	if len(in.Args) > 0 && in.Axes != axes {
		return fmt.Errorf("the operands' axes are %s", axes)
	}
	return nil
}

func (f *Function) checkSink(s *Sink) error {
	want := map[SinkKind]int{SinkStore: 1, SinkSum: 1, SinkDot: 2}
	if n, ok := want[s.Kind]; ok && n != len(s.Args) {
		return fmt.Errorf("%d operands, want %d", len(s.Args), n)
	}
	for _, a := range s.Args {
		if a < 0 || int(a) >= len(f.Code) {
			return fmt.Errorf("operand %%%d is not made", a)
		}
		if f.Code[a].Uniform() {
			return fmt.Errorf("operand %%%d is a number", a)
		}
		if out := f.Code[a].Axes &^ s.Axes; out != 0 {
			return fmt.Errorf("operand %%%d varies along %s, the sink does not", a, out)
		}
	}
	if s.Target&^s.Axes != 0 {
		return fmt.Errorf("keeps %s, which it is not run along", s.Target&^s.Axes)
	}
	return nil
}
