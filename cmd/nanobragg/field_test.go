package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// field has files as people have them, by kind.
const field = "../../testdata/field/"

// The lines with which they are simulated.
const (
	fieldView    = " -detpixels 64 -pixel 0.8 -distance 60 -noprogress "
	fieldHKL     = "-cell 40 50 60 90 90 90 -N 4 -lambda 1" + fieldView + "-hkl " + field
	fieldMatrix  = "-N 4 -default_F 100 -lambda 0.9793" + fieldView + "-mat " + field
	fieldSources = "-cell 40 50 60 90 90 90 -N 4 -default_F 100 -lambda 0.98" + fieldView + "-sourcefile " + field
	fieldImage   = "-cell 40 50 60 -N 4 -default_F 100 -noprogress -img "
)

// simulated returns the image of a command line, and what it reports to the user.
func simulated(t *testing.T, args string, fast, slow int) (image []float32, notices string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.bin")
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(args+" -floatfile "+path), &out, &errs); status != 0 {
		t.Fatalf("%s: status %d: %s", args, status, errs.String())
	}
	image, err := raw.ReadFile(path, fast, slow)
	if err != nil {
		t.Fatal(err)
	}
	return image, errs.String()
}

// refusal returns the error of a command line.
func refusal(t *testing.T, args string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(context.Background(), strings.Fields(args+" -outputs none"), &out, &errs); status == 0 {
		t.Errorf("%s: no error; reported %s", args, errs.String())
	}
	return errs.String()
}

// total returns the photons of an image.
func total(image []float32) (sum float64) {
	for _, v := range image {
		sum += float64(v)
	}
	return sum
}

// alike reports whether two images are the same but for 1e-5 of the brightest pixel.
func alike(a, b []float32) bool {
	brightest := 0.0
	for _, v := range b {
		brightest = max(brightest, float64(v))
	}
	for i := range b {
		if math.Abs(float64(a[i])-float64(b[i])) > 1e-5*brightest {
			return false
		}
	}
	return len(a) == len(b)
}

// said holds words of a notice by the file that has to bring them about, "" where nothing is to be said.
type said map[string]string

func (s said) check(t *testing.T, file, notices string) {
	t.Helper()
	if want := s[file]; !strings.Contains(notices, want) || want == "" && notices != "" {
		t.Errorf("%s: reports %q, want %q", file, notices, want)
	}
}

func TestFieldStructureFactors(t *testing.T) {
	plain, _ := simulated(t, fieldHKL+"hkl-dialects/plain.hkl", 64, 64)
	notices := said{
		"sigma.hkl": "hkl-dialects/sigma.hkl has 5 numbers a line: the first four are taken for h, k, l and F, the others are left out",
	}
	for _, file := range []string{"plain.hkl", "bang_comments.hkl", "bom.hkl", "commas.hkl", "ctrl_z.hkl", "d_exponent.hkl", "header_line.hkl",
		"inline_comment.hkl", "sigma.hkl", "wrapped.hkl"} {
		image, got := simulated(t, fieldHKL+"hkl-dialects/"+file, 64, 64)
		if !alike(image, plain) {
			t.Errorf("%s: another image than of plain.hkl", file)
		}
		notices.check(t, file, got)
	}
	// SHELX: intensities, unless it is said that they are amplitudes.
	image, got := simulated(t, fieldHKL+"hkl-dialects/shelx.hkl", 64, 64)
	if alike(image, plain) || !strings.Contains(got, "is taken to hold F² (HKLF 4), of which the square roots are amplitudes; if it holds F (HKLF 3), give -hkl_values F\n") {
		t.Errorf("shelx.hkl: reports %q", got)
	}
	image, got = simulated(t, "-hkl_values F "+fieldHKL+"hkl-dialects/shelx.hkl", 64, 64)
	if !alike(image, plain) || strings.Contains(got, "F²") {
		t.Errorf("shelx.hkl as F: another image than of plain.hkl, or %q", got)
	}
	// Missing amplitudes are the default: that of a table without them, made by hand.
	text, err := os.ReadFile(field + "hkl-dialects/missing_nan.hkl")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, line := range strings.Split(string(text), "\n") {
		if !strings.Contains(line, "nan") {
			kept = append(kept, line)
		}
	}
	path := filepath.Join(t.TempDir(), "kept.hkl")
	if err := os.WriteFile(path, []byte(strings.Join(kept, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	want, _ := simulated(t, "-default_F 3 "+strings.Replace(fieldHKL, field, path, 1), 64, 64)
	image, got = simulated(t, "-default_F 3 "+fieldHKL+"hkl-dialects/missing_nan.hkl", 64, 64)
	if !alike(image, want) || !strings.Contains(got, "has no amplitude for 39 of 343 reflections") {
		t.Errorf("missing_nan.hkl: another image than without those lines, or %q", got)
	}
}

// TestFieldFriedel: half of the reflections, whose mates the exact physics adds.
func TestFieldFriedel(t *testing.T) {
	const half = fieldHKL + "hkl-half/half.hkl"
	for _, physics := range []string{"", "-exact "} {
		full, _ := simulated(t, physics+fieldHKL+"hkl-dialects/plain.hkl", 64, 64)
		lost, got := simulated(t, physics+"-nofriedel "+half, 64, 64)
		if !strings.Contains(got, "half.hkl has no Friedel mates of 171 of its 172 reflections, and their spots have the default F: -friedel adds them\n") || total(lost) > total(full)/2 {
			t.Errorf("%s-nofriedel: %g of %g photons, reports %q", physics, total(lost), total(full), got)
		}
		whole, got := simulated(t, physics+"-friedel "+half, 64, 64)
		if got != "" || total(whole) < total(full)/2 {
			t.Errorf("%s-friedel: %g of %g photons, reports %q", physics, total(whole), total(full), got)
		}
		// In the reference physics the image is the reference program's, which adds none.
		want, report := lost, "-friedel adds them"
		if physics != "" {
			want, report = whole, "they are added; -nofriedel leaves them out"
		}
		image, got := simulated(t, physics+half, 64, 64)
		if !alike(image, want) || !strings.Contains(got, report) {
			t.Errorf("%s: %g of %g photons, reports %q", physics, total(image), total(full), got)
		}
	}
}

func TestFieldMatrices(t *testing.T) {
	plain, _ := simulated(t, fieldMatrix+"mat-dialects/plain.mat", 64, 64)
	for _, file := range []string{"plain.mat", "bom.mat", "comment.mat", "one_line.mat", "touching.mat"} {
		image, got := simulated(t, fieldMatrix+"mat-dialects/"+file, 64, 64)
		if !alike(image, plain) || got != "" {
			t.Errorf("%s: another image than of plain.mat, or %q", file, got)
		}
	}
	image, got := simulated(t, fieldMatrix+"mat-wavelength/p9793.mat", 64, 64)
	if !alike(image, plain) || got != "" {
		t.Errorf("p9793.mat: another image than of plain.mat, or %q", got)
	}
	const want = "p9793.mat was made at 0.9793 Å: at 1 Å its cell of 40 50 60 Å becomes 40.85 51.06 61.27 Å; give -lambda 0.9793\n"
	if _, got = simulated(t, strings.Replace(fieldMatrix, "-lambda 0.9793", "", 1)+"mat-wavelength/p9793.mat", 64, 64); !strings.Contains(got, want) {
		t.Errorf("p9793.mat at 1 Å: reports %q", got)
	}
}

func TestFieldSources(t *testing.T) {
	plain, usual := simulated(t, fieldSources+"sources-dialects/plain.txt", 64, 64)
	image, got := simulated(t, fieldSources+"sources-dialects/comment.txt", 64, 64)
	if !alike(image, plain) || got != strings.ReplaceAll(usual, "plain.txt", "comment.txt") {
		t.Errorf("comment.txt: another image than of plain.txt, or %q", got)
	}
	// A spectrum is along the beam: the image of sources that are all there.
	path := filepath.Join(t.TempDir(), "parallel.txt")
	if err := os.WriteFile(path, []byte("-10 0 0 1 9.79e-11\n-10 0 0 1 9.8e-11\n-10 0 0 1 9.81e-11\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want, _ := simulated(t, strings.Replace(fieldSources, field, path, 1), 64, 64)
	if image, _ = simulated(t, fieldSources+"sources-dialects/wavelength_weight.lam", 64, 64); !alike(image, want) {
		t.Error("wavelength_weight.lam: another image than of parallel sources")
	}
	text, err := os.ReadFile(field + "sources-dialects/wavelength_weight.lam")
	if err != nil {
		t.Fatal(err)
	}
	_, pairs, _ := bytes.Cut(text, []byte("\n"))
	if err := os.WriteFile(path, pairs, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := refusal(t, strings.Replace(fieldSources, field, path, 1)); !strings.Contains(got, "it has two numbers a line: wavelength in Å and weight, or x and y in m?") {
		t.Errorf("two numbers a line: %s", got)
	}
}

func TestFieldImages(t *testing.T) {
	plain, _ := simulated(t, fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
	for _, file := range []string{"brace_in_value_001.img", "line_without_equals_001.img", "semicolon_in_value_001.img", "byte_order_upper_001.img",
		"type_with_blank_001.img", "no_type_001.img", "trailing_bytes_001.img"} {
		image, got := simulated(t, fieldImage+field+"smv-dialects/"+file, 32, 24)
		if !alike(image, plain) || got != "" {
			t.Errorf("%s: another image than with plain_001.img.gz, or %q", file, got)
		}
	}
	for _, file := range []string{"dtrek_long_001.img", "dtrek_unsigned_short_001.img"} {
		// d*TREK's own keys are not read: the options have to give them.
		image, got := simulated(t, "-exact -pixel 0.2 -distance 80 -lambda 0.9793 -Xbeam 2.1 -Ybeam 3.3 -phi 10 "+fieldImage+field+"smv-dialects/"+file, 32, 24)
		want, _ := simulated(t, "-exact "+fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
		if !alike(image, want) || got != "" {
			t.Errorf("%s: another image than with plain_001.img.gz, or %q", file, got)
		}
	}
	if _, got := simulated(t, "-pixel 0.2 "+fieldImage+field+"smv-dialects/dtrek_long_001.img", 32, 24); !strings.Contains(got,
		"dtrek_long_001.img is of d*TREK, of whose header the size alone is read: give -distance, -lambda, -Xbeam and -Ybeam\n") {
		t.Errorf("dtrek_long_001.img: reports %q", got)
	}
	// A mask of 32-bit integers: no pixel of it is 0.
	image, got := simulated(t, "-mask "+field+"smv-dialects/dtrek_long_001.img "+fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
	if !alike(image, plain) || got != "" {
		t.Errorf("a mask of 32 bits: another image, or %q", got)
	}
}

// TestFieldHeaderValues: values that are not plain numbers matter where they are used.
func TestFieldHeaderValues(t *testing.T) {
	const values = fieldImage + field + "smv-header-values/"
	plain, _ := simulated(t, fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
	still, _ := simulated(t, "-phi 0 "+fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
	for _, test := range []struct {
		args    string
		want    []float32
		notices string
	}{
		{values + "distance_with_unit_001.img", plain, ""},
		{"-distance 80 " + values + "overridden_001.img", plain, ""},
		{values + "phi_empty_001.img", still, "phi_empty_001.img: PHI is \"\": it counts as missing"},
		{"-phi 10 " + values + "phi_empty_001.img", plain, ""},
	} {
		image, got := simulated(t, test.args, 32, 24)
		if !alike(image, test.want) || !strings.Contains(got, test.notices) || test.notices == "" && got != "" {
			t.Errorf("%s: another image, or %q", test.args, got)
		}
	}
	if _, got := simulated(t, values+"overridden_001.img", 32, 24); !strings.Contains(got, "overridden_001.img: DISTANCE is \"n/a\": it counts as missing") {
		t.Errorf("DISTANCE=n/a: reports %q", got)
	}
}

// TestHeaderEntries: every entry is an error where it is used and no number, and none where an option gives it.
func TestHeaderEntries(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ key, value, option, elsewhere string }{
		{"PIXEL_SIZE", "wide", "-pixel 0.2", ""},
		{"PIXEL_SIZE", "0", "-pixel 0.2", ""},
		{"DISTANCE", "far", "-distance 80", "-close_distance 80"},
		{"DISTANCE", "-80", "-distance 80", "-close_distance 80"},
		{"CLOSE_DISTANCE", "near", "-close_distance 80", "-distance 80"},
		{"WAVELENGTH", "12.66 keV", "-lambda 0.98", ""},
		{"BEAM_CENTER_X", "left", "-Xbeam 2", "-xds"},
		{"BEAM_CENTER_Y", "top", "-Ybeam 2", "-dials"},
		{"XDS_ORGX", "left", "-xds -ORGX 2", "-mosflm"},
		{"XDS_ORGY", "top", "-xds -ORGY 2", "-adxv"},
		{"PHI", "ten", "-phi 10", ""},
		{"OSC_RANGE", "wide", "-osc 0.5", ""},
	} {
		for _, physics := range []string{"", "-exact "} {
			img := writeSMV(t, filepath.Join(folder, "it.img"), 8, 8, map[string]string{test.key: test.value})
			line := physics + "-img " + img + " "
			convention := ""
			if strings.HasPrefix(test.key, "XDS") {
				convention = "-xds "
			}
			_, err := resolve(mustParse(t, least+line+convention))
			if err == nil || !strings.Contains(err.Error(), "it.img: ") || !strings.Contains(err.Error(), test.key+" is") {
				t.Errorf("%s%s=%s: error %v", line, test.key, test.value, err)
			}
			for _, options := range []string{test.option, test.elsewhere} {
				if options != "" {
					mustResolve(t, line+options)
				}
			}
		}
	}
}

// TestBackwards: a rotation the other way, by an option or a header.
func TestBackwards(t *testing.T) {
	const crystal = "-exact -cell 40 50 60 90 90 90 -N 4 -default_F 100 -lambda 1" + fieldView
	const line = crystal + "-phi 10 -osc -0.5 -phisteps 5"
	want, _ := simulated(t, crystal+"-phi 9.5 -osc 0.5 -phisteps 5", 64, 64)
	image, got := simulated(t, line, 64, 64)
	if !alike(image, want) || got != "" {
		t.Errorf("another image than forwards, or %q", got)
	}
	// The number is of steps at the starts of their slices: backwards, at 10, 9.9 … 9.6°.
	if image, _ := simulated(t, line+" -phi_points start", 64, 64); math.Abs(total(image)/366932.8-1) > 1e-6 {
		t.Errorf("%g photons, want 366932.8 (testdata/field, smv-header-values)", total(image))
	}
	const header = fieldImage + field + "smv-header-values/osc_negative_001.img -phisteps 5 "
	want, _ = simulated(t, "-exact -osc 0.5 -phi 9.5 "+header, 32, 24)
	if image, got = simulated(t, "-exact "+header, 32, 24); !alike(image, want) || got != "" {
		t.Errorf("osc_negative_001.img: another image than forwards, or %q", got)
	}
	// With a step, and of two steps by default.
	for args, other := range map[string]string{
		"-osc -0.5 -phistep 0.1": "-phi 9.5 -osc 0.5 -phistep 0.1", "-osc -0.5": "-phi 9.5 -osc 0.5",
		"-phi_points start -osc -0.5 -phistep 0.1": "-phi_points start -phi 9.6 -osc 0.5 -phistep 0.1", "-phi_points start -osc -0.5": "-phi_points start -phi 9.75 -osc 0.5",
	} {
		image, _ := simulated(t, crystal+"-phi 10 "+args, 64, 64)
		if want, _ := simulated(t, crystal+other, 64, 64); !alike(image, want) {
			t.Errorf("%s: another image than %s", args, other)
		}
	}
	// The header of an image has the rotation as it was given.
	path := filepath.Join(t.TempDir(), "it.img")
	command(t, strings.Fields(line+" -intfile "+path)...)
	img, err := smv.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Other programs refuse a negative range.
	for key, want := range map[string]float64{"PHI": 9.5, "OSC_START": 9.5, "OSC_RANGE": 0.5} {
		if x, err := img.Header.Float(key); err != nil || x != want {
			t.Errorf("%s is %g, %v, want %g", key, x, err, want)
		}
	}
	command(t, strings.Fields(line+" -outputs reference -nopgm -nonoise -floatfile "+path+".f -intfile "+path)...)
	if img, err = smv.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"PHI": 10, "OSC_START": 10, "OSC_RANGE": -0.5} {
		if x, err := img.Header.Float(key); err != nil || x != want {
			t.Errorf("reference: %s is %g, %v, want %g", key, x, err, want)
		}
	}
	// The reference program takes it for none, and turns by 1°.
	want, _ = simulated(t, strings.TrimPrefix(crystal, "-exact ")+"-phi 10 -phisteps 5", 64, 64)
	image, got = simulated(t, strings.TrimPrefix(line, "-exact "), 64, 64)
	if !alike(image, want) || !strings.Contains(got, "the reference program takes a rotation of -0.5° for none given, and so it is done; -exact turns the crystal backwards") {
		t.Errorf("reference: another image, or %q", got)
	}
}

// TestFieldHeaderKeys: what a header says and how it is understood.
func TestFieldHeaderKeys(t *testing.T) {
	const silent = fieldImage + field + "smv-header-silent/"
	image, got := simulated(t, "-exact "+silent+"twotheta_001.img", 32, 24)
	if sum := total(image); math.Abs(sum-6820.5) > 0.05 || got != "" {
		t.Errorf("TWOTHETA with -exact: %g photons, reports %q", sum, got)
	}
	if image, _ = simulated(t, "-exact -twotheta 0 "+silent+"twotheta_001.img", 32, 24); math.Abs(total(image)-6828.1) > 0.05 {
		t.Errorf("-twotheta over TWOTHETA: %g photons", total(image))
	}
	plain, _ := simulated(t, fieldImage+field+"smv-dialects/plain_001.img.gz", 32, 24)
	image, got = simulated(t, silent+"twotheta_001.img", 32, 24)
	if !alike(image, plain) || !strings.Contains(got, "the header's TWOTHETA, 10°, has no effect, as in the reference program: give -twotheta 10, or -exact") {
		t.Errorf("TWOTHETA: another image than without, or %q", got)
	}
	s := mustResolve(t, "-exact -img "+field+"smv-header-silent/longer_keys_001.img")
	if s.experiment.Beam.Wavelength != 0.9793 || s.crystal().Phi != 10 || len(s.notices) > 0 {
		t.Errorf("longer_keys_001.img: wavelength %g, phi %g, %q", s.experiment.Beam.Wavelength, s.crystal().Phi, s.notices)
	}
	s = mustResolve(t, "-img "+field+"smv-header-silent/longer_keys_001.img")
	notices := strings.Join(s.notices, "\n")
	if s.experiment.Beam.Wavelength != 1.7712 || s.crystal().Phi != 3 ||
		!strings.Contains(notices, "the reference program takes SCAN_WAVELENGTH, 1.7712, for WAVELENGTH, which is 0.9793, and so it is done; -exact takes WAVELENGTH") || !strings.Contains(notices, "NPHI, 3, for PHI") {
		t.Errorf("longer_keys_001.img: wavelength %g, phi %g, %q", s.experiment.Beam.Wavelength, s.crystal().Phi, s.notices)
	}
}

// TestKeys: keys that contain another's name are that key in the reference program alone.
func TestKeys(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct {
		name             string
		header           [][2]string
		exact, reference float64 // wavelengths
		notice           string
	}{
		{"both", [][2]string{{"WAVELENGTH", "1.1"}, {"SCAN_WAVELENGTH", "1.2"}}, 1.1, 1.2, "takes SCAN_WAVELENGTH, 1.2, for WAVELENGTH, which is 1.1"},
		{"both, the other way", [][2]string{{"SCAN_WAVELENGTH", "1.2"}, {"WAVELENGTH", "1.1"}}, 1.1, 1.1, ""},
		{"both alike", [][2]string{{"WAVELENGTH", "1.1"}, {"SCAN_WAVELENGTH", "1.1"}}, 1.1, 1.1, ""},
		{"the longer is no number", [][2]string{{"WAVELENGTH", "1.1"}, {"SOURCE_WAVELENGTH", "1.0 1.5418"}}, 1.1, 1.1, ""},
		{"the longer alone, of two numbers", [][2]string{{"SOURCE_WAVELENGTH", "1.2 1.5418"}}, 1, 1.2, "takes SOURCE_WAVELENGTH, 1.2, for WAVELENGTH"},
		{"the longer alone", [][2]string{{"SCAN_WAVELENGTH", "1.2"}}, 1, 1.2, "takes SCAN_WAVELENGTH, 1.2, for WAVELENGTH, and so it is done; -exact does not"},
	} {
		h := ""
		for _, e := range test.header {
			h += e[0] + "=" + e[1] + ";\n"
		}
		path := filepath.Join(folder, "it.img")
		header := "{\nHEADER_BYTES=  512;\nBYTE_ORDER=little_endian;\nTYPE=unsigned_short;\nSIZE1=2;\nSIZE2=2;\n" + h + "}\f"
		if err := os.WriteFile(path, fmt.Appendf(nil, "%-512s%8s", header, ""), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := mustResolve(t, "-exact -img "+path); s.experiment.Beam.Wavelength != test.exact || len(s.notices) > 0 {
			t.Errorf("%s, -exact: %g Å, %q", test.name, s.experiment.Beam.Wavelength, s.notices)
		}
		s := mustResolve(t, "-img "+path)
		if got := strings.Join(s.notices, "\n"); s.experiment.Beam.Wavelength != test.reference || !strings.Contains(got, test.notice) || test.notice == "" && got != "" {
			t.Errorf("%s: %g Å, %q", test.name, s.experiment.Beam.Wavelength, got)
		}
		// An option makes all of them unimportant.
		if s := mustResolve(t, "-lambda 2 -img "+path); s.experiment.Beam.Wavelength != 2 || len(s.notices) > 0 {
			t.Errorf("%s, -lambda: %g Å, %q", test.name, s.experiment.Beam.Wavelength, s.notices)
		}
	}
}

// TestCentres: with -exact, an image written in one convention has its beam at the same pixel in another.
func TestCentres(t *testing.T) {
	folder := t.TempDir()
	beam := func(args string) (fast, slow float64) {
		t.Helper()
		s, err := resolve(mustParse(t, args))
		if err != nil {
			t.Fatal(err)
		}
		m, err := build(s)
		if err != nil {
			t.Fatal(err)
		}
		return m.place.BeamFast / m.place.Pixel, m.place.BeamSlow / m.place.Pixel
	}
	for _, from := range []string{"-xds -ORGX 65.5 -ORGY 20.5", "-mosflm -Xbeam 2.05 -Ybeam 6.55", "-denzo -Xbeam 2.05 -Ybeam 6.55", "-adxv -Xbeam 6.5 -Ybeam 10.75"} {
		path := filepath.Join(folder, "it.img")
		args := "-exact -cell 40 50 60 -N 4 -default_F 100 -detpixels 128 -pixel 0.1 -distance 60 -noprogress " + from
		fast, slow := beam(args + " -outputs none")
		command(t, strings.Fields(args+" -intfile "+path)...)
		for _, to := range []string{"", "-mosflm", "-denzo", "-adxv", "-xds"} {
			f, s := beam("-exact -cell 40 50 60 -N 4 -default_F 100 -outputs none -img " + path + " " + to)
			if math.Abs(f-fast) > 1e-3 || math.Abs(s-slow) > 1e-3 {
				t.Errorf("%s read %s: the beam is on (%.3f, %.3f), not (%.3f, %.3f)", from, to, f, s, fast, slow)
			}
		}
	}
	// BEAM_CENTER has no convention: which one was taken is said where they differ.
	img := writeSMV(t, filepath.Join(folder, "two.img"), 8, 8, map[string]string{"BEAM_CENTER_X": "3", "BEAM_CENTER_Y": "2", "MOSFLM_CENTER_X": "0.4", "MOSFLM_CENTER_Y": "2"})
	s := mustResolve(t, "-exact -img "+img)
	if *s.experiment.Detector.BeamCentre != [2]float64{0.4, 2} || len(s.notices) != 1 || !strings.Contains(s.notices[0], "two.img: the beam centre is that of MOSFLM_CENTER_X, 0.4 mm; BEAM_CENTER_X is 3 mm") {
		t.Errorf("centre %v, %q", *s.experiment.Detector.BeamCentre, s.notices)
	}
	if s = mustResolve(t, "-img "+img); *s.experiment.Detector.BeamCentre != [2]float64{3, 2} || len(s.notices) > 0 {
		t.Errorf("reference: centre %v, %q", *s.experiment.Detector.BeamCentre, s.notices)
	}
}

// TestOtherFormats: a file of another format is named.
func TestOtherFormats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it")
	for start, words := range map[string][4]string{ // for -hkl, -mat, -sourcefile, -img
		"MTZ \x15\x00":                        {"looks like an MTZ file: give it where", "which holds structure factors, not an orientation matrix", "an MTZ file", "not an image"},
		"data_r1abcsf\nloop_\n_refln.index_h": {"looks like an mmCIF file of structure factors: give it where", "an mmCIF file", "an mmCIF file", "an mmCIF file"},
		"!FORMAT=XDS_ASCII\n":                 {"looks like an XDS_ASCII file", "an XDS_ASCII file", "an XDS_ASCII file", "an XDS_ASCII file"},
		" XPARM.XDS    VERSION\n":             {"an XPARM file", "looks like an XPARM file of XDS: give the nine numbers", "an XPARM file", "an XPARM file"},
		"%PDF-1.4\n":                          {"a PDF document", "a PDF document", "a PDF document", "a PDF document"},
		"<html>":                              {"a web page", "a web page", "a web page", "a web page"},
		"###CBF: VERSION\n":                   {"a CBF image", "a CBF image", "a CBF image", "looks like a CBF image: convert it to SMV"},
	} {
		if err := os.WriteFile(path, []byte(start), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, line := range []string{"-cell 40 -hkl ", "-default_F 1 -mat ", "-cell 40 -default_F 1 -sourcefile ", "-cell 40 -default_F 1 -img "} {
			if got := refusal(t, line+path); !strings.Contains(got, words[i]) || !strings.Contains(got, path) {
				t.Errorf("%s of %.10q: %s", line, start, got)
			}
		}
	}
}

// FuzzCamera: whatever a header says, a run is resolved or refused.
func FuzzCamera(f *testing.F) {
	f.Add("WAVELENGTH=0.9793;\nSCAN_WAVELENGTH=1.0 1.5;\n", "-lambda 2")
	f.Add("DISTANCE=80 mm;\nCLOSE_DISTANCE=n/a;\nTWOTHETA=90 deg;\n", "-xds")
	f.Add("PHI=;\nOSC_RANGE=-1e300;\nPIXEL_SIZE=1e-300;\nBEAM_CENTER_X={};\nMOSFLM_CENTER_X=1;\n", "-phisteps 3")
	f.Fuzz(func(t *testing.T, header, args string) {
		path := filepath.Join(t.TempDir(), "it.img")
		text := "{\nHEADER_BYTES=1024;\nSIZE1=2;\nSIZE2=2;\n" + header + "\n}\n"
		if len(text) > 1000 || os.WriteFile(path, fmt.Appendf(nil, "%-1024s12345678", text), 0o600) != nil {
			return
		}
		for _, line := range []string{"", "-exact "} {
			o, err := parse(strings.Fields(least + args + " " + line))
			if err != nil {
				return
			}
			o.matrix, o.hkl, o.dump, o.sourceFile = optional[string]{}, optional[string]{}, optional[string]{}, optional[string]{}
			o.image, o.mask, o.outputs = some(path), some(path), askedOutputs
			if s, err := resolve(o); (s == nil) == (err == nil) {
				t.Errorf("%q %q: setup %v, error %v", header, args, s, err)
			}
		}
	})
}
