package refine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// errNoPrediction says what Gauss-Newton steps lack.
var errNoPrediction = errors.New("refine: this loss has no prediction and curvature, which Gauss-Newton steps and uncertainties need: use LBFGS, BFGS, Newton or a Solver")

// build makes the nodes of a level, once.
func (p *Problem) build(want level) ([]*expr.Node, error) {
	if nodes := p.nodes[want]; nodes != nil {
		return nodes, nil
	}
	b := node.On(p.sim.Graph())
	value, by := b.In(p.loss.Value), p.by(b)
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	nodes := []*expr.Node{value}
	var more []*expr.Node
	var err error
	switch want {
	case gradients, secondDerivatives:
		if more, err = p.sim.Expressions().Gradient(value, by...); err == nil {
			nodes = append(nodes, more...)
		}
		if err == nil && want == secondDerivatives {
			more, err = p.sim.Expressions().Hessian(value, by...)
			nodes = append(nodes, more...)
		}
	case fisher:
		if err = p.linearise(b); err == nil {
			var gradient []*expr.Node
			for _, d := range p.moves {
				gradient = append(gradient, b.SumAll(b.Mul(p.slope, d)))
			}
			matrix := products(b, b.In(p.loss.Curvature), p.moves)
			if err = p.addRestraints(b, gradient, matrix); err == nil {
				err = b.Err()
			}
			nodes = append(append(nodes, gradient...), matrix...)
		}
	case scatter:
		if err = p.linearise(b); err == nil {
			var bends []*expr.Node
			if bends, err = autodiff.GradientOrZero(b.SumAll(p.slope), b.In(p.loss.Prediction)); err != nil {
				break
			}
			var own []*expr.Node
			if own, err = p.restraintProducts(b); err != nil {
				break
			}
			nodes = append(add(b, products(b, b.Square(p.slope), p.moves), own), add(b, products(b, bends[0], p.moves), own)...)
			err = b.Err()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	p.nodes[want] = nodes
	return nodes, nil
}

// by are the expressions of the parameters.
func (p *Problem) by(b *node.Builder) []*expr.Node {
	list := p.params.Nodes()
	out := make([]*expr.Node, len(list))
	for i, n := range list {
		out[i] = b.In(n)
	}
	return out
}

// addRestraints adds z ∂z and ∂z ∂zᵀ of the loss's restraints to the gradient and the matrix.
func (p *Problem) addRestraints(b *node.Builder, gradient, matrix []*expr.Node) error {
	for _, z := range p.loss.restraints {
		d, err := p.tangents(b, z)
		if err != nil {
			return err
		}
		for i := range d {
			if d[i] != nil {
				gradient[i] = b.Add(gradient[i], b.Mul(z, d[i]))
			}
		}
	}
	own, err := p.restraintProducts(b)
	copy(matrix, add(b, matrix, own))
	return err
}

// restraintProducts are Σ ∂z ∂zᵀ of the loss's restraints, the upper triangle row by row; nil where there is none.
func (p *Problem) restraintProducts(b *node.Builder) ([]*expr.Node, error) {
	n := p.params.Len()
	out := make([]*expr.Node, n*(n+1)/2)
	for _, z := range p.loss.restraints {
		d, err := p.tangents(b, z)
		if err != nil {
			return nil, err
		}
		k := 0
		for i := range d {
			for j := i; j < n; j++ {
				if d[i] != nil && d[j] != nil {
					out[k] = sum(b, out[k], b.Mul(d[i], d[j]))
				}
				k++
			}
		}
	}
	return out, nil
}

// add sums two lists, of which either may have nil nodes.
func add(b *node.Builder, x, y []*expr.Node) []*expr.Node {
	out := make([]*expr.Node, len(x))
	for i := range x {
		out[i] = sum(b, x[i], y[i])
	}
	return out
}

func sum(b *node.Builder, x, y *expr.Node) *expr.Node {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return b.Add(x, y)
}

// tangents of a scalar by each parameter; nil where it does not depend on one.
func (p *Problem) tangents(b *node.Builder, z *expr.Node) ([]*expr.Node, error) {
	out := make([]*expr.Node, p.params.Len())
	for i, n := range p.by(b) {
		t, err := autodiff.Tangents([]*expr.Node{z}, n)
		if err != nil {
			return nil, err
		}
		out[i] = t[0]
	}
	return out, nil
}

// products are the sums over pixels Σ w D_i D_j, the upper triangle row by row: JᵀWJ without a Jacobian in memory.
func products(b *node.Builder, w *expr.Node, d []*expr.Node) []*expr.Node {
	var out []*expr.Node
	for i := range d {
		weighted := b.Mul(w, d[i])
		for j := i; j < len(d); j++ {
			out = append(out, b.SumAll(b.Mul(weighted, d[j])))
		}
	}
	return out
}

// linearise builds the derivatives of the prediction by each parameter, ∂m/∂θ = ∂m/∂I · ∂I/∂θ plus what does not go
// through the intensity, and of the loss by the prediction.
func (p *Problem) linearise(b *node.Builder) error {
	if p.moves != nil {
		return nil
	}
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return errNoPrediction
	}
	value, prediction, params := b.In(p.loss.Value), b.In(p.loss.Prediction), p.by(b)
	if b.Err() != nil {
		return b.Err()
	}
	slope, err := autodiff.Gradient(value, prediction)
	if err != nil {
		return fmt.Errorf("the loss by its prediction: %w", err)
	}
	intensity := p.sim.Expressions().Intensity()
	below, err := expr.Sort(intensity)
	if err != nil {
		return err
	}
	var through []*expr.Node // that the intensity depends on
	for _, n := range params {
		if below.Has(n) {
			through = append(through, n)
		}
	}
	var images, gain []*expr.Node
	if len(through) > 0 {
		if images, err = p.sim.Expressions().Derivatives(through...); err != nil {
			return err
		}
		if gain, err = autodiff.GradientOrNil(b.SumAll(prediction), intensity); err != nil {
			return err
		}
	}
	moves := make([]*expr.Node, len(params))
	for k, n := range params {
		direct, err := autodiff.Tangents([]*expr.Node{prediction}, n, intensity)
		if err != nil {
			return err
		}
		moves[k] = direct[0]
		if i := slices.Index(through, n); i >= 0 && gain[0] != nil {
			moves[k] = b.Mul(gain[0], images[i])
			if direct[0] != nil {
				moves[k] = b.Add(moves[k], direct[0])
			}
		}
		if moves[k] == nil {
			return fmt.Errorf("the prediction does not depend on %s", p.params.Names()[k])
		}
	}
	if b.Err() != nil {
		return b.Err()
	}
	p.slope, p.moves = slope[0], moves
	return nil
}
