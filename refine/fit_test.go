package refine_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// twoLattices in one image.
func twoLattices() *experiment.Config {
	x := experiment.Crystal{
		Name: "one", Cell: experiment.Cell{A: 31, B: 38, C: 45, Alpha: 82, Beta: 97, Gamma: 104}, Misset: experiment.Misset{X: 3, Y: -8, Z: 12},
		Cells: experiment.Cells{A: 6, B: 6, C: 6}, Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 2.5, B: 10, Seed: 1}},
	}
	y := x
	y.Name, y.Misset = "two", experiment.Misset{X: 40, Y: 15, Z: -20}
	return &experiment.Config{
		Crystals:   []experiment.Crystal{x, y},
		Beam:       experiment.Beam{Wavelength: 1, Kahn: 0.9, Fluence: 1e28},
		Detector:   experiment.Detector{Fast: 96, Slow: 96, Pixel: 0.9, Distance: 100},
		Scale:      1,
		Background: experiment.Background{Flat: 2},
	}
}

// measured are counts of an experiment.
func measured(t *testing.T, c *experiment.Config) *experiment.Data {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	check(t, err)
	images, err := e.Images(context.Background())
	check(t, err)
	data := &experiment.Data{}
	for i, m := range images {
		expected := m.Float64s()
		for k := range expected {
			expected[k] = c.Scale*expected[k] + c.Background.Flat
		}
		counts, err := noise.Poisson(expected, uint64(7+i))
		check(t, err)
		data.Photons = append(data.Photons, tensor.New(tensor.WithShape(m.Shape()...), tensor.WithBacking(counts)))
	}
	return data
}

// Two lattices of one image are refined together, and what is written is where a second refinement starts.
func TestFit(t *testing.T) {
	truth := twoLattices()
	data := measured(t, truth)
	start := twoLattices()
	start.Crystals[0].Cell.A, start.Crystals[1].Cell.A = 31.03, 30.97
	start.Crystals[1].Misset.Z = -19.95
	start.Scale, start.Background.Flat = 0.9, 0
	start.Refine.Parameters = []string{"one.cell.a", "two.cell.a", "two.misset.z", "scale", "background.flat"}
	e, err := start.Build(G.NewGraph())
	check(t, err)
	f, err := refine.NewFit(e, data)
	check(t, err)
	r, err := f.Run(context.Background(), nil)
	check(t, err)
	if r.Status != refine.Converged {
		t.Fatalf("%v", r)
	}
	for i, want := range []float64{31, 31, -20, 1, 2} {
		if sigma := r.Uncertainty.Sigma[i]; !(math.Abs(r.Values[i]-want) < 4*sigma) {
			t.Errorf("%s: %g ± %g, the truth is %g", r.Names[i], r.Values[i], sigma, want)
		}
	}

	refined, err := f.Config(r)
	check(t, err)
	path := filepath.Join(t.TempDir(), "refined.json")
	check(t, refined.Write(path))
	back, err := experiment.Read(path)
	check(t, err)
	result := back.Result
	if result.Status != "converged" || len(result.Parameters) != 5 || result.Parameters[2].Name != "two.misset.z" || result.Parameters[2].Sigma != r.Uncertainty.Sigma[2] ||
		result.Correlation[1][1] != 1 || result.ChiSquare != r.Uncertainty.Reduced {
		t.Errorf("the result in the file is %+v", result)
	}
	if e, err = back.Build(G.NewGraph()); err != nil {
		t.Fatal(err)
	}
	f, err = refine.NewFit(e, data)
	check(t, err)
	values, err := f.Problem.Parameters().Values()
	check(t, err)
	if !slices.Equal(values, r.Values) {
		t.Errorf("the second run starts at %g, not at %g", values, r.Values)
	}
	expected, err := f.Expected(context.Background())
	check(t, err)
	sum := 0.0
	for _, z := range f.Residuals(expected)[0].Float64s() {
		sum += z * z
	}
	if chi := sum / 96 / 96; math.Abs(chi-r.Uncertainty.Reduced) > 0.01*chi {
		t.Errorf("residuals make a χ² of %g, the result has %g", chi, r.Uncertainty.Reduced)
	}
}

func TestFitErrors(t *testing.T) {
	truth := twoLattices()
	data := measured(t, truth)
	for want, change := range map[string]func(c *experiment.Config){
		`there is no parameter "cell.a"`:             func(c *experiment.Config) { c.Refine.Parameters = []string{"cell.a"} },
		`there is no parameter "one.structure.tab`:   func(c *experiment.Config) { c.Refine.Parameters = []string{"one.structure.table"} },
		"a continuation is for a single crystal":     func(c *experiment.Config) { c.Refine.Error = 0.01 },
		`there is no parameter "background.fast" to`: func(c *experiment.Config) { c.Refine.Parameters = []string{"background.fast"} },
	} {
		c := twoLattices()
		change(c)
		e, err := c.Build(G.NewGraph())
		check(t, err)
		if _, err := refine.NewFit(e, data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := refine.NewFit(nil, data); err == nil {
		t.Error("no experiment")
	}
}
