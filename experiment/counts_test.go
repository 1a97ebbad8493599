package experiment_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/raw"
)

// Counts that no detector has are errors that name the key.
func TestImpossibleCounts(t *testing.T) {
	for text, want := range map[string]string{
		`{"gain": 0}`:       "counts.gain",
		`{"gain": -2}`:      "counts.gain",
		`{"overload": -5}`:  "counts.overload",
		`{"overload": 0}`:   "counts.overload",
		`{"readout": -1}`:   "counts.readout",
		`{"gain": 1e999}`:   "gain",
		`{"pedestal": "a"}`: "pedestal",
	} {
		_, err := experiment.Parse([]byte(`{"crystals": [{"cell": {"a": 50}}], "counts": ` + text + `}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
}

// NaN, −1 and −2, which Pilatus and Eiger give to gaps and bad pixels, are left out by themselves and counted.
func TestGaps(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	c.Images = []experiment.Image{{File: "i.bin"}}
	pixels := make([]float32, 16*12)
	for i := range pixels {
		pixels[i] = float32(i)
	}
	pixels[3], pixels[20], pixels[21], pixels[40], pixels[41] = float32(math.NaN()), -1, -2, float32(math.Inf(1)), float32(math.Inf(-1))
	check(t, raw.WriteFile(filepath.Join(c.Folder, "i.bin"), pixels))
	data, err := build(t, c).ReadImages()
	check(t, err)
	if want := (experiment.LeftOut{NotFinite: 3, Gaps: 2}); data.Left != want {
		t.Errorf("left out %+v, want %+v", data.Left, want)
	}
	for i, counts := range data.Mask[0] {
		if out := slices.Contains([]int{3, 20, 21, 40, 41}, i); counts == out {
			t.Errorf("pixel %d counts: %v", i, counts)
		}
	}
}
