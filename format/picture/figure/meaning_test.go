package figure

import (
	"bytes"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/picture"
)

// tilted is a panel of 0.2 mm pixels, whose normal is 30° off the beam, along x. It is placed by hand, to be independent of the
// detector's geometry.
type tilted struct{}

func (tilted) at(fast, slow float64) (v [3]float64) {
	sin, cos := math.Sincos(math.Pi / 6)
	f, s := 0.2*(fast-70), 0.2*(slow-50)
	return [3]float64{60 - f*sin, f * cos, s}
}

func (t tilted) Resolution(fast, slow, wavelength float64) float64 {
	v := t.at(fast, slow)
	angle := math.Acos(v[0] / math.Sqrt(v[0]*v[0]+v[1]*v[1]+v[2]*v[2]))
	return wavelength / (2 * math.Sin(angle/2))
}

func (tilted) BeamSpot() (fast, slow float64, ok bool) { return 70, 50, true }

// drawn composes a single figure, and returns its panel and page.
func drawn(t *testing.T, f Figure) (*panel, *page) {
	t.Helper()
	page, err := compose(1, []Figure{f})
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.panel()
	if err != nil {
		t.Fatal(err)
	}
	p.x, p.y = left, top
	return p, page
}

func rgba(c color.Color) color.RGBA { return color.RGBAModel.Convert(c).(color.RGBA) }

// The tick of pixel 100 is below the column of pixel 100, whether the image is enlarged, reduced or a part of a panel; that of 20 mm
// is at 20 mm.
func TestTicksAreAtTheirPixels(t *testing.T) {
	black := color.RGBA{0, 0, 0, 255}
	for _, c := range []struct {
		name       string
		fast, slow int
		first      [2]int
		pixel      float64
		tick       float64
		column     int // of the pixel in the data
	}{
		{"enlarged", 150, 120, [2]int{}, 0, 100, 100},
		{"as it is", 600, 500, [2]int{}, 0, 100, 100},
		{"reduced", 4000, 40, [2]int{}, 0, 1000, 1000},
		{"part", 150, 120, [2]int{60, 7}, 0, 100, 40},
		{"mm", 150, 120, [2]int{}, 0.2, 20, 100},
		{"part, mm", 150, 120, [2]int{60, 7}, 0.2, 20, 40},
	} {
		data := make([]float64, c.fast*c.slow)
		for s := range c.slow {
			data[s*c.fast+c.column] = 1 // the column is white, all else black
		}
		p, page := drawn(t, Figure{Data: data, Fast: c.fast, Slow: c.slow, First: c.first, Pixel: c.pixel, Options: picture.Options{Scale: picture.Linear, High: picture.At(1)}})
		values, at := p.axis(c.fast, c.first[0])
		i := slices.Index(values, c.tick)
		if i < 0 {
			t.Errorf("%s: no tick at %g in %g", c.name, c.tick, values)
			continue
		}
		m, below := page.canvas.Image(), p.size.Dy()
		if got := rgba(m.At(left+at[i], top+below+3)); got != black {
			t.Errorf("%s: no line where the tick is, %v", c.name, got)
		}
		if got := rgba(m.At(left+at[i], top+below/2)); got == black {
			t.Errorf("%s: the tick %g is not below its pixel", c.name, c.tick)
		}
		if got := rgba(m.At(left+at[i]-int(p.dots)-1, top+below/2)); got != black && c.pixel == 0 {
			t.Errorf("%s: the column before has the colour %v", c.name, got)
		}
	}
}

// A ring goes through the dots whose d equals its own within a pixel, on a tilted panel, on which it is no circle, and nowhere else.
func TestRings(t *testing.T) {
	const fast, slow, d, wavelength = 128, 100, 8.0, 1.0
	f := Figure{Data: make([]float64, fast*slow), Fast: fast, Slow: slow, Geometry: tilted{}, Wavelength: wavelength, Options: picture.Options{Invert: true}}
	f.Data[0] = 1
	bare, without := drawn(t, f)
	f.Rings = []float64{d}
	p, page := drawn(t, f)
	ink := 0
	var columns []float64 // of the ring in the row of the beam
	for y := range p.size.Dy() {
		for x := range p.size.Dx() {
			at, _ := p.place(float64(x)+0.5, 0)
			_, row := p.place(0, float64(y)+0.5)
			here := f.Geometry.Resolution(at, row, wavelength)
			gap := math.Abs(1/here - 1/d)
			// A pixel's step of 1/d, from differences.
			step := math.Hypot(1/f.Geometry.Resolution(at+1, row, wavelength)-1/here, 1/f.Geometry.Resolution(at, row+1, wavelength)-1/here)
			changed := page.canvas.Image().At(left+x, top+y) != without.canvas.Image().At(left+x, top+y)
			labelled := at > 85 && row < 50 // where the label may be
			switch {
			case changed && !labelled && gap > step:
				t.Fatalf("there is ink at (%.1f, %.1f), where d is %.3f Å", at, row, here)
			case !changed && !labelled && gap < step/float64(2*p.dots):
				t.Fatalf("there is no ink at (%.1f, %.1f), where d is %.3f Å", at, row, here)
			case changed:
				ink++
			}
			if changed && math.Abs(row-50.5) < 0.2 {
				columns = append(columns, at)
			}
		}
	}
	if bare.dots != 4 || ink < 500 {
		t.Fatalf("%d dots of ink", ink)
	}
	if before, after := 70-slices.Min(columns), slices.Max(columns)-70; math.Abs(before-after) < 1 {
		t.Errorf("the ring is %g and %g pixels from the beam: a circle", before, after)
	}
}

// The colour bar's ends are the range's, in colour and in value; black on white has a white background; a pixel without a value is
// green, and has no influence on the range.
func TestColours(t *testing.T) {
	data := []float64{0, 1, 10, 100, 1e9, -1e9}
	missing := []bool{false, false, false, false, true, true}
	f := Figure{Data: data, Missing: missing, Fast: 6, Slow: 1, Options: picture.Options{Low: picture.At(1), Invert: true}}
	p, page := drawn(t, f)
	at := func(column int) color.RGBA {
		return rgba(page.canvas.Image().At(left+int((float64(column)+0.5)*p.dots), top+2))
	}
	white, black := color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	if at(0) != white || at(1) != white || at(3) != black || at(4) != nothing || at(5) != nothing {
		t.Errorf("colours %v, %v, %v, %v", at(0), at(1), at(3), at(4))
	}
	if low, high := p.painted.Range(); low != 1 || high != 100 || p.above || p.below {
		t.Errorf("the bar goes from %g to %g", low, high)
	}
	x := left + p.size.Dx() + barGap + 2
	if top, bottom := rgba(page.canvas.Image().At(x, top)), rgba(page.canvas.Image().At(x, top+p.barHeight()-1)); top != black || bottom != white {
		t.Errorf("the bar's ends are %v and %v", top, bottom)
	}
	if !slices.Contains(p.notes(), "green: pixels without a value") {
		t.Errorf("notes %q", p.notes())
	}
	for _, c := range []struct {
		value        float64
		below, above bool
	}{{2, false, false}, {3.5, false, true}, {-3.5, true, false}} {
		p, _ := drawn(t, Figure{Data: []float64{0, c.value}, Fast: 2, Slow: 1, Options: picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, High: picture.At(3)}})
		if p.above != c.above || p.below != c.below || p.barAt(3, 200) != 0 || p.barAt(-3, 200) != 199 {
			t.Errorf("%g: beyond the bar %v, %v", c.value, p.below, p.above)
		}
	}
}

// The cross is at the beam, also in a part of the panel.
func TestCross(t *testing.T) {
	for _, first := range [][2]int{{0, 0}, {60, 40}} {
		f := Figure{Data: make([]float64, 32*32), Fast: 32, Slow: 32, First: first, Geometry: tilted{}}
		p, page := drawn(t, f)
		f.Geometry = nil
		_, without := drawn(t, f)
		n, x, y := 0, 0.0, 0.0
		for j := range p.size.Dy() {
			for i := range p.size.Dx() {
				if page.canvas.Image().At(left+i, top+j) != without.canvas.Image().At(left+i, top+j) {
					n, x, y = n+1, x+float64(i)+0.5, y+float64(j)+0.5
				}
			}
		}
		if first[0] == 0 { // the beam is beyond the part
			if n > 0 {
				t.Errorf("%d dots of a cross beyond the image", n)
			}
			continue
		}
		if fast, slow := p.place(x/float64(n), y/float64(n)); n == 0 || math.Abs(fast-70) > 0.1 || math.Abs(slow-50) > 0.1 {
			t.Errorf("the cross is at (%g, %g)", fast, slow)
		}
	}
}

// Round resolutions lie within the image; the same figure gives the same bytes.
func TestRoundRings(t *testing.T) {
	f := Figure{Data: make([]float64, 128*100), Fast: 128, Slow: 100, Geometry: tilted{}, Wavelength: 1}
	rings := f.RoundRings()
	if len(rings) != 3 || !slices.IsSortedFunc(rings, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
		t.Errorf("rings %v", rings)
	}
	f.Rings = rings
	var one, two bytes.Buffer
	for _, b := range []*bytes.Buffer{&one, &two} {
		if err := Encode(b, 1, f); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("other bytes")
	}
	f.Geometry = nil
	if f.RoundRings() != nil {
		t.Error("rings without a geometry")
	}
}

func TestRefused(t *testing.T) {
	good := Figure{Data: []float64{1, 2}, Fast: 2, Slow: 1, Geometry: tilted{}, Wavelength: 1, Rings: []float64{2}}
	for want, change := range map[string]func(*Figure){
		"rings need a geometry":                   func(f *Figure) { f.Geometry = nil },
		"rings need a wavelength; 0 Å":            func(f *Figure) { f.Wavelength = 0 },
		"the resolution 0 Å is not positive":      func(f *Figure) { f.Rings = []float64{2, 0} },
		"1 pixels in Missing, but 2 in the image": func(f *Figure) { f.Missing = []bool{true} },
		"pixel 1 is NaN":                          func(f *Figure) { f.Data = []float64{1, math.NaN()} },
		"the low limit 0 is not positive, which":  func(f *Figure) { f.Options.Low = picture.At(0) },
	} {
		f := good
		change(&f)
		if err := Encode(&bytes.Buffer{}, 1, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	good.Missing = []bool{true, true}
	if err := Encode(&bytes.Buffer{}, 1, good); err != nil {
		t.Errorf("no pixel has a value: %v", err)
	}
}

func TestLabels(t *testing.T) {
	for v, want := range map[float64]string{0: "0", -0.3: "−0.3", 1e5: "1e5", 2.5e6: "2.5e6", -2e-5: "−2e−5", 0.001: "0.001", 99999: "99999", 1e12: "1e12", 3e-12: "3e−12"} {
		if got := label(v); got != want {
			t.Errorf("%g is labelled %s, want %s", v, got, want)
		}
	}
}
