package simulator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// ErrDetached says that a loss has no derivative by a node: it does not depend on it, or through steps alone.
var ErrDetached = errors.New("no derivative")

// DetachedError is the error of a derivative that there is not; it wraps ErrDetached.
type DetachedError struct {
	// By is the node that there is no derivative by.
	By *G.Node
	// Stepwise says that there are paths from By, but each passes a rounding, a comparison or another step whose
	// derivative is zero almost everywhere.
	Stepwise bool
	err      error
}

func (e *DetachedError) Error() string { return fmt.Sprintf("simulator: %v: %v", ErrDetached, e.err) }

// Unwrap gives ErrDetached.
func (e *DetachedError) Unwrap() error { return ErrDetached }

// Gradient is a loss and its derivatives by some nodes.
type Gradient struct {
	Loss float64
	// By holds the derivatives by each node, in the order in which the nodes were given: one number for a scalar, as
	// many as it has elements otherwise.
	By [][]float64

	nodes []*G.Node
}

// At returns the derivatives by a node, one for each of its elements, and reports whether the gradient was asked for
// that node.
func (g *Gradient) At(n *G.Node) (by []float64, ok bool) {
	if i := slices.Index(g.nodes, n); i >= 0 {
		return g.By[i], true
	}
	return nil, false
}

// Scalar returns the derivative by a scalar node. It is NaN for an array, and for a node that the gradient was not asked
// for; use [Gradient.At] to tell these apart.
func (g *Gradient) Scalar(n *G.Node) float64 {
	if by, ok := g.At(n); ok && len(n.Shape()) == 0 {
		return by[0]
	}
	return math.NaN()
}

// Scalars are the derivatives by scalar nodes, in order; what arrays have is appended element by element.
func (g *Gradient) Scalars() []float64 {
	var out []float64
	for _, d := range g.By {
		out = append(out, d...)
	}
	return out
}

// Gradient computes a scalar loss, any expression of the graph, and its exact derivatives by nodes, inputs or inner
// ones. A loss without a derivative by a node is an error that wraps ErrDetached and names the node.
//
// The first call for a loss and nodes builds and compiles the derivatives; later ones only compute. So make a loss once, and
// give other data to it with Set: make its data with [Simulator.Data] and call Set(data, values) for each image. What
// belongs to the last 64 losses is kept; the rest is released, and built again when it is asked for.
func (s *Simulator) Gradient(ctx context.Context, loss *G.Node, nodes ...*G.Node) (*Gradient, error) {
	of, by, err := s.differentiable(loss, nodes)
	if err != nil {
		return nil, err
	}
	grads, err := s.gradient(cheapestGradient, of, by)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, append([]*expr.Node{of}, grads...))
	if err != nil {
		return nil, err
	}
	return &Gradient{Loss: values[0][0], By: values[1:], nodes: slices.Clone(nodes)}, nil
}

// GradientNodes builds the derivatives of a loss by nodes as nodes, for losses made of gradients. They are the same whatever
// the simulator computes on.
func (s *Simulator) GradientNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	of, by, err := s.differentiable(loss, nodes)
	if err != nil {
		return nil, err
	}
	return s.out(s.gradient(reverseGradient, of, by))
}

// gradient is the gradient in reverse mode, or the one that the simulator computes fastest.
func (s *Simulator) gradient(kind derivative, of *expr.Node, by []*expr.Node) ([]*expr.Node, error) {
	return s.derived(derivativeKey{kind, idsOf(of), idsOf(by...)}, func() ([]*expr.Node, error) {
		cost := autodiff.Cost{}
		if kind == cheapestGradient {
			cost = s.cost()
		}
		return s.cut().Gradient(cost, of, by...)
	})
}

// derived finds derivatives, or builds them.
func (s *Simulator) derived(key derivativeKey, build func() ([]*expr.Node, error)) ([]*expr.Node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.derivatives.find(key, build)
	var detached *autodiff.Detached
	switch {
	case errors.As(err, &detached):
		return nil, &DetachedError{By: node.On(s.graph).Out(detached.By), Stepwise: detached.Stepwise, err: err}
	case err != nil:
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return list, nil
}

// cut is where derivatives go backwards on one side and forwards on the other.
func (s *Simulator) cut() autodiff.Cut {
	return autodiff.Cut{Image: s.intensity, Through: []*expr.Node{s.parts.H, s.parts.K, s.parts.L}}
}

// For how many scalars derivative images are cheaper than reverse mode; docs/performance.md has the measurements.
const (
	forwardScalars    = 6  // on the processor
	forwardScalarsGPU = 16 // by the instructions of the kernels
)

// cost is what the choice of the gradient's way depends on. On the tape it is reverse mode: there each node is computed once,
// and it is what everything else is held against.
func (s *Simulator) cost() autodiff.Cost {
	switch {
	case !s.compiled():
		return autodiff.Cost{}
	case s.devices != nil:
		return autodiff.Cost{Scalars: forwardScalarsGPU}
	}
	return autodiff.Cost{Scalars: forwardScalars}
}

// differentiable reads a loss and the nodes to differentiate by.
func (s *Simulator) differentiable(loss *G.Node, nodes []*G.Node) (of *expr.Node, by []*expr.Node, err error) {
	if loss == nil || loss.Graph() != s.graph {
		return nil, nil, fmt.Errorf("simulator: the loss is a node of another graph, or none")
	}
	if by, err = s.parameters(nodes); err != nil {
		return nil, nil, err
	}
	list, err := s.read(loss)
	if err != nil {
		return nil, nil, err
	}
	return list[0], by, nil
}

// parameters reads the nodes to differentiate by.
func (s *Simulator) parameters(nodes []*G.Node) ([]*expr.Node, error) {
	if len(nodes) == 0 {
		return nil, fmt.Errorf("simulator: no nodes to differentiate by")
	}
	for i, n := range nodes {
		if n == nil || n.Graph() != s.graph {
			return nil, fmt.Errorf("simulator: node %d to differentiate by is of another graph, or none", i)
		}
	}
	by, err := s.read(nodes...)
	if err != nil {
		return nil, err
	}
	return by, s.donated("the gradient by", by...)
}

// read gives the expressions of nodes of the simulator's graph.
func (s *Simulator) read(nodes ...*G.Node) ([]*expr.Node, error) {
	list, err := node.Read(nodes...)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return list, nil
}

// out makes nodes of expressions.
func (s *Simulator) out(list []*expr.Node, err error) (G.Nodes, error) {
	if err != nil {
		return nil, err
	}
	b := node.On(s.graph)
	nodes := b.Outs(list...)
	if b.Err() != nil {
		return nil, fmt.Errorf("simulator: %w", b.Err())
	}
	return nodes, nil
}

// numbers computes nodes as plain numbers, all finite.
func (s *Simulator) numbers(ctx context.Context, nodes []*expr.Node) ([][]float64, error) {
	values, err := s.evaluate(ctx, nodes...)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		for _, x := range a.Data {
			if !finite(x) {
				return nil, fmt.Errorf("simulator: %s is %g: some parameter makes no sense together with the others", nodes[i], x)
			}
		}
		out[i] = a.Data
	}
	return out, nil
}

// Hessian computes the second derivatives of a loss by scalar nodes. What has no second derivative is zero there.
func (s *Simulator) Hessian(ctx context.Context, loss *G.Node, nodes ...*G.Node) (*mat.SymDense, error) {
	rows, err := s.hessian(loss, nodes)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, rows)
	if err != nil {
		return nil, err
	}
	h := mat.NewSymDense(len(nodes), nil)
	k := 0
	for i := range nodes {
		for j := i; j < len(nodes); j++ {
			h.SetSym(i, j, values[k][0])
			k++
		}
	}
	return h, nil
}

// HessianNodes builds the second derivatives of a loss by scalar nodes as nodes: the upper triangle, row by row.
func (s *Simulator) HessianNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	return s.out(s.hessian(loss, nodes))
}

func (s *Simulator) hessian(loss *G.Node, nodes []*G.Node) ([]*expr.Node, error) {
	for _, n := range nodes {
		if n != nil && len(n.Shape()) != 0 {
			return nil, fmt.Errorf("simulator: %s has shape %v; a Hessian is by scalars: use HessianVector", node.Describe(n), n.Shape())
		}
	}
	of, by, err := s.differentiable(loss, nodes)
	if err != nil {
		return nil, err
	}
	return s.secondDerivatives(of, by)
}

// secondDerivatives are the upper triangle, row by row.
func (s *Simulator) secondDerivatives(of *expr.Node, by []*expr.Node) ([]*expr.Node, error) {
	grads, err := s.gradient(reverseGradient, of, by)
	if err != nil {
		return nil, err
	}
	return s.derived(derivativeKey{hessian, idsOf(of), idsOf(by...)}, func() (rows []*expr.Node, err error) {
		for i, g := range grads {
			row, err := autodiff.GradientOrZero(g, by[i:]...)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row...)
		}
		return rows, nil
	})
}

// HessianVector computes the product of a loss's Hessian by nodes with a vector, which has as many elements as the
// nodes have together, at about the cost of two gradients.
func (s *Simulator) HessianVector(ctx context.Context, loss *G.Node, vector []float64, nodes ...*G.Node) ([]float64, error) {
	of, by, err := s.differentiable(loss, nodes)
	if err != nil {
		return nil, err
	}
	grads, err := s.gradient(reverseGradient, of, by)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, n := range by {
		size += n.Size()
	}
	if len(vector) != size {
		return nil, fmt.Errorf("simulator: a vector of %d numbers for nodes of %d", len(vector), size)
	}
	for i, x := range vector {
		if !finite(x) {
			return nil, fmt.Errorf("simulator: element %d of the vector is %g", i, x)
		}
	}
	built, err := s.derived(derivativeKey{hessianProduct, idsOf(of), idsOf(by...)}, func() ([]*expr.Node, error) {
		return product(grads, by)
	})
	if err != nil {
		return nil, err
	}
	directions, products := built[:len(by)], built[len(by):]
	s.product.Lock() // the direction is an input
	defer s.product.Unlock()
	at := 0
	for i, d := range directions {
		n := by[i].Size()
		if _, err := d.Leaf().Lend(vector[at : at+n]); err != nil {
			return nil, fmt.Errorf("simulator: %w", err)
		}
		at += n
	}
	values, err := s.numbers(ctx, products)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, v := range values {
		out = append(out, v...)
	}
	return out, nil
}

// product makes the direction's inputs and the gradient of the gradient's component along it.
func product(grads, by []*expr.Node) ([]*expr.Node, error) {
	b := expr.On(by[0].Graph())
	directions := make([]*expr.Node, len(by))
	along := b.Const(0)
	for i, n := range by {
		directions[i] = b.Leaf("direction", make([]float64, n.Size()), n.Shape()...)
		along = b.Add(along, b.SumAll(b.Mul(grads[i], directions[i])))
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	products, err := autodiff.GradientOrZero(along, by...)
	return append(directions, products...), err
}
