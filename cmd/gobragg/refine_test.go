package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/noise"
)

// tetragonal is a still of a crystal with a few dozen spots, in a folder with its structure factors.
func tetragonal(t *testing.T) *experiment.Config {
	t.Helper()
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 58, B: 58, C: 41}, Misset: experiment.Misset{X: 12, Y: -35, Z: 57}, Shape: crystal.Gauss, Cells: experiment.Cells{A: 12, B: 12, C: 16},
			Mosaic: experiment.Mosaic{Spread: 0.2}, Structure: experiment.Structure{File: "f.hkl"},
		}},
		Beam:     experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 1e28},
		Detector: experiment.Detector{Fast: 64, Slow: 64, Pixel: 0.5, Distance: 90, BeamCentre: &[2]float64{6, 7}},
		Images:   []experiment.Image{{File: "image.bin"}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
		Folder:   t.TempDir(),
	}
	var text strings.Builder
	for h := -12; h <= 12; h++ {
		for k := -12; k <= 12; k++ {
			for l := -9; l <= 9; l++ {
				n := (h*h+k*k)*7919 + l*l*104729
				fmt.Fprintf(&text, "%d %d %d %.2f\n", h, k, l, 200*math.Sqrt(-math.Log(0.02+0.97*float64(n%997)/997)))
			}
		}
	}
	failIf(t, os.WriteFile(filepath.Join(c.Folder, "f.hkl"), []byte(text.String()), 0o644))
	return c
}

func failIf(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// exposed writes counts of an experiment's image on a background of 4 photons, as they are changed, and the start of a refinement, and
// returns its name.
func exposed(t *testing.T, c *experiment.Config, change func(counts []float64)) string {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	failIf(t, err)
	image, err := e.Image(context.Background())
	failIf(t, err)
	expected := slices.Clone(image.Float64s())
	for i := range expected {
		expected[i] += 4
	}
	counts, err := noise.Poisson(expected, 7)
	failIf(t, err)
	if change != nil {
		change(counts)
	}
	values := make([]float32, len(counts))
	for i, v := range counts {
		values[i] = float32(v)
	}
	failIf(t, raw.WriteFile(filepath.Join(c.Folder, "image.bin"), values))
	start := *c
	start.Crystals = slices.Clone(c.Crystals[:1])
	x := &start.Crystals[0]
	x.Cell, x.Misset = experiment.Cell{A: 58.05, B: 58.05, C: 40.97}, experiment.Misset{X: 12.03, Y: -35.04, Z: 57.02}
	path := filepath.Join(c.Folder, "start.json")
	failIf(t, start.Write(path))
	return path
}

// refined runs the command, and returns its status, what it prints, and the result of refined.json.
func refined(t *testing.T, path string, args ...string) (int, string, *experiment.Result) {
	t.Helper()
	out := filepath.Join(filepath.Dir(path), "refined")
	status, stdout, stderr := invoke(t, slices.Concat([]string{"refine", path, "--system", "tetragonal", "--free", "cell,misset,scale,background", "--out", out}, args)...)
	c, err := experiment.Read(filepath.Join(out, "refined.json"))
	if err != nil || c.Result == nil || c.Result.Verdict == nil {
		t.Fatalf("%v: status %d\n%s%s", err, status, stdout, stderr)
	}
	return status, stdout + stderr, c.Result
}

// TestRefineSpoiled: what does not fit is exit status 3 with the reason, and its σ are said to be no errors of a fit.
func TestRefineSpoiled(t *testing.T) {
	for _, test := range []struct {
		kind  string
		spoil func(c *experiment.Config) (change func(counts []float64))
	}{
		{"second lattice", func(c *experiment.Config) func([]float64) {
			other := c.Crystals[0]
			other.Name, other.Misset = "other", experiment.Misset{X: 40, Y: 10, Z: -20}
			return func(counts []float64) {
				c := *c
				c.Crystals = []experiment.Crystal{other}
				e, err := c.Build(G.NewGraph())
				failIf(t, err)
				image, err := e.Image(context.Background())
				failIf(t, err)
				for i, v := range image.Float64s() {
					counts[i] += math.Round(v)
				}
			}
		}},
		{"pedestal", func(*experiment.Config) func([]float64) {
			return func(counts []float64) {
				for i := range counts {
					counts[i] += 20
				}
			}
		}},
		{"no spots", func(c *experiment.Config) func([]float64) {
			c.Beam.Fluence = 1e10
			return nil
		}},
	} {
		c := tetragonal(t)
		change := test.spoil(c)
		status, text, result := refined(t, exposed(t, c, change))
		v := result.Verdict
		if status != 3 || v.Fit || len(v.Reasons) == 0 || v.Reasons[0].Kind != test.kind {
			t.Errorf("%s: status %d, %+v\n%s", test.kind, status, v, text)
			continue
		}
		if !strings.Contains(text, "NOT A FIT\nbecause   "+test.kind) {
			t.Errorf("%s: the text does not say so first:\n%s", test.kind, text)
		}
		known := false
		for _, p := range result.Parameters {
			known = known || p.Sigma > 0
		}
		if known && (!result.Sandwich || !strings.Contains(text, "σ are those of the sandwich covariance")) {
			t.Errorf("%s: σ are printed as if it were a fit:\n%s", test.kind, text)
		}
	}
}

// TestRefineReject: hot and saturated pixels are reasons; --reject leaves them out, lists each, and the rest is a fit, with exit status 0.
func TestRefineReject(t *testing.T) {
	const fast, brightest = 64, 12
	hot := []int{5*fast + 7, 40*fast + 44, 60*fast + 20}
	full := map[int]bool{}
	c := tetragonal(t)
	path := exposed(t, c, func(counts []float64) {
		limit := slices.Sorted(slices.Values(counts))[len(counts)-brightest]
		for i, v := range counts {
			if v >= limit {
				counts[i], full[i] = limit, true
			}
		}
		for _, i := range hot {
			counts[i] = 50000
		}
	})
	status, text, result := refined(t, path, "--pixels", "all")
	if status != 3 || result.Verdict.Fit {
		t.Errorf("with wrong pixels: status %d\n%s", status, text)
	}
	status, text, result = refined(t, path, "--pixels", "all", "--reject")
	if status != 0 || !result.Verdict.Fit || result.Sandwich || !strings.Contains(text, "FIT: the model explains") {
		t.Errorf("--reject: status %d\n%s", status, text)
	}
	listed := map[string]map[int]bool{}
	for _, r := range result.Verdict.Remarks {
		for _, p := range r.Pixels {
			if listed[r.Kind] == nil {
				listed[r.Kind] = map[int]bool{}
			}
			listed[r.Kind][p.Slow*fast+p.Fast] = true
		}
	}
	for _, i := range hot {
		if !listed["hot pixels"][i] {
			t.Errorf("hot pixel %d is not listed", i)
		}
	}
	if len(listed["hot pixels"]) != len(hot) {
		t.Errorf("%d hot pixels are listed of %d", len(listed["hot pixels"]), len(hot))
	}
	for i := range full {
		if !listed["saturation"][i] {
			t.Errorf("saturated pixel %d is not listed", i)
		}
	}
	if len(full) < brightest || len(listed["saturation"]) != len(full) {
		t.Errorf("%d saturated pixels are listed of %d", len(listed["saturation"]), len(full))
	}
	if !strings.Contains(text, "left out") || !strings.Contains(text, "panel 0 (fast 7, slow 5) 50000 photons") {
		t.Errorf("the text does not list them:\n%s", text)
	}
}
