package smv

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"
)

// testdata/intimage.img was written by the original nanoBragg:
//
//	nanoBragg -default_F 7 -cell 50 60 70 90 90 90 -N 3 -lambda 0.97681234 -distance 231.2749 -pixel 0.172
//	  -detpixels_x 20 -detpixels_y 16 -Xbeam 1.234567 -Ybeam 2.5 -osc 0.5 -phi 12.25 -phisteps 1 -scale 1
//
// The MOSFLM convention, which is the default, puts the beam half a pixel on.
func referenceGeometry() Geometry {
	const pixel, distance, x, y = 0.172, 231.2749, 1.234567, 2.5
	const f, s = y + pixel/2, x + pixel/2
	return Geometry{
		Fast: 20, Slow: 16,
		Pixel: pixel, Distance: distance, CloseDistance: distance, Wavelength: 0.97681234,
		BeamX: x, BeamY: y,
		AdxvX: f, AdxvY: 16*pixel - s,
		MosflmX: x, MosflmY: y,
		DenzoX: s, DenzoY: f,
		DialsOrigin: [3]float64{-f, s, -distance},
		XDSOrgX:     f/pixel + 0.5, XDSOrgY: s/pixel + 0.5,
		Phi: 12.25, OscRange: 0.5,
	}
}

func TestWriteAsReference(t *testing.T) {
	want, err := os.ReadFile("testdata/intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	img, err := Read(bytes.NewReader(want), "intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	if img.Header, err = referenceGeometry().ReferenceHeader(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, img); err != nil {
		t.Fatal(err)
	}
	if got := out.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("wrote\n%s\nwant\n%s", got[:512], want[:512])
	}
}

// A header that is read and written again stays as it was, in spite of the missing semicolon of
// DIALS_ORIGIN.
func TestRewriteReference(t *testing.T) {
	want, err := os.ReadFile("testdata/intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	img, err := Read(bytes.NewReader(want), "intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := img.Header.Float("DISTANCE"); err != nil || got != 231.275 {
		t.Errorf("DISTANCE %v, %v", got, err)
	}
	if got, _ := img.Header.Get("DIALS_ORIGIN"); got != "-2.586,1.32057,-231.275" {
		t.Errorf("DIALS_ORIGIN %q", got)
	}
	var out bytes.Buffer
	if err := Write(&out, img); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Error("the file changed")
	}
}

func TestGeometryErrors(t *testing.T) {
	for _, test := range []struct {
		spoil func(*Geometry)
		want  string
	}{
		{func(g *Geometry) { g.Fast = 0 }, "0 × 16 pixels"},
		{func(g *Geometry) { g.Slow = -1 }, "20 × -1 pixels"},
		{func(g *Geometry) { g.Distance = math.NaN() }, "DISTANCE is NaN"},
		{func(g *Geometry) { g.DialsOrigin[2] = math.Inf(-1) }, "DIALS_ORIGIN is -Inf"},
	} {
		g := referenceGeometry()
		test.spoil(&g)
		if _, err := g.ReferenceHeader(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
