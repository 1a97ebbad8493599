package node

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// Wider is a foreign operation on operands of type float64, of which one of gorgonia's is an operation of its own, which is
// read there as other nodes are. Other nodes are nil: they are what they are.
func Wider(n *expr.Node, args []*expr.Node) (*expr.Node, error) {
	f, ok := n.Foreign().(foreign)
	if !ok {
		return nil, nil
	}
	b := expr.On(n.Graph())
	e, err := expressed(b, f.op, n.Shape(), args)
	if e == nil && err == nil {
		err = fmt.Errorf("operation %s is not known in float64", f)
	}
	return e, err
}

// Copy makes nodes of expressions in another graph, inputs and all. The lock is held (see Locked).
func Copy(g *G.ExprGraph, list ...*expr.Node) (G.Nodes, error) {
	sorted, err := expr.Sort(list...)
	if err != nil {
		return nil, err
	}
	of := map[*expr.Node]*G.Node{}
	for _, e := range sorted.Nodes {
		args := make(G.Nodes, len(e.Args()))
		for k, a := range e.Args() {
			args[k] = of[a]
		}
		if of[e], err = made(g, e, args); err != nil {
			return nil, err
		}
	}
	out := make(G.Nodes, len(list))
	for i, e := range list {
		out[i] = of[e]
	}
	return out, nil
}

// Builtins are the operations that gorgonia made itself, of all that some nodes need: as gorgonia differentiates them, though
// they have a rule, or are refused.
func Builtins(nodes ...*G.Node) map[*expr.Node]expr.Foreign {
	out := map[*expr.Node]expr.Foreign{}
	seen := map[*G.Node]bool{}
	var walk func(n *G.Node)
	walk = func(n *G.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		children := Children(n)
		for _, c := range children {
			walk(c)
		}
		if n.Op() == nil || len(children) == 0 || kindOf(n.Op()) == "" {
			return
		}
		b := On(n.Graph())
		e := b.In(n)
		if e == nil || len(e.Args()) != len(children) {
			return
		}
		for k, c := range children {
			if e.Args()[k] != b.In(c) {
				return // made of several
			}
		}
		out[e] = foreign{op: n.Op(), unchecked: true}
	}
	for _, n := range nodes {
		walk(n)
	}
	return out
}
