package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// everyOutput are the outputs of an image in a folder; the number in their names is a run of # or printf's, or none.
func everyOutput(folder, number string) string {
	in := func(name string) string { return filepath.Join(folder, strings.ReplaceAll(name, "N", number)) }
	return fmt.Sprintf(" -floatfile %s -intfile %s -pgmfile %s -noisefile %s -pngfile %s -derivfile %s -deriv phi,cell_a -derivpng ",
		in("floatN.bin"), in("N_int.img"), in("p-N.pgm"), in("noise_N.img"), in("picture_N.png"), in("d_N"))
}

// sameFiles compares all files of an image of a sweep with those of a run of its own, byte for byte.
func sameFiles(t *testing.T, args, sweep, alone, number string) {
	t.Helper()
	same := 0
	for _, name := range names(t, alone) {
		want, err := os.ReadFile(filepath.Join(alone, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(sweep, strings.ReplaceAll(name, "X", number)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: image %s: %s is another file, %v", args, number, name, err)
		}
		same++
	}
	if same != 9 {
		t.Errorf("%s: %d files", args, same)
	}
}

// TestSweep: every file of image i is what a run with that image's phi and seed alone writes, to the bit.
func TestSweep(t *testing.T) {
	hkl, err := filepath.Abs(filepath.Join(golden, "data", "wilson_small.hkl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args     string
		phi, osc float64
		seed     int
		number   string // place for it
		guard    string
	}{
		{"", 3, 0.1, 1, "####", ""},
		{"-phisteps 3", -0.2, 0.1, 7, "%05d", ""}, // over 0
		{"-exact -mosaic 0.5 -mosaic_dom 3 -water 20 -phistep 0.25 -fluence 1e27", 0.1, 0.7, 12, "%d", ""},
		{"-exact -phisteps 4", 10, -0.3, 1, "###", ""},
		{"-exact -interpolate -roi 2 9 3 14 -hkl " + hkl, 1, 0.3, -3, "##", ""},
		{"-hkl " + hkl + " -detector_thick 300 -threads 2", 1, 0.3, 4, "##", ""},
		{"-phisteps 3 -water 5", 1, 0.3, 4, "##", "1"},
	} {
		t.Setenv(simulator.Guard, test.guard)
		args := small + test.args
		sweep := t.TempDir()
		// Each width is written with one digit, so that it is the same number below.
		stdout, _ := command(t, strings.Fields(fmt.Sprintf("%s -phi %g -osc %g -seed %d -images 3 %s", args, test.phi, test.osc, test.seed, everyOutput(sweep, test.number)))...)
		if strings.Count(stdout, "solid angle") != 1 || !strings.Contains(stdout, "image 2 of 3: phi ") || !strings.Contains(stdout, fmt.Sprintf("noise seed %d\n", test.seed+2)) {
			t.Errorf("%s prints %s", args, stdout)
		}
		if n := len(names(t, sweep)); n != 27 {
			t.Errorf("%s: %d files", args, n)
		}
		for i := 1; i <= 3; i++ {
			alone := t.TempDir()
			phi := strconv.FormatFloat(test.phi+float64(i-1)*test.osc, 'g', -1, 64)
			command(t, strings.Fields(fmt.Sprintf("%s -phi %s -osc %g -seed %d %s", args, phi, test.osc, test.seed+i-1, everyOutput(alone, "X")))...)
			number := fmt.Sprintf(map[string]string{"####": "%04d", "###": "%03d", "##": "%02d"}[test.number], i)
			if strings.HasPrefix(test.number, "%") {
				number = fmt.Sprintf(test.number, i)
			}
			sameFiles(t, args, sweep, alone, number)
		}
	}
}

// TestSweepStills: without a rotation, images differ in their noise only.
func TestSweepStills(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	_, stderr := command(t, strings.Fields(small+"-fluence 1e28 -images 2 -floatfile "+in("f#")+" -noisefile "+in("n#"))...)
	if !strings.Contains(stderr, "-images 2 without -osc: all images have the same orientation") {
		t.Errorf("says %s", stderr)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(in(name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if !bytes.Equal(read("f1"), read("f2")) || bytes.Equal(read("n1"), read("n2")) {
		t.Error("the photons expected differ, or those counted do not")
	}
	command(t, strings.Fields(small+"-images 1 -strict -oversample 60 -outputs none")...)
}

func TestSweepErrors(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	sweep := small + "-osc 1 "
	for _, test := range []struct {
		args, want string
		status     int
	}{
		{sweep + "-images 3 -floatfile " + in("f"), "-floatfile " + in("f") + " has no place for the number: a run of #, or %05d (-images 3)", 2},
		{sweep + "-images 3 -floatfile " + in("f#") + " -pngfile " + in("p.png"), "-pngfile " + in("p.png") + " has no place", 2},
		{sweep + "-images 3 -derivfile " + in("d") + " -deriv phi", "-derivfile " + in("d_phi.bin") + " has no place", 2},
		{sweep + "-images 3 -outputs reference", "-floatfile floatimage.bin has no place", 2},
		{sweep + "-images 3 -floatfile " + in("#_#"), "has 2 places for the number", 2},
		{sweep + "-images 10 -floatfile " + in("f#"), "has places for 1 digits; number 10 needs 2 (-images 10)", 2},
		{sweep + "-images 3 -floatfile -", "-floatfile -: 3 images cannot go to standard output", 2},
		{sweep + "-images 3 -noisefile /dev/stdout", "-noisefile -: 3 images cannot go to standard output", 2},
		{sweep + "-images 3 -floatfile " + in("f#") + " -intfile " + in("f%d"), "is also that of -floatfile", 2},
		{sweep + "-images 3 -floatfile " + in("#/f"), "cannot be written: its folder", 1},
		{sweep + "-images 0 -floatfile " + in("f#"), "-images 0: must be from 1 to 1000000", 2},
		{sweep + "-images 2000000 -floatfile " + in("f#"), "must be from 1 to 1000000", 2},
		{sweep + "-images 1.5 -floatfile " + in("f#"), "is not a whole number", 2},
		{small + "-strict -images 2 -floatfile " + in("f#"), "without -osc", 2},
		{sweep + "-images 2 -fluence 1e80 -floatfile " + in("f#"), "nanobragg: image 1: pixel ", 1},
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), strings.Fields(test.args), &out, &errs); status != test.status || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
	}
	if left := names(t, folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	// One image may have any name, and goes anywhere.
	stdout, _ := command(t, strings.Fields(sweep+"-images 1 -floatfile - -quiet")...)
	if len(stdout) != 4*16*16 {
		t.Errorf("%d bytes", len(stdout))
	}
	command(t, strings.Fields(sweep+"-floatfile "+in("f#"))...)
	command(t, strings.Fields(sweep+"-images 1 -floatfile "+in("g#")+" -intfile "+in("h"))...)
	if got := strings.Join(names(t, folder), " "); got != "f# g1 h" {
		t.Errorf("files %s", got)
	}
}

// TestSweepProgress: one progress over all images and their derivatives, which never falls.
func TestSweepProgress(t *testing.T) {
	folder := t.TempDir()
	_, stderr := command(t, strings.Fields(strings.ReplaceAll(small, "-noprogress", "-progress")+
		"-osc 1 -images 3 -deriv phi -derivfile "+filepath.Join(folder, "d#"))...)
	last := 0
	for _, line := range strings.Split(stderr, "\n") {
		var percent int
		if _, err := fmt.Sscanf(line, "%d%% done", &percent); err != nil {
			continue
		}
		if percent <= last || percent > 100 {
			t.Errorf("%d%% after %d%%", percent, last)
		}
		last = percent
	}
	if last != 100 || strings.Count(stderr, "% done") < 4 {
		t.Errorf("progress %s", stderr)
	}
}

// TestSweepExperiment: the experiment of a sweep has its scan, and the library makes the same images of it.
func TestSweepExperiment(t *testing.T) {
	for _, args := range []string{"-phi 3 -osc 0.1", "-exact -phi 3 -osc -0.1 -phisteps 3 -mosaic 0.3 -mosaic_dom 3"} {
		folder := t.TempDir()
		in := func(name string) string { return filepath.Join(folder, name) }
		c := written(t, small+args+" -images 3 -floatfile "+in("f_##.bin")+" -intfile "+in("i_##.img"))
		if c.Scan == nil || c.Scan.Images != 3 || c.Crystals[0].Osc != 0 || c.Crystals[0].Phi != 0 || len(c.Images) != 1 {
			t.Fatalf("%s: %+v", args, c)
		}
		e, err := c.Build(G.NewGraph())
		if err != nil {
			t.Fatal(err)
		}
		for number := c.Scan.FirstImage(); number <= c.Scan.LastImage(); number++ {
			if err := e.SelectImage(number); err != nil {
				t.Fatal(err)
			}
			data, err := e.ReadImages()
			if err != nil || len(data.Notices) > 0 {
				t.Fatal(err, data.Notices)
			}
			image, err := e.Image(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range data.Photons[0].Float64s() {
				if float32(image.Float64s()[i]) != float32(v) {
					t.Fatalf("%s: image %d: pixel %d has %g photons, the file %g", args, number, i, image.Float64s()[i], v)
				}
			}
		}
	}
	// Images of an automatic scale of their own have no common gain.
	folder := t.TempDir()
	for args, want := range map[string]int{"": 0, " -scale 3": 1} {
		c := written(t, small+"-osc 1 -images 2 -intfile "+filepath.Join(folder, "#")+args)
		if len(c.Images) != want {
			t.Errorf("%s: images %v", args, c.Images)
		}
	}
	c := written(t, small+"-osc 1 -images 2000 -phisteps 1000 -detpixels 2000 -pixel 0.05") // alone: nothing is simulated
	if !equalScan(c.Scan, &experiment.Scan{Images: 2000, Width: 1}) {
		t.Errorf("scan %+v", c.Scan)
	}
}

func equalScan(a, b *experiment.Scan) bool { return a != nil && *a == *b }
