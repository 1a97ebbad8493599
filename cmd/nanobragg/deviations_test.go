package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/raw"
)

// TestReferencePixels compares with pixels of the reference program, by the rule of the golden images, where steps differ
// in nothing (one cell and one structure factor) or resolution leaves some out.
func TestReferencePixels(t *testing.T) {
	const one, fine = "-N 1 ", "-dmin 3 -water 0.01 "
	for _, test := range []struct {
		args    string
		largest float64
		pixels  [6]float64 // at the places below
	}{
		{one + "-phi 1 -osc 1 -phisteps 3 -mosaic 1 -mosaic_dom 4", 15.97443, [6]float64{10.61224, 12.86605, 14.46199, 15.97443, 15.28366, 12.44078}},
		{one + "-divergence 10 -divsteps 3 -dispersion 2 -dispsteps 3", 15.97583, [6]float64{10.6283, 12.87928, 14.47168, 15.97583, 15.2729, 12.4255}},
		{one + "-oversample 2", 15.9936, [6]float64{10.38444, 12.64618, 14.28342, 15.94256, 15.32546, 12.6639}},
		{"-dmin 3", 104147.7, [6]float64{0, 216.1987, 76012.79, 12.47881, 0.01632549, 0}},
		{fine, 104481.3, [6]float64{0, 500.5072, 76332.37, 365.4751, 337.7483, 0}},
		{fine + "-dispersion 2 -dispsteps 3 -phi 1 -osc 1 -phisteps 2", 38919.5, [6]float64{0, 16781.39, 2399.475, 59.27599, 169.1312, 0}},
	} {
		path := filepath.Join(t.TempDir(), "f")
		command(t, strings.Fields(small+test.args+" -floatfile "+path)...)
		image, err := raw.ReadFile(path, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		for k, at := range [6][2]int{{0, 0}, {3, 2}, {5, 4}, {8, 8}, {12, 7}, {15, 15}} {
			got, want := float64(image[at[1]*16+at[0]]), test.pixels[k]
			if !(math.Abs(got-want) <= 1e-5*want+1e-7*test.largest) {
				t.Errorf("%s: pixel %v is %.7g, reference %.7g", test.args, at, got, want)
			}
		}
	}
}
