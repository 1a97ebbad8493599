package node

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// childrenField is where a node keeps its operands. gorgonia gives them by way of the graph's maps alone, which takes a scan
// of all nodes and a lock.
var childrenField, hasChildren = func() (uintptr, bool) {
	f, ok := reflect.TypeFor[G.Node]().FieldByName("children")
	return f.Offset, ok && f.Type == reflect.TypeFor[G.Nodes]()
}()

// Children are the operands of a node, in order.
func Children(n *G.Node) G.Nodes {
	if !hasChildren {
		panic("node: this version of gorgonia keeps a node's operands elsewhere; v0.9.18 is supported")
	}
	return *(*G.Nodes)(unsafe.Add(unsafe.Pointer(n), childrenField))
}

// input is an input of a gorgonia graph, or a constant that is not a number of type float64.
type input struct{ *G.Node }

func (i input) Array() (expr.Array, error) { return ArrayOf(i.Value()) }

func (i input) Lend(data []float64) (back func() error, err error) {
	own := i.Value()
	var lent G.Value
	if len(i.Shape()) == 0 {
		lent = (*G.F64)(&data[0]) // AsValue would copy
	} else {
		lent = AsValue(i.Shape(), data)
	}
	return func() error { return G.Let(i.Node, own) }, G.Let(i.Node, lent)
}

// Of is the gorgonia node of an input; nil for expressions that are none and inputs of package expr.
func Of(n *expr.Node) *G.Node {
	if in, ok := n.Leaf().(input); ok {
		return in.Node
	}
	return nil
}

// read is the expression of a node. s.mu is held.
func (s *graph) read(n *G.Node) (*expr.Node, error) {
	if e := s.in[n].Value(); e != nil {
		return e, nil
	}
	if s.reading[n] {
		return nil, fmt.Errorf("node: %s depends on itself: gorgonia has made a new node of one that the graph still refers to; it gives up 1 + x when it makes Log(1 + x)", nameOf(n))
	}
	s.reading[n] = true
	defer delete(s.reading, n)
	var e *expr.Node
	var err error
	if op, ok := n.Op().(Op); ok && op.node.Graph() == s.expr {
		e = op.node
	} else {
		args := make([]*expr.Node, len(Children(n)))
		for i, c := range Children(n) {
			if args[i], err = s.read(c); err != nil {
				return nil, err
			}
		}
		if e, err = meaning(s.expr, n, args); err != nil {
			return nil, err
		}
	}
	s.remember(n, e)
	return e, nil
}

// meaning is a node as an expression of its operands' expressions.
func meaning(g *expr.Graph, n *G.Node, args []*expr.Node) (*expr.Node, error) {
	shape := n.Shape()
	switch {
	case n.Type() == nil:
		return nil, fmt.Errorf("node: %s is a statement, not a value", nameOf(n))
	case len(shape) > expr.MaxRank:
		return nil, fmt.Errorf("node: %s has shape %v: more than %d axes; reshape what it is made of", nameOf(n), shape, expr.MaxRank)
	case slices.ContainsFunc(shape, func(extent int) bool { return extent < 1 }):
		return nil, fmt.Errorf("node: %s has shape %v: no elements", nameOf(n), shape)
	case n.Op() == nil:
		return g.Input(input{n}, shape, n.Dtype()), nil
	case len(args) == 0 && n.Value() != nil:
		if v, ok := n.Value().Data().(float64); ok && len(shape) == 0 {
			return expr.On(g).Const(v), nil
		}
		return g.Input(input{n}, shape, n.Dtype()), nil
	}
	if readable(n, args) {
		b := expr.On(g)
		if e, err := expressed(b, n.Op(), shape, args); e != nil || err != nil {
			return e, err
		}
	}
	f := foreign{op: n.Op()}
	if len(args) == 0 {
		f.of = n
	}
	return g.Foreign(f, shape, n.Dtype(), args...), nil
}

// readable reports whether a node and its operands are of type float64, as rules are, but for lists of indices.
func readable(n *G.Node, args []*expr.Node) bool {
	row := rowOf(n.Op())
	for _, a := range args {
		if a.Dtype() != tensor.Float64 && !(a.Dtype() == tensor.Int && row != nil && row.integers) {
			return false
		}
	}
	return len(args) > 0 && n.Dtype() == tensor.Float64
}

// nameOf is an input's name, and the operation of another node.
func nameOf(n *G.Node) string {
	if n.Op() == nil {
		return n.Name()
	}
	return fmt.Sprintf("the result of %v", n.Op())
}

// Read gives the expressions of nodes of one graph.
func Read(nodes ...*G.Node) ([]*expr.Node, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	for _, n := range nodes {
		if n == nil {
			return nil, fmt.Errorf("node: nil node")
		}
	}
	b := On(nodes[0].Graph())
	out := make([]*expr.Node, len(nodes))
	for i, n := range nodes {
		out[i] = b.In(n)
	}
	return out, b.Err()
}
