package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
)

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

// Nest lists the axes that have a loop, outermost first.
func (f *Function) Nest() (loops []int) {
	for _, a := range f.Order {
		if f.Extent[a] > 1 {
			loops = append(loops, a)
		}
	}
	return loops
}

// Depth is the number of loops that a value on some axes lies in: up to its innermost one.
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
	sum  ID  // where sink < 0: the OpSum that the value is added to
	sink int // index of the sink, or −1
}

// scheduler places a function's instructions.
type scheduler struct {
	*Function
	nest   []int
	depths [1 << expr.Pixel]int // of each set of axes
}

// schedule is the pass that puts each instruction into the innermost loop that its axes name.
func schedule(sweep *Sweep) error {
	f := sweep.Function
	s := &scheduler{Function: f, nest: f.Nest()}
	for a := range s.depths {
		s.depths[a] = f.Depth(Axes(a))
	}
	all := make([]statement, len(f.Sinks))
	for k := range f.Sinks {
		all[k] = statement{sink: k}
	}
	sweep.body = s.body(0, all)
	return nil
}

func (s *scheduler) depthOf(v ID) int { return s.depths[s.Code[v].Axes] }

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

// inputs are the values that a statement uses.
func (s *scheduler) inputs(st statement) []ID {
	if st.sink >= 0 {
		return s.Sinks[st.sink].Args
	}
	return s.Code[st.sum].Args
}

// body schedules the statements of one loop body. Values of outer levels are there already; those of this level are
// computed once an index, in the section that their operands allow; those of deeper levels in the loop of the section
// whose statements need them, again in each such loop.
func (s *scheduler) body(level int, statements []statement) *body {
	l := &layout{scheduler: s, level: level, statements: statements, sums: make([]bool, len(s.Code)), round: make([]int, len(s.Code))}
	l.collect()
	b := &body{level: level}
	for range l.number() + 1 {
		b.sections = append(b.sections, &section{})
	}
	deeper := l.assign(b.sections)
	for n, sec := range b.sections {
		sec.code = l.ordered(n, sec.stmts)
		l.loops(sec, deeper[n])
	}
	return b
}

// layout is one loop body on its way.
type layout struct {
	*scheduler
	level      int
	statements []statement
	values     []ID   // that are computed here or deeper, operands first
	sums       []bool // by value: a sum of this level over deeper values
	round      []int  // by value: how many loops of this body must be over before it can be had
}

// collect finds the values that are needed here or deeper, from the statements. Sums of deeper values add statements.
func (l *layout) collect() {
	need := make([]bool, len(l.Code))
	var visit func(v ID)
	visit = func(v ID) {
		in := &l.Code[v]
		if need[v] || in.Uniform() || l.depthOf(v) < l.level {
			return
		}
		need[v] = true
		for _, a := range in.Args {
			visit(a)
		}
		if in.Op == OpSum && l.depthOf(v) == l.level && !l.sums[v] {
			l.sums[v] = true
			l.statements = append(l.statements, statement{sum: v, sink: -1})
		}
	}
	for k := 0; k < len(l.statements); k++ {
		for _, a := range l.inputs(l.statements[k]) {
			visit(a)
		}
	}
	for v := range l.Code {
		if need[v] {
			l.values = append(l.values, ID(v))
		}
	}
}

// number finds the rounds of the values, and returns the last one.
func (l *layout) number() (last int) {
	for _, v := range l.values {
		n := l.after(l.Code[v].Args)
		if l.sums[v] {
			n++
		}
		l.round[v] = n
		last = max(last, n)
	}
	return last
}

// after is the round in which all of some values can be had.
func (l *layout) after(args []ID) (n int) {
	for _, a := range args {
		n = max(n, l.round[a])
	}
	return n
}

// assign puts each statement into the section of its round, or among those for the section's loop.
func (l *layout) assign(sections []*section) (deeper [][]statement) {
	deeper = make([][]statement, len(sections))
	for _, st := range l.statements {
		n := l.after(l.inputs(st))
		if l.depths[l.varies(st)] <= l.level {
			sections[n].stmts = append(sections[n].stmts, st)
			continue
		}
		deeper[n] = append(deeper[n], st)
		if st.sink < 0 && l.sums[st.sum] {
			sections[n].zero = append(sections[n].zero, st.sum)
		}
	}
	return deeper
}

// loops schedules the statements that a section's loop does: at each index those that vary along its axis, once the others.
func (l *layout) loops(sec *section, deeper []statement) {
	if len(deeper) == 0 {
		return
	}
	axis := l.nest[l.level]
	var loop, once []statement
	for _, st := range deeper {
		if l.varies(st)&(1<<axis) != 0 {
			loop = append(loop, st)
		} else {
			once = append(once, st)
		}
	}
	if len(loop) > 0 {
		sec.loop = l.body(l.level+1, loop)
	}
	if len(once) > 0 {
		sec.once = l.body(l.level+1, once)
	}
}

// ordered lists a section's instructions so that few values wait for their use: depth first from the statements, then
// from what later sections and loops need.
func (l *layout) ordered(round int, stmts []statement) (code []ID) {
	here := make([]bool, len(l.Code))
	for _, v := range l.values {
		here[v] = l.round[v] == round && l.depthOf(v) == l.level && !l.sums[v]
	}
	weight := make([]int, len(l.Code)) // instructions of a value's tree
	for _, v := range l.values {
		weight[v] = 1
		for _, a := range l.Code[v].Args {
			if here[a] {
				weight[v] += weight[a]
			}
		}
	}
	var emit func(v ID)
	emit = func(v ID) {
		if !here[v] {
			return
		}
		here[v] = false
		// The operand that takes most work first: its intermediates are gone when the others are computed.
		args := slices.Clone(l.Code[v].Args)
		slices.SortStableFunc(args, func(a, b ID) int { return cmp.Compare(weight[b], weight[a]) })
		for _, a := range args {
			emit(a)
		}
		code = append(code, v)
	}
	for _, st := range stmts {
		for _, a := range l.inputs(st) {
			emit(a)
		}
	}
	for _, v := range l.values {
		emit(v)
	}
	return code
}

// text lists a body for people.
func (b *body) text(f *Function, indent string) string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, indent+format+"\n", args...) }
	for _, sec := range b.sections {
		for _, v := range sec.code {
			line("%s", f.Code[v].Text(v))
		}
		for _, v := range sec.zero {
			line("%%%d = 0", v)
		}
		for _, st := range sec.stmts {
			if st.sink >= 0 {
				line("sink %d of %v", st.sink, f.Sinks[st.sink].Args)
			} else {
				line("%%%d += %v", st.sum, f.Code[st.sum].Args)
			}
		}
		for k, inner := range []*body{sec.once, sec.loop} {
			if inner != nil {
				line("%s over %s:", [...]string{"once", "loop"}[k], Axes(1<<f.Nest()[b.level]))
				out.WriteString(inner.text(f, indent+"  "))
			}
		}
	}
	return out.String()
}
