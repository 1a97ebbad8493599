package refine

import (
	"context"
	"fmt"
	"math"
)

// atBound is the decrease of the loss that there may be on the way to a bound for a parameter that rests on it: far less than the
// half that a standard uncertainty makes.
const atBound = 1e-8

// resting reports which free numbers rest on a bound: the loss decreases towards it, and there is no way left. They count as
// converged there. Without that a search would go on for ever, since a bound is infinitely far away in the space of
// [Parameters.FreeVector].
func (p *Problem) resting(pt *point) []bool {
	_, restraint, _ := p.params.restraint(pt.values)
	out := make([]bool, len(pt.values))
	for i, e := range p.params.each {
		out[i] = e.Bounds.rests(pt.gradient[i]+restraint[i], pt.values[i])
	}
	return out
}

// rests reports whether a value rests on a bound, where the loss has a slope.
func (b Bounds) rests(slope, v float64) bool {
	switch {
	case b.lower() && slope > 0:
		return slope*(v-b.Lower) < atBound
	case b.upper() && slope < 0:
		return -slope*(b.Upper-v) < atBound
	}
	return false
}

// Remaining returns the decrease of the loss that a Gauss-Newton step predicts from the present values, ½ gᵀF⁻¹g, which is ½ for a
// parameter that is a standard uncertainty from its minimum; and the names of the parameters that rest on a bound, which have no
// part in it. It returns an error where the problem has no Fisher matrix, or the loss or a derivative is not finite.
func (p *Problem) Remaining(ctx context.Context) (decrease float64, resting []string, err error) {
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return math.NaN(), nil, fmt.Errorf("refine: %w", errNoPrediction)
	}
	if err := p.needMatrix("the remaining decrease"); err != nil {
		return math.NaN(), nil, err
	}
	values, err := p.params.Values()
	if err != nil {
		return math.NaN(), nil, err
	}
	x, err := p.params.FreeVector()
	if err != nil {
		return math.NaN(), nil, err
	}
	pt, err := p.compute(ctx, x, fisher)
	if err != nil {
		return math.NaN(), nil, err
	}
	if !pt.possible {
		return math.NaN(), nil, errNotFinite
	}
	if err := p.params.Set(values); err != nil { // compute has set them to within rounding
		return math.NaN(), nil, err
	}
	for i, rests := range p.resting(pt) {
		if rests {
			resting = append(resting, p.params.Names()[i])
		}
	}
	return p.quadratic(pt).halfDecrement(), resting, nil
}
