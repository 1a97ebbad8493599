package npy

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/formattest"
)

const samples = "../../../shared/formats/npy/"

type picture struct {
	Shape []int64
	Type  string `json:"dtype"`
	CRC32 uint32
	Sum   float64
}

func load(t testing.TB, path string, v any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skip("NOT RUN: ", err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(path, err)
	}
}

// compare reads all images of a and compares them with what NumPy wrote.
func compare(t *testing.T, name string, a *Array, want picture) {
	t.Helper()
	if fmt.Sprint(a.Shape()) != fmt.Sprint(want.Shape) || a.kind.String() != want.Type {
		t.Errorf("%s: shape %v of %v, want %+v", name, a.Shape(), a.kind, want)
		return
	}
	var f format.Frame
	all, sum := []byte{}, 0.0
	for i := range a.Frames() {
		if err := a.Read(i, &f); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, v := range f.Float64s(nil) {
			sum += v
		}
		all = append(all, f.Data...)
	}
	f.Data = all
	if sum != want.Sum || f.CRC32() != want.CRC32 {
		t.Errorf("%s: sum %v, CRC %d, want %+v", name, sum, f.CRC32(), want)
	}
}

func TestSamples(t *testing.T) {
	paths, _ := filepath.Glob(samples + "*.npy")
	if len(paths) < 4 {
		t.Skip("NOT RUN: the samples of ../shared/formats/npy are not there")
	}
	for _, path := range paths {
		var want struct {
			Shape []int64
			Truth *picture
		}
		load(t, path+".json", &want)
		a, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if want.Truth != nil {
			compare(t, path, a, *want.Truth)
		} else if fmt.Sprint(a.Shape()) != fmt.Sprint(want.Shape) || a.kind != format.Bool {
			t.Errorf("%s: %v of %v", path, a.Shape(), a.kind)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestArchive(t *testing.T) {
	var want struct{ Members map[string]json.RawMessage }
	load(t, samples+"panels.npz.json", &want)
	m, err := OpenArchive(samples + "panels.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if got := strings.Join(m.Names(), " "); got != "panel0 panel1 wavelength" {
		t.Errorf("members %s", got)
	}
	for name, text := range want.Members {
		a, err := m.Open(name)
		if err != nil {
			t.Error(err)
			continue
		}
		var p picture
		if json.Unmarshal(text, &p) == nil {
			compare(t, name, a, p)
			compare(t, name, a, p) // again, from the beginning
		} else if x, err := a.Number(); err != nil || fmt.Sprint(x) != string(text) {
			t.Errorf("%s: %v, %v, want %s", name, x, err, text)
		} else if x, err := a.Number(); err != nil || fmt.Sprint(x) != string(text) {
			t.Errorf("%s a second time: %v, %v", name, x, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.Open("panel2"); format.Class(err) != "no-data" || !strings.Contains(err.Error(), "panel0, panel1, wavelength") {
		t.Error(err)
	}
}

func TestMalformed(t *testing.T) {
	formattest.Malformed(t, filepath.Join(formattest.Samples(t, "npy"), "malformed"), 3, func(path string) error {
		a, err := Open(path)
		if err == nil {
			_ = a.Close()
		}
		return err
	})
}

// file returns an array with a header of the given text.
func file(version byte, text, data string) []byte {
	out := []byte(magic + string([]byte{version, 0}))
	if version == 1 {
		out = append(out, byte(len(text)), byte(len(text)>>8))
	} else {
		out = append(out, byte(len(text)), byte(len(text)>>8), byte(len(text)>>16), byte(len(text)>>24))
	}
	return append(append(out, text...), data...)
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// TestHeaders reads what Python's syntax allows, and refuses what is none of this package's business.
func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		version    byte
		text, data string
		want       string // the first image, or the class of the error
	}{
		{1, "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }\n", "\x01\x00\xff\xff", "int16 2×1 [1 -1]"},
		{2, "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }\n", "\x01\x00\xff\xff", "int16 2×1 [1 -1]"},
		{3, "{ \"shape\":(2,1) ,'fortran_order':False,\n'descr':'>u2'}", "\x01\x00\xff\xff", "uint16 1×2 [256 65535]"},
		{1, "{'descr': '|b1', 'fortran_order': False, 'shape': (1L, 2L), }", "\x01\x07", "bool 2×1 [1 1]"},
		{1, "{'descr': '?', 'fortran_order': True, 'shape': (1, 2)}", "\x01\x00", "bool 2×1 [1 0]"},
		{1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }", "\x00\x3c\x00\xc0", "float16 2×1 [1 -2]"},
		{1, "{'descr': '>f8', 'fortran_order': False, 'shape': (1, 1), }", "\x3f\xf0\x00\x00\x00\x00\x00\x00", "float64 1×1 [1]"},
		{1, "{'descr': '=i4', 'fortran_order': False, 'shape': (1, 1), }", "\x01\x00\x00\x00", "int32 1×1 [1]"},
		{1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "\x01\x04\x02\x05\x03\x06", "uint8 3×2 [1 2 3 4 5 6]"},
		{1, "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 2, 2), }", "\x01\x05\x03\x07\x02\x06\x04\x08", "int8 2×2 [1 2 3 4] [5 6 7 8]"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1), }", "\x01\x04", "uint8 1×1 [1] [4]"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 7), }", "", "uint8 7×0"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "\x05", "number 5"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "\x05", "number 5"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }", "\x05", "truncated"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }", "\x05\x06\x07", "inconsistent"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 2), }", "\x05\x06", "invalid-value"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 2), }", "\x05\x06", "limit"},
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "", "limit"},
		{1, "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }", "\x80\x02", "refused"},
		{1, "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2), }", "", "unsupported"},
		{1, "{'descr': '<U3', 'fortran_order': False, 'shape': (1, 2), }", "", "unsupported"},
		{1, "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1, 2), }", "", "unsupported"},
		{1, "{'descr': '<i4', 'fortran_order': 0, 'shape': (1, 2), }", "", "invalid-value"},
		{1, "{'descr': '<i4', 'fortran_order': False, 'shape': [1, 2], }", "", "invalid-value"},
		{1, "{'descr': '<i4', 'fortran_order': False, 'shape': (1, x), }", "", "invalid-value"},
		{1, "{'descr': '<i4', 'fortran_order': False}", "", "invalid-value"},
		{1, "{'descr': '<i4', 'descr': '<i4', 'shape': (1, 2), }", "", "invalid-value"},
		{1, "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2)", "", "invalid-value"},
		{1, "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 2)} x", "", "invalid-value"},
		{1, "", "", "invalid-value"},
		{9, "", "", "unsupported"},
		{2, strings.Repeat(" ", 1<<17), "", "limit"},
	} {
		for _, z := range []func([]byte) []byte{func(b []byte) []byte { return b }, packed} {
			path := filepath.Join(t.TempDir(), "x.npy")
			if err := os.WriteFile(path, z(file(test.version, test.text, test.data)), 0o644); err != nil {
				t.Fatal(err)
			}
			if got, err := describe(path); got != test.want {
				t.Errorf("%q %q: %s (%v), want %s", test.text, test.data, got, err, test.want)
			}
		}
	}
}

// describe returns the content of a small array, or the class of the error.
func describe(path string) (string, error) {
	a, err := Open(path)
	if err != nil {
		return format.Class(err), err
	}
	defer func() { _ = a.Close() }()
	if len(a.shape) < 2 {
		x, err := a.Number()
		if err != nil {
			return format.Class(err), err
		}
		return fmt.Sprintf("number %v", x), nil
	}
	fast, slow, kind := a.Size()
	text := fmt.Sprintf("%v %d×%d", kind, fast, slow)
	var f format.Frame
	for i := range a.Frames() {
		if err := a.Read(i, &f); err != nil {
			return format.Class(err), err
		}
		text += fmt.Sprintf(" %v", f.Float64s(nil))
	}
	return text, nil
}

// TestRoundTrip writes every type, as an image and as a stack.
func TestRoundTrip(t *testing.T) {
	for kind := format.Uint8; kind <= format.Bool; kind++ {
		for _, frames := range []int{1, 3} {
			path := filepath.Join(t.TempDir(), "x.npy")
			w, err := Create(path, 5, 4, kind)
			if err != nil {
				t.Fatal(err)
			}
			var f format.Frame
			f.Reset(5, 4, kind)
			for i := range f.Data {
				f.Data[i] = byte(3*i + 1)
				if kind == format.Bool {
					f.Data[i] &= 1
				}
			}
			for range frames {
				if err := w.Write(&f); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			a, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if a.Frames() != frames || len(a.Shape()) != min(frames, 2)+1 && frames == 1 {
				t.Errorf("%v: shape %v", kind, a.Shape())
			}
			again := filepath.Join(t.TempDir(), "y.npy")
			if err := WriteFile(again, a); err != nil {
				t.Error(err)
			}
			_ = a.Close()
			one, _ := os.ReadFile(path)
			two, _ := os.ReadFile(again)
			if !bytes.Equal(one, two) || !bytes.Equal(one[headerBytes:], bytes.Repeat(f.Data, frames)) {
				t.Errorf("%v: other bytes", kind)
			}
			if frames == 1 {
				var b bytes.Buffer
				if err := Write(&b, &f); err != nil || !bytes.Equal(b.Bytes(), one) {
					t.Errorf("%v: Write: %v, other bytes", kind, err)
				}
			}
		}
	}
	if err := Write(&bytes.Buffer{}, &format.Frame{Fast: 2, Slow: 2}); format.Class(err) != "inconsistent" {
		t.Error(err)
	}
}

// TestArchiveErrors: archives of something else, and ones that lie.
func TestArchiveErrors(t *testing.T) {
	zipped := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range names {
			w, _ := z.Create(n)
			_, _ = w.Write(file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4), }", "abcd"))
		}
		_ = z.Close()
		return b.Bytes()
	}
	good := zipped("a.npy")
	spoilt := bytes.Replace(good, []byte("PK\x01\x02"), []byte("PK\x01\x03"), 1)
	for _, test := range []struct {
		data []byte
		want string
	}{
		{good, ""},
		{[]byte("no archive"), "not-npz"},
		{nil, "not-npz"},
		{good[:len(good)-5], "truncated"},
		{spoilt, "truncated"},
		{zipped(), "no-data"},
		{zipped("a.txt"), "unsupported"},
		{zipped("a.npy", "a.npy"), "inconsistent"},
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, test.data, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := OpenArchive(path)
		if format.Class(err) != test.want || err == nil && test.want != "" {
			t.Errorf("%.20q: %v, want %s", test.data, err, test.want)
		}
		if err == nil {
			_ = m.Close()
		}
	}
}

func FuzzOpen(f *testing.F) {
	paths, _ := filepath.Glob(samples + "*.np[yz]")
	more, _ := filepath.Glob(samples + "malformed/*.npy")
	for _, p := range append(paths, more...) {
		if data, err := os.ReadFile(p); err == nil && len(data) < 6000 {
			f.Add(data)
		}
	}
	f.Add(file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 1), }", "abcd"))
	f.Add(packed(file(2, "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 1), }", "abcd")))
	path := filepath.Join(f.TempDir(), "x") // one for all inputs, which is faster
	f.Fuzz(func(t *testing.T, in []byte) {
		if err := os.WriteFile(path, in, 0o600); err != nil {
			t.Fatal(err)
		}
		all := func(a *Array, err error) {
			if err != nil {
				if format.Class(err) == "" {
					t.Errorf("an error without a class: %v", err)
				}
				return
			}
			var frame format.Frame
			for i := range min(a.Frames(), 3) {
				if err := a.Read(i, &frame); err != nil && format.Class(err) == "" {
					t.Errorf("an error without a class: %v", err)
				}
			}
			if _, err := a.Number(); err != nil && format.Class(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
			_ = a.Close()
		}
		all(Open(path))
		m, err := OpenArchive(path)
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
			return
		}
		for _, name := range m.Names()[:min(3, len(m.Names()))] {
			all(m.Open(name))
		}
		_ = m.Close()
	})
}

// TestWriteForClients writes an array of each type, and its CRC, for .ci/clients.d/npy.
func TestWriteForClients(t *testing.T) {
	folder := os.Getenv("GOBRAGG_CLIENTS")
	if folder == "" {
		t.Skip("GOBRAGG_CLIENTS does not name a folder for .ci/clients.d/npy")
	}
	for kind := format.Uint8; kind <= format.Bool; kind++ {
		var f format.Frame
		f.Reset(31, 17, kind)
		for i := range f.Data {
			f.Data[i] = byte(i & 1)
		}
		w, err := Create(filepath.Join(folder, fmt.Sprintf("%v_%d.npy", kind, f.CRC32())), 31, 17, kind)
		if err != nil {
			t.Fatal(err)
		}
		for range int(kind)%2 + 1 {
			if err := w.Write(&f); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
