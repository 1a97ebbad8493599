package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// everyOutput are the outputs of an image in a folder; the number in their names is a run of # or printf's, or none.
func everyOutput(folder, number string) string {
	in := func(name string) string { return filepath.Join(folder, strings.ReplaceAll(name, "N", number)) }
	return fmt.Sprintf(" -floatfile %s -intfile %s -pgmfile %s -noisefile %s -cbffile %s -pngfile %s -derivfile %s -deriv phi,cell_a -derivpng -pngplain ",
		in("floatN.bin"), in("N_int.img"), in("p-N.pgm"), in("noise_N.img"), in("countsN.cbf"), in("picture_N.png"), in("d_N"))
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
	if same != 10 {
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
		{"-exact -phi_points start -phisteps 4 -mosaic_domains reference -mosaic 0.2 -mosaic_dom 3", 10, -0.3, 1, "###", ""},
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
		if n := len(names(t, sweep)); n != 30 {
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

func equalScan(a, b *experiment.Scan) bool { return a != nil && reflect.DeepEqual(a, b) }

// contents are those of all files in a folder.
func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, name := range names(t, folder) {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		list[name] = string(text)
	}
	return list
}

// TestResume: what is missing is made, and is the same as before; what is there is not written again.
func TestResume(t *testing.T) {
	folder := t.TempDir()
	args := small + "-exact -phi 2 -osc 0.3 -images 4 -mosaic 0.5 -mosaic_dom 3 " + everyOutput(folder, "##")
	command(t, strings.Fields(args)...)
	want := contents(t, folder)
	if len(want) != 40 {
		t.Fatalf("%d files", len(want))
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	for name := range want {
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		missing string // files
		there   int
		made    string // digits of the images that are made
	}{
		{"", 4, ""},
		{"float02.bin", 3, "2"},
		{"noise_01.img p-04.pgm", 2, "14"},
		{"picture_01.png d_02_phi.bin d_03_cell_a.png 04_int.img", 0, "1234"},
	} {
		for _, name := range strings.Fields(test.missing) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		stdout, stderr := command(t, strings.Fields(strings.ReplaceAll(args, "-noprogress", "-progress")+" -resume")...)
		if !strings.Contains(stdout, fmt.Sprintf("\n%d of 4 images are there\n", test.there)) {
			t.Errorf("without %s: prints %s", test.missing, stdout)
		}
		if !strings.Contains(stderr, "100% done") {
			t.Errorf("without %s: progress %s", test.missing, stderr)
		}
		for number := 1; number <= 4; number++ {
			if made := strings.Contains(stdout, fmt.Sprintf("image %d of 4", number)); made != strings.Contains(test.made, strconv.Itoa(number)) {
				t.Errorf("without %s: image %d is made: %v", test.missing, number, made)
			}
		}
		for name, text := range contents(t, folder) {
			path := filepath.Join(folder, name)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if text != want[name] {
				t.Errorf("without %s: %s is another", test.missing, name)
			}
			number := strings.Trim(strings.TrimSuffix(strings.TrimSuffix(name, "cell_a.png"), "cell_a.bin"), "abcdefghijklmnopqrstuvwxyz_.-0")[:1]
			if again := !info.ModTime().Equal(old); again != strings.Contains(test.made, number) {
				t.Errorf("without %s: %s is written again: %v", test.missing, name, again)
			}
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestResumeErrors: files of another command line are neither kept nor overwritten.
func TestResumeErrors(t *testing.T) {
	folder := t.TempDir()
	args := small + "-exact -phi 2 -osc 0.3 -images 3 " + everyOutput(folder, "##")
	command(t, strings.Fields(args)...)
	want := contents(t, folder)
	for _, test := range []struct {
		options string // further ones
		remove  string // files, before
		spoil   string // a file that gets another text
		want    string
	}{
		{"-phi 3", "", "", `01_int.img was not written for image 1 by this command line: PHI is "2", not "3"`},
		{"-osc 0.4", "", "", `OSC_RANGE is "0.3", not "0.4"`},
		{"-distance 101", "", "", `DISTANCE is "100", not "101"`},
		{"-distance 101", "noise_01.img 01_int.img 02_int.img counts01.cbf", "", `noise_02.img was not written for image 2`},
		{"-detpixels 15", "", "", "float01.bin was not written for image 1 by this command line: it has 1024 bytes, not 900"},
		{"-detpixels 15", "float01.bin float02.bin float03.bin 01_int.img noise_01.img", "", "p-01.pgm was not written for image 1 by this command line: it has 16 × 16 pixels, not 15 × 15"},
		{"", "", "float02.bin", "float02.bin was not written for image 2 by this command line: it has 5 bytes, not 1024"},
		{"", "", "02_int.img", "02_int.img was not written for image 2"},
		{"", "", "p-02.pgm", "p-02.pgm was not written for image 2"},
		{"", "", "picture_02.png", "picture_02.png was not written for image 2"},
		{"", "", "d_02_phi.png", "d_02_phi.png was not written for image 2"},
		{"", "", "d_02_phi.bin", "d_02_phi.bin was not written for image 2"},
		// What no header tells shows in the last image that is whole.
		{"-seed 2", "", "", "noise_03.img is another than this command line makes"},
		{"", "", "counts02.cbf", "counts02.cbf was not written for image 2"},
		{"-lambda 1.01", "01_int.img noise_01.img", "", "counts01.cbf was not written for image 1 by this command line: its wavelength is 1, not 1.01"},
		{"-seed 2", "noise_03.img", "", "noise_02.img is another than this command line makes"},
		{"-misset 5 10 16", "", "", "float03.bin is another than this command line makes"},
		{"-N 6", "float01.bin", "", "float03.bin is another than this command line makes"},
		{"-pnginvert", "float01.bin", "", "picture_03.png is another than this command line makes"},
		{"-deriv phi,cell_b", "float01.bin", "", ""}, // all images lack the file
	} {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range strings.Fields(test.remove) {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		if test.spoil != "" {
			if err := os.WriteFile(filepath.Join(folder, test.spoil), []byte("other"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		before := contents(t, folder)
		var out, errs bytes.Buffer
		status := run(context.Background(), strings.Fields(args+" "+test.options+" -resume"), &out, &errs)
		if test.want == "" {
			if status != 0 {
				t.Errorf("%+v: status %d: %s", test, status, errs.String())
			}
			continue
		}
		if status != 1 || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%+v: status %d: %s", test, status, errs.String())
		}
		if after := contents(t, folder); !maps.Equal(before, after) {
			t.Errorf("%+v: files were changed", test)
		}
	}
	_, stderr := command(t, strings.Fields(summaryAlone+"-resume")...)
	if !strings.Contains(stderr, "-resume has no effect without -images") {
		t.Errorf("says %s", stderr)
	}
}
