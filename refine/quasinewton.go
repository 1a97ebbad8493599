package refine

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"github.com/gobragg/gobragg/internal/node"
)

// LBFGS is gonum's limited-memory quasi-Newton method, for losses without a Curvature and for many
// parameters. Where vectors are among them, it and BFGS step in units of the uncertainties that the
// diagonal of the Fisher matrix gives at the start, if the loss has a Curvature, not of [Parameter].Scale.
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

func (LBFGS) search(s *search) (Status, string, error) { return s.gonum(&optimize.LBFGS{}) }
func (BFGS) search(s *search) (Status, string, error)  { return s.gonum(&optimize.BFGS{}) }

func (Newton) search(s *search) (Status, string, error) {
	if s.problem.params.Vectors() != nil {
		return Running, "", errNoHessian
	}
	return s.gonum(&optimize.Newton{})
}

var errNoHessian = errors.New("refine: there is no Hessian by vectors, which Newton needs: use LBFGS, whose steps need gradients alone")

// stalled is the number of iterations without a decrease after which one of gonum's searches ends.
const stalled = 10

// gonum searches with one of gonum's methods.
func (s *search) gonum(m optimize.Method) (Status, string, error) {
	p := s.problem
	if _, err := s.at(s.start, gradients); err != nil {
		return Running, "", err
	}
	unit, err := s.units()
	if err != nil {
		return Running, "", err
	}
	problem, start := p.Gonum(), divided(s.start, unit)
	problem.Func = func(y []float64) float64 {
		pt, err := s.at(times(y, unit), gradients)
		if err != nil || !pt.possible {
			return math.Inf(1)
		}
		return p.total(pt)
	}
	problem.Grad = func(grad, y []float64) {
		p.Grad(grad, times(y, unit))
		for i := range unit {
			grad[i] *= unit[i]
		}
	}
	status := problem.Status
	problem.Status = func() (optimize.Status, error) {
		if s.ctx.Err() != nil {
			return optimize.Failure, errInterrupted
		}
		return status()
	}
	first := s.first
	var r *optimize.Result
	for {
		// gonum's loss and gradient are those of the list of spots that a search begins with: it begins again with each new one.
		var renewed renewedError
		var failed error
		r, err = optimize.Minimize(problem, start, &optimize.Settings{
			Converger:       &optimize.FunctionConverge{Absolute: s.settings.Tolerance * s.settings.Tolerance / 2, Relative: s.settings.Relative, Iterations: stalled},
			MajorIterations: s.settings.MaxIterations - s.number,
			Recorder:        recorder{s, unit, &failed},
		}, m)
		if failed != nil {
			return Running, "", failed
		}
		if !errors.As(err, &renewed) {
			break
		}
		if s.number >= s.settings.MaxIterations {
			return IterationLimit, "", nil
		}
		start = renewed.at
		if _, err := s.at(times(start, unit), gradients); err != nil {
			return Running, "", err
		}
	}
	s.first = first
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

// units are those in which a search without second derivatives steps, per unit of x: nil for 1 each.
func (s *search) units() ([]float64, error) {
	p := s.problem
	if p.params.Vectors() == nil || p.loss.Prediction == nil || p.loss.Curvature == nil {
		return nil, nil
	}
	pt, err := s.at(s.start, gradients)
	if err != nil {
		return nil, err
	}
	if err := p.params.Set(pt.values); err != nil {
		return nil, err
	}
	b := node.On(p.sim.Graph())
	f, err := p.diagonal(s.ctx, b, b.In(p.loss.Curvature))
	if err != nil || f == nil {
		return nil, err
	}
	_, _, curvature := p.params.restraint(pt.values)
	first, _ := p.params.derivatives(pt.x)
	unit := make([]float64, len(f))
	for i := range unit {
		unit[i] = 1
		if d := (f[i] + curvature[i]) * first[i] * first[i]; d > 0 {
			unit[i] = 1 / math.Sqrt(d)
		}
	}
	return unit, nil
}

// times returns y in units of x; nil units are 1 each.
func times(y, unit []float64) []float64 {
	if unit == nil {
		return y
	}
	x := make([]float64, len(y))
	for i := range y {
		x[i] = y[i] * unit[i]
	}
	return x
}

// divided is the inverse of times.
func divided(x, unit []float64) []float64 {
	if unit == nil {
		return x
	}
	y := make([]float64, len(x))
	for i := range x {
		y[i] = x[i] / unit[i]
	}
	return y
}

// judge decides whether a search that could not go on had converged.
func (s *search) judge(detail string) (Status, string, error) {
	l := s.problem.loss
	if l.Prediction == nil || l.Curvature == nil {
		return NoProgress, detail, nil
	}
	if !s.problem.hasMatrix() {
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
type recorder struct {
	*search
	unit   []float64
	failed *error // of a renewal of the list of spots
}

func (recorder) Init() error { return nil }

func (r recorder) Record(l *optimize.Location, op optimize.Operation, _ *optimize.Stats) error {
	if op != optimize.MajorIteration {
		return nil
	}
	values := r.problem.params.At(times(l.X, r.unit))
	r.iterated(l.F, values, true)
	renewed, err := r.renewAt(values)
	if *r.failed = err; err != nil || !renewed {
		return err
	}
	return renewedError{slices.Clone(l.X)}
}

// renewedError ends a search of gonum's at a point from which it goes on with a new list of spots.
type renewedError struct{ at []float64 }

func (renewedError) Error() string { return "refine: the list of spots is a new one" }
