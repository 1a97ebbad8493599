package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run(context.Background(), dir, &out); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"beam.dispersion": bandwidth, "beam.wavelength": wavelength, "scale": 1, "background.flat": background} {
		m := regexp.MustCompile(`(?m)^` + name + ` +(\S+) +(\S+) +(\S+)$`).FindStringSubmatch(out.String())
		if m == nil {
			t.Fatalf("no row of %s:\n%s", name, out.String())
		}
		var v [3]float64 // start, refined, σ
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(m[1+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		// One of 4 parameters is beyond 4σ in one fit of 4000.
		if pull := (v[1] - want) / v[2]; !(math.Abs(pull) < 4) {
			t.Errorf("%s is %g ± %g, true is %g", name, v[1], v[2], want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "bandwidth.png")); err != nil || info.Size() < 1000 {
		t.Errorf("bandwidth.png: %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	if err := run(context.Background(), filepath.Join(t.TempDir(), "none"), &bytes.Buffer{}); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
