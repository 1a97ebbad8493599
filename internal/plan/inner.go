package plan

import (
	"context"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// InnerEngine is an engine that also computes the plans of the values of the runs: see [Plan.Inner].
type InnerEngine interface {
	Engine
	// Inner returns the engine of an inner plan, by its index.
	Inner(k int) Engine
}

// Inner returns the plans of the values of the runs, whose pixels are the runs: what the pixels of a spot share, for example.
// There are as many of them as thousands of pixels, so that an engine computes them as it does pixels. A plan without runs
// has none; an engine that is no [InnerEngine] has the values computed node by node on whole arrays.
func (p *Plan) Inner() []*Plan {
	list := make([]*Plan, len(p.inner))
	for k := range p.inner {
		list[k] = p.inner[k].Plan
	}
	return list
}

// inner is a plan of values of the runs.
type inner struct {
	*Plan
	from []int // by node: its node in the outer plan
	to   []int // by root: likewise
}

// phase is a part of the uniform values of a stage: some nodes on whole arrays, then an inner plan, if there is one.
type phase struct {
	whole []int
	inner int // −1: none
}

// length returns the number of the runs, 0 if it cannot be told.
func (p *Plan) length() int {
	for i := range p.nodes {
		n := &p.nodes[i]
		switch {
		case n.InRuns && n.Rule.Op == expr.OpTake:
			return p.nodes[n.Args[0]].Dims[expr.Pixel]
		case n.InRuns:
			return n.Dims[expr.Pixel]
		}
	}
	return 0
}

// divide divides the uniform values of the stages into phases.
func (p *Plan) divide() error {
	runs := p.length()
	if runs <= 1 {
		return nil
	}
	used := make([]bool, len(p.nodes)) // by a node that is in no inner plan of the same phase, or as a root
	for _, root := range p.roots {
		used[p.index[root]] = true
	}
	const outside = -1
	kind := make([]int, len(p.nodes)) // the inner plan that computes a node
	sums := map[int]bool{}            // over the runs, by an inner plan
	for i := range kind {
		kind[i] = outside
	}
	for k := range p.stages {
		st := &p.stages[k]
		number := map[int]int{} // of the phase
		last := 0
		for _, i := range st.uniform {
			n := &p.nodes[i]
			if n.Leaf() {
				continue
			}
			own := p.onRuns(n, runs)
			sum := !own && p.sumsRuns(n, runs, func(a int) bool { return kind[a] >= 0 && !sums[a] })
			at := 0
			for _, a := range n.Args {
				before, ok := number[a]
				if ok && (sums[a] || kind[a] >= 0 && !own && !sum) {
					before++
				}
				at = max(at, before)
			}
			number[i], last = at, max(last, at)
			if own || sum {
				kind[i], sums[i] = len(p.inner)+at, sum
			}
		}
		st.phases = make([]phase, last+1)
		nodes := make([][]int, last+1)
		for _, i := range st.uniform {
			if at, ok := number[i]; !ok {
			} else if kind[i] >= 0 {
				nodes[at] = append(nodes[at], i)
			} else {
				st.phases[at].whole = append(st.phases[at].whole, i)
			}
		}
		first := len(p.inner)
		for at := range nodes {
			st.phases[at].inner = -1
			if len(nodes[at]) > 0 {
				st.phases[at].inner = first + at
			}
			p.inner = append(p.inner, inner{}) // until what uses its values is known
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
		in, err := p.innerOf(members[k], used, runs)
		if err != nil {
			return err
		}
		number[k] = len(list)
		list = append(list, in)
	}
	p.inner = list
	for k := range p.stages {
		for at := range p.stages[k].phases {
			if f := &p.stages[k].phases[at]; f.inner >= 0 {
				f.inner = number[f.inner]
			}
		}
	}
	return nil
}

// onRuns reports whether a uniform value has one for each run, and an engine may compute it.
func (p *Plan) onRuns(n *Node, runs int) bool {
	if n.Pixel || n.Dims[expr.Pixel] != runs || !n.Rule.Exists() || n.Expr.Dtype() != tensor.Float64 {
		return false
	}
	for _, a := range n.Args {
		if p.nodes[a].Pixel {
			return false
		}
	}
	return true
}

// sumsRuns reports whether a uniform value sums values of the runs that an inner plan has.
func (p *Plan) sumsRuns(n *Node, runs int, in func(node int) bool) bool {
	if n.Pixel || !n.Rule.Exists() || !n.Rule.SumsPixels(n.Dims) || n.Expr.Dtype() != tensor.Float64 {
		return false
	}
	any := false
	for k, a := range n.Args {
		operand := &p.nodes[a]
		if operand.Pixel || n.Rule.TakesTable(k) && operand.Dims[expr.Pixel] == runs {
			return false
		}
		any = any || in(a)
	}
	return any
}

// innerOf makes the plan of some nodes; those that are used elsewhere are its roots.
func (p *Plan) innerOf(members []int, used []bool, runs int) (inner, error) {
	in := inner{Plan: &Plan{Order: &Order{index: map[*expr.Node]int{}}, pixels: runs, runs: -1}}
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
		return err == nil && d[expr.Pixel] == runs
	})
	if err != nil {
		return in, fmt.Errorf("of the runs: %w", err)
	}
	return in, nil
}

// inPhases computes the uniform values of a stage, those of the runs by inner engines.
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
		if f.inner < 0 {
			continue
		}
		in := &r.inner[f.inner]
		own := newRun(in.Plan, engine.Inner(f.inner))
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
	}
	return nil
}
