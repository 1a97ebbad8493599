package structure

import (
	"math"
	"slices"
	"strings"
	"testing"
)

var unit = Cell{A: 40, B: 50, C: 60, Alpha: 80, Beta: 100, Gamma: 95}

func TestWilsonStatistics(t *testing.T) {
	const dmin, b = 2, 20
	table, err := Wilson(unit, dmin, b, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := table.Index(0, 0, 0); ok {
		t.Error("there is a reflection (0, 0, 0)")
	}

	// Intensities over their Wilson mean, of one reflection of each Friedel pair: 49 electrons² an
	// atom, 33 Å³ an atom.
	var n, sum, squares float64
	for r := range table.Reflections() {
		mate, ok := table.Index(-r.H, -r.K, -r.L)
		if !ok || table.F[mate] != r.F {
			t.Fatalf("F(%d,%d,%d) is %g without a Friedel mate", r.H, r.K, r.L, r.F)
		}
		s := inverseSpacing(unit.Reciprocal(), r.H, r.K, r.L) / 2
		z := r.F * r.F / (49 * unit.Volume() / 33 * math.Exp(-2*b*s*s))
		n, sum, squares = n+1, sum+z, squares+z*z
	}
	for _, c := range []struct {
		what            string
		got, want, near float64
	}{
		{"reflections, of a sphere's volume", n, 4 * math.Pi / 3 / (dmin * dmin * dmin) * unit.Volume(), 0.01}, // its surface counts
		{"<z>", sum / n, 1, 0.02},      // 30 000 pairs: σ is 0.6 %
		{"<z²>", squares / n, 2, 0.08}, // of an exponential distribution; σ is 2.6 %
	} {
		if !(math.Abs(c.got/c.want-1) <= c.near) {
			t.Errorf("%s: %g, want %g within %g", c.what, c.got, c.want, c.near)
		}
	}
}

func TestWilsonSeeds(t *testing.T) {
	var amplitudes [3][]float64
	for i, seed := range []uint64{1, 1, 2} {
		table, err := Wilson(unit, 5, 20, seed)
		if err != nil {
			t.Fatal(err)
		}
		amplitudes[i] = table.F
	}
	if !slices.Equal(amplitudes[0], amplitudes[1]) {
		t.Error("the same seed gives other amplitudes")
	}
	if slices.Equal(amplitudes[0], amplitudes[2]) {
		t.Error("another seed gives the same amplitudes")
	}
}

func TestWilsonErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		cell Cell
		dmin float64
		b    float64
		want string
	}{
		{"no cell", Cell{}, 2, 20, "structure: cell length a 0 Å is not positive"},
		{"no resolution", unit, 0, 20, "structure: resolution 0 Å is not positive"},
		{"not a number", unit, math.NaN(), 20, "structure: resolution NaN Å"},
		{"a negative B", unit, 2, -1, "structure: B factor -1 Å² is negative or not finite"},
		{"more than fit", unit, 1e-3, 20, "that a table can hold"},
		{"coarser than the cell", unit, 100, 20, "structure: no reflections"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Wilson(c.cell, c.dmin, c.b, 1); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
