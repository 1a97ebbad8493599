package experiment_test

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/nxmx"
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

// What a Pilatus and an Eiger write where there is no count is left out by itself, in their own files: −1 and −2 of 32 bits, the largest
// number of 32 and of 16 bits, and what is above the trusted range. A pedestal does not change which they are.
func TestDetectorMarks(t *testing.T) {
	const fast, slow, most = 16, 12, 60000
	geometry := &format.Geometry{
		Wavelength: 1, ToSource: [3]float64{0, 0, 1},
		Panels: []format.Panel{{Name: "Panel", Origin: [3]float64{-1, 1, -60}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0},
			Pixel: [2]float64{0.172, 0.172}, Size: [2]int{fast, slow}, Material: "Si", Thickness: 0.32, Trusted: &[2]float64{0, most}}},
		Rotation: format.NewRotation([3]float64{1, 0, 0}, 0, 0.1, 1, 1),
	}
	marked := map[int]int64{3: -1, 17: -2, 40: most + 1, 41: most}
	for name, test := range map[string]struct {
		kind  format.Type
		value func(v int64) int64 // that stands for it
		write func(path string, f *format.Frame) error
	}{
		"pilatus.cbf": {format.Int32, func(v int64) int64 { return v },
			func(path string, f *format.Frame) error { return cbf.WriteFile(path, f, geometry, cbf.Header{}) }},
		"eiger.nxs": {format.Uint32, func(v int64) int64 {
			if v < 0 {
				return math.MaxUint32
			}
			return v
		}, func(path string, f *format.Frame) error { return nexus(path, geometry, f) }},
		"eiger16.nxs": {format.Uint16, func(v int64) int64 {
			if v < 0 {
				return math.MaxUint16
			}
			return v
		}, func(path string, f *format.Frame) error { return nexus(path, geometry, f) }},
	} {
		var f format.Frame
		f.Reset(fast, slow, test.kind)
		for i := range fast * slow {
			v := int64(10 + i%7)
			if m, ok := marked[i]; ok {
				v = test.value(m)
			}
			if test.kind == format.Uint16 {
				binary.LittleEndian.PutUint16(f.Data[2*i:], uint16(v))
			} else {
				binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
			}
		}
		c := lattice()
		c.Folder = t.TempDir()
		c.Counts.Pedestal = 9
		c.Images = []experiment.Image{{File: name}}
		check(t, test.write(filepath.Join(c.Folder, name), &f))
		data, err := build(t, c).ReadImages()
		check(t, err)
		for i, counts := range data.Mask[0] {
			v, out := marked[i]
			if out = out && v != most; counts == out {
				t.Errorf("%s: pixel %d, %d: counts %v", name, i, v, counts)
			}
			if !counts && data.Photons[0].Float64s()[i] != 0 {
				t.Errorf("%s: pixel %d has photons", name, i)
			}
		}
		if n := data.Left.Total(); n != 3 {
			t.Errorf("%s: %d pixels are left out: %s", name, n, data.Left)
		}
		if got := data.Photons[0].Float64s()[0]; got != 1 {
			t.Errorf("%s: %g photons where 10 less a pedestal of 9 are counted", name, got)
		}
	}
}

// nexus writes an image.
func nexus(path string, g *format.Geometry, f *format.Frame) error {
	w, err := nxmx.Create(path, g, f.Fast, f.Slow, f.Type)
	if err != nil {
		return err
	}
	defer func() { _ = w.Discard() }()
	if err := w.Write(f); err != nil {
		return err
	}
	return w.Close()
}
