package simulator

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Hessian computes the second derivatives of a loss by scalar nodes. An element without a second derivative is zero.
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

// HessianNodes returns the second derivatives of a loss by scalar nodes as nodes: the upper triangle, row by row.
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

// secondDerivatives returns the upper triangle, row by row.
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

// HessianVector computes the product of a loss's Hessian by nodes with a vector, at about the cost of two gradients. The
// vector has as many elements as the nodes have together; it is read during the call only.
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
	back, err := expr.Lend(directions, vector)
	defer back()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
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
