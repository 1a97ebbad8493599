package main

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/structure"
)

// spots is a scan of two images with photons in all pixels.
const spots = `{
	"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80, "alpha": 85, "beta": 95, "gamma": 105 }, "misset": { "x": 5, "y": 10, "z": 15 },
		"cells": { "a": 3, "b": 3, "c": 3 }, "structure": { "default": 100 } } ],
	"beam": { "wavelength": 0.9, "fluence": 1e28 },
	"scan": { "first": 4, "images": 2, "phi": 10, "width": 0.5 },
	"detector": { "fast": 32, "slow": 24, "pixel": 2, "distance": 100 }
}`

// simulated runs gobragg simulate, which must succeed.
func simulated(t *testing.T, args ...string) (stderr string) {
	t.Helper()
	status, stdout, stderr := invoke(t, append([]string{"simulate"}, args...)...)
	if status != 0 || stdout != "" {
		t.Fatalf("simulate %v: status %d: %s%s", args, status, stdout, stderr)
	}
	return stderr
}

// built is the experiment of a file.
func built(t *testing.T, path string) *experiment.Experiment {
	t.Helper()
	c, err := experiment.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// values are those of an image of a file.
func values(t *testing.T, path string, image int) []float64 {
	t.Helper()
	var f format.Frame
	if err := openFile(t, path).Images.Read(image, &f); err != nil {
		t.Fatal(err)
	}
	return f.Float64s(nil)
}

// TestSimulate: images and counts are those of the library, in each format.
func TestSimulate(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	path := written(t, "e.json", strings.Replace(spots, `"detector"`, `"counts": { "pedestal": 10, "gain": 2, "readout": 1.5, "overload": 30 }, "detector"`, 1))
	simulated(t, path, "--out", in("p.npy"), "--out", in("p.nxs"), "--out", in("p_#.bin"), "--picture", in("p_#.png"))
	says := simulated(t, path, "--noise", "7", "--out", in("c_####.cbf"), "--out", in("c_#.img"), "--out", in("c.h5"))
	simulated(t, path, "--noise", "7", "--out", in("again_####.cbf"), "--threads", "1")
	e := built(t, path)
	over := 0
	for i, number := range []int{4, 5} {
		if err := e.SelectImage(number); err != nil {
			t.Fatal(err)
		}
		panels, err := e.Images(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		photons := panels[0].Float64s()
		drawn, err := noise.Poisson(photons, uint64(7+i))
		if err == nil {
			drawn, err = noise.Readout(drawn, 1.5, uint64(7+i))
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(in([]string{"p_4.bin", "p_5.bin"}[i]))
		if err != nil || len(raw) != 4*len(photons) {
			t.Fatal(len(raw), err)
		}
		array, nexus := values(t, in("p.npy"), i), values(t, in("p.nxs"), i)
		cbf, smv, counts := values(t, in([]string{"c_0004.cbf", "c_0005.cbf"}[i]), 0), values(t, in([]string{"c_4.img", "c_5.img"}[i]), 0), values(t, in("c.h5"), i)
		for k, p := range photons {
			want := float64(float32(p))
			if bin := float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:]))); array[k] != want || nexus[k] != want || bin != want {
				t.Fatalf("image %d, pixel %d: %v, %v, %v photons; want %v", number, k, array[k], nexus[k], bin, want)
			}
			c := min(math.Round(2*drawn[k]+10), 30)
			if c == 30 {
				over++
			}
			if cbf[k] != c || counts[k] != c || smv[k] != max(c, 0) {
				t.Fatalf("image %d, pixel %d: %v, %v, %v counts; want %v", number, k, cbf[k], counts[k], smv[k], c)
			}
		}
	}
	if over == 0 || !strings.Contains(says, "c_####.cbf are overloads") {
		t.Errorf("%d overloads: %s", over, says)
	}
	for _, name := range []string{"_0004.cbf", "_0005.cbf"} {
		a, errA := os.ReadFile(in("c" + name))
		b, errB := os.ReadFile(in("again" + name))
		if errA != nil || errB != nil || strings.ReplaceAll(string(a), "c_0", "again_0") != string(b) {
			t.Errorf("%s is not the same for another number of threads: %v, %v", name, errA, errB)
		}
	}
	g, _, err := e.Geometry()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p.nxs", "c.h5", "c_0004.cbf", "c_4.img"} {
		own := openFile(t, in(name)).Geometry
		sameGeometry(t, name, own, g, 1e-5)
		if r := own.Rotation; r.Phi != 10 || r.Width != 0.5 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	p := openFile(t, in("c.h5")).Geometry.Panels[0]
	if p.Gain != 2 || p.Pedestal != 10 || p.Trusted == nil || p.Trusted[1] != 29 {
		t.Errorf("the counts of NXmx have %+v", p)
	}
	if p := openFile(t, in("p.nxs")).Geometry.Panels[0]; p.Gain > 1 || p.Pedestal != 0 {
		t.Errorf("the photons of NXmx have %+v", p)
	}
	for _, name := range []string{"p_4.png", "p_5.png"} {
		if info, err := os.Stat(in(name)); err != nil || info.Size() == 0 {
			t.Error(name, err)
		}
	}
}

// TestSimulateAlone: an image of a scan is the same without the others.
func TestSimulateAlone(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	simulated(t, written(t, "e.json", spots), "--out", in("all.npy"))
	simulated(t, written(t, "e.json", strings.Replace(spots, `"first": 4, "images": 2, "phi": 10`, `"first": 5, "images": 1, "phi": 10.5`, 1)), "--out", in("one_#.npy"))
	all, one := values(t, in("all.npy"), 1), values(t, in("one_5.npy"), 0)
	for i := range all {
		if math.Abs(all[i]-one[i]) > 1e-6*all[i] {
			t.Fatalf("pixel %d: %v, %v", i, all[i], one[i])
		}
	}
}

// TestSimulateDerivative: differences of simulated images are the derivative images. The step is 1e-4 of a parameter's range;
// float32 rounds the images to 1e-7 of the brightest.
func TestSimulateDerivative(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	simulated(t, written(t, "e.json", spots), "--out", in("d_####.npy"), "--out", in("d_x.nxs"), "--derivative", "cell.a,misset.x", "--picture", in("d_#.png"))
	for _, c := range []struct {
		name, from, low, high string
		step                  float64
	}{
		{"cell.a", `"a": 60,`, `"a": 59.98,`, `"a": 60.02,`, 0.04},
		{"misset.x", `"x": 5,`, `"x": 4.98,`, `"x": 5.02,`, 0.04},
	} {
		for i, text := range []string{c.low, c.high} {
			simulated(t, written(t, "e.json", strings.Replace(spots, c.from, text, 1)), "--out", in([]string{"low.npy", "high.npy"}[i]))
		}
		for image, name := range []string{"0004", "0005"} {
			low, high, got := values(t, in("low.npy"), image), values(t, in("high.npy"), image), values(t, in("d_"+c.name+"_"+name+".npy"), 0)
			nexus := values(t, in("d_x_"+c.name+".nxs"), image)
			largest, worst := 0.0, 0.0
			for i := range got {
				largest = max(largest, math.Abs(got[i]))
				worst = max(worst, math.Abs((high[i]-low[i])/c.step-got[i]))
				if nexus[i] != got[i] {
					t.Fatalf("%s: NXmx has %v, npy %v", c.name, nexus[i], got[i])
				}
			}
			if largest == 0 || worst > 2e-3*largest {
				t.Errorf("%s of image %s: %g off, of %g", c.name, name, worst, largest)
			}
		}
		if _, err := os.Stat(in("d_" + c.name + "_4.png")); err != nil {
			t.Error(err)
		}
	}
}

// TestSimulateByProducts: the files of by-products have the names and the values of the library's, in each image of a scan, with
// and without the images themselves.
func TestSimulateByProducts(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	path := written(t, "e.json", strings.NewReplacer(
		`"structure": { "default": 100 } }`, `"structure": { "default": 100 } }, { "cell": { "a": 50 }, "misset": { "y": 25 }, "cells": { "a": 3, "b": 2, "c": 4 }, "structure": { "default": 150 } }`,
		`"wavelength": 0.9,`, `"wavelength": 0.9, "dispersion": { "range": 3, "steps": 3 },`).Replace(spots))
	simulated(t, path, "--by-products", in("all.npy"))
	simulated(t, path, "--by-products", in("each_####.npy"), "--out", in("image_####.npy"), "--images", "5")
	e := built(t, path)
	for image, number := range []int{4, 5} {
		if err := e.SelectImage(number); err != nil {
			t.Fatal(err)
		}
		p, err := e.Simulator().ByProducts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		crystals := map[float64]bool{}
		for _, v := range p.Crystal[0].Float64s() {
			crystals[v] = true
		}
		if !crystals[0] || !crystals[1] {
			t.Errorf("crystals %v dominate pixels", crystals)
		}
		for name, want := range map[string]*tensor.Dense{"wavelength": p.Wavelength[0], "share": p.Share[0], "crystal": p.Crystal[0],
			"h": p.Reflection[0][0], "k": p.Reflection[1][0], "l": p.Reflection[2][0], "mean_h": p.HKL[0][0], "mean_k": p.HKL[1][0], "mean_l": p.HKL[2][0]} {
			got := [][]float64{values(t, in("all_"+name+".npy"), image)}
			if number == 5 {
				got = append(got, values(t, in("each_"+name+"_0005.npy"), 0))
			}
			for _, list := range got {
				for i, v := range want.Float64s() {
					if list[i] != float64(float32(v)) {
						t.Fatalf("%s of image %d, pixel %d: %v, want %v", name, number, i, list[i], v)
					}
				}
			}
		}
	}
	if files, err := filepath.Glob(in("image_*.npy")); err != nil || len(files) != 1 {
		t.Errorf("images %v, %v", files, err)
	}
}

// TestSimulateFiles: an experiment in another folder and structure factors are simulated together, and so is what convert makes
// of them in a third folder.
func TestSimulateFiles(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	for _, name := range []string{"in", "out"} {
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join("in", "e.json"), []byte(spots), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := structure.Wilson(structure.Cell{A: 60, B: 70, C: 80, Alpha: 85, Beta: 95, Gamma: 105}, 3, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := table.InP1()
	m.Cell = structure.Cell{A: 60, B: 70, C: 80, Alpha: 85, Beta: 95, Gamma: 105}
	if err := mtz.WriteFile("x.mtz", m); err != nil {
		t.Fatal(err)
	}
	experiment := filepath.Join("in", "e.json")
	simulated(t, experiment, "x.mtz", "--out", "a.npy")
	converted(t, experiment, "x.mtz", filepath.Join("out", "f.json"))
	simulated(t, filepath.Join("out", "f.json"), "--out", "b.npy")
	simulated(t, experiment, "--out", "c.npy")
	a, b, c := values(t, "a.npy", 1), values(t, "b.npy", 1), values(t, "c.npy", 1)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("the same images: %v, %v", slices.Equal(a, b), slices.Equal(a, c))
	}
	if text, err := os.ReadFile(filepath.Join("out", "f.json")); err != nil || !strings.Contains(string(text), `"../x.mtz"`) && runtime.GOOS != "windows" {
		t.Errorf("%s, %v", text, err)
	}
}

// TestSimulatePanels: two crystals, a spectrum, two panels and a background make the sum of what each makes.
func TestSimulatePanels(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	const crystal = `{ "cell": { "a": 60 }, "misset": { "x": ANGLE }, "cells": { "a": 3, "b": 3, "c": 3 }, "structure": { "default": 100 } }`
	text := `{ "crystals": [ CRYSTALS ], "beam": { "fluence": 1e28, "spectrum": [ { "wavelength": 0.9, "weight": 1 }, { "wavelength": 0.95, "weight": 2 } ] },
		"scale": SCALE, "background": { "flat": FLAT },
		"detector": { "pixel": 2, "distance": 100, "panels": [ { "fast": 20, "slow": 10 }, { "fast": 16, "slow": 8, "origin": [ 1, 30, 0 ] } ] } }`
	run := func(name, crystals, scale, flat string) []float64 {
		simulated(t, written(t, "e.json", strings.NewReplacer("CRYSTALS", crystals, "SCALE", scale, "FLAT", flat).Replace(text)),
			"--out", in(name+".npy"), "--out", in(name+".nxs"), "--picture", in(name+".png"))
		for i, p := range []string{"_panel0.png", "_panel1.png"} {
			if _, err := os.Stat(in(name + p)); err != nil {
				t.Errorf("panel %d: %v", i, err)
			}
		}
		return values(t, in(name+".npy"), 0)
	}
	first, second := strings.Replace(crystal, "ANGLE", "5", 1), strings.Replace(crystal, "ANGLE", "25", 1)
	a, b, both := run("a", first, "1", "0.001"), run("b", second, "1", "0.001"), run("both", first+","+second, "0.5", "7")
	if len(both) != 20*18 {
		t.Fatalf("%d pixels", len(both))
	}
	c := openFile(t, in("both.nxs"))
	var f format.Frame
	if err := c.Images.Read(0, &f); err != nil {
		t.Fatal(err)
	}
	for i := range both {
		outside := i/20 >= 10 && i%20 >= 16
		want := 0.5*(a[i]+b[i]-0.002) + 7
		if outside {
			want = 0
		}
		if math.Abs(both[i]-want) > 1e-5*(1+want) || f.Bad != nil && f.Bad[i] != outside || f.Bad == nil {
			t.Fatalf("pixel (%d, %d) is %v, not %v", i%20, i/20, both[i], want)
		}
	}
	if g := c.Geometry; len(g.Panels) != 2 || g.Panels[1].First != [2]int{0, 10} || g.Panels[1].Size != [2]int{16, 8} {
		t.Errorf("panels %+v", g.Panels)
	}
}

// TestSimulateErrors: nothing is written, and one line says why.
func TestSimulateErrors(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	path := written(t, "e.json", spots)
	panels := written(t, "p.json", strings.Replace(spots, `"distance": 100`, `"distance": 100, "panels": [ { "fast": 6, "slow": 2 }, { "fast": 6, "slow": 2, "origin": [ 0, 40, 0 ] } ]`, 1))
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, 2, "usage: gobragg simulate [flags] EXPERIMENT…; got nothing"},
		{[]string{path}, 2, "--out FILE, or --picture FILE, is needed"},
		{[]string{path, "--out", in("a.xyz")}, 2, "a.xyz is of no image format"},
		{[]string{path, "--out", in("a.cbf")}, 2, "a.cbf holds counts: --noise SEED draws them"},
		{[]string{path, "--out", in("a_#.cbf"), "--noise", "1", "--derivative", "cell"}, 2, "derivatives are no counts"},
		{[]string{path, "--out", in("a.npy"), "--derivative", "cel.a"}, 2, `no parameter "cel.a"`},
		{[]string{path, "--out", in("a.npy"), "--threads", "-1"}, 2, "--threads -1 is negative"},
		{[]string{path, "--out", in("a.npy"), "--noise", "x"}, 2, "invalid argument"},
		{[]string{path, "--picture", in("a.jpg")}, 2, "a.jpg does not end in .png"},
		{[]string{path, "--picture", in("a.png")}, 2, "a.png has no place for the number"},
		{[]string{path, "--out", in("a.cbf"), "--noise", "1"}, 1, "holds one of the 2 images"},
		{[]string{path, "--out", in("a.npy"), "--out", in("a.npy")}, 2, "a.npy is written twice"},
		{[]string{path, "--by-products", in("a.cbf")}, 2, "does not end in .npy"},
		{[]string{path, "--by-products", in("a.npy"), "--out", in("a_h.npy")}, 2, "a_h.npy is written twice"},
		{[]string{path, "--out", in("no/a.npy")}, 1, "a.npy cannot be written"},
		{[]string{panels, "--out", in("a_#.cbf"), "--noise", "1"}, 1, "2 panels cannot be written"},
		{[]string{panels, "--out", in("a_#.img"), "--noise", "1"}, 1, "2 panels cannot be written"},
		{[]string{in("no.json"), "--out", in("a.npy")}, 1, "no.json"},
	} {
		status, stdout, stderr := invoke(t, append([]string{"simulate"}, c.args...)...)
		if status != c.status || stdout != "" || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, want %d with %q: %s", c.args, status, c.status, c.want, stderr)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}

// TestSimulateInterrupted: SIGINT leaves whole files only.
func TestSimulateInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt")
	}
	folder := t.TempDir()
	path := written(t, "e.json", strings.Replace(spots, `"images": 2`, `"images": 3000`, 1))
	c := exec.CommandContext(t.Context(), os.Args[0], "simulate", path, "--noise", "1", "--out", filepath.Join(folder, "a_######.cbf"), "--out", filepath.Join(folder, "a.nxs"))
	c.Env = append(os.Environ(), asCommand+"=1")
	var errs strings.Builder
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(folder, "a_000005.cbf")
	for i := 0; i < 600; i++ {
		if _, err := os.Stat(first); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = c.Process.Signal(os.Interrupt)
	_ = c.Wait() // an exit status
	if status := c.ProcessState.ExitCode(); status != 130 || !strings.HasSuffix(errs.String(), "gobragg: interrupted\n") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) < 2 {
		t.Fatalf("%d files, %v", len(left), err)
	}
	for _, entry := range left {
		if filepath.Ext(entry.Name()) != ".cbf" {
			t.Errorf("%s is left", entry.Name())
			continue
		}
		values(t, filepath.Join(folder, entry.Name()), 0)
	}
}
