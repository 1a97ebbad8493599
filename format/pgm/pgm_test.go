package pgm

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     Image
	}{
		{"8 bits", "P5\n3 1\n255\n\x00\x20\xff", Image{Fast: 3, Slow: 1, Max: 255, Pixels: []uint16{0, 32, 255}}},
		{"16 bits", "P5\n1 2\n256\n\x01\x00\x00\x0a", Image{Fast: 1, Slow: 2, Max: 256, Pixels: []uint16{256, 10}}},
		{"one line, a pixel like a blank", "P5 1 1 32\t\x20", Image{Fast: 1, Slow: 1, Max: 32, Pixels: []uint16{32}}},
		{"comments", "P5# one\n#two\n1# three\n 1\n#  four\n255# five\n\x07", Image{Fast: 1, Slow: 1, Max: 255, Comment: "one\ntwo\nthree\n four\nfive", Pixels: []uint16{7}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			img, err := Read(strings.NewReader(test.in), "x.pgm")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(*img, test.want) {
				t.Errorf("read %+v, want %+v", *img, test.want)
			}
		})
	}
}

// testdata/image.pgm was written by the original nanoBragg, with the options that
// format/smv/geometry_test.go lists and -pgmfile image.pgm; it printed a pgm_scale of 11118.1.
func TestReference(t *testing.T) {
	want, err := os.ReadFile("testdata/image.pgm")
	if err != nil {
		t.Fatal(err)
	}
	img, err := ReadFile("testdata/image.pgm")
	if err != nil {
		t.Fatal(err)
	}
	if img.Fast != 20 || img.Slow != 16 || img.Max != 255 || img.Comment != ScaleComment(11118.1) {
		t.Errorf("%d × %d, max %d, comment %q", img.Fast, img.Slow, img.Max, img.Comment)
	}
	path := filepath.Join(t.TempDir(), "image.pgm")
	if err := WriteFile(path, img); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range []Image{
		{Fast: 2, Slow: 1, Max: 255, Pixels: []uint16{10, 255}},
		{Fast: 1, Slow: 1, Max: 1, Comment: strings.Repeat("x", maxComment), Pixels: []uint16{1}},
		{Fast: 1, Slow: 2, Max: 65535, Comment: "a\n b", Pixels: []uint16{0x0a0d, 65535}},
	} {
		var out bytes.Buffer
		if err := Write(&out, &want); err != nil {
			t.Fatal(err)
		}
		got, err := Read(&out, "again")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("read %+v, want %+v", *got, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "the file ends where the letters P5 should be"},
		{"text format", "P2\n1 1\n255\n7", `expected P5, found "P2"`},
		{"no height", "P5\n1", "the file ends where the height should be"},
		{"width", "P5\nx 1\n255\n7", `the width is "x"`},
		{"zero", "P5\n1 0\n255\n", `the height is "0"`},
		{"negative", "P5\n-1 1\n255\n7", `the width is "-1"`},
		{"max", "P5\n1 1\n65536\n77", `the largest value is "65536", not an integer from 1 to 65535`},
		{"long number", "P5\n" + strings.Repeat("1", 99), "expected the width, found"},
		{"endless comment", "P5\n#" + strings.Repeat("x", maxComment+2), "comments longer than"},
		{"many comments", "P5\n" + strings.Repeat("#\n", maxComment+2) + "1 1\n1\n\x01", "comments longer than"},
		{"short", "P5\n2 2\n255\n123", "for 2 × 2 pixels: expected 4 bytes, found 3"},
		{"long", "P5\n2 2\n256\n123456789", "for 2 × 2 pixels: expected 8 bytes, found 9"},
		{"huge", "P5\n2147483647 2147483647\n65535\n1", "expected 9223372028264841218 bytes, found 1"},
		{"pixel", "P5\n2 1\n9\n\x09\x0a", "pixel 1 is 10, above the largest value 9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.in), "x.pgm")
			if err == nil || !strings.HasPrefix(err.Error(), "pgm: x.pgm: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "x.pgm"); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestWriteErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		img  *Image
		want string
	}{
		{"nil", nil, "no image"},
		{"size", &Image{Fast: -1, Slow: -1, Max: 255, Pixels: []uint16{1}}, "-1 × -1 pixels"},
		{"pixels", &Image{Fast: 2, Slow: 1, Max: 255, Pixels: []uint16{1}}, "2 × 1 pixels has 1 values"},
		{"no max", &Image{Fast: 1, Slow: 1, Pixels: []uint16{0}}, "value 0 is outside"},
		{"max", &Image{Fast: 1, Slow: 1, Max: 65536, Pixels: []uint16{0}}, "value 65536 is outside"},
		{"pixel", &Image{Fast: 1, Slow: 1, Max: 7, Pixels: []uint16{8}}, "pixel 0 is 8"},
		{"comment", &Image{Fast: 1, Slow: 1, Max: 7, Pixels: []uint16{1}, Comment: strings.Repeat("x", maxComment+1)}, "comment longer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Write(&out, test.img); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("P5\n2 1\n# pixels scaled by 1.5\n255\n\x00\xff"))
	f.Add([]byte("P5 1#a\n#\n1 65535\n\x00\xff"))
	f.Add([]byte("P5 99999999 99999999 255 "))
	f.Fuzz(func(t *testing.T, in []byte) {
		img, err := Read(bytes.NewReader(in), "fuzz")
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, img); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&out, "again")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, img) {
			t.Errorf("wrote %+v, read %+v", img, again)
		}
	})
}
