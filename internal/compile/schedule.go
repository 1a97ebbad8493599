package compile

import "github.com/gobragg/gobragg/internal/expr"

// nestOrders are the orders of the loops over steps that are tried, outermost first. Points are outermost at first, since
// what depends on a sample's position alone is the most work after the innermost loop; sources next: each has one
// incident beam for all orientations. A sum that keeps an axis and drops one outside of it wants another order.
var nestOrders = [...][3]int{
	{expr.Point, expr.Source, expr.Orientation},
	{expr.Point, expr.Orientation, expr.Source},
	{expr.Source, expr.Point, expr.Orientation},
	{expr.Orientation, expr.Point, expr.Source},
	{expr.Source, expr.Orientation, expr.Point},
	{expr.Orientation, expr.Source, expr.Point},
}

// nest lists the axes that have a loop, outermost first.
func (f *Function) Nest() (loops []int) {
	for _, a := range f.Order {
		if f.Extent[a] > 1 {
			loops = append(loops, a)
		}
	}
	return loops
}

// depth is the number of loops that a value on some axes lies in: up to its innermost one.
func (f *Function) Depth(a Axes) int {
	depth := 0
	for k, axis := range f.Nest() {
		if a&(1<<axis) != 0 {
			depth = k + 1
		}
	}
	return depth
}

// body is what one loop does at each of its indices (the whole block at level 0): sections in order.
type body struct {
	level    int
	sections []*section
}

// section is straight code and then, but for the last section of a body, a loop.
type section struct {
	zero  []ID        // sums that the loop adds to, to start from zero
	code  []ID        // instructions, operands first
	stmts []statement // what is done with values, after the code
	loop  *body       // run at each index of the next axis; nil if there is none
	once  *body       // run at its first index alone: for what does not vary along it but along axes further in
}

// statement uses a value: it adds it to a sum of an outer loop, or is a sink.
type statement struct {
	sum  ID  // where sink < 0: the opSum that the value is added to
	sink int // index of the sink, or −1
}

// scheduler places a function's instructions.
type scheduler struct{ *Function }

func (f *Function) Schedule() *body {
	s := &scheduler{f}
	all := make([]statement, len(f.Sinks))
	for k := range f.Sinks {
		all[k] = statement{sink: k}
	}
	return s.body(0, all)
}

func (s *scheduler) depthOf(v ID) int { return s.Depth(s.Code[v].Axes) }

// varies are the axes that a statement is run along.
func (s *scheduler) varies(st statement) Axes {
	if st.sink >= 0 {
		return s.Sinks[st.sink].Axes
	}
	var a Axes
	for _, v := range s.Code[st.sum].Args {
		a |= s.Code[v].Axes
	}
	return a
}

// inputs are the values that a statement uses, and depth the number of loops it is run in.
func (s *scheduler) inputs(st statement) (args []ID, depth int) {
	if st.sink >= 0 {
		k := &s.Sinks[st.sink]
		return k.Args, s.Depth(k.Axes)
	}
	return s.Code[st.sum].Args, s.Depth(s.varies(st))
}

// body schedules the statements of one loop body. Values of outer levels are there already; those of this level are
// computed once an index, in the section that their operands allow; those of deeper levels in the loop of the section
// whose statements need them, again in each such loop.
func (s *scheduler) body(level int, statements []statement) *body {
	// All that is needed here or deeper, found from the statements; sums of deeper values add statements.
	need := map[ID]bool{}
	sums := map[ID]bool{} // sums of this level over deeper values
	var visit func(v ID)
	visit = func(v ID) {
		in := &s.Code[v]
		if need[v] || in.Uniform() || s.depthOf(v) < level {
			return
		}
		need[v] = true
		for _, a := range in.Args {
			visit(a)
		}
		if in.Op == OpSum && s.depthOf(v) == level && !sums[v] {
			sums[v] = true
			statements = append(statements, statement{sum: v, sink: -1})
		}
	}
	for k := 0; k < len(statements); k++ {
		args, _ := s.inputs(statements[k])
		for _, a := range args {
			visit(a)
		}
	}
	// The round of a value: how many loops of this body must be over before it can be had.
	round := map[ID]int{}
	rounds := 0
	order := make([]ID, 0, len(need))
	for v := range s.Code {
		if need[ID(v)] {
			order = append(order, ID(v))
		}
	}
	for _, v := range order {
		n := 0
		for _, a := range s.Code[v].Args {
			n = max(n, round[a])
		}
		if sums[v] {
			n++
		}
		round[v] = n
		rounds = max(rounds, n)
	}
	b := &body{level: level}
	for range rounds + 1 {
		b.sections = append(b.sections, &section{})
	}
	deeper := make([][]statement, rounds+1)
	for _, st := range statements {
		args, depth := s.inputs(st)
		n := 0
		for _, a := range args {
			n = max(n, round[a])
		}
		if depth > level {
			deeper[n] = append(deeper[n], st)
			if st.sink < 0 && sums[st.sum] {
				b.sections[n].zero = append(b.sections[n].zero, st.sum)
			}
			for len(b.sections) <= n {
				b.sections = append(b.sections, &section{})
			}
		} else {
			b.sections[n].stmts = append(b.sections[n].stmts, st)
		}
	}
	for n, sec := range b.sections {
		sec.code = s.ordered(level, n, order, round, sums, sec.stmts)
		if len(deeper[n]) > 0 {
			var loop, once []statement
			axis := s.Nest()[level]
			for _, st := range deeper[n] {
				if s.varies(st)&(1<<axis) != 0 {
					loop = append(loop, st)
				} else {
					once = append(once, st)
				}
			}
			if len(loop) > 0 {
				sec.loop = s.body(level+1, loop)
			}
			if len(once) > 0 {
				sec.once = s.body(level+1, once)
			}
		}
	}
	return b
}

// ordered lists a section's instructions so that few values wait for their use: depth first from the statements, then
// from what later sections and loops need.
func (s *scheduler) ordered(level, round int, order []ID, rounds map[ID]int, sums map[ID]bool, stmts []statement) []ID {
	here := map[ID]bool{}
	for _, v := range order {
		if rounds[v] == round && s.depthOf(v) == level && !sums[v] {
			here[v] = true
		}
	}
	weight := map[ID]int{}
	for _, v := range order {
		weight[v] = 1
		for _, a := range s.Code[v].Args {
			if here[a] {
				weight[v] += weight[a]
			}
		}
	}
	var code []ID
	var emit func(v ID)
	emit = func(v ID) {
		if !here[v] {
			return
		}
		delete(here, v)
		args := append([]ID(nil), s.Code[v].Args...)
		// The operand that takes most work first: its intermediates are gone when the others are computed.
		for i := 1; i < len(args); i++ {
			for j := i; j > 0 && weight[args[j]] > weight[args[j-1]]; j-- {
				args[j], args[j-1] = args[j-1], args[j]
			}
		}
		for _, a := range args {
			emit(a)
		}
		code = append(code, v)
	}
	for _, st := range stmts {
		args, _ := s.inputs(st)
		for _, a := range args {
			emit(a)
		}
	}
	for _, v := range order {
		emit(v)
	}
	return code
}
