package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// sum adds up a value along step axes: in loops where it varies, by a factor where it is only repeated.
func (l *lowering) sum(v id, from, to expr.Dims) (id, error) {
	factor := 1
	var over axes
	for a := range l.extent {
		if from[a] > 1 && to[a] == 1 {
			if l.code[v].axes&(1<<a) != 0 {
				over |= 1 << a
			} else {
				factor *= from[a]
			}
		}
	}
	if over != 0 {
		left := l.code[v].axes &^ over
		if outer := l.depth(left); l.depthWithin(over) <= outer {
			return 0, fmt.Errorf("sums over %s and keeps %s, which is inside of it", over, left)
		}
		v = l.insert(instr{op: opSum, args: []id{l.vector(v)}, axes: left})
	}
	if factor > 1 {
		v = l.lanewise(opMul, v, l.constant(float64(factor)))
	}
	return v, nil
}

// depthWithin is the number of loops down to the outermost one on some axes.
func (l *lowering) depthWithin(a axes) int {
	for k, axis := range l.nest() {
		if a&(1<<axis) != 0 {
			return k + 1
		}
	}
	return 0
}

// reduce adds the sinks of a reduction over the pixels.
func (l *lowering) reduce(i int) error {
	s := l.plan.Step(i)
	d := expr.Decode(s.Rule)
	args := make([]id, len(s.Args))
	for k, a := range s.Args {
		var err error
		if args[k], err = l.operand(a); err != nil {
			return err
		}
	}
	if d.Code == expr.CodeScatter {
		l.scatter(i, s, args)
		return nil
	}
	from, to := l.plan.Step(s.Args[0]).Dims, s.Dims
	if d.Code == expr.CodeSumAlong {
		to = kept(from, d.Axes)
	}
	// Where the value is only repeated, the sum is a multiple: it is not run in that axis' loop.
	v := args[0]
	out := sink{kind: sinkSum, step: i, scale: 1, target: l.axesOf(to)}
	for a := range l.extent {
		if from[a] > 1 && to[a] == 1 && l.code[v].axes&(1<<a) == 0 {
			out.scale *= float64(from[a])
		}
	}
	if in := &l.code[v]; in.op == opMul && !l.code[in.args[0]].uniform() && !l.code[in.args[1]].uniform() {
		out.kind, out.args = sinkDot, in.args
	} else {
		out.args = []id{l.vector(v)}
	}
	// Where the result varies and the value does not, the same sum goes to each of the result's elements.
	out.axes = l.code[v].axes | out.target
	l.sinks = append(l.sinks, out)
	return nil
}

// scatter adds the sink of a scattered table. Along axes where indices and values are only repeated it is run once, with
// a multiple of the values.
func (l *lowering) scatter(i int, s *plan.Step, args []id) {
	in := sink{kind: sinkScatter, step: i, rule: s.Rule}
	for _, a := range args {
		in.axes |= l.code[a].axes
	}
	factor := 1
	for a, n := range l.extent {
		repeated := false
		for _, k := range s.Args {
			repeated = repeated || l.plan.Step(k).Dims[a] > 1
		}
		if repeated && in.axes&(1<<a) == 0 {
			factor *= n
		}
	}
	if factor > 1 {
		last := len(args) - 1
		args[last] = l.lanewise(opMul, args[last], l.constant(float64(factor)))
	}
	for _, a := range args {
		in.args = append(in.args, l.vector(a))
	}
	l.sinks = append(l.sinks, in)
}

// targetDims are the extents that the elements of a sum over pixels lie on.
func targetDims(plan *plan.Plan, s *sink) expr.Dims {
	step := plan.Step(s.step)
	if d := expr.Decode(step.Rule); d.Code == expr.CodeSumAlong {
		return kept(plan.Step(step.Args[0]).Dims, d.Axes)
	}
	return step.Dims
}
