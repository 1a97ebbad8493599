package refine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// errNoPrediction is the error of a Gauss-Newton step, or of uncertainties, for a loss that is only
// a value.
var errNoPrediction = errors.New("the loss has no Prediction and Curvature, which Gauss-Newton steps and uncertainties need: use LBFGS, BFGS, Newton or a Solver")

// build returns the nodes of a level. They are made at the first call.
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
	case fisher, framed:
		if err = p.linearise(b); err == nil {
			var gradient []*expr.Node
			for _, d := range p.jacobian {
				gradient = append(gradient, b.SumAll(b.Mul(p.lossDerivative, d)))
			}
			matrix := products(b, b.In(p.loss.Curvature), p.jacobian)
			if err = p.addRestraints(b, gradient, matrix); err == nil {
				err = b.Err()
			}
			nodes = append(append(nodes, gradient...), matrix...)
		}
	case sandwich:
		if err = p.linearise(b); err == nil {
			var second []*expr.Node // ∂²L/∂m², pixel by pixel
			if second, err = autodiff.GradientOrZero(b.SumAll(p.lossDerivative), b.In(p.loss.Prediction)); err != nil {
				break
			}
			var own []*expr.Node
			if own, err = p.restraintProducts(b); err != nil {
				break
			}
			k := add(b, products(b, b.Square(p.lossDerivative), p.jacobian), own)
			h := add(b, products(b, second[0], p.jacobian), own)
			nodes = append(k, h...)
			err = b.Err()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	p.nodes[want] = nodes
	return nodes, nil
}

// by returns the expressions of the free parameters.
func (p *Problem) by(b *node.Builder) []*expr.Node {
	list := p.params.Nodes()
	out := make([]*expr.Node, len(list))
	for i, n := range list {
		out[i] = b.In(n)
	}
	return out
}

// addRestraints adds z ∂z and ∂z ∂zᵀ of the loss's restraints to the gradient and to the Fisher
// matrix.
func (p *Problem) addRestraints(b *node.Builder, gradient, matrix []*expr.Node) error {
	for _, r := range p.loss.restraints {
		if r.of != nil { // of a vector, of which these parameters have no part
			continue
		}
		d, err := p.tangents(b, r.z)
		if err != nil {
			return err
		}
		for i := range d {
			if d[i] != nil {
				gradient[i] = b.Add(gradient[i], b.Mul(r.z, d[i]))
			}
		}
	}
	own, err := p.restraintProducts(b)
	copy(matrix, add(b, matrix, own))
	return err
}

// restraintProducts returns Σ ∂z ∂zᵀ of the loss's restraints: the upper triangle, row by row, with
// nil for elements to which no restraint contributes.
func (p *Problem) restraintProducts(b *node.Builder) ([]*expr.Node, error) {
	n := p.params.Len()
	out := make([]*expr.Node, n*(n+1)/2)
	for _, r := range p.loss.restraints {
		if r.of != nil {
			continue
		}
		d, err := p.tangents(b, r.z)
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

// add returns the sums of two lists, element by element. A nil node counts as 0.
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

// tangents returns the derivatives of a scalar by each parameter, nil where it does not depend on
// the parameter.
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

// products returns the sums over pixels Σ w D_i D_j, the upper triangle of JᵀWJ row by row, for the
// columns d of a Jacobian. The sums are nodes of a graph, so no Jacobian is kept in memory.
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

// linearise builds the columns of the Jacobian, the derivatives of the prediction by each
// scalar parameter, and the derivative of the loss by the prediction: those of the diffracted photons, carried
// forward through the rest of the model. Short vectors have a column for each element.
func (p *Problem) linearise(b *node.Builder) error {
	if p.jacobian != nil {
		return nil
	}
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return errNoPrediction
	}
	value, prediction := b.In(p.loss.Value), b.In(p.loss.Prediction)
	by := p.by(b)
	if b.Err() != nil {
		return b.Err()
	}
	var params []*expr.Node // the scalars
	for _, n := range by {
		if len(n.Shape()) == 0 {
			params = append(params, n)
		}
	}
	lossDerivative, err := autodiff.Gradient(value, prediction)
	if err != nil {
		return fmt.Errorf("the loss by its prediction: %w", err)
	}
	diffracted := p.sim.Expressions().Diffracted()
	images, err := p.sim.Expressions().DiffractedDerivatives(params...)
	if err != nil {
		return err
	}
	var jacobian []*expr.Node
	for k, n := range by {
		var columns []*expr.Node
		if len(n.Shape()) == 0 {
			columns, err = autodiff.TangentsThrough([]*expr.Node{prediction}, n, diffracted, images[0])
			images = images[1:]
		} else if p.columnwise() {
			columns, err = elementColumns(b, prediction, n)
		}
		if err != nil {
			return err
		}
		if slices.Contains(columns, nil) {
			return fmt.Errorf("the prediction does not depend on %s", p.params.list[p.params.free[k]].Name)
		}
		jacobian = append(jacobian, columns...)
	}
	if b.Err() != nil {
		return b.Err()
	}
	p.lossDerivative, p.jacobian = lossDerivative[0], jacobian
	return nil
}

// elementColumns returns the derivatives of a prediction by each element of a vector: those by u of (Jᵀ u)·e, which do not
// depend on u.
func elementColumns(b *node.Builder, prediction, vector *expr.Node) ([]*expr.Node, error) {
	image := b.Builder.Leaf("refine.image", make([]float64, prediction.Size()), prediction.Shape()...)
	back, err := autodiff.GradientOrZero(b.SumAll(b.Mul(image, prediction)), vector)
	if err != nil {
		return nil, err
	}
	columns := make([]*expr.Node, vector.Size())
	for k := range columns {
		one := make([]float64, vector.Size())
		one[k] = 1
		along, err := autodiff.GradientOrZero(b.SumAll(b.Mul(back[0], b.Builder.Leaf("refine.direction", one, vector.Shape()...))), image)
		if err != nil {
			return nil, err
		}
		columns[k] = along[0]
	}
	return columns, b.Err()
}
