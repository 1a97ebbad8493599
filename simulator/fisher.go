package simulator

import (
	"context"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// FisherDiagonal computes Σ_pixels w (∂I/∂θ)² for each element θ of some nodes, scalars or vectors: the diagonal of the Fisher
// matrix, if w is the information of each pixel, 1/variance for example. The derivative of a pixel is summed over its steps
// before it is squared. weights is a node of the intensity's shape, or nil for weights of 1.
//
// Vectors are those of which tables of structure factors are made, such as the scales of reflections, read at the nearest
// reflection. All their elements together take one sweep.
func (s *Simulator) FisherDiagonal(ctx context.Context, weights *G.Node, nodes ...*G.Node) ([][]float64, error) {
	by, err := s.parameters(nodes)
	if err != nil {
		return nil, err
	}
	weight := node.On(s.graph).Const(1)
	if weights != nil {
		list, err := s.read(weights)
		if err != nil {
			return nil, err
		}
		weight = list[0]
		if n := weight.Shape(); len(n) != 1 || n[0] != s.detector.Pixels() {
			return nil, fmt.Errorf("simulator: weights of shape %v; want one for each of %d pixels", n, s.detector.Pixels())
		}
	}
	return s.fisherDiagonal(ctx, weight, by)
}

// HessianDiagonal computes the diagonal of the Hessian of a loss by the elements of a vector that the intensity is linear in,
// such as the scales of reflections: Σ_pixels ∂²L/∂I² (∂I/∂θ)², exactly. The loss has to be a sum over pixels, in which no
// pixel is joined with another, and to depend on the vector through the intensity alone.
func (s *Simulator) HessianDiagonal(ctx context.Context, loss, vector *G.Node) ([]float64, error) {
	of, by, err := s.differentiable(loss, []*G.Node{vector})
	if err != nil {
		return nil, err
	}
	slopes, err := autodiff.Gradient(of, s.intensity)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if s.besides(of, by[0]) {
		return nil, fmt.Errorf("simulator: the loss depends on %s otherwise than through the intensity: add that part's second derivative yourself", by[0])
	}
	if err := s.separable(slopes[0], s.intensity); err != nil {
		return nil, err
	}
	b := expr.On(s.intensity.Graph())
	curvature, err := autodiff.GradientOrZero(b.SumAll(slopes[0]), s.intensity)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if err := s.linear(by[0]); err != nil {
		return nil, err
	}
	values, err := s.fisherDiagonal(ctx, curvature[0], by)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// besides reports whether a loss depends on a node otherwise than through the intensity.
func (s *Simulator) besides(loss, on *expr.Node) bool {
	seen := map[*expr.Node]bool{s.intensity: true}
	var visit func(n *expr.Node) bool
	visit = func(n *expr.Node) bool {
		if n == on || seen[n] {
			return n == on
		}
		seen[n] = true
		return slices.ContainsFunc(n.Args(), visit)
	}
	return visit(loss)
}

// separable returns an error unless each element of a slope depends on its own pixel of an image alone.
func (s *Simulator) separable(slope, of *expr.Node) error {
	sorted, err := expr.Sort(slope)
	if err != nil {
		return err
	}
	pixels := s.detector.Pixels()
	inside := make([]bool, len(sorted.Nodes))
	for i, n := range sorted.Nodes {
		if n == of {
			inside[i] = true
			continue
		}
		for _, c := range sorted.Operands[i] {
			inside[i] = inside[i] || inside[c]
		}
		if shape := n.Shape(); inside[i] && (n.Rule().Whole() || len(shape) == 0 || shape[len(shape)-1] != pixels) {
			return fmt.Errorf("simulator: the diagonal of a Hessian is of losses that are sums over pixels; here %s joins pixels", n)
		}
	}
	return nil
}

// linear returns an error unless the intensity is linear in a vector.
func (s *Simulator) linear(vector *expr.Node) error {
	gradient, err := autodiff.Gradient(expr.On(s.intensity.Graph()).SumAll(s.intensity), vector)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	below, err := expr.Sort(gradient...)
	if err != nil {
		return err
	}
	if below.Has(vector) {
		return fmt.Errorf("simulator: the intensity is not linear in %s: use Hessian or HessianVector", vector)
	}
	return nil
}

// fisherDiagonal is FisherDiagonal of expressions.
func (s *Simulator) fisherDiagonal(ctx context.Context, weight *expr.Node, by []*expr.Node) ([][]float64, error) {
	if err := s.separable(s.intensity, s.diffracted); err != nil && slices.ContainsFunc(by, func(n *expr.Node) bool { return len(n.Shape()) > 0 }) {
		return nil, fmt.Errorf("%w: the detector's response; by vectors there is no diagonal then", err)
	}
	var scalars []*expr.Node
	for _, n := range by {
		if len(n.Shape()) == 0 {
			scalars = append(scalars, n)
		}
	}
	var images []*expr.Node
	if len(scalars) > 0 {
		var err error
		if images, err = s.derivativesOfIntensity(scalars); err != nil {
			return nil, err
		}
	}
	list, err := s.derived(derivativeKey{fisherDiagonals, idsOf(s.intensity, weight), idsOf(by...)}, func() ([]*expr.Node, error) {
		b := expr.On(s.intensity.Graph())
		var out []*expr.Node
		for _, n := range by {
			if len(n.Shape()) == 0 {
				out = append(out, b.SumAll(b.Mul(weight, b.Square(images[0]))))
				images = images[1:]
				continue
			}
			squares, err := autodiff.Squares(s.intensity, weight, n)
			if err != nil {
				return nil, err
			}
			out = append(out, squares)
		}
		return out, b.Err()
	})
	if err != nil {
		return nil, err
	}
	return s.numbers(ctx, list)
}
