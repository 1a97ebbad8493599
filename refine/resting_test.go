package refine_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/refine"
)

// A parameter whose minimum is beyond a bound rests on it: the search converges there, quickly, the parameter is named and has no part
// in what remains, and the others are where they are with the parameter held at the bound. One whose minimum is inside does not rest,
// however near the bound is.
func TestResting(t *testing.T) {
	ctx := context.Background()
	run := func(bounds refine.Bounds, held bool) (*trial, *refine.Problem, *refine.Result) {
		set := tiny()
		e := set.build(t, nil)
		e.measure(t, set, refine.ModelConfig{Background: refine.Flat, Level: set.background})
		loss, err := e.model.Poisson()
		check(t, err)
		e.shift(t, nil)
		spread := refine.Parameter{Node: e.crystal.MosaicSpread, Bounds: bounds, Fixed: held}
		if held {
			check(t, e.Set(e.crystal.MosaicSpread, bounds.Upper))
			spread.Bounds = refine.Bounds{}
		} else {
			check(t, e.Set(e.crystal.MosaicSpread, bounds.Lower/2+bounds.Upper/2))
		}
		params, err := refine.ParametersFrom(spread, refine.Parameter{Node: e.model.Scale}, refine.Parameter{Node: e.model.Flat})
		check(t, err)
		p, err := refine.NewProblem(e.Simulator, loss, params)
		check(t, err)
		r, err := refine.Run(ctx, p, nil)
		check(t, err)
		return e, p, r
	}
	true_ := tiny().crystal.Mosaic.Spread
	upper := 0.7 * true_
	e, p, r := run(refine.Between(0.2*true_, upper), false)
	if r.Status != refine.Converged || r.Iterations > 40 {
		t.Errorf("on a bound: %s after %d iterations", r.Status, r.Iterations)
	}
	if v := value(e.crystal.MosaicSpread); !(v <= upper && upper-v < 1e-6*upper) {
		t.Errorf("the spread is %.12g, and its bound %.12g", v, upper)
	}
	decrease, resting, err := p.Remaining(ctx)
	check(t, err)
	if !slices.Equal(resting, []string{"mosaic.spread"}) || !(decrease >= 0 && decrease < 1e-5) {
		t.Errorf("%v rest, %g remains", resting, decrease)
	}
	_, _, held := run(refine.Between(0, upper), true)
	for i, v := range held.Values {
		if got, sigma := r.Values[i+1], held.Uncertainty.Sigma[i]; math.Abs(got-v) > 0.01*sigma {
			t.Errorf("%s is %g on the bound, %g ± %g with the spread held there", held.Names[i], got, v, sigma)
		}
	}

	// The same where the loss decreases towards the lower bound.
	e, p, r = run(refine.Between(1.3*true_, 4*true_), false)
	_, resting, err = p.Remaining(ctx)
	check(t, err)
	if v := value(e.crystal.MosaicSpread); r.Status != refine.Converged || !slices.Equal(resting, []string{"mosaic.spread"}) || !(v-1.3*true_ < 1e-6*true_) {
		t.Errorf("on a lower bound: %s, %v rest, the spread is %g", r.Status, resting, v)
	}

	// A minimum inside.
	_, p, r = run(refine.Between(0.2*true_, 4*true_), false)
	_, resting, err = p.Remaining(ctx)
	check(t, err)
	if r.Status != refine.Converged || len(resting) != 0 || math.Abs(r.Values[0]-true_) > 4*r.Uncertainty.Sigma[0] {
		t.Errorf("inside: %s, %v rest, the spread is %g ± %g", r.Status, resting, r.Values[0], r.Uncertainty.Sigma[0])
	}
	// Away from the minimum something remains: half of it for a standard uncertainty.
	check(t, p.Parameters().Set([]float64{r.Values[0], r.Values[1], r.Values[2] + 1/math.Sqrt(r.Uncertainty.Fisher.At(2, 2))}))
	decrease, _, err = p.Remaining(ctx)
	check(t, err)
	if want := 0.5; !(math.Abs(decrease-want) < 0.1) {
		t.Errorf("%g remains; want about %g", decrease, want)
	}
}
