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
			t.Fatalf("%s is missing from the table:\n%s", name, out.String())
		}
		var v [3]float64 // start, refined, σ
		for i := range v {
			var err error
			if v[i], err = strconv.ParseFloat(m[1+i], 64); err != nil {
				t.Fatal(err)
			}
		}
		// One fit in 4000 has one of the 4 parameters beyond 4σ.
		if pull := (v[1] - want) / v[2]; !(math.Abs(pull) < 4) {
			t.Errorf("%s is %g ± %g, want %g", name, v[1], v[2], want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "bandwidth.png")); err != nil || info.Size() < 1000 {
		t.Errorf("bandwidth.png: %v", err)
	}
}

func TestNoFolder(t *testing.T) {
	if err := run(context.Background(), filepath.Join(t.TempDir(), "none"), &bytes.Buffer{}); err == nil {
		t.Error("a missing folder is not an error")
	}
}
