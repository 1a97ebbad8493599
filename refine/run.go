package refine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Settings change how Run searches. A nil *Settings, like every zero field, means the defaults.
type Settings struct {
	// Method of the search. nil means GaussNewton where the loss has a curvature, else LBFGS.
	Method Method
	// MaxIterations is how many steps are tried. 0 means the method's own: 60 for GaussNewton and Newton, 500 for LBFGS and
	// BFGS, 2000 for a Solver.
	MaxIterations int
	// Tolerance is the expected distance to the minimum, in standard deviations of the parameters, at which a search has
	// converged: the loss could fall by Tolerance²/2. 0 means 1e-3. It says what it should for likelihoods; searches that
	// know no Fisher matrix take it for the decrease of the loss over several iterations.
	Tolerance float64
	// Relative is the decrease to be expected, as a fraction of the loss, at which a search has converged as well. 0
	// means 1e-12, near what rounding leaves of the sum over the pixels.
	Relative float64
	// OnIteration is called after each iteration, from the goroutine of Run.
	OnIteration func(Iteration)
	// Batch draws pixels for each step of a Solver. nil takes all of them.
	Batch *Batch
	// WithoutUncertainty leaves the uncertainties out of the result.
	WithoutUncertainty bool
}

// Method is a way to search.
type Method interface {
	fmt.Stringer
	// search goes from s.start to a better place; every point that it computes passes s.visit.
	search(s *search) (Status, string, error)
	iterations() int // by default
}

// search is the state that methods share.
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

// errInterrupted ends a search whose context was cancelled.
var errInterrupted = errors.New("refine: interrupted")

// Run searches for the parameters that make the loss smallest, from the present values of the parameters' nodes, and leaves
// the nodes at the best point found. A cancelled context is not an error: the result is the best point so far, with
// the status Interrupted. A start that is impossible is an error, and one of the simulator's ends the search.
func Run(ctx context.Context, p *Problem, settings *Settings) (*Result, error) {
	if p == nil {
		return nil, fmt.Errorf("refine: no problem to run")
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

	r := &Result{Method: s.settings.Method.String(), Names: p.params.Names(), Start: startValues}
	r.Status, r.Detail, err = s.settings.Method.search(s)
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err()) || errors.Is(err, errInterrupted)):
		r.Status, r.Detail = Interrupted, context.Cause(ctx).Error()
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

func (s *search) complete() error {
	t := &s.settings
	if t.Method == nil {
		t.Method = &GaussNewton{}
		if s.problem.loss.Prediction == nil || s.problem.loss.Curvature == nil {
			t.Method = LBFGS{}
		}
	}
	if t.MaxIterations < 0 || t.Tolerance < 0 || t.Relative < 0 || math.IsNaN(t.Tolerance) || math.IsNaN(t.Relative) {
		return fmt.Errorf("refine: settings: %d iterations, tolerance %g, relative %g: none may be negative", t.MaxIterations, t.Tolerance, t.Relative)
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
			return fmt.Errorf("refine: settings: pixels are drawn for a Solver's steps; %s needs the same loss at every step", t.Method)
		}
	}
	return nil
}

// at computes a point and remembers it where it is the best.
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

// impossible says why the start is.
func (s *search) impossible() error {
	if err := s.problem.sim.Check(); err != nil {
		return fmt.Errorf("refine: the start is impossible: %w", err)
	}
	return fmt.Errorf("refine: the start is impossible: the loss or a derivative is not finite there")
}

// iterated counts an iteration and tells the user.
func (s *search) iterated(loss float64, values []float64, accepted bool) {
	s.number++
	if f := s.settings.OnIteration; f != nil {
		f(Iteration{Number: s.number, Evaluations: s.problem.evaluations, Loss: loss,
			Values: append([]float64(nil), values...), Accepted: accepted, Elapsed: time.Since(s.beginning)})
	}
}
