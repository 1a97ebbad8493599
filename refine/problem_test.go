package refine_test

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// bounded is a problem with bounds of all kinds, a restraint and a tie, a little off the truth.
func bounded(t testing.TB, options ...simulator.Option) (*trial, *refine.Problem) {
	s := small(2)
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 48, 48, 1.8
	e := s.build(t, nil, options...)
	e.measure(t, s, refine.ModelConfig{Background: refine.Tilted, Level: 1.5})
	loss, err := e.model.Poisson()
	check(t, err)
	params, err := refine.ParametersFrom(
		refine.Parameter{Node: e.crystal.Cell.A, Bounds: refine.Within(31, 0.5)},
		refine.Parameter{Node: e.crystal.Misset[0], Scale: 0.1, Restraint: &refine.Restraint{Centre: 3.1, Sigma: 0.05}},
		refine.Parameter{Node: e.model.Scale, Bounds: refine.Above(0)},
		refine.Parameter{Node: e.crystal.Cell.Gamma, Bounds: refine.Below(105)},
		refine.Parameter{Node: e.model.Fast, Scale: 0.01})
	check(t, err)
	e.shift(t, map[*G.Node]float64{e.crystal.Cell.A: 0.01, e.crystal.Misset[0]: 0.02})
	p, err := refine.NewProblem(e.Simulator, loss, params)
	check(t, err)
	return e, p
}

// TestProblemDerivatives: gradient and Hessian by the free vector, against differences of the loss and the gradient.
func TestProblemDerivatives(t *testing.T) {
	_, p := bounded(t)
	x, err := p.Parameters().FreeVector()
	check(t, err)
	n := len(x)
	got := make([]float64, n)
	p.Grad(got, x)
	scale := 0.0
	for _, g := range got {
		scale = math.Max(scale, math.Abs(g))
	}
	// Richardson's: fd.Central over steps of h and h/2, extrapolated once.
	numeric := func(f func([]float64) float64, i int) float64 {
		along := func(step float64) float64 {
			return fd.Derivative(func(d float64) float64 {
				moved := append([]float64(nil), x...)
				moved[i] += d
				return f(moved)
			}, 0, &fd.Settings{Formula: fd.Central, Step: step})
		}
		return (4*along(5e-4) - along(1e-3)) / 3
	}
	for i := range x {
		if want := numeric(p.Func, i); !(math.Abs(got[i]-want) <= 1e-6*scale) {
			t.Errorf("derivative by %s is %.10g, differences give %.10g", p.Parameters().Names()[i], got[i], want)
		}
	}
	h := mat.NewSymDense(n, nil)
	p.Hess(h, x)
	largest := mat.Max(h)
	for i := range n {
		for j := range n {
			want := numeric(func(x []float64) float64 {
				g := make([]float64, n)
				p.Grad(g, x)
				return g[i]
			}, j)
			if !(math.Abs(h.At(i, j)-want) <= 1e-6*largest) {
				t.Errorf("second derivative by %s and %s is %.10g, differences give %.10g", p.Parameters().Names()[i], p.Parameters().Names()[j], h.At(i, j), want)
			}
		}
	}
	check(t, p.Err())
}

// TestImpossible: a cell that does not close makes the loss infinite and no error.
func TestImpossible(t *testing.T) {
	e := tiny().build(t, nil)
	e.measure(t, tiny(), refine.ModelConfig{})
	p := e.problem(t, e.crystal.Cell.Alpha, e.crystal.Cell.A)
	for _, v := range [][2]float64{{250, 31}, {179, 31}, {82, -3}, {82, 0}, {math.NaN(), 31}} {
		x := []float64{v[0] / 0.082, v[1] / 0.031} // scales are 1/1000 of the starting values
		if f := p.Func(x); !math.IsInf(f, 1) || p.Err() != nil {
			t.Errorf("a cell with alpha %g, a %g has the loss %g, error %v", v[0], v[1], f, p.Err())
		}
		g := make([]float64, 2)
		p.Grad(g, x)
		h := mat.NewSymDense(2, nil)
		p.Hess(h, x)
		if !math.IsNaN(g[0]) || !math.IsNaN(h.At(0, 1)) {
			t.Errorf("there are derivatives %v at an impossible point", g)
		}
	}
	if f := p.Func([]float64{1000, 1000}); math.IsInf(f, 0) || math.IsNaN(f) {
		t.Errorf("back at the start, the loss is %g, error %v", f, p.Err())
	}
	if f := p.Func([]float64{1}); !math.IsInf(f, 1) {
		t.Errorf("a vector of another length has the loss %g", f)
	}
	wantError(t, p.Err(), "refine: 1 numbers for 2 free parameters")
}

// TestGonum: any of gonum's methods takes the problem.
func TestGonum(t *testing.T) {
	e, p := bounded(t)
	x, err := p.Parameters().FreeVector()
	check(t, err)
	r, err := optimize.Minimize(p.Gonum(), x, &optimize.Settings{GradientThreshold: 0.1}, &optimize.BFGS{})
	check(t, err)
	check(t, p.Parameters().Set(p.Parameters().At(r.X)))
	if a := value(e.crystal.Cell.A); math.Abs(a-31) > 0.05 {
		t.Errorf("gonum's BFGS ends at a = %g Å: %v", a, r.Status)
	}
}

func TestProblemErrors(t *testing.T) {
	e := tiny().build(t, nil)
	e.measure(t, tiny(), refine.ModelConfig{})
	loss, err := e.model.Poisson()
	check(t, err)
	some, err := refine.NewParameters(e.crystal.Cell.A)
	check(t, err)
	fixed, err := refine.ParametersFrom(refine.Parameter{Node: e.crystal.Cell.A, Fixed: true})
	check(t, err)
	water, err := refine.NewParameters(e.beam.Dispersion) // not used without a spectrum
	check(t, err)
	other := tiny().build(t, nil)
	for _, c := range []struct {
		sim    *simulator.Simulator
		loss   *refine.Loss
		params *refine.Parameters
		want   string
	}{
		{nil, loss, some, "refine: a problem needs a simulator, a loss and parameters"},
		{e.Simulator, &refine.Loss{}, some, "refine: a problem needs"},
		{other.Simulator, loss, some, "refine: the loss is a node of another graph"},
		{e.Simulator, &refine.Loss{Value: e.Intensity()}, some, "refine: the loss has shape (48); want a scalar"},
		{e.Simulator, loss, fixed, "refine: no parameter is free"},
		{e.Simulator, loss, water, "refine: the loss does not depend on beam.dispersion"},
	} {
		_, err := refine.NewProblem(c.sim, c.loss, c.params)
		wantError(t, err, c.want)
	}
	// A start that is impossible says why.
	p := e.problem(t, e.crystal.Cell.Alpha)
	check(t, e.Set(e.crystal.Cell.Alpha, 250.0))
	_, err = refine.Run(context.Background(), p, nil)
	wantError(t, err, "refine: the start is impossible: crystal: cell angle alpha 250° is outside (0°, 180°)")
}
