package experiment

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/format"
)

// TestDownsampling: a measured spectrum arrives in the beam as package beam makes it shorter, from the JSON and from a file.
func TestDownsampling(t *testing.T) {
	var energies, weights []float64
	var lines []Line
	text := "energy weight\n"
	for i := range 60 {
		e, w := 9000+0.29*float64(i), 2+float64(i%7)
		energies, weights = append(energies, e), append(weights, w)
		lines = append(lines, Line{Wavelength: format.HC / e, Weight: w})
	}
	for i := range 60 { // a file in the other direction
		text += fmt.Sprintln(energies[59-i], weights[59-i])
	}
	d := Downsampling{Baseline: 10, Cutoff: 0.3, Bin: 1, Stride: 2}
	ofEnergies, ofWeights, err := beam.Downsampling(d).Downsample(energies, weights)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := writeText(t, filepath.Join(folder, "shot.lam"), text)
	for name, b := range map[string]Beam{"spectrum": {Spectrum: lines, Downsampling: &d}, "file": {SourcesFile: file, Downsampling: &d}} {
		c := &Config{Crystals: []Crystal{{Cell: Cell{A: 50}}}, Beam: b}
		written, err := c.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if c, err = Parse(written); err != nil {
			t.Fatal(err)
		}
		cfg, err := c.BeamConfig()
		if err != nil || len(cfg.Sources) != len(ofEnergies) {
			t.Fatalf("%s: %v, %d sources for %d", name, err, len(cfg.Sources), len(ofEnergies))
		}
		for i, s := range cfg.Sources {
			if math.Abs(format.HC/s.Wavelength-ofEnergies[i]) > 1e-9*ofEnergies[i] || math.Abs(s.Weight-ofWeights[i]) > 1e-9*ofWeights[i] {
				t.Errorf("%s: source %d is %+v, not %g eV of the weight %g", name, i, s, ofEnergies[i], ofWeights[i])
			}
		}
	}
	for want, b := range map[string]Beam{
		"beam.downsampling is given without spectrum":       {Downsampling: &d},
		"a baseline of 10 points of a spectrum of 1":        {Spectrum: lines[:1], Downsampling: &d},
		"beam.downsampling is for a spectrum whose lines":   {Spectrum: []Line{{Wavelength: 1, Width: 1e-3}}, Downsampling: &d},
		"beam.downsampling is for a spectrum of which each": {Spectrum: []Line{{Weight: 1}}, Downsampling: &d},
		"beam.downsampling.cutoff 1 is not below 1":         {Spectrum: lines, Downsampling: &Downsampling{Cutoff: 1}},
		"beam.free_sum is given without free_sources":       {FreeSum: true},
	} {
		c := &Config{Crystals: []Crystal{{Cell: Cell{A: 50}}}, Beam: b}
		err := c.Check()
		if err == nil {
			_, err = c.BeamConfig()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
