package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

const side = 128 // pixels: enough for spots, and quick

func small(out string) options {
	return options{out: out, seed: 1, pixels: side, threads: 2}
}

// usual lists the parameters that are free by default.
var usual = []string{
	"cell.a", "cell.b", "cell.c", "cell.alpha", "cell.beta", "cell.gamma", "misset.x", "misset.y", "misset.z",
	"scale", "background.flat",
}

// row matches one of the table: name, start, refined, σ; if the truth is known, preceded by it and followed by the pull.
var row = regexp.MustCompile(`(?m)^([a-z.]+)((?: +[-+]?[0-9.e-]+)+) *$`)

func table(t *testing.T, out string) map[string][]float64 {
	t.Helper()
	rows := map[string][]float64{}
	for _, m := range row.FindAllStringSubmatch(out, -1) {
		for _, f := range strings.Fields(m[2]) {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			rows[m[1]] = append(rows[m[1]], v)
		}
	}
	return rows
}

// TestRun refines against the simulated image, and then again from the files that the first run wrote.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(context.Background(), small(dir), &out); err != nil {
		t.Fatal(err)
	}
	first := table(t, out.String())
	for _, name := range usual {
		r := first[name]
		if len(r) != 5 {
			t.Fatalf("%s has the row %g, want true, start, refined, σ, pull, in:\n%s", name, r, out.String())
		}
		// 11 parameters: one in 1500 tables has a pull beyond 4.
		if pull := (r[2] - r[0]) / r[3]; !(math.Abs(pull) < 4) || math.Abs(pull-r[4]) > 0.1*math.Abs(pull)+0.02 {
			t.Errorf("%s: refined %g ± %g, true %g, pull %g", name, r[2], r[3], r[0], r[4])
		}
		if math.Abs(r[1]-r[0]) < 10*r[3] {
			t.Errorf("%s starts at %g, as good as the truth %g ± %g", name, r[1], r[0], r[3])
		}
	}
	if !strings.Contains(out.String(), "converged") {
		t.Errorf("the search has not converged:\n%s", out.String())
	}
	for _, file := range []string{"data.img", "experiment.json", "structure.hkl", "refined.json", "report.png", "convergence.png"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}

	o := small(filepath.Join(dir, "again"))
	o.experiment = filepath.Join(dir, "experiment.json")
	out.Reset()
	if err := run(context.Background(), o, &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "true") {
		t.Errorf("the table has true values for an image whose truth is unknown:\n%s", out.String())
	}
	for name, r := range table(t, out.String()) {
		if want := first[name]; len(r) != 3 || math.Abs(r[1]-want[2]) > 0.1*want[3] {
			t.Errorf("%s is refined to %g from the files, to %g before", name, r, want)
		}
	}

	// Again from the result, which is in a different folder than the image.
	o.experiment, o.out = filepath.Join(dir, "again", "refined.json"), filepath.Join(dir, "third")
	out.Reset()
	if err := run(context.Background(), o, &out); err != nil {
		t.Fatal(err)
	}
	for name, r := range table(t, out.String()) {
		if want := first[name]; len(r) != 3 || math.Abs(r[0]-want[2]) > 0.1*want[3]+1e-4 || math.Abs(r[1]-want[2]) > 0.1*want[3] {
			t.Errorf("%s starts at the result and is refined to %g; at first it was %g", name, r, want)
		}
	}
}

// TestOwnImage refines against raw floats with readout noise and a gap between modules.
func TestOwnImage(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := makeUp(context.Background(), options{out: dir, seed: 2, pixels: side, threads: 2}); err != nil {
		t.Fatal(err)
	}
	img, err := smv.ReadFile(filepath.Join(dir, "data.img"))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := madeUp(side, 2)
	if err != nil {
		t.Fatal(err)
	}
	s := misled(truth, 2)
	s.Crystals[0].Cell, s.Crystals[0].Misset, s.Scale = truth.Crystals[0].Cell, truth.Crystals[0].Misset, truth.Scale
	s.Counts = experiment.Counts{Pedestal: 10, Gain: 2, Readout: 0.1, Missing: []float64{0}}
	s.Images[0].File = "own.bin"
	counts := make([]float64, len(img.Pixels))
	for i, c := range img.Pixels {
		counts[i] = 10 + 2*(float64(c)-40)
		if f := i % side; f >= 60 && f < 64 {
			counts[i] = 0 // a gap, which would ruin the result if it counted
		}
	}
	counts[5], counts[6], counts[7] = math.NaN(), -1, -2
	if err := raw.WriteFile(filepath.Join(dir, "own.bin"), counts); err != nil {
		t.Fatal(err)
	}
	s.Background.Flat = 0 // taken from the image
	s.Crystals[0].Misset.X += 0.05
	s.Refine = experiment.Refine{Parameters: []string{"misset.x", "beam.wavelength", "scale", "background.flat"}}
	o := small(dir)
	o.experiment = filepath.Join(dir, "experiment.json")
	if err := s.Write(o.experiment); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(context.Background(), o, &out); err != nil {
		t.Fatal(err)
	}
	rows := table(t, out.String())
	// The readout noise is small because the counts contain none.
	for name, want := range map[string]float64{"misset.x": 10, "beam.wavelength": 1, "scale": 1, "background.flat": 4} {
		if r := rows[name]; len(r) != 3 || math.Abs(r[1]-want) > 5*r[2] {
			t.Errorf("%s: start, refined, σ are %g, the truth is %g", name, r, want)
		}
	}
}

// cancelling cancels a context at the first write, which precedes the search.
type cancelling struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *cancelling) Write(p []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(p)
}

func TestInterruptedSearch(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out := cancelling{cancel: cancel}
	dir := t.TempDir()
	if err := run(ctx, small(dir), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "interrupted") || !strings.Contains(out.String(), "cell.gamma") {
		t.Errorf("the report of an interrupted search:\n%s", out.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "report.png")); err != nil {
		t.Error(err)
	}
}

func TestInterruptedImage(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := run(ctx, small(t.TempDir()), &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("f.hkl", "1 0 0 5\n")
	image := filepath.Join(dir, "i.img")
	if err := smv.WriteFile(image, &smv.Image{Fast: 2, Slow: 2, Pixels: make([]uint16, 4)}); err != nil {
		t.Fatal(err)
	}
	rest := `"images": [{"file": "i.img"}], "detector": {"fast": 2, "slow": 2}, "crystals": [{"cell": {"a": 50, "b": 60, "c": 70}, "structure": {"file": "f.hkl"}}]`
	good := write("good.json", `{`+rest+`}`)
	for _, c := range []struct {
		name string
		o    options
		want string
	}{
		{"no pixels", options{pixels: 0}, "-pixels 0"},
		{"too many pixels", options{pixels: 1 << 20}, "-pixels 1048576"},
		{"a reach that is none", options{experiment: write("reach.json", `{"refine": {"error": 0.2}, `+rest+`}`)}, "refine.error 0.2 is above 0.1"},
		{"no image", options{experiment: write("alone.json", `{`+strings.ReplaceAll(rest, `"images": [{"file": "i.img"}], `, "")+`}`)}, "images is empty"},
		{"no such experiment", options{experiment: filepath.Join(dir, "none.json")}, "none.json"},
		{"an unknown key", options{experiment: write("key.json", `{"cristal": {}}`)}, "cristal is an unknown key"},
		{"two values", options{experiment: write("two.json", `{`+rest+`} {}`)}, "closing brace"},
		{"no crystal", options{experiment: write("f.json", `{}`)}, "crystals is empty"},
		{"a negative gain", options{experiment: write("gain.json", `{"counts": {"gain": -1}, `+rest+`}`)}, "counts.gain -1"},
		{"a gain of 0", options{experiment: write("gain0.json", `{"counts": {"gain": 0}, `+rest+`}`)}, "counts.gain 0 is not above 0"},
		{"an overload", options{experiment: write("overload.json", `{"counts": {"overload": -5}, `+rest+`}`)}, "counts.overload -5"},
		{"a convention", options{experiment: write("convention.json", `{"detector": {"convention": "HKL", "fast": 2, "slow": 2}}`)}, `"HKL"`},
		{"an unknown parameter", options{experiment: write("free.json", `{"refine": {"parameters": ["cell.d"]}, `+rest+`}`)}, `"cell.d"`},
		{"a table to refine", options{experiment: write("table.json", `{"refine": {"parameters": ["structure.table"]}, `+rest+`}`)}, `"structure.table"`},
		{"a file that is not there", options{experiment: write("tiff.json", strings.ReplaceAll(`{`+rest+`}`, "i.img", "i.tif"))}, "no such file"},
		{"another size", options{experiment: write("size.json", strings.ReplaceAll(`{`+rest+`}`, `"fast": 2`, `"fast": 3`))}, "2 × 2 pixels"},
		{"nothing that counts", options{experiment: write("masked.json", `{"counts": {"missing": [0]}, `+rest+`}`)}, "4 listed in counts.missing"},
		{"photons below none", options{experiment: write("offset.json", `{"counts": {"pedestal": 40}, `+rest+`}`)}, "-40"},
		{"a file for a folder", options{pixels: side, out: good}, "refine:"},
		{"no threads", options{pixels: side, threads: -1}, "workers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.pixels = max(c.o.pixels, map[bool]int{true: side}[c.o.experiment != ""])
			if c.o.threads == 0 {
				c.o.threads = 1
			}
			if c.o.out == "" {
				c.o.out = t.TempDir()
			}
			err := run(context.Background(), c.o, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
