package plan

import (
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Sweep lists the nodes of one sweep over the pixels.
type Sweep struct {
	Values []int // pixel values, operands first
	Reduce []int // reductions completed by the sweep
	Store  []int // those of Values that are stored whole
	Runs   []int // sums over the pixels of each run
}

// put is an OpPut of a pixel value that a sweep stores, by a list that is there before: it is added up batch by batch, while the
// values are in the cache.
type put struct{ node, values, index int }

// Empty reports whether the sweep has no result.
func (s *Sweep) Empty() bool { return len(s.Reduce)+len(s.Store)+len(s.Runs) == 0 }

// stage is a list of uniform nodes, then one sweep over the pixels.
type stage struct {
	uniform []int
	phases  []phase // of uniform, for an InnerEngine; none without runs
	puts    []put   // computed by the sweep, and no more among the uniform nodes after it
	Sweep
}

// Sweeps returns the sweeps in order; some may be empty.
func (p *Plan) Sweeps() []Sweep {
	out := make([]Sweep, len(p.stages))
	for k, st := range p.stages {
		out[k] = st.Sweep
	}
	return out
}

// fill assigns the nodes to stages. A sweep recomputes those pixel values of earlier sweeps that it
// needs.
func (p *Plan) fill(level []int) {
	for i := range p.nodes {
		n := &p.nodes[i]
		switch {
		case n.reduce && n.InRuns:
			p.stages[level[i]-1].Runs = append(p.stages[level[i]-1].Runs, i)
		case n.reduce:
			p.stages[level[i]-1].Reduce = append(p.stages[level[i]-1].Reduce, i)
		case p.puts(i, level):
			st := &p.stages[level[i]-1]
			st.puts = append(st.puts, put{i, n.Args[0], n.Args[1]})
		case n.whole || !n.Pixel:
			p.stages[level[i]].uniform = append(p.stages[level[i]].uniform, i)
		case n.kept && !n.Leaf():
			p.stages[level[i]].Store = append(p.stages[level[i]].Store, i)
		}
	}
	p.markRead()
	for k := range p.stages {
		st := &p.stages[k]
		needed := make([]bool, len(p.nodes))
		for _, i := range st.Store {
			needed[i] = true
		}
		for _, list := range [][]int{st.Reduce, st.Runs} {
			for _, i := range list {
				p.need(needed, i)
			}
		}
		for i := len(p.nodes) - 1; i >= 0; i-- {
			if needed[i] && !p.nodes[i].whole {
				p.need(needed, i)
			}
		}
		for i := range p.nodes {
			if needed[i] {
				st.Values = append(st.Values, i)
			}
		}
	}
}

// puts reports whether a node is a put that the sweep before its stage adds up.
func (p *Plan) puts(i int, level []int) bool {
	n := &p.nodes[i]
	if n.Rule.Op != expr.OpPut || !n.whole || n.Pixel {
		return false
	}
	values, index := &p.nodes[n.Args[0]], &p.nodes[n.Args[1]]
	return values.kept && !values.Leaf() && !values.whole && level[n.Args[0]] == level[i]-1 &&
		index.Leaf() && index.Expr.Dtype() == tensor.Float64 && n.Rule.PutsParts(values.Dims, n.Dims)
}

// need marks the pixel values among the operands of a node.
func (p *Plan) need(needed []bool, i int) {
	for _, a := range p.nodes[i].Args {
		needed[a] = needed[a] || p.nodes[a].Pixel
	}
}
