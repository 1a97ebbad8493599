package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// Solver takes steps by one of gorgonia's solvers, or by one of your own that implements its
// interface, in units of [Parameter].Scale:
//
//	refine.Solver{Solver: G.NewAdamSolver(G.WithLearnRate(0.1))}
//
// A solver keeps the moments of the gradient, so make a new one for each search.
type Solver struct {
	// Solver takes the steps. nil means Adam with a learning rate of 0.1.
	Solver G.Solver
	// Patience is the number of steps without a better loss after which the search ends. 0 means
	// 100; it may not be negative.
	Patience int
}

var _ Method = Solver{}

func (m Solver) String() string {
	if m.Solver == nil {
		return "Adam"
	}
	return fmt.Sprintf("%T", m.Solver)
}

func (Solver) iterations() int { return 2000 }

func (m Solver) search(s *search) (Status, string, error) {
	if m.Solver == nil {
		m.Solver = G.NewAdamSolver(G.WithLearnRate(0.1))
	}
	if m.Patience < 0 {
		return Running, "", fmt.Errorf("refine: Solver: Patience is %d; want 0 or more", m.Patience)
	}
	if m.Patience == 0 {
		m.Patience = 100
	}
	if s.settings.Batch != nil {
		return m.batches(s)
	}
	variables := newValueGrads(s.start)
	pt, err := s.at(s.start, gradients)
	if err != nil {
		return Running, "", err
	}
	reference, since := s.bestLoss, 0 // the loss to improve on, and the steps since it was reached
	for {
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		if err := variables.step(m.Solver, s.problem.gradientByX(pt)); err != nil {
			return Running, "", err
		}
		if pt, err = s.at(variables.x(), gradients); err != nil {
			return Running, "", err
		}
		if !pt.possible {
			return NoProgress, "a step led to where the loss is not finite", nil
		}
		var renewed bool
		if pt, renewed, err = s.renew(pt, gradients); err != nil {
			return Running, "", err
		}
		f := s.problem.total(pt)
		s.iterated(f, pt.values, f <= s.bestLoss)
		if renewed {
			reference, since = s.bestLoss, 0
		}
		least := max(s.settings.Tolerance*s.settings.Tolerance/2, s.settings.Relative*math.Abs(reference))
		if s.bestLoss < reference-least {
			reference, since = s.bestLoss, 0
		} else if since++; since >= m.Patience {
			return Converged, fmt.Sprintf("no better loss in %d steps", since), nil
		}
	}
}

// valueGrads adapts the free variables to gorgonia's solvers.
type valueGrads []G.ValueGrad

// valueGrad is a variable with its derivative. Solvers change both in place.
type valueGrad struct{ value, grad *G.F64 }

func (v *valueGrad) Value() G.Value         { return v.value }
func (v *valueGrad) Grad() (G.Value, error) { return v.grad, nil }

func newValueGrads(x []float64) valueGrads {
	list := make(valueGrads, len(x))
	for i, v := range x {
		list[i] = &valueGrad{value: G.NewF64(v), grad: G.NewF64(0)}
	}
	return list
}

// step takes one step of a solver.
func (list valueGrads) step(solver G.Solver, gradient []float64) error {
	for i, g := range gradient {
		*list[i].(*valueGrad).grad = G.F64(g)
	}
	if err := solver.Step(list); err != nil {
		return fmt.Errorf("refine: a solver's step: %w", err)
	}
	return nil
}

func (list valueGrads) x() []float64 {
	x := make([]float64, len(list))
	for i := range list {
		x[i] = float64(*list[i].(*valueGrad).value)
	}
	return x
}
