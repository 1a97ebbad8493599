package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

const side = 96 // pixels: enough for spots, and quick

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(context.Background(), options{pixels: side, threads: 2, out: dir, seed: 1}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"reflections", "1.73 Å at the edge", "image.png", "20 orientations", "per Å of a, b, c"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing from the report:\n%s", want, out.String())
		}
	}

	expected, err := raw.ReadFile(filepath.Join(dir, "image.bin"), side, side)
	if err != nil {
		t.Fatal(err)
	}
	img, err := smv.ReadFile(filepath.Join(dir, "image.img"))
	if err != nil {
		t.Fatal(err)
	}
	if distance, err := img.Header.Float("DISTANCE"); err != nil || distance != 120 {
		t.Errorf("DISTANCE is %g (%v), want 120", distance, err)
	}
	total, counted := 0.0, 0.0
	for i, x := range expected {
		if x > 60000 {
			continue // beyond what a pixel of an SMV image can hold
		}
		total += float64(x)
		counted += float64(img.Pixels[i]) - 40
	}
	// Poisson: the variance of the sum of the counts is its expectation.
	if off := math.Abs(counted - total); off > 5*math.Sqrt(total) {
		t.Errorf("%.0f photons counted where %.0f are expected, %.1f standard deviations off", counted, total, off/math.Sqrt(total))
	}
}

func TestThreadsMakeNoDifference(t *testing.T) {
	var images [2][]byte
	for i, threads := range []int{1, 3} {
		dir := t.TempDir()
		if err := run(context.Background(), options{pixels: side, threads: threads, out: dir, seed: 7}, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		var err error
		if images[i], err = os.ReadFile(filepath.Join(dir, "image.img")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(images[0], images[1]) {
		t.Error("1 and 3 threads give different images")
	}
}

// The derivative with respect to a is compared with a central difference. With a step a hundred times as long, that was
// within 2.5 %, and its error is proportional to the square of the step.
func TestMisfitDerivative(t *testing.T) {
	e, err := newExperiment(options{pixels: side, threads: 2, seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	image, err := e.Image(ctx)
	if err != nil {
		t.Fatal(err)
	}
	expected := append([]float64(nil), image.Data().([]float64)...)
	g, err := misfit(ctx, e, expected, expected)
	if err != nil {
		t.Fatal(err)
	}
	const step = 1e-5
	var at [2]float64
	for i, sign := range []float64{-1, 1} {
		if err := e.Simulator().Set(e.Crystals[0].Cell.A, e.Crystals[0].Config().Cell.A+tooLong+sign*step); err != nil {
			t.Fatal(err)
		}
		wrong, err := e.Image(ctx)
		if err != nil {
			t.Fatal(err)
		}
		weighted := weights(expected)
		for k, x := range wrong.Data().([]float64) {
			at[i] += weighted[k] * (x - expected[k]) * (x - expected[k])
		}
	}
	want := (at[1] - at[0]) / (2 * step)
	if got := g.Scalars()[0]; !(math.Abs(got-want) <= 1e-5*math.Abs(want)) {
		t.Errorf("the derivative with respect to a is %g, the difference quotient %g", got, want)
	}
	if g.Scalars()[0] <= 0 {
		t.Errorf("the derivative with respect to a is %g; as a is too long, χ² should decrease with it", g.Scalars()[0])
	}
}

func TestErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    options
		want string
	}{
		{"no pixels", options{pixels: 0, threads: 1, out: t.TempDir()}, "-pixels 0"},
		{"too many pixels", options{pixels: 1 << 20, threads: 1, out: t.TempDir()}, "detector:"},
		{"no threads", options{pixels: side, threads: 0, out: t.TempDir()}, "workers"},
		{"a file for a folder", options{pixels: side, threads: 1, out: file}, "simulate:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := run(context.Background(), c.o, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if err := run(ctx, options{pixels: side, threads: 1, out: dir, seed: 1}, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("an interrupted run leaves %v (%v)", left, err)
	}
}
