package raw

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestGuess: both precisions, of known sizes and of squares, with every byte in its place.
func TestGuess(t *testing.T) {
	values := []float64{1, 2.5, -3e30, 0, math.Inf(1), 0.25, 7, 8, 9}
	encode := func(bits, n int) []byte {
		var out []byte
		for _, v := range values[:n] {
			if bits == 32 {
				out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
			} else {
				out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
			}
		}
		return out
	}
	for _, c := range []struct{ bits, n, fast, slow, wantFast, wantSlow int }{
		{32, 6, 3, 2, 3, 2}, {64, 6, 3, 2, 3, 2}, {32, 6, 6, 1, 6, 1},
		{32, 9, 0, 0, 3, 3}, {64, 9, 0, 0, 3, 3}, {32, 1, 0, 0, 1, 1}, {64, 1, 0, 0, 1, 1}, {64, 4, 0, 0, 2, 2},
	} {
		data := encode(c.bits, c.n)
		img, err := Guess(bytes.NewReader(data), "x.bin", c.fast, c.slow)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		want := slices.Clone(values[:c.n])
		if c.bits == 32 {
			for i := range want {
				want[i] = float64(float32(want[i]))
			}
		}
		if img.Bits != c.bits || img.Fast != c.wantFast || img.Slow != c.wantSlow || !slices.Equal(img.Values, want) {
			t.Errorf("%+v: read %+v", c, img)
		}
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if again, err := Guess(&packed, "x.bin.gz", c.fast, c.slow); err != nil || !slices.Equal(again.Values, want) {
			t.Errorf("%+v, compressed: %+v, %v", c, again, err)
		}
	}
	for _, c := range []struct {
		data       string
		fast, slow int
		want       string
	}{
		{"", 0, 0, "raw: x.bin: is empty"},
		{"12345678901234567890", 0, 0, "raw: x.bin: 20 bytes are not a square of float32 or float64 values: give its size"},
		{"12345678901234567890", 2, 3, "raw: x.bin: 20 bytes are not 2 × 3 values of float32 or float64"},
		{"1234", -1, 1, "an image of -1 × 1 pixels cannot be read"},
		{"1234", 0, 4, "an image of 0 × 4 pixels cannot be read"},
		{"1234", maxSide, maxSide, "4 bytes are not"},
		{"###CBF: VERSION 1.5", 0, 0, "looks like a CBF image"},
		{"\x1f\x8b\x08 not gzip", 0, 0, "raw: x.bin: "},
	} {
		if _, err := Guess(strings.NewReader(c.data), "x.bin", c.fast, c.slow); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.data, err, c.want)
		}
	}
}
