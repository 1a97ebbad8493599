package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/format/npy"
	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

// The images of these tests.
const imageFast, imageSlow = 16, 12

// counts are whole numbers, with two peaks.
func counts() []float64 {
	out := make([]float64, imageFast*imageSlow)
	for i := range out {
		out[i] = float64(i % 3)
	}
	out[3*imageFast+4], out[8*imageFast+11] = 1000, 600
	return out
}

func plus(image []float64, offset float64) []float64 {
	out := make([]float64, len(image))
	for i, v := range image {
		out[i] = v + offset
	}
	return out
}

// folder holds the files of a test.
type folder struct {
	*testing.T
	path string
}

func (f folder) done(name string, err error) string {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
	return filepath.Join(f.path, name)
}

func integers(image []float64) []uint16 {
	out := make([]uint16, len(image))
	for i, v := range image {
		out[i] = uint16(v)
	}
	return out
}

func (f folder) smv(name string, image []float64, fast, slow int) string {
	return f.done(name, smv.WriteFile(filepath.Join(f.path, name), &smv.Image{Fast: fast, Slow: slow, Pixels: integers(image)}))
}

func (f folder) pgm(name string, image []float64) string {
	img := pgm.Image{Fast: imageFast, Slow: imageSlow, Max: 65535, Pixels: integers(image)}
	return f.done(name, pgm.WriteFile(filepath.Join(f.path, name), &img))
}

func (f folder) raw(name string, image []float64) string {
	return f.done(name, raw.WriteFile(filepath.Join(f.path, name), image))
}

func (f folder) raw64(name string, image []float64) string {
	var out []byte
	for _, v := range image {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return f.done(name, os.WriteFile(filepath.Join(f.path, name), out, 0o600))
}

// gzipped compresses a file.
func (f folder) gzipped(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return f.done(filepath.Base(path)+".gz", os.WriteFile(path+".gz", out.Bytes(), 0o600))
}

// TestCompare: the same image in all formats, others, and what cannot be compared.
func TestCompare(t *testing.T) {
	f := folder{t, t.TempDir()}
	image := counts()
	img, pgm, bin, double := f.smv("a.img", image, imageFast, imageSlow), f.pgm("a.pgm", image), f.raw("a.bin", image), f.raw64("a64.bin", image)
	flipped := make([]float64, 0, len(image))
	for s := imageSlow - 1; s >= 0; s-- {
		flipped = append(flipped, image[s*imageFast:(s+1)*imageFast]...)
	}
	mirrored := f.smv("mirrored.img", flipped, imageFast, imageSlow)
	with40 := f.smv("b.img", plus(image, 40), imageFast, imageSlow)
	odd := plus(image, 0)
	odd[5], odd[20] = math.NaN(), math.Inf(1)
	broken := f.raw("nan.bin", odd)
	mask := make([]float64, len(image))
	for i := range mask {
		if i != 5 && i != 20 {
			mask[i] = 1
		}
	}
	masked := f.pgm("mask.pgm", mask)
	wide, small := f.smv("wide.img", image, imageSlow, imageFast), f.smv("small.img", image[:16], 4, 4)
	square := f.raw("square.bin", image[:144])
	zero, flat := f.raw("zero.bin", make([]float64, len(image))), f.raw("flat.bin", plus(make([]float64, len(image)), 3))
	cbf := f.done("x.bin", os.WriteFile(filepath.Join(f.path, "x.bin"), []byte("###CBF: VERSION 1.5\n"), 0o600))
	nameless := f.done("nameless", os.WriteFile(filepath.Join(f.path, "nameless"), must(os.ReadFile(img)), 0o600))
	for _, c := range []struct {
		args   []string
		status int
		want   []string // in stdout, or in stderr if the status is 2
	}{
		{[]string{img, img}, 0, []string{"EQUAL: all 192 pixels of B are within 1e-05 of A's, and 1e-07 of A's brightest\n\n", "16 × 12",
			"B / A: 1\n", "correlation         1\n", "RMSE                0; of A's brightest pixel: 0\n", "largest shift is 0 pixels", "4, 3"}},
		{[]string{img, bin}, 0, []string{"SMV", "raw float32"}},
		{[]string{double, img}, 0, []string{"raw float64"}},
		{[]string{pgm, double}, 0, []string{"PGM to 65535"}},
		{[]string{bin, double, "-size", "16x12"}, 0, nil},
		{[]string{bin, double, "-size", "12×16"}, 0, []string{"12 × 16"}},
		{[]string{f.gzipped(img), f.gzipped(bin)}, 0, []string{"EQUAL"}},
		{[]string{img, nameless}, 0, nil},
		{[]string{square, square}, 0, []string{"12 × 12"}},
		{[]string{img, with40}, 1, []string{"DIFFERENT: 192 of 192 pixels", "B = A + 40, an offset, as of another ADC_OFFSET (-adc), explains 100 %",
			"scale 1, offset 40", "largest difference  40 at fast 0, slow 0: A 0, B 40", "Pixels that differ most:", "0     0     0  40  40     undefined"}},
		{[]string{img, with40, "-n", "0"}, 1, []string{"B = A + 40", "best fit"}},
		{[]string{img, mirrored}, 1, []string{"B mirrored along the slow axis has a correlation of 1 with A\n"}},
		{[]string{"-tol", "0", "-floor", "0.04", img, with40}, 0, []string{"EQUAL"}},
		{[]string{"-tol", "0", "-floor", "0.039", img, with40}, 1, []string{"DIFFERENT"}},
		{[]string{img, broken}, 1, []string{"DIFFERENT: 2 of 192", "not finite     none", "1 NaN, 1 +Inf, first at 5, 0", "left out"}},
		{[]string{broken, broken, "-size", "16x12"}, 0, []string{"EQUAL"}},
		{[]string{img, broken, "-mask", masked}, 0, []string{"EQUAL: all 190", "masked         2"}},
		{[]string{img, zero}, 1, []string{"B / A: 0", "undefined: B is constant", "2 of 2 have none in B"}},
		{[]string{zero, zero, "-size", "16x12"}, 0, []string{"undefined: both images are constant", "B / A: undefined"}},
		{[]string{flat, img}, 1, []string{"undefined: A is constant"}},
		{[]string{img, wide}, 2, []string{"a.img has 16 × 12 pixels, fast × slow, and ", "wide.img 12 × 16: images of one size can be compared"}},
		{[]string{img, small}, 2, []string{"small.img 4 × 4: images of one size"}},
		{[]string{img, square}, 2, []string{"square.bin: 576 bytes are not 16 × 12 values of float32 or float64, the size of the other image"}},
		{[]string{bin, bin}, 2, []string{"768 bytes are not a square of float32 or float64 values: give its size by --size FASTxSLOW"}},
		{[]string{img, img, "-size", "16x12"}, 2, []string{"--size 16x12 is for raw files, and there is none"}},
		{[]string{img, bin, "-size", "12x16"}, 2, []string{"a.bin 12 × 16: images of one size"}},
		{[]string{bin, bin, "-size", "16"}, 2, []string{"--size 16 is not FASTxSLOW"}},
		{[]string{bin, bin, "-size", "0x12"}, 2, []string{"--size 0x12 is not FASTxSLOW"}},
		{[]string{img, bin, "-mask", small}, 2, []string{"small.img 4 × 4: images of one size"}},
		{[]string{img, img, "-mask", f.pgm("none.pgm", make([]float64, len(image)))}, 2, []string{"the mask leaves none of 192 pixels"}},
		{[]string{img, cbf}, 2, []string{"x.bin: looks like a CBF image: convert it to SMV"}},
		{[]string{img, img + ".no"}, 2, []string{"a.img.no"}},
		{[]string{img, img, "-tol", "-1"}, 2, []string{"--tol -1 is not a finite number of at least 0"}},
		{[]string{img, img, "-floor", "NaN"}, 2, []string{"--floor NaN is not a finite number"}},
		{[]string{img, img, "-n", "-1"}, 2, []string{"--number -1 is negative"}},
		{[]string{img}, 2, []string{"usage: gobragg compare [flags] A B; got "}},
		{[]string{img, img, "-pictures", "x"}, 2, []string{"did you mean --picture?"}},
		{[]string{img, img, "--json=" + filepath.Join(f.path, "no", "x.json")}, 2, []string{"x.json"}},
		{[]string{img, img, "-picture", filepath.Join(f.path, "no", "x.png")}, 2, []string{"x.png"}},
		{[]string{"-help"}, 0, []string{"--tol FRACTION", "(default 1e-05)", "Exit status 0 if all pixels agree"}},
	} {
		t.Run(strings.ReplaceAll(strings.Join(c.args, " "), f.path+"/", ""), func(t *testing.T) {
			status, stdout, stderr := invoke(t, append([]string{"compare"}, c.args...)...)
			text := stdout
			if c.status == 2 {
				text = stderr
				if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "gobragg: ") {
					t.Errorf("not one line: %s", stderr)
				}
			} else if stderr != "" {
				t.Errorf("on standard error: %s", stderr)
			}
			if status != c.status || strings.Contains(strings.ReplaceAll(stdout, "1 NaN", ""), "NaN") {
				t.Errorf("status %d, want %d:\n%s%s", status, c.status, stdout, stderr)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in:\n%s", want, text)
				}
			}
		})
	}
}

func must(content []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return content
}

// TestCompareFiles: JSON to a file and to standard output, and pictures, also of images that are 0 or not finite.
func TestCompareFiles(t *testing.T) {
	f := folder{t, t.TempDir()}
	image := counts()
	odd := plus(image, 0)
	odd[5], odd[20] = math.NaN(), math.Inf(1)
	a, b, broken := f.raw("a.bin", image), f.raw("b.bin", plus(image, 40)), f.raw("nan.bin", odd)
	zero, flat := f.raw("zero.bin", make([]float64, len(image))), f.raw("flat.bin", plus(make([]float64, len(image)), 3))
	for _, c := range []struct {
		a, b   string
		status int
	}{{a, a, 0}, {a, b, 1}, {a, broken, 1}, {zero, zero, 0}, {zero, flat, 1}, {flat, flat, 0}} {
		picture, path := filepath.Join(f.path, "d.png"), filepath.Join(f.path, "r.json")
		args := []string{"compare", "-size", "16x12", c.a, c.b, "-n", "3"}
		status, table, stderr := invoke(t, append(args, "-picture", picture, "--json="+path)...)
		if status != c.status || !strings.Contains(table, "correlation") {
			t.Errorf("%s %s: status %d, want %d: %s", c.a, c.b, status, c.status, stderr)
		}
		img, err := png.Decode(bytes.NewReader(must(os.ReadFile(picture))))
		if err != nil {
			t.Fatal(err)
		}
		if size := img.Bounds().Size(); size.X < 3*size.Y { // three panels, side by side
			t.Errorf("a picture of %v", size)
		}
		text := must(os.ReadFile(path))
		var r compareResult
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		if r.Equal != (status == 0) || r.FileA != c.a || r.FormatB != "raw float32" || r.Fast != imageFast || len(r.Worst) > 3 {
			t.Errorf("%s", text)
		}
		status, stdout, _ := invoke(t, append(args, "--json")...)
		if status != c.status || stdout != string(text) {
			t.Errorf("JSON on standard output, status %d:\n%s", status, stdout)
		}
		if err := os.Remove(picture); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCompareFormats: images of other formats, one of several frames, and pixels that do not count by what a file says.
func TestCompareFormats(t *testing.T) {
	f := folder{t, t.TempDir()}
	image := counts()
	var frame format.Frame
	frame.Reset(imageFast, imageSlow, format.Int32)
	put := func(image []float64) {
		for i, v := range image {
			binary.LittleEndian.PutUint32(frame.Data[4*i:], uint32(int32(v)))
		}
	}
	path := filepath.Join(f.path, "stack.npy")
	w, err := npy.Create(path, imageFast, imageSlow, format.Int32)
	if err != nil {
		t.Fatal(err)
	}
	for _, offset := range []float64{7, 0} {
		put(plus(image, offset))
		if err := w.Write(&frame); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	odd := plus(image, 0)
	odd[5], odd[20] = -1, -2
	put(odd)
	gaps := filepath.Join(f.path, "gaps_1.cbf")
	if err := cbf.WriteFile(gaps, &frame, nil, cbf.Header{}); err != nil {
		t.Fatal(err)
	}
	img, mask := f.smv("a.img", image, imageFast, imageSlow), f.pgm("mask.pgm", plus(image, 0))
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{img, path, "--frame", "2"}, 0, "npy of int32"},
		{[]string{img, path, "--frame", "1"}, 1, "B = A + 7"},
		{[]string{img, path}, 2, "stack.npy has 2 images: one of them has to be chosen by --frame"},
		{[]string{img, path, "--frame", "3"}, 2, "stack.npy has 2 images: there is none with the number 3"},
		{[]string{img, path, "--frame", "-1"}, 2, "--frame -1 is negative"},
		{[]string{img, gaps}, 0, "EQUAL: all 190 pixels"},
		{[]string{gaps, path, "--frame", "2"}, 0, "2 pixels do not count by the statements of the files, and are left out"},
		{[]string{img, gaps, "--mask", mask}, 0, "EQUAL: all 126 pixels"},
	} {
		status, stdout, stderr := invoke(t, append([]string{"compare"}, c.args...)...)
		if status != c.status || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%v: status %d, want %d and %q:\n%s%s", c.args, status, c.status, c.want, stdout, stderr)
		}
	}
}
