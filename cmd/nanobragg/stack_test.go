package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/nxmx"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/geom"
)

// stackArgs are those of a sweep in all formats.
func stackArgs(folder string) string {
	in := func(name string) string { return filepath.Join(folder, name) }
	return fmt.Sprintf("-phi 2 -osc 0.3 -images 3 -roi 2 15 0 12 -fluence 1e28 -floatfile %s -noisefile %s -cbffile %s -nxsfile %s -npyfile %s ",
		in("f#.bin"), in("n#.img"), in("c#.cbf"), in("s.nxs"), in("s.npy"))
}

// TestStacks: the counts of CBF and NXmx are those of -noisefile without its offset, the floats those of -floatfile, and pixels
// that are not simulated do not count.
func TestStacks(t *testing.T) {
	folder := t.TempDir()
	command(t, strings.Fields(small+stackArgs(folder))...)
	in := func(name string) string { return filepath.Join(folder, name) }
	nxs, err := nxmx.Open(in("s.nxs"), nxmx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer nxs.Close()
	stack, err := npy.Open(in("s.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if nxs.Frames() != 3 || stack.Frames() != 3 {
		t.Fatalf("%d and %d images", nxs.Frames(), stack.Frames())
	}
	for i := range 3 {
		noisy, err := smv.ReadFile(in(fmt.Sprintf("n%d.img", i+1)))
		if err != nil {
			t.Fatal(err)
		}
		floats, err := raw.ReadFile(in(fmt.Sprintf("f%d.bin", i+1)), 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		one, err := cbf.Open(in(fmt.Sprintf("c%d.cbf", i+1)))
		if err != nil {
			t.Fatal(err)
		}
		var counts, same, photons format.Frame
		for _, err := range []error{one.Read(0, &counts), nxs.Read(i, &same), stack.Read(i, &photons)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		total := 0.0
		for k, v := range noisy.Pixels {
			fast, slow := k%16, k/16
			if fast < 2 || slow > 12 {
				if counts.At(k) != -2 || !counts.Bad[k] || !same.Bad[k] || same.At(k) != 0 {
					t.Fatalf("image %d: pixel %d, which is not simulated, is %g and %g", i+1, k, counts.At(k), same.At(k))
				}
				continue
			}
			total += counts.At(k)
			if want := float64(v) - 40; counts.At(k) != want || same.At(k) != want || counts.Bad[k] || same.Bad[k] {
				t.Fatalf("image %d: pixel %d has %g and %g photons, not %g", i+1, k, counts.At(k), same.At(k), want)
			}
		}
		if total == 0 {
			t.Errorf("image %d is black", i+1)
		}
		for k, v := range floats {
			if float32(photons.At(k)) != v {
				t.Fatalf("image %d: pixel %d has %g photons, not %g", i+1, k, photons.At(k), v)
			}
		}
		if r := one.Geometry().Rotation; math.Abs(r.Phi-(2+0.3*float64(i))) > 1e-9 || r.Width != 0.3 {
			t.Errorf("image %d is from %g° by %g°", i+1, r.Phi, r.Width)
		}
	}
	if r := nxs.Geometry().Rotation; r.Phi != 2 || math.Abs(r.Width-0.3) > 1e-9 || r.Images != 3 {
		t.Errorf("the rotation is %+v", r)
	}
	// One image of its own is the first of the sweep.
	alone := t.TempDir()
	command(t, strings.Fields(small+strings.ReplaceAll(strings.ReplaceAll(stackArgs(alone), "-images 3", ""), "#", "1"))...)
	for _, name := range []string{"f1.bin", "n1.img", "c1.cbf"} {
		a, errA := os.ReadFile(filepath.Join(alone, name))
		b, errB := os.ReadFile(in(name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another than that of the sweep: %v, %v", name, errA, errB)
		}
	}
}

// TestStacksResume: a file of all images is made anew as a whole, and what another command line made is an error.
func TestStacksResume(t *testing.T) {
	folder := t.TempDir()
	args := small + stackArgs(folder)
	command(t, strings.Fields(args)...)
	want := contents(t, folder)
	for _, test := range []struct {
		missing string
		there   int
	}{{"", 3}, {"c2.cbf", 2}, {"s.nxs", 0}, {"s.npy f1.bin", 0}} {
		for _, name := range strings.Fields(test.missing) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		stdout, _ := command(t, strings.Fields(args+"-resume")...)
		if !strings.Contains(stdout, fmt.Sprintf("\n%d of 3 images are there\n", test.there)) {
			t.Errorf("without %s: prints %s", test.missing, stdout)
		}
		if !maps.Equal(contents(t, folder), want) {
			t.Errorf("without %s: other files", test.missing)
		}
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	onlyStacks := small + "-phi 2 -osc 0.3 -images 3 -roi 2 15 0 12 -fluence 1e28 -nxsfile " + in("s.nxs") + " -npyfile " + in("s.npy") + " -resume "
	for options, want := range map[string]string{
		"":              "",
		"-distance 101": "s.nxs was not written by this command line: its detector's corner along z is -100, not -101",
		"-phi 3":        "s.nxs was not written by this command line: its first angle is 2, not 3",
		"-images 2":     "s.nxs was not written by this command line: it has 3 images of 16 × 16 pixels, not 2",
		"-seed 5":       "s.nxs is another than this command line makes",
		"-N 7":          "is another than this command line makes",
	} {
		var out, errs bytes.Buffer
		status := run(context.Background(), strings.Fields(onlyStacks+options), &out, &errs)
		if (status == 0) != (want == "") || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: status %d: %s", options, status, errs.String())
		}
	}
	if !maps.Equal(contents(t, folder), want) {
		t.Error("other files")
	}
}

func TestStackErrors(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	for _, test := range []struct {
		args, want string
		status     int
	}{
		{"-images 2 -osc 1 -nxsfile " + in("s#.nxs"), "s#.nxs: the file holds all images: its name needs no place for their numbers", 2},
		{"-nxsfile -", "-nxsfile -: the file is not written from its beginning to its end", 2},
		{"-images 2 -osc 1 -cbffile " + in("s.cbf"), "s.cbf has no place for the number", 2},
		{"-twotheta 10 -cbffile " + in("s.cbf"), "write NXmx (-nxsfile)", 1},
		{"-adxv -cbffile " + in("s.cbf"), "write NXmx (-nxsfile)", 1},
		{"-mtz a.mtz -hkl b.hkl", "-mtz and -hkl exclude each other", 2},
		{"-mtz a.mtz -pdb b.pdb", "-mtz is given too: there can be one of the two", 2},
		{"-mtz a.mtz:F,", "-mtz a.mtz:F,: a name is empty: it is FILE or FILE:LABEL,LABEL", 2},
		{"-mtz " + in("no.mtz") + " -floatfile " + in("f"), "no.mtz", 1},
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), strings.Fields(small+test.args), &out, &errs); status != test.status || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
	}
	if left := names(t, folder); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestMTZ: an MTZ gives the structure factors and the cell; its images are those of the same reflections as a text.
func TestMTZ(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	const mtz = "../../format/mtz/testdata/small.mtz"
	args := "-N 5 -lambda 1 -detpixels 32 -pixel 1 -distance 60 -oversample 1 -misset 10 20 30 -fluence 1e28 -nointerpolate -noprogress -floatfile "
	stdout, stderr := command(t, strings.Fields(args+in("a.bin")+" -mtz "+mtz+" -dump "+in("d.bin")+" -printout_pixel 3 4")...)
	if !strings.Contains(stdout, "Unit Cell: 41 41 53 90 90 90") || !strings.Contains(stdout, "reading "+mtz) {
		t.Errorf("prints %s", stdout)
	}
	if !strings.Contains(stderr, "small.mtz has 1 row that the space group forbids") {
		t.Errorf("says %s", stderr)
	}
	command(t, strings.Fields(args+in("b.bin")+" -cell 41 41 53 90 90 90 -dump "+in("d.bin"))...)
	command(t, strings.Fields(args+in("c.bin")+" -mtz "+mtz+":F")...)
	a, err := os.ReadFile(in("a.bin"))
	if err != nil || bytes.Count(a, []byte{0}) == len(a) {
		t.Fatalf("a black image, %v", err)
	}
	for _, name := range []string{"b.bin", "c.bin"} {
		if b, err := os.ReadFile(in(name)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another image, %v", name, err)
		}
	}
	// The cell of the file is not that of the crystal.
	_, stderr = command(t, strings.Fields(args+in("a.bin")+" -cell 42 -mtz "+mtz)...)
	if !strings.Contains(stderr, "small.mtz has the cell 41 41 53 Å 90° 90° 90°, which is not the crystal's, 42 42 42 Å") {
		t.Errorf("says %s", stderr)
	}
}

// dialsFolder has experiment lists that DIALS wrote.
const dialsFolder = "../../format/dials/testdata/"

// TestExperiments: the geometry, the rotation and the crystal are those of a list of experiments, up to the rotation of the
// laboratory that NXmx makes, in which the beam lies along z.
func TestExperiments(t *testing.T) {
	list, err := dials.ReadExperimentsFile(dialsFolder + "static_1panel.expt")
	if err != nil {
		t.Fatal(err)
	}
	want := list[0].Geometry
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	args := "-exact -expt " + dialsFolder + "static_1panel.expt -default_F 100 -N 2 -oversample 1 -noprogress "
	command(t, strings.Fields(args+"-images 2 -fluence 1e28 -roi 0 99 0 99 -quiet -nxsfile "+in("s.nxs")+" -experiment "+in("e.json"))...)
	nxs, err := nxmx.Open(in("s.nxs"), nxmx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer nxs.Close()
	got := nxs.Geometry()
	near := func(what string, a, b, within float64) {
		t.Helper()
		if math.Abs(a-b) > within {
			t.Errorf("%s is %.9g, not %.9g", what, a, b)
		}
	}
	near("wavelength", got.Wavelength, want.Wavelength, 1e-9)
	near("phi", got.Rotation.Phi, want.Rotation.Phi, 1e-9)
	near("width", got.Rotation.Width, want.Rotation.Width, 1e-9)
	a, b := &got.Panels[0], &want.Panels[0]
	axis := func(g *format.Geometry) [3]float64 { return geom.Apply(g.Rotation.Setting, g.Rotation.Axis) }
	dot := func(u, v [3]float64) float64 { return u[0]*v[0] + u[1]*v[1] + u[2]*v[2] }
	for _, v := range []struct {
		name string
		a, b [2][3]float64
	}{
		{"origin along the beam", [2][3]float64{a.Origin, got.ToSource}, [2][3]float64{b.Origin, want.ToSource}},
		{"origin along the rows", [2][3]float64{a.Origin, a.Fast}, [2][3]float64{b.Origin, b.Fast}},
		{"origin along the columns", [2][3]float64{a.Origin, a.Slow}, [2][3]float64{b.Origin, b.Slow}},
		{"rows along the beam", [2][3]float64{a.Fast, got.ToSource}, [2][3]float64{b.Fast, want.ToSource}},
		{"columns along the beam", [2][3]float64{a.Slow, got.ToSource}, [2][3]float64{b.Slow, want.ToSource}},
		{"axis along the rows", [2][3]float64{axis(got), a.Fast}, [2][3]float64{axis(want), b.Fast}},
		{"axis along the columns", [2][3]float64{axis(got), a.Slow}, [2][3]float64{axis(want), b.Slow}},
		{"axis along the beam", [2][3]float64{axis(got), got.ToSource}, [2][3]float64{axis(want), want.ToSource}},
	} {
		near(v.name, dot(v.a[0], v.a[1]), dot(v.b[0], v.b[1]), 1e-6)
	}
	c, err := experiment.Read(in("e.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range *c.Crystals[0].Matrix {
		for k, v := range row {
			near("A*", v, list[0].Crystal.A[i][k], 1e-12)
		}
	}
	for options, want := range map[string]string{
		"-distance 100": "-distance and -expt exclude each other",
		"-cell 40":      "-cell and -expt exclude each other",
		"-lambda 2":     "-lambda and -expt exclude each other",
		"-xds":          "a convention or an axis and -expt exclude each other",
		"-phi 3":        "-phi and -expt exclude each other",
		"-expt " + dialsFolder + "four_panels.expt": "has 4 panels, and this command simulates one",
		"-expt ../../format/mtz/testdata/small.mtz": "has no detector",
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), strings.Fields(args+options+" -outputs none"), &out, &errs); status == 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: status %d: %s", options, status, errs.String())
		}
	}
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(strings.TrimPrefix(args, "-exact ")), &out, &errs); status != 2 || !strings.Contains(errs.String(), "-expt without -exact") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}

// TestStacksExperiment: the experiment that a run describes reads its CBF, NXmx and NumPy files, and finds nothing in them that
// contradicts it.
func TestStacksExperiment(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	for _, options := range []string{"-osc 0.3", "-exact -osc -0.3", "-exact -xds -osc 0.3"} {
		for _, output := range []string{"-cbffile " + in("c##.cbf"), "-nxsfile " + in("s.nxs"), "-npyfile " + in("s.npy")} {
			args := small + options + " -phi 2 -images 2 -fluence 1e28 -experiment " + in("e.json") + " " + output
			command(t, strings.Fields(args)...)
			c, err := experiment.Read(in("e.json"))
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.Build(G.NewGraph())
			if err != nil {
				t.Fatal(err)
			}
			for number := 1; number <= 2; number++ {
				if err := e.SelectImage(number); err != nil {
					t.Fatal(err)
				}
				data, err := e.ReadImages()
				if err != nil {
					t.Fatalf("%s: %v", args, err)
				}
				if data.Notices != nil {
					t.Errorf("%s: image %d: notices %q", args, number, data.Notices)
				}
				image, err := e.Image(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				expected, photons := 0.0, 0.0
				for i, v := range data.Photons[0].Float64s() {
					expected, photons = expected+image.Float64s()[i], photons+v
				}
				if math.Abs(photons-expected) > 5*math.Sqrt(expected)+1 {
					t.Errorf("%s: image %d has %g photons, not %g", args, number, photons, expected)
				}
			}
		}
	}
}
