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

// Problem is a loss to be made small by the free parameters of a simulator. Its methods set the values of the
// parameters' nodes and are not for several goroutines at once.
//
// Searches work on a vector x of numbers without bounds (Parameters.FreeVector): Func, Grad and Hess are those of the
// loss, restraints included, as a function of it.
type Problem struct {
	sim    *simulator.Simulator
	loss   *Loss
	params *Parameters

	nodes map[level][]*expr.Node // what a level computes, built when first needed
	slope *expr.Node             // of the loss by the prediction
	moves []*expr.Node           // of the prediction by each parameter

	ctx         context.Context // of the present search
	err         error           // that ended it
	last        *point          // the latest computed
	evaluations int
}

// level is how much is computed at a point.
type level uint8

const (
	onlyLoss  level = iota
	gradients       // with the exact gradient
	fisher          // with the gradient and the Fisher matrix
	secondDerivatives
	scatter // the sums that uncertainties take besides
)

// point is what is known at an x. Derivatives are by the parameters' values, without restraints and transforms.
type point struct {
	x, values []float64
	possible  bool
	loss      float64 // without restraints
	gradient  []float64
	fisher    *mat.SymDense
	hessian   *mat.SymDense
}

// NewProblem joins a simulator, a loss made of its intensity, and parameters. A parameter that the loss does not depend on
// is an error.
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
			return nil, fmt.Errorf("refine: the loss does not depend on %s", params.Names()[k])
		}
	}
	return p, nil
}

// Parameters are those of the problem.
func (p *Problem) Parameters() *Parameters { return p.params }

// Loss is that of the problem.
func (p *Problem) Loss() *Loss { return p.loss }

// Simulator is that of the problem.
func (p *Problem) Simulator() *simulator.Simulator { return p.sim }

// Err is the error that made the latest call of Func, Grad or Hess fail. That a point is impossible (a cell that does not
// close) is none: Func is +Inf there.
func (p *Problem) Err() error { return p.err }

// Func is the loss with restraints at x; +Inf where x is impossible. The gradient, which most searches ask for next, is
// computed in the same sweep and kept.
func (p *Problem) Func(x []float64) float64 {
	pt, err := p.at(x, gradients)
	if err != nil || !pt.possible {
		return math.Inf(1)
	}
	return p.total(pt)
}

// Grad is its gradient; NaN where x is impossible.
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

// Hess is its Hessian; NaN where x is impossible.
func (p *Problem) Hess(hess *mat.SymDense, x []float64) {
	pt, err := p.at(x, secondDerivatives)
	n := p.params.Len()
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

// Gonum is the problem as gonum's optimize.Minimize takes it, to be started at Parameters.FreeVector. An error ends the
// search as its Status's error.
func (p *Problem) Gonum() optimize.Problem {
	return optimize.Problem{Func: p.Func, Grad: p.Grad, Hess: p.Hess, Status: func() (optimize.Status, error) {
		if p.err != nil {
			return optimize.Failure, p.err
		}
		return optimize.NotTerminated, nil
	}}
}

// total is the loss with restraints.
func (p *Problem) total(pt *point) float64 {
	r, _, _ := p.params.restraint(pt.values)
	return pt.loss + r
}

// gradientByX has restraints and transforms in it.
func (p *Problem) gradientByX(pt *point) []float64 {
	_, pull, _ := p.params.restraint(pt.values)
	slopes, _ := p.params.slopes(pt.x)
	g := make([]float64, len(pt.x))
	for i := range g {
		g[i] = (pt.gradient[i] + pull[i]) * slopes[i]
	}
	return g
}

func (p *Problem) hessianByX(pt *point, i, j int) float64 {
	_, pull, stiffness := p.params.restraint(pt.values)
	slopes, bends := p.params.slopes(pt.x)
	h := pt.hessian.At(i, j) * slopes[i] * slopes[j]
	if i == j {
		h += stiffness[i]*slopes[i]*slopes[i] + (pt.gradient[i]+pull[i])*bends[i]
	}
	return h
}

// fisherByX has restraints and the slopes of the transforms in it.
func (p *Problem) fisherByX(pt *point) *mat.SymDense {
	_, _, stiffness := p.params.restraint(pt.values)
	slopes, _ := p.params.slopes(pt.x)
	f := mat.NewSymDense(len(pt.x), nil)
	for i := range slopes {
		for j := i; j < len(slopes); j++ {
			v := pt.fisher.At(i, j)
			if i == j {
				v += stiffness[i]
			}
			f.SetSym(i, j, v*slopes[i]*slopes[j])
		}
	}
	return f
}
