package job_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
	"github.com/gobragg/gobragg/refine/verdict"
)

// A search that is interrupted leaves the best point until then, in files that say so.
func TestInterrupted(t *testing.T) {
	folder := t.TempDir()
	c := truth()
	files(t, folder, c, 4)
	c.Crystals[0].Misset = experiment.Misset{X: 12.05, Y: -35.06, Z: 57.04}
	path := filepath.Join(folder, "start.json")
	check(t, c.Write(path))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	options := job.Options{Inputs: []string{path}, System: "tetragonal", Out: filepath.Join(folder, "refined"), OnIteration: func(i refine.Iteration) {
		if i.Number == 2 {
			cancel()
		}
	}}
	out, err := job.Run(ctx, options)
	check(t, err)
	if out.Result.Status != refine.Interrupted || out.Result.Iterations != 2 || !(out.Result.Loss < out.Result.StartLoss) {
		t.Errorf("%s after %d iterations, loss %g from %g", out.Result.Status, out.Result.Iterations, out.Result.Loss, out.Result.StartLoss)
	}
	if v := out.Verdict; v.Fit || v.Reasons[len(v.Reasons)-1].Kind != verdict.NotConverged {
		t.Errorf("the verdict: %s", v)
	}
	r, err := experiment.Read(filepath.Join(options.Out, "refined.json"))
	check(t, err)
	if r.Result == nil || r.Result.Status != "interrupted" || r.Result.Verdict == nil || r.Result.Verdict.Fit {
		t.Errorf("refined.json has the result %+v", r.Result)
	}
	page, err := os.ReadFile(filepath.Join(options.Out, "report.html"))
	check(t, err)
	if !strings.Contains(string(page), "NOT A FIT") {
		t.Error("the report does not say NOT A FIT")
	}
}

// Without a fluence in the files, water is as thick as usual, and what is between the spots says how bright the beam is.
func TestWaterWithoutFluence(t *testing.T) {
	folder := t.TempDir()
	c := truth()
	files(t, folder, c, 4)
	c.Beam.Fluence = 0
	path := filepath.Join(folder, "start.json")
	check(t, c.Write(path))
	out, err := job.Run(context.Background(), job.Options{Inputs: []string{path}, System: "tetragonal", Background: "water", Free: []string{"scale", "background", "misset"}})
	check(t, err)
	names := strings.Join(out.Result.Names, " ")
	if m := out.Refined.Background.Materials; len(m) != 1 || !(m[0].Thickness > 0.08 && m[0].Thickness < 0.12) || !strings.Contains(names, "thickness") || !strings.Contains(names, "scale") {
		t.Errorf("water of %+v, free are %s", m, names)
	}
	if v := out.Refined.Beam.Fluence; !(v > 1e15 && v < 1e24) {
		t.Errorf("the fluence is %g photons/m²", v)
	}
}
