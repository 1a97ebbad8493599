package refine

import (
	"fmt"
	"strings"
	"time"
)

// Iteration is what a search has reached.
type Iteration struct {
	Number      int       // from 1, in each stage of a Continuation
	Stage       int       // of a Continuation, from 1; 0 in its last step and in other methods
	Evaluations int       // of the loss, with its derivatives or without
	Loss        float64   // with restraints; of a batch, where pixels are drawn
	Values      []float64 // of the free parameters
	Accepted    bool      // whether the step made the loss smaller, and the search goes on from here
	Elapsed     time.Duration
}

// Result is where a search ended.
type Result struct {
	Status Status
	// Detail says more about the status where there is something to say, in gonum's words for gonum's methods.
	Detail string
	Method string
	// Names, Start and Values are those of the free parameters. The parameters' nodes hold Values.
	Names         []string
	Start, Values []float64
	// StartLoss and Loss are with restraints; +Inf where the search was interrupted before the first was known.
	StartLoss, Loss float64
	// Iterations are steps tried, Evaluations how often the loss was computed, with its derivatives or without.
	Iterations, Evaluations int
	Elapsed                 time.Duration
	// Uncertainty is what the data say about the parameters. nil for losses without a curvature, where it was not wanted,
	// and where the search was interrupted.
	Uncertainty *Uncertainty
}

// String is a table of the parameters.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s after %d iterations, %d evaluations, %.2f s; loss %.8g, at the start %.8g\n",
		r.Method, r.Status, r.Iterations, r.Evaluations, r.Elapsed.Seconds(), r.Loss, r.StartLoss)
	width := 9
	for _, n := range r.Names {
		width = max(width, len(n))
	}
	fmt.Fprintf(&b, "%-*s  %14s  %14s  %12s\n", width, "parameter", "start", "refined", "sigma")
	for i, n := range r.Names {
		sigma := "?"
		if r.Uncertainty != nil {
			sigma = fmt.Sprintf("%.3g", r.Uncertainty.Sigma[i])
		}
		fmt.Fprintf(&b, "%-*s  %14.8g  %14.8g  %12s\n", width, n, r.Start[i], r.Values[i], sigma)
	}
	if u := r.Uncertainty; u != nil {
		b.WriteString(u.summary())
	}
	return b.String()
}
