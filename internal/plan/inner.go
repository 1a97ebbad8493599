package plan

import (
	"context"
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// InnerEngine is an engine that also computes the plans of the values of the runs: see [Plan.Inner].
type InnerEngine interface {
	Engine
	// Inner returns the engine of an inner plan, by its index.
	Inner(k int) Engine
}

// Inner returns the plans of uniform values that lie on an axis of their own: those of the runs, what the pixels of a spot share for
// example, whose pixels are the runs, and those of what pixel values are put into, the image that pairs of a spot and a pixel make.
// There are thousands of such values and more, so that an engine computes them as it does pixels. An engine that is no [InnerEngine]
// has them computed node by node on whole arrays.
func (p *Plan) Inner() []*Plan {
	list := make([]*Plan, len(p.inner))
	for k := range p.inner {
		list[k] = p.inner[k].Plan
	}
	return list
}

// inner is a plan of values on an axis of their own.
type inner struct {
	*Plan
	from []int // by node: its node in the outer plan
	to   []int // by root: likewise
}

// phase is a part of the uniform values of a stage: some nodes on whole arrays, then inner plans that do not depend on each other.
type phase struct {
	whole []int
	inner []int
}

// lengths returns the lengths of the axes that inner plans have: the number of the runs, and of the elements that pixel values are put
// into.
func (p *Plan) lengths() (list []int) {
	for i := range p.nodes {
		n := &p.nodes[i]
		length := 0
		switch {
		case n.InRuns && n.Rule.Op == expr.OpTake:
			length = p.nodes[n.Args[0]].Dims[expr.Pixel]
		case n.InRuns, n.whole && !n.Pixel && n.Rule.Op == expr.OpPut:
			length = n.Dims[expr.Pixel]
		}
		if length > 1 && !slices.Contains(list, length) {
			list = append(list, length)
		}
	}
	return list
}

// divide divides the uniform values of the stages into phases.
func (p *Plan) divide() error {
	lengths := p.lengths()
	if lengths == nil {
		return nil
	}
	used := make([]bool, len(p.nodes)) // by a node that is in no inner plan of the same phase and axis, or as a root
	for _, root := range p.roots {
		used[p.index[root]] = true
	}
	const outside = -1
	kind := make([]int, len(p.nodes)) // the inner plan that computes a node
	sums := map[int]bool{}            // over the axis of its inner plan
	for i := range kind {
		kind[i] = outside
	}
	axis := func(k int) int { return k % len(lengths) } // of an inner plan
	for k := range p.stages {
		st := &p.stages[k]
		first := len(p.inner)
		number := map[int]int{} // of the phase
		last := 0
		for _, i := range st.uniform {
			n := &p.nodes[i]
			if n.Leaf() {
				continue
			}
			on, sum := p.innerAxis(n, lengths, func(a int) int {
				if kind[a] < 0 || sums[a] {
					return outside
				}
				return axis(kind[a])
			})
			at := 0
			for _, a := range n.Args {
				before, ok := number[a]
				if ok && (sums[a] || kind[a] >= 0 && axis(kind[a]) != on) {
					before++
				}
				at = max(at, before)
			}
			number[i], last = at, max(last, at)
			if on >= 0 {
				kind[i], sums[i] = first+at*len(lengths)+on, sum
			}
		}
		st.phases = make([]phase, last+1)
		for _, i := range st.uniform {
			if at, ok := number[i]; ok && kind[i] < 0 {
				st.phases[at].whole = append(st.phases[at].whole, i)
			}
		}
		p.inner = append(p.inner, make([]inner, (last+1)*len(lengths))...) // until what uses their values is known
		for at := range st.phases {
			for on := range lengths {
				st.phases[at].inner = append(st.phases[at].inner, first+at*len(lengths)+on)
			}
		}
	}
	for i := range p.nodes {
		for _, a := range p.nodes[i].Args {
			used[a] = used[a] || kind[i] != kind[a]
		}
	}
	members := make([][]int, len(p.inner))
	for i, k := range kind {
		if k != outside {
			p.nodes[i].inside = !used[i]
			members[k] = append(members[k], i)
		}
	}
	number := make([]int, len(p.inner)) // of those that are not empty
	var list []inner
	for k := range p.inner {
		number[k] = -1
		if len(members[k]) == 0 {
			continue
		}
		in, err := p.innerOf(members[k], used, lengths[axis(k)])
		if err != nil {
			return err
		}
		number[k] = len(list)
		list = append(list, in)
	}
	p.inner = list
	for k := range p.stages {
		for at := range p.stages[k].phases {
			f := &p.stages[k].phases[at]
			f.inner = slices.DeleteFunc(f.inner, func(n int) bool { return number[n] < 0 })
			for n := range f.inner {
				f.inner[n] = number[f.inner[n]]
			}
		}
	}
	return nil
}

// innerAxis returns the number of the axis whose inner plan computes a uniform value, −1 if none does, and whether it is a sum over that
// axis. of has the axis of an operand that an inner plan has, −1 for others.
func (p *Plan) innerAxis(n *Node, lengths []int, of func(operand int) int) (axis int, sum bool) {
	for k, length := range lengths {
		if p.onAxis(n, length) {
			return k, false
		}
	}
	for k, length := range lengths {
		if p.sumsAxis(n, length, func(a int) bool { return of(a) == k }) {
			return k, true
		}
	}
	return -1, false
}

// onAxis reports whether a uniform value has a number for each element of an axis of a length, and an engine may compute it.
func (p *Plan) onAxis(n *Node, length int) bool {
	if n.Pixel || n.Dims[expr.Pixel] != length || !n.Rule.Exists() || n.Expr.Dtype() != tensor.Float64 {
		return false
	}
	for _, a := range n.Args {
		if p.nodes[a].Pixel {
			return false
		}
	}
	return true
}

// sumsAxis reports whether a uniform value sums values on an axis of a length that an inner plan has.
func (p *Plan) sumsAxis(n *Node, length int, in func(node int) bool) bool {
	if n.Pixel || !n.Rule.Exists() || !n.Rule.SumsPixels(n.Dims) || n.Expr.Dtype() != tensor.Float64 {
		return false
	}
	any := false
	for k, a := range n.Args {
		operand := &p.nodes[a]
		if operand.Pixel || n.Rule.TakesTable(k) && operand.Dims[expr.Pixel] == length {
			return false
		}
		any = any || in(a)
	}
	return any
}

// innerOf makes the plan of some nodes; those that are used elsewhere are its roots.
func (p *Plan) innerOf(members []int, used []bool, length int) (inner, error) {
	in := inner{Plan: &Plan{Order: &Order{index: map[*expr.Node]int{}}, pixels: length, runs: -1}}
	at := map[int]int{}
	add := func(i int, args []int) {
		n := &p.nodes[i]
		at[i] = len(in.nodes)
		in.index[n.Expr] = len(in.nodes)
		in.nodes = append(in.nodes, Node{Expr: n.Expr, Rule: n.Rule, Args: args, Dims: n.Dims})
		in.from = append(in.from, i)
	}
	belongs := map[int]bool{}
	for _, i := range members {
		belongs[i] = true
	}
	for _, i := range members {
		args := make([]int, len(p.nodes[i].Args))
		for k, a := range p.nodes[i].Args {
			if _, ok := at[a]; !ok {
				add(a, nil) // computed before
				in.nodes[at[a]].Rule = expr.Rule{}
			}
			args[k] = at[a]
		}
		add(i, args)
		if used[i] {
			in.Plan.roots = append(in.Plan.roots, p.nodes[i].Expr)
			in.to = append(in.to, i)
		}
	}
	err := in.arrange(func(n *expr.Node) bool {
		d, err := expr.DimsOf(n.Shape())
		return err == nil && d[expr.Pixel] == length
	})
	if err != nil {
		return in, fmt.Errorf("of %d elements: %w", length, err)
	}
	return in, nil
}

// inPhases computes the uniform values of a stage, those on axes of their own by inner engines.
func (r *run) inPhases(ctx context.Context, st *stage, engine InnerEngine, workers int) error {
	for _, f := range st.phases {
		for _, i := range f.whole {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.uniform(i, &r.nodes[i], workers); err != nil {
				return err
			}
		}
		for _, k := range f.inner {
			if err := r.innerRun(ctx, k, engine, workers); err != nil {
				return err
			}
		}
	}
	return nil
}

// innerRun computes an inner plan.
func (r *run) innerRun(ctx context.Context, k int, engine InnerEngine, workers int) error {
	in := &r.inner[k]
	own := newRun(in.Plan, engine.Inner(k))
	for i := range in.nodes {
		if in.nodes[i].Leaf() {
			own.shared[i] = r.shared[in.from[i]]
		}
	}
	for k, root := range in.roots {
		r.array(in.to[k])
		own.room[in.index[root]] = r.room[in.to[k]]
	}
	if err := own.stagesOf(ctx, workers); err != nil {
		return err
	}
	own.release()
	return nil
}
