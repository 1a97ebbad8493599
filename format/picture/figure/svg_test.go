package figure

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/picture"
)

// upright is a panel across the beam, which meets it at a point.
type upright struct{ fast, slow, distance float64 }

func (u upright) Resolution(fast, slow, wavelength float64) float64 {
	return wavelength / (2 * math.Sin(math.Atan(math.Hypot(fast-u.fast, slow-u.slow)/u.distance)/2))
}

func (u upright) BeamSpot() (fast, slow float64, ok bool) { return u.fast, u.slow, true }

// element is the text of an element, which is XML.
func element(t *testing.T, write func(w io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return b.String()
		} else if err != nil {
			t.Fatalf("%v in %s", err, b.String())
		}
	}
}

// TestSVG: the pixels of the picture, the place of rings, the ends of the bar, and texts that are no markup.
func TestSVG(t *testing.T) {
	const fast, slow = 40, 30
	f := Figure{Title: "a < b & c", Label: "photons", Fast: fast, Slow: slow, Data: make([]float64, fast*slow), Missing: make([]bool, fast*slow),
		Options: picture.Options{Scale: picture.Linear, Low: picture.At(0), High: picture.At(10)}, Geometry: upright{20, 15, 50}, Wavelength: 1, Rings: []float64{5}}
	f.Data[3*fast+7], f.Data[4*fast+7], f.Missing[5*fast+7], f.Data[0] = 10, 20, true, 5
	text := element(t, f.SVG)
	for _, want := range []string{`aria-label="a &lt; b &amp; c: photons"`, ">a &lt; b &amp; c<", ">5 Å<", `class="absent"`, ">fast, pixels<", "<path class=\"frame\" style=\"fill:#ffffff\""} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	encoded := regexp.MustCompile(`data:image/png;base64,([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(encoded) != 2 {
		t.Fatalf("there are %d pictures", len(encoded))
	}
	raw, err := base64.StdEncoding.DecodeString(encoded[0][1])
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if size := m.Bounds(); size.Dx() != fast || size.Dy() != slow {
		t.Errorf("the picture has %v", size)
	}
	for _, c := range []struct {
		x, y  int
		level uint32
		alpha uint32
	}{{7, 3, 0xffff, 0xffff}, {7, 4, 0xffff, 0xffff}, {7, 5, 0, 0}, {8, 5, 0, 0xffff}, {0, 0, 0x8000, 0xffff}} {
		r, _, _, a := m.At(c.x, c.y).RGBA()
		if a != c.alpha || math.Abs(float64(r)-float64(c.level)) > 0x101 {
			t.Errorf("pixel (%d, %d) is %x with alpha %x", c.x, c.y, r, a)
		}
	}

	// The ring is a circle: tan 2θ = r/50 at sin θ = 1/10, in units of 480 for 40 pixels.
	radius := 50 * math.Tan(2*math.Asin(0.1)) * 480 / 40
	path := regexp.MustCompile(`<path class="ring" d="([^"]+)"`).FindStringSubmatch(text)
	points := regexp.MustCompile(`[ML]([-\d.]+) ([-\d.]+)`).FindAllStringSubmatch(path[1], -1)
	if len(points) < 100 || strings.Count(path[1], "M") != 1 || points[0][0][1:] != points[len(points)-1][0][1:] {
		t.Errorf("the ring has %d points, begins with %s and ends with %s", len(points), points[0][0], points[len(points)-1][0])
	}
	for _, q := range points {
		if got := math.Hypot(number(t, q[1])-240, number(t, q[2])-180); math.Abs(got-radius) > 0.2 {
			t.Errorf("a point of the ring is %.2f from the beam, not %.2f", got, radius)
		}
	}

	f.Data = f.Data[1:]
	if err := f.SVG(io.Discard); err == nil || !strings.HasPrefix(err.Error(), "figure: ") {
		t.Errorf("an image of the wrong size: %v", err)
	}
}

// A ring that crosses the edges has ends, and one that is not on the image has no line.
func TestContourEnds(t *testing.T) {
	f := Figure{Fast: 40, Slow: 30, Data: make([]float64, 1200), Geometry: upright{0, 15, 50}, Wavelength: 1, Rings: []float64{5, 0.6}}
	f.Data[0] = 1
	text := element(t, f.SVG)
	paths := regexp.MustCompile(`<path class="ring" d="M([^"]+)"`).FindAllStringSubmatch(text, -1)
	if len(paths) != 1 {
		t.Fatalf("there are %d lines", len(paths))
	}
	ends := strings.Split(paths[0][1], "L")
	first, last := strings.Fields(ends[0]), strings.Fields(ends[len(ends)-1])
	if first[0] != "0.0" || last[0] != "0.0" || first[1] == last[1] {
		t.Errorf("the ring goes from %v to %v", first, last)
	}
}

func TestStrip(t *testing.T) {
	f := Figure{Title: "counts", Fast: 4, Slow: 3, Data: make([]float64, 12)}
	f.Data[5] = 1
	g := f
	g.Title = "model"
	text := element(t, func(w io.Writer) error { return Strip(w, f, g) })
	if !strings.Contains(text, `aria-label="counts, model"`) || strings.Count(text, "<image ") != 2 {
		t.Errorf("the strip is %s", text)
	}
	g.Data = nil
	if err := Strip(io.Discard, f, g); err == nil {
		t.Error("an image without pixels is drawn")
	}
}

// TestPalette: colours are kept while they are few, and rounded to 255 where they are more.
func TestPalette(t *testing.T) {
	data := make([]float64, 4096)
	for i := range data {
		data[i] = float64(i)
	}
	painted, err := picture.Paint(data, 64, 64, picture.Options{Scale: picture.Linear, ColourMap: picture.BlackBody})
	if err != nil {
		t.Fatal(err)
	}
	m := palette(painted, nil)
	if n := len(m.Palette); n < 60 || n > 256 {
		t.Errorf("there are %d colours", n)
	}
	for i := range data {
		r, g, b, _ := painted.At(i%64, i/64).RGBA()
		r2, g2, b2, a := m.At(i%64, i/64).RGBA()
		for _, d := range [][2]uint32{{r, r2}, {g, g2}, {b, b2}} {
			if math.Abs(float64(d[0])-float64(d[1])) > 0x1000 || a != 0xffff {
				t.Fatalf("pixel %d is %x, not %x", i, d[1], d[0])
			}
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
