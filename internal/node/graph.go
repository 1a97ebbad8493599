package node

import (
	"runtime"
	"sync"
	"weak"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// graph is a gorgonia graph and the expressions of its nodes. It lives as long as any of them, or a node made by Out.
type graph struct {
	expr *expr.Graph

	mu  sync.Mutex
	in  map[*G.Node]weak.Pointer[expr.Node] // of the nodes read so far; nil where garbage
	out map[weak.Pointer[expr.Node]]*G.Node // the first node of an expression, read or made

	reading map[*G.Node]bool // whose operands are being read

	sweep int // entries of in at which garbage is taken out
}

// graphs are those of the process, as long as they live.
var graphs = struct {
	sync.Mutex
	of map[weak.Pointer[G.ExprGraph]]weak.Pointer[graph]
}{of: map[weak.Pointer[G.ExprGraph]]weak.Pointer[graph]{}}

func graphOf(g *G.ExprGraph) *graph {
	graphs.Lock()
	defer graphs.Unlock()
	k := weak.Make(g)
	p, known := graphs.of[k]
	if s := p.Value(); s != nil {
		return s
	}
	s := &graph{expr: expr.NewGraph(), in: map[*G.Node]weak.Pointer[expr.Node]{}, out: map[weak.Pointer[expr.Node]]*G.Node{}, reading: map[*G.Node]bool{}, sweep: leastSweep}
	s.expr.Own(s)
	graphs.of[k] = weak.Make(s)
	if !known {
		runtime.AddCleanup(g, func(k weak.Pointer[G.ExprGraph]) {
			graphs.Lock()
			defer graphs.Unlock()
			delete(graphs.of, k)
		}, k)
	}
	return s
}

// leastSweep is how many entries a graph has before it looks for garbage among them.
const leastSweep = 1024

// remember that a node and an expression are the same. s.mu is held.
func (s *graph) remember(n *G.Node, e *expr.Node) {
	if len(s.in) >= s.sweep {
		for k, p := range s.in {
			if p.Value() == nil {
				delete(s.in, k)
			}
		}
		for p := range s.out {
			if p.Value() == nil {
				delete(s.out, p)
			}
		}
		s.sweep = max(leastSweep, 2*len(s.in))
	}
	p := weak.Make(e)
	s.in[n] = p
	if s.out[p] == nil {
		s.out[p] = n
	}
}
