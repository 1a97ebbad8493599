package tiff

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
)

const samples = "../../../shared/formats/tiff/"

func TestSamples(t *testing.T) {
	paths, _ := filepath.Glob(samples + "*.tif")
	if len(paths) < 3 {
		t.Skip("NOT RUN: the samples of ../shared/formats/tiff are not there")
	}
	for _, path := range paths {
		text, err := os.ReadFile(path + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			Truth struct {
				Shape    [2]int
				Type     string `json:"dtype"`
				CRC32    uint32
				Sum      float64
				Negative int
			}
		}
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		m, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		var f format.Frame
		if err := m.Read(0, &f); err != nil {
			t.Error(err)
		}
		sum := 0.0
		for _, v := range f.Float64s(nil) {
			sum += v
		}
		w := want.Truth
		if f.Fast != w.Shape[1] || f.Slow != w.Shape[0] || f.Type.String() != w.Type || f.CRC32() != w.CRC32 || sum != w.Sum || f.Type.Signed() && f.Masked() != w.Negative {
			t.Errorf("%s: %d × %d %v, sum %v, %d do not count; want %+v", path, f.Fast, f.Slow, f.Type, sum, f.Masked(), w)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	// The header lines of a PILATUS.
	m, err := Open(samples + "pilatus_i32.tif")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if g := m.Geometry(); g == nil || g.Wavelength == 0 {
		t.Errorf("geometry %+v", g)
	}
}

// entry is a field of a file that the tests make.
type entry struct {
	tag, kind uint16
	values    []uint32
}

// file makes a TIFF file of the pixels' bytes in strips, whose fields override the usual ones.
func file(o binary.AppendByteOrder, fast, slow, rows uint32, strips [][]byte, fields ...entry) []byte {
	all := map[uint16]entry{}
	start := "II*\x00"
	if o == binary.AppendByteOrder(binary.BigEndian) {
		start = "MM\x00*"
	}
	out := append([]byte(start), 0, 0, 0, 0)
	var offsets, sizes []uint32
	for _, s := range strips {
		offsets, sizes = append(offsets, uint32(len(out))), append(sizes, uint32(len(s)))
		out = append(out, s...)
	}
	for _, e := range append([]entry{{256, 4, []uint32{fast}}, {257, 3, []uint32{slow}}, {258, 3, []uint32{16}}, {262, 3, []uint32{1}},
		{273, 4, offsets}, {278, 4, []uint32{rows}}, {279, 4, sizes}}, fields...) {
		all[e.tag] = e
	}
	var directory []byte
	count := 0
	for tag := range uint16(1000) {
		e, ok := all[tag]
		if !ok || e.values == nil {
			continue
		}
		count++
		directory = o.AppendUint32(o.AppendUint16(o.AppendUint16(directory, e.tag), e.kind), uint32(len(e.values)))
		var values []byte
		for _, v := range e.values {
			switch e.kind {
			case 1, 2:
				values = append(values, byte(v))
			case 3:
				values = o.AppendUint16(values, uint16(v))
			default:
				values = o.AppendUint32(values, v)
			}
		}
		if len(values) > 4 {
			directory = o.AppendUint32(directory, uint32(len(out)))
			out = append(out, values...)
		} else {
			directory = append(append(directory, values...), make([]byte, 4-len(values))...)
		}
	}
	copy(out[4:], o.AppendUint32(nil, uint32(len(out))))
	out = append(o.AppendUint16(out, uint16(count)), directory...)
	return append(out, 0, 0, 0, 0)
}

func deflated(data string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(data))
	_ = z.Close()
	return b.Bytes()
}

func description(text string) entry {
	e := entry{270, 2, nil}
	for _, c := range []byte(text) {
		e.values = append(e.values, uint32(c))
	}
	return e
}

func one(v uint32) []uint32 { return []uint32{v} }

// TestFields reads what fields say, and names what is not read.
func TestFields(t *testing.T) {
	plain := [][]byte{[]byte("\x01\x00\x02\x00"), []byte("\xff\xff\x04\x00")}
	whole := [][]byte{[]byte("\x01\x00\x02\x00\xff\xff\x04\x00")}
	deflate := entry{259, 3, one(8)}
	spoilt := deflated("\x01\x00\x02\x00\x03\x00\x04\x00")
	spoilt[len(spoilt)-1] ^= 1
	next := file(binary.LittleEndian, 2, 2, 1, plain)
	next[len(next)-1] = 1
	for _, test := range []struct {
		data []byte
		want string // the pixels, or the class of the error
	}{
		{file(binary.LittleEndian, 2, 2, 1, plain), "uint16 [1 2 65535 4]"},
		{file(binary.BigEndian, 2, 2, 1, plain), "uint16 [256 512 65535 1024]"},
		{file(binary.LittleEndian, 2, 2, 7, whole), "uint16 [1 2 65535 4]"},
		{file(binary.LittleEndian, 2, 2, 2, whole, entry{278, 4, nil}), "uint16 [1 2 65535 4]"},
		{file(binary.LittleEndian, 2, 2, 2, whole, entry{279, 4, nil}), "uint16 [1 2 65535 4]"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{339, 3, one(2)}), "int16 [1 2 -1 4] 1"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{339, 3, one(4)}), "uint16 [1 2 65535 4]"},
		{file(binary.LittleEndian, 1, 2, 1, plain, entry{258, 3, one(32)}), "uint32 [131073 327679]"},
		{file(binary.LittleEndian, 1, 2, 1, plain, entry{258, 3, one(32)}, description("# Count_cutoff 200000\n")), "int32 [131073 327679] 1"},
		{file(binary.LittleEndian, 4, 2, 1, plain, entry{258, 3, one(8)}), "uint8 [1 0 2 0 255 255 4 0]"},
		{file(binary.LittleEndian, 4, 2, 1, plain, entry{258, 3, one(8)}, entry{262, 3, one(0)}), "uint8 [254 255 253 255 0 0 251 255]"},
		{file(binary.LittleEndian, 1, 1, 1, [][]byte{[]byte("\x00\x00\x80\x3f")}, entry{258, 3, one(32)}, entry{339, 3, one(3)}), "float32 [1]"},
		{file(binary.LittleEndian, 2, 2, 2, [][]byte{deflated("\x01\x00\x02\x00\x03\x00\x04\x00")}, deflate), "uint16 [1 2 3 4]"},
		{file(binary.LittleEndian, 2, 2, 1, [][]byte{deflated("\x01\x00\x02\x00"), deflated("\x03\x00\x04\x00")}, entry{259, 3, one(32946)}), "uint16 [1 2 3 4]"},
		{file(binary.LittleEndian, 2, 2, 2, [][]byte{spoilt}, deflate), "checksum"},
		{file(binary.LittleEndian, 2, 2, 2, [][]byte{deflated("\x01\x00\x02\x00")}, deflate), "truncated"},
		{file(binary.LittleEndian, 2, 2, 2, [][]byte{deflated("\x01\x00\x02\x00\x03\x00\x04\x00\x05")}, deflate), "inconsistent"},
		{file(binary.LittleEndian, 2, 2, 2, [][]byte{[]byte("no zlib")}, deflate), "invalid-value"},
		{file(binary.LittleEndian, 9999, 9999, 9999, [][]byte{deflated("\x01")}, deflate), "truncated"},
		{file(binary.LittleEndian, 3, 2, 1, plain), "truncated"},
		{file(binary.LittleEndian, 1, 2, 1, plain), "inconsistent"},
		{file(binary.LittleEndian, 2, 3, 1, plain), "inconsistent"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{279, 4, []uint32{4, 4000}}), "truncated"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{279, 4, []uint32{3, 5}}), "inconsistent"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{273, 4, nil}), "no-data"},
		{file(binary.LittleEndian, 0, 2, 1, plain), "invalid-value"},
		{file(binary.LittleEndian, 1<<31, 40000, 1, plain), "limit"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{259, 3, one(5)}), "unsupported LZW"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{259, 3, one(99)}), "unsupported number 99"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{277, 3, one(3)}), "unsupported 3 channels"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{258, 3, []uint32{8, 16, 8}}), "unsupported tag 258"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{322, 3, one(16)}), "unsupported 322"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{317, 3, one(2)}), "unsupported predictor 2"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{258, 3, one(12)}), "unsupported 12 bits"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{262, 3, one(2)}), "unsupported photometric"},
		{file(binary.LittleEndian, 2, 2, 1, plain, entry{256, 12, one(2)}), "invalid-value"},
		{next, "unsupported several images"},
		{[]byte("II+\x00\x08\x00\x00\x00\x00\x00\x00\x00"), "unsupported BigTIFF"},
		{[]byte("II*\x00\xff\x00\x00\x00"), "truncated"},
		{[]byte("II*\x00\xff"), "truncated"},
		{[]byte("P5 1 1 255\n"), "not-tiff"},
		{nil, "not-tiff"},
	} {
		f, _, err := Read(bytes.NewReader(test.data), "x.tif")
		if got := told(f, err, test.want); got != test.want {
			t.Errorf("% x: %s (%v), want %s", test.data[:min(len(test.data), 40)], got, err, test.want)
		}
		// The same by the file, and compressed.
		for _, data := range [][]byte{test.data, packed(test.data)} {
			path := filepath.Join(t.TempDir(), "x.tif")
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
			m, err := Open(path)
			f := new(format.Frame)
			if err == nil {
				err = m.Read(0, f)
				_ = m.Close()
			}
			if got := told(f, err, test.want); got != test.want {
				t.Errorf("%s: %s (%v), want %s", path, got, err, test.want)
			}
		}
	}
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// told returns the pixels of f and how many do not count, or the class of the error, with the words
// of it that are wanted.
func told(f *format.Frame, err error, want string) string {
	if err != nil {
		got := format.Class(err)
		if _, words, ok := strings.Cut(want, " "); ok && strings.Contains(err.Error(), words) {
			got += " " + words
		}
		return got
	}
	text := fmt.Sprintf("%v %v", f.Type, f.Float64s(nil))
	if n := f.Masked(); n > 0 {
		text += fmt.Sprintf(" %d", n)
	}
	return text
}

func FuzzRead(f *testing.F) {
	paths, _ := filepath.Glob(samples + "*.tif")
	for _, p := range paths {
		if data, err := os.ReadFile(p); err == nil && len(data) < 9000 {
			f.Add(data)
		}
	}
	f.Add(file(binary.BigEndian, 2, 2, 1, [][]byte{[]byte("\x01\x00\x02\x00"), []byte("\xff\xff\x04\x00")}))
	f.Add(file(binary.LittleEndian, 2, 2, 2, [][]byte{deflated("\x01\x00\x02\x00\x03\x00\x04\x00")}, entry{259, 3, one(8)}, description("# Count_cutoff 3\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		frame, _, err := Read(bytes.NewReader(in), "x.tif")
		if err != nil {
			if format.Class(err) == "" {
				t.Errorf("an error without a class: %v", err)
			}
			return
		}
		if len(frame.Data) > 1100*len(in) || len(frame.Data) != frame.Fast*frame.Slow*frame.Type.Size() {
			t.Errorf("%d bytes of pixels from %d", len(frame.Data), len(in))
		}
	})
}
