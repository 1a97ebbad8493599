package report

import (
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/gobragg/gobragg/refine"
)

func TestLines(t *testing.T) {
	for name, want := range map[string]string{
		"cell.a": "a, b, c", "crystals[1].cell.b": "a, b, c", "ice.cell.gamma": "α, β, γ", "misset.x": "misset", "beam.wavelength": "beam, detector",
		"detector.panel.0.tilt_fast": "beam, detector", "scale": "scale", "background.flat": "background", "mosaic.spread": "others", "cells.a": "others",
	} {
		if got := lines[lineOf(name)].label; got != want {
			t.Errorf("%s is on the line %s, want %s", name, got, want)
		}
	}
}

// The plot of a search with steps is a PNG; one that ended where it began is none.
func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.png")
	r := &refine.Result{Names: []string{"cell.a", "fudge"}, Start: []float64{60, 1}, Values: []float64{61, 1}}
	var way Trace
	way.Add(refine.Iteration{Number: 1, Stage: 1, Values: []float64{60.5, 1}, Accepted: true})
	way.Add(refine.Iteration{Number: 2, Values: []float64{60.2, 1}})
	way.Add(refine.Iteration{Number: 3, Values: []float64{61, 1}, Accepted: true})
	if len(way) != 2 {
		t.Fatalf("%d steps were taken", len(way))
	}
	written, err := way.WriteFile(path, r)
	if err != nil || !written {
		t.Fatal(written, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // read only
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
	r.Start = r.Values
	if written, err := (Trace{}).WriteFile(filepath.Join(t.TempDir(), "no.png"), r); written || err != nil {
		t.Error(written, err)
	}
}
