package refine_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
)

// TestMethods: all reach the same minimum, Gauss-Newton in far fewer evaluations than Adam.
func TestMethods(t *testing.T) {
	evaluations := map[string]int{}
	var best *refine.Result
	for _, m := range []refine.Method{nil, refine.LBFGS{}, refine.BFGS{}, refine.Newton{}, refine.Solver{},
		refine.Solver{Solver: G.NewRMSPropSolver(G.WithLearnRate(0.02))}, &refine.Continuation{Error: 0.004}} {
		e, p := bounded(t)
		calls := 0
		r, err := refine.Run(context.Background(), p, &refine.Settings{Method: m, OnIteration: func(i refine.Iteration) {
			if i.Stage > 0 {
				return
			}
			if calls++; i.Number != calls || len(i.Values) != 5 {
				t.Errorf("iteration %+v after %d", i, calls-1)
			}
		}})
		check(t, err)
		if m == nil {
			best = r
		}
		t.Log(r.Method, r.Status, r.Detail, r.Iterations, r.Evaluations, r.Loss-best.Loss)
		if r.Status != refine.Converged || calls != r.Iterations || r.Evaluations < r.Iterations || !(r.Loss < r.StartLoss) {
			t.Errorf("%s: %s after %d iterations (%d told), %d evaluations, loss from %g to %g", r.Method, r.Status, r.Iterations, calls, r.Evaluations, r.StartLoss, r.Loss)
		}
		for i, v := range r.Values {
			if off := math.Abs(v-best.Values[i]) / best.Uncertainty.Sigma[i]; !(off < 0.1) {
				t.Errorf("%s: %s is %g, %.2f σ from Gauss-Newton's", r.Method, r.Names[i], v, off)
			}
			if value(p.Parameters().Nodes()[i]) != v {
				t.Errorf("%s: the node of %s is not at the result", r.Method, r.Names[i])
			}
		}
		_ = e
		evaluations[r.Method] = r.Evaluations
	}
	if n, adam := evaluations["Gauss-Newton"], evaluations["Adam"]; !(5*n < adam) {
		t.Errorf("%d evaluations, Adam %d", n, adam)
	}
	text := best.String()
	for _, want := range []string{"Gauss-Newton: converged", "cell.gamma", "degrees of freedom"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
}

// TestBatches: steps on drawn pixels come near the minimum, the same seed gives the same search, and the weights are left
// as they were.
func TestBatches(t *testing.T) {
	run := func(seed uint64) *refine.Result {
		e, p := bounded(t)
		before := numbers(t, e, p.Loss().Count)[0]
		r, err := refine.Run(context.Background(), p, &refine.Settings{Method: refine.Solver{Solver: G.NewAdamSolver(G.WithLearnRate(0.05))}, MaxIterations: 150, Batch: &refine.Batch{Pixels: 600, Seed: seed}})
		check(t, err)
		if after := numbers(t, e, p.Loss().Count)[0]; before != 48*48 || after != before {
			t.Errorf("%g pixels count before, %g after", before, after)
		}
		return r
	}
	a, b, c := run(1), run(1), run(2)
	if a.Loss != b.Loss || a.Loss == c.Loss {
		t.Errorf("seeds 1, 1, 2 give losses %.17g, %.17g, %.17g", a.Loss, b.Loss, c.Loss)
	}
	_, p := bounded(t)
	best, err := refine.Run(context.Background(), p, nil)
	check(t, err)
	if !(a.Loss-best.Loss < 0.1*(a.StartLoss-best.Loss)) {
		t.Errorf("from %g to %g, the minimum is %g", a.StartLoss, a.Loss, best.Loss)
	}
}

// TestInterrupted: a search that is cancelled gives the best point until then, whatever the method.
func TestInterrupted(t *testing.T) {
	for _, m := range []refine.Method{&refine.GaussNewton{}, refine.LBFGS{}, refine.Newton{}, refine.Solver{}, &refine.Continuation{Error: 0.02}} {
		_, p := bounded(t)
		ctx, cancel := context.WithCancel(context.Background())
		var best float64
		r, err := refine.Run(ctx, p, &refine.Settings{Method: m, OnIteration: func(i refine.Iteration) {
			if i.Number == 2 {
				best = i.Loss
				cancel()
			}
		}})
		check(t, err)
		if r.Status != refine.Interrupted || r.Detail != context.Canceled.Error() || r.Uncertainty != nil {
			t.Errorf("%s: %s %q", r.Method, r.Status, r.Detail)
		}
		if _, ok := m.(*refine.Continuation); !ok && !(r.Loss <= best && r.Loss < r.StartLoss) || r.Loss > r.StartLoss {
			t.Errorf("%s: the loss is %g after %g, at the start %g", r.Method, r.Loss, best, r.StartLoss)
		}
		for i, n := range p.Parameters().Nodes() {
			if value(n) != r.Values[i] {
				t.Errorf("%s: %s is left at %g, the result is %g", r.Method, r.Names[i], value(n), r.Values[i])
			}
		}
		// And it may go on from there.
		if r, err = refine.Run(context.Background(), p, nil); err != nil || r.Status != refine.Converged {
			t.Errorf("%s: afterwards %v, %v", m, r, err)
		}
	}
	// Before the first evaluation.
	_, p := bounded(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := refine.Run(ctx, p, nil)
	check(t, err)
	if r.Status != refine.Interrupted || !math.IsInf(r.Loss, 1) || r.Values[0] != r.Start[0] {
		t.Errorf("cancelled before: %+v", r)
	}
}

// TestOwnLoss: a user's loss of gorgonia's operations, with no curvature.
func TestOwnLoss(t *testing.T) {
	e, p := bounded(t)
	prediction, err := e.model.Prediction()
	check(t, err)
	own := &refine.Loss{Value: G.Must(G.Sum(G.Must(G.Square(G.Must(G.Sub(prediction, e.model.Data))))))}
	q, err := refine.NewProblem(e.Simulator, own, p.Parameters())
	check(t, err)
	r, err := refine.Run(context.Background(), q, nil)
	check(t, err)
	if r.Method != "L-BFGS" || r.Uncertainty != nil || math.Abs(value(e.crystal.Cell.A)-31) > 0.05 {
		t.Errorf("%v", r)
	}
	_, err = refine.Run(context.Background(), q, &refine.Settings{Method: &refine.GaussNewton{}})
	wantError(t, err, "refine: the loss has no Prediction and Curvature")
	if strings.Count(err.Error(), "refine:") != 1 {
		t.Errorf("the prefix is doubled: %v", err)
	}
}

func TestSettingsErrors(t *testing.T) {
	e, p := bounded(t)
	for _, c := range []struct {
		settings refine.Settings
		want     string
	}{
		{refine.Settings{MaxIterations: -1}, "refine: Settings.MaxIterations is -1; want 0 or more"},
		{refine.Settings{Tolerance: math.NaN()}, "refine: Settings.Tolerance is NaN; want"},
		{refine.Settings{Relative: math.Inf(1)}, "refine: Settings.Relative is +Inf; want"},
		{refine.Settings{Method: &refine.GaussNewton{Damping: -1}}, "refine: GaussNewton: Damping is -1; want 0 or more"},
		{refine.Settings{Method: &refine.GaussNewton{Damping: math.NaN()}}, "refine: GaussNewton: Damping is NaN"},
		{refine.Settings{Method: refine.Solver{Patience: -1}}, "refine: Solver: Patience is -1; want 0 or more"},
		{refine.Settings{Batch: &refine.Batch{Pixels: 10}}, "refine: Settings.Batch is for a Solver: Gauss-Newton needs"},
		{refine.Settings{Method: refine.Solver{}, Batch: &refine.Batch{Pixels: 5000}}, "refine: Batch.Pixels is 5000; want 1 to 2304"},
		{refine.Settings{Method: &refine.Continuation{Error: 2}}, "refine: continuation: Error is 2"},
		{refine.Settings{Method: &refine.Continuation{Stages: []refine.Stage{{}}}}, "refine: continuation: stage 0: error 0"},
	} {
		_, err := refine.Run(context.Background(), p, &c.settings)
		wantError(t, err, c.want)
	}
	_, err := refine.Run(context.Background(), nil, nil)
	wantError(t, err, "refine: the problem is nil")
	var none context.Context
	_, err = refine.Run(none, p, nil)
	wantError(t, err, "refine: the context is nil")
	r, err := refine.Run(context.Background(), p, &refine.Settings{MaxIterations: 1})
	check(t, err)
	if r.Status != refine.IterationLimit {
		t.Errorf("one iteration ends as %s", r.Status)
	}
	huber, err := e.model.Huber(0)
	check(t, err)
	q, err := refine.NewProblem(e.Simulator, huber, p.Parameters())
	check(t, err)
	_, err = refine.Run(context.Background(), q, &refine.Settings{Method: refine.Solver{}, Batch: &refine.Batch{Pixels: 50}})
	wantError(t, err, "refine: Settings.Batch: the loss has no input Loss.Weight")
	// A start that has left the bounds since.
	check(t, e.Set(e.crystal.Cell.A, 40.0))
	_, err = refine.Run(context.Background(), p, nil)
	wantError(t, err, "refine: cell.a: the start 40 is outside the bounds (30.5, 31.5)")
	own := &refine.Loss{Value: p.Loss().Value}
	q, err = refine.NewProblem(e.Simulator, own, p.Parameters())
	check(t, err)
	check(t, e.Set(e.crystal.Cell.A, 31.0))
	_, err = refine.Run(context.Background(), q, &refine.Settings{Method: &refine.Continuation{}})
	wantError(t, err, "refine: a continuation needs the data and the weights")
}

// TestContinuationGeometry: a distance in metres leaves no pixel on a spot, and the error shows the geometry.
func TestContinuationGeometry(t *testing.T) {
	e, p := bounded(t)
	check(t, e.Set(e.detector.Distance, 0.1))
	_, err := refine.Run(context.Background(), p, &refine.Settings{Method: &refine.Continuation{}})
	wantError(t, err, "a distance of 0.1 mm and a wavelength of 1 Å")
}
