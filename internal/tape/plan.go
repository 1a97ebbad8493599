// Package tape executes graphs node by node: uncompiled, one buffer a node, never in place. It is the reference that
// every faster way of running a graph is held against, and what derivatives are checked on.
//
// Tape runs a whole graph and keeps every value readable. Batches runs a graph of rules in batches of pixels, where
// whole arrays would not fit into memory or the cache.
package tape

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// step is one node of a plan.
type step struct {
	node *G.Node
	rule expr.Rule // nil for leaves, constants and operations without a rule
	args []int     // indices of earlier steps
	dims expr.Dims
}

// leaf tells that the step's value is the node's own: an input or a constant.
func (s *step) leaf() bool { return len(s.args) == 0 }

// plan lists the steps that some roots need, in order of execution.
type plan struct {
	steps []step
	index map[*G.Node]int
}

func newPlan(roots []*G.Node) (*plan, error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, err
	}
	p := &plan{steps: make([]step, len(sorted.Nodes)), index: sorted.Index}
	for i, n := range sorted.Nodes {
		dims, err := expr.DimsOf(n.Shape())
		if err != nil {
			return nil, fmt.Errorf("tape: node %s: %w", n.Name(), err)
		}
		rule, _ := expr.Meaning(n)
		p.steps[i] = step{node: n, rule: rule, args: sorted.Operands[i], dims: dims}
	}
	return p, nil
}

// leafValue reads the value of an input or a constant, or draws that of an operation without operands.
func (s *step) leafValue() (G.Value, error) {
	if v := s.node.Value(); v != nil {
		return v, nil
	}
	if s.node.Op() == nil {
		return nil, fmt.Errorf("tape: input %q has no value", s.node.Name())
	}
	return s.do(nil)
}

// leafArray views a leaf's value and holds its extents against the node's.
func (s *step) leafArray(v G.Value) (expr.Array, error) {
	a, err := expr.ArrayOf(v)
	if err != nil {
		return a, fmt.Errorf("tape: value of %q: %w", s.node.Name(), err)
	}
	if a.Dims != s.dims {
		return a, fmt.Errorf("tape: value of %q has shape %v, the node %v", s.node.Name(), v.Shape(), s.node.Shape())
	}
	return a, nil
}

// eval runs a rule, turning a panic, which only a value that a rule does not expect can cause, into an error.
func (s *step) eval(out expr.Array, args []expr.Array) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("tape: %s at node %s: %v", s.rule, s.node.Name(), r)
		}
	}()
	s.rule.Eval(out, args)
	return nil
}

// do runs an operation that has no rule through gorgonia. The result is copied, since it may be an operand's memory, and
// an operand that the operation says it overwrites is copied before. The others are views of their own, since a matrix
// product transposes its operands for as long as it takes, and a leaf's value is everybody's.
func (s *step) do(args []G.Value) (v G.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("tape: %v at node %s: %v", s.node.Op(), s.node.Name(), r)
		}
	}()
	op := s.node.Op()
	args = slices.Clone(args)
	for k, a := range args {
		if d, ok := a.(*tensor.Dense); ok {
			args[k] = d.ShallowClone()
		}
	}
	if k := op.OverwritesInput(); k >= 0 && k < len(args) {
		if args[k], err = G.CloneValue(args[k]); err != nil {
			return nil, fmt.Errorf("tape: operand %d of %v at node %s: %w", k, op, s.node.Name(), err)
		}
	}
	if v, err = op.Do(args...); err == nil {
		v, err = G.CloneValue(v)
	}
	if err != nil {
		return nil, fmt.Errorf("tape: %v at node %s: %w", s.node.Op(), s.node.Name(), err)
	}
	return v, nil
}

// array views what do gave, in the extents of the node: gorgonia drops axes here and there.
func (s *step) array(v G.Value) (expr.Array, error) {
	a, err := expr.ArrayOf(v)
	if err == nil && len(a.Data) != s.dims.Size() {
		err = fmt.Errorf("%d numbers for shape %v", len(a.Data), s.node.Shape())
	}
	if err != nil {
		return a, fmt.Errorf("tape: %v at node %s: %w", s.node.Op(), s.node.Name(), err)
	}
	return expr.Array{Dims: s.dims, Data: a.Data}, nil
}
