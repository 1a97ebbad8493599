package refine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
)

// asCondition reports whether an error is gonum's remark about an ill-conditioned matrix.
func asCondition(err error, to *mat.Condition) bool { return errors.As(err, to) }

// Run searches for the parameters that minimise the sum of the frames' losses, by the Gauss-Newton method with the damping of
// Levenberg and Marquardt, as [GaussNewton] does for one problem: each step takes one evaluation of every frame. The steps
// solve the equations of all parameters together, in which each image's own ones are eliminated first: the work grows with
// the number of images, not with its cube.
//
// Of the settings, those of [GaussNewton] apply; Method has to be nil or a *GaussNewton. Iteration.Values are those of the
// shared parameters. A cancelled context is not an error: the result is the best point so far, with the status
// [Interrupted]. At the end the problems of the frames hold the values of the last frame: see [Joint.Set].
func (j *Joint) Run(ctx context.Context, settings *Settings) (*JointResult, error) {
	if ctx == nil {
		return nil, fmt.Errorf("refine: the context is nil: use context.Background")
	}
	var own Settings
	if settings != nil {
		own = *settings
	}
	method, ok := own.Method.(*GaussNewton)
	if own.Method == nil {
		method, ok = &GaussNewton{}, true
	}
	if !ok || own.Batch != nil {
		return nil, fmt.Errorf("refine: a joint problem is for Gauss-Newton on all pixels, not for %v", own.Method)
	}
	own.Method = method
	s := &search{problem: j.frames[0].Problem, settings: own}
	if err := s.complete(); err != nil {
		return nil, err
	}
	damping, err := method.damping()
	if err != nil {
		return nil, err
	}
	j.evaluations = 0
	r := &jointSearch{Joint: j, ctx: ctx, settings: s.settings, damping: damping, beginning: time.Now()}
	status, detail, err := r.both()
	switch {
	case ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())):
		status, detail, err = Interrupted, context.Cause(ctx).Error(), nil
	case err != nil:
		return nil, err
	}
	return r.result(status, detail)
}

// jointSearch is the state of a search.
type jointSearch struct {
	*Joint
	ctx       context.Context
	settings  Settings
	damping   float64
	start     []float64
	first     float64
	best      *jointPoint
	number    int
	beginning time.Time
}

// both searches by the parameters, and then by long vectors together with them.
func (s *jointSearch) both() (Status, string, error) {
	var start []float64
	for _, v := range s.variables.list {
		start = append(start, v.start)
	}
	status, detail, err := s.search(start)
	if s.vectors == nil || err != nil || status != Converged {
		return status, detail, err
	}
	return s.together()
}

// search goes from values of the variables to the minimum by them.
func (s *jointSearch) search(start []float64) (Status, string, error) {
	s.start = make([]float64, len(s.variables.list))
	s.first = math.Inf(1)
	for i, v := range s.variables.list {
		if !v.contains(start[i]) {
			return Running, "", fmt.Errorf("refine: %s: the start %g is outside the bounds (%g, %g)", v.name, start[i], v.Lower, v.Upper)
		}
		s.start[i] = v.free(start[i])
	}
	at := &jointPoint{x: s.start, values: s.variables.values(s.start)}
	_, renewal := s.renew(at)
	at, err := s.evaluate(s.ctx, s.start)
	if err != nil {
		return Running, "", err
	}
	if !at.possible {
		return Running, "", s.impossible()
	}
	s.best, s.first = at, at.loss
	if renewal != nil {
		return NoProgress, renewal.Error(), nil
	}
	growth, limit := 2.0, s.number+s.settings.MaxIterations
	q := s.quadratic(at)
	for {
		_, predicted, err := q.step(0)
		if err != nil {
			return Running, "", err
		}
		if predicted <= s.settings.Tolerance*s.settings.Tolerance/2 || predicted <= s.settings.Relative*math.Abs(at.loss) {
			return Converged, "", nil
		}
		if s.number >= limit {
			return IterationLimit, "", nil
		}
		step, predicted, err := q.step(s.damping)
		if err != nil {
			return Running, "", err
		}
		trial, err := s.evaluate(s.ctx, plus(at.x, step))
		if err != nil {
			return Running, "", err
		}
		ratio := math.Inf(-1)
		if trial.possible {
			ratio = (at.loss - trial.loss) / predicted
		}
		accepted := ratio > 1e-4
		if accepted {
			at, s.best = trial, trial
			if renewed, err := s.renew(at); err != nil {
				return NoProgress, err.Error(), s.ctx.Err()
			} else if renewed && !at.possible {
				return Running, "", s.impossible()
			}
			q = s.quadratic(at)
			s.damping = max(leastDamping, s.damping*max(1./10, 1-math.Pow(2*ratio-1, 3)))
			growth = 2
		} else {
			s.damping *= growth
			growth *= 2
		}
		s.iterated(at, accepted)
		if s.damping > mostDamping {
			return NoProgress, "no damping gives a step that decreases the loss", nil
		}
	}
}

// renew lets the simulators of the frames renew their lists of spots ([simulator.Simulator.Renew]) at a point that the search goes
// on from, and reports whether one has. The losses of frames before then are those of another model by a little: these frames are
// computed again, so that the losses of later points compare with the point's. An error means that there is no list at the point, which
// ends the search.
func (s *jointSearch) renew(pt *jointPoint) (any bool, err error) {
	for i := range s.frames {
		f := &s.frames[i]
		if err := s.selectFrame(i); err != nil {
			return any, err
		}
		if err := f.Problem.params.Set(s.variables.of(i, pt.values)); err != nil {
			return any, err
		}
		_, renewed, err := f.Problem.sim.Renew(s.ctx)
		if err != nil && s.ctx.Err() == nil {
			return any, fmt.Errorf("refine: %s: %w", f.Name, err)
		}
		if !renewed {
			continue
		}
		any = true
		if pt.each == nil { // it has not been computed yet
			continue
		}
		if pt.possible, err = s.evaluateFrame(s.ctx, pt, i); err != nil || !pt.possible {
			return any, err
		}
	}
	if any && pt.each != nil {
		s.sum(pt)
	}
	return any, nil
}

// impossible returns the error that says why the start is impossible.
func (s *jointSearch) impossible() error {
	for i, f := range s.frames {
		if s.selected[f.Problem] == i {
			if err := f.Problem.sim.Check(); err != nil {
				return fmt.Errorf("refine: %s: the start is impossible: %w", f.Name, err)
			}
		}
	}
	return fmt.Errorf("refine: the start is impossible: the loss of an image or a derivative is not finite there")
}

// iterated counts an iteration and reports it to the user.
func (s *jointSearch) iterated(at *jointPoint, accepted bool) {
	s.number++
	if f := s.settings.OnIteration; f != nil {
		_, values := s.shared(at.values)
		f(Iteration{Number: s.number, Evaluations: s.evaluations, Loss: at.loss, Values: values, Accepted: accepted, Elapsed: time.Since(s.beginning)})
	}
}
