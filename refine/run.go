package refine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Settings control a search by [Run]. A nil *Settings means the defaults, as does every zero field.
type Settings struct {
	// Method of the search. nil means [GaussNewton] where the loss has a Prediction and a
	// Curvature, and there are no vectors or no more than [MatrixLimit] free numbers; else [LBFGS].
	Method Method
	// MaxIterations is the number of steps after which a search ends. 0 means 60 for GaussNewton
	// and Newton, 500 for LBFGS and BFGS, 2000 for a Solver; for a Continuation, that of its method
	// Then.
	MaxIterations int
	// Tolerance is the distance to the minimum, in standard deviations of the parameters, at which
	// a search has converged: there the predicted decrease of the loss is Tolerance²/2. 0 means
	// 1e-3. The unit is right for likelihoods. Methods that compute no Fisher matrix compare
	// Tolerance²/2 with the decrease of the loss over several iterations.
	Tolerance float64
	// Relative is the predicted decrease, as a fraction of the loss, at which a search has
	// converged too. 0 means 1e-12, which is close to the rounding error of the sum over the
	// pixels.
	Relative float64
	// OnIteration is called after each iteration, in the goroutine of Run. nil means that it is
	// not.
	OnIteration func(Iteration)
	// Batch draws pixels for each step of a [Solver]. nil means all pixels.
	Batch *Batch
	// WithoutUncertainty leaves the uncertainties out of the result.
	WithoutUncertainty bool
}

// Method is a method of search: [GaussNewton], [Continuation], [LBFGS], [BFGS], [Newton] or a
// [Solver].
//
// The interface is sealed, since a method shares the state of a search with Run. Use
// [Problem.Gonum] to search by a method of your own, or Solver to take steps by one of your own.
type Method interface {
	fmt.Stringer
	// search goes from s.start to a better point. It computes points by s.at, which remembers the
	// best of them.
	search(s *search) (Status, string, error)
	iterations() int // Settings.MaxIterations by default
}

// search is the state of a search, which methods share with Run.
type search struct {
	ctx       context.Context
	problem   *Problem
	settings  Settings
	start     []float64
	best      *point
	bestLoss  float64
	first     float64 // loss at the start
	number    int
	beginning time.Time
}

// errInterrupted ends a search whose context is cancelled.
var errInterrupted = errors.New("refine: interrupted")

// Run searches for the parameters that minimise the loss. It starts at the present values of the
// parameters' nodes, and sets the nodes to the best point found.
//
// A cancelled context is not an error: the result is the best point so far, with the status
// [Interrupted]. Nor is it one if a search goes to where the simulator cannot renew its list of spots
// (simulator.Renew), as one that started far off may: it ends there, with the status [NoProgress]. Run
// returns an error, and leaves the nodes at the start, where the settings are not valid, where the start
// is impossible, and where the simulator returns one.
func Run(ctx context.Context, p *Problem, settings *Settings) (*Result, error) {
	if p == nil {
		return nil, fmt.Errorf("refine: the problem is nil")
	}
	if ctx == nil {
		return nil, fmt.Errorf("refine: the context is nil: use context.Background")
	}
	s := &search{ctx: ctx, problem: p, bestLoss: math.Inf(1), first: math.Inf(1), beginning: time.Now()}
	if settings != nil {
		s.settings = *settings
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	startValues, err := p.params.Values()
	if err != nil {
		return nil, err
	}
	if s.start, err = p.params.FreeVector(); err != nil {
		return nil, err
	}
	p.ctx, p.err, p.last, p.evaluations = ctx, nil, nil, 0
	defer func() { p.ctx, p.err, p.last = context.Background(), nil, nil }()

	r := &Result{Method: s.settings.Method.String(), Names: p.params.Names(), Vectors: p.params.Vectors(), Start: startValues}
	if _, _, failed := p.sim.Renew(ctx); failed == nil || ctx.Err() != nil {
		r.Status, r.Detail, err = s.settings.Method.search(s)
	} else if _, err = s.at(s.start, onlyLoss); err == nil {
		err = renewalError{failed}
	}
	var renewal renewalError
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err()) || errors.Is(err, errInterrupted)):
		r.Status, r.Detail = Interrupted, context.Cause(ctx).Error()
	case errors.As(err, &renewal):
		r.Status, r.Detail = NoProgress, renewal.Error()
	case err != nil:
		return nil, errors.Join(err, p.params.Set(startValues))
	}
	r.StartLoss, r.Loss, r.Values = s.first, s.bestLoss, startValues
	if s.best != nil {
		r.Values = s.best.values
	}
	if err := p.params.Set(r.Values); err != nil {
		return nil, err
	}
	if r.Status != Interrupted && !s.settings.WithoutUncertainty && p.loss.Prediction != nil && p.loss.Curvature != nil {
		if r.Uncertainty, err = p.Uncertainty(ctx); err != nil && ctx.Err() == nil {
			return nil, err
		}
	}
	r.Iterations, r.Evaluations, r.Elapsed = s.number, p.evaluations, time.Since(s.beginning)
	return r, nil
}

// complete fills in the defaults of the settings and checks them.
func (s *search) complete() error {
	t := &s.settings
	if t.Method == nil {
		t.Method = &GaussNewton{}
		if s.problem.loss.Prediction == nil || s.problem.loss.Curvature == nil || !s.problem.hasMatrix() {
			t.Method = LBFGS{}
		}
	}
	if t.MaxIterations < 0 {
		return fmt.Errorf("refine: Settings.MaxIterations is %d; want 0 or more", t.MaxIterations)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"Tolerance", t.Tolerance}, {"Relative", t.Relative}} {
		if !(f.value >= 0) || math.IsInf(f.value, 0) {
			return fmt.Errorf("refine: Settings.%s is %g; want a finite number of 0 or more", f.name, f.value)
		}
	}
	if t.MaxIterations == 0 {
		t.MaxIterations = t.Method.iterations()
	}
	if t.Tolerance == 0 {
		t.Tolerance = 1e-3
	}
	if t.Relative == 0 {
		t.Relative = 1e-12
	}
	if t.Batch != nil {
		if _, ok := t.Method.(Solver); !ok {
			return fmt.Errorf("refine: Settings.Batch is for a Solver: %s needs the same loss at every step", t.Method)
		}
	}
	return nil
}

// at computes a point, and remembers it if it is the best so far.
func (s *search) at(x []float64, want level) (*point, error) {
	if s.ctx.Err() != nil {
		return nil, errInterrupted
	}
	pt, err := s.problem.at(x, want)
	if err != nil {
		return nil, err
	}
	return pt, s.visit(pt)
}

// visit remembers a point if it is the best so far. A start that is impossible is an error.
func (s *search) visit(pt *point) error {
	if !pt.possible {
		if s.best == nil {
			return s.impossible()
		}
		return nil
	}
	f := s.problem.total(pt)
	if s.best == nil {
		s.first = f
	}
	if f < s.bestLoss {
		s.best, s.bestLoss = pt, f
	}
	return nil
}

// impossible returns the error that says why the start is impossible.
func (s *search) impossible() error {
	if err := s.problem.sim.Check(); err != nil {
		return fmt.Errorf("refine: the start is impossible: %w", err)
	}
	return fmt.Errorf("refine: the start is impossible: the loss or a derivative is not finite there")
}

// renew lets the simulator renew its list of spots (simulator.Renew) at a point that a search goes on from, and reports
// whether there is a new list. The losses of points before then are those of another model by a little: the point is computed
// again, and is the best so far.
func (s *search) renew(pt *point, want level) (*point, bool, error) {
	renewed, err := s.renewAt(pt.values)
	if err != nil || !renewed {
		return pt, false, err
	}
	first := s.first
	again, err := s.at(pt.x, want)
	s.first = first
	return again, true, err
}

// renewalError ends a search at a point for which the simulator cannot renew its list of spots.
type renewalError struct{ error }

func (e renewalError) Unwrap() error { return e.error }

// renewAt is renew without computing the point.
func (s *search) renewAt(values []float64) (bool, error) {
	p := s.problem
	if err := p.params.Set(values); err != nil {
		return false, err
	}
	_, renewed, err := p.sim.Renew(s.ctx)
	if err != nil {
		return false, renewalError{err}
	}
	if renewed {
		p.last, s.best, s.bestLoss = nil, nil, math.Inf(1)
	}
	return renewed, nil
}

// iterated counts an iteration and reports it to the user.
func (s *search) iterated(loss float64, values []float64, accepted bool) {
	s.number++
	if f := s.settings.OnIteration; f != nil {
		f(Iteration{Number: s.number, Evaluations: s.problem.evaluations, Loss: loss,
			Values: append([]float64(nil), values...), Accepted: accepted, Elapsed: time.Since(s.beginning)})
	}
}
