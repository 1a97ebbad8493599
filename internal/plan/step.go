package plan

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Step is the computation of one node.
type Step struct {
	Node *expr.Node
	Rule expr.Rule // nil for leaves, constants and operations without a rule
	Args []int     // the operands' steps, all earlier
	Dims expr.Dims

	// Of a step of a Plan.
	Pixel  bool // the value has the pixel axis
	Stored bool // a pixel value that lies whole in the shared arrays before the sweep: a leaf, or computed between sweeps

	reduce bool // sums pixel values
	whole  bool // computed on whole arrays, though it is a pixel value or has such operands
	kept   bool // a pixel value that is stored whole, for a root or a break
}

// Order lists the steps that some roots need, operands first.
type Order struct {
	steps []Step
	index map[*expr.Node]int
}

// Sort lists what roots need in an order of execution.
func Sort(roots ...*expr.Node) (*Order, error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, err
	}
	o := &Order{steps: make([]Step, len(sorted.Nodes)), index: sorted.Index}
	for i, n := range sorted.Nodes {
		dims, err := expr.DimsOf(n.Shape())
		if err != nil {
			return nil, fmt.Errorf("plan: node %s: %w", n.Name(), err)
		}
		o.steps[i] = Step{Node: n, Rule: n.Rule(), Args: sorted.Operands[i], Dims: dims}
	}
	return o, nil
}

// Len is the number of steps.
func (o *Order) Len() int { return len(o.steps) }

// Step is step i. It must not be changed.
func (o *Order) Step(i int) *Step { return &o.steps[i] }

// Find is the step of a node.
func (o *Order) Find(n *expr.Node) (int, bool) {
	i, ok := o.index[n]
	return i, ok
}

// Leaf reports whether the step's value is the node's own: that of an input or a constant.
func (s *Step) Leaf() bool { return len(s.Args) == 0 }

// Read is the value of an input or a constant, or what an operation without operands draws.
func (s *Step) Read() (G.Value, error) {
	if s.Node.Foreign() != nil {
		return s.Do(nil)
	}
	return node.Value(s.Node)
}

// View views the value of a leaf as an array of the node's extents.
func (s *Step) View(v G.Value) (expr.Array, error) {
	a, err := node.ArrayOf(v)
	if err != nil {
		return a, fmt.Errorf("value of %q: %w", s.Node.Name(), err)
	}
	if a.Dims != s.Dims {
		return a, fmt.Errorf("value of %q has shape %v, the node %v", s.Node.Name(), v.Shape(), s.Node.Shape())
	}
	return a, nil
}

// Eval evaluates the rule. A panic, which only a value that the rule does not expect can cause, becomes an error.
func (s *Step) Eval(out expr.Array, args []expr.Array) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s at node %s: %v", s.Rule, s.Node.Name(), r)
		}
	}()
	s.Rule.Eval(out, args)
	return nil
}

// Do runs an operation that has no rule through gorgonia.
func (s *Step) Do(args []G.Value) (G.Value, error) {
	v, err := node.Do(s.Node, args)
	if err != nil {
		return nil, fmt.Errorf("%s at node %s: %w", s.Node.Operation(), s.Node, err)
	}
	return v, nil
}

// Array views the result of Do in the extents of the node: gorgonia drops axes here and there.
func (s *Step) Array(v G.Value) (expr.Array, error) {
	a, err := node.ArrayOf(v)
	if err == nil && len(a.Data) != s.Dims.Size() {
		err = fmt.Errorf("%d numbers for shape %v", len(a.Data), s.Node.Shape())
	}
	if err != nil {
		return a, fmt.Errorf("%s at node %s: %w", s.Node.Operation(), s.Node.Name(), err)
	}
	return expr.Array{Dims: s.Dims, Data: a.Data}, nil
}

// Value wraps numbers as a gorgonia value of the node's shape, without a copy where it is not a scalar.
func (s *Step) Value(data []float64) G.Value {
	return node.AsValue(s.Node.Shape(), data)
}
