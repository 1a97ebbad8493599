package main

import (
	"bytes"
	"context"
	"math"
	"regexp"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat"
	G "gorgonia.org/gorgonia"
)

// TestLoss compares the loss with gonum's correlation coefficient, and its derivative with a central difference.
func TestLoss(t *testing.T) {
	ctx := context.Background()
	e, err := newExperiment(ctx)
	if err != nil {
		t.Fatal(err)
	}
	image, err := e.sim.Image(ctx)
	if err != nil {
		t.Fatal(err)
	}
	data := append([]float64(nil), image.Data().([]float64)...)
	images, err := e.sim.Detector().Images(data)
	if err != nil {
		t.Fatal(err)
	}
	ideal, err := e.sim.Data("ideal", images...)
	if err != nil {
		t.Fatal(err)
	}
	loss := correlation(e.sim.Intensity(), ideal, len(data))
	at := func(a float64) float64 {
		if err := e.sim.Set(e.crystal.Cell.A, a); err != nil {
			t.Fatal(err)
		}
		image, err := e.sim.Image(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return 1 - stat.Correlation(image.Data().([]float64), data, nil)
	}
	a := 1.001 * cell.A
	want := at(a)
	g, err := e.sim.Gradient(ctx, loss, e.crystal.Cell.A)
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(g.Loss-want) <= 1e-12) {
		t.Errorf("loss %.15g, want %.15g", g.Loss, want)
	}
	const step = 1e-4 // Å: relative to the edge a spot is about 1/1000 wide, so that the quotient is accurate to 1e-5 or better
	if want := (at(a+step) - at(a-step)) / (2 * step); !(math.Abs(g.By[0][0]-want) <= 1e-4*math.Abs(want)) {
		t.Errorf("derivative %g, want %g", g.By[0][0], want)
	}
}

// TestRepeat checks that the derivative with respect to a at the true cell is 0 within its standard error, and that a hundred
// evaluations add nothing to the graph.
func TestRepeat(t *testing.T) {
	ctx := context.Background()
	e, err := newExperiment(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.sim.Gradient(ctx, e.loss, e.crystal.Cell.A); err != nil {
		t.Fatal(err)
	}
	nodes := e.sim.Graph().AllNodes().Len()
	losses, slopes, err := e.repeat(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n := e.sim.Graph().AllNodes().Len(); n != nodes {
		t.Errorf("the graph has grown from %d nodes to %d", nodes, n)
	}
	mean, deviation := stat.MeanStdDev(slopes, nil)
	if math.Abs(mean) > 5*deviation/10 || slopes[0] == slopes[1] {
		t.Errorf("derivative %g ± %g", mean, deviation)
	}
	if mean := stat.Mean(losses, nil); !(mean > 0 && mean < 0.01) {
		t.Errorf("loss %g", mean)
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`correlation [a-z ]+: ([0-9.]+)`).FindAllStringSubmatch(out.String(), -1)
	if len(found) != 2 {
		t.Fatalf("the report does not contain two correlations:\n%s", out.String())
	}
	start, err := strconv.ParseFloat(found[0][1], 64)
	if err != nil {
		t.Fatal(err)
	}
	end, err := strconv.ParseFloat(found[1][1], 64)
	if err != nil {
		t.Fatal(err)
	}
	if !(start < 0.98 && end > 0.999) {
		t.Errorf("correlation %g at the start, %g after refinement:\n%s", start, end, out.String())
	}
	e, err := newExperiment(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range e.crystal.Cell.List() {
		m := regexp.MustCompile(`(?m)^` + n.Name() + ` +\S+ +(\S+) +\?`).FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("%s is missing from the table:\n%s", n.Name(), out.String())
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if want := n.Value().(*G.F64); math.Abs(v-float64(*want)) > 0.01 { // at most a quarter of the error of the start
			t.Errorf("%s, parameter %d, is refined to %g, want %g", n.Name(), i, v, float64(*want))
		}
	}
}
