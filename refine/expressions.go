package refine

import (
	"errors"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// errNoPrediction says what Gauss-Newton steps lack.
var errNoPrediction = errors.New("refine: this loss has no prediction and curvature, which Gauss-Newton steps and uncertainties need: use LBFGS, BFGS, Newton or a Solver")

// build makes the nodes of a level, once.
func (p *Problem) build(want level) (G.Nodes, error) {
	if nodes := p.nodes[want]; nodes != nil {
		return nodes, nil
	}
	nodes := G.Nodes{p.loss.Value}
	var more G.Nodes
	var err error
	switch want {
	case gradients, secondDerivatives:
		if more, err = p.sim.GradientNodes(p.loss.Value, p.params.Nodes()...); err == nil {
			nodes = append(nodes, more...)
		}
		if err == nil && want == secondDerivatives {
			more, err = p.sim.HessianNodes(p.loss.Value, p.params.Nodes()...)
			nodes = append(nodes, more...)
		}
	case fisher:
		if err = p.linearise(); err == nil {
			b := expr.On(p.sim.Graph())
			var gradient G.Nodes
			for _, d := range p.moves {
				gradient = append(gradient, b.SumAll(b.Mul(p.slope, d)))
			}
			matrix := products(b, p.loss.Curvature, p.moves)
			if err = p.addRestraints(b, gradient, matrix); err == nil {
				err = b.Err()
			}
			nodes = append(append(nodes, gradient...), matrix...)
		}
	case scatter:
		if err = p.linearise(); err == nil {
			b := expr.On(p.sim.Graph())
			var bends G.Nodes
			if bends, err = autodiff.GradientOrZero(b.SumAll(p.slope), p.loss.Prediction); err != nil {
				break
			}
			var own G.Nodes
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

// addRestraints adds z ∂z and ∂z ∂zᵀ of the loss's restraints to the gradient and the matrix.
func (p *Problem) addRestraints(b *expr.Builder, gradient, matrix G.Nodes) error {
	for _, z := range p.loss.restraints {
		d, err := p.tangents(z)
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
func (p *Problem) restraintProducts(b *expr.Builder) (G.Nodes, error) {
	n := p.params.Len()
	out := make(G.Nodes, n*(n+1)/2)
	for _, z := range p.loss.restraints {
		d, err := p.tangents(z)
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
func add(b *expr.Builder, x, y G.Nodes) G.Nodes {
	out := make(G.Nodes, len(x))
	for i := range x {
		out[i] = sum(b, x[i], y[i])
	}
	return out
}

func sum(b *expr.Builder, x, y *G.Node) *G.Node {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return b.Add(x, y)
}

// tangents of a scalar by each parameter; nil where it does not depend on one.
func (p *Problem) tangents(z *G.Node) (G.Nodes, error) {
	out := make(G.Nodes, p.params.Len())
	for i, n := range p.params.Nodes() {
		t, err := autodiff.Tangents([]*G.Node{z}, n)
		if err != nil {
			return nil, err
		}
		out[i] = t[0]
	}
	return out, nil
}

// products are the sums over pixels Σ w D_i D_j, the upper triangle row by row: JᵀWJ without a Jacobian in memory.
func products(b *expr.Builder, w *G.Node, d G.Nodes) G.Nodes {
	var out G.Nodes
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
func (p *Problem) linearise() error {
	if p.moves != nil {
		return nil
	}
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return errNoPrediction
	}
	slope, err := p.loss.slope()
	if err != nil {
		return err
	}
	intensity := p.sim.Intensity()
	below, err := expr.Sort(intensity)
	if err != nil {
		return err
	}
	params := p.params.Nodes()
	var through G.Nodes // that the intensity depends on
	for _, n := range params {
		if _, ok := below.Index[n]; ok {
			through = append(through, n)
		}
	}
	b := expr.On(p.sim.Graph())
	var images, gain G.Nodes
	if len(through) > 0 {
		if images, err = p.sim.DerivativeNodes(through...); err != nil {
			return err
		}
		if gain, err = autodiff.GradientOrNil(b.SumAll(p.loss.Prediction), intensity); err != nil {
			return err
		}
	}
	moves := make(G.Nodes, len(params))
	for k, n := range params {
		direct, err := autodiff.Tangents([]*G.Node{p.loss.Prediction}, n, intensity)
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
	p.slope, p.moves = slope, moves
	return nil
}
