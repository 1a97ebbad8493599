package report

import (
	"context"
	"encoding/xml"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
)

// still is a small still: its crystal has few, broad spots.
func still() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40, B: 40, C: 30}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30}, Shape: crystal.Gauss,
			Cells: experiment.Cells{A: 8, B: 8, C: 8}, Mosaic: experiment.Mosaic{Spread: 0.4}, Structure: experiment.Structure{Default: 100}}},
		Beam:       experiment.Beam{Wavelength: 1, Fluence: 2e27},
		Detector:   experiment.Detector{Fast: 120, Slow: 100, Pixel: 0.3, Distance: 50},
		Physics:    experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
		Scale:      1,
		Background: experiment.Background{Flat: 5},
	}
}

// refined refines the still from a start that is slightly off. With spoil, the data are those of another model.
func refined(t *testing.T, spoil func(counts []float64)) *Page {
	t.Helper()
	ctx := context.Background()
	build := func(c *experiment.Config) *experiment.Experiment {
		e, err := c.Build(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	truth := still()
	image, err := build(truth).Image(ctx)
	if err != nil {
		t.Fatal(err)
	}
	expected := append([]float64(nil), image.Float64s()...)
	for i := range expected {
		expected[i] += truth.Background.Flat
	}
	counts, err := noise.Poisson(expected, 1)
	if err != nil {
		t.Fatal(err)
	}
	if spoil != nil {
		spoil(counts)
	}
	start := still()
	start.Crystals[0].Cell.A *= 1.002
	start.Crystals[0].Misset.Z += 0.1
	start.Scale, start.Background.Flat = 0.9, 4
	start.Refine.Parameters = []string{"cell.a", "cell.c", "misset.x", "misset.y", "misset.z", "scale", "background.flat"}
	e := build(start)
	photons, err := e.Detector.Images(counts)
	if err != nil {
		t.Fatal(err)
	}
	mask := make([]bool, len(counts))
	for i := range mask {
		mask[i] = i%120 < 58 || i%120 > 61
	}
	f, err := refine.NewFit(e, &experiment.Data{Photons: photons, Mask: [][]bool{mask}})
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Title: "small & <still>", Truth: map[string]float64{"cell.a": 40, "cell.c": 30, "misset.z": 30, "scale": 1, "background.flat": 5},
		Read: []File{{"still.json", "experiment"}}, Notices: []string{"a notice"}, Command: "gobragg refine still.json"}
	one := Image{Fit: f}
	if one.Before, err = f.Expected(ctx); err != nil {
		t.Fatal(err)
	}
	if p.Result, err = f.Run(ctx, &refine.Settings{OnIteration: func(i refine.Iteration) { p.Iterations = append(p.Iterations, i) }}); err != nil {
		t.Fatal(err)
	}
	if one.After, err = f.Expected(ctx); err != nil {
		t.Fatal(err)
	}
	if p.Result.Verdict, err = verdict.Of(ctx, f, p.Result); err != nil {
		t.Fatal(err)
	}
	lists, err := e.Predict(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lists[0].Reflections {
		r := &lists[0].Reflections[i]
		one.Spots = append(one.Spots, Spot{HKL: r.HKL, D: r.D, Panel: r.Panel, Fast: r.Fast, Slow: r.Slow, Box: r.Boxes[0], Observed: 100 + float64(i), Model: 100, Sigma: 10})
	}
	p.Images = []Image{one}
	return p
}

// written returns the text of a page, in a file of the name in the folder of GOBRAGG_PAGES, if that is set.
func written(t *testing.T, p *Page, name string) string {
	t.Helper()
	folder := os.Getenv("GOBRAGG_PAGES")
	if folder == "" {
		folder = t.TempDir()
	}
	path := filepath.Join(folder, name)
	if err := p.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPage: a page of a good fit and of a bad one say so first, have all their sections, are well formed, and refer to nothing outside.
func TestPage(t *testing.T) {
	good := refined(t, nil)
	bad := refined(t, func(counts []float64) { // a second crystal's spots
		for i := range counts {
			if i%17 == 0 && i/120%13 == 0 {
				counts[i] += 400
			}
		}
	})
	for _, c := range []struct {
		name string
		page *Page
		want []string
		not  []string
	}{
		{"fit.html", good, []string{">small &amp; &lt;still&gt;<", "✓</span> FIT<", "<td>40.0", "(refined − truth)/σ", "Worst spots", "gobragg refine still.json", "a notice"}, []string{"NOT A FIT", "<script"}},
		{"unfit.html", bad, []string{"✗</span> NOT A FIT<", "<ol class=\"reasons\">"}, []string{"✓"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := written(t, c.page, c.name)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not have %q", want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("the page has %q", not)
				}
			}
			if verdict, table := strings.Index(text, `id="verdict"`), strings.Index(text, "<table"); verdict < 0 || verdict > table {
				t.Errorf("the verdict is at %d, the first table at %d", verdict, table)
			}
			for _, link := range regexp.MustCompile(`(?:href|src|url)\s*[=(]\s*"?([^")\s>]+)`).FindAllStringSubmatch(text, -1) {
				if !strings.HasPrefix(link[1], "data:") {
					t.Errorf("the page refers to %.60s", link[1])
				}
			}
			if n := strings.Count(text, "<image "); n < 4+4+3 {
				t.Errorf("the page has %d pictures", n)
			}
			// Each svg element is XML.
			for _, drawn := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(text, -1) {
				d := xml.NewDecoder(strings.NewReader(drawn))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						t.Fatalf("%v in %.200s", err, drawn)
					}
				}
				if !strings.Contains(drawn, `role="img" aria-label="`) {
					t.Errorf("a picture without a name: %.100s", drawn)
				}
			}
			words := regexp.MustCompile(`data:[^"]*`).ReplaceAllString(text, "") // pictures have all letters
			if strings.Contains(words, "NaN") || strings.Contains(words, "%!") {
				t.Error("the page has NaN, or an error of a format")
			}
		})
	}
}

// TestPagePlain: a page without what may be left out, and pages that cannot be written.
func TestPagePlain(t *testing.T) {
	p := refined(t, nil)
	p.Result.Verdict, p.Result.Uncertainty, p.Truth, p.Iterations, p.Title = nil, nil, nil, nil, ""
	p.Images[0].Before, p.Images[0].Spots = nil, nil
	text := written(t, p, "plain.html")
	for _, not := range []string{"verdict\"", "σ</th>", "Worst spots", "Correlations", "NaN"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %q", not)
		}
	}
	for _, bad := range []*Page{{}, {Result: p.Result}, {Result: p.Result, Images: []Image{{}}}, {Result: p.Result, Images: []Image{{Fit: p.Images[0].Fit}}}} {
		if err := bad.WriteFile(filepath.Join(t.TempDir(), "no.html")); err == nil || !strings.HasPrefix(err.Error(), "report: ") {
			t.Errorf("a page of %d images: %v", len(bad.Images), err)
		}
	}
	two := refined(t, nil)
	two.Images = append(two.Images, two.Images[0], two.Images[0])
	for i, name := range []string{"image 1", "image 2", "image 3"} {
		two.Images[i].Name = name
	}
	if text := written(t, two, "several.html"); !strings.Contains(text, "worst spot") || !strings.Contains(text, "image 3") || !strings.Contains(text, "the largest χ² are drawn") {
		t.Error("a page of several images does not list them")
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		v, sigma float64
		want     string
	}{
		{78.123456, 0.0123, "78.123"}, {78.123456, 0.00997, "78.1235"}, {-0.00123, 0.0004, "−0.00123"}, {1234567, 1234, "1234567"}, {1.234567e12, 1e9, "1.2346e+12"},
		{0.213, 6e5, "0.213"}, {1e-10, 6e5, "1e−10"}, {0.25, 0, "0.25"}, {0.25, math.Inf(1), "0.25"}, {1e-12, 2e-14, "1.000e−12"}, {0, 0.5, "0.00"},
	} {
		if got := number(c.v, c.sigma); got != c.want {
			t.Errorf("%g with σ %g is %s, want %s", c.v, c.sigma, got, c.want)
		}
	}
	if got := thousands(1234567); got != "1\u202f234\u202f567" {
		t.Errorf("thousands are %q", got)
	}
}
