package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/smv"
)

// TestFigure: a picture shows the region of -roi, with the pixels' own numbers, and what a mask leaves out is not a value of 0.
func TestFigure(t *testing.T) {
	folder := t.TempDir()
	mask := make([]uint16, 64*48)
	for i := range mask {
		mask[i] = 1
	}
	mask[64*20+10] = 0
	path := filepath.Join(folder, "mask.img")
	if err := smv.WriteFile(path, &smv.Image{Fast: 64, Slow: 48, Pixels: mask}); err != nil {
		t.Fatal(err)
	}
	s, err := resolve(mustParse(t, "-cell 50 60 70 90 90 90 -N 3 -default_F 10 -lambda 1 -distance 100 -pixel 0.5 -detpixels_x 64 -detpixels_y 48 -Xbeam 13 -Ybeam 9 "+
		"-twotheta 20 -roi 4 60 16 40 -outputs none -pngrings 4,9 -pngaxes mm -mask "+path))
	if err != nil {
		t.Fatal(err)
	}
	m, err := build(s)
	if err != nil {
		t.Fatal(err)
	}
	image, err := m.image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.figure(image)
	if err != nil {
		t.Fatal(err)
	}
	if f.Fast != 57 || f.Slow != 25 || f.First != [2]int{4, 16} || f.Pixel != 0.5 || !slices.Equal(f.Rings, []float64{4, 9}) {
		t.Errorf("%d × %d pixels from %v, of %g mm, rings %v", f.Fast, f.Slow, f.First, f.Pixel, f.Rings)
	}
	for i, missing := range f.Missing {
		fast, slow := i%57+4, i/57+16
		if missing != (fast == 10 && slow == 20) || f.Data[i] != float64(image.pixels[64*slow+fast]) {
			t.Fatalf("pixel (%d, %d) is missing: %v", fast, slow, missing)
		}
	}
	// The beam is where Bragg's angle is 0, and d is of the tilted detector.
	fast, slow, ok := f.Geometry.BeamSpot()
	if d := f.Geometry.Resolution(fast, slow, 1); !ok || d < 1e6 {
		t.Errorf("the beam's spot (%g, %g) has d = %g Å", fast, slow, d)
	}
	p := m.place
	corner := p.Corner
	angle := math.Acos((corner[0]*p.Beam[0] + corner[1]*p.Beam[1] + corner[2]*p.Beam[2]) / math.Sqrt(corner[0]*corner[0]+corner[1]*corner[1]+corner[2]*corner[2]))
	if d, want := f.Geometry.Resolution(0, 0, 1), 1/(2*math.Sin(angle/2)); math.Abs(d-want) > 1e-9 {
		t.Errorf("d in the corner is %g Å, want %g", d, want)
	}
}

// TestPictureLimits: limits that no image can have are refused before the run.
func TestPictureLimits(t *testing.T) {
	for args, want := range map[string]string{
		"-pnglimits -1 5":                 "-pnglimits: picture: the low limit -1 is not positive, which the logarithmic scale requires",
		"-pnglimits 5 5 -pngscale linear": "-pnglimits: picture: the low limit 5 is not below the high limit 5",
	} {
		if _, err := resolve(mustParse(t, small+"-pngfile x.png "+args)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: error %v", args, err)
		}
	}
}
