package refine_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// closedImage is a still, or a rotation, in closed form; boxes of 6 standard deviations leave out 1e-8 of the light.
func closedImage(osc float64) experiment.Config {
	return experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 70, C: 80}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, Cells: experiment.Cells{A: 30, B: 30, C: 30},
			Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.15}, Structure: experiment.Structure{Default: 100}, Osc: osc,
		}},
		Beam:     experiment.Beam{Fluence: 1e26, Kahn: 0.5},
		Detector: experiment.Detector{Pixel: 0.2, Distance: 60, Fast: 60, Slow: 60, BeamCentre: &[2]float64{-6, 4}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
	}
}

// TestRenew: a refinement that starts two standard deviations of a spot away ends where one does whose list of spots was made at
// the end, by each method. What the list leaves out is below 1e-6 of the peak of the image at every renewal, and there are
// some.
func TestRenew(t *testing.T) {
	for _, row := range []struct {
		osc       float64
		method    refine.Method
		tolerance float64
	}{
		{0, &refine.GaussNewton{}, 2e-6},
		{0, refine.LBFGS{}, 2e-6},
		{0.5, &refine.GaussNewton{}, 2e-6},
	} {
		osc, method := row.osc, row.method
		truth := closedImage(osc)
		made, err := truth.Build(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		images, err := made.Images(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("osc %g, %v", osc, method), func(t *testing.T) {
			start := closedImage(osc)
			start.Crystals = []experiment.Crystal{truth.Crystals[0]}
			start.Crystals[0].Misset.X += 0.3 // two standard deviations of the mosaic spread
			start.Crystals[0].Mosaic.Spread = 0.17
			moved := searchClosed(t, start, images, method, true)
			still := searchClosed(t, truth, images, method, false)
			for i, v := range moved {
				if !(math.Abs(v-still[i]) <= row.tolerance*math.Max(1, math.Abs(still[i]))) {
					t.Errorf("parameter %d is %.9g, %.9g from a list made at the end", i, v, still[i])
				}
			}
		})
	}
}

// searchClosed refines the misset and the spread, from the values of an experiment, or from them moved a little.
func searchClosed(t *testing.T, c experiment.Config, images []*tensor.Dense, method refine.Method, renews bool) []float64 {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	sim, x := e.Simulator(), e.Crystals[0]
	if !renews { // not far enough to renew the list
		if err := sim.Set(x.Misset[0], c.Crystals[0].Misset.X+0.01); err != nil {
			t.Fatal(err)
		}
	}
	model, err := refine.NewModel(sim, refine.Data{Counts: images}, refine.ModelConfig{})
	if err != nil {
		t.Fatal(err)
	}
	loss, err := model.LeastSquares()
	if err != nil {
		t.Fatal(err)
	}
	params, err := refine.ParametersFrom(refine.Parameter{Node: x.Misset[0], Scale: 0.01}, refine.Parameter{Node: x.Misset[1], Scale: 0.01}, refine.Parameter{Node: x.Misset[2], Scale: 0.01}, refine.Parameter{Node: x.MosaicSpread, Scale: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	p, err := refine.NewProblem(sim, loss, params)
	if err != nil {
		t.Fatal(err)
	}
	lists, check := 0, sim.ClosedFormCheck()
	r, err := refine.Run(t.Context(), p, &refine.Settings{Method: method, WithoutUncertainty: true, OnIteration: func(refine.Iteration) {
		if now := sim.ClosedFormCheck(); now != check {
			lists, check = lists+1, now
			if off := leftOut(t, e); !(off < 1e-6) {
				t.Errorf("list %d leaves out %.2g of the peak", lists, off)
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Status, r.Detail, r.Iterations, "iterations,", lists, "new lists:", r.Values)
	if (lists > 0) != renews {
		t.Errorf("%d new lists", lists)
	}
	return r.Values
}

// leftOut returns what the present list leaves out, as the difference from that of an experiment with wider boxes, of the peak.
func leftOut(t *testing.T, e *experiment.Experiment) float64 {
	t.Helper()
	got, err := e.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := e.Config()
	if err != nil {
		t.Fatal(err)
	}
	c.Physics.ClosedForm.Widths = 9
	wide, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	want, err := wide.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	off, most := 0.0, 0.0
	for i, v := range want.Float64s() {
		off, most = max(off, math.Abs(v-got.Float64s()[i])), max(most, v)
	}
	return off / most
}

// TestRenewalFails: a search that goes to where the list of spots cannot be renewed, and one that starts there, ends with the best
// point so far and says why.
func TestRenewalFails(t *testing.T) {
	for _, method := range []refine.Method{&refine.GaussNewton{}, refine.LBFGS{}} {
		truth := closedImage(0)
		truth.Crystals[0].Mosaic.Spread = 0.45
		made, err := truth.Build(G.NewGraph())
		check(t, err)
		images, err := made.Images(t.Context())
		check(t, err)
		start := closedImage(0) // many more reflections diffract for three times the spread
		e, err := start.Build(G.NewGraph())
		check(t, err)
		model, err := refine.NewModel(e.Simulator(), refine.Data{Counts: images}, refine.ModelConfig{})
		check(t, err)
		loss, err := model.LeastSquares()
		check(t, err)
		params, err := refine.ParametersFrom(refine.Parameter{Node: e.Crystals[0].MosaicSpread, Scale: 0.1})
		check(t, err)
		p, err := refine.NewProblem(e.Simulator(), loss, params)
		check(t, err)
		r, err := refine.Run(t.Context(), p, &refine.Settings{Method: method})
		check(t, err)
		if r.Status != refine.NoProgress || !strings.Contains(r.Detail, "build the simulator again") || !(r.Loss < r.StartLoss) || !(r.Values[0] > 0.15) {
			t.Errorf("%s: %s, %s, at %g with a loss from %g to %g", method, r.Status, r.Detail, r.Values, r.StartLoss, r.Loss)
		}
		if v := value(e.Crystals[0].MosaicSpread); v != r.Values[0] {
			t.Errorf("%s: the node is at %g, the result at %g", method, v, r.Values[0])
		}
		// From there it cannot start.
		again, err := refine.Run(t.Context(), p, &refine.Settings{Method: method})
		check(t, err)
		if again.Status != refine.NoProgress || again.Values[0] != r.Values[0] || again.Loss != again.StartLoss || math.Abs(again.Loss/r.Loss-1) > 1e-9 {
			t.Errorf("%s: again %s at %g with a loss of %g, after %g", method, again.Status, again.Values, again.Loss, r.Loss)
		}
	}
}
