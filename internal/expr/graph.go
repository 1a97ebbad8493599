package expr

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"gorgonia.org/tensor"
)

// Graph finds the node of an operation on operands, so that equal expressions are one node. It may be used by several
// goroutines. It does not keep nodes alive.
type Graph struct {
	mu    sync.Mutex
	nodes map[key]weak.Pointer[Node]
	sweep int // the number of entries at which those of garbage are removed
	owner any
}

// NewGraph makes an empty graph.
func NewGraph() *Graph { return &Graph{nodes: map[key]weak.Pointer[Node]{}, sweep: leastSweep} }

// leastSweep is how many entries a graph has before it removes those of garbage.
const leastSweep = 1024

// Own keeps the graph's owner alive as long as any of its nodes.
func (g *Graph) Own(owner any) { g.owner = owner }

// key is what nodes are found by.
type key struct {
	rule Rule
	what any // instead of a rule: the foreign operation's key, the leaf, or the bits of a constant
	args [3]int64
	more string // of further operands
}

// lastID numbers the nodes of all graphs.
var lastID atomic.Int64

func keyOf(rule Rule, what any, args []*Node) key {
	k := key{rule: rule, what: what}
	for i, a := range args[:min(len(args), len(k.args))] {
		k.args[i] = a.id
	}
	if len(args) > len(k.args) {
		var more strings.Builder
		for _, a := range args[len(k.args):] {
			fmt.Fprintf(&more, "%d,", a.id)
		}
		k.more = more.String()
	}
	return k
}

// find returns the node of a key, which it makes if there is none.
func (g *Graph) find(k key, mk func() (*Node, error)) (*Node, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.nodes[k].Value(); n != nil {
		return n, nil
	}
	n, err := mk()
	if err != nil {
		return nil, err
	}
	n.graph, n.id = g, lastID.Add(1)
	if len(g.nodes) >= g.sweep {
		for k, p := range g.nodes {
			if p.Value() == nil {
				delete(g.nodes, k)
			}
		}
		g.sweep = max(leastSweep, 2*len(g.nodes))
	}
	g.nodes[k] = weak.Make(n)
	return n, nil
}

// Len is how many nodes the graph has entries of, including some that are garbage.
func (g *Graph) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.nodes)
}

func (g *Graph) apply(r Rule, args []*Node) (*Node, error) {
	return g.find(keyOf(r, nil, args), func() (*Node, error) {
		shapes := make([]tensor.Shape, len(args))
		for i, a := range args {
			shapes[i] = a.shape
		}
		shape, err := r.Shape(shapes)
		if err != nil {
			return nil, err
		}
		return &Node{shape: shape, dtype: tensor.Float64, args: append([]*Node(nil), args...), rule: r}, nil
	})
}

func (g *Graph) constant(v float64) *Node {
	n, _ := g.find(keyOf(Rule{}, math.Float64bits(v), nil), func() (*Node, error) {
		return &Node{shape: tensor.Shape{}, dtype: tensor.Float64, constant: &v}, nil
	})
	return n
}

// Input is the node of a leaf. Leaves are compared by ==.
func (g *Graph) Input(s Leaf, shape tensor.Shape, dtype tensor.Dtype) *Node {
	n, _ := g.find(keyOf(Rule{}, s, nil), func() (*Node, error) {
		return &Node{shape: shape.Clone(), dtype: dtype, leaf: s}, nil
	})
	return n
}

// Foreign is the node of an operation without a rule.
func (g *Graph) Foreign(f Foreign, shape tensor.Shape, dtype tensor.Dtype, args ...*Node) *Node {
	n, _ := g.find(keyOf(Rule{}, f.Key(), args), func() (*Node, error) {
		return &Node{shape: shape.Clone(), dtype: dtype, args: append([]*Node(nil), args...), foreign: f}, nil
	})
	return n
}
