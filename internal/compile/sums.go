package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// sum sums a value along step axes: in loops if it varies along them, by a factor if it is only
// repeated.
func (l *lowering) sum(v ID, from, to expr.Dims) (ID, error) {
	factor := 1
	var over Axes
	for a := range expr.Pixel {
		if from[a] > 1 && to[a] == 1 {
			if loop := l.along(a, from[a]); l.Code[v].Axes&loop != 0 {
				over |= loop
			} else {
				factor *= from[a]
			}
		}
	}
	if over != 0 {
		left := l.Code[v].Axes &^ over
		if outer := l.Depth(left); l.depthWithin(over) <= outer {
			return 0, fmt.Errorf("sums over %s and keeps %s, which is inside it", over, left)
		}
		v = l.insert(Instr{Op: OpSum, Args: []ID{l.vector(v)}, Axes: left})
	}
	if factor > 1 {
		v = l.lanewise(OpMul, v, l.constant(float64(factor)))
	}
	return v, nil
}

// depthWithin returns the number of loops down to the outermost one of the given axes.
func (l *lowering) depthWithin(a Axes) int {
	for k, axis := range l.Nest() {
		if a&(1<<axis) != 0 {
			return k + 1
		}
	}
	return 0
}

// reduce translates a reduction over the pixels into sinks.
func (l *lowering) reduce(i int) error {
	s := l.plan.Node(i)
	args := make([]ID, len(s.Args))
	for k, a := range s.Args {
		if s.InRuns && k > 0 {
			break // the numbers of the runs
		}
		var err error
		if args[k], err = l.operand(a); err != nil {
			return err
		}
	}
	switch s.Rule.Op {
	case expr.OpScatter:
		l.scatter(i, s, args, len(args)-1)
		return nil
	case expr.OpSquares:
		var values []int
		for k := 2; k < len(args); k += 2 {
			values = append(values, k)
		}
		l.scatter(i, s, args, values...)
		return nil
	}
	from, to := l.plan.Node(s.Args[0]).Dims, s.Dims
	if s.Rule.Op == expr.OpSumAlong {
		to = s.Rule.Kept(from)
	}
	// Along an axis where the value is only repeated, the sum is a multiple of it and needs no
	// loop.
	v := args[0]
	out := Sink{Kind: SinkSum, Node: i, Scale: 1, Target: l.axesOf(to), Run: s.InRuns}
	for a := range expr.Pixel {
		if from[a] > 1 && to[a] == 1 && l.Code[v].Axes&l.along(a, from[a]) == 0 {
			out.Scale *= float64(from[a])
		}
	}
	if in := &l.Code[v]; in.Op == OpMul && !l.Code[in.Args[0]].Uniform() && !l.Code[in.Args[1]].Uniform() {
		out.Kind, out.Args = SinkDot, in.Args
	} else {
		out.Args = []ID{l.vector(v)}
	}
	// If the result varies along an axis and the value does not, each element of the result gets
	// the same sum.
	out.Axes = l.Code[v].Axes | out.Target
	l.Sinks = append(l.Sinks, out)
	return nil
}

// scatter adds the sink of a scattered table, some of whose operands are values. Along axes where
// indices and values are only repeated, it runs once with a multiple of the values.
func (l *lowering) scatter(i int, s *plan.Node, args []ID, values ...int) {
	in := Sink{Kind: SinkScatter, Node: i, Rule: s.Rule}
	for _, a := range args {
		in.Axes |= l.Code[a].Axes
	}
	factor := 1
	for a := range expr.Pixel {
		n := 1
		for _, k := range s.Args {
			n = max(n, l.plan.Node(k).Dims[a])
		}
		if in.Axes&l.along(a, n) == 0 {
			factor *= n
		}
	}
	if factor > 1 {
		for _, k := range values {
			args[k] = l.lanewise(OpMul, args[k], l.constant(float64(factor)))
		}
	}
	for _, a := range args {
		in.Args = append(in.Args, l.vector(a))
	}
	l.Sinks = append(l.Sinks, in)
}
