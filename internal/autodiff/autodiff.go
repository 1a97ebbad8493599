// Package autodiff is reverse-mode differentiation of expressions into expressions.
//
// gorgonia's own Grad marks the nodes that it has visited and is silently wrong the second time on one graph. Here
// nothing is marked: a gradient is an expression like any other, and can be differentiated again, by any node.
package autodiff

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Detached is the error for a function that does not depend on a node, or only through steps.
type Detached struct {
	Of, By *expr.Node
	// Stepwise means that Of depends on By, but only through roundings, comparisons and other steps, whose derivative is
	// zero almost everywhere.
	Stepwise bool
	// Steps are the first such operations on the way from By.
	Steps []string
}

func (e *Detached) Error() string {
	if e.Stepwise {
		return fmt.Sprintf("autodiff: the derivative of %s by %s is zero almost everywhere: every path between them passes a step (rounding, a comparison, nearest-neighbour lookup), here %s", e.Of.Name(), e.By.Name(), strings.Join(e.Steps, ", "))
	}
	return fmt.Sprintf("autodiff: %s does not depend on %s", e.Of.Name(), e.By.Name())
}

// Gradient builds the derivatives of a scalar by nodes of the same graph, inputs or inner ones, each in its node's
// shape. Where the scalar has no derivative by a node, the error is a *Detached.
func Gradient(of *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	grads, err := GradientOrNil(of, by...)
	if err != nil {
		return nil, err
	}
	for i, g := range grads {
		if g == nil {
			sorted, err := expr.Sort(of)
			if err != nil {
				return nil, err
			}
			_, depends, steps := between(sorted, by[i])
			return nil, &Detached{Of: of, By: by[i], Stepwise: depends, Steps: steps}
		}
	}
	return grads, nil
}

// Attached returns the error of [Gradient], a *Detached, for the first node by which there is no derivative. It differentiates
// nothing, so it costs little beside derivatives by many nodes.
func Attached(of *expr.Node, by ...*expr.Node) error {
	sorted, err := expr.Sort(of)
	if err != nil {
		return err
	}
	for _, n := range by {
		if smoothly, depends, steps := between(sorted, n); !smoothly {
			return &Detached{Of: of, By: n, Stepwise: depends, Steps: steps}
		}
	}
	return nil
}

// GradientOrZero is Gradient with a zero of the node's shape where there is no derivative: for second derivatives,
// where the first is often constant.
func GradientOrZero(of *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	grads, err := GradientOrNil(of, by...)
	if err != nil {
		return nil, err
	}
	b := expr.On(of.Graph())
	for i, g := range grads {
		if g == nil {
			grads[i] = b.BroadcastTo(b.Const(0), by[i].Shape())
		}
	}
	return grads, b.Err()
}

// GradientOrNil is Gradient with nil where there is no derivative.
func GradientOrNil(of *expr.Node, by ...*expr.Node) ([]*expr.Node, error) {
	if of == nil {
		return nil, fmt.Errorf("autodiff: nil node")
	}
	if len(of.Shape()) != 0 {
		return nil, fmt.Errorf("autodiff: %s has shape %v, want a scalar", of.Name(), of.Shape())
	}
	sorted, err := expr.Sort(of)
	if err != nil {
		return nil, err
	}
	wanted := make([]bool, len(sorted.Nodes)) // the node is, or depends smoothly on, one of by
	for _, n := range by {
		if n == nil {
			return nil, fmt.Errorf("autodiff: nil node")
		}
		if n.Graph() != of.Graph() {
			return nil, fmt.Errorf("autodiff: %s and %s are of different graphs", of.Name(), n.Name())
		}
		if i, ok := sorted.Index[n]; ok {
			wanted[i] = true
		}
	}
	for i, n := range sorted.Nodes {
		for k, c := range sorted.Operands[i] {
			wanted[i] = wanted[i] || wanted[c] && smooth(n, k, len(sorted.Operands[i]))
		}
	}

	b := expr.On(of.Graph())
	shares := make([]*expr.Node, len(sorted.Nodes)) // the gradient gathered so far
	if last := len(sorted.Nodes) - 1; wanted[last] {
		shares[last] = b.Const(1)
	}
	for i := len(sorted.Nodes) - 1; i >= 0; i-- {
		grad := shares[i]
		if grad == nil || !passes(sorted, wanted, i) {
			continue
		}
		n := sorted.Nodes[i]
		parts, err := backward(n, grad)
		if err != nil {
			return nil, fmt.Errorf("autodiff: derivative of %s: %w", n.Operation(), err)
		}
		for k, c := range sorted.Operands[i] {
			switch {
			case !wanted[c] || parts[k] == nil:
			case shares[c] == nil:
				shares[c] = parts[k]
			default:
				shares[c] = b.Add(shares[c], parts[k])
			}
		}
		if b.Err() != nil {
			return nil, b.Err()
		}
	}
	out := make([]*expr.Node, len(by))
	for i, n := range by {
		if at, ok := sorted.Index[n]; ok {
			out[i] = shares[at]
		}
	}
	return out, b.Err()
}

// passes reports whether node i passes its gradient on to an operand whose gradient is needed.
func passes(s *expr.Sorted, wanted []bool, i int) bool {
	for k, c := range s.Operands[i] {
		if wanted[c] && smooth(s.Nodes[i], k, len(s.Operands[i])) {
			return true
		}
	}
	return false
}

// smooth reports whether a node can have a derivative by its k-th operand.
func smooth(n *expr.Node, k, arity int) bool {
	switch {
	case n.Rule().Exists():
		return n.Rule().Smooth(k)
	case n.Dtype() != tensor.Float64 && n.Dtype() != tensor.Float32:
		return false // an index or a truth value
	}
	return n.Foreign().Smooth(k, arity)
}

// backward returns each operand's share of the gradient, by the node's rule or by gorgonia.
func backward(n, grad *expr.Node) ([]*expr.Node, error) {
	if n.Rule().Exists() {
		return expr.Backward(n.Rule(), n.Args(), n, grad)
	}
	return n.Foreign().Backward(n.Args(), n, grad)
}

// between reports whether the last of the sorted nodes depends on another smoothly, and whether at all; names are the operations
// that have no derivative by what depends on it smoothly.
func between(sorted *expr.Sorted, from *expr.Node) (smoothly, depends bool, names []string) {
	first, depends := sorted.Index[from]
	if !depends {
		return false, false, nil
	}
	moves := make([]bool, len(sorted.Nodes))
	moves[first] = true
	for i := first + 1; i < len(sorted.Nodes); i++ {
		n := sorted.Nodes[i]
		for k, c := range sorted.Operands[i] {
			if !moves[c] {
				continue
			}
			if smooth(n, k, len(sorted.Operands[i])) {
				moves[i] = true
			} else if name := n.Operation(); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return moves[len(moves)-1], true, names
}
