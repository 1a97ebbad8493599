package mosflm

import (
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/structure"
)

const field = "../../testdata/field/"

// plain is the matrix of testdata/field/mat-dialects.
var plain = [3][3]float64{{0.01289103, -0.01656868, -0.00137837}, {0.01536294, 0.00888703, -0.01032726}, {0.01404259, 0.00548734, 0.01256362}}

func TestField(t *testing.T) {
	for _, name := range []string{"plain", "bom", "comment", "one_line", "touching"} {
		got, err := ReadFile(filepath.Join(field, "mat-dialects", name+".mat"))
		if err != nil || got.A != plain || got.Cell != nil || got.Notices(1) != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestDialects writes one matrix in every way that is read.
func TestDialects(t *testing.T) {
	rows := func(format, end string) string {
		var b strings.Builder
		for _, r := range plain {
			fmt.Fprintf(&b, format+end, r[0], r[1], r[2])
		}
		return b.String()
	}
	const rest = "0 0 0\n1 0 0\n0 1 0\n0 0 1\n40 50 60 90 90 90\n0 0 0\n"
	for name, in := range map[string]string{
		"CR LF":              rows("%.8f %.8f %.8f", "\r\n"),
		"CR alone":           rows("%.8f %.8f %.8f", "\r"),
		"Ctrl-Z":             rows("%.8f %.8f %.8f", "\n") + "\x1a",
		"one number a line":  rows("%.8f\n%.8f\n%.8f", "\n"),
		"commas":             rows("%.8f, %.8f, %.8f,", "\n"),
		"commas alone":       rows("%.8f,%.8f,%.8f", "\n"),
		"semicolons":         rows("%.8f;%.8f;%.8f", "\n"),
		"Fortran":            strings.ReplaceAll(rows("%.7e %.7e %.7e", "\n"), "e", "D"),
		"touching exponent":  rows("%.7e%+.7e%+.7e", "\n"),
		"touching, one line": rows("%+.8f%+.8f%+.8f", ""),
		"no exponent letter": strings.ReplaceAll(rows("%.7e %.7e %.7e", "\n"), "e-0", "-00"),
		"comments":           "! of a program\n" + rows("%.8f %.8f %.8f // row", "\n"),
		"more lines":         rows("%.8f %.8f %.8f", "\n") + rest,
		"words after it":     rows("%.8f %.8f %.8f", "\n") + "SYMM P43212\nthe rest\n",
	} {
		got, err := Read(strings.NewReader(in), "A.mat")
		if err != nil || !same(got.A, plain) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func same(a, b [3][3]float64) bool {
	for i := range a {
		for j := range a[i] {
			if math.Abs(a[i][j]-b[i][j]) > 1e-17 {
				return false
			}
		}
	}
	return true
}

// TestWavelength: the cell of a MOSFLM file tells for which wavelength its matrix was made.
func TestWavelength(t *testing.T) {
	m, err := ReadFile(filepath.Join(field, "mat-wavelength/p9793.mat"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (structure.Cell{A: 40, B: 50, C: 60, Alpha: 90, Beta: 90, Gamma: 90}); m.Cell == nil || *m.Cell != want {
		t.Fatalf("cell %v, want %v", m.Cell, want)
	}
	if w, ok := m.Wavelength(); !ok || math.Abs(w-0.9793) > 1e-6 {
		t.Errorf("wavelength %v, %v", w, ok)
	}
	if got := m.Notices(0.9793); got != nil {
		t.Errorf("notices %q at its own wavelength", got)
	}
	if got := m.Notices(0.9795); got != nil { // 0.02 %
		t.Errorf("notices %q at nearly its own wavelength", got)
	}
	want := []string{"was made at 0.9793 Å: at 1 Å its cell of 40 50 60 Å becomes 40.85 51.06 61.27 Å; give the wavelength 0.9793 Å"}
	if got := m.Notices(1); !reflect.DeepEqual(got, want) {
		t.Errorf("notices %q", got)
	}
	m.Missets = [3]float64{0, -0.5, 0}
	want = append(want, "has missets of 0° -0.5° 0°, which are not applied")
	if got := m.Notices(1); !reflect.DeepEqual(got, want) {
		t.Errorf("notices %q", got)
	}
	m.Missets, m.Cell.B = [3]float64{}, 55
	if got := strings.Join(m.Notices(1), ""); !strings.Contains(got, "has the cell 40 55 60 Å, which is not that of its matrix at any wavelength (40.85 51.06 61.27 Å at 1 Å)") {
		t.Errorf("notices %q", got)
	}
}

// TestRest: what follows the matrix, laid out in several ways.
func TestRest(t *testing.T) {
	const matrix = "0.1 0 0\n0 0.1 0\n0 0 0.1\n"
	cell := &structure.Cell{A: 10, B: 10, C: 10, Alpha: 90, Beta: 90, Gamma: 90}
	for _, test := range []struct {
		name, rest string
		missets    [3]float64
		cell       *structure.Cell
	}{
		{"nothing", "", [3]float64{}, nil},
		{"MOSFLM", "1 2 3\n1 0 0\n0 1 0\n0 0 1\n10 10 10 90 90 90\n1 2 3\n", [3]float64{1, 2, 3}, cell},
		{"without the last line", "1 2 3\n1 0 0\n0 1 0\n0 0 1\n10 10 10 90 90 90\n", [3]float64{1, 2, 3}, cell},
		{"one line", "1 2 3 1 0 0 0 1 0 0 0 1 10 10 10 90 90 90 1 2 3\n", [3]float64{1, 2, 3}, cell},
		{"no U", "1 2 3\n10 10 10 90 90 90\n", [3]float64{1, 2, 3}, cell},
		{"missets alone", "1 2 3\n", [3]float64{1, 2, 3}, nil},
		{"cell alone", "10 10 10 90 90 90\n", [3]float64{}, cell},
		{"six numbers that are no cell", "1 2 3\n0 0 0 90 90 90\n", [3]float64{1, 2, 3}, nil},
		{"two numbers", "1 2\n", [3]float64{}, nil},
		{"words", "SYMM 10 10 10 90 90 90\n", [3]float64{}, nil},
	} {
		m, err := Read(strings.NewReader(matrix+test.rest), "A.mat")
		if err != nil {
			t.Fatal(err)
		}
		if m.Missets != test.missets || !reflect.DeepEqual(m.Cell, test.cell) {
			t.Errorf("%s: missets %v, cell %v", test.name, m.Missets, m.Cell)
		}
	}
}
