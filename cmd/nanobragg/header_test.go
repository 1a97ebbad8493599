package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/geom"
)

const headerCase = "-cell 40 50 60 90 90 90 -N 2 -roi 0 1 0 1 -default_F 100 -lambda 0.9793 -oversample 1 -noprogress "

// placed builds the setup of a command line.
func placed(t *testing.T, args string) *model {
	t.Helper()
	s, err := resolve(mustParse(t, args))
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	m, err := build(s)
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	return m
}

// TestHeaderForReaders: other programs see the beam where it is. The rule is that of dxtbx (FormatSMVADSC) and MOSFLM for
// ADSC detectors: X along the slow axis, Y along the fast axis, from the corner of the first pixel.
func TestHeaderForReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_001.img")
	for _, test := range []struct {
		args       string
		fast, slow float64 // of the direct beam, in pixels from the corner, by the convention's definition in physics.md
		distance   float64
		says       string // in the one notice; "" if there is none
	}{
		{"-Xbeam 4 -Ybeam 13", 65.5, 20.5, 80, ""},
		{"-denzo -Xbeam 4 -Ybeam 13", 65, 20, 80, ""},
		{"-xds -ORGX 65.5 -ORGY 20.5", 65, 20, 80, ""},
		{"-dials -ORGX 65.5 -ORGY 20.5", 65, 20, 80, ""}, // no rotation: the spindle does not matter
		{"-dials -ORGX 65.5 -ORGY 20.5 -osc 1", 65, 20, 80,
			"the spindle is not along the fast axis, which the header of an SMV image cannot say: DIALS needs dials.import panel.fast_axis=0,1,0 panel.slow_axis=1,0,0 panel.origin=-4,-13,-80\n"},
		{"-adxv -Xbeam 13 -Ybeam 4", 65, 44, 80,
			"the image is the mirror image of one that a detector records, which the header of an SMV image cannot say: DIALS needs dials.import panel.slow_axis=0,1,0 panel.origin=-13,-8.8,-80\n"},
		{"-Xbeam 4 -Ybeam 13 -twotheta 30", 65.5, 20.5, 80,
			"the detector is not perpendicular to the beam, which the header of an SMV image cannot say: DIALS needs dials.import panel.slow_axis=0,-0.8660254,0.5 panel.origin=-13.1,3.5507042,-82.05\n"},
		{"-fdet_vector 0 0 1 -sdet_vector 0 -1 0 -Xbeam 13 -Ybeam 4", 65, 20, 80, ""},
		{"-fdet_vector 0 1 0 -sdet_vector 0 0 1 -odet_vector 1 0 0 -Xbeam 13 -Ybeam 4 -osc 1", 65, 20, 80, "panel.fast_axis=0,1,0 panel.slow_axis=1,0,0"},
		{"-Xbeam 13 -Ybeam 4 -spindle_axis 0 0 -1 -osc 1", 65, 20, 80, "panel.fast_axis=-1,0,0 panel.slow_axis=0,1,0 panel.origin=13,-4,-80\n"},
	} {
		for _, physics := range []string{"", "-exact "} {
			args := physics + headerCase + "-detpixels_f 96 -detpixels_s 64 -pixel 0.2 -distance 80 -adc 10 -phi 12.5 " + test.args
			_, said := command(t, strings.Fields(args+" -intfile "+path+" -scale 3")...)
			if (said != "") != (test.says != "") || !strings.Contains(said, test.says) {
				t.Errorf("%s: said %q, want %q", args, said, test.says)
			}
			img, err := smv.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range map[string]float64{
				"BEAM_CENTER_Y": 0.2 * test.fast, "BEAM_CENTER_X": 0.2 * test.slow, "DISTANCE": test.distance,
				"ADC_OFFSET": 10, "IMAGE_PEDESTAL": 10, "GAIN": 3, "PHI": 12.5, "OSC_START": 12.5, "PIXEL_SIZE": 0.2,
			} {
				if got, err := img.Header.Float(key); err != nil || math.Abs(got-want) > 1e-6 {
					t.Errorf("%s: %s is %.8g, %v, want %.8g", args, key, got, err, want)
				}
			}
			// A reader for BEAMLINE=fake would take BEAM_CENTER for something else.
			if got, _ := img.Header.Get("BEAMLINE"); got == "fake" {
				t.Errorf("%s: BEAMLINE is %s", args, got)
			}
		}
	}
}

// TestBackwardsSweep: DIALS refuses images whose angles fall, unless it is told of an axis the other way.
func TestBackwardsSweep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_%04d.img")
	args := "-exact " + headerCase + "-detpixels 32 -phi 10 -osc -0.5 -noisefile " + path
	want := "the images of the sweep go backwards, which the header of an SMV image cannot say: DIALS needs dials.import template=" +
		strings.ReplaceAll(path, "%04d", "####") + " scan.oscillation=-10,0.5 goniometer.axes=-1,0,0\n"
	if _, said := command(t, strings.Fields(args+" -images 3")...); !strings.Contains(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
	if _, said := command(t, strings.Fields(args+" -images 1")...); strings.Contains(said, "DIALS") {
		t.Errorf("of a single image, said %q", said)
	}
}

// TestHeaderReadBack: the detector of an image that is read is the one with which it was written, whichever program it was
// written for; headers of the reference program have six digits.
func TestHeaderReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x_001.img")
	const size = "-detpixels_f 128 -detpixels_s 96 -pixel 0.1 -lambda 0.9793 "
	for _, test := range []struct{ conv, place string }{
		{"", "-Xbeam 2.0512345 -Ybeam 6.55 -distance 60.123456"},
		{"-denzo", "-Xbeam 2.0512345 -Ybeam 6.55 -distance 60.123456"},
		{"-adxv", "-Xbeam 6.5 -Ybeam 7.75123456 -distance 60.123456"},
		{"-xds", "-ORGX 65.54321 -ORGY 20.5 -distance 60.123456"},
		{"-dials", "-ORGX 65.54321 -ORGY 20.5 -distance 60.123456"},
		{"-fdet_vector 0 0 1", "-Xbeam 6.5 -Ybeam 2.1234567 -distance 60.123456"},
		{"-fdet_vector 0 0 1 -Xclose 6.5", "-Yclose 2.1234567 -distance 60.123456"},
	} {
		for _, swing := range []string{"", "-twotheta -17.12345"} {
			for _, run := range []struct {
				write, read string
				within      float64 // pixels
			}{
				{"", "", 1e-4}, {"-exact", "-exact", 1e-4}, {"", "-exact", 1e-4}, {"-exact", "", 1e-4},
				{"-outputs reference -nopgm -nonoise -floatfile /dev/null", "-exact", 0.011},
				{"-exact -outputs reference -nopgm -nonoise -floatfile /dev/null", "-exact", 0.011},
			} {
				written := headerCase + size + strings.Join([]string{run.write, test.conv, test.place, swing}, " ")
				command(t, strings.Fields(written+" -intfile "+path)...)
				a := placed(t, strings.ReplaceAll(written, "/dev/null", path+".f")).place
				for _, over := range slices.Compact([]string{"", swing}) { // the header's two-theta, or the same by an option
					read := headerCase + strings.Join([]string{run.read, test.conv, over, "-outputs none -img", path}, " ")
					b := placed(t, read).place
					worst := 0.0
					for _, corner := range [][2]float64{{0, 0}, {128, 0}, {0, 96}, {128, 96}} {
						var d [3]float64
						for i := range d {
							at := func(c, f, s [3]float64) float64 { return c[i]/0.1 + corner[0]*f[i] + corner[1]*s[i] }
							d[i] = at(a.Corner, a.Fast, a.Slow) - at(b.Corner, b.Fast, b.Slow)
						}
						worst = max(worst, geom.Norm(d))
					}
					if !(worst <= run.within) {
						t.Errorf("%s read with %q %s: the detector is %.2g pixels off", written, run.read, over, worst)
					}
				}
			}
		}
	}
}

// TestReferenceHeader: with -outputs reference the header is that of the reference program.
func TestReferenceHeader(t *testing.T) {
	want, err := os.ReadFile("../../format/smv/testdata/intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "intimage.img")
	line := "-default_F 7 -cell 50 60 70 90 90 90 -N 3 -lambda 0.97681234 -distance 231.2749 -pixel 0.172 -detpixels_x 20 -detpixels_y 16 -Xbeam 1.234567 -Ybeam 2.5 -osc 0.5 -phi 12.25 -phisteps 1 -scale 1 "
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(line+"-noprogress -outputs reference -nopgm -nonoise -floatfile "+path+".f -intfile "+path), &out, &errs); status != 0 {
		t.Fatal(errs.String())
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("wrote\n%s\nwant\n%s", got[:512], want[:512])
	}
}
