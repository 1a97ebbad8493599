package mosflm

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

var want = [3][3]float64{{-0.028, -0.003, 0.025}, {-0.029, 0.010, -0.014}, {0.0105, -0.032, -0.0104}}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, in string }{
		{"three lines", "-0.028 -0.003 0.025\n-0.029 0.010 -0.014\n0.0105 -0.032 -0.0104\n"},
		{"layout of MOSFLM", "  -0.02800000 -0.00300000  0.02500000\n  -0.02900000  0.01000000 -0.01400000\n   0.01050000 -0.03200000 -0.01040000\n" +
			"       0.000       0.000       0.000\n  -0.6895 -0.0742  0.7204\n  78.9 79.1 38.4 90.0 90.0 90.0\nSYMM P43212\n"},
		{"blank lines, no last line end, CR LF", "\r\n-2.8e-2 -.003 0.025\r\n\r\n-0.029 0.010 -0.014\r\n 0.0105 -0.032 -0.0104"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(test.in), "A.mat")
			if err != nil || got.A != want {
				t.Fatalf("read %v, %v", got, err)
			}
		})
	}
}

func TestGolden(t *testing.T) {
	got, err := ReadFile("../../testdata/golden/data/monoclinic.mat")
	if err != nil {
		t.Fatal(err)
	}
	want := [3][3]float64{
		{0.00658540, -0.01096097, 0.01014367},
		{0.01350208, 0.00251018, -0.00992622},
		{0.00576657, 0.00663995, 0.02049733},
	}
	if got.A != want || got.Cell != nil || got.Notices(2) != nil {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "mosflm: A.mat: expected a matrix of nine numbers, found 0"},
		{"two lines", "1 2 3\n4 5 6\n", "mosflm: A.mat: expected a matrix of nine numbers, found 6"},
		{"a number lost", "1 2 3\n\n4 5\n6 7 8\n", `expected a matrix of nine numbers, found 8`},
		{"word", "1 2 x\n", `mosflm: A.mat:1: expected nine finite numbers, found "1 2 x"`},
		{"word behind a row", "1 2 3\n4 5 6 b*\n7 8 9\n", `mosflm: A.mat:2: expected nine finite numbers, found "4 5 6 b*"`},
		{"a table of something else", "h,k,l,F\n-1,-2,-3,53.4\n-1,-2,-4,5\n-1,-2,-5,6\n", `mosflm: A.mat:1: expected nine finite numbers, found "h,k,l,F"`},
		{"XPARM", " XPARM.XDS    VERSION Jan 26, 2018\n     1      0.0000    0.1000\n", "mosflm: A.mat: looks like an XPARM file of XDS: give the nine numbers"},
		{"infinite", "1 2 inf\n", `mosflm: A.mat:1: expected nine finite numbers`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.in), "A.mat")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "A.mat"); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "A.mat")
	// Digits beyond the eight of MOSFLM are kept.
	matrix := [3][3]float64{{math.Pi, -1. / 3, 0}, {1e-300, math.MaxFloat64, 5e-324}, {1, 2, 3}}
	if err := WriteFile(path, matrix); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFile(path); err != nil || got.A != matrix {
		t.Errorf("read %v, %v", got, err)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for an absent file", err)
	}
	matrix[1][2] = math.NaN()
	if err := Write(&bytes.Buffer{}, matrix); err == nil || !strings.Contains(err.Error(), "row 2, column 3 of the matrix is NaN") {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("1 2 3\n4 5 6\n7 8 9\n0 0 0\n"))
	f.Add([]byte("1 2 3\r\n\r\n4 5e-3 0x1p3\n -7 .8 9."))
	f.Add([]byte("1 2 3\n4 5\n"))
	f.Add([]byte("a* b* c*\n.1-.2+.3e-1-4D+1;5,6 # x\n7 8 9 10\n0 0 0\n40 50 60 90 90 90"))
	f.Fuzz(func(t *testing.T, in []byte) {
		matrix, err := Read(bytes.NewReader(in), "fuzz")
		if err != nil {
			return
		}
		_ = matrix.Notices(1)
		var out bytes.Buffer
		if err := Write(&out, matrix.A); err != nil {
			t.Fatal(err)
		}
		if again, err := Read(&out, "again"); err != nil || again.A != matrix.A {
			t.Errorf("wrote %v, read %v, %v", matrix, again, err)
		}
	})
}
