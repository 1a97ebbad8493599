package expr

import (
	"fmt"
	"strings"
	"sync"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// building serialises the making of nodes: gorgonia's pools and tables are shared by all graphs and unguarded.
var building sync.Mutex

// Locked runs f while no other node is being made.
func Locked(f func()) {
	building.Lock()
	defer building.Unlock()
	f()
}

// Builder makes nodes in one graph. The first error sticks: later calls return nil nodes, and Err tells it.
// So an equation can be written as one expression and checked once.
type Builder struct {
	g   *G.ExprGraph
	err error
}

// On is a Builder for a graph.
func On(g *G.ExprGraph) *Builder { return &Builder{g: g} }

// Err is the first error met.
func (b *Builder) Err() error { return b.err }

// Fail records an error, unless it is nil or one stands already.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Graph is the graph that nodes are made in.
func (b *Builder) Graph() *G.ExprGraph { return b.g }

// Apply makes the node of a rule, or finds the one that is there already.
func (b *Builder) Apply(r Rule, operands ...*G.Node) *G.Node {
	if b.err != nil {
		return nil
	}
	for i, n := range operands {
		if n == nil {
			b.err = fmt.Errorf("expr: operand %d of %s is a nil node", i, r)
			return nil
		}
		if n.Graph() != b.g {
			b.err = fmt.Errorf("expr: operand %d of %s, %q, is of another graph", i, r, n.Name())
			return nil
		}
		if n.Dtype() != tensor.Float64 {
			b.err = fmt.Errorf("expr: operand %d of %s, %q, is of type %v, want float64", i, r, n.Name(), n.Dtype())
			return nil
		}
	}
	building.Lock()
	defer building.Unlock()
	n, err := apply(r, operands)
	b.err = err
	return n
}

// hashTries bounds the search for an identity that collides with no other node's in gorgonia's 32-bit hash.
const hashTries = 16

func apply(r Rule, operands []*G.Node) (*G.Node, error) {
	op := Op{Rule: r, in: make([]tensor.Shape, len(operands))}
	var id strings.Builder
	for i, n := range operands {
		op.in[i] = n.Shape()
		fmt.Fprintf(&id, ",%d", n.ID())
	}
	var err error
	if op.out, err = r.Shape(op.in); err != nil {
		return nil, err
	}
	for try := range hashTries {
		op.id = id.String()
		if try > 0 {
			op.id += fmt.Sprintf("#%d", try)
		}
		n, err := G.ApplyOp(op, operands...)
		if err != nil {
			return nil, fmt.Errorf("expr: %s: %w", r, err)
		}
		if same(n, op, operands) {
			return n, nil
		}
	}
	return nil, fmt.Errorf("expr: gorgonia merges %s with another node under %d identities", r, hashTries)
}

// same tells whether gorgonia gave back the node asked for, and not another of the same hash.
func same(n *G.Node, op Op, operands []*G.Node) bool {
	got, ok := n.Op().(Op)
	if !ok || got.String() != op.String() || !got.out.Eq(op.out) || len(got.out) != len(op.out) {
		return false
	}
	children, err := Children(n)
	if err != nil || len(children) != len(operands) {
		return false
	}
	for i, c := range children {
		if c != operands[i] {
			return false
		}
	}
	return true
}

// Const is a scalar constant.
func (b *Builder) Const(v float64) *G.Node {
	if b.err != nil {
		return nil
	}
	building.Lock()
	defer building.Unlock()
	// The name is ours: gorgonia takes constants of one name for the same, whatever their type.
	n := b.g.AddNode(G.NewConstant(v, G.WithName(fmt.Sprintf("const %v", v))))
	if got, ok := n.Value().Data().(float64); !ok || got != v {
		b.err = fmt.Errorf("expr: gorgonia merges constant %v with %v", v, n.Value())
	}
	return n
}

// Scalar makes a named scalar leaf with a value. Names are unique in a graph: gorgonia merges leaves of one name.
func (b *Builder) Scalar(name string, v float64) *G.Node {
	return b.leaf(name, func() *G.Node { return G.NewScalar(b.g, G.Float64, G.WithName(name), G.WithValue(v)) })
}

// Leaf makes a named array leaf; data is kept, not copied.
func (b *Builder) Leaf(name string, data []float64, shape ...int) *G.Node {
	if size := tensor.Shape(shape).TotalSize(); size != len(data) || size == 0 {
		b.Fail(fmt.Errorf("expr: leaf %q of shape %v was given %d numbers", name, shape, len(data)))
		return nil
	}
	return b.leaf(name, func() *G.Node {
		v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
		return G.NewTensor(b.g, G.Float64, len(shape), G.WithName(name), G.WithShape(shape...), G.WithValue(v))
	})
}

func (b *Builder) leaf(name string, mk func() *G.Node) *G.Node {
	if b.err != nil {
		return nil
	}
	building.Lock()
	defer building.Unlock()
	if len(b.g.ByName(name)) > 0 {
		b.err = fmt.Errorf("expr: the graph has a node %q already", name)
		return nil
	}
	return mk()
}
