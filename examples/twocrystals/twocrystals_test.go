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

var line = regexp.MustCompile(`(?m)^  (large|small)\.(cell\.[a-z]+) +([-+][0-9.e+-]+)$`)

// TestRun checks that the loss acts on the crystal whose cell is wrong, towards a shorter a.
func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	var out bytes.Buffer
	if err := run(context.Background(), folder, &out); err != nil {
		t.Fatal(err)
	}
	by := map[string]float64{}
	for _, m := range line.FindAllStringSubmatch(out.String(), -1) {
		v, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		by[m[1]+"."+m[2]] = v
	}
	if len(by) != 12 {
		t.Fatalf("%d derivatives in\n%s", len(by), out.String())
	}
	if !(by["small.cell.a"] > 0) || math.Abs(by["small.cell.a"]) < 3*math.Abs(by["large.cell.a"]) {
		t.Errorf("derivative with respect to a of the small crystal %g, of the large one %g", by["small.cell.a"], by["large.cell.a"])
	}
	if info, err := os.Stat(filepath.Join(folder, "twocrystals.png")); err != nil || info.Size() == 0 {
		t.Error(err)
	}
}
