package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/dials"
)

// turning is a scan of three images of Gaussian spots.
const turning = `{
	"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80, "alpha": 85, "beta": 95, "gamma": 105 }, "misset": { "x": 5, "y": 10, "z": 15 },
		"cells": { "a": 50, "b": 50, "c": 50 }, "shape": "gauss", "mosaic": { "spread": 0.05 }, "structure": { "default": 100 } } ],
	"beam": { "wavelength": 0.9 },
	"scan": { "first": 4, "images": 3, "phi": 10, "width": 0.5 },
	"detector": { "fast": 300, "slow": 300, "pixel": 0.5, "distance": 100 }
}`

func TestPredict(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(path("e.json"), []byte(turning), 0o644); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := invoke(t, "predict", path("e.json"), "--dmin", "3", "--out", path("p.csv"), "--out", path("p.json"), "--out", path("p.refl"))
	if status != 0 || stdout != "" {
		t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	file, err := os.Open(path("p.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path("p.json"))
	if err != nil {
		t.Fatal(err)
	}
	var object predictedTable
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	table, err := dials.ReadTableFile(path("p.refl"))
	if err != nil {
		t.Fatal(err)
	}
	n := len(object.Reflections)
	if len(rows) != n+1 || table.Rows != n || n < 100 {
		t.Fatalf("%d lines, %d objects, %d rows of DIALS", len(rows), n, table.Rows)
	}
	px, err := dials.Get[[3]float64](table, "xyzcal.px")
	if err != nil {
		t.Fatal(err)
	}
	hkl, err := dials.Get[[3]int32](table, "miller_index")
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	whole := 0 // those of the first image
	for i, r := range object.Reflections {
		fast, err := strconv.ParseFloat(rows[i+1][column["fast_px"]], 64)
		if err != nil || fast < r.Fast-1e-4 || fast > r.Fast+1e-4 || px[i] != [3]float64{r.Fast, r.Slow, r.Image - 1} ||
			hkl[i] != [3]int32{int32(r.H), int32(r.K), int32(r.L)} || r.F == nil || *r.F != 100 || r.D < 3 {
			t.Fatalf("row %d: %v, %v, %+v", i, rows[i+1], px[i], r)
		}
		if want := 4 + (r.Phi-10)/0.5; r.Image < want-1e-9 || r.Image > want+1e-9 {
			t.Fatalf("row %d: phi %g in image %g, want %g", i, r.Phi, r.Image, want)
		}
		if r.Excitation == 0 && r.Image < 5 {
			whole++
		}
	}
	status, stdout, _ = invoke(t, "predict", path("e.json"), "--dmin", "3", "--images", "4", "--json")
	if err := json.Unmarshal([]byte(stdout), &object); err != nil || status != 0 {
		t.Fatal(status, err)
	}
	crossings := 0
	for _, r := range object.Reflections {
		if r.Excitation == 0 {
			crossings++
		}
	}
	if crossings < whole-3 || crossings > whole+3 { // boxes at the edges reach farther in more images
		t.Errorf("%d crossings in image 4, of the scan %d", crossings, whole)
	}
	status, stdout, _ = invoke(t, "predict", path("e.json"), "--dmin", "6", "--partiality", "0.5")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if status != 0 || !strings.Contains(lines[0], "reflections diffract") || !strings.Contains(lines[0], "left out") || len(strings.Fields(lines[1])) != len(columns) {
		t.Errorf("status %d, %q", status, stdout)
	}
}

// TestPredictSpaceGroup predicts from experiments of DIALS alone, which give a space group and no structure factors.
func TestPredictSpaceGroup(t *testing.T) {
	out := filepath.Join(t.TempDir(), "p.csv")
	status, _, stderr := invoke(t, "predict", "../../format/dials/testdata/four_panels.expt", "--dmin", "4", "--out", out)
	if status != 0 || !strings.Contains(stderr, "that the space group allows") || !strings.Contains(stderr, "blocks of 50 × 50 × 50 cells") {
		t.Fatalf("status %d, %q", status, stderr)
	}
	status, _, stderr = invoke(t, "predict", "../../format/dials/testdata/four_panels.expt", "--dmin", "4", "--cells", "20", "--out", out)
	if status != 0 || strings.Contains(stderr, "cells") {
		t.Errorf("with --cells: status %d, %q", status, stderr)
	}
}

func TestPredictErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.json")
	if err := os.WriteFile(path, []byte(turning), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		text   string
		args   []string
	}{
		{2, "usage: gobragg predict", nil},
		{2, "none of .csv, .json, .refl", []string{path, "--out", "x.png"}},
		{2, "images 4 to 6", []string{path, "--images", "3"}},
		{2, "no number of an image", []string{path, "--images", "5-4"}},
		{2, "--dmin -1", []string{path, "--dmin", "-1"}},
		{2, "--widths 0.5", []string{path, "--widths", "0.5"}},
		{2, "--partiality 2", []string{path, "--partiality", "2"}},
		{2, "--cells 0", []string{path, "--cells", "0"}},
		{2, "the files give the size", []string{path, "--cells", "10"}},
		{2, "is also a file that is read", []string{path, "--out", path}},
		{1, "no such file", []string{"missing.json"}},
	} {
		status, _, stderr := invoke(t, append([]string{"predict"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.text) {
			t.Errorf("%v: status %d, %q; want %d with %q", c.args, status, stderr, c.status, c.text)
		}
	}
}
