package raw

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

func TestLayout(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, []float64{1, -2, 0.1, 0}); err != nil {
		t.Fatal(err)
	}
	// IEEE 754 single precision: 1 = 3f800000, −2 = c0000000, 0.1 = 3dcccccd.
	want := "\x00\x00\x80\x3f" + "\x00\x00\x00\xc0" + "\xcd\xcc\xcc\x3d" + "\x00\x00\x00\x00"
	if out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}

func TestFiles(t *testing.T) {
	want := []float32{1, 2.5, -3e30, 0, float32(math.Inf(1)), 1e-45}
	path := filepath.Join(t.TempDir(), "floatimage.bin")
	if err := WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path, 3, 2)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v, %v, want %v", got, err, want)
	}
	if _, err := ReadFile(filepath.Join(t.TempDir(), "absent"), 3, 2); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for an absent file", err)
	}
}

func TestReadErrors(t *testing.T) {
	for _, test := range []struct {
		name             string
		have, fast, slow int
		want             string
	}{
		{"short", 23, 3, 2, "expected 24 bytes, found 23"},
		{"long", 28, 3, 2, "expected 24 bytes, found 28"},
		{"empty", 0, 1, 1, "expected 4 bytes, found 0"},
		{"no width", 0, 0, 2, "0 × 2 pixels"},
		{"negative", 24, -3, -2, "-3 × -2 pixels"},
		{"too wide", 4, math.MaxInt, 1, "cannot be read"},
		{"huge", 4, maxSide, maxSide, "expected 4611686009837453316 bytes, found 4"}, // 4 (2³⁰−1)²
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(make([]byte, test.have)), "x.bin", test.fast, test.slow)
			if err == nil || !strings.HasPrefix(err.Error(), "raw: x.bin: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	boom := errors.New("boom")
	if _, err := Read(iotest.ErrReader(boom), "x.bin", 1, 1); !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
}

func TestWriteOverflow(t *testing.T) {
	err := Write(&bytes.Buffer{}, []float64{1, 1e39})
	if err == nil || err.Error() != "raw: pixel 1, 1e+39, does not fit a float32" {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x00\x00\x80\x3f\x00\x00\x00\xc0"), 2, 1)
	f.Add([]byte("\x00\x00\x80\x3f"), 1<<20, 1<<20)
	f.Add([]byte{}, -1, 0)
	f.Fuzz(func(t *testing.T, in []byte, fast, slow int) {
		image, err := Read(bytes.NewReader(in), "fuzz", fast, slow)
		if err != nil {
			return
		}
		if len(image) != fast*slow {
			t.Fatalf("%d pixels, want %d × %d", len(image), fast, slow)
		}
		var out bytes.Buffer
		if err := Write(&out, image); err != nil {
			t.Fatal(err)
		}
		// Signalling NaNs may become quiet ones on the way through a float64.
		again, err := Read(&out, "again", fast, slow)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range image {
			if again[i] != x && !(x != x && again[i] != again[i]) {
				t.Errorf("pixel %d was %v, is %v", i, x, again[i])
			}
		}
	})
}
