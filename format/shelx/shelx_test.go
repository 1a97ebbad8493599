package shelx

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
	"github.com/gobragg/gobragg/structure"
)

const samples = "../../../shared/formats/sfcif/shelx_hklf4.hkl"

func TestSample(t *testing.T) {
	data, err := os.ReadFile(samples + ".json")
	if err != nil {
		t.Skipf("NOT RUN: %v", err)
	}
	var want struct {
		Rows int
		Sum  float64
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	m, err := ReadFile(samples, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range m.Values {
		sum += v
	}
	if m.Rows != want.Rows || len(m.Sigmas) != m.Rows || math.Abs(sum-want.Sum) > 1e-9 || m.Quantity != structure.Intensities || m.Indices[0] != [3]int32{-6, 0, 2} || m.Group != nil {
		t.Errorf("%d rows, sum %g, %+v", m.Rows, sum, m)
	}
}

func TestRead(t *testing.T) {
	const row = "   1   2   3   49.00    1.50   1\n"
	const end = "   0   0   0    0.00    0.00   0\n"
	for _, test := range []struct {
		name, text string
		hklf       int
		rows       int
		first      float64
		class      string
		notices    int
	}{
		{"plain", row + end, 4, 1, 49, "", 0},
		{"amplitudes", "   1   2   3  -49.00    1.50\n" + end, 3, 1, 49, "", 1},
		{"touching", "  -1 -12  -3-1234.56 1234.56\n" + end, 4, 1, -1234.56, "", 0},
		{"very large", "   1   2   399999999 1234.56\n" + end, 4, 1, 99999999, "", 0},
		{"after the end", row + end + "anything\n", 4, 1, 49, "", 0},
		{"blank line as the end", row + "\n_audit\n", 4, 1, 49, "", 0},
		{"no end", row + row, 4, 2, 49, "", 1},
		{"CR LF", strings.ReplaceAll(row+end, "\n", "\r\n"), 4, 1, 49, "", 0},
		{"batch with more behind", "   1   2   3   49.00    1.50   1  0.7 0.6\n" + end, 4, 1, 49, "", 0},
		{"nothing", "", 4, 0, 0, "no-data", 0},
		{"nothing before the end", end, 4, 0, 0, "no-data", 0},
		{"free format", "1 2 3 49.0\n", 4, 0, 0, "not-shelx", 0},
		{"a word", row + "   1   2   x   49.00    1.50   1\n", 4, 0, 0, "invalid-value", 0},
		{"no value", row + "   1   2   3\n", 4, 0, 0, "invalid-value", 0},
		{"half an index", row + "   1   2 3.5   49.00    1.50   1\n", 4, 0, 0, "invalid-value", 0},
		{"HKLF 5", row, 5, 0, 0, "unsupported", 0},
		{"an MTZ", "MTZ and more", 4, 0, 0, "not-shelx", 0},
	} {
		m, err := Read(strings.NewReader(test.text), "a.hkl", &Instructions{HKLF: test.hklf})
		if format.Class(err) != test.class || (err != nil) != (test.class != "") {
			t.Errorf("%s: %v, want %s", test.name, err, test.class)
			continue
		}
		if err == nil && (m.Rows != test.rows || m.Values[0] != test.first || len(m.Notices) != test.notices) {
			t.Errorf("%s: %+v", test.name, m)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "shelx: a.hkl:") {
			t.Error(err)
		}
	}
}

func TestDetect(t *testing.T) {
	data, err := os.ReadFile("testdata/small.hkl")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		string(data):                         true,
		string(data[:100]):                   true,
		"1 2 3 49.0\n1 2 4 5\n":              false,
		"":                                   false,
		"   0   0   0    0.00    0.00   0\n": false,
		"   1   2   3     49.00      1.50\n   1   2   4     49.00      1.50\n": false,
	} {
		if got := Detect([]byte(text)); got != want {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}

func TestInstructions(t *testing.T) {
	data, err := os.ReadFile("testdata/small.ins")
	if err != nil {
		t.Fatal(err)
	}
	in, err := ReadInstructionsFile("testdata/small.ins")
	if err != nil {
		t.Fatal(err)
	}
	if in.Group.Symbol() != "P 1 21/c 1" || in.Wavelength != 0.71073 || in.Cell != (structure.Cell{A: 7.1, B: 9.2, C: 8.3, Alpha: 90, Beta: 101.2, Gamma: 90}) || in.HKLF != 4 || in.Title != "small in P21/c" {
		t.Errorf("%+v, %s", in, in.Group.Symbol())
	}
	m, err := ReadFile("testdata/small.hkl", in)
	if err != nil || m.Group != in.Group || m.Wavelength != in.Wavelength {
		t.Errorf("%+v, %v", m, err)
	}
	if e, err := m.Expand(); err != nil || e.Table.Count() < m.Rows {
		t.Error(err)
	}
	for _, test := range []struct{ old, new, want, class string }{
		{"LATT 1", "LATT -7", "C 1 2 1", ""}, // with the translations of the screw axis removed below
		{"LATT 1", "LATT 8", "", "invalid-value"},
		{"CELL", "CELx", "", "no-data"},
		{"7.1000", "7.l000", "", "invalid-value"},
		{"0.71073 7.1000", "7.1000", "", "invalid-value"},
		{"101.200", "201.200", "", "invalid-value"},
		{"SYMM -X,", "SYMM -Q,", "", "invalid-value"},
		{"HKLF 4", "HKLF x", "", "invalid-value"},
	} {
		text := strings.Replace(string(data), test.old, test.new, 1)
		if test.want != "" {
			text = strings.Replace(text, "-X, Y+1/2, -Z+1/2", "-X, Y, -Z", 1)
		}
		in, err := ReadInstructions(strings.NewReader(text), "a.ins")
		if format.Class(err) != test.class || test.want != "" && (err != nil || in.Group.Symbol() != test.want) {
			t.Errorf("%s: %v, %+v", test.new, err, in)
		}
	}
}

func FuzzRead(f *testing.F) {
	formattest.AddFiles(f, "testdata/*.*")
	f.Fuzz(func(t *testing.T, data []byte) {
		Detect(data)
		if m, err := Read(bytes.NewReader(data), "fuzz", nil); err == nil && (len(m.Values) != m.Rows || m.Rows == 0) {
			t.Errorf("%+v", m)
		}
		if in, err := ReadInstructions(bytes.NewReader(data), "fuzz"); err == nil && in.Cell.Validate() != nil {
			t.Errorf("%+v", in)
		}
	})
}
