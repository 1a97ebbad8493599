package figure

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/picture"
)

// spots is an image with peaks on a slope.
func spots(fast, slow int) []float64 {
	data := make([]float64, fast*slow)
	for i := range data {
		f, s := float64(i%fast), float64(i/fast)
		data[i] = 1 + f/float64(fast) + 500*math.Exp(-(math.Pow(f-20, 2)+math.Pow(s-12, 2))/8)
	}
	return data
}

func TestEncode(t *testing.T) {
	sigma := picture.At(4)
	figures := []Figure{
		{Title: "counts", Data: spots(64, 48), Fast: 64, Slow: 48, Label: "photons"},
		{Title: "(counts − model)/σ", Data: spots(64, 48), Fast: 64, Slow: 48, Label: "σ", Pixel: 0.172,
			Options: picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, High: sigma}},
		{Title: "small", Data: spots(30, 30), Fast: 30, Slow: 30, Options: picture.Options{ColourMap: picture.Kindlmann}},
	}
	path := filepath.Join(t.TempDir(), "f.png")
	if err := WriteFile(path, 2, figures...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("FIGURE"); keep != "" {
		_ = os.WriteFile(keep, text, 0o644)
	}
	m, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	// 64 × 48 are enlarged 8 times, 30 × 30 17 times.
	width, height := left+8*64+right, top+8*48+bottom
	if b := m.Bounds(); b.Dx() != 2*width || b.Dy() != height+top+17*30+bottom {
		t.Errorf("the page is %v", b)
	}
	// The second figure's peak is all red, as wide as its pixels are enlarged, and the bar's top is
	// too.
	x := width + left
	red := m.At(x+8*20+7, top+8*12+7)
	if at := m.At(x+8*20, top+8*12); at != red {
		t.Errorf("two dots of a pixel are %v and %v", red, at)
	}
	if at := m.At(x+8*64+barGap+3, top); at != red {
		t.Errorf("the bar ends with %v, the largest pixel is %v", at, red)
	}
	if r, _, b, _ := red.RGBA(); r < 2*b {
		t.Errorf("the largest pixel is %v", red)
	}
	// Something is written in the margins.
	dark := 0
	for y := range height {
		for x := range left - 6 {
			if c := color.GrayModel.Convert(m.At(x, y)).(color.Gray); c.Y < 128 {
				dark++
			}
		}
	}
	if dark < 50 {
		t.Errorf("%d dark dots at the left", dark)
	}
}

// A large image is reduced; its one bright pixel is still there.
func TestReduce(t *testing.T) {
	data := make([]float64, 4000*30)
	data[3777+4000*17] = -5
	out, _, fast, slow := (&Figure{Data: data, Fast: 4000, Slow: 30}).reduce(3)
	if fast != 1334 || slow != 10 || out[3777/3+1334*(17/3)] != -5 {
		t.Errorf("%d × %d", fast, slow)
	}
	var b bytes.Buffer
	if err := Encode(&b, 1, Figure{Data: data, Fast: 4000, Slow: 30, Options: picture.Options{Scale: picture.Linear}}); err != nil {
		t.Fatal(err)
	}
	if m, err := png.Decode(&b); err != nil || m.Bounds().Dx() != left+1334+right {
		t.Errorf("%v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		columns int
		figures []Figure
		want    string
	}{
		{1, nil, "0 figures"},
		{0, []Figure{{}}, "0 columns"},
		{1, []Figure{{Title: "x", Data: make([]float64, 3), Fast: 2, Slow: 2}}, `"x": 3 values`},
		{1, []Figure{{Data: []float64{math.NaN()}, Fast: 1, Slow: 1}}, "NaN"},
		{1, []Figure{{Data: []float64{1}, Fast: 1, Slow: 1, Pixel: -1}}, "the pixel size -1 mm"},
	} {
		if err := Encode(&bytes.Buffer{}, c.columns, c.figures...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	// Images without any contrast are pictures too.
	for _, v := range []float64{0, 1, -1} {
		for _, m := range []picture.ColourMap{picture.Gray, picture.BlueRed} {
			for _, s := range []picture.Scale{picture.Log, picture.Linear} {
				if err := Encode(&bytes.Buffer{}, 1, Figure{Data: []float64{v, v}, Fast: 2, Slow: 1, Options: picture.Options{ColourMap: m, Scale: s}}); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct{ got, want []float64 }{
		{ticks(0, 1024, 6), []float64{0, 200, 400, 600, 800, 1000}},
		{ticks(-4, 4, 6), []float64{-4, -2, 0, 2, 4}},
		{ticks(2, 2, 6), []float64{2}},
		{decades(3, 4000), []float64{10, 100, 1000}},
		{decades(3, 40), []float64{5, 10, 20}},
		{decades(6, 7), []float64{6, 7}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("ticks %g, want %g", c.got, c.want)
		}
	}
	if l := label(-0.1 - 0.2); l != "−0.3" {
		t.Errorf("label %s", l)
	}
}
