package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/simulator"
)

// small is a quick experiment.
const small = "-cell 70 80 90 85 95 105 -default_F 100 -N 5 -misset 5 10 15 -detpixels 16 -pixel 4 -oversample 1 -noprogress "

// summaryAlone is small without files.
const summaryAlone = small + "-outputs none "

func TestStatus(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   string
		status int
		stderr string
	}{
		{"", 2, "-help lists all options"},
		{"-help", 0, ""},
		{small, 2, "no output is asked for: give -floatfile"},
		{small + "-nopgm -pgmfile f -nopgm", 2, "no output is asked for"},
		{summaryAlone, 0, ""},
		{summaryAlone + "-pngfile f", 2, "-pngfile and -outputs none exclude each other"},
		{small + "-floatfile - -pngfile /dev/stdout", 2, "-pngfile - is also that of -floatfile"},
		{"-lamda 1", 2, "unknown option -lamda; did you mean -lambda?"},
		{small + "-lambda 0", 2, "-lambda 0: must be above 0"},
		{small + "-roi 0 5 0 99", 2, "is outside the detector"},
		{small + "-floatfile " + folder, 1, "cannot be written: is a folder"},
		{small + "-floatfile " + filepath.Join(folder, "none", "f"), 1, "its folder: no such file or directory"},
		{small + "-floatfile " + filepath.Join(folder, "file", "f"), 1, "cannot be written"},
		{small + "-floatfile " + filepath.Join(folder, "f") + " -intfile " + filepath.Join(folder, ".", "f"), 2, "is also that of -floatfile"},
		{small + "-floatfile " + filepath.Join(folder, "file") + " -img " + filepath.Join(folder, "file"), 1, "smv"},
		{summaryAlone + "-detpixels 1000000", 1, "1000000 × 1000000 pixels are too many"},
		{summaryAlone + "-cell 10 10 10 90 90 200", 2, "-cell 10 10 10 90 90 200: angles must be below 180°"},
		{summaryAlone + "-polar 2", 2, "-polar 2: must be from -1 to 1"},
		{summaryAlone + "-beam_vector 0 0 1", 1, "polarization"},
		{summaryAlone + "-fdet_vector 1 0 0", 1, "detector: "},
		{summaryAlone + "-fluence 1e80", 1, "does not fit a float32"},
		{small + "-fluence 1e80 -deriv polar -derivfile " + filepath.Join(folder, "d"), 1, "-deriv polar: pixel "},
		{summaryAlone + "-detector_roty 90", 1, "edge-on to the beam"},
		{summaryAlone + "-N 10000000", 1, "nanobragg: cells.a 1e+07 is above 1e6"},
		{summaryAlone + "-oversample 100000", 1, "nanobragg: detector.oversample 100000 is above 1024"},
	} {
		var out, errs bytes.Buffer
		if status := run(context.Background(), strings.Fields(test.args), &out, &errs); status != test.status || !strings.Contains(errs.String(), test.stderr) {
			t.Errorf("%s: status %d: %s", test.args, status, errs.String())
		}
		if (test.args == "-help") != strings.Contains(out.String(), "-spindle_axis") {
			t.Errorf("%s: prints %s", test.args, out.String())
		}
	}
	if left := names(t, folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// TestReadInput: a file that is read is not overwritten.
func TestReadInput(t *testing.T) {
	mask := writeSMV(t, filepath.Join(t.TempDir(), "mask"), 16, 16, nil)
	var out, errs bytes.Buffer
	args := strings.Fields(small + "-mask " + mask + " -intfile " + mask)
	if status := run(context.Background(), args, &out, &errs); status != 2 || !strings.Contains(errs.String(), "is also a file that is read") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}

// TestReadOnlyFolder: what cannot be written is told before the run.
func TestReadOnlyFolder(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("folders are always writable here")
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(small+"-floatfile "+filepath.Join(folder, "f")), &out, &errs); status != 1 || !strings.Contains(errs.String(), "its folder") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}

// TestInterrupted: a run that is stopped writes nothing and says so.
func TestInterrupted(t *testing.T) {
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	args := strings.Fields(small + "-outputs reference -derivpng -deriv cell_a,lambda -derivfile " + filepath.Join(folder, "d") + " -pngfile " + filepath.Join(folder, "p"))
	for _, name := range []string{"-floatfile", "-intfile", "-pgmfile", "-noisefile", "-dump"} {
		args = append(args, name, filepath.Join(folder, name[1:]))
	}
	if status := run(ctx, args, &out, &errs); status != 1 || !strings.Contains(errs.String(), "interrupted: nothing was written") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	// In the middle of a run that would take minutes.
	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	errs.Reset()
	args = append(args, strings.Fields("-detpixels 4000 -pixel 0.1 -osc 1 -phisteps 500")...)
	if status := run(ctx, args, &out, &errs); status != 1 || !strings.Contains(errs.String(), "interrupted: nothing was written") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if left := names(t, folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestOutputs writes every kind of file and reads it again.
func TestOutputs(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	mask := writeSMV(t, "mask", 16, 16, map[string]string{"PIXEL_SIZE": "4"})
	args := strings.Fields(small + "-outputs reference -pngfile p.png -pngplain -mask " + mask + " -roi 0 9 2 -1 -adc 7 -fluence 1e27 -seed 5")
	stdout, _ := command(t, args...)

	float, err := raw.ReadFile("floatimage.bin", 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	integer, err := smv.ReadFile("intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	noisy, err := smv.ReadFile("noiseimage.img")
	if err != nil {
		t.Fatal(err)
	}
	grey, err := pgm.ReadFile("image.pgm")
	if err != nil {
		t.Fatal(err)
	}
	brightest := uint16(0)
	for i, x := range float {
		f, s := i%16, i/16
		inside := f <= 9 && s >= 2
		if (x != 0) != inside { // no pixel of this experiment is 0
			t.Errorf("pixel %d %d is %g", f, s, x)
		}
		// Outside the region there is no offset either.
		if (integer.Pixels[i] >= 7) != inside || (noisy.Pixels[i] >= 7) != inside || grey.Pixels[i] != 0 && !inside {
			t.Errorf("pixel %d %d: %d, %d, %d", f, s, integer.Pixels[i], noisy.Pixels[i], grey.Pixels[i])
		}
		brightest = max(brightest, integer.Pixels[i])
	}
	if brightest != 55007 { // 55000 and the offset
		t.Errorf("brightest integer %d", brightest)
	}
	file, err := os.Open("p.png")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if img, err := png.Decode(file); err != nil || img.Bounds().Dx() != 16 {
		t.Errorf("picture: %v", err)
	}
	if _, err := os.Stat("Fdump.bin"); err == nil {
		t.Error("a dump of no structure factors")
	}
	for _, text := range []string{"skipping zero-flagged pixels in mask", "roi: 0 <= x <= 9 && 2 <= y <= 15", "noise seed: 5", "intfile_scale = ", "pgm_scale = ",
		"photons on noise image (0 overloads)", "writing p.png", "1 steps for each of 140 pixels"} {
		if !strings.Contains(stdout, text) {
			t.Errorf("no %q in the summary", text)
		}
	}

	// The same seed gives the same noise, another one another.
	first := noisy.Pixels
	for seed, same := range map[string]bool{"5": true, "6": false} {
		command(t, append(args, "-seed", seed)...)
		again, err := smv.ReadFile("noiseimage.img")
		if err != nil {
			t.Fatal(err)
		}
		equal := true
		for i := range first {
			equal = equal && first[i] == again.Pixels[i]
		}
		if equal != same {
			t.Errorf("seed %s: equal noise: %v", seed, equal)
		}
	}
}

// TestDump: a run reads the dump that the one before wrote.
func TestDump(t *testing.T) {
	hkl, err := filepath.Abs(filepath.Join(golden, "data", "wilson_small.hkl"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	before, _ := command(t, strings.Fields(small+"-outputs reference -nonoise -nopgm -hkl "+hkl)...)
	counted := regexp.MustCompile(` [0-9]+ initialized hkls`).FindString(before)
	first, err := os.ReadFile("floatimage.bin")
	if err != nil {
		t.Fatal(err)
	}
	stdout, _ := command(t, strings.Fields(small+"-outputs reference -nonoise -nopgm")...)
	again, err := os.ReadFile("floatimage.bin")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stdout, counted) {
		t.Errorf("no %q: the dump has another number of reflections than the text, in %s", counted, stdout)
	}
	if !bytes.Equal(first, again) || !strings.Contains(stdout, "reading Fs from Fdump.bin") {
		t.Errorf("another image, or no dump read: %s", stdout)
	}
}

// TestSummary compares with lines that the reference program prints for the same arguments.
func TestSummary(t *testing.T) {
	stdout, _ := command(t, strings.Fields("-outputs none -cell 78 78 37 90 90 120 -default_F 100 -Na 8 -Nb 9 -Nc 10 -misset 12 -7 33 -distance 100 -detpixels 64 -pixel 1.6 "+
		"-lambda 1.1 -oversample 2 -detector_rotx 5 -twotheta 10 -phi 3 -osc 1 -phisteps 2 -mosaic 0.5 -mosaic_dom 3 -detector_thick 450 -detector_abs 500 -dispersion 1")...)
	for _, line := range strings.Split(referenceSummary, "\n") {
		if line != "" && !strings.Contains(stdout, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
	if t.Failed() {
		t.Log(stdout)
	}
}

// TestLongLists: no line for each of many sources or phi steps.
func TestLongLists(t *testing.T) {
	stdout, _ := command(t, strings.Fields(summaryAlone+"-osc 1 -phisteps 21 -divergence 1 -divsteps 6")...)
	if lines := strings.Count(stdout, "\n"); lines > 80 {
		t.Errorf("%d lines", lines)
	}
	if !strings.Contains(stdout, "created a total of 24 sources") || !strings.Contains(stdout, "21 phi steps from 0 to 1 degrees") {
		t.Errorf("no counts in %s", stdout)
	}
}

// TestPrintout compares with what the reference program prints for this pixel.
func TestPrintout(t *testing.T) {
	args := strings.Fields(printoutArgs + " -hkl " + filepath.Join(golden, "data", "wilson_p1.hkl"))
	one, _ := command(t, append(args, "-printout_pixel", "13", "20")...)
	all, _ := command(t, append(args, "-printout", "-roi", "12", "13", "19", "20")...)
	for _, line := range strings.Split(referencePrintout, "\n") {
		if line != "" && (!strings.Contains(one, line) || !strings.Contains(all, line)) {
			t.Errorf("no line %q", line)
		}
	}
	_, rest, _ := strings.Cut(one, "I/steps")
	var perStep float64
	// The sums agree to some 1e-9: the reference program takes some turns in float32.
	if _, err := fmt.Sscan(rest, &perStep); err != nil || math.Abs(perStep/referencePerStep-1) > 1e-8 {
		t.Errorf("I/steps %.10g, %v", perStep, err)
	}
	if strings.Count(one, "capfrac") != 1 || strings.Count(all, "capfrac") != 4 {
		t.Error("not as many pixels as asked for")
	}
	if t.Failed() {
		t.Log(one)
	}
}

// TestProgress: lines where asked for and there is no terminal, else silence.
func TestProgress(t *testing.T) {
	quiet := strings.ReplaceAll(small, "-noprogress", "")
	if m := newMeter(some(true), true, io.Discard); m.Update == nil {
		t.Error("-quiet wins over -progress")
	}
	if m := newMeter(some(false), false, io.Discard); m.Update != nil || reporting(m) != nil {
		t.Error("-noprogress shows progress")
	}
	if _, stderr := command(t, strings.Fields(quiet+"-floatfile "+filepath.Join(t.TempDir(), "f"))...); strings.Contains(stderr, "%") {
		t.Errorf("progress: %s", stderr)
	}
	if _, stderr := command(t, strings.Fields(quiet+"-outputs none -progress -detpixels 64")...); !strings.Contains(stderr, "100% done\n") {
		t.Errorf("no progress: %s", stderr)
	}
}

// TestExact: the exact physics differs where the reference program deviates, and agrees where it does not.
func TestExact(t *testing.T) {
	folder := t.TempDir()
	image := func(args string) []byte {
		t.Helper()
		path := filepath.Join(folder, "f")
		command(t, strings.Fields(args+" -floatfile "+path)...)
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return image
	}
	if bytes.Equal(image(small), image(small+"-exact")) {
		t.Error("a triclinic cell, and the reference's is not bent")
	}
	// A detector placed by its first pixel's corner: where the defaults put it, 32 mm + half a pixel twice from the beam.
	corner := "-exact -pix0_vector 0.1 0.036 -0.036 "
	a, err := raw.Read(bytes.NewReader(image(small+"-exact")), "a", 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	b, err := raw.Read(bytes.NewReader(image(small+corner)), "b", 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if d := a[i] - b[i]; d > 1e-4*a[i] || d < -1e-4*a[i] {
			t.Fatalf("pixel %d: %g and %g", i, a[i], b[i])
		}
	}
}

// TestClosedOutput: a summary that cannot be printed fails the run.
func TestClosedOutput(t *testing.T) {
	var errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(summaryAlone), failing{}, &errs); status != 1 {
		t.Errorf("status %d: %s", status, errs.String())
	}
	if status := run(context.Background(), []string{"-help"}, failing{}, &errs); status != 1 {
		t.Errorf("help: status %d", status)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestProgram: the listing of the program, or that there is none, and no image.
func TestProgram(t *testing.T) {
	folder := t.TempDir()
	args := strings.Fields(small + "-program -floatfile " + filepath.Join(folder, "f"))
	t.Setenv(simulator.Guard, "")
	stdout, stderr := command(t, args...)
	if !strings.Contains(stdout, "computed by a compiled program in ") || !strings.Contains(stdout, "sinratio") || !strings.Contains(stderr, "no image is made") {
		t.Errorf("prints %s%s", stdout, stderr)
	}
	t.Setenv(simulator.Guard, "1")
	stdout, _ = command(t, args...)
	if !strings.Contains(stdout, "computed on the uncompiled tape in ") || strings.Contains(stdout, "sinratio") {
		t.Errorf("uncompiled, prints %s", stdout)
	}
	if left := names(t, folder); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestKernels: the same bits from all that this machine can run, and an error for the others.
func TestKernels(t *testing.T) {
	t.Setenv(simulator.Guard, "")
	path := filepath.Join(t.TempDir(), "f")
	args := strings.Fields(byBeam + "-floatfile " + path + " -kernels")
	var first []byte
	for name, kernels := range map[string]kernel.Backend{"auto": kernel.Auto, "avx512": kernel.AVX512, "avx2": kernel.AVX2, "neon": kernel.NEON, "go": kernel.PureGo} {
		var out, errs bytes.Buffer
		status := run(context.Background(), append(args, name), &out, &errs)
		if !kernels.Available() {
			if status != cli.StatusFailed || !strings.Contains(errs.String(), "this machine cannot run "+name+" kernels") {
				t.Errorf("%s: status %d: %s", name, status, errs.String())
			}
			continue
		}
		image, err := os.ReadFile(path)
		if status != 0 || err != nil {
			t.Fatalf("%s: status %d: %s %v", name, status, errs.String(), err)
		}
		if first == nil {
			first = image
		}
		if !bytes.Equal(first, image) {
			t.Errorf("%s: another image", name)
		}
	}
	t.Setenv(simulator.Guard, "1")
	if stdout, _ := command(t, append(args, "go", "-program")...); !strings.Contains(stdout, "computed by a compiled program in ") {
		t.Errorf("the environment takes precedence over the option: %s", stdout)
	}
}

// TestKernelsMissing runs TestKernels again as on processors without AVX-512, and without AVX2 too, so that it fails on
// every machine where it fails on some.
func TestKernelsMissing(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("golang.org/x/sys/cpu can switch these off on amd64 only; other processors never have them")
	}
	if os.Getenv(withoutKernels) != "" {
		t.Skip("this is that run")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []string{"cpu.avx512f=off", "cpu.avx512f=off,cpu.avx2=off"} {
		again := exec.Command(program, "-test.run=^TestKernels$", "-test.v")
		again.Env = append(os.Environ(), withoutKernels+"=1", "GODEBUG="+off)
		if output, err := again.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: TestKernels") {
			t.Errorf("GODEBUG=%s: %v\n%s", off, err, output)
		}
	}
}

// withoutKernels is set in the environment of the runs that TestKernelsMissing starts.
const withoutKernels = "NANOBRAGG_TEST_WITHOUT_KERNELS"

// TestGuard: what the environment says wrongly reaches the user.
func TestGuard(t *testing.T) {
	t.Setenv(simulator.Guard, "yes")
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(summaryAlone), &out, &errs); status != cli.StatusFailed || !strings.Contains(errs.String(), simulator.Guard+` is "yes"; want "1"`) {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
