package hkl

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

	"github.com/gobragg/gobragg/structure"
)

// testdata/Fdump.bin was written by the original nanoBragg from small.hkl:
//
//	nanoBragg -hkl small.hkl -default_F 7 -cell 50 60 70 90 90 90 -N 3 -lambda 1 -distance 200 -detpixels 16
const referenceDefaultF = 7

func TestWriteDumpAsReference(t *testing.T) {
	table, err := ReadFile("testdata/small.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/Fdump.bin")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "Fdump.bin")
	if err := WriteDumpFile(path, table.Table, referenceDefaultF); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("wrote\n%q\nwant\n%q", got, want)
	}
}

func TestReadDumpOfReference(t *testing.T) {
	source, err := ReadFile("testdata/small.hkl", ByFile)
	if err != nil {
		t.Fatal(err)
	}
	known, err := ReadDumpFile("testdata/Fdump.bin", referenceDefaultF)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(known.Present, source.Present) || known.Count() != source.Count() {
		t.Errorf("%d reflections, want the %d of the text", known.Count(), source.Count())
	}
	dump, err := ReadDumpFile("testdata/Fdump.bin", math.Pi) // not what absent cells contain
	if err != nil {
		t.Fatal(err)
	}
	if dump.Count() != 3*3*2 {
		t.Errorf("%d reflections, want all 18", dump.Count())
	}
	for r := range dump.Reflections() {
		want := float64(referenceDefaultF)
		if i, ok := source.Index(r.H, r.K, r.L); ok {
			want = source.F[i]
		}
		if r.F != want {
			t.Errorf("%+v, want %v", r, want)
		}
	}
}

func TestReadDumpErrors(t *testing.T) {
	good, err := os.ReadFile("testdata/Fdump.bin")
	if err != nil {
		t.Fatal(err)
	}
	nan := bytes.Clone(good)
	for i := range 8 {
		nan[len("-1 1 0 2 -1 0\n\f")+i] = 0xff
	}
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "expected 6 integers, a line feed and a form feed"},
		{"no form feed", "1 2 1 2 1 2\n", "expected 6 integers, a line feed and a form feed"},
		{"five", "1 2 1 2 1\n\f", "expected 6 integers, found"},
		{"letters", "1 2 1 2 1 x\n\f", "expected 6 integers, found"},
		{"64 bits", "1 2 1 2 1 9999999999\n\f", "expected 6 integers, found"},
		{"reversed", "1 0 1 2 1 2\n\f", "h runs from 1 to 0"},
		{"huge", "0 2147483647 0 2147483647 0 2147483647\n\f", "bytes; the limit is"},
		{"header alone", "-1 1 0 2 -1 0\n\f", "after the header: expected 384 bytes, found 0"},
		{"truncated", string(good[:len(good)-1]), "after the header: expected 384 bytes, found 383"},
		{"too long", string(good) + "xy", "after the header: expected 384 bytes, found 386"},
		{"NaN", string(nan), "the amplitude of (-1, 0, -1) is NaN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadDump(strings.NewReader(test.in), "Fdump.bin", 0)
			if err == nil || !strings.HasPrefix(err.Error(), "hkl: Fdump.bin: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := ReadDump(iotest.ErrReader(boom), "Fdump.bin", 0); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestWriteDumpErrors(t *testing.T) {
	var out bytes.Buffer
	if err := WriteDump(&out, &structure.Table{}, 0); err == nil {
		t.Error("an invalid table was written")
	}
	if err := WriteDump(&out, &structure.Table{F: []float64{1}}, math.NaN()); err == nil {
		t.Error("a default F of NaN was written")
	}
}

func FuzzReadDump(f *testing.F) {
	good, err := os.ReadFile("testdata/Fdump.bin")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:100])
	f.Add([]byte("0 0 0 0 0 0\n\f" + strings.Repeat("\x00", 64)))
	f.Add([]byte("0 2147483647 0 0 0 0\n\f"))
	f.Fuzz(func(t *testing.T, in []byte) {
		table, err := readDump(bytes.NewReader(in), "fuzz", 0, fuzzCells)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteDump(&out, table, 0); err != nil {
			t.Fatal(err)
		}
		again, err := ReadDump(&out, "again", 0)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, table) {
			t.Errorf("wrote %+v, read %+v", table, again)
		}
	})
}
