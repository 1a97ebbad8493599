package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/internal/cli"
)

// ordinary is an experiment about which there is nothing to say.
const ordinary = "-cell 40 50 60 90 90 90 -N 1 -default_F 100 -detpixels 16 -pixel 3.2 -distance 60 -oversample 12 -lambda 1 -noprogress -quiet "

// sourcesInAngstrom writes a list of sources whose wavelengths are in Å instead of m.
func sourcesInAngstrom(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sources.txt")
	if err := os.WriteFile(path, []byte("-10 0 0 1 0.979\n-10 0.01 0 1 0.98\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSlips: what was probably meant otherwise is said in one line, before the work; with -strict it is an error.
func TestSlips(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", ""},
		{"-energy 12.39842", "-energy 12.39842 eV is outside the usual 600 to 250000 eV; is it in keV?"},
		{"-energy 12.39842", "-energy 12.39842 eV: a wavelength of 1000 Å is longer than twice the largest spacing of the cell, 60 Å: no reflection is possible"},
		{"-energy 12398.42", ""},
		{"-lambda 9793", "-lambda 9793 Å is longer than twice the largest spacing of the cell, 60 Å: no reflection is possible"},
		{"-lambda 121", "-lambda 121 Å is longer than twice the largest spacing of the cell, 60 Å"},
		{"-lambda 0.9", ""},
		{"-lambda 1e-10", "-lambda 1e-10 Å is outside the usual 0.05 to 20 Å; is it in nm or m?"},
		{"-sourcefile SOURCES", "the wavelength of source 1, 0.979 m, is longer than twice the largest spacing of the cell, 60 Å: no reflection is possible; 1 Å is 1e-10 m; and 1 more sources"},
		{"-cell 40 50 60 1.5708 1.5708 1.5708", "-cell has angles of 1.5708, 1.5708 and 1.5708 °; are they in radians?"},
		{"-cell 40 50 60 90 90 1.5708", "-cell: gamma of 1.5708° is outside the usual 20 to 160 °; is it in radians?"},
		{"-cell 4e-9", "-cell: a of 4e-09 Å is outside the usual 2 to 3000 Å; is it in nm or m?"},
		{"-distance 0.06", "-distance 0.06 mm is outside the usual 5 to 20000 mm; is it in m?"},
		{"-pixel 172", "-pixel 172 mm is outside the usual 0.002 to 20 mm; is it in µm or m?"},
		{"-xtalsize 30", "-xtal_x 30 mm is outside the usual 1e-6 to 2 mm; is it in µm?"},
		{"-Xbeam 500", "the beam centre (500, 27.2) mm is not on the detector, whose longer side is 51.2 mm; is it in pixels?"},
		{"-detector_roty 5 -Xbeam 70", "the beam centre: the beam meets the detector's plane at pixel (9, 22.375), outside its 16 × 16 pixels"},
		{"-xds -ORGX 40 -detector_rotx 1", "the beam centre: the beam meets the detector's plane at pixel (39.5,"},
		{"-twotheta 30 -Xbeam 500", ""}, // an arm is there for that
		{"-pixel_x 3.2", "-pixel_x is taken for -pixel, as the reference program takes it"},
		{"-detector_thick 0.45", "-detector_thick 0.45 µm is outside the usual 5 to 10000 µm; is it in mm?"},
		{"-mosaic 90 -mosaic_dom 3", ""}, // a powder
		{"-hdiv 0 -vdiv 0", ""},
	} {
		args := append(strings.Fields(ordinary), strings.Fields(strings.ReplaceAll(test.args, "SOURCES", sourcesInAngstrom(t)))...)
		t.Run(test.args, func(t *testing.T) {
			for _, strict := range []bool{false, true} {
				var out, errs bytes.Buffer
				p := &program{stdout: &out, stderr: &errs}
				run := append(append([]string{}, args...), "-outputs", "none", "-program")
				if strict {
					run = append(run, "-strict")
				}
				status := p.run(context.Background(), run)
				said := strings.Contains(errs.String(), test.want)
				switch {
				case test.want == "" && (errs.Len() > 0 || status != 0):
					t.Errorf("strict %t: status %d: %s", strict, status, errs.String())
				case !said:
					t.Errorf("strict %t: %s", strict, errs.String())
				case test.want != "" && strict && (status != cli.StatusUsage || !strings.Contains(errs.String(), "-strict: the run ends because of the l") || out.Len() > 0):
					t.Errorf("strict: status %d: %s", status, errs.String())
				}
			}
		})
	}
}

// TestAutomaticSteps: a number of sub-pixels that nobody has asked for, with the time it takes; and one that is not possible.
func TestAutomaticSteps(t *testing.T) {
	many := strings.ReplaceAll(ordinary, "-oversample 12 ", "-roi 3 4 3 4 ")
	for _, test := range []struct {
		args, want string
		status     int
	}{
		{"-N 10 -distance 60", "", 0}, // 96 × 96
		{"-N 4 -distance 20", "13456 steps a pixel: 116 × 116 sub-pixels are automatic for a crystal of 240 Å, a wavelength of 1 Å, a distance of 20 mm and pixels of 3.2 mm; " +
			"-oversample n takes another number: this will take about ", 0},
		{"-N 4 -distance 20 -osc 1 -phi 1 -phisteps 3", "40368 steps a pixel: 116 × 116 sub-pixels", 0},
		{"-N 4 -distance 20 -strict", "116 × 116 sub-pixels are automatic", cli.StatusUsage},
		{"-N 4 -distance 20 -strict -oversample 116", "", 0},
		{"-N 75 -distance 20", "sub-pixels in 1 layers are more than 1048576 samples per pixel: they are automatic for a crystal of 4500 Å, a wavelength of 1 Å, a distance of 20 mm", cli.StatusFailed},
	} {
		var out, errs bytes.Buffer
		status := run(context.Background(), append(strings.Fields(many+test.args), "-outputs", "none"), &out, &errs)
		if status != test.status || !strings.Contains(errs.String(), test.want) || test.want == "" && errs.Len() > 0 {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
	}
}

// TestOverloads: an image that has lost its bright pixels, or all, says so; with -strict it is not written.
func TestOverloads(t *testing.T) {
	folder := t.TempDir()
	for i, test := range []struct {
		args   string
		want   string // of FILE
		status int
	}{
		{"-intfile FILE", "", 0},
		{"-intfile FILE -scale 1e9", "256 of 256 pixels of FILE are 65535 (overloads)", 0},
		{"-intfile FILE -adc 65535", "256 of 256 pixels of FILE are 65535 (overloads)", 0},
		{"-intfile FILE -scale 1e9 -strict", "256 of 256 pixels of FILE are 65535 (overloads) (-strict)", cli.StatusFailed},
		{"-noisefile FILE", "", 0},
		{"-noisefile FILE -fluence 1e36", "256 of 256 pixels of FILE are 65535 (overloads)", 0},
		{"-noisefile FILE -fluence 1e36 -strict", "256 of 256 pixels of FILE are 65535 (overloads) (-strict)", cli.StatusFailed},
		{"-floatfile FILE -roi 0 0 0 0 -dmin 20", "the image is black: no pixel that is simulated has a photon", 0},
		{"-floatfile FILE -roi 0 0 0 0 -dmin 20 -strict", "the image is black: no pixel that is simulated has a photon (-strict)", cli.StatusFailed},
	} {
		path := filepath.Join(folder, fmt.Sprint(i))
		var out, errs bytes.Buffer
		status := run(context.Background(), strings.Fields(ordinary+strings.ReplaceAll(test.args, "FILE", path)), &out, &errs)
		want := ""
		if test.want != "" {
			want = "nanobragg: " + strings.ReplaceAll(test.want, "FILE", path) + "\n"
		}
		if status != test.status || errs.String() != want {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
		if _, err := os.Stat(path); (err == nil) != (status == 0) {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

// TestRoughly writes times in their own units.
func TestRoughly(t *testing.T) {
	for seconds, want := range map[float64]string{0.42: "0.42 s", 100: "1e+02 s", 119: "1.2e+02 s", 150: "2.5 min", 7300: "2 h", 1e6: "12 days"} {
		if got := roughly(seconds); got != want {
			t.Errorf("%g s: %s, want %s", seconds, got, want)
		}
	}
}

// TestWeightless: sources whose weights are all 0 do not shine, which the reference program does not notice.
func TestWeightless(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sources.txt")
	if err := os.WriteFile(path, []byte("-10 0 0 0 1e-10\n-10 0.01 0 0 1e-10\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields(ordinary + "-outputs none -sourcefile " + path)
	command(t, args...)
	var out, errs bytes.Buffer
	if status := run(context.Background(), append(args, "-exact"), &out, &errs); status != cli.StatusFailed || !strings.Contains(errs.String(), "has weights that are all 0: no X-rays come from its sources") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
