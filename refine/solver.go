package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
)

// Solver steps with one of gorgonia's solvers, in units of Parameter.Scale:
//
//	refine.Solver{Solver: G.NewAdamSolver(G.WithLearnRate(0.1))}
//
// A solver remembers its moments: make a new one for each search.
type Solver struct {
	// Solver takes the steps. nil means Adam with a rate of 0.1 steps of Scale.
	Solver G.Solver
	// Patience is how many steps without a better loss end the search. 0 means 100.
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
	if m.Patience == 0 {
		m.Patience = 100
	}
	if s.settings.Batch != nil {
		return m.batches(s)
	}
	dials := newDials(s.start)
	pt, err := s.at(s.start, gradients)
	if err != nil {
		return Running, "", err
	}
	reference, since := s.bestLoss, 0 // of the patience
	for {
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		if err := dials.step(m.Solver, s.problem.gradientByX(pt)); err != nil {
			return Running, "", err
		}
		if pt, err = s.at(dials.x(), gradients); err != nil {
			return Running, "", err
		}
		if !pt.possible {
			return NoProgress, "a step led to where the loss is not finite", nil
		}
		f := s.problem.total(pt)
		s.iterated(f, pt.values, f <= s.bestLoss)
		least := max(s.settings.Tolerance*s.settings.Tolerance/2, s.settings.Relative*math.Abs(reference))
		if s.bestLoss < reference-least {
			reference, since = s.bestLoss, 0
		} else if since++; since >= m.Patience {
			return Converged, fmt.Sprintf("no better loss in %d steps", since), nil
		}
	}
}

// dials are the free variables as gorgonia's solvers take them.
type dials []G.ValueGrad

// dial is a variable with its derivative. Solvers change it in place.
type dial struct{ value, grad *G.F64 }

func (d *dial) Value() G.Value         { return d.value }
func (d *dial) Grad() (G.Value, error) { return d.grad, nil }

func newDials(x []float64) dials {
	d := make(dials, len(x))
	for i, v := range x {
		d[i] = &dial{value: G.NewF64(v), grad: G.NewF64(0)}
	}
	return d
}

func (d dials) step(solver G.Solver, gradient []float64) error {
	for i, g := range gradient {
		*d[i].(*dial).grad = G.F64(g)
	}
	if err := solver.Step(d); err != nil {
		return fmt.Errorf("refine: a solver's step: %w", err)
	}
	return nil
}

func (d dials) x() []float64 {
	x := make([]float64, len(d))
	for i := range d {
		x[i] = float64(*d[i].(*dial).value)
	}
	return x
}
