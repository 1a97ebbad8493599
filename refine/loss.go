package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Loss is a scalar to be minimised, with what Gauss-Newton steps and uncertainties need besides its
// value. For a loss of your own, Value is enough: any scalar expression of the intensity. All
// methods except [GaussNewton] and [Continuation] minimise such a loss.
type Loss struct {
	// Value is the scalar.
	Value *G.Node

	// Prediction is the expected value of each pixel, on which Value depends: an expression, pixel
	// by pixel, of the intensity and of scalar nodes.
	Prediction *G.Node
	// Curvature is the second derivative of Value by the prediction of each pixel, averaged over
	// the noise: the weights W of the Fisher matrix JᵀWJ. It may not be negative.
	Curvature *G.Node

	// ChiSquare is the scalar Σ w (prediction − data)²/variance, and Count the number of pixels
	// that have a weight. Without them the result has no reduced χ².
	ChiSquare, Count *G.Node
	// Data and Weight are the inputs of counts and weights. A [Batch] needs the weights, and a
	// [Continuation] both.
	Data, Weight *G.Node
	// Likelihood says that Value is a negative log likelihood, so that the covariance of the
	// parameters is the inverse of the Fisher matrix. For other losses it is the sandwich
	// covariance (see [Uncertainty]).
	Likelihood bool

	inverseVariance bool // the weights are in the residuals, and do not multiply what a pixel adds
	restraints      []restraint
	bare            *G.Node // Value without the restraints; nil if there are none
}

// restraint adds ½ Σ z² to Value.
type restraint struct {
	name string
	z    *expr.Node // a scalar, or a vector
	// of a vector z: the vector that it depends on alone, and Σ (∂z/∂s)² for each of its elements s
	of, squares *expr.Node
}

// Restrain adds ½ ((n − centre)/sigma)² to the loss, for a scalar node n that is any expression of
// parameters: the volume of a cell, say, or the difference of two distances. For a single parameter
// there is [Parameter].Restraint, too. Restrain before [NewProblem], which reads Value.
func (l *Loss) Restrain(n *G.Node, centre, sigma float64) error {
	if n == nil || n.Graph() != l.Value.Graph() || len(n.Shape()) != 0 {
		return fmt.Errorf("refine: a restraint is for a scalar node of the loss's graph")
	}
	if !(sigma > 0) || math.IsInf(sigma, 0) || math.IsNaN(centre) || math.IsInf(centre, 0) {
		return fmt.Errorf("refine: a restraint of %s to %g ± %g: want a finite value, and a finite sigma of more than 0", node.Describe(n), centre, sigma)
	}
	b := node.On(n.Graph())
	z := b.Scale(1/sigma, b.Sub(b.In(n), b.Const(centre)))
	return l.restrain(b, restraint{name: node.Describe(n), z: z})
}

func (l *Loss) restrain(b *node.Builder, r restraint) error {
	value := b.Out(b.Add(b.In(l.Value), r.value(b.Builder)))
	if b.Err() != nil {
		return fmt.Errorf("refine: %w", b.Err())
	}
	if l.bare == nil {
		l.bare = l.Value
	}
	l.Value, l.restraints = value, append(l.restraints, r)
	return nil
}

// unrestrained is the loss without its restraints.
func (l *Loss) unrestrained() *Loss {
	out := *l
	if l.bare != nil {
		out.Value, out.bare, out.restraints = l.bare, nil, nil
	}
	return &out
}

// value is what a restraint adds to the loss.
func (r *restraint) value(b *expr.Builder) *expr.Node {
	square := b.Square(r.z)
	if b.Err() == nil && len(r.z.Shape()) > 0 {
		square = b.SumAll(square)
	}
	return b.Scale(0.5, square)
}

// pixelwise is what a loss computes for each pixel.
type pixelwise struct {
	share     *expr.Node // the pixel's term of Value, before weighting
	curvature *expr.Node // before weighting
	chi       *expr.Node // (prediction − data)²/variance
}

// newLoss makes a loss that is a weighted sum over the pixels.
func newLoss(name string, prediction, data, weights *G.Node, likelihood bool, of func(b *expr.Builder, prediction, data, w *expr.Node) pixelwise) (*Loss, error) {
	for i, n := range []*G.Node{prediction, data} {
		if n == nil || n.Graph() == nil {
			return nil, fmt.Errorf("refine: %s: the %s is not a node of a graph", name, [...]string{"prediction", "data"}[i])
		}
	}
	if len(prediction.Shape()) != 1 || !prediction.Shape().Eq(data.Shape()) {
		return nil, fmt.Errorf("refine: %s: the prediction has shape %v, the data %v; want vectors of the pixels", name, prediction.Shape(), data.Shape())
	}
	if weights != nil && !weights.Shape().Eq(data.Shape()) {
		return nil, fmt.Errorf("refine: %s: the weights have shape %v, the data %v", name, weights.Shape(), data.Shape())
	}
	b := node.On(prediction.Graph())
	w := b.In(weights)
	if weights == nil {
		w = b.BroadcastTo(b.Const(1), data.Shape())
	}
	p := of(b.Builder, b.In(prediction), b.In(data), w)
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %s: %w", name, b.Err())
	}
	l := &Loss{
		Value:      b.Out(b.SumAll(b.Mul(w, p.share))),
		Prediction: prediction,
		Curvature:  b.Out(b.Mul(w, p.curvature)),
		ChiSquare:  b.Out(b.SumAll(b.Mul(w, p.chi))),
		Count:      b.Out(b.SumAll(b.Less(b.Const(0), w))),
		Data:       data,
		Weight:     weights,
		Likelihood: likelihood,
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %s: %w", name, b.Err())
	}
	return l, nil
}
