package simulator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// ErrDetached means that a loss has no derivative by a node: the loss does not depend on the node, or only through steps.
var ErrDetached = errors.New("no derivative")

// DetachedError is the error for a derivative that does not exist. It wraps [ErrDetached].
type DetachedError struct {
	// By is the node to differentiate by.
	By *G.Node
	// Stepwise means that the loss depends on By, but only through roundings, comparisons and other steps, whose
	// derivative is zero almost everywhere.
	Stepwise bool
	err      error
}

func (e *DetachedError) Error() string { return fmt.Sprintf("simulator: %v: %v", ErrDetached, e.err) }

// Unwrap returns [ErrDetached].
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

// Scalars returns all derivatives in the order of the nodes, those by arrays element by element.
func (g *Gradient) Scalars() []float64 {
	var out []float64
	for _, d := range g.By {
		out = append(out, d...)
	}
	return out
}

// Gradient computes a scalar loss, which may be any expression of the graph, and its exact derivatives by nodes, inputs or
// inner ones. If the loss has no derivative by a node, the error wraps [ErrDetached] and names the node.
//
// The first call for a loss and nodes builds and compiles the derivatives; later calls only compute. So make a loss once and
// give it other data: make the data with [Simulator.Data] and call Set(data, values) for each image. The derivatives of the
// 64 losses used last are kept; others are built again when needed.
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

// GradientNodes returns the derivatives of a loss by nodes as nodes, for losses made of gradients. They do not depend on what
// the simulator computes on.
func (s *Simulator) GradientNodes(loss *G.Node, nodes ...*G.Node) (G.Nodes, error) {
	of, by, err := s.differentiable(loss, nodes)
	if err != nil {
		return nil, err
	}
	return s.out(s.gradient(reverseGradient, of, by))
}

// gradient returns the gradient in reverse mode, or in the mode that the simulator computes fastest.
func (s *Simulator) gradient(kind derivative, of *expr.Node, by []*expr.Node) ([]*expr.Node, error) {
	return s.derived(derivativeKey{kind, idsOf(of), idsOf(by...)}, func() ([]*expr.Node, error) {
		cost := autodiff.Cost{}
		if kind == cheapestGradient {
			cost = s.cost()
		}
		return s.cut().Gradient(cost, of, by...)
	})
}

// derived returns derivatives from the cache, or builds them.
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

// cut is the place in the model where reverse mode on one side and forward mode on the other meet.
func (s *Simulator) cut() autodiff.Cut {
	c := autodiff.Cut{Image: s.diffracted}
	if s.settings.closed != nil {
		return c // one step a pair: forward mode throughout
	}
	for i := range s.parts {
		p := &s.parts[i]
		c.Through = append(c.Through, p.H, p.K, p.L)
		if p.form.Value != nil {
			c.Forms = append(c.Forms, p.form)
		}
	}
	return c
}

// The number of scalars up to which derivative images are cheaper than reverse mode; docs/performance.md has the measurements.
const (
	forwardScalars    = 6  // on the processor
	forwardScalarsGPU = 16 // from the instructions of the kernels
)

// cost decides the mode of gradients. On the tape it is always reverse mode: there each node is computed once, and the tape is
// the reference for everything else.
func (s *Simulator) cost() autodiff.Cost {
	switch {
	case !s.compiled(), s.settings.closed != nil:
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

// read returns the expressions of nodes of the simulator's graph.
func (s *Simulator) read(nodes ...*G.Node) ([]*expr.Node, error) {
	list, err := node.Read(nodes...)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return list, nil
}

// out returns the nodes of expressions.
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

// numbers computes nodes as plain numbers. One that is not finite is an error.
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

// Derivatives computes the derivative of every pixel's intensity by each of several scalar nodes: for each node an image
// (slow, fast) for each panel, 0 outside regions and masks, in photons per unit of the node. The first call for some
// nodes builds the expressions; later calls only compute, for all nodes in one sweep. If the intensity does not depend on a
// node, the error wraps [ErrDetached].
func (s *Simulator) Derivatives(ctx context.Context, nodes ...*G.Node) ([][]*tensor.Dense, error) {
	images, err := s.imageDerivatives(nodes)
	if err != nil {
		return nil, err
	}
	values, err := s.numbers(ctx, images)
	if err != nil {
		return nil, err
	}
	out := make([][]*tensor.Dense, len(nodes))
	for i, v := range values {
		if out[i], err = s.detector.Images(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DerivativeNodes returns the derivatives of the intensity by scalar nodes as nodes: vectors in the order of
// [Simulator.Intensity]. Sums over pixels of their products, such as a Fisher matrix, need no image of each in memory.
//
// They are differentiated in reverse mode from the intensity to the Miller indices, once for all nodes, and in forward mode
// from each node to the Miller indices: what all nodes share, the transform of the crystal's shape and its derivative, is
// computed once a step. What reaches the intensity in other ways (solid angle, polarization …) is differentiated in forward
// mode throughout.
func (s *Simulator) DerivativeNodes(nodes ...*G.Node) (G.Nodes, error) {
	return s.out(s.imageDerivatives(nodes))
}

func (s *Simulator) imageDerivatives(nodes []*G.Node) ([]*expr.Node, error) {
	for _, n := range nodes {
		if n != nil && len(n.Shape()) != 0 {
			return nil, fmt.Errorf("simulator: %s has shape %v; derivative images are by scalars", node.Describe(n), n.Shape())
		}
	}
	by, err := s.parameters(nodes)
	if err != nil {
		return nil, err
	}
	return s.derivativesOfIntensity(by)
}

func (s *Simulator) derivativesOfIntensity(by []*expr.Node) ([]*expr.Node, error) {
	return s.derived(derivativeKey{imageDerivatives, idsOf(s.intensity), idsOf(by...)}, func() ([]*expr.Node, error) {
		if err := autodiff.Attached(expr.On(s.intensity.Graph()).SumAll(s.intensity), by...); err != nil {
			return nil, err
		}
		images, err := s.cut().Derivatives(by...)
		if err == nil {
			images, err = s.through(by, images)
		}
		if err != nil {
			return nil, err
		}
		for i, n := range images {
			if n == nil {
				_, err := autodiff.Gradient(expr.On(s.intensity.Graph()).SumAll(s.intensity), by[i]) // its error says in which way
				return nil, err
			}
		}
		return images, nil
	})
}
