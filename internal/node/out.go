package node

import (
	"fmt"
	"math"
	"weak"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// known is the node of an expression, if it has one.
func (s *graph) known(e *expr.Node) *G.Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out[weak.Make(e)]
}

// write makes the node of an expression. making and s.mu are held.
func (s *graph) write(g *G.ExprGraph, e *expr.Node) (*G.Node, error) {
	if n := s.out[weak.Make(e)]; n != nil {
		return n, nil
	}
	args := make(G.Nodes, len(e.Args()))
	for i, a := range e.Args() {
		var err error
		if args[i], err = s.write(g, a); err != nil {
			return nil, err
		}
	}
	n, err := made(g, e, args)
	if err != nil {
		return nil, err
	}
	s.remember(n, e)
	return n, nil
}

// made makes a node of its operands'. making is held.
func made(g *G.ExprGraph, e *expr.Node, args G.Nodes) (*G.Node, error) {
	v, isConstant := e.Constant()
	switch {
	case isConstant:
		return newConstant(g, v)
	case e.Rule().Exists():
		return newOperation(e, args)
	case e.Foreign() != nil:
		f, ok := e.Foreign().(foreign)
		if !ok {
			return nil, fmt.Errorf("node: %s cannot be made a node of gorgonia's", e)
		}
		return Applied(f.op, args...)
	}
	value, err := Value(e)
	if err != nil {
		return nil, err
	}
	if value, err = G.CloneValue(value); err != nil {
		return nil, err
	}
	if of := Of(e); of != nil && of.Op() != nil {
		return g.AddNode(G.NewConstant(value, G.WithName(fmt.Sprintf("%s %v", of.Name(), value.Dtype())))), nil
	}
	return newInput(g, e.Name(), value)
}

func newConstant(g *G.ExprGraph, v float64) (*G.Node, error) {
	// The name is ours: gorgonia takes constants of one name for the same, whatever their type.
	n := g.AddNode(G.NewConstant(v, G.WithName(fmt.Sprintf("const %v", v))))
	if got, ok := n.Value().Data().(float64); !ok || math.Float64bits(got) != math.Float64bits(v) {
		return nil, fmt.Errorf("expr: gorgonia merges constant %v with %v", v, n.Value())
	}
	return n, nil
}

// hashTries bounds the search for an identity that collides with no other node's in gorgonia's 32-bit hash.
const hashTries = 16

func newOperation(e *expr.Node, args G.Nodes) (*G.Node, error) {
	for try := range hashTries {
		op := Op{node: e, id: fmt.Sprintf("#%d.%d", e.ID(), try)}
		n, err := G.ApplyOp(op, args...)
		if err != nil {
			return nil, fmt.Errorf("expr: %s: %w", e.Operation(), err)
		}
		if got, ok := n.Op().(Op); ok && got.node == e {
			return n, nil
		}
	}
	return nil, fmt.Errorf("expr: gorgonia merges %s with another node under %d identities", e, hashTries)
}

// Applied applies one of gorgonia's operations. The lock is held (see Locked).
func Applied(op G.Op, operands ...*G.Node) (n *G.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v: %v", op, r)
		}
	}()
	if n, err = G.ApplyOp(op, operands...); err != nil {
		return nil, err
	}
	got := Children(n)
	for k := range operands {
		if len(got) != len(operands) || got[k] != operands[k] {
			return nil, fmt.Errorf("gorgonia merges %v with another node", op)
		}
	}
	return n, nil
}
