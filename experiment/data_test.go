package experiment_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

func TestPhotons(t *testing.T) {
	c := experiment.Counts{Pedestal: 10, Gain: 2, Overload: 100, Missing: []float64{0, 3}}
	photons, mask, out := c.Photons([]float64{10, 13, 0, 100, 99, -1, -2, -3, math.NaN(), math.Inf(1), 3, 1000})
	if want := []float64{0, 1.5, 0, 0, 44.5, 0, 0, -6.5, 0, 0, 0, 0}; !slices.Equal(photons, want) {
		t.Errorf("photons %g, want %g", photons, want)
	}
	if want := []bool{true, true, false, false, true, false, false, true, false, false, false, false}; !slices.Equal(mask, want) {
		t.Errorf("mask %v, want %v", mask, want)
	}
	if want := (experiment.LeftOut{NotFinite: 2, Gaps: 2, Missing: 2, Overload: 2}); out != want || out.Total() != 8 {
		t.Errorf("left out %+v, want %+v", out, want)
	}
	if got := c.Values([]float64{1.5, 44.5}); !slices.Equal(got, []float64{13, 99}) {
		t.Errorf("values %g", got)
	}
	// Nothing is done to photons.
	if photons, mask, _ := (experiment.Counts{}).Photons([]float64{0, 1.5, -7}); !slices.Equal(photons, []float64{0, 1.5, -7}) || slices.Contains(mask, false) {
		t.Errorf("photons %g, mask %v", photons, mask)
	}
}

// build makes the experiment of files in a folder.
func build(t testing.TB, c *experiment.Config) *experiment.Experiment {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	check(t, err)
	return e
}

// What is written as an image is read back as photons, without a notice; and a mask file masks.
func TestReadImages(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	c.Counts = experiment.Counts{Pedestal: 40, Gain: 3, Overload: 65535}
	c.Images = []experiment.Image{{File: "i.img", MaskFile: "m.pgm"}}
	photons := make([]float64, 16*12)
	pixels := make([]uint16, len(photons))
	for i := range photons {
		photons[i], pixels[i] = float64(i%17), 1
	}
	photons[5], pixels[7] = 1e6, 0
	overloads, err := build(t, c).WriteImage(filepath.Join(c.Folder, "i.img"), photons)
	check(t, err)
	if overloads != 1 {
		t.Errorf("%d overloads", overloads)
	}
	check(t, pgm.WriteFile(filepath.Join(c.Folder, "m.pgm"), &pgm.Image{Fast: 16, Slow: 12, Max: 1, Pixels: pixels}))
	data, err := build(t, c).ReadImages()
	check(t, err)
	if data.Notices != nil {
		t.Errorf("notices %q", data.Notices)
	}
	got := data.Photons[0].Float64s()
	for i, want := range photons {
		if counts := i != 5 && i != 7; data.Mask[0][i] != counts || counts && got[i] != want || !counts && got[i] != 0 {
			t.Errorf("pixel %d: %g photons, mask %v", i, got[i], data.Mask[0][i])
		}
	}
	if m := data.Median(); m != 8 {
		t.Errorf("the median of 0 … 16 is %g", m)
	}

	// All at or above the overload: which rule it was.
	c.Counts.Overload = 1
	if _, err := build(t, c).ReadImages(); err == nil || !strings.Contains(err.Error(), "all 192 are masked: 192 at or above counts.overload") {
		t.Errorf("error %v", err)
	}
	c.Counts.Overload = 50
	if data, err = build(t, c).ReadImages(); err != nil || len(data.Notices) != 1 || !strings.Contains(data.Notices[0], "do not count") {
		t.Errorf("notices %q, %v", data.Notices, err)
	}
}

// A header that contradicts the experiment is a notice for each number.
func TestHeader(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	c.Images = []experiment.Image{{File: "i.img"}}
	c.Detector.TwoTheta, c.Crystals[0].Phi, c.Crystals[0].Osc, c.Beam.Wavelength = 10, 20, 1, 1.03376
	e := build(t, c)
	_, err := e.WriteImage(filepath.Join(c.Folder, "i.img"), make([]float64, 16*12))
	check(t, err)
	for want, change := range map[string]func(c *experiment.Config){
		"":                 func(c *experiment.Config) {},
		"DISTANCE=60, the": func(c *experiment.Config) { c.Detector.Distance = 60.5 },
		"PIXEL_SIZE=5":     func(c *experiment.Config) { c.Detector.Pixel = 5.01 },
		"WAVELENGTH=1.03376, the experiment's would be 1.04 Å (beam.wavelength)": func(c *experiment.Config) { c.Beam.Wavelength = 1.04 },
		"TWOTHETA=10":      func(c *experiment.Config) { c.Detector.TwoTheta = 0 },
		"OSC_RANGE=1":      func(c *experiment.Config) { c.Crystals[0].Osc = 0 },
		"PHI=20":           func(c *experiment.Config) { c.Crystals[0].Phi = 0 },
		"MOSFLM_CENTER_X=": func(c *experiment.Config) { c.Detector.BeamCentre = &[2]float64{40, 40} },
		"ADC_OFFSET=0, the experiment's would be 40 (counts.pedestal)": func(c *experiment.Config) { c.Counts.Pedestal = 40 },
		"GAIN=1, the experiment's would be 2 (counts.gain)":            func(c *experiment.Config) { c.Counts.Gain = 2 },
		"(detector.beam_ce": func(c *experiment.Config) { c.Detector.Convention = detector.XDS },
	} {
		changed := *c
		changed.Crystals = slices.Clone(c.Crystals)
		change(&changed)
		data, err := build(t, &changed).ReadImages()
		check(t, err)
		if got := strings.Join(data.Notices, "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("notices %q, want one with %q", got, want)
		}
	}
	// The reference program's distance after a two-theta rotation is the nearest point's, 60 cos 10°.
	old := *c
	old.Images = []experiment.Image{{File: "old.img"}}
	header := smv.Header{}
	for _, entry := range [][3]string{{"DISTANCE", "59.0885", ""}, {"TWOTHETA", "10", ""}, {smv.CentreConvention, "denzo", "DISTANCE=59.0885, the experiment's would be 60 mm"}} {
		header.Set(entry[0], entry[1])
		check(t, smv.WriteFile(filepath.Join(c.Folder, "old.img"), &smv.Image{Header: header, Fast: 16, Slow: 12, Pixels: make([]uint16, 16*12)}))
		data, err := build(t, &old).ReadImages()
		check(t, err)
		if got := strings.Join(data.Notices, "\n"); !strings.Contains(got, entry[2]) || entry[2] == "" && got != "" {
			t.Errorf("%s: notices %q, want %q", entry[0], got, entry[2])
		}
	}
	// Odd headers do not stop anybody.
	m, err := smv.ReadFile(filepath.Join(c.Folder, "i.img"))
	check(t, err)
	for value, want := range map[string]string{
		"sixty mm": "DISTANCE=sixty mm, which is not a number",
		"61 mm":    "DISTANCE=61 mm, the experiment's would be 60 mm",
		"6 cm":     "", "unknown": "", "": "",
	} {
		m.Header.Set("DISTANCE", value)
		check(t, smv.WriteFile(filepath.Join(c.Folder, "i.img"), m))
		data, err := build(t, c).ReadImages()
		if got := strings.Join(data.Notices, "\n"); err != nil || !strings.Contains(got, want) || want == "" && got != "" || len(data.Notices) > 1 {
			t.Errorf("%s: notices %q, %v", value, data.Notices, err)
		}
	}
}

func TestReadImagesErrors(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	check(t, raw.WriteFile(filepath.Join(c.Folder, "i.bin"), make([]float64, 16*12)))
	check(t, smv.WriteFile(filepath.Join(c.Folder, "small.img"), &smv.Image{Fast: 2, Slow: 2, Pixels: make([]uint16, 4)}))
	check(t, os.WriteFile(filepath.Join(c.Folder, "i.tif"), []byte("no image"), 0o600))
	for want, image := range map[string]experiment.Image{
		"images[0].file":                     {File: "none.img"},
		"small.img has 2 × 2 pixels, the de": {File: "small.img"},
		"neither .img (SMV)":                 {File: "i.tif"},
		"images[0].mask_file small.img has ": {File: "i.bin", MaskFile: "small.img"},
	} {
		c.Images = []experiment.Image{image}
		if _, err := build(t, c).ReadImages(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	c.Images = nil
	if _, err := build(t, c).ReadImages(); err == nil || !strings.Contains(err.Error(), "images is empty") {
		t.Errorf("error %v", err)
	}
}

// Images of panels are read one by one.
func TestReadPanels(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	c.Detector.Panels = []experiment.Panel{{Fast: 2, Slow: 2}, {Fast: 3, Slow: 1, Origin: [3]float64{20, 0, 0}}}
	c.Images = []experiment.Image{{File: "a.bin"}, {File: "b.data", Format: "raw"}}
	check(t, raw.WriteFile(filepath.Join(c.Folder, "a.bin"), []float64{1, 2, 3, math.NaN()}))
	check(t, raw.WriteFile(filepath.Join(c.Folder, "b.data"), []float64{5, 6, -1}))
	e := build(t, c)
	data, err := e.ReadImages()
	check(t, err)
	if !slices.Equal(data.Photons[0].Float64s(), []float64{1, 2, 3, 0}) || !slices.Equal(data.Photons[1].Float64s(), []float64{5, 6, 0}) {
		t.Errorf("photons %v", data.Photons)
	}
	if !reflect.DeepEqual(data.Mask, [][]bool{{true, true, true, false}, {true, true, false}}) {
		t.Errorf("mask %v", data.Mask)
	}
	if _, err := e.Header(); err == nil {
		t.Error("one header of two panels")
	}
}

// unused are parameters that some of TestCurrent's models do not depend on; those are not written.
var unused = regexp.MustCompile(`(^|\.)(osc|cells\..|beam\.dispersion|beam\.divergence_.)$`)

// Values that nodes are given are in the configuration that is asked for then, all others are as they were; and it gives the
// same image.
func TestCurrent(t *testing.T) {
	for name, c := range map[string]*experiment.Config{
		"plain": lattice(),
		"short": {
			Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40}, Osc: 1, PhiStep: 0.3, Shape: 1, Mosaic: experiment.Mosaic{Spread: 1},
				Cells: experiment.Cells{A: 3, B: 3, C: 3}, Structure: experiment.Structure{Default: 10}}},
			Beam:     experiment.Beam{Energy: 12000, Flux: 1e18, Dispersion: experiment.Spread{Range: 1, Step: 0.3}, DivergenceH: experiment.Spread{Step: 2}, DivergenceV: experiment.Spread{Range: 1}},
			Detector: experiment.Detector{Fast: 8, Slow: 8, Pixel: 5, CloseDistance: 80, Convention: detector.XDS, Thickness: 300},
		},
		"backwards": {
			Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40}, Phi: 1, PhiStep: 0.3, Structure: experiment.Structure{Default: 10}, Cells: experiment.Cells{A: 3, B: 3, C: 3}},
				{Name: "b", Cell: experiment.Cell{A: 40}, Osc: 0.5, PhiSteps: 3, PhiPoints: crystal.Start, Structure: experiment.Structure{Default: 10}, Cells: experiment.Cells{A: 3}}},
			Detector: experiment.Detector{Fast: 8, Slow: 8, Pixel: 5},
			Scan:     &experiment.Scan{First: 5, Images: 3, Phi: 2, Width: -1},
		},
		"matrix": {
			Crystals: []experiment.Crystal{{Matrix: &[3][3]float64{{0.02, 0, 0}, {0.001, 0.02, 0}, {0, 0.002, 0.015}}, Structure: experiment.Structure{Default: 10}, Cells: experiment.Cells{A: 3}},
				{Name: "b", Cell: experiment.Cell{A: 50}, Size: [3]float64{2e-5, 2e-5, 2e-5}, Structure: experiment.Structure{Default: 10}}},
			Detector: experiment.Detector{Pixel: 5, Origin: &[3]float64{60, 20, -20}, Panels: []experiment.Panel{{Fast: 4, Slow: 4}, {Fast: 4, Slow: 4, Origin: [3]float64{25, 0, 0}}}},
		},
	} {
		e := build(t, c)
		same, err := e.Config()
		check(t, err)
		if !reflect.DeepEqual(same, c) {
			t.Errorf("%s: nothing was changed, and the configuration is\n%+v, not\n%+v", name, same, c)
		}
		before := map[string]float64{}
		for i, n := range e.Parameters() {
			if v, ok := n.Value().Data().(float64); ok {
				before[n.Name()] = v
				check(t, e.Simulator().Set(n, v*(1+1e-3*float64(1+i%3))+1e-4))
			}
		}
		want, err := e.Images(context.Background())
		check(t, err)
		now, err := e.Config()
		check(t, err)
		text, err := now.JSON()
		check(t, err)
		back, err := experiment.Parse(text)
		check(t, err)
		again := build(t, back)
		got, err := again.Images(context.Background())
		check(t, err)
		for k := range want {
			w, g := want[k].Float64s(), got[k].Float64s()
			for i := range w {
				if math.Abs(g[i]-w[i]) > 1e-9*w[i] {
					t.Fatalf("%s: pixel %d of panel %d has %g photons, before it was written %g, in\n%s", name, i, k, g[i], w[i], text)
				}
			}
		}
		for i, n := range e.Parameters() {
			other := again.Parameters()[i]
			a, is := n.Value().Data().(float64)
			b, _ := other.Value().Data().(float64)
			if b == before[n.Name()] && unused.MatchString(n.Name()) {
				continue
			}
			if is && (n.Name() != other.Name() || math.Abs(a-b) > 1e-15*math.Abs(a)) {
				t.Errorf("%s: %s is %g, then %s %g", name, n.Name(), a, other.Name(), b)
			}
		}
	}
}

// A tied parameter's value is written in both places, and so is that of an expression.
func TestCurrentTied(t *testing.T) {
	c := lattice()
	e, err := c.Nodes(G.NewGraph())
	check(t, err)
	x := e.Crystals[0]
	x.Cell.B = x.Cell.A
	two := G.NewConstant(2.0)
	x.Cell.C, err = G.Mul(two, x.Cell.A)
	check(t, err)
	if _, err := e.Config(); err == nil || !strings.Contains(err.Error(), "Simulate") {
		t.Errorf("error %v", err)
	}
	check(t, e.Simulate())
	now, err := e.Config()
	check(t, err)
	if want := (experiment.Cell{A: 40, B: 40, C: 80, Alpha: 85, Beta: 95, Gamma: 100}); now.Crystals[0].Cell != want {
		t.Errorf("cell %+v, want %+v", now.Crystals[0].Cell, want)
	}
}
