package job_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

// The images of a sweep are refined together, by default all of them, and every file has them.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	c := truth()
	files(t, folder, c, 3) // the structure factors
	const images = 3
	c.Physics.ClosedForm = nil
	x := &c.Crystals[0]
	x.Mosaic, x.PhiSteps, x.Cells = experiment.Mosaic{}, 4, experiment.Cells{A: 8, B: 8, C: 10}
	c.Detector.Oversample = 2
	c.Scan = &experiment.Scan{Images: images, Width: 0.6, Varying: []experiment.Varying{
		{Parameter: "misset.y", Values: []float64{-35, -34.97, -35.02}}, {Parameter: "scale", Values: []float64{1, 0.9, 0.7}}}}
	c.Images = []experiment.Image{{File: "image_#.bin"}}
	own := *c
	own.Folder = folder
	e, err := own.Build(G.NewGraph())
	check(t, err)
	for n := 1; n <= images; n++ {
		check(t, e.SelectImage(n))
		m, err := e.Image(context.Background())
		check(t, err)
		scale, _ := e.Varying("scale")
		expected := m.Float64s()
		for i := range expected {
			expected[i] = scale*expected[i] + 3
		}
		counts, err := noise.Poisson(expected, uint64(n))
		check(t, err)
		pixels := make([]float32, len(counts))
		for i, v := range counts {
			pixels[i] = float32(v)
		}
		check(t, raw.WriteFile(filepath.Join(folder, fmt.Sprintf("image_%d.bin", n)), pixels))
	}
	start := *c
	start.Folder = folder
	start.Scan = &experiment.Scan{Images: images, Width: 0.6}
	start.Crystals = []experiment.Crystal{*x}
	start.Crystals[0].Cell.C = 41.03
	check(t, start.Write(filepath.Join(folder, "start.json")))

	outs := filepath.Join(folder, "out")
	out, err := job.Run(context.Background(), job.Options{Inputs: []string{filepath.Join(folder, "start.json")}, System: "tetragonal",
		Free: []string{"cell", "misset", "distance", "scale", "background"}, Model: job.Sampled, Out: outs})
	check(t, err)
	r := out.JointResult
	if r == nil || r.Status != refine.Converged || len(r.Frames) != images || out.Image != 2 {
		t.Fatalf("%+v\n%v", out, out.Notices)
	}
	for i, v := range map[string]float64{"cell.a": 58, "cell.c": 41} {
		for k, name := range r.Names {
			if name == i && !(math.Abs(r.Values[k]-v) < 4*r.Uncertainty.Sigma[k]) {
				t.Errorf("%s is %g ± %g, not %g", name, r.Values[k], r.Uncertainty.Sigma[k], v)
			}
		}
	}
	varying := map[string][]float64{"misset.y": {-35, -34.97, -35.02}, "scale": {1, 0.9, 0.7}}
	seen := 0
	for _, o := range r.Own {
		for i, want := range varying[o.Name] {
			seen++
			if !(math.Abs(o.Values[i]-want) < 4*o.Sigma[i]) {
				t.Errorf("%s of image %d is %g ± %g, not %g", o.Name, i+1, o.Values[i], o.Sigma[i], want)
			}
		}
	}
	if seen != 2*images {
		t.Errorf("own parameters: %v", r)
	}
	inImages := map[int]int{}
	for _, q := range out.Reflections {
		inImages[q.Image]++
	}
	if len(inImages) != images {
		t.Errorf("reflections of the images: %v", inImages)
	}
	list, err := dials.ReadExperimentsFile(filepath.Join(outs, "refined.expt"))
	check(t, err)
	if n := len(list[0].Crystal.ScanPoints); n != images+1 {
		t.Errorf("%d orientations along the scan", n)
	}
	table, err := os.ReadFile(filepath.Join(outs, "refined.csv"))
	check(t, err)
	if !strings.HasPrefix(string(table), "crystal,image,h") {
		t.Errorf("the table begins %.60s", table)
	}
	v := out.Verdict
	if !v.Fit || len(v.Images) != images || len(out.Refined.Result.Images) != images || out.Refined.Result.Verdict == nil {
		t.Errorf("the verdict: %v\n%v", v, v.Statistics)
	}
	page, err := os.ReadFile(filepath.Join(outs, "report.html"))
	check(t, err)
	for _, want := range []string{"✓</span> FIT<", "What each image has of its own", "residuals, start", "χ² of the images", "orientation of the crystal, less its mean", `<table class="numbers" id="images">`, ">image 1</th>", ">image 3</th>", "<dt>images</dt><dd>3</dd>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report has no %q", want)
		}
	}
	words := regexp.MustCompile(`data:[^"]*`).ReplaceAllString(string(page), "") // pictures have all letters
	if strings.Contains(words, "NaN") || strings.Contains(words, "%!") {
		t.Error("the report has NaN, or an error of a format")
	}
	again, err := job.Run(context.Background(), job.Options{Inputs: []string{filepath.Join(outs, "refined.json")}, Model: job.Sampled, Images: "2-3"})
	check(t, err)
	if len(again.JointResult.Frames) != 2 {
		t.Errorf("of two images: %v", again.JointResult)
	}
}
