package verdict

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/refine"
)

// Of computes the verdict of a fit at the result's values, which the parameters' nodes must still have.
func Of(ctx context.Context, f *refine.Fit, r *refine.Result) (*Verdict, error) {
	if f == nil || r == nil {
		return nil, fmt.Errorf("verdict: a verdict needs a fit and its result")
	}
	a := &analysis{ctx: ctx, fit: f, result: r, verdict: &Verdict{}}
	if u := r.Uncertainty; u != nil {
		a.free = len(u.Names) - len(u.Undetermined) - u.Unseen
	}
	if err := a.gather(f.Data.Mask); err != nil {
		return nil, err
	}
	v := a.verdict
	bright, dark := a.chiSquares()
	for _, s := range []struct {
		name string
		of   sums
	}{{BrightChiSquare, bright}, {DarkChiSquare, dark}} {
		if s.of.n == 0 {
			continue
		}
		n := float64(s.of.n)
		t := Statistic{Name: s.name, Value: s.of.value / n, Mean: 1, Sigma: math.Sqrt(s.of.variance) / n, Number: s.of.n}
		t.Limit = 1 + significance*t.Sigma
		v.Statistics = append(v.Statistics, t)
		if t.Value > t.Limit {
			v.Reasons = append(v.Reasons, Reason{Kind: Misfit, Value: t.Value, Limit: t.Limit,
				Text: fmt.Sprintf("χ² is %.4g a pixel and may be up to %.4g (%s)", t.Value, t.Limit, s.name)})
		}
	}
	if r.Status != refine.Converged {
		v.Reasons = append(v.Reasons, Reason{Kind: NotConverged, Text: "the search ended by: " + r.Status.String()})
	}
	v.Fit = len(v.Reasons) == 0
	if !v.Fit && r.Uncertainty != nil {
		var err error
		if v.Uncertainty, err = f.Problem.Sandwich(ctx, nil); err != nil {
			return nil, err
		}
	}
	return v, nil
}
