package main

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/refine"
)

// The start of the comparison is so near that every method gets there.
const (
	nearCell   = 0.0005
	nearMisset = 0.03 // degrees
	timings    = 3    // of each search; the shortest counts
)

// speed compares methods on one problem: how far from the minimum they are after how many seconds.
func speed(ctx context.Context, path string) (string, error) {
	s, err := newSpecimen(ctx, 1)
	if err != nil {
		return "", err
	}
	// The minimum that all are to find.
	best, err := refine.Run(ctx, s.problem, &refine.Settings{Tolerance: 1e-8})
	if err != nil {
		return "", err
	}
	sigma := best.Uncertainty.Sigma
	distance := func(values []float64) float64 {
		far := 0.0
		for i, v := range values {
			far = max(far, math.Abs(v-best.Values[i])/sigma[i])
		}
		return far
	}

	p := plot.New()
	p.Title.Text = "Distance from the minimum, in standard uncertainties"
	p.X.Label.Text, p.Y.Label.Text = "seconds", "σ"
	p.Legend.Left = true
	p.Add(plotter.NewGrid())
	var b strings.Builder
	b.WriteString("| method | iterations | evaluations | seconds | σ from the minimum at the end |\n|---|---|---|---|---|\n")
	inUnits, err := s.inUnits()
	if err != nil {
		return "", err
	}
	adam := func(rate float64) func() refine.Method { // a solver remembers
		return func() refine.Method {
			return refine.Solver{Solver: G.NewAdamSolver(G.WithLearnRate(rate))}
		}
	}
	for _, m := range []struct {
		name    string
		problem *refine.Problem
		method  func() refine.Method
		colour  color.RGBA
	}{
		{"Gauss-Newton", s.problem, func() refine.Method { return &refine.GaussNewton{} }, color.RGBA{200, 50, 40, 255}},
		{"Newton", s.problem, func() refine.Method { return refine.Newton{} }, color.RGBA{230, 150, 30, 255}},
		{"BFGS", s.problem, func() refine.Method { return refine.BFGS{} }, color.RGBA{60, 150, 70, 255}},
		{"L-BFGS", s.problem, func() refine.Method { return refine.LBFGS{} }, color.RGBA{110, 170, 235, 255}},
		{"Adam, 0.1 of Scale", s.problem, adam(0.1), color.RGBA{90, 90, 90, 255}},
		{"Adam, 0.01 Å and °", inUnits, adam(0.01), color.RGBA{170, 170, 170, 255}},
	} {
		var r *refine.Result
		var line plotter.XYs
		for run := range 1 + timings { // the first builds and compiles
			if err := s.mislead(nearCell, nearMisset); err != nil {
				return "", err
			}
			settings := &refine.Settings{Method: m.method(), WithoutUncertainty: true}
			if run == 0 {
				settings.MaxIterations = 2
			}
			var way plotter.XYs
			least := math.Inf(1) // of the loss
			var at []float64
			settings.OnIteration = func(i refine.Iteration) {
				if i.Loss < least {
					least, at = i.Loss, i.Values
				}
				if at != nil {
					way = append(way, plotter.XY{X: i.Elapsed.Seconds(), Y: max(distance(at), 1e-6)})
				}
			}
			result, err := refine.Run(ctx, m.problem, settings)
			if err != nil {
				return "", err
			}
			if run == 1 || run > 1 && result.Elapsed < r.Elapsed {
				r, line = result, way
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %.2f | %.2g |\n", m.name, r.Iterations, r.Evaluations, r.Elapsed.Seconds(), distance(r.Values))
		if err := addLine(p, m.name, thin(line), m.colour); err != nil {
			return "", err
		}
	}
	decades(&p.X)
	decades(&p.Y)
	return b.String(), saveSideBySide([]*plot.Plot{p}, path)
}

// inUnits is the problem with steps of Å, degrees, the scale and photons, which a solver's rate counts as they are.
func (s *specimen) inUnits() (*refine.Problem, error) {
	var list []refine.Parameter
	for _, n := range s.problem.Parameters().Nodes() {
		list = append(list, refine.Parameter{Node: n, Scale: 1})
	}
	free, err := refine.ParametersFrom(list...)
	if err != nil {
		return nil, err
	}
	return refine.NewProblem(s.sim, s.problem.Loss(), free)
}

// thin keeps the points of a line that lie apart on a logarithmic axis.
func thin(line plotter.XYs) plotter.XYs {
	var out plotter.XYs
	for i, xy := range line {
		if i == 0 || i == len(line)-1 || xy.X > 1.05*out[len(out)-1].X {
			out = append(out, xy)
		}
	}
	return out
}

// decades widens a logarithmic axis to whole powers of ten, and puts its ticks there.
func decades(a *plot.Axis) {
	low, high := math.Floor(math.Log10(a.Min)), math.Ceil(math.Log10(a.Max))
	var ticks plot.ConstantTicks
	for e := low; e <= high; e++ {
		ticks = append(ticks, plot.Tick{Value: math.Pow(10, e), Label: fmt.Sprintf("%g", math.Pow(10, e))})
	}
	a.Min, a.Max = math.Pow(10, low), math.Pow(10, high)
	a.Scale, a.Tick.Marker = plot.LogScale{}, ticks
}
