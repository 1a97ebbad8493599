package refine_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// TestFisher holds the Fisher matrix, summed in the program, against JᵀWJ of derivative images, and covariances against
// its inverse; compiled and on the tape.
func TestFisher(t *testing.T) {
	for _, option := range []simulator.Option{simulator.On(simulator.CPU()), simulator.On(simulator.Tape())} {
		s := small(2)
		s.detector.Fast, s.detector.Slow, s.detector.Pixel = 40, 40, 2
		e := s.build(t, nil, option)
		e.measure(t, s, refine.ModelConfig{Scale: 1.3, Background: refine.Flat, Level: 2})
		nodes := []*G.Node{e.crystal.Cell.A, e.crystal.Misset[1], e.model.Scale, e.model.Flat}
		loss, err := e.model.Poisson()
		check(t, err)
		params, err := refine.ParametersFrom(
			refine.Parameter{Node: nodes[0], Bounds: refine.Within(31, 1)}, // bounds do not change covariances
			refine.Parameter{Node: nodes[1], Restraint: &refine.Restraint{Centre: -8, Sigma: 0.01}},
			refine.Parameter{Node: nodes[2]}, refine.Parameter{Node: nodes[3]})
		check(t, err)
		p, err := refine.NewProblem(e.Simulator, loss, params)
		check(t, err)
		u, err := p.Uncertainty(context.Background())
		check(t, err)
		check(t, u.Err())

		images, err := e.Derivatives(context.Background(), nodes[:2]...)
		check(t, err)
		intensity := numbers(t, e, e.Intensity())
		counts := numbers(t, e, e.model.Data)
		want := mat.NewSymDense(4, nil)
		chi := 0.0
		for i, x := range intensity {
			m := 1.3*x + 2
			j := []float64{1.3 * images[0][0].Float64s()[i], 1.3 * images[1][0].Float64s()[i], x, 1}
			for a := range j {
				for b := a; b < 4; b++ {
					want.SetSym(a, b, want.At(a, b)+j[a]*j[b]/m)
				}
			}
			chi += (m - counts[i]) * (m - counts[i]) / m
		}
		want.SetSym(1, 1, want.At(1, 1)+1e4)
		var inverse mat.Dense
		check(t, inverse.Inverse(want))
		for a := range 4 {
			for b := range 4 {
				if got, want := u.Fisher.At(a, b), want.At(a, b); !(math.Abs(got-want) <= 1e-10*math.Abs(want)) {
					t.Errorf("Fisher (%d, %d) is %.12g, want %.12g", a, b, got, want)
				}
				if got, want := u.Covariance.At(a, b), inverse.At(a, b); !(math.Abs(got-want) <= 1e-9*math.Sqrt(inverse.At(a, a)*inverse.At(b, b))) {
					t.Errorf("covariance (%d, %d) is %.12g, want %.12g", a, b, got, want)
				}
				if got, want := u.Correlation.At(a, b), inverse.At(a, b)/math.Sqrt(inverse.At(a, a)*inverse.At(b, b)); !(math.Abs(got-want) <= 1e-9) {
					t.Errorf("correlation (%d, %d) is %.12g, want %.12g", a, b, got, want)
				}
			}
			if want := math.Sqrt(inverse.At(a, a)); !(math.Abs(u.Sigma[a]-want) <= 1e-9*want) {
				t.Errorf("sigma %d is %g, want %g", a, u.Sigma[a], want)
			}
		}
		// Four parameters, one of them restrained.
		if !(math.Abs(u.ChiSquare-chi) <= 1e-11*chi) || u.Freedom != 1600-3 || u.Reduced != u.ChiSquare/1597 {
			t.Errorf("chi square %g of %d, reduced %g; want %g of 1597", u.ChiSquare, u.Freedom, u.Reduced, chi)
		}
	}
}

// TestUndetermined: parameters that change the image in the same way are named, and nothing is NaN.
func TestUndetermined(t *testing.T) {
	s := small(2)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 40, 40, 2
	s.crystal.Mosaic.Domains = 1
	e := s.build(t, nil)
	e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: 2})
	run := func(nodes ...*G.Node) *refine.Result {
		t.Helper()
		r, err := refine.Run(context.Background(), e.problem(t, nodes...), nil)
		check(t, err)
		for i, n := range nodes { // back, for the next
			check(t, e.Set(n, r.Start[i]))
		}
		return r
	}
	r := run(e.crystal.Cell.A, e.detector.RotZ, e.model.Scale, e.detector.TwoTheta, e.beam.Fluence, e.model.Flat)
	u := r.Uncertainty
	if r.Status != refine.Converged || len(u.Undetermined) != 2 || !errors.Is(u.Err(), refine.ErrUndetermined) {
		t.Fatalf("%v: %v", r.Status, u.Err())
	}
	text := u.Err().Error()
	for _, want := range []string{
		// The two-theta axis is −z, so that the angles add up.
		"detector.rotz and detector.twotheta change the image in the same way: changing detector.rotz by 1, detector.twotheta by 1 leaves it as it is",
		// 1 % of scale is 1 % of the fluence.
		"scale and beam.fluence change the image in the same way",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	if !strings.Contains(r.String(), "detector.rotz and detector.twotheta") {
		t.Errorf("the table does not tell:\n%v", r)
	}
	for i, n := range u.Names {
		loose := n != "cell.a" && n != "background.flat"
		if math.IsInf(u.Sigma[i], 1) != loose || math.IsNaN(u.Sigma[i]) {
			t.Errorf("sigma of %s is %g", n, u.Sigma[i])
		}
		for j := range u.Names {
			if c := u.Correlation.At(i, j); math.IsNaN(c) || math.Abs(c) > 1+1e-9 {
				t.Errorf("the correlation of %s and %s is %g", n, u.Names[j], c)
			}
		}
	}
	// What is determined is so to the same uncertainty as without the doubles.
	alone := run(e.crystal.Cell.A, e.detector.RotZ, e.model.Scale, e.model.Flat).Uncertainty
	check(t, alone.Err())
	if got, want := u.Sigma[0], alone.Sigma[0]; !(math.Abs(got/want-1) < 1e-3) {
		t.Errorf("sigma of a is %g, alone %g", got, want)
	}
	// One that does nothing at the present point: with a mosaic spread of one domain it would be refused, water of 0 has
	// a derivative of 0.
	u = run(e.crystal.Cell.A, e.crystal.Water).Uncertainty
	if len(u.Undetermined) != 1 || u.Undetermined[0].String() != "water does not change the image" || !math.IsInf(u.Sigma[1], 1) || math.IsInf(u.Sigma[0], 1) {
		t.Errorf("water: %v, sigma %v", u.Undetermined, u.Sigma)
	}
	// A restraint determines.
	loss, err := e.model.Poisson()
	check(t, err)
	params, err := refine.ParametersFrom(refine.Parameter{Node: e.detector.RotZ}, refine.Parameter{Node: e.detector.TwoTheta, Restraint: &refine.Restraint{Sigma: 0.01}})
	check(t, err)
	p, err := refine.NewProblem(e.Simulator, loss, params)
	check(t, err)
	u, err = p.Uncertainty(context.Background())
	check(t, err)
	check(t, u.Err())
	if got := u.Sigma[1]; !(math.Abs(got-0.01) < 1e-6) {
		t.Errorf("restrained to 0.01° it is known to %g°", got)
	}
}

// TestLossRestraint: a restraint on an expression is the same as one on the parameter that it is.
func TestLossRestraint(t *testing.T) {
	var sigma, at [2]float64
	for k := range sigma {
		s := small(2)
		s.detector.Fast, s.detector.Slow, s.detector.Pixel = 40, 40, 2
		e := s.build(t, nil)
		e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: 2})
		loss, err := e.model.Poisson()
		check(t, err)
		q := refine.Parameter{Node: e.crystal.Cell.A}
		if k == 0 {
			q.Restraint = &refine.Restraint{Centre: 30.9, Sigma: 0.01}
		} else {
			twice := G.Must(G.Add(e.crystal.Cell.A, e.crystal.Cell.A))
			check(t, loss.Restrain(twice, 61.8, 0.02))
			wantError(t, loss.Restrain(twice, 61.8, 0), "refine: a restraint of")
			wantError(t, loss.Restrain(e.Intensity(), 0, 1), "refine: a restraint is for a scalar node")
		}
		params, err := refine.ParametersFrom(q, refine.Parameter{Node: e.model.Flat})
		check(t, err)
		p, err := refine.NewProblem(e.Simulator, loss, params)
		check(t, err)
		r, err := refine.Run(context.Background(), p, nil)
		check(t, err)
		sigma[k], at[k] = r.Uncertainty.Sigma[0], r.Values[0]
	}
	if !(math.Abs(sigma[0]-sigma[1]) < 1e-9) || !(math.Abs(at[0]-at[1]) < 1e-3*sigma[0]) {
		t.Errorf("a = %g ± %g and %g ± %g", at[0], sigma[0], at[1], sigma[1])
	}
}

// TestScatter: least squares and a robust loss have the uncertainties that the noise makes. Over seeds of the noise,
// (a − truth)/σ has a variance near 1: 0.3 to 2 are 3 σ of 30 draws. On
// a bright background, no few pixels decide.
func TestScatter(t *testing.T) {
	s := small(2)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 64, 64, 1.2
	s.crystal.N, s.crystal.Mosaic, s.beam.Fluence = [3]float64{2, 2, 2}, crystal.Mosaic{}, 1e29
	s.crystal.Lookup = crystal.Nearest
	s.background = 3000
	sums := map[string]float64{}
	const seeds = 30
	for _, name := range []string{"least squares", "huber"} {
		e := s.build(t, nil)
		e.measure(t, s, refine.ModelConfig{Background: refine.Flat, Level: s.background})
		var loss *refine.Loss
		var err error
		if name == "huber" {
			loss, err = e.model.Huber(60)
		} else {
			loss, err = e.model.LeastSquares()
		}
		check(t, err)
		params, err := refine.NewParameters(e.crystal.Cell.A, e.model.Scale, e.model.Flat)
		check(t, err)
		p, err := refine.NewProblem(e.Simulator, loss, params)
		check(t, err)
		for seed := range seeds {
			check(t, params.Set([]float64{31, 1, s.background}))
			check(t, e.model.Replace(refine.Data{Counts: e.noisy(t, s.background, uint64(seed+100))}))
			r, err := refine.Run(context.Background(), p, nil)
			check(t, err)
			pull := (r.Values[0] - 31) / r.Uncertainty.Sigma[0]
			sums[name] += pull * pull / seeds
		}
	}
	for name, v := range sums {
		if !(v > 0.3 && v < 2) {
			t.Errorf("%s: pulls have a variance of %.2f", name, v)
		}
	}
}
