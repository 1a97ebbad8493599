package main

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/crystfel"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// swept is an experiment of three images.
const swept = `{
	"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80, "alpha": 85, "beta": 95, "gamma": 105 }, "misset": { "x": 5, "y": 10, "z": 15 },
		"cells": { "a": 3, "b": 3, "c": 3 }, "structure": { "default": 100 } } ],
	"beam": { "wavelength": 0.9, "kahn": 0.5 },
	"scan": { "first": 4, "images": 3, "phi": 10, "width": 0.5 },
	"detector": { "fast": 6, "slow": 5, "pixel": 13, "distance": 100 },
	"counts": { "overload": 60000 }
}`

// stack writes three images of 6 × 5 numbers as an array, and returns them.
func stack(t *testing.T, path string, kind format.Type, value func(image, pixel int) float64) []*format.Frame {
	t.Helper()
	w, err := npy.Create(path, 6, 5, kind)
	if err != nil {
		t.Fatal(err)
	}
	var list []*format.Frame
	for image := range 3 {
		var f format.Frame
		f.Reset(6, 5, kind)
		for i := range 30 {
			v := value(image, i)
			switch kind {
			case format.Int32:
				binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(int32(v)))
			case format.Float32:
				binary.LittleEndian.PutUint32(f.Data[4*i:], math.Float32bits(float32(v)))
			}
		}
		if err := w.Write(&f); err != nil {
			t.Fatal(err)
		}
		list = append(list, &f)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return list
}

// converted runs gobragg convert, which must succeed, and returns what it says.
func converted(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := invoke(t, append([]string{"convert"}, args...)...)
	if status != 0 || stdout != "" {
		t.Fatalf("convert %v: status %d: %s%s", args, status, stdout, stderr)
	}
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "gobragg: notice: ") {
			t.Errorf("convert %v: %s", args, line)
		}
	}
	return stderr
}

func openFile(t *testing.T, path string) *files.Content {
	t.Helper()
	c, err := files.Open(path, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestConvertImages: a sweep keeps its numbers and its geometry through all formats that hold them.
func TestConvertImages(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	experiment := written(t, "e.json", swept)
	want := stack(t, in("in.npy"), format.Int32, func(image, pixel int) float64 { return float64(pixel*1000 + image) })
	for _, step := range []struct {
		from []string
		to   string
		says []string // of what the file does not hold
	}{
		{[]string{in("in.npy"), experiment}, "a.nxs", []string{"orientation of the crystals", "the polarization"}},
		{[]string{in("a.nxs")}, "a_####.cbf", nil},
		{[]string{in("a_####.cbf")}, "b_%05d.img", nil},
		{[]string{in("b_00001.img"), in("b_00002.img"), in("b_00003.img")}, "c.h5", nil},
		{[]string{in("c.h5")}, "d_##.nxs", nil},
		{[]string{in("d_##.nxs")}, "e.npy", []string{"pixels alone"}},
		{[]string{in("a_####.cbf")}, "f_#.bin", []string{"pixels alone"}},
		{[]string{in("a_####.cbf")}, "g_#.npy", []string{"pixels alone"}},
		{[]string{in("g_#.npy")}, "g.npy", nil},
	} {
		says := converted(t, append(step.from, in(step.to))...)
		if n := strings.Count(says, "\n"); n != len(step.says) {
			t.Errorf("%s: %d notices: %s", step.to, n, says)
		}
		for _, text := range step.says {
			if !strings.Contains(says, text) {
				t.Errorf("%s: nothing about %s: %s", step.to, text, says)
			}
		}
	}
	reference := openFile(t, in("a.nxs")).Geometry
	if r := reference.Rotation; r.First != 1 || // which NXmx does not hold
		r.Images != 3 || r.Width != 0.5 || r.Phi != 10 {
		t.Errorf("the scan is %+v", r)
	}
	for _, name := range []string{"a.nxs", "c.h5", "e.npy", "g.npy"} {
		c := openFile(t, in(name))
		if c.Images.Frames() != 3 {
			t.Fatalf("%s: %d images", name, c.Images.Frames())
		}
		for i := range want {
			var f format.Frame
			if err := c.Images.Read(i, &f); err != nil {
				t.Fatal(err)
			}
			for k := range 30 {
				if f.At(k) != want[i].At(k) {
					t.Errorf("%s: image %d pixel %d is %v, not %v", name, i, k, f.At(k), want[i].At(k))
				}
			}
		}
		if g := c.Geometry; g != nil {
			sameGeometry(t, name, g, reference, 1e-6)
		}
	}
	for i, name := range []string{"a_0001.cbf", "b_00003.img", "d_02.nxs"} {
		c := openFile(t, in(name))
		g, image := c.Geometry, []int{0, 2, 1}[i]
		if r := g.Rotation; r == nil || math.Abs(r.Phi-(10+0.5*float64(image))) > 1e-9 || r.Width != 0.5 || r.Images != 1 {
			t.Errorf("%s: rotation %+v", name, r)
		}
	}
	if text, err := os.ReadFile(in("f_3.bin")); err != nil || math.Float32frombits(binary.LittleEndian.Uint32(text[4:])) != 1002 {
		t.Errorf("f_3.bin: % x, %v", text, err)
	}
}

// sameGeometry compares wavelengths and panels.
func sameGeometry(t *testing.T, name string, got, want *format.Geometry, within float64) {
	t.Helper()
	near := func(a, b [3]float64) bool { return geom.Norm(geom.Add(a, geom.Scale(-1, b))) <= within }
	if math.Abs(got.Wavelength-want.Wavelength) > within || !near(got.ToSource, want.ToSource) || len(got.Panels) != len(want.Panels) {
		t.Fatalf("%s: %+v, not %+v", name, got, want)
	}
	for i, p := range want.Panels {
		if q := got.Panels[i]; !near(q.Origin, p.Origin) || !near(q.Fast, p.Fast) || !near(q.Slow, p.Slow) || math.Abs(q.Pixel[0]-p.Pixel[0]) > within || q.Size != p.Size {
			t.Errorf("%s: panel %d is %+v, not %+v", name, i, q, p)
		}
	}
}

// TestConvertMask: pixels that do not count are marked in formats that can, and values that only they have do not matter.
func TestConvertMask(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	experiment := written(t, "e.json", swept)
	stack(t, in("in.npy"), format.Float32, func(_, pixel int) float64 {
		if pixel == 7 {
			return math.NaN()
		}
		return float64(pixel)
	})
	maskFile := written(t, "m.pbm", "P1\n6 5\n"+strings.Repeat("0 ", 3)+"1 "+strings.Repeat("0 ", 26)+"\n")
	converted(t, in("in.npy"), experiment, maskFile, in("a_#.cbf"))
	var f format.Frame
	if err := openFile(t, in("a_5.cbf")).Images.Read(0, &f); err != nil {
		t.Fatal(err)
	}
	if f.At(3) != -2 || f.At(7) != -2 || f.Masked() != 2 || f.At(8) != 8 {
		t.Errorf("%v, %d masked", f.Float64s(nil), f.Masked())
	}
	if says := converted(t, in("a_#.cbf"), in("b_#.img")); !strings.Contains(says, "in 6 pixels that do not count") {
		t.Error(says)
	}
	if says := converted(t, in("a_#.cbf"), in("b.npy")); !strings.Contains(says, "does not mark the 6 pixels") {
		t.Error(says)
	}
}

// TestConvertNamesImages: the list of experiments of an experiment in JSON names its images, by which refine tells stills from each other.
func TestConvertNamesImages(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ images, want string }{
		{`"images": [ { "file": "still.cbf" } ], `, "still.cbf"},
		{`"images": [ { "file": "shot_####.cbf" } ], "scan": { "images": 3, "width": 1 }, `, "shot_####.cbf"},
	} {
		path := filepath.Join(folder, "e.json")
		failIf(t, os.WriteFile(path, []byte(`{ `+test.images+`"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80 }, "structure": { "default": 1 } } ],
			"detector": { "fast": 30, "slow": 20, "distance": 50 } }`), 0o644))
		out := filepath.Join(folder, test.want+".expt")
		converted(t, path, out)
		list := openFile(t, out).Experiments
		if len(list) != 1 || list[0].Images == nil || list[0].Images.Template != filepath.Join(folder, test.want) {
			t.Errorf("%s: %+v", test.images, list)
		}
	}
}

// TestConvertGeometry: a geometry comes back from each format, as far as that holds it.
func TestConvertGeometry(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	experiment := written(t, "e.json", swept)
	for _, step := range [][2]string{{experiment, "a.expt"}, {in("a.expt"), "b.json"}, {in("b.json"), "c.expt"}, {in("c.expt"), "d.geom"}, {experiment, "e.mat"}, {in("c.expt"), "f.expt"}, {in("c.expt"), "XPARM.XDS"}, {experiment, "g.cell"}} {
		converted(t, step[0], in(step[1]))
	}
	first := openFile(t, in("a.expt"))
	for _, name := range []string{"c.expt", "d.geom", "f.expt"} {
		c := openFile(t, in(name))
		sameGeometry(t, name, c.Geometry, first.Geometry, 1e-9)
		if name == "d.geom" {
			continue
		}
		if *c.Geometry.Rotation != *first.Geometry.Rotation {
			t.Errorf("%s: %+v, not %+v", name, c.Geometry.Rotation, first.Geometry.Rotation)
		}
		for i, row := range first.Crystals[0].A {
			for k, x := range row {
				if got := c.Crystals[0].A[i][k]; math.Abs(got-x) > 1e-14 {
					t.Errorf("%s: A[%d][%d] is %v, not %v", name, i, k, got, x)
				}
			}
		}
	}
	// XDS' fields have 6 digits behind the point.
	xparm := openFile(t, in("XPARM.XDS"))
	sameGeometry(t, "XPARM.XDS", xparm.Geometry, first.Geometry, 1e-5)
	for i, row := range first.Crystals[0].A {
		for k, x := range row {
			if got := xparm.Crystals[0].A[i][k]; math.Abs(got-x) > 1e-9 {
				t.Errorf("XPARM.XDS: A[%d][%d] is %v, not %v", i, k, got, x)
			}
		}
	}
	// The number of images is not in the file.
	want := *first.Geometry.Rotation
	want.Images = 0
	if *xparm.Geometry.Rotation != want {
		t.Errorf("XPARM.XDS: %+v, not %+v", xparm.Geometry.Rotation, want)
	}
	cellFile, err := crystfel.ReadCellFile(in("g.cell"))
	if err != nil || cellFile.Lattice != "triclinic" {
		t.Errorf("%+v, %v", cellFile, err)
	} else {
		for i, x := range []float64{60, 70, 80, 85, 95, 105} {
			if got := cellFile.Parameters()[i]; math.Abs(got-x) > 1e-9 {
				t.Errorf("the cell of CrystFEL is %+v", cellFile)
			}
		}
	}
	// The experiment is in MOSFLM's laboratory, so that its own matrix is that of the file: made by this module's crystal,
	// whose orientation package crystal tests.
	m, err := mosflm.ReadFile(in("e.mat"))
	if err != nil {
		t.Fatal(err)
	}
	cell, err := structure.CellOf(times(m.A, 1/0.9))
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range []float64{60, 70, 80, 85, 95, 105} {
		if got := cell.Parameters()[i]; math.Abs(got-x) > 1e-9 {
			t.Errorf("the cell of the matrix is %v", cell)
		}
	}
	// DIALS' x, y, z are MOSFLM's z, y, −x.
	for k := range 3 {
		a := first.Crystals[0].A
		if math.Abs(m.A[2][k]-0.9*a[0][k]) > 1e-12 || math.Abs(m.A[1][k]-0.9*a[1][k]) > 1e-12 || math.Abs(m.A[0][k]+0.9*a[2][k]) > 1e-12 {
			t.Errorf("column %d: %v of %v", k, m.A, a)
		}
	}
}

func times(m [3][3]float64, x float64) [3][3]float64 {
	for i := range m {
		m[i] = geom.Scale(x, m[i])
	}
	return m
}

// TestConvertReflections: amplitudes are the same in all formats, and in P 1.
func TestConvertReflections(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	group, err := symmetry.Lookup("P212121", [6]float64{20, 30, 40, 90, 90, 90})
	if err != nil {
		t.Fatal(err)
	}
	m := &structure.MillerArray{
		Cell: structure.Cell{A: 20, B: 30, C: 40, Alpha: 90, Beta: 90, Gamma: 90}, Group: group,
		Indices: [][3]int32{{1, 2, 3}, {2, 0, 0}, {1, 1, 1}}, Values: []float64{10, 20, 30}, Minus: []float64{11, math.NaN(), 33}, Wavelength: 0.9,
	}
	if err := mtz.WriteFile(in("in.mtz"), m); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{in("in.mtz"), in("a.hkl")}, "a.hkl does not hold the cell"},
		{[]string{in("in.mtz"), in("b.mtz")}, ""},
		{[]string{"--p1", in("in.mtz"), in("c.mtz")}, ""},
		{[]string{"--to", "hkl", in("c.mtz"), in("d.txt")}, "d.txt does not hold the cell"},
		{[]string{written(t, "e.json", swept), in("a.hkl"), in("e.mtz")}, ""},
	} {
		if says := converted(t, step.args...); !strings.Contains(says, step.says) {
			t.Errorf("%v: %s", step.args, says)
		}
	}
	want, err := m.Expand()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.hkl", "b.mtz", "c.mtz", "d.txt", "e.mtz"} {
		r := openFile(t, in(name)).Reflections
		e, err := r.Expand()
		if err != nil {
			t.Fatal(err)
		}
		if name == "e.mtz" && math.Abs(r.Cell.A-60) > 1e-4 {
			t.Errorf("%s: cell %v", name, r.Cell)
		}
		if e.Table.Count() != want.Table.Count() {
			t.Errorf("%s: %d reflections, not %d", name, e.Table.Count(), want.Table.Count())
		}
		for x := range want.Table.Reflections() {
			if i, ok := e.Table.Index(x.H, x.K, x.L); !ok || math.Abs(e.Table.F[i]-x.F) > 1e-5 && strings.HasSuffix(name, "mtz") {
				t.Errorf("%s: (%d, %d, %d) is %v, not %v", name, x.H, x.K, x.L, e.Table.F[i], x.F)
			}
		}
	}
}

// TestConvertUnplaced: a header that does not say where the detector is makes none at the sample.
func TestConvertUnplaced(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	var h smv.Header
	h.Set("WAVELENGTH", "0.9")
	if err := smv.WriteFile(in("a_1.img"), &smv.Image{Header: h, Fast: 6, Slow: 5, Pixels: make([]uint16, 30)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ to, want string }{
		{"b.nxs", "the place of the detector, which NXmx requires, is not known"},
		{"b.expt", "does not say where the detector is"},
		{"b.geom", "does not say where the detector is"},
	} {
		if status, _, stderr := invoke(t, "convert", in("a_1.img"), in(c.to)); status != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d: %s", c.to, status, stderr)
		}
	}
	if says := converted(t, in("a_1.img"), in("b_1.cbf")); !strings.Contains(says, "since the place of the detector is not") {
		t.Error(says)
	}
	converted(t, written(t, "e.json", swept), in("a_1.img"), in("b.nxs"))
}

// TestConvertErrors: nothing is written, and the line says why.
func TestConvertErrors(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	experiment := written(t, "e.json", swept)
	large := stack(t, in("large.npy"), format.Int32, func(_, pixel int) float64 { return 70000 * float64(pixel%2) })
	stack(t, in("half.npy"), format.Float32, func(_, pixel int) float64 { return float64(pixel) / 2 })
	panels := written(t, "p.json", strings.Replace(swept, `"distance": 100`, `"distance": 100, "panels": [ { "fast": 6, "slow": 2 }, { "fast": 6, "slow": 2, "origin": [ 0, 40, 0 ] } ]`, 1))
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, 2, "usage: gobragg convert [flags] IN… OUT; got nothing"},
		{[]string{experiment}, 2, "usage: gobragg convert"},
		{[]string{experiment, in("a.xyz")}, 2, "a.xyz is of no format that is written"},
		{[]string{"--to", "nxmy", experiment, in("a.xyz")}, 2, "did you mean nxmx?"},
		{[]string{"--to", "qqqqqqqq", experiment, in("a.xyz")}, 2, "is none of cbf, nxmx"},
		{[]string{"--p1", experiment, in("a.hkl")}, 2, "--p1 is for MTZ files"},
		{[]string{"--dmin", "-1", experiment, in("a.hkl")}, 2, "--dmin -1 Å is negative"},
		{[]string{in("large.npy"), in("large.npy")}, 2, "large.npy is also a file that is read"},
		{[]string{experiment, experiment}, 2, "e.json is also a file that is read"},
		{[]string{in("no.npy"), in("a.npy")}, 1, "no.npy"},
		{[]string{in("no_##.npy"), in("a.npy")}, 1, "there is no such file with any number"},
		{[]string{experiment, in("a.npy")}, 1, "e.json holds no images"},
		{[]string{experiment, in("a.mtz")}, 1, "e.json holds no reflections"},
		{[]string{in("large.npy"), in("a.expt")}, 1, "large.npy holds no geometry of a detector"},
		{[]string{in("large.npy"), in("a.mat")}, 1, "large.npy holds no orientation of a crystal"},
		{[]string{in("large.npy"), in("a.nxs")}, 1, "the place of the detector, which NXmx requires, is not known"},
		{[]string{in("large.npy"), experiment, in("a.cbf")}, 1, "a file of the format cbf holds one of the 3 images: write image_####"},
		{[]string{in("large.npy"), experiment, in("#_#.cbf")}, 1, "has 2 places for the number"},
		{[]string{in("large.npy"), experiment, in("a_#.img")}, 1, "image 4: pixel (1, 0) is 70000: the numbers of smv are whole ones from 0 to 65535"},
		{[]string{in("half.npy"), experiment, in("a_#.cbf")}, 1, "image 4: pixel (1, 0) is 0.5: the numbers of cbf are whole ones of 32 bits"},
		{[]string{in("large.npy"), panels, in("a_#.cbf")}, 1, "2 panels cannot be written"},
		{[]string{in("large.npy"), panels, in("a_#.img")}, 1, "2 panels cannot be written"},
		{[]string{experiment, panels, in("a.expt")}, 1, "both give a geometry"},
		{[]string{in("large.npy"), experiment, in("no/a.nxs")}, 1, "a.nxs cannot be written"},
	} {
		status, stdout, stderr := invoke(t, append([]string{"convert"}, c.args...)...)
		last := stderr[strings.LastIndexByte(strings.TrimSuffix(stderr, "\n"), '\n')+1:]
		if status != c.status || stdout != "" || !strings.Contains(last, c.want) {
			t.Errorf("%v: status %d, want %d with %q: %s", c.args, status, c.status, c.want, stderr)
		}
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("%v is left, %v", left, err)
	}
	var f format.Frame
	if err := openFile(t, in("large.npy")).Images.Read(0, &f); err != nil || f.CRC32() != large[0].CRC32() {
		t.Errorf("an input has changed: %v", err)
	}
}
