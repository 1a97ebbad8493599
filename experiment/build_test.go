package experiment_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lattice is a small crystal before 16 × 12 large pixels.
func lattice() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 40, B: 50, C: 60, Alpha: 85, Beta: 95, Gamma: 100}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30},
			Cells: experiment.Cells{A: 4, B: 5, C: 6}, Structure: experiment.Structure{Default: 100},
		}},
		Detector: experiment.Detector{Fast: 16, Slow: 12, Pixel: 5, Distance: 60},
	}
}

// image computes an experiment of one panel.
func image(t testing.TB, c *experiment.Config) []float64 {
	t.Helper()
	e, err := c.Build(G.NewGraph())
	check(t, err)
	m, err := e.Image(context.Background())
	check(t, err)
	return m.Float64s()
}

// Every field arrives at the crystal, beam and detector that it is meant for: the same image as from their own Configs.
func TestBuild(t *testing.T) {
	c := lattice()
	x := &c.Crystals[0]
	x.Shape, x.Fudge, x.Mosaic = crystal.Round, 0.9, experiment.Mosaic{Spread: 1, Domains: 3, Seed: -5}
	x.Phi, x.Osc, x.PhiSteps, x.Spindle, x.DMin, x.Water = 3, 2, 4, [3]float64{0, 1, 1}, 1.5, 0.05
	x.Structure.Wilson = &experiment.Wilson{DMin: 4, B: 20, Seed: 7}
	x.Structure.Lookup = crystal.Tricubic
	c.Beam = experiment.Beam{Wavelength: 1.2, Kahn: 0.7, Flux: 1e20, Exposure: 2, Size: 0.2, SquareDivergence: true,
		Dispersion: experiment.Spread{Range: 1, Steps: 3}, DivergenceH: experiment.Spread{Range: 2}, DivergenceV: experiment.Spread{Step: 3}}
	d := &c.Detector
	d.RotX, d.RotY, d.RotZ, d.TwoTheta, d.Shift, d.BeamCentre = 1, 2, 3, 4, [3]float64{0.1, 0.2, 0.3}, &[2]float64{30, 41}
	d.Oversample, d.Thickness, d.Attenuation, d.Layers = 2, 300, 200, 2
	got := image(t, c)

	cell := structure.Cell{A: 40, B: 50, C: 60, Alpha: 85, Beta: 95, Gamma: 100}
	table, err := structure.Wilson(cell, 4, 20, 7)
	check(t, err)
	g := G.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{Cell: cell, Misset: [3]float64{10, 20, 30}, N: [3]float64{4, 5, 6}, DefaultF: 100,
		Shape: crystal.Round, Fudge: 0.9, Mosaic: crystal.Mosaic{Spread: 1, Domains: 3, Seed: -5},
		Phi: 3, Osc: 2, PhiSteps: 4, Spindle: [3]float64{0, 1, 1}, DMin: 1.5, Water: 0.05, Structure: table, Lookup: crystal.Tricubic})
	check(t, err)
	src, err := beam.New(g, beam.Config{Wavelength: 1.2, Kahn: 0.7, Flux: 1e20, Exposure: 2, Size: 0.2, Square: true,
		Dispersion: beam.Spread{Range: 1, Steps: 3}, Horizontal: beam.Spread{Range: 2}, Vertical: beam.Spread{Step: 3}})
	check(t, err)
	det, err := detector.New(g, detector.Config{Fast: 16, Slow: 12, Pixel: 5, Distance: 60, RotX: 1, RotY: 2, RotZ: 3, TwoTheta: 4,
		Shift: [3]float64{0.1, 0.2, 0.3}, BeamCentre: &[2]float64{30, 41}, Oversample: 2, Sensor: detector.Sensor{Thickness: 300, Attenuation: 200, Layers: 2}})
	check(t, err)
	sim, err := simulator.New(xtal, src, det)
	check(t, err)
	want, err := sim.Image(context.Background())
	check(t, err)
	if !slices.Equal(got, want.Float64s()) {
		t.Errorf("another image than from the packages' own configurations")
	}
}

// The image of two crystals is the sum of theirs, names are those of doc.go, and each of both cells has its gradient.
func TestTwoCrystals(t *testing.T) {
	ctx := context.Background()
	one := lattice()
	other := lattice()
	other.Crystals[0].Misset.Z = -50
	first, second := image(t, one), image(t, other)
	both := lattice()
	both.Crystals = append(both.Crystals, other.Crystals[0])
	both.Crystals[0].Name = "ice"
	e, err := both.Build(G.NewGraph())
	check(t, err)
	m, err := e.Image(ctx)
	check(t, err)
	for i, v := range m.Float64s() {
		if want := first[i] + second[i]; math.Abs(v-want) > 1e-12*want {
			t.Fatalf("pixel %d: %g photons of both, %g of one and the other", i, v, want)
		}
	}
	a, err := e.Parameter("ice.cell.a")
	check(t, err)
	b, err := e.Parameter("crystals[1].cell.a")
	check(t, err)
	if a != e.Crystals[0].Cell.A || b != e.Crystals[1].Cell.A {
		t.Error("the names are those of other nodes")
	}
	loss, err := G.Sum(e.Intensity())
	check(t, err)
	gradient, err := e.Simulator().Gradient(ctx, loss, a, b)
	check(t, err)
	for i, c := range []*experiment.Config{one, other} {
		sim, err := c.Build(G.NewGraph())
		check(t, err)
		loss, err := G.Sum(sim.Intensity())
		check(t, err)
		want, err := sim.Simulator().Gradient(ctx, loss, sim.Crystals[0].Cell.A)
		check(t, err)
		if got, want := gradient.By[i][0], want.By[0][0]; math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("by cell.a of crystal %d: %g, alone %g", i, got, want)
		}
	}
	if _, err := e.Parameter("cell.a"); err == nil {
		t.Error("cell.a of which crystal?")
	}
}

// Nodes are tied between Nodes and Simulate.
func TestTied(t *testing.T) {
	c := lattice()
	c.Crystals = append(c.Crystals, c.Crystals[0])
	c.Crystals[1].Misset.X = 77
	e, err := c.Nodes(G.NewGraph())
	check(t, err)
	if _, err := e.Image(context.Background()); err == nil {
		t.Error("an image without simulators")
	}
	e.Crystals[1].Cell = e.Crystals[0].Cell
	check(t, e.Simulate())
	if err := e.Simulate(); err == nil {
		t.Error("simulators twice")
	}
	if _, err := e.Parameter("crystals[1].cell.a"); err == nil {
		t.Error("the second cell is still there")
	}
	if _, err := e.Simulator().Gradient(context.Background(), e.Intensity(), e.Crystals[0].Cell.A); err == nil {
		t.Error("the gradient of an image")
	}
}

// A spectrum is the mean of images of its wavelengths, by weight.
func TestSpectrum(t *testing.T) {
	want := make([]float64, 16*12)
	c := lattice()
	for _, l := range []experiment.Line{{Wavelength: 1, Weight: 1}, {Wavelength: 1.1, Weight: 3}} {
		c.Beam.Wavelength = l.Wavelength
		for i, v := range image(t, c) {
			want[i] += v * l.Weight / 4
		}
		c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{})
	}
	c.Beam.Wavelength, c.Beam.Spectrum = 1, []experiment.Line{{Weight: 10}, {Wavelength: 1.1, Weight: 30}}
	for i, v := range image(t, c) {
		if math.Abs(v-want[i]) > 1e-9*want[i] {
			t.Fatalf("pixel %d: %g photons, want %g", i, v, want[i])
		}
	}
}

// A crystal, sources and polarization follow the detector's convention.
func TestConvention(t *testing.T) {
	c := lattice()
	c.Detector.Convention = detector.XDS
	bc, err := c.BeamConfig()
	check(t, err)
	xc, err := c.CrystalConfig(0)
	check(t, err)
	want := detector.XDS.Axes()
	if bc.Direction != want.Beam || bc.Polarization != want.Polarization || xc.Spindle != want.Spindle {
		t.Errorf("beam %v, polarization %v, spindle %v of %+v", bc.Direction, bc.Polarization, xc.Spindle, want)
	}
	c.Detector.Axes.Beam = [3]float64{0, 0.1, 1}
	if bc, _ = c.BeamConfig(); bc.Direction != c.Detector.Axes.Beam {
		t.Errorf("beam %v", bc.Direction)
	}
}

// Files are found from the JSON's folder, and give what the same data in memory give.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	c := lattice()
	table, err := structure.Wilson(structure.Cell{A: 40, B: 50, C: 60, Alpha: 85, Beta: 95, Gamma: 100}, 5, 20, 1)
	check(t, err)
	mask := make([]bool, 16*12)
	pixels := make([]uint16, len(mask))
	for i := range mask {
		if mask[i] = i%5 > 0; mask[i] {
			pixels[i] = 7
		}
	}
	c.Beam.Wavelength = 2
	c.Crystals[0].Structure = experiment.Structure{Table: table}
	c.Crystals[0].Matrix = &[3][3]float64{{0.02, 0, 0}, {0.001, 0.02, 0}, {0, 0.002, 0.015}}
	c.Detector.Mask = mask
	c.Beam.Sources = []experiment.Source{{Position: [3]float64{-1, 0.01, 0}, Weight: 2, Wavelength: 1.9}, {Position: [3]float64{-1, 0, 0}, Weight: 1}}
	want := image(t, c)

	check(t, hkl.WriteFile(filepath.Join(dir, "f.hkl"), table))
	check(t, hkl.WriteDumpFile(filepath.Join(dir, "f.bin"), table, 0))
	m := *c.Crystals[0].Matrix
	for i := range m {
		for j := range m[i] {
			m[i][j] *= 2
		}
	}
	check(t, mosflm.WriteFile(filepath.Join(dir, "a.mat"), m))
	check(t, pgm.WriteFile(filepath.Join(dir, "m.pgm"), &pgm.Image{Fast: 16, Slow: 12, Max: 7, Pixels: pixels}))
	check(t, os.WriteFile(filepath.Join(dir, "s.txt"), []byte("-1 0.01 0 2 1.9e-10\n-1 0 0 1\n"), 0o644))
	c.Crystals[0].Matrix, c.Crystals[0].MatrixFile = nil, "a.mat"
	c.Detector.Mask, c.Detector.MaskFile = nil, "m.pgm"
	c.Beam.Sources, c.Beam.SourcesFile = nil, "s.txt"
	for _, name := range []string{"f.hkl", "f.bin"} {
		c.Crystals[0].Structure = experiment.Structure{File: name}
		path := filepath.Join(dir, "e.json")
		check(t, c.Write(path))
		read, err := experiment.Read(path)
		check(t, err)
		for i, v := range image(t, read) {
			if math.Abs(v-want[i]) > 1e-12*want[i] {
				t.Fatalf("%s: pixel %d has %g photons, want %g", name, i, v, want[i])
			}
		}
	}
	// A crystal that is refused is so before its table is read.
	read, err := experiment.Read(filepath.Join(dir, "e.json"))
	check(t, err)
	read.Crystals[0].Structure.File = "none.hkl"
	if _, err := read.Build(G.NewGraph()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "crystals[0].structure.file") {
		t.Errorf("error %v", err)
	}
	read.Crystals[0].Cell = experiment.Cell{A: 40, Alpha: 20, Beta: 100, Gamma: 20}
	if _, err := read.Build(G.NewGraph()); err == nil || !strings.Contains(err.Error(), "do not form a cell") {
		t.Errorf("error %v", err)
	}
}

// Refined numbers of unit cells need not be whole.
func TestCells(t *testing.T) {
	c := lattice()
	c.Crystals[0].Cells.B = 4.5
	e, err := c.Build(G.NewGraph())
	check(t, err)
	if v := e.Crystals[0].N[1].Value().Data(); v != 4.5 {
		t.Errorf("4.5 cells become %v", v)
	}
	c.Crystals[0].Cells.B = 5
	if slices.Equal(image(t, c), image(t, lattice())) != true {
		t.Error("whole numbers of cells give another image")
	}
}

// Panels, and what the model is made by, arrive too.
func TestPanels(t *testing.T) {
	c := lattice()
	c.Detector.Panels = []experiment.Panel{{Fast: 8, Slow: 12}, {Name: "right", Fast: 8, Slow: 12, Origin: [3]float64{40, 0, 0}, Region: &experiment.Region{FastMax: 7, SlowMax: 5}}}
	c.Physics = experiment.Physics{Reference: true, PerSample: []string{"solid_angle", "polarization", "capture"}}
	e, err := c.Build(G.NewGraph())
	check(t, err)
	images, err := e.Images(context.Background())
	check(t, err)
	if len(images) != 2 {
		t.Fatalf("%d images", len(images))
	}
	if _, err := e.Image(context.Background()); err == nil {
		t.Error("one image of two panels")
	}
	if _, err := e.Parameter("detector.panel.right.tilt_fast"); err != nil {
		t.Error(err)
	}
	c.Detector.Panels, c.Physics = nil, experiment.Physics{}
	whole := image(t, c)
	for s := range 12 {
		for f := range 16 {
			v, err := images[f/8].At(s, f%8)
			check(t, err)
			want := whole[16*s+f]
			if f >= 8 && s > 5 {
				want = 0
			}
			if got := v.(float64); math.Abs(got-want) > 1e-4*want { // triclinic cells are bent in the reference's physics
				t.Logf("pixel %d, %d: %g, exact %g", f, s, got, want)
			}
			if (v.(float64) == 0) != (want == 0) {
				t.Fatalf("pixel %d, %d of the panels has %v photons, %g as a whole", f, s, v, want)
			}
		}
	}
}

// A matrix of another wavelength, and a table of half of the reflections: field.md 3 and 5.
func TestFileNotices(t *testing.T) {
	c := lattice()
	c.Folder = t.TempDir()
	c.Crystals[0].Cell = experiment.Cell{A: 50}
	c.Crystals[0].MatrixFile = "a.mat"
	check(t, mosflm.WriteFile(filepath.Join(c.Folder, "a.mat"), [3][3]float64{{0.02, 0, 0}, {0, 0.02, 0}, {0, 0, 0.02}}))
	c.Crystals[0].Structure = experiment.Structure{File: "f.hkl", Friedel: "leave"}
	check(t, os.WriteFile(filepath.Join(c.Folder, "f.hkl"), []byte("1 0 0 5\n-1 0 0 5\n0 1 0 5\n0 -1 0 4\n"), 0o644))
	e, err := c.Nodes(G.NewGraph())
	check(t, err)
	if list := e.Notices(); list != nil {
		t.Errorf("notices %q", list)
	}
	c.Beam.Wavelength = 1.1
	check(t, os.WriteFile(filepath.Join(c.Folder, "f.hkl"), []byte("1 0 0 5\n0 1 0 5\n0 -1 0 4\n"), 0o644))
	e, err = c.Nodes(G.NewGraph())
	check(t, err)
	list := e.Notices()
	if len(list) != 2 || !strings.Contains(list[1], "that of the matrix 55 × 55 × 55 Å") || !strings.Contains(list[0], "f.hkl has no Friedel mates of 1 of its 3") {
		t.Errorf("notices %q", list)
	}
}

const field = "../testdata/field/"

// fieldLattice is what the files of testdata/field are simulated with.
func fieldLattice() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 40, B: 50, C: 60}, Cells: experiment.Cells{A: 4, B: 4, C: 4}, Structure: experiment.Structure{Default: 100}}},
		Detector: experiment.Detector{Fast: 64, Slow: 64, Pixel: 0.8, Distance: 60},
	}
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// Without Friedel mates more than half of the intensity is lost. The exact physics adds them, the reference program's does
// not, and each can be told otherwise.
func TestFriedel(t *testing.T) {
	full := fieldLattice()
	full.Crystals[0].Structure = experiment.Structure{File: field + "hkl-dialects/plain.hkl"}
	whole := image(t, full)
	for _, test := range []struct {
		friedel   string
		reference bool
		complete  bool
		notice    string
	}{
		{"", false, true, "half.hkl has no Friedel mates of 171 of its 172 reflections: they are added; structure.friedel \"leave\" leaves them out"},
		{"add", false, true, ""},
		{"leave", false, false, "half.hkl has no Friedel mates of 171 of its 172 reflections, and their spots have the default F: structure.friedel \"add\" adds them"},
		{"", true, false, "structure.friedel \"add\" adds them"},
		{"add", true, true, ""},
	} {
		c := fieldLattice()
		c.Physics.Reference = test.reference
		c.Crystals[0].Structure = experiment.Structure{File: field + "hkl-half/half.hkl", Friedel: test.friedel}
		e, err := c.Nodes(G.NewGraph())
		check(t, err)
		table := e.Crystals[0].Config().Structure
		if got := table.Count(); (got == 343) != test.complete || (got == 172) == test.complete {
			t.Errorf("%+v: %d reflections", test, got)
		}
		if got := strings.Join(e.FileNotices(), "\n"); !strings.Contains(got, test.notice) || test.notice == "" && got != "" {
			t.Errorf("%+v: notices %q", test, got)
		}
	}
	// half.hkl was made from a table whose mates are equal.
	half := fieldLattice()
	half.Crystals[0].Structure = experiment.Structure{File: field + "hkl-half/half.hkl", Friedel: "leave"}
	if lost := sum(image(t, half)) / sum(whole); lost > 0.5 {
		t.Errorf("half of the reflections make %g of the photons", lost)
	}
}

// A MOSFLM matrix tells its cell, which is that of another wavelength.
func TestMatrixNotices(t *testing.T) {
	for _, test := range []struct {
		wavelength float64
		cell       experiment.Cell
		want       string
	}{
		{0.9793, experiment.Cell{}, ""},
		{0, experiment.Cell{}, "p9793.mat was made at 0.9793 Å: at 1 Å its cell of 40 50 60 Å becomes 40.85 51.06 61.27 Å; give the wavelength 0.9793 Å"},
		{0.9793, experiment.Cell{A: 40, B: 50, C: 60}, ""},
		{0.9793, experiment.Cell{A: 40, B: 50, C: 60.1}, "p9793.mat has the cell 40 50 60 Å 90° 90° 90°, which is not the cell that is given"},
		{2, experiment.Cell{A: 40, B: 50, C: 60}, "is it of another wavelength?"},
	} {
		c := fieldLattice()
		c.Beam.Wavelength, c.Crystals[0].Cell, c.Crystals[0].MatrixFile = test.wavelength, test.cell, field+"mat-wavelength/p9793.mat"
		e, err := c.Nodes(G.NewGraph())
		check(t, err)
		if got := strings.Join(e.FileNotices(), "\n"); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%+v: notices %q", test, got)
		}
	}
}

// A spectrum is along the beam, whatever it is: three wavelengths of half of the weights and one.
func TestSpectrumFile(t *testing.T) {
	c := fieldLattice()
	c.Folder = t.TempDir()
	check(t, os.WriteFile(filepath.Join(c.Folder, "s.lam"), []byte("0.97900,1.000\n0.98000,2.000\n"), 0o644))
	c.Beam = experiment.Beam{SourcesFile: "s.lam", Direction: [3]float64{1, 0.01, 0}}
	got := image(t, c)
	c.Beam = experiment.Beam{Spectrum: []experiment.Line{{Wavelength: 0.979, Weight: 1}, {Wavelength: 0.98, Weight: 2}}, Direction: [3]float64{1, 0.01, 0}}
	for i, want := range image(t, c) {
		if math.Abs(got[i]-want) > 1e-9*want {
			t.Fatalf("pixel %d: %g photons, %g with the spectrum in the configuration", i, got[i], want)
		}
	}
}

// Whatever the new parameters are set to arrives in the configuration: built, it gives the same image.
func TestCurrentStill(t *testing.T) {
	c := lattice()
	x := &c.Crystals[0]
	x.Shape, x.Cells = crystal.Gauss, experiment.Cells{A: 4, B: 5.5, C: 6, AB: 0.5}
	x.RotXYZ = &experiment.RotXYZ{}
	x.Mosaic = experiment.Mosaic{Spreads: &[3]float64{0.1, 0.2, 0}, Frame: crystal.CellFrame, Deviates: [][3]float64{{1, 0, 0.5}, {-1, 0, -0.5}}}
	c.Beam.Spectrum, c.Beam.FreeSources = []experiment.Line{{Wavelength: 1, Weight: 1}, {Wavelength: 1.01, Weight: 3}}, true
	c.Beam.Calibration = &experiment.Calibration{}
	c.Beam.Dispersion, c.Beam.DivergenceH, c.Beam.DivergenceV = experiment.Spread{}, experiment.Spread{}, experiment.Spread{}
	e, err := c.Build(G.NewGraph())
	check(t, err)
	sim := e.Simulator()
	for name, v := range map[string]float64{"cells.b": 5.25, "cells.bc": -0.25, "rotxyz.y": 0.5, "mosaic.spread_c": 0.3,
		"beam.calibration.offset": 0.001, "beam.calibration.scale": 1.002} {
		n, err := e.Parameter(name)
		check(t, err)
		check(t, sim.Set(n, v))
	}
	check(t, sim.Set(e.Beam.Weights, []float64{1, 2}))
	check(t, sim.Set(e.Beam.Wavelengths, []float64{1.002, 1.013}))
	images, err := e.Images(t.Context())
	check(t, err)
	now, err := e.Config()
	check(t, err)
	if now.Crystals[0].Mosaic.Spreads[2] != 0.3 || c.Crystals[0].Mosaic.Spreads[2] != 0 || c.Crystals[0].RotXYZ.Y != 0 || c.Beam.Calibration.Scale != 0 {
		t.Errorf("%+v, and the original is changed: %+v", now.Crystals[0], c.Crystals[0])
	}
	got, want := image(t, now), images[0].Float64s()
	for i, v := range want {
		if !(math.Abs(got[i]-v) <= 1e-12*v) {
			t.Fatalf("pixel %d has %g photons, and %g from the configuration", i, v, got[i])
		}
	}
}
