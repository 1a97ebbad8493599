package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func limit(x float64) Limit { return At(x) }

func decode(t *testing.T, data []float64, fast, slow int, options Options) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, data, fast, slow, options); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds(); got != image.Rect(0, 0, fast, slow) {
		t.Fatalf("bounds %v, want %d × %d", got, fast, slow)
	}
	return img
}

// Every 16-bit level comes back, at the column and row of its pixel.
func TestGrayLinearRoundTrip(t *testing.T) {
	const fast, slow = 256, 256
	data := make([]float64, fast*slow)
	for i := range data {
		data[i] = float64(i)/65535*20 - 5
	}
	img := decode(t, data, fast, slow, Options{Scale: Linear, Low: limit(-5), High: limit(15)})
	gray, ok := img.(*image.Gray16)
	if !ok {
		t.Fatalf("the picture is a %T, not 16-bit grey", img)
	}
	for i := range data {
		if got := gray.Gray16At(i%fast, i/fast).Y; got != uint16(i) {
			t.Fatalf("pixel %d is %d", i, got)
		}
	}
}

func TestGrayLevels(t *testing.T) {
	const white = 65535
	mid := func(u float64) uint16 { return uint16(math.Round(u * white)) }
	for _, test := range []struct {
		name    string
		data    []float64
		options Options
		want    []uint16
	}{
		{"log, given limits", []float64{1, 10, 100, 1000, 0.1, 0, -5, 1e9}, Options{Low: limit(1), High: limit(1000)},
			[]uint16{0, mid(1. / 3), mid(2. / 3), white, 0, 0, 0, white}},
		// Eleven positive pixels: the 10th percentile is the second smallest.
		{"log, automatic", []float64{0, 1, 10, 100, 100, 100, 100, 100, 100, 100, 100, 1000}, Options{},
			[]uint16{0, 0, 0, mid(0.5), mid(0.5), mid(0.5), mid(0.5), mid(0.5), mid(0.5), mid(0.5), mid(0.5), white}},
		{"log, automatic, no more than a million to one", []float64{1e-200, 1e-3, 1, 1e3}, Options{}, []uint16{0, 0, mid(0.5), white}},
		{"linear, automatic", []float64{1, 2, 4}, Options{Scale: Linear, High: limit(4)}, []uint16{mid(0.25), mid(0.5), white}},
		{"linear, negative", []float64{-1, 0, 1}, Options{Scale: Linear, High: limit(1)}, []uint16{0, mid(0.5), white}},
		{"inverted", []float64{0, 1, 4}, Options{Scale: Linear, High: limit(4), Invert: true}, []uint16{white, mid(0.75), 0}},
		{"square root", []float64{-1, 0, 1, 4, 9, 16, 20}, Options{Scale: Sqrt, Low: At(0), High: At(16)}, []uint16{0, 0, mid(0.25), mid(0.5), mid(0.75), white, white}},
		{"square root of what exceeds the low limit", []float64{10, 14, 26}, Options{Scale: Sqrt, Low: At(10), High: At(26)}, []uint16{0, mid(0.5), white}},
		{"square root, extremes", []float64{-math.MaxFloat64, 0, math.MaxFloat64}, Options{Scale: Sqrt, Low: At(-math.MaxFloat64), High: At(math.MaxFloat64)}, []uint16{0, mid(math.Sqrt(0.5)), white}},
		{"percentiles", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 200}, Options{Scale: Linear, Low: Percentile(20), High: Percentile(60)},
			[]uint16{0, 0, 0, mid(0.25), mid(0.5), mid(0.75), white, white, white, white, white}},
		{"percentiles that are equal", []float64{0, 0, 0, 0, 8}, Options{Scale: Linear, Low: Percentile(10), High: Percentile(50)}, []uint16{0, 0, 0, 0, white}},
		{"percentile of the positive pixels", []float64{-1, 0, 1, 10, 100}, Options{Low: Percentile(0), High: Percentile(50)}, []uint16{0, 0, 0, white, white}},
		{"log of zeros", []float64{0, 0}, Options{}, []uint16{0, 0}},
		{"linear zeros", []float64{0, 0}, Options{Scale: Linear}, []uint16{0, 0}},
		{"log of negatives", []float64{-1, -2}, Options{}, []uint16{0, 0}},
		{"log of a constant", []float64{7, 7}, Options{}, []uint16{white, white}},
		{"linear constant", []float64{7, 7}, Options{Scale: Linear}, []uint16{white, white}},
		{"linear negative constant", []float64{-7, -7}, Options{Scale: Linear}, []uint16{0, 0}},
		{"one spot", append(make([]float64, 2000), 9), Options{Scale: Linear}, append(make([]uint16, 2000), white)},
		{"low limit above everything", []float64{1, 2}, Options{Low: limit(5)}, []uint16{0, 0}},
		{"high limit below everything", []float64{10, 20}, Options{High: limit(5)}, []uint16{white, white}},
		{"linear high limit below everything", []float64{10, 20}, Options{Scale: Linear, High: limit(-5)}, []uint16{white, white}},
		{"extremes", []float64{-math.MaxFloat64, 0, math.MaxFloat64}, Options{Scale: Linear, High: limit(math.MaxFloat64)}, []uint16{0, mid(0.5), white}},
		{"denormal", []float64{0, 5e-324, 1e-320}, Options{}, []uint16{0, 0, white}},
	} {
		t.Run(test.name, func(t *testing.T) {
			img := decode(t, test.data, len(test.data), 1, test.options)
			for i, want := range test.want {
				if got := img.At(i, 0).(color.Gray16).Y; got != want {
					t.Errorf("value %g: %d, want %d", test.data[i], got, want)
				}
			}
		})
	}
}

func TestColours(t *testing.T) {
	rgb := func(img image.Image, x int) [3]float64 {
		r, g, b, a := img.At(x, 0).RGBA()
		if a != 65535 {
			t.Errorf("pixel %d has alpha %d", x, a)
		}
		return [3]float64{float64(r) / 65535, float64(g) / 65535, float64(b) / 65535}
	}
	for _, m := range []ColourMap{BlackBody, Kindlmann} {
		img := decode(t, []float64{0, 0.5, 1}, 3, 1, Options{Scale: Linear, High: limit(1), ColourMap: m})
		first, last := rgb(img, 0), rgb(img, 2)
		for i := range 3 {
			if first[i] > 0.01 || last[i] < 0.99 {
				t.Errorf("%v runs from %v to %v, want black to white", m, first, last)
				break
			}
		}
		if middle := rgb(img, 1); middle[0] == middle[1] && middle[1] == middle[2] {
			t.Errorf("%v has the grey %v in the middle", m, middle)
		}
	}
}

// 0 is the neutral colour and x as red as −x is blue, whatever the data.
func TestBlueRed(t *testing.T) {
	at := func(options Options, data ...float64) []color.RGBA64 {
		options.ColourMap = BlueRed
		img := decode(t, data, len(data), 1, options)
		out := make([]color.RGBA64, len(data))
		for i := range out {
			r, g, b, a := img.At(i, 0).RGBA()
			out[i] = color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
		}
		return out
	}
	for _, scale := range []Scale{Log, Linear, Sqrt} {
		got := at(Options{Scale: scale}, 0, -0.5, 3, -3, 1e-30)
		// The neutral colour of the palette is within 1/20 of a grey.
		r, g, b := float64(got[0].R), float64(got[0].G), float64(got[0].B)
		if spread := max(r, g, b) - min(r, g, b); spread > 65535/20 {
			t.Errorf("%v: 0 is %v, not grey", scale, got[0])
		}
		if got[4] != got[0] {
			t.Errorf("%v: 1e-30 is %v, 0 is %v", scale, got[4], got[0])
		}
		if got[1].B <= got[1].R || got[3].B <= got[3].R {
			t.Errorf("%v: negative values are %v, %v, not blue", scale, got[1], got[3])
		}
		if got[2].R <= got[2].B {
			t.Errorf("%v: positive value is %v, not red", scale, got[2])
		}
		inverted := at(Options{Scale: scale, Invert: true}, 0, -0.5, 3, -3, 1e-30)
		if inverted[2] != got[3] || inverted[3] != got[2] {
			t.Errorf("%v: inverting does not swap the ends", scale)
		}
	}
	if zeros := at(Options{}, 0, 0); zeros[0] != at(Options{}, 0, 1)[0] {
		t.Error("an image of zeros is not neutral")
	}
}

func TestEncodeErrors(t *testing.T) {
	good := []float64{1, 2, 3, 4}
	for _, test := range []struct {
		name       string
		data       []float64
		fast, slow int
		options    Options
		want       string
	}{
		{"NaN", []float64{1, math.NaN(), 3, 4}, 2, 2, Options{}, "picture: pixel 1 is NaN"},
		{"infinite", []float64{1, 2, 3, math.Inf(-1)}, 2, 2, Options{}, "picture: pixel 3 is -Inf"},
		{"size", good, 3, 2, Options{}, "4 values are not an image of 3 × 2 pixels"},
		{"no size", nil, 0, 0, Options{}, "0 values are not an image of 0 × 0 pixels"},
		{"negative size", good, -2, -2, Options{}, "-2 × -2"},
		{"sizes that overflow", good, math.MaxInt/2 + 2, 4, Options{}, "4 values are not"},
		{"limits", good, 2, 2, Options{Low: limit(3), High: limit(3)}, "the low limit 3 is not below the high limit 3"},
		{"NaN limit", good, 2, 2, Options{Low: limit(math.NaN())}, "the low limit is NaN"},
		{"log limit", good, 2, 2, Options{High: limit(0)}, "the high limit 0 is not positive"},
		{"scale", good, 2, 2, Options{Scale: 7}, "unknown scale Scale(7)"},
		{"percentile", good, 2, 2, Options{High: Percentile(101)}, "the high limit is the 101th percentile, which is not from 0 to 100"},
		{"percentiles", good, 2, 2, Options{Low: Percentile(90), High: Percentile(10)}, "the low limit 90% is not below the high limit 10%"},
		{"absolute", good, 2, 2, Options{Scale: Linear, ColourMap: BlueRed, Low: At(-3), High: At(3)}, "the low limit -3 is negative, and with bluered it is one of absolute values"},
		{"colour map", good, 2, 2, Options{ColourMap: -1}, "unknown colour map ColourMap(-1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Encode(&bytes.Buffer{}, test.data, test.fast, test.slow, test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image.png")
	if err := WriteFile(path, []float64{1, 2}, 2, 1, Options{}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := png.Decode(file); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	for _, s := range []Scale{Log, Linear, Sqrt} {
		if got, err := ParseScale(s.String()); err != nil || got != s {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for _, m := range []ColourMap{Gray, BlackBody, Kindlmann, BlueRed} {
		if got, err := ParseColourMap(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseScale("cubic"); err == nil || err.Error() != `picture: unknown scale "cubic": want one of log, linear, sqrt` {
		t.Errorf("error %v", err)
	}
	if _, err := ParseColourMap(""); err == nil || err.Error() != `picture: unknown colour map "": want one of gray, blackbody, kindlmann, bluered` {
		t.Errorf("error %v", err)
	}
}

func TestParseLimit(t *testing.T) {
	for _, l := range []Limit{{}, At(5), At(-1e-3), Percentile(99.9), Percentile(0)} {
		if got, err := ParseLimit(l.String()); err != nil || got != l {
			t.Errorf("%v: %v, %v", l, got, err)
		}
	}
	for text, want := range map[string]string{
		"":     `picture: the limit "" is neither a number, nor a percentile such as 99.9%, nor auto`,
		"5 %":  `picture: the limit "5 %" is neither`,
		"101%": "picture: the percentile 101% is not from 0% to 100%",
		"NaN%": "picture: the percentile NaN% is not from",
	} {
		if _, err := ParseLimit(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

// Fixed limits are those of the data they are of.
func TestFixed(t *testing.T) {
	o, err := Options{Scale: Linear}.Fixed([]float64{1, 4, 4})
	if err != nil || o.Low != At(0) || o.High != At(4) {
		t.Errorf("limits %v, %v, %v", o.Low, o.High, err)
	}
	if o, err = (Options{}).Fixed(nil); err != nil || o.Low != At(1) {
		t.Errorf("of nothing: %v, %v, %v", o.Low, o.High, err)
	}
	if _, err := (Options{Scale: 9}).Fixed(nil); err == nil {
		t.Error("no error")
	}
}

// A value's colour is that of the bar at its height; the ends of the bar are the range.
func TestBar(t *testing.T) {
	const rows = 1001
	for _, o := range []Options{
		{Low: At(1), High: At(1000)}, {Low: At(1), High: At(1000), Invert: true}, {Scale: Linear, Low: At(-2), High: At(6)}, {Scale: Sqrt, Low: At(0), High: At(9)},
		{Scale: Linear, ColourMap: BlueRed, High: At(6)}, {Scale: Sqrt, ColourMap: BlueRed, Low: At(0), High: At(6), Invert: true}, {ColourMap: BlueRed, Low: At(0.1), High: At(10)},
	} {
		p, err := Paint([]float64{0, 1, 2, 5}, 4, 1, o)
		if err != nil {
			t.Fatal(err)
		}
		low, high := p.Range()
		if p.Height(low) != 0 || p.Height(high) != 1 || p.High != o.High.value {
			t.Errorf("%+v: the range %g to %g is at the heights %g and %g", o, low, high, p.Height(low), p.Height(high))
		}
		bar, err := p.Bar(2, rows)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []float64{low, high, 0, 1, 2, 5} {
			colour, err := p.Colour(v)
			if err != nil {
				t.Fatal(err)
			}
			r, _, b, _ := colour.RGBA()
			r2, _, b2, _ := bar.At(1, int(math.Round((rows-1)*(1-p.Height(v))))).RGBA()
			if math.Abs(float64(r)-float64(r2)) > 200 || math.Abs(float64(b)-float64(b2)) > 200 {
				t.Errorf("%+v: %g is %d, %d, and %d, %d on the bar", o, v, r, b, r2, b2)
			}
		}
	}
}
