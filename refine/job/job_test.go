package job_test

import (
	"context"
	"errors"
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
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// truth is a tetragonal crystal in a still, with spots of about a pixel.
func truth() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 58, B: 58, C: 41}, Misset: experiment.Misset{X: 12, Y: -35, Z: 57}, Shape: crystal.Gauss, Cells: experiment.Cells{A: 12, B: 12, C: 16},
			Mosaic: experiment.Mosaic{Spread: 0.2}, Structure: experiment.Structure{File: "f.hkl"},
		}},
		Beam:     experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 1e28},
		Detector: experiment.Detector{Fast: 128, Slow: 128, Pixel: 0.5, Distance: 90, BeamCentre: &[2]float64{33, 31}},
		Images:   []experiment.Image{{File: "image.bin"}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
	}
}

// files writes structure factors and the counts of an experiment, with a flat background, into a folder.
func files(t testing.TB, folder string, c *experiment.Config, flat float64) {
	t.Helper()
	var text strings.Builder
	for h := -20; h <= 20; h++ {
		for k := -20; k <= 20; k++ {
			for l := -14; l <= 14; l++ {
				n := (h*h+k*k)*7919 + l*l*104729
				fmt.Fprintf(&text, "%d %d %d %.2f\n", h, k, l, 200*math.Sqrt(-math.Log(0.02+0.97*float64(n%997)/997)))
			}
		}
	}
	check(t, os.WriteFile(filepath.Join(folder, "f.hkl"), []byte(text.String()), 0o644))
	counted(t, folder, c, flat)
}

// counted writes the counts of an experiment, with a flat background, into a folder.
func counted(t testing.TB, folder string, c *experiment.Config, flat float64) {
	t.Helper()
	own := *c
	own.Folder = folder
	e, err := own.Build(G.NewGraph())
	check(t, err)
	image, err := e.Image(context.Background())
	check(t, err)
	expected := image.Float64s()
	for i := range expected {
		expected[i] += flat
	}
	counts, err := noise.Poisson(expected, 7)
	check(t, err)
	values := make([]float32, len(counts))
	for i, v := range counts {
		values[i] = float32(v)
	}
	check(t, raw.WriteFile(filepath.Join(folder, "image.bin"), values))
}

// A still is refined from files without an option, from a start that is off in everything that is free; what is written is where
// another run starts.
func TestRun(t *testing.T) {
	folder := t.TempDir()
	c := truth()
	files(t, folder, c, 4)
	start := *c
	start.Crystals = slices.Clone(c.Crystals)
	x := &start.Crystals[0]
	x.Cell, x.Misset = experiment.Cell{A: 58.1, B: 58.1, C: 40.95}, experiment.Misset{X: 12.05, Y: -35.06, Z: 57.04}
	x.Cells, x.Mosaic.Spread = experiment.Cells{A: 10, B: 10, C: 13}, 0.25
	path := filepath.Join(folder, "start.json")
	check(t, start.Write(path))

	options := job.Options{Inputs: []string{path}, System: "tetragonal", Out: filepath.Join(folder, "refined")}
	out, err := job.Run(context.Background(), options)
	check(t, err)
	want := map[string]float64{"cell.a": 58, "cell.c": 41, "misset.x": 12, "misset.y": -35, "misset.z": 57, "cells.a": 12, "cells.b": 12, "cells.c": 16,
		"mosaic.spread": 0.2, "scale": 1, "background.flat": 4}
	if out.Kind != job.Still || out.Result.Status != refine.Converged {
		t.Errorf("a %s, %s; want a converged still", out.Kind, out.Result.Status)
	}
	if len(out.Result.Names) != len(want) {
		t.Errorf("free are %v", out.Result.Names)
	}
	for i, name := range out.Result.Names {
		if v, sigma := out.Result.Values[i], out.Result.Uncertainty.Sigma[i]; !(math.Abs(v-want[name]) <= 3.5*sigma) {
			t.Errorf("%s is %g ± %.2g; want %g", name, v, sigma, want[name])
		}
	}
	sum, chi := 0, 0.0
	for i := range out.Reflections {
		if r := &out.Reflections[i]; r.Pixels > 0 {
			sum, chi = sum+1, chi+r.Residual()*r.Residual()
		}
	}
	if sum < 50 || chi > 1.5*float64(sum) {
		t.Errorf("%d reflections with a mean squared residual of %.3g; want 1", sum, chi/float64(sum))
	}

	again, err := job.Run(context.Background(), job.Options{Inputs: []string{filepath.Join(options.Out, "refined.json")}, System: "tetragonal"})
	check(t, err)
	if !slices.Equal(again.Result.Names, out.Result.Names) || again.Result.Iterations > 2 || again.Result.StartLoss-again.Result.Loss > 1e-3 {
		t.Errorf("from refined.json: %s", again.Result)
	}
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		options job.Options
		option  string
	}{
		{job.Options{}, "inputs"},
		{job.Options{Inputs: []string{"x"}, Pixels: "some"}, "pixels"},
		{job.Options{Inputs: []string{"x"}, Model: "other"}, "model"},
		{job.Options{Inputs: []string{"x"}, System: "tetragon"}, "system"},
		{job.Options{Inputs: []string{"x"}, Images: "3-1"}, "images"},
		{job.Options{Inputs: []string{"x"}, Resume: true}, "resume"},
		{job.Options{Inputs: []string{"x"}, Threads: -1}, "threads"},
		{job.Options{Inputs: []string{"x"}, Stages: "sometimes"}, "stages"},
		{job.Options{Inputs: []string{"x"}, Reindex: "k,h,l"}, "reindex"},
	} {
		_, err := job.Run(context.Background(), test.options)
		var option *job.OptionError
		if !errors.As(err, &option) || option.Option != test.option {
			t.Errorf("%+v: %v; want an error of %s", test.options, err, test.option)
		}
	}
}
