package plan

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Step is the computation of one node.
type Step struct {
	Node *G.Node
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
	index map[*G.Node]int
}

// Sort lists what roots need in an order of execution.
func Sort(roots ...*G.Node) (*Order, error) {
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
		rule, _ := expr.Meaning(n)
		o.steps[i] = Step{Node: n, Rule: rule, Args: sorted.Operands[i], Dims: dims}
	}
	return o, nil
}

// Len is the number of steps.
func (o *Order) Len() int { return len(o.steps) }

// Step is step i. It must not be changed.
func (o *Order) Step(i int) *Step { return &o.steps[i] }

// Find is the step of a node.
func (o *Order) Find(n *G.Node) (int, bool) {
	i, ok := o.index[n]
	return i, ok
}

// Leaf reports whether the step's value is the node's own: that of an input or a constant.
func (s *Step) Leaf() bool { return len(s.Args) == 0 }

// Read is the value of an input or a constant, or what an operation without operands draws.
func (s *Step) Read() (G.Value, error) {
	if v := s.Node.Value(); v != nil {
		return v, nil
	}
	if s.Node.Op() == nil {
		return nil, fmt.Errorf("input %q has no value", s.Node.Name())
	}
	return s.Do(nil)
}

// View views the value of a leaf as an array of the node's extents.
func (s *Step) View(v G.Value) (expr.Array, error) {
	a, err := expr.ArrayOf(v)
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

// Do runs an operation that has no rule through gorgonia. The result is copied, since it may be an operand's memory, and
// an operand that the operation says it overwrites is copied before. The others are views of their own, since a matrix
// product transposes its operands while it runs, and a leaf's value is shared.
func (s *Step) Do(args []G.Value) (v G.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v at node %s: %v", s.Node.Op(), s.Node.Name(), r)
		}
	}()
	op := s.Node.Op()
	args = slices.Clone(args)
	for k, a := range args {
		if d, ok := a.(*tensor.Dense); ok {
			args[k] = d.ShallowClone()
		}
	}
	if k := op.OverwritesInput(); k >= 0 && k < len(args) {
		if args[k], err = G.CloneValue(args[k]); err != nil {
			return nil, fmt.Errorf("operand %d of %v at node %s: %w", k, op, s.Node.Name(), err)
		}
	}
	if v, err = op.Do(args...); err == nil {
		v, err = G.CloneValue(v)
	}
	if err != nil {
		return nil, fmt.Errorf("%v at node %s: %w", s.Node.Op(), s.Node.Name(), err)
	}
	return v, nil
}

// Array views the result of Do in the extents of the node: gorgonia drops axes here and there.
func (s *Step) Array(v G.Value) (expr.Array, error) {
	a, err := expr.ArrayOf(v)
	if err == nil && len(a.Data) != s.Dims.Size() {
		err = fmt.Errorf("%d numbers for shape %v", len(a.Data), s.Node.Shape())
	}
	if err != nil {
		return a, fmt.Errorf("%v at node %s: %w", s.Node.Op(), s.Node.Name(), err)
	}
	return expr.Array{Dims: s.Dims, Data: a.Data}, nil
}

// Value wraps numbers as a gorgonia value of the node's shape, without a copy where it is not a scalar.
func (s *Step) Value(data []float64) G.Value {
	shape := s.Node.Shape()
	if len(shape) == 0 {
		return G.NewF64(data[0])
	}
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}
