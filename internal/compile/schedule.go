package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
)

// nestOrders are the loop orders that lower tries, each outermost axis first. The first has points
// outermost, since after the innermost loop most of the work depends only on the position of a
// sample, and then sources, since each has one incident beam for all orientations. A sum that keeps
// an axis and drops one outside it needs another order.
var nestOrders = [...][3]int{
	{expr.Point, expr.Source, expr.Orientation},
	{expr.Point, expr.Orientation, expr.Source},
	{expr.Source, expr.Point, expr.Orientation},
	{expr.Orientation, expr.Point, expr.Source},
	{expr.Source, expr.Orientation, expr.Point},
	{expr.Orientation, expr.Source, expr.Point},
}

// Nest returns the loops of more than one iteration, by their indices, outermost first. Loops over
// the same axis follow each other. Nothing varies along two of them: where one runs, the others run
// once.
func (f *Function) Nest() (loops []int) {
	for _, a := range f.Order {
		for k, l := range f.Loops {
			if l.Axis == a && l.Extent > 1 {
				loops = append(loops, k)
			}
		}
	}
	return loops
}

// Depth returns the number of loops around a value with the given axes, down to its innermost one.
func (f *Function) Depth(a Axes) int { return depthIn(f.Nest(), a) }

func depthIn(nest []int, a Axes) int {
	for k := len(nest) - 1; k >= 0; k-- {
		if a&(1<<nest[k]) != 0 {
			return k + 1
		}
	}
	return 0
}

// body is the code that a loop runs at each of its indices (at level 0, the whole block): sections
// in order.
type body struct {
	level    int
	sections []*section
}

// section is straight-line code and then, except in the last section of a body, a loop.
type section struct {
	zero  []ID        // sums that the loop adds to, which start from zero
	code  []ID        // instructions, operands first
	stmts []statement // uses of values, after the code
	loop  *body       // run at each index of the next axis; nil if there is none
	once  *body       // run only at its first index: values that vary along inner axes but not along this one
}

// statement uses a value: it adds the value to a sum of an outer loop, or is a sink.
type statement struct {
	sum  ID  // if sink < 0: the OpSum that the value is added to
	sink int // index of the sink, or −1
}

// scheduler places a function's instructions.
type scheduler struct {
	*Function
	nest   []int
	depths []int // by set of axes
}

// schedule is the pass that puts each instruction into the innermost loop of its axes.
func schedule(sweep *Sweep) error {
	f := sweep.Function
	s := &scheduler{Function: f, nest: f.Nest(), depths: make([]int, 1<<len(f.Loops))}
	for a := range s.depths {
		s.depths[a] = depthIn(s.nest, Axes(a))
	}
	all := make([]statement, len(f.Sinks))
	for k := range f.Sinks {
		all[k] = statement{sink: k}
	}
	sweep.body = s.body(0, all)
	return nil
}

func (s *scheduler) depthOf(v ID) int { return s.depths[s.Code[v].Axes] }

// varies returns the axes whose loops run a statement.
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

// inputs returns the values that a statement uses.
func (s *scheduler) inputs(st statement) []ID {
	if st.sink >= 0 {
		return s.Sinks[st.sink].Args
	}
	return s.Code[st.sum].Args
}

// body schedules the statements of one loop body. Values of outer levels exist already. Values of
// this level are computed once an index, in the first section in which their operands exist. Values
// of deeper levels are computed in the loop of each section whose statements need them.
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

// layout is the state of scheduling one loop body.
type layout struct {
	*scheduler
	level      int
	statements []statement
	values     []ID   // the values computed here or deeper, operands first
	sums       []bool // by value: a sum of this level over deeper values
	round      []int  // by value: the number of this body's loops that must be over before it exists
}

// collect finds the values that the statements need here or deeper. Sums of deeper values become
// statements too.
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

// number assigns rounds to the values and returns the last round.
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

// after returns the round in which all the given values exist.
func (l *layout) after(args []ID) (n int) {
	for _, a := range args {
		n = max(n, l.round[a])
	}
	return n
}

// assign puts each statement into the section of its round, or into the list of statements for the
// section's loop.
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

// loops schedules the statements of a section's loop: those that vary along its axis at each index,
// the others once.
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

// ordered lists the instructions of a section so that few values are live at a time: depth first
// from the statements, then from the values that later sections and loops need.
func (l *layout) ordered(round int, stmts []statement) (code []ID) {
	here := make([]bool, len(l.Code))
	for _, v := range l.values {
		here[v] = l.round[v] == round && l.depthOf(v) == l.level && !l.sums[v]
	}
	weight := make([]int, len(l.Code)) // the number of instructions in a value's tree
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
		// The operand with the most work comes first: its intermediates are dead when the others
		// are computed.
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

// text lists a body.
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
