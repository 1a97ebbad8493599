package refine

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/simulator"
)

// Problem is a loss to be minimised over the free parameters of a simulator. Its methods set the
// values of the parameters' nodes, so only one goroutine may use a Problem at a time.
//
// Searches work on an unbounded vector x (see [Parameters.FreeVector]). Func, Grad and Hess are the
// loss, restraints included, and its derivatives as functions of x.
type Problem struct {
	sim    *simulator.Simulator
	loss   *Loss
	params *Parameters

	nodes          map[level][]*expr.Node // what a level computes, built when first needed
	lossDerivative *expr.Node             // of the loss by the prediction, pixel by pixel
	jacobian       []*expr.Node           // columns: the prediction's derivative by each scalar, and each element of short vectors, pixel by pixel
	information    *information           // with long vectors, instead of a Jacobian
	changes        map[int][2]*expr.Node  // of restraints that are vectors: a direction, and the change of z along it

	// The context of the present search. It is kept here because the signatures of gonum's
	// optimize.Problem, func(x []float64) float64 and the like, leave no way to pass it. Run sets
	// it and resets it.
	ctx         context.Context
	err         error  // the error that ended the search
	last        *point // the point computed last
	evaluations int
}

// level is how much is computed at a point.
type level uint8

const (
	onlyLoss  level = iota
	gradients       // with the exact gradient
	fisher          // with the gradient and the Fisher matrix
	framed          // with χ² and the number of pixels too
	secondDerivatives
	sandwich // the two matrices of the sandwich covariance
)

// point is what has been computed at an x. Derivatives are by the parameters' values, without
// restraints and transforms.
type point struct {
	x, values []float64
	possible  bool
	loss      float64 // without restraints
	gradient  []float64
	fisher    *mat.SymDense
	hessian   *mat.SymDense
	chiSquare float64 // of a frame, as the next two
	count     int
	restraint float64 // what restraints within the loss add to it
}

// NewProblem makes a problem of a simulator, a loss that is an expression of its intensity, and
// parameters. It returns an error where no parameter is free, and where the loss does not depend on
// one that is.
func NewProblem(sim *simulator.Simulator, loss *Loss, params *Parameters) (*Problem, error) {
	switch {
	case sim == nil || loss == nil || loss.Value == nil || params == nil:
		return nil, fmt.Errorf("refine: a problem needs a simulator, a loss and parameters")
	case loss.Value.Graph() != sim.Graph():
		return nil, fmt.Errorf("refine: the loss is a node of another graph than the simulator's")
	case len(loss.Value.Shape()) != 0:
		return nil, fmt.Errorf("refine: the loss has shape %v; want a scalar", loss.Value.Shape())
	case params.Len() == 0:
		return nil, fmt.Errorf("refine: no parameter is free")
	}
	p := &Problem{sim: sim, loss: loss, params: params, nodes: map[level][]*expr.Node{}, ctx: context.Background()}
	b := node.On(sim.Graph())
	value, by := b.In(loss.Value), p.by(b)
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	below, err := expr.Sort(value)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	for k, n := range by {
		if !below.Has(n) {
			return nil, fmt.Errorf("refine: the loss does not depend on %s", params.list[params.free[k]].Name)
		}
	}
	return p, nil
}

// Parameters returns the problem's parameters.
func (p *Problem) Parameters() *Parameters { return p.params }

// Loss returns the problem's loss.
func (p *Problem) Loss() *Loss { return p.loss }

// Simulator returns the problem's simulator.
func (p *Problem) Simulator() *simulator.Simulator { return p.sim }

// Err returns the error that made the latest call of Func, Grad or Hess fail, or nil. An impossible
// point, such as a cell whose angles do not close, is not an error: Func is +Inf there.
func (p *Problem) Err() error { return p.err }

// Func returns the loss at x, restraints included, or +Inf where x is impossible. The gradient,
// which most searches ask for next, is computed in the same sweep and kept.
func (p *Problem) Func(x []float64) float64 {
	pt, err := p.at(x, gradients)
	if err != nil || !pt.possible {
		return math.Inf(1)
	}
	return p.total(pt)
}

// Grad stores the gradient of Func at x in grad: NaN where x is impossible.
func (p *Problem) Grad(grad, x []float64) {
	pt, err := p.at(x, gradients)
	if err != nil || !pt.possible {
		for i := range grad {
			grad[i] = math.NaN()
		}
		return
	}
	copy(grad, p.gradientByX(pt))
}

// Gradient returns the gradient of the loss by the values of the free parameters, at the present ones, without the restraints of
// parameters. It returns an error where the loss or a derivative is not finite.
func (p *Problem) Gradient(ctx context.Context) ([]float64, error) {
	values, err := p.params.Values()
	if err != nil {
		return nil, err
	}
	pt, err := p.evaluate(ctx, values, gradients)
	if err == nil && !pt.possible {
		err = errNotFinite
	}
	if err != nil {
		return nil, err
	}
	return pt.gradient, nil
}

// Hess stores the Hessian of Func at x in hess: NaN where x is impossible. There is none by vectors: [Problem.Err] says so.
func (p *Problem) Hess(hess *mat.SymDense, x []float64) {
	n := p.params.Len()
	if p.params.Vectors() != nil && p.err == nil {
		p.err = errNoHessian
	}
	pt, err := p.at(x, secondDerivatives)
	for i := range n {
		for j := i; j < n; j++ {
			v := math.NaN()
			if err == nil && pt.possible {
				v = p.hessianByX(pt, i, j)
			}
			hess.SetSym(i, j, v)
		}
	}
}

// Gonum returns the problem in the form that gonum's optimize.Minimize takes. Start it at
// [Parameters.FreeVector]. An error of the simulator ends the search, and Minimize returns it.
func (p *Problem) Gonum() optimize.Problem {
	return optimize.Problem{Func: p.Func, Grad: p.Grad, Hess: p.Hess, Status: func() (optimize.Status, error) {
		if p.err != nil {
			return optimize.Failure, p.err
		}
		return optimize.NotTerminated, nil
	}}
}

// total returns the loss with the restraints of parameters.
func (p *Problem) total(pt *point) float64 {
	r, _, _ := p.params.restraint(pt.values)
	return pt.loss + r
}

// gradientByX returns the gradient of the total loss by x.
func (p *Problem) gradientByX(pt *point) []float64 {
	_, restraint, _ := p.params.restraint(pt.values)
	first, _ := p.params.derivatives(pt.x)
	g := make([]float64, len(pt.x))
	for i := range g {
		g[i] = (pt.gradient[i] + restraint[i]) * first[i]
	}
	return g
}

// hessianByX returns an element of the Hessian of the total loss by x.
func (p *Problem) hessianByX(pt *point, i, j int) float64 {
	_, gradient, curvature := p.params.restraint(pt.values)
	first, second := p.params.derivatives(pt.x)
	h := pt.hessian.At(i, j) * first[i] * first[j]
	if i == j {
		h += curvature[i]*first[i]*first[i] + (pt.gradient[i]+gradient[i])*second[i]
	}
	return h
}

// fisherByX returns the Fisher matrix of x, restraints included.
func (p *Problem) fisherByX(pt *point) *mat.SymDense {
	_, _, curvature := p.params.restraint(pt.values)
	first, _ := p.params.derivatives(pt.x)
	f := mat.NewSymDense(len(pt.x), nil)
	for i := range first {
		for j := i; j < len(first); j++ {
			v := pt.fisher.At(i, j)
			if i == j {
				v += curvature[i]
			}
			f.SetSym(i, j, v*first[i]*first[j])
		}
	}
	return f
}
