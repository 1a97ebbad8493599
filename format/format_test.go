package format

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"testing"
)

func TestClass(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
		is   error
	}{
		{nil, "", nil},
		{io.EOF, "", io.EOF},
		{Errorf(ErrTruncated, "mtz: ends at byte %d: %w", 7, io.ErrUnexpectedEOF), "truncated", io.ErrUnexpectedEOF},
		{fmt.Errorf("a.mtz: %w", Errorf(ErrChecksum, "hdf5: no")), "checksum", ErrChecksum},
		{Errorf(Not("mtz"), "mtz: begins with MZ"), "not-mtz", ErrNotFormat},
		{Reading("cbf", nil), "", nil},
		{Reading("cbf", Errorf(ErrNotFormat, "looks like PGM")), "not-cbf", ErrNotFormat},
		{Reading("cbf", Errorf(ErrChecksum, "no")), "checksum", ErrChecksum},
		{Reading("cbf", fmt.Errorf("ends: %w", io.ErrUnexpectedEOF)), "truncated", io.ErrUnexpectedEOF},
		{Reading("cbf", gzip.ErrChecksum), "checksum", gzip.ErrChecksum},
		{Reading("cbf", flate.CorruptInputError(7)), "invalid-value", ErrInvalidValue},
		{Reading("cbf", bzip2.StructuralError("bad")), "invalid-value", ErrInvalidValue},
		{Reading("cbf", fs.ErrPermission), "", fs.ErrPermission},
	} {
		if got := Class(test.err); got != test.want || !errors.Is(test.err, test.is) {
			t.Errorf("%v: class %q, want %q", test.err, got, test.want)
		}
	}
	if errors.Is(Errorf(ErrLimit, "x"), ErrTruncated) || errors.Is(Errorf(Not("cbf"), "x"), Not("mtz")) {
		t.Error("an error has two classes")
	}
}

func TestFrame(t *testing.T) {
	for _, test := range []struct {
		typ  Type
		data []byte
		want []float64
	}{
		{Uint8, []byte{3, 255}, []float64{3, 255}},
		{Int8, []byte{3, 255}, []float64{3, -1}},
		{Uint16, []byte{3, 1, 255, 255}, []float64{259, 65535}},
		{Int16, []byte{3, 1, 255, 255}, []float64{259, -1}},
		{Uint32, []byte{3, 1, 0, 0, 255, 255, 255, 255}, []float64{259, math.MaxUint32}},
		{Int32, []byte{3, 1, 0, 0, 255, 255, 255, 255}, []float64{259, -1}},
		{Uint64, []byte{3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, []float64{259, 1 << 32}},
		{Int64, []byte{3, 1, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255}, []float64{259, -1}},
		{Float16, []byte{0x00, 0x3c, 0xff, 0x83}, []float64{1, -1023 * math.Exp2(-24)}}, // the latter is denormal
		{Float16, []byte{0xff, 0x7b, 0x00, 0xfc}, []float64{65504, math.Inf(-1)}},
		{Float32, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}, []float64{1, -2}},
		{Float64, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}, []float64{1, -2}},
		{Bool, []byte{1, 0}, []float64{1, 0}},
	} {
		var f Frame
		f.Reset(2, 1, test.typ)
		copy(f.Data, test.data)
		if got := f.Float64s(nil); len(f.Data) != len(test.data) || got[0] != test.want[0] || got[1] != test.want[1] {
			t.Errorf("%v: %v, want %v", test.typ, got, test.want)
		}
		for i, size := 0, test.typ.Size(); i < len(f.Data); i += size {
			slices.Reverse(f.Data[i : i+size])
		}
		if f.Swap(); !bytes.Equal(f.Data, test.data) {
			t.Errorf("%v: swapped % x, want % x", test.typ, f.Data, test.data)
		}
	}
	var f Frame
	f.Reset(4, 1, Float32)
	for i, v := range []float32{-1, 2, float32(math.NaN()), 9} {
		bits := math.Float32bits(v)
		f.Data[4*i], f.Data[4*i+1], f.Data[4*i+2], f.Data[4*i+3] = byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24)
	}
	f.Mark(0)
	if marked := f.MarkOutside(0, 8); marked != 2 || f.Masked() != 3 || f.Bad[1] {
		t.Errorf("%d marked of %v", marked, f.Bad)
	}
	if f.Reset(2, 1, Uint8); f.Bad != nil || len(f.Data) != 2 {
		t.Errorf("a frame keeps %v and %d bytes of the one before", f.Bad, len(f.Data))
	}
}
