package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/simulator"
)

// Experiments that derivatives are checked on: triclinic, rotated and mosaic, with a sensor, all corrections and every
// angle of the detector, placed by each kind of centre.
const (
	derivedCrystal = "-cell 40 45 50 85 95 105 -default_F 10 -Na 3 -Nb 4 -Nc 5 -misset 5 10 15 -mosaic 1 -mosaic_dom 3 -phi 3 -osc 2 -phisteps 2 "
	derived        = derivedCrystal + "-lambda 1.1 -polar 0.4 -fluence 1e28 -distance 90 -detector_rotx 3 -detector_roty 4 -detector_rotz 5 -twotheta 6 " +
		"-detector_thick 450 -detector_abs 500 -thicksteps 2 -detpixels 12 -pixel 4 -oversample 2 -noprogress "
	byBeam  = derived + "-Xbeam 21 -Ybeam 23 "
	byClose = derived + "-xds -ORGX 6 -ORGY 7 "
	own     = derived + "-fdet_vector 0 0 1 -sdet_vector 0 -1 0 -pivot sample -Xbeam 21 -Ybeam 23 "
)

// movable is a parameter, the option that changes it, and the step of the difference.
type movable struct {
	name, option string // %g stands for the value
	value, step  float64
}

var movables = []movable{
	{"cell_a", "-cell %g 45 50 85 95 105", 40, 1e-4},
	{"cell_b", "-cell 40 %g 50 85 95 105", 45, 1e-4},
	{"cell_c", "-cell 40 45 %g 85 95 105", 50, 1e-4},
	{"cell_alpha", "-cell 40 45 50 %g 95 105", 85, 1e-4},
	{"cell_beta", "-cell 40 45 50 85 %g 105", 95, 1e-4},
	{"cell_gamma", "-cell 40 45 50 85 95 %g", 105, 1e-4},
	{"misset_x", "-misset %g 10 15", 5, 1e-4},
	{"misset_y", "-misset 5 %g 15", 10, 1e-4},
	{"misset_z", "-misset 5 10 %g", 15, 1e-4},
	{"mosaic", "-mosaic %g", 1, 1e-4},
	{"phi", "-phi %g", 3, 1e-4},
	{"osc", "-osc %g", 2, 1e-4},
	{"lambda", "-lambda %g", 1.1, 1e-6},
	{"polar", "-polar %g", 0.4, 1e-3},
	{"fluence", "-fluence %g", 1e28, 1e25},
	{"distance", "-distance %g", 90, 1e-4},
	{"beam_x", "-Xbeam %g", 21, 1e-4},
	{"beam_y", "-Ybeam %g", 23, 1e-4},
	{"detector_rotx", "-detector_rotx %g", 3, 1e-4},
	{"detector_roty", "-detector_roty %g", 4, 1e-4},
	{"detector_rotz", "-detector_rotz %g", 5, 1e-4},
	{"twotheta", "-twotheta %g", 6, 1e-4},
	{"detector_abs", "-detector_abs %g", 500, 1e-2},
	{"detector_thick", "-detector_thick %g", 450, 1e-2},
}

// TestDerivatives holds the files against central differences of the image by the options themselves, in double
// precision: float32 images would leave three digits of a difference. What is left is their error, of the second order in
// the step, and 1e-7 of float32.
func TestDerivatives(t *testing.T) {
	for _, test := range []struct {
		name, args string
		by         []movable
	}{
		{"beam", byBeam, movables},
		{"exact", byBeam + "-exact ", chosen("cell_gamma", "mosaic", "lambda", "polar", "distance", "beam_x", "detector_roty", "detector_abs", "detector_thick")},
		{"close distance", byBeam + "-close_distance 85 ", []movable{{"distance", "-close_distance %g", 85, 1e-4}}},
		{"xds", byClose, []movable{{"close_x", "-ORGX %g", 6, 1e-4}, {"close_y", "-ORGY %g", 7, 1e-4}, {"distance", "-distance %g", 90, 1e-4}}},
		{"xds exact", derived + "-xds -exact -Xclose 21 -Yclose 25 ", []movable{{"close_x", "-Xclose %g", 21, 1e-4}, {"close_y", "-Yclose %g", 25, 1e-4}}},
		{"own axes", own, []movable{{"beam_x", "-Xbeam %g", 21, 1e-4}, {"beam_y", "-Ybeam %g", 23, 1e-4}}},
		{"mosflm about the sample", byBeam + "-exact -pivot sample -Xclose 21 ", []movable{{"close_x", "-Xclose %g", 21, 1e-4}}},
		{"region", byBeam + "-roi 3 7 2 9 ", movables[:1]},
	} {
		var differences [][]float64
		for _, p := range test.by {
			differences = append(differences, p.difference(t, test.args))
		}
		for mode, guard := range map[string]string{"compiled": "", "uncompiled": "1"} {
			t.Run(test.name+", "+mode, func(t *testing.T) {
				t.Setenv(simulator.Guard, guard)
				checkDerivatives(t, test.args, test.by, differences)
			})
		}
	}
}

// chosen are some of the movables.
func chosen(names ...string) []movable {
	return slices.DeleteFunc(slices.Clone(movables), func(p movable) bool { return !slices.Contains(names, p.name) })
}

func checkDerivatives(t *testing.T, args string, by []movable, differences [][]float64) {
	t.Helper()
	var list []string
	for _, p := range by {
		list = append(list, p.name)
	}
	prefix := filepath.Join(t.TempDir(), "d")
	stdout, _ := command(t, strings.Fields(args+"-derivfile "+prefix+" -deriv "+strings.Join(list, ","))...)
	for i, p := range by {
		got, err := raw.ReadFile(prefix+"_"+p.name+".bin", 12, 12)
		if err != nil {
			t.Fatal(err)
		}
		want := differences[i]
		largest, tolerance := max(slices.Max(want), -slices.Min(want)), 1e-6
		if p.name == "mosaic" && !strings.Contains(args, "-exact") {
			tolerance = 2e-5 // the runs of the difference round their rotations to float32, as the reference program does
		}
		if largest == 0 {
			t.Fatalf("%s changes nothing", p.name)
		}
		for k := range want {
			if !(math.Abs(float64(got[k])-want[k]) <= tolerance*largest) {
				t.Errorf("%s: pixel %d: %g, difference %g, largest %g", p.name, k, got[k], want[k], largest)
				break
			}
		}
		var shown float64
		_, line, _ := strings.Cut(stdout, "derivative by "+p.name+": largest |dI| = ")
		if _, err := fmt.Sscan(line, &shown); err != nil || !(math.Abs(shown-largest) <= max(1e-5, tolerance)*largest) {
			t.Errorf("%s: the summary has %g, %v, for %g", p.name, shown, err, largest)
		}
	}
}

// difference is the central one, per unit of the parameter.
func (p *movable) difference(t *testing.T, args string) []float64 {
	t.Helper()
	unit := 1.0
	if strings.HasPrefix(p.option, "-ORG") {
		unit = 4 // mm a pixel
	}
	up, down := p.at(t, args, 1), p.at(t, args, -1)
	for i := range up {
		up[i] = (up[i] - down[i]) / (2 * p.step * unit)
	}
	return up
}

// at is the image, not rounded, some steps from the parameter's value.
func (p *movable) at(t *testing.T, args string, steps float64) []float64 {
	t.Helper()
	option := fmt.Sprintf(strings.Replace(p.option, "%g", "%.17g", 1), p.value+steps*p.step)
	s, err := resolve(mustParse(t, args+option))
	if err != nil {
		t.Fatal(err)
	}
	m, err := build(s, simulator.On(simulator.Tape())) // quicker for so few pixels
	if err != nil {
		t.Fatal(err)
	}
	image, err := m.sim.Image(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return image.Data().([]float64)
}

// TestEveryParameter: differences check all of them, and -help and the errors name them.
func TestEveryParameter(t *testing.T) {
	checked := []string{"close_x", "close_y"}
	for _, p := range movables {
		checked = append(checked, p.name)
	}
	var help bytes.Buffer
	if err := writeHelp(&help); err != nil {
		t.Fatal(err)
	}
	for _, p := range parameters {
		if !slices.Contains(checked, p.name) {
			t.Errorf("%s is not checked", p.name)
		}
		if !strings.Contains(help.String(), "\n  "+p.name+" ") {
			t.Errorf("-help lacks %s", p.name)
		}
	}
	_, err := parse([]string{"-deriv", "detector_rot"})
	_, listed, _ := strings.Cut(fmt.Sprint(err), "there are ")
	if names := strings.Split(listed, ", "); len(names) != len(parameters) || names[0] != "detector_rotx" {
		t.Errorf("%v", err)
	}
}

func TestDerivativeErrors(t *testing.T) {
	folder := t.TempDir()
	prefix := filepath.Join(folder, "d")
	files := "-derivfile " + prefix + " "
	for _, test := range []struct {
		args   string
		status int
		stderr string
	}{
		{"-deriv cel_a", 2, `-deriv cel_a: no parameter is called "cel_a"; there are cell_a, `},
		{"-deriv cell_a,", 2, `no parameter is called ""`},
		{"-deriv phi,cell_a,phi", 2, "-deriv phi,cell_a,phi: phi is given twice"},
		{"-deriv phi", 2, "-deriv without -derivfile"},
		{"-derivfile d", 2, "-derivfile without -deriv"},
		{"-derivfile -deriv phi", 2, "-derivfile needs a value: PREFIX, found the option -deriv"},
		{"-derivpng", 2, "-derivpng without -deriv"},
		{files + "-deriv phi -floatfile " + prefix + "_phi.bin", 2, "d_phi.bin is also that of -floatfile"},
		{files + "-deriv phi -derivpng -pngfile " + prefix + "_phi.png", 2, "d_phi.png is also that of -pngfile"},
		{"-derivfile " + filepath.Join(folder, "none", "d") + " -deriv phi", 1, "d_phi.bin cannot be written: its folder"},
		{files + "-deriv cell_a,mosaic", 1, "-deriv mosaic: no derivative: the image does not depend on it; that needs a -mosaic spread"},
		{files + "-deriv mosaic -mosaic 1 -mosaic_dom 1", 1, "-deriv mosaic: no derivative"},
		{files + "-deriv osc", 1, "-deriv osc: no derivative: the image does not depend on it; that needs an -osc of 2 -phisteps"},
		{files + "-deriv polar -nopolar", 1, "-deriv polar: no derivative: the image does not depend on it; that needs a run without -nopolar"},
		{files + "-deriv detector_abs", 1, "-deriv detector_abs: no derivative: the image does not depend on it; that needs a -detector_thick"},
		{files + "-deriv detector_thick", 1, "-deriv detector_thick: no derivative"},
		{files + "-deriv close_x", 1, "that needs a detector that pivots about the sample"},
		{files + "-deriv beam_x -xds", 1, "that needs a detector that -Xbeam places; see close_x"},
		{files + "-deriv beam_y -exact -pivot sample", 1, "that needs a detector that -Ybeam places; see close_y"},
		{files + "-deriv distance -exact -pix0_vector 0.1 0.036 -0.036", 1, "that needs a detector that no -pix0_vector places"},
		{files + "-deriv cell_b -tophat_spots", 1, "-deriv cell_b: no derivative: the image changes with it only in steps"},
		{files + "-deriv phi -N 1", 1, "-deriv phi: no derivative"},
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), strings.Fields(small+test.args), &out, &errs); status != test.status || !strings.Contains(errs.String(), test.stderr) {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
	}
	if left := names(t, folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestDetachedEarly: that there is no derivative is found before anything is computed, and is the simulator's own error.
func TestDetachedEarly(t *testing.T) {
	s, err := resolve(mustParse(t, small+"-derivfile x -deriv phi,mosaic"))
	if err != nil {
		t.Fatal(err)
	}
	swept := false
	m, err := build(s, simulator.OnProgress(func(int, int) { swept = true }))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.compute(context.Background(), newMeter(some(false), true, io.Discard)); !errors.Is(err, simulator.ErrDetached) || swept {
		t.Errorf("error %v, computed: %v", err, swept)
	}
}

// TestDerivativePictures: red where the intensity grows with the parameter, blue where it falls.
func TestDerivativePictures(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "d")
	stdout, _ := command(t, strings.Fields(small+"-oversample 4 -derivpng -pngplain -deriv misset_x,lambda -pngscale linear -derivfile "+prefix)...)
	for _, name := range []string{"misset_x", "lambda"} {
		values, err := raw.ReadFile(prefix+"_"+name+".bin", 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(prefix + "_" + name + ".png")
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(file)
		_ = file.Close() // nothing was written
		if err != nil || img.Bounds().Dx() != 16 || img.Bounds().Dy() != 16 {
			t.Fatalf("%s: %v", name, err)
		}
		largest := 0.0
		for _, v := range values {
			largest = max(largest, math.Abs(float64(v)))
		}
		var reds, blues int
		for i, v := range values {
			r, _, b, _ := img.At(i%16, i/16).RGBA()
			switch {
			case float64(v) > largest/4 && r > b:
				reds++
			case float64(v) < -largest/4 && r < b:
				blues++
			case math.Abs(float64(v)) > largest/4:
				t.Errorf("%s: pixel %d, %g of %g, is of red %d, blue %d", name, i, v, largest, r, b)
			}
		}
		if reds == 0 || blues == 0 {
			t.Errorf("%s: %d red pixels, %d blue ones", name, reds, blues)
		}
		if !strings.Contains(stdout, "writing "+prefix+"_"+name+".png as a 16-bit picture\n") {
			t.Error("the picture is not told")
		}
	}
}
