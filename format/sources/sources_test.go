package sources

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	const in = "-10 0 0 1 1.00e-10\n\n-10,0.02;0.01:2!1.01e-10\r\n ,;\n\t-10 , 0.5\n1 2 3\n-9 0 0 0.5"
	got, err := Read(strings.NewReader(in), "sources.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{
		{Position: [3]float64{-10, 0, 0}, Weight: 1, Wavelength: 1e-10, Columns: 5},
		{Position: [3]float64{-10, 0.02, 0.01}, Weight: 2, Wavelength: 1.01e-10, Columns: 5},
		{Position: [3]float64{-10, 0.5, 0}, Columns: 2},
		{Position: [3]float64{1, 2, 3}, Columns: 3},
		{Position: [3]float64{-9, 0, 0}, Weight: 0.5, Columns: 4},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	for i, has := range [][5]bool{
		{true, true, true, true, true}, {true, true, true, true, true}, {true, true}, {true, true, true}, {true, true, true, true},
	} {
		s := got[i]
		if now := [5]bool{s.HasPosition(0), s.HasPosition(1), s.HasPosition(2), s.HasWeight(), s.HasWavelength()}; now != has {
			t.Errorf("source %d has %v, want %v", i, now, has)
		}
		if s.HasPosition(3) || s.HasPosition(-1) {
			t.Errorf("source %d has a fourth coordinate", i)
		}
	}
}

func TestGolden(t *testing.T) {
	got, err := ReadFile("../../testdata/golden/data/sources.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{
		{Position: [3]float64{-10, 0, 0}, Weight: 1, Wavelength: 1.00e-10, Columns: 5},
		{Position: [3]float64{-10, 0.02, 0.01}, Weight: 1, Wavelength: 1.01e-10, Columns: 5},
		{Position: [3]float64{-10, -0.015, 0.03}, Weight: 1, Wavelength: 0.99e-10, Columns: 5},
		{Position: [3]float64{-10, 0.01, -0.02}, Weight: 1, Wavelength: 1.005e-10, Columns: 5},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "sources: s.txt: no sources"},
		{"delimiters alone", "\n ;,\n", "sources: s.txt: no sources"},
		{"six", "1 2 3 4 5\n1 2 3 4 5 6\n", `sources: s.txt:2: expected 'x y z weight wavelength' or fewer numbers, found "1 2 3 4 5 6"`},
		{"word", "\n1,2,x\n", `sources: s.txt:2: expected 'x y z weight wavelength', found "1,2,x": "x" is not a finite number`},
		{"two positive numbers", "0.97900,1.000\n0.98,1\n", "sources: s.txt: it has two numbers a line: wavelength in Å and weight, or x and y in m? Begin a spectrum with"},
		{"one positive number", "0.979\n", "it has one number a line: wavelength in Å"},
		{"spectrum of three", "# wavelength weight\n0.98 1\n0.99 1 2\n", `s.txt:3: expected wavelength and weight, found "0.99 1 2"`},
		{"spectrum in m", "# wavelength weight\n0.98e-10 1\n", "s.txt:2: expected 'wavelength weight', found \"0.98e-10 1\": a wavelength of 9.8e-11 Å is outside 0.001 to 1000: spectra are in Å"},
		{"weight of a spectrum", "# wavelength weight\n0.98 -1\n", "the weight -1 is negative"},
		{"MTZ", "MTZ \x15", "sources: s.txt: looks like an MTZ file, which holds structure factors, not sources of X-rays"},
		{"NaN", "1 nan", `"nan" is not a finite number`},
		{"weight", "1 2 3 -4", "the weight -4 is negative"},
		{"wavelength", "1 2 3 4 0", "the wavelength 0 m is not positive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.in), "s.txt")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "s.txt"); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestFiles(t *testing.T) {
	want := []Source{
		{Position: [3]float64{-10, 1. / 3, 0}, Weight: 1, Wavelength: 0.97e-10, Columns: 5},
		{Position: [3]float64{-10, 0, 0}, Columns: 1},
	}
	path := filepath.Join(t.TempDir(), "sources.txt")
	if err := WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v, want %+v", got, err, want)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for an absent file", err)
	}
}

func TestWriteErrors(t *testing.T) {
	for _, test := range []struct {
		list []Source
		want string
	}{
		{nil, "no sources"},
		{[]Source{{Columns: 1}, {}}, "source 1 has 0 columns"},
		{[]Source{{Columns: 6}}, "source 0 has 6 columns"},
		{[]Source{{Columns: 3, Position: [3]float64{0, math.NaN(), 0}}}, "source 0: column 2 is NaN"},
		{[]Source{{Columns: 4, Weight: -1}}, "the weight -1 is negative"},
		{[]Source{{Columns: 2, Spectral: true, Wavelength: 1e-10}, {Columns: 1}}, "source 1: a list is a spectrum, or none of its lines is"},
		{[]Source{{Columns: 3, Spectral: true, Wavelength: 1e-10}}, "a line of a spectrum has 3 columns"},
		{[]Source{{Columns: 2, Spectral: true}}, "the wavelength 0 m is not positive"},
		{[]Source{{Columns: 5}}, "the wavelength 0 m is not positive"},
	} {
		if err := Write(&bytes.Buffer{}, test.list); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("-10 0 0 1 1.00e-10\n-10,0.02;0.01:2!1.01e-10\r\n"))
	f.Add([]byte("1\n1 2\n\n1 2 3\n1 2 3 0x4"))
	f.Add([]byte("1 2 3 -4"))
	f.Add([]byte("\xef\xbb\xbf# wavelength (A), weight\n0.97900,1.000\n9.8D-1 2\r1.5-001"))
	f.Add([]byte("x y\n-1 2\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		list, err := Read(bytes.NewReader(in), "fuzz")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, list); err != nil {
			t.Fatal(err)
		}
		if list[0].Columns <= spectrumColumns && !list[0].Spectral {
			return // perhaps too few numbers to be read under another name
		}
		if again, err := Read(&out, "again"); err != nil || !reflect.DeepEqual(again, list) {
			t.Errorf("wrote %+v, read %+v, %v", list, again, err)
		}
	})
}
