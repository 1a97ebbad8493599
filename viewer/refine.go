package viewer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

// running is a refinement under way.
type running struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// iteration is what the page hears of a step of the search.
type iteration struct {
	Number int     `json:"number"`
	Loss   float64 `json:"loss"`
	// Values of the free parameters by name.
	Values map[string]float64 `json:"values"`
}

// outcome is what the page hears at the end.
type outcome struct {
	Error   string `json:"error,omitempty"`
	Fit     bool   `json:"fit"`
	Verdict string `json:"verdict,omitempty"`
	Status  string `json:"status,omitempty"`
	// Parameters as they were refined.
	Parameters []refined `json:"parameters,omitempty"`
	// Correlations of the parameters, rows of their matrix; missing where they are not known.
	Correlations [][]float64 `json:"correlations,omitempty"`
	// Files that were written into the output folder.
	Files  []string `json:"files,omitempty"`
	Folder string   `json:"folder,omitempty"`
}

type refined struct {
	Name  string  `json:"name"`
	Start float64 `json:"start"`
	Value float64 `json:"value"`
	Sigma float64 `json:"sigma,omitempty"`
}

// startName is the experiment that a refinement starts from, in the output folder.
const startName = "start.json"

// Refine starts a refinement from the present values, of the parameters of the names and the vectors that are free by default, or where
// there are no names of all that are free by default; reject leaves out pixels that look hot, dead or saturated. The page hears of its steps and its outcome as events.
func (s *Session) Refine(names []string, reject bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.needModel(); err != nil {
		return err
	}
	if s.running != nil {
		return errors.New("viewer: a refinement is running already")
	}
	if s.options.Out == "" {
		return errors.New("viewer: there is no folder for the results of a refinement: start with --out")
	}
	c, err := s.prepared.Present(s.fit)
	if err != nil {
		return err
	}
	for _, n := range names {
		if _, err := s.parameter(n); err != nil {
			return mistake{err}
		}
	}
	if s.anyMasked() {
		paths, err := s.writeMasks("npy")
		if err != nil {
			return err
		}
		c.Images = slices.Clone(c.Images)
		for i := range c.Images {
			c.Images[i].MaskFile = absolute(paths[min(i, len(paths)-1)])
		}
	}
	if err := s.folder(); err != nil {
		return err
	}
	start := filepath.Join(s.options.Out, startName)
	if err := c.Moved(s.options.Out).Write(start); err != nil {
		return err
	}
	o := s.options
	o.Inputs, o.Structure, o.Resume, o.Mask = []string{start}, "", false, ""
	o.Reject = o.Reject || reject
	if len(names) > 0 {
		o.Free = append(slices.Clone(names), s.freeVectors()...)
	}
	if c.Scan != nil {
		o.Images = fmt.Sprint(s.image)
	}
	free := names // which the values of an iteration begin with; elements of vectors follow
	if len(free) == 0 {
		free = s.fit.Problem.Parameters().Names()
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.OnIteration = func(i refine.Iteration) { s.iterated(ctx, free, i) }
	r := &running{cancel: cancel, done: make(chan struct{})}
	s.running, s.before = r, s.present()
	go func() {
		defer close(r.done)
		defer cancel()
		out, err := job.Run(ctx, o)
		s.finish(out, err)
	}()
	return nil
}

// freeVectors are the names of the vectors that are free by default: backgrounds, scales of reflections.
func (s *Session) freeVectors() (names []string) {
	for _, p := range s.fit.Problem.Parameters().List() {
		if len(p.Node.Shape()) > 0 {
			names = append(names, p.Node.Name())
		}
	}
	return names
}

// iterated passes on a step of the search, and shows the values of those that can be turned. In a stage that has fewer free it does not know
// whose values they are.
func (s *Session) iterated(ctx context.Context, names []string, i refine.Iteration) {
	step := iteration{Number: i.Number, Loss: i.Loss}
	if i.Accepted && len(i.Values) >= len(names) {
		s.mu.Lock()
		step.Values = map[string]float64{}
		for k, n := range names {
			if _, err := s.parameter(n); err == nil {
				step.Values[n] = i.Values[k]
			}
		}
		err := s.turn(ctx, step.Values)
		s.mu.Unlock()
		if err != nil { // the picture stays as it is; the refinement goes on
			step.Values = nil
		}
	}
	// An iteration is made of numbers; only an infinite loss has no JSON, and that is not worth an event.
	_ = s.events.send("iteration", step)
}

// finish shows the outcome.
func (s *Session) finish(out *job.Outcome, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	s.files = nil
	told := outcome{Folder: s.options.Out}
	if err != nil {
		told.Error = err.Error()
	} else {
		told.Fit, told.Verdict, told.Status, told.Files = out.Verdict.Fit, out.Verdict.String(), out.Result.Status.String(), out.Files
		s.files = out.Files
		values := map[string]float64{}
		record := out.Result.Record()
		told.Correlations = record.Correlation
		for _, p := range record.Parameters {
			told.Parameters = append(told.Parameters, refined{p.Name, p.Start, p.Value, p.Sigma})
			if k, err := s.parameter(p.Name); err == nil {
				values[p.Name], k.Sigma = p.Value, p.Sigma
			}
		}
		if err := s.turn(context.Background(), values); err != nil {
			told.Error = err.Error()
		}
	}
	if err := s.events.send("outcome", told); err != nil { // a value that is not finite
		_ = s.events.send("outcome", outcome{Error: err.Error(), Folder: s.options.Out})
	}
}

// Stop ends a refinement; the best point so far is its outcome. Without one it does nothing.
func (s *Session) Stop() {
	s.mu.Lock()
	r := s.running
	s.mu.Unlock()
	if r != nil {
		r.cancel()
	}
}

// Back sets the parameters to what they were before the last refinement, whose σ are forgotten.
func (s *Session) Back(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running != nil:
		return errRunning
	case s.before == nil:
		return wrong("there was no refinement to go back from")
	}
	values := s.before
	s.before = nil
	for _, k := range s.knobs {
		k.Sigma = 0
	}
	return s.turn(ctx, values)
}
