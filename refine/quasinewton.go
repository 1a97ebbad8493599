package refine

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// LBFGS is gonum's limited-memory quasi-Newton method, for losses without a Curvature and for many
// parameters.
type LBFGS struct{}

// BFGS is gonum's quasi-Newton method.
type BFGS struct{}

// Newton is gonum's Newton method with the exact Hessian of the loss.
type Newton struct{}

var (
	_ Method = LBFGS{}
	_ Method = BFGS{}
	_ Method = Newton{}
)

func (LBFGS) String() string   { return "L-BFGS" }
func (BFGS) String() string    { return "BFGS" }
func (Newton) String() string  { return "Newton" }
func (LBFGS) iterations() int  { return 500 }
func (BFGS) iterations() int   { return 500 }
func (Newton) iterations() int { return 60 }

func (LBFGS) search(s *search) (Status, string, error)  { return s.gonum(&optimize.LBFGS{}) }
func (BFGS) search(s *search) (Status, string, error)   { return s.gonum(&optimize.BFGS{}) }
func (Newton) search(s *search) (Status, string, error) { return s.gonum(&optimize.Newton{}) }

// stalled is the number of iterations without a decrease after which one of gonum's searches ends.
const stalled = 10

// gonum searches with one of gonum's methods.
func (s *search) gonum(m optimize.Method) (Status, string, error) {
	p := s.problem
	if _, err := s.at(s.start, gradients); err != nil {
		return Running, "", err
	}
	problem := p.Gonum()
	problem.Func = func(x []float64) float64 {
		pt, err := s.at(x, gradients)
		if err != nil || !pt.possible {
			return math.Inf(1)
		}
		return p.total(pt)
	}
	status := problem.Status
	problem.Status = func() (optimize.Status, error) {
		if s.ctx.Err() != nil {
			return optimize.Failure, errInterrupted
		}
		return status()
	}
	r, err := optimize.Minimize(problem, s.start, &optimize.Settings{
		Converger:       &optimize.FunctionConverge{Absolute: s.settings.Tolerance * s.settings.Tolerance / 2, Relative: s.settings.Relative, Iterations: stalled},
		MajorIterations: s.settings.MaxIterations,
		Recorder:        recorder{s},
	}, m)
	switch {
	case p.err != nil:
		return Running, "", p.err
	case errors.Is(err, errInterrupted):
		return Running, "", err
	case err != nil:
		// A line search fails where rounding hides the decrease, which may be at the minimum or far
		// from it.
		return s.judge(err.Error())
	}
	switch r.Status {
	case optimize.IterationLimit:
		return IterationLimit, "", nil
	case optimize.Success, optimize.FunctionConvergence, optimize.GradientThreshold, optimize.StepConvergence, optimize.FunctionThreshold, optimize.MethodConverge:
		return Converged, r.Status.String(), nil
	}
	return NoProgress, r.Status.String(), nil
}

// judge decides whether a search that could not go on had converged.
func (s *search) judge(detail string) (Status, string, error) {
	l := s.problem.loss
	if l.Prediction == nil || l.Curvature == nil {
		return NoProgress, detail, nil
	}
	pt, err := s.at(s.best.x, fisher)
	if err != nil {
		return Running, "", err
	}
	if pt.possible && s.converged(s.problem.quadratic(pt)) {
		return Converged, detail, nil
	}
	return NoProgress, detail, nil
}

// recorder counts gonum's major iterations.
type recorder struct{ *search }

func (recorder) Init() error { return nil }

func (r recorder) Record(l *optimize.Location, op optimize.Operation, _ *optimize.Stats) error {
	if op == optimize.MajorIteration {
		r.iterated(l.F, r.problem.params.At(l.X), true)
	}
	return nil
}
