package refine

import (
	"fmt"
	"strings"
	"time"

	"github.com/gobragg/gobragg/experiment"
)

// Iteration is the state of a search after an iteration.
type Iteration struct {
	Number      int       // from 1, in each stage of a Continuation
	Stage       int       // of a Continuation, from 1; 0 in its last step and in other methods
	Evaluations int       // of the loss so far, with its derivatives or without
	Loss        float64   // restraints included; that of the batch for a Solver with a Batch
	Values      []float64 // of the free parameters, in their own units
	Accepted    bool      // the step decreased the loss, and the search goes on from here
	Elapsed     time.Duration
}

// Result is the outcome of a search.
type Result struct {
	Status Status
	// Detail explains the status further; "" where there is nothing to add. For gonum's methods it
	// is gonum's text.
	Detail string
	Method string
	// Names, Start and Values are those of the free parameters, in their own units. The parameters'
	// nodes hold Values.
	Names         []string
	Start, Values []float64
	// Vectors says which of them are elements of vectors.
	Vectors []Vector
	// StartLoss and Loss include restraints. They are +Inf where the search was interrupted before
	// the first loss was known.
	StartLoss, Loss float64
	// Iterations is the number of steps tried, Evaluations the number of times that the loss was
	// computed, with its derivatives or without.
	Iterations, Evaluations int
	Elapsed                 time.Duration
	// Uncertainty of the parameters. It is nil for losses without a Curvature, for
	// Settings.WithoutUncertainty, and where the search was interrupted.
	Uncertainty *Uncertainty
	// Verdict is whether the model fits the data, nil where it is not known. Package refine/verdict has it; what is printed and
	// recorded of the result begins with it, and has the uncertainties of its sandwich covariance where the model does not fit.
	Verdict Verdict
}

// Verdict is whether a model fits its data.
type Verdict interface {
	Fits() bool
	// String is the verdict in words, some lines.
	String() string
	// Record is the verdict as an experiment's file holds it.
	Record() *experiment.Verdict
	// Sandwich has the sandwich covariance where the model does not fit, or nil.
	Sandwich() *Uncertainty
}

// known is the uncertainty that is shown: that of the result where its model fits or there is no verdict, the sandwich covariance,
// or none, where it does not.
func (r *Result) known() *Uncertainty {
	if r.Verdict != nil && !r.Verdict.Fits() {
		return r.Verdict.Sandwich()
	}
	return r.Uncertainty
}

// String returns a table of the parameters.
func (r *Result) String() string {
	var b strings.Builder
	if r.Verdict != nil {
		b.WriteString(r.Verdict.String())
	}
	u := r.known()
	fmt.Fprintf(&b, "%s: %s after %d iterations, %d evaluations, %.2f s; loss %.8g, at the start %.8g\n",
		r.Method, r.Status, r.Iterations, r.Evaluations, r.Elapsed.Seconds(), r.Loss, r.StartLoss)
	width := 9
	rows := r.rows()
	for _, q := range rows {
		width = max(width, len(q.name))
	}
	fmt.Fprintf(&b, "%-*s  %14s  %14s  %12s\n", width, "parameter", "start", "refined", "sigma")
	for _, q := range rows {
		sigma := "?"
		if u != nil {
			sigma = fmt.Sprintf("%.3g", q.sigma)
		}
		fmt.Fprintf(&b, "%-*s  %14.8g  %14.8g  %12s%s\n", width, q.name, q.start, q.value, sigma, q.note())
	}
	if u != nil {
		b.WriteString(u.summary())
	}
	return b.String()
}
