package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var line = regexp.MustCompile(`(?m)^  (one line|broad|two colours) .* deviance ([0-9.]+) per pixel$`)

// TestRun checks that the image fits the spectrum that it was taken with, and no other.
func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(context.Background(), folder, &out); err != nil {
		t.Fatal(err)
	}
	by := map[string]float64{}
	for _, m := range line.FindAllStringSubmatch(out.String(), -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		by[m[1]] = v
	}
	// The deviance of a Poisson variable of mean 0.5, which most pixels have, is 0.99 on average.
	if d := by["two colours"]; !(d > 0.9 && d < 1.1) || by["one line"] < 1.2*d || by["broad"] < 1.2*d {
		t.Errorf("deviances %v in\n%s", by, out.String())
	}
	if info, err := os.Stat(filepath.Join(folder, "spectrum.png")); err != nil || info.Size() == 0 {
		t.Error(err)
	}
}
