package experiment

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/npy"
)

const dialsData = "../format/dials/testdata/"

// writeFrames writes numbered CBF images of a small detector that turns by 0.5°.
func writeFrames(t *testing.T, folder string, numbers ...int) (paths []string) {
	t.Helper()
	for _, n := range numbers {
		var f format.Frame
		f.Reset(20, 10, format.Int32)
		clear(f.Data)
		f.Data[0] = byte(n)
		g := &format.Geometry{Wavelength: 1.1, ToSource: [3]float64{0, 0, 1}, Rotation: format.NewRotation([3]float64{1, 0, 0}, 10+0.5*float64(n-1), 0.5, n, 1),
			Panels: []format.Panel{{Origin: [3]float64{-1.72, 0.86, -150}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0}, Pixel: [2]float64{0.172, 0.172}, Size: [2]int{20, 10},
				Trusted: &[2]float64{0, 1000}}}}
		path := filepath.Join(folder, "sweep_"+string([]byte{'0', '0', '0' + byte(n)})+".cbf")
		if err := cbf.WriteFile(path, &f, g, cbf.Header{}); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func writeText(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const lysozyme = `data_x
_cell.length_a 78
_cell.length_b 78
_cell.length_c 37
_cell.angle_alpha 90
_cell.angle_beta 90
_cell.angle_gamma 90
_symmetry.space_group_name_H-M 'P 43 21 2'
loop_
_refln.index_h
_refln.index_k
_refln.index_l
_refln.F_meas_au
1 1 0 30
2 1 0 20
2 1 1 10
`

// TestOpen joins files of several kinds.
func TestOpen(t *testing.T) {
	folder := t.TempDir()
	images := writeFrames(t, folder, 3, 4, 5)
	factors := writeText(t, filepath.Join(folder, "f.cif"), lysozyme)

	// DIALS' result and structure factors.
	c, o, err := Open(factors, dialsData+"static_1panel.expt")
	if err != nil {
		t.Fatal(err)
	}
	if o.Geometry != dialsData+"static_1panel.expt" || o.Crystals != o.Geometry || o.Structure != factors || o.Images != "" {
		t.Errorf("%+v", o)
	}
	if c.Scan == nil || c.Scan.Images != 60 || c.Scan.Width != 0.8 || c.Crystals[0].Matrix == nil || c.Crystals[0].Structure.File != factors || c.Detector.Fast != 1024 {
		t.Errorf("%+v", c)
	}
	if text := strings.Join(o.Notices, "\n"); !strings.Contains(text, "names the images img_####.img, which cannot be read here") {
		t.Errorf("notices:\n%s", text)
	}
	if _, err := c.Nodes(G.NewGraph()); err != nil {
		t.Error(err)
	}

	// Images alone with structure factors: geometry of the headers, cell of the structure factors.
	c, o, err = Open(images[0], images[1], images[2], factors)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(folder, "sweep_###.cbf"); o.Images != want || len(c.Images) != 1 || c.Images[0].File != want {
		t.Errorf("images %q, %+v; not %s", o.Images, c.Images, want)
	}
	if s := c.Scan; s == nil || s.First != 3 || s.Images != 3 || math.Abs(s.Phi-11) > 1e-9 || s.Width != 0.5 || c.Beam.Wavelength != 1.1 || c.Crystals[0].Cell.C != 37 || c.Crystals[0].Phi != 0 {
		t.Errorf("%+v, %+v, %+v", c.Scan, c.Beam, c.Crystals)
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SelectImage(5); err != nil {
		t.Fatal(err)
	}
	d, err := e.ReadImages()
	if err != nil || d.Photons[0].Float64s()[0] != 5 {
		t.Errorf("%v", err)
	}
	g, _, err := e.Geometry()
	if err != nil || math.Abs(g.Panels[0].Origin[0]+1.72) > 1e-9 || math.Abs(g.Panels[0].Origin[2]+150) > 1e-9 {
		t.Errorf("%+v, %v", g, err)
	}

	// A JSON keeps what the list of experiments does not say.
	base := writeText(t, filepath.Join(folder, "e.json"), `{"crystals": [{"cell": {"a": 50}, "cells": {"a": 7, "b": 8, "c": 9}, "mosaic": {"spread": 0.2}, "structure": {"default": 5}}], "beam": {"fluence": 1e20}}`)
	c, o, err = Open(base, dialsData+"four_panels.expt")
	if err != nil {
		t.Fatal(err)
	}
	if x := c.Crystals[0]; o.Base != base || x.Cells.B != 8 || x.Mosaic.Spread != 0.2 || x.Matrix == nil || x.Cell.A != 0 || x.Structure.Default != 5 || c.Beam.Fluence != 1e20 ||
		len(c.Detector.Panels) != 4 || c.Scan.First != 11 || c.Counts.Pedestal != 40 {
		t.Errorf("%+v, %+v", o, c)
	}

	// A mask counts for all images, a spectrum for the beam; a table of reflections is of no use here.
	mask := filepath.Join(folder, "mask.npy")
	var f format.Frame
	f.Reset(20, 10, format.Bool)
	for i := range f.Data {
		f.Data[i] = 1
	}
	out, err := os.Create(mask)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.Write(out, &f); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	spectrum := writeText(t, filepath.Join(folder, "s.lam"), "# wavelength weight\n1.09 1\n1.11 1\n")
	pbm := writeText(t, filepath.Join(folder, "m.pbm"), "P1\n20 10\n"+strings.Repeat("0 ", 200)+"\n")
	c, o, err = Open(images[0], factors, spectrum, dialsData+"indexed_200.refl", pbm)
	if err != nil {
		t.Fatal(err)
	}
	if c.Beam.SourcesFile != spectrum || c.Images[0].MaskFile != pbm || c.Images[0].File != images[0] || c.Scan != nil || c.Crystals[0].Osc != 0.5 {
		t.Errorf("%+v, %+v, %+v", c.Beam, c.Images, c.Crystals)
	}
	if !slices.ContainsFunc(o.Notices, func(n string) bool { return strings.Contains(n, "indexed_200.refl is of the format dials-refl") }) {
		t.Errorf("%q", o.Notices)
	}
}

// TestOpenPart: an experiment in JSON leaves out what other files give, and nothing else.
func TestOpenPart(t *testing.T) {
	folder := t.TempDir()
	part := writeText(t, filepath.Join(folder, "part.json"), `{"crystals": [{"cells": {"a": 30}, "shape": "gauss"}], "beam": {"fluence": 1e27}}`)
	expt, factors := dialsData+"static_1panel.expt", writeText(t, filepath.Join(folder, "f.cif"), lysozyme)
	c, _, err := Open(part, expt, factors)
	if err != nil {
		t.Fatal(err)
	}
	if x := c.Crystals[0]; x.Cells.A != 30 || x.Shape.String() != "gauss" || x.Matrix == nil || x.Structure.File != factors || c.Beam.Fluence != 1e27 {
		t.Errorf("%+v, %+v", x, c.Beam)
	}
	if c, _, err = Open(part, factors); err != nil || c.Crystals[0].Structure.File != factors {
		t.Errorf("%+v, %v", c, err)
	}
	none := writeText(t, filepath.Join(folder, "none.json"), `{"crystals": [], "beam": {"fluence": 1e27}}`)
	if c, _, err = Open(none, expt); err != nil || c.Crystals[0].Matrix == nil {
		t.Errorf("%+v, %v", c, err)
	}
	for text, want := range map[string]string{
		`{"crystals": [{"cells": {"a": 30}}]}`:        "crystals[0].cell is missing",
		`{"crystals": [{"cells": {"a": 0}}]}`:         "crystals[0].cells.a 0 is below 1 (line 1, column 31)",
		`{"crystals": [{"cell": {"b": 30}}]}`:         "crystals[0].cell.a is missing",
		`{"crystals": [], "beam": {"fluence": 1e27}}`: "no file gives a crystal",
		`{"crystals": [{}], "counts": {"gain": -1}}`:  "counts.gain",
	} {
		if _, _, err := Open(writeText(t, filepath.Join(folder, "bad.json"), text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, wanted %q", text, err, want)
		}
	}
}

// TestOpenSize: a crystal of which files give the lattice alone is a block of 50 cells along each axis, and a notice says so.
func TestOpenSize(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string { return writeText(t, filepath.Join(folder, name), text) }
	expt, factors := dialsData+"static_1panel.expt", write("f.cif", lysozyme)
	image := writeFrames(t, folder, 1)[0]
	block := Cells{A: DefaultCells, B: DefaultCells, C: DefaultCells}
	for name, test := range map[string]struct {
		paths []string
		cells Cells
		shape string
		said  bool
	}{
		"a list of experiments alone":  {[]string{expt}, block, "gauss", true},
		"an image and a cell":          {[]string{image, factors}, block, "gauss", true},
		"JSON without the size":        {[]string{write("a.json", `{"crystals": [{"shape": "round"}]}`), expt}, block, "round", true},
		"JSON without crystals":        {[]string{write("b.json", `{"beam": {"fluence": 1e27}}`), expt}, block, "gauss", true},
		"JSON with the number":         {[]string{write("c.json", `{"crystals": [{"cells": {"a": 3}}]}`), expt}, Cells{A: 3}, "square", false},
		"JSON with the size":           {[]string{write("d.json", `{"crystals": [{"size": [0.01, 0.01, 0.01]}]}`), expt}, Cells{}, "square", false},
		"an experiment in JSON, whole": {[]string{write("e.json", `{"crystals": [{"cell": {"a": 40}}]}`), factors}, Cells{}, "square", false},
	} {
		c, o, err := Open(test.paths...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		x := c.Crystals[0]
		said := slices.ContainsFunc(o.Notices, func(n string) bool {
			return strings.Contains(n, "no file gives the size of the crystal: blocks of 50 × 50 × 50 cells")
		})
		if x.Cells != test.cells || x.Shape.String() != test.shape || said != test.said || (len(o.Sizeless) == 1) != test.said {
			t.Errorf("%s: %+v, %s, %q", name, x.Cells, x.Shape, o.Notices)
		}
	}
}

// TestOpenContradictions: what images say is compared with the geometry that counts.
func TestOpenContradictions(t *testing.T) {
	folder := t.TempDir()
	image := writeFrames(t, folder, 1)[0]
	c, _, err := Open(image, writeText(t, filepath.Join(folder, "f.cif"), lysozyme))
	if err != nil {
		t.Fatal(err)
	}
	if c.Crystals[0].Phi != 10 || c.Crystals[0].Osc != 0.5 || c.Counts.Overload != 1001 {
		t.Errorf("%+v, %+v", c.Crystals[0], c.Counts)
	}
	geometry := writeText(t, filepath.Join(folder, "g.geom"), "photon_energy = 9000\nclen = 0.2\nres = 5813.9535\np/min_fs = 0\np/max_fs = 19\np/min_ss = 0\np/max_ss = 9\np/corner_x = -10\np/corner_y = -5\np/fs = x\np/ss = y\n")
	_, o, err := Open(image, geometry, filepath.Join(folder, "f.cif"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(o.Notices, "\n")
	for _, want := range []string{"has a wavelength of 1.1 Å, and " + geometry + ", which counts, 1.377", "has a distance of 150 mm, and " + geometry + ", which counts, 200 mm"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	images := writeFrames(t, folder, 1, 2, 4)
	factors := writeText(t, filepath.Join(folder, "f.cif"), lysozyme)
	other := writeText(t, filepath.Join(folder, "g.cif"), lysozyme)
	bare := writeText(t, filepath.Join(folder, "m.pbm"), "P1\n20 10\n"+strings.Repeat("0 ", 200)+"\n")
	expt := dialsData + "static_1panel.expt"
	for _, test := range []struct {
		paths []string
		want  string
	}{
		{nil, "no file gives the geometry"},
		{[]string{factors}, "no file gives the geometry"},
		{[]string{images[0]}, "no file gives a crystal"},
		{[]string{factors, other, expt}, "both give structure factors"},
		{[]string{expt, dialsData + "four_panels.expt"}, "both give a geometry"},
		{[]string{bare, bare, expt}, "both give a mask"},
		{[]string{images[0], images[1], images[2], factors}, "sweep_004.cbf is not the image that follows"},
		{[]string{images[0], expt}, "20 × 10 pixels, the detector 1024 × 1024"},
		{[]string{filepath.Join(folder, "none.mtz")}, "none.mtz"},
		{[]string{filepath.Join(folder, "none.json")}, "none.json"},
		{[]string{writeText(t, filepath.Join(folder, "x.mtz"), "MTZ ")}, "x.mtz"},
	} {
		if _, _, err := Open(test.paths...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, wanted %q", test.paths, err, test.want)
		}
	}
}
