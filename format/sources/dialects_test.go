package sources

import (
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const field = "../../testdata/field/sources-dialects/"

var plain = []Source{
	{Position: [3]float64{-10, -0.001, 0}, Weight: 1, Wavelength: 9.79e-11, Columns: 5},
	{Position: [3]float64{-10, 0, 0}, Weight: 1, Wavelength: 9.80e-11, Columns: 5},
	{Position: [3]float64{-10, 0.001, 0}, Weight: 1, Wavelength: 9.81e-11, Columns: 5},
}

var spectrum = []Source{
	{Weight: 1, Wavelength: 9.79e-11, Columns: 2, Spectral: true},
	{Weight: 1, Wavelength: 9.80e-11, Columns: 2, Spectral: true},
	{Weight: 1, Wavelength: 9.81e-11, Columns: 2, Spectral: true},
}

func TestField(t *testing.T) {
	for name, want := range map[string][]Source{"plain.txt": plain, "comment.txt": plain, "wavelength_weight.lam": spectrum} {
		if got, err := ReadFile(filepath.Join(field, name)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestDialects: one list in every way that is read, and one spectrum.
func TestDialects(t *testing.T) {
	const lines = "-10 -0.001 0 1 9.790000e-11\n-10 0 0 1 9.800000e-11\n-10 0.001 0 1 9.810000e-11\n"
	const pairs = "0.97900,1.000\n0.98000,1.000\n0.98100,1.000\n"
	replace := func(in, old, new string) string { return strings.ReplaceAll(in, old, new) }
	for _, test := range []struct {
		name, file, in string
		want           []Source
	}{
		{"names", "s.txt", "X Y Z weight lambda\n" + lines, plain},
		{"exclamation mark", "s.txt", "! x y z weight lambda\n" + lines, plain},
		{"slashes, and remarks behind", "s.txt", "// x y z\n" + replace(lines, "\n", " # of a fan\n"), plain},
		{"a comment between", "s.txt", replace(lines, "\n", "\n# next\n"), plain},
		{"Fortran", "s.txt", replace(lines, "e-11", "D-11"), plain},
		{"byte order mark", "s.txt", "\xef\xbb\xbf" + lines, plain},
		{"CR", "s.txt", replace(lines, "\n", "\r"), plain},
		{"CR LF, Ctrl-Z", "s.txt", replace(lines, "\n", "\r\n") + "\x1a", plain},
		{"as the reference program separates", "s.txt", replace(lines, " ", "!"), plain},
		{"spectrum by its file", "s.lam", pairs, spectrum},
		{"spectrum by its file, compressed", "s.LAM.gz", pairs, spectrum},
		{"spectrum by names", "s.txt", "wavelength,weight\n" + pairs, spectrum},
		{"spectrum by names in a comment", "s.txt", "# lambda flux\n" + replace(pairs, ",", " "), spectrum},
		{"spectrum by names after a title", "s.txt", "# of 2021\n\n# Wavelength(A) weight\n" + pairs, spectrum},
		{"spectrum with exponents", "s.lam", "9.79e-1 1\n98.0D-02 1\n.981+000 1\n", spectrum},
		{"positions of two columns", "s.txt", "-10 0.5\n-10 0\n", []Source{{Position: [3]float64{-10, 0.5, 0}, Columns: 2}, {Position: [3]float64{-10, 0, 0}, Columns: 2}}},
	} {
		if got, err := Read(strings.NewReader(test.in), test.file); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
	}
	// 12398.42 eV is 1 Å to 2e-8.
	for file, in := range map[string]string{
		"named.txt": "# energy (eV), weight\n12398.42 3\n6199.21 1\n", "kev.txt": "Energy/keV weight\n12.39842 3\n6.19921 1\n", "large.lam": "12398.42,3\n6199.21,1\n",
	} {
		got, err := Read(strings.NewReader(in), file)
		if err != nil || len(got) != 2 || math.Abs(got[0].Wavelength-1e-10) > 3e-18 || math.Abs(got[1].Wavelength-2e-10) > 6e-18 || got[0].Weight != 3 || !got[1].Spectral {
			t.Errorf("%s: %+v, %v", file, got, err)
		}
		same, err := ReadSpectrum(strings.NewReader(in), "s.txt")
		if err != nil || !reflect.DeepEqual(got, same) {
			t.Errorf("%s: %+v, %v", file, same, err)
		}
	}
	if _, err := ReadSpectrum(strings.NewReader("1 2 3\n"), "s.txt"); err == nil {
		t.Error("a line of three numbers is a spectrum")
	}
	bare, err := Read(strings.NewReader("0.98\n0.99\n"), "s.lam")
	if err != nil || len(bare) != 2 || bare[0].HasWeight() || !bare[0].HasWavelength() || bare[0].HasPosition(0) {
		t.Errorf("%+v, %v", bare, err)
	}
}
