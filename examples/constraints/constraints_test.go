package main

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/refine"
)

func TestFit(t *testing.T) {
	sigma := map[refine.System]float64{}
	for _, c := range []struct {
		system refine.System
		free   int // cell parameters
	}{{refine.Triclinic, 6}, {refine.Tetragonal, 2}} {
		r, cell, err := fit(context.Background(), c.system)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != refine.Converged || len(r.Names) != c.free+3 {
			t.Errorf("%s: %s with parameters %v, want %d of the cell", c.system, r.Status, r.Names, c.free)
		}
		want := map[string]float64{
			"cell.a": truth.A, "cell.b": truth.B, "cell.c": truth.C, "cell.alpha": 90, "cell.beta": 90, "cell.gamma": 90,
			"misset.x": 20, "misset.y": 35, "misset.z": -10,
		}
		for i, name := range r.Names {
			// One fit in 1800 has one of the 9 parameters beyond 4σ.
			if pull := (r.Values[i] - want[name]) / r.Uncertainty.Sigma[i]; !(math.Abs(pull) < 4) {
				t.Errorf("%s: %s is %g, %.1fσ from %g", c.system, name, r.Values[i], pull, want[name])
			}
		}
		if c.system == refine.Tetragonal && (math.Abs(cell.A-cell.B)+math.Abs(cell.Alpha-90)+math.Abs(cell.Beta-90)+math.Abs(cell.Gamma-90) > 1e-9) {
			t.Errorf("the cell %v is not tetragonal", cell)
		}
		sigma[c.system] = r.Uncertainty.Sigma[0]
	}
	if !(sigma[refine.Tetragonal] < sigma[refine.Triclinic]) {
		t.Errorf("σ of a is %g without symmetry, %g with it", sigma[refine.Triclinic], sigma[refine.Tetragonal])
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"triclinic: cell", "tetragonal: cell", "cell.gamma", "converged"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from the report:\n%s", want, out.String())
		}
	}
}
