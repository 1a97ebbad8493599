package hkl

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/structure"
)

func TestRead(t *testing.T) {
	const in = "# h k l F\n\n1 0 0 12.5\r\n  -1\t2 0  3.25e1 \n\t# 9 9 9 9\n3.0 1 -1 0x1p3\n1 0 0 13\n+2 0 0 .5"
	table, err := Read(strings.NewReader(in), "data.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	want := []structure.Reflection{{H: -1, K: 2, L: 0, F: 32.5}, {H: 1, K: 0, L: 0, F: 13}, {H: 2, K: 0, L: 0, F: 0.5}, {H: 3, K: 1, L: -1, F: 8}}
	if got := slices.Collect(table.Reflections()); !reflect.DeepEqual(got, want) {
		t.Errorf("reflections %v, want %v", got, want)
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "hkl: data.hkl: no reflections"},
		{"comments alone", "# a\n\n", "hkl: data.hkl: no reflections"},
		{"three", "1 2 3 4\n1 2 x\n", `hkl: data.hkl:2: expected four numbers 'h k l F', found "1 2 x"`},
		{"five after four", "1 2 3 4\n1 2 3 4 5\n", `hkl: data.hkl:2: expected 4 numbers as in the lines before, found "1 2 3 4 5"`},
		{"four after five", "1 2 3 4.5 0.5\n\n1 2 4 4.5\n", `hkl: data.hkl:3: expected 5 numbers as in the lines before, found "1 2 4 4.5"`},
		{"a word after F", "1 2 3 4.5 obs\n", `"obs" after F is not a number`},
		{"an index lost", "1 2 3 4.5\n1 2 5.5\n", `hkl: data.hkl:2: expected four numbers 'h k l F', found "1 2 5.5"`},
		{"whole amplitudes, an F lost", "1 2 3 45\n1 2 4\n2 2 2 50\n2 2 3 60\n1 1 1 9\n2 2 2\n3 3 3\n4 4 4\n", `hkl: data.hkl:2: expected four numbers`},
		{"two reflections a line or one", "1 2 3 4 5 6 7 8\n1 2 4 4 5 6 8 8\n", "8 numbers a line may be 2 reflections or one with more columns"},
		{"decimal comma", "1 2 3 53,47\n", "data.hkl:1: a comma is a separator, and not in every place, or a decimal comma"},
		{"decimal comma after semicolons", "1;2;3;53,47\n", "a decimal comma"},
		{"order of columns", "l k h F\n1 2 3 4\n", "data.hkl:1: the columns are l, k, h, f: they have to begin with h, k, l, F"},
		{"a column before", ",h,k,l,F\n0,1,2,3,4\n", "data.hkl:2: expected a number for each of the 4 columns that are named above"},
		{"a named column before", "no h k l F\n0 1 2 3 4\n", "the columns are no, h, k, l, f: they have to begin"},
		{"no F", "h k l phi\n1 2 3 4\n", "they have to begin with h, k, l, F"},
		{"no amplitude at all", "1 2 3 nan\n1 2 4 ?\n", "none of its 2 reflections has an amplitude"},
		{"overflow of Fortran", "1 2 3 ****\n", `the amplitude is "****", not a finite number`},
		{"MTZ", "MTZ \x00\x01", "hkl: data.hkl: looks like an MTZ file: give it where any format is read"},
		{"dump", "0 0 0 0 0 0\n\f\x00\x00", "looks like an Fdump.bin of nanoBragg: it is binary: read it as a dump"},
		{"binary", "\x01\x02\x03", "hkl: data.hkl: is binary, not text"},
		{"fraction", "\n1 3.5 3 4", `hkl: data.hkl:2: expected four numbers 'h k l F', found "1 3.5 3 4": k is "3.5", not an integer within ±2147483647`},
		{"large index", "1 2 2147483648 4", `l is "2147483648", not an integer`},
		{"sign alone", "- 2 3 4", `h is "-", not an integer`},
		{"digits then letters", "1a 2 3 4", `h is "1a", not an integer`},
		{"F", "1 2 3 4x", `the amplitude is "4x", not a finite number`},
		{"infinite in words", "1 2 3 inf", `the amplitude is "inf", not a finite number`},
		{"infinite", "1 2 3 1e999", `the amplitude is "1e999", not a finite number`},
		{"box", "0 0 0 1\n1000 1000 1000 1\n", "hkl: data.hkl: the box h 0..1000, k 0..1000, l 0..1000 would take 8.024e+09 bytes"},
		{"long line", "1 2 3 " + strings.Repeat("4", 1<<17), "hkl: data.hkl:1: expected four numbers"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.in), "data.hkl", ByFile)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "data.hkl", ByFile); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestFiles(t *testing.T) {
	table, err := ReadFile("testdata/small.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out.hkl")
	if err := WriteFile(path, table.Table); err != nil {
		t.Fatal(err)
	}
	again, err := ReadFile(path, ByFile)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Table, table.Table) {
		t.Errorf("wrote %+v, read %+v", table, again)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "-1 2 0 32.5\n0 1 -1 8\n1 0 0 13\n"; string(got) != want {
		t.Errorf("wrote %q, want %q", got, want)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "absent.hkl"), ByFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for an absent file", err)
	}
	if err := Write(&bytes.Buffer{}, &structure.Table{}); err == nil {
		t.Error("an invalid table was written")
	}
}

// wilson_small.hkl, made for this project, fills the box |h| ≤ 5, |k| ≤ 6, |l| ≤ 7.
func TestGolden(t *testing.T) {
	const box = 11 * 13 * 15
	table, err := ReadFile("../../testdata/golden/data/wilson_small.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	if table.Count() != box || table.Cells() != box {
		t.Errorf("%d reflections in %d cells, want %d", table.Count(), table.Cells(), box)
	}
}

// A million lines are to take well under a second; ten times that fails, so that a busy machine
// does not.
func TestReadIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("times mean nothing on an emulated processor, which -short is for")
	}
	var in bytes.Buffer
	for i := range 1_000_000 {
		fmt.Fprintf(&in, "%d %d %d %.3f\n", i/10000-50, i/100%100-50, i%100, float64(i)*0.37)
	}
	start := time.Now()
	table, err := Read(&in, "data.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	if table.Count() != 1_000_000 {
		t.Errorf("%d reflections", table.Count())
	}
	took := time.Since(start)
	t.Log(took)
	if took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

// fuzzCells keeps a hostile box from taking the gigabytes that structure.MaxCells allows.
const fuzzCells = 1 << 16

func FuzzRead(f *testing.F) {
	f.Add([]byte("1 0 0 12.5\n-1 2 0 3.25e1\n"))
	f.Add([]byte("# comment\n\n3.0\t1 -1 0x1p3\r\n3 1 -1 0x10\n1 0 0 -0\n"))
	f.Add([]byte("0 0 0 1\n2147483647 0 0 1"))
	f.Add([]byte("1 2 3.5 4"))
	f.Add([]byte("1 2 3 1e999"))
	f.Add([]byte("  -3  -3  -3   53.47    1.50\n   0   0   0    0.00    0.00\n"))
	f.Add([]byte("h,k,l,I\n1,2,3,4\n"))
	f.Add([]byte("\xef\xbb\xbf1 2\r3 4.5 5 6 7 8.5;x\r\x1a"))
	f.Add([]byte("1 2 3 ? 1\n1 2 4 5.3+001 D\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		table, err := fuzzRead(in)
		if err != nil {
			return
		}
		if err := table.Validate(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Write(&out, table.Table); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&out, "again", Amplitudes)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again.Table, table.Table) {
			t.Errorf("wrote %+v, read %+v", table.Table, again.Table)
		}
	})
}

// fuzzRead reads text that is not compressed.
func fuzzRead(in []byte) (*Text, error) {
	data, err := sniff.Text(bytes.NewReader(in), sniff.Reflections)
	if err != nil || len(data) > len(in) {
		return nil, errors.ErrUnsupported
	}
	return parse(data, "fuzz", ByFile, fuzzCells)
}
