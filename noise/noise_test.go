package noise

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gobragg/gobragg/format/pgm"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
)

func TestDigitise(t *testing.T) {
	photons := []float64{0, 1, 0.9, 65495, 65495.5, 65496, 1e300, -40.5, -1}
	counts, overloads, err := Digitise(photons, 40)
	if err != nil {
		t.Fatal(err)
	}
	// 65535.5 is above 65535, so it counts as an overload.
	if want := []uint16{40, 41, 40, 65535, 65535, 65535, 65535, 0, 39}; !reflect.DeepEqual(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	if overloads != 3 {
		t.Errorf("%d overloads, want 3", overloads)
	}
}

func TestScaled(t *testing.T) {
	for _, test := range []struct {
		name                string
		image               []float64
		scale, offset, used float64
		want                []uint16
	}{
		{"given", []float64{0, 1, 1.25, 1.2, 1e9, -100}, 2, 40, 2, []uint16{40, 42, 43, 42, 65535, 0}},
		{"auto", []float64{0, 5, 2.5, 1e-6}, 0, 40, 11000, []uint16{40, 55040, 27540, 40}},
		{"negative means auto", []float64{55}, -1, 0, 1000, []uint16{55000}},
		{"dark", []float64{0, 0}, 0, 40, 1, []uint16{40, 40}},
		{"no pixels", []float64{}, 0, 40, 1, []uint16{}},
		{"denormal", []float64{0, 5e-324}, 0, 40, math.MaxFloat64, []uint16{40, 40}},
		{"single precision", []float64{0.49999999}, 1, 100, 1, []uint16{101}}, // 100.99999999 has no float32
	} {
		t.Run(test.name, func(t *testing.T) {
			counts, used, err := Scaled(test.image, test.scale, test.offset)
			if err != nil {
				t.Fatal(err)
			}
			if used != test.used || !reflect.DeepEqual(counts, test.want) {
				t.Errorf("scale %g, counts %v, want %g, %v", used, counts, test.used, test.want)
			}
		})
	}
}

func TestPGM(t *testing.T) {
	for _, test := range []struct {
		name        string
		image       []float64
		scale, used float64
		want        []uint8
	}{
		{"given", []float64{0, 1.9, 255, 256, -1}, 1, 1, []uint8{0, 1, 255, 255, 0}},
		{"auto", []float64{0, 0, 4}, 0, 250 / (5 * math.Sqrt(16.0/3)), []uint8{0, 0, 86}}, // squares 32/3 over n−1 = 2
		{"all alike", []float64{2, 2}, 0, 27500, []uint8{255, 255}},
		{"dark", []float64{0, 0}, 0, 1, []uint8{0, 0}},
		{"one pixel", []float64{55}, 0, 1000, []uint8{255}},
		{"no pixels", []float64{}, 0, 1, []uint8{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			picture, used, err := PGM(test.image, test.scale)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(used-test.used) > 1e-15*test.used || !reflect.DeepEqual(picture, test.want) {
				t.Errorf("scale %v, picture %v, want %v, %v", used, picture, test.used, test.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	digitise := func(image []float64, _, offset float64) error { _, _, err := Digitise(image, offset); return err }
	scaled := func(image []float64, scale, offset float64) error {
		_, _, err := Scaled(image, scale, offset)
		return err
	}
	picture := func(image []float64, scale, _ float64) error { _, _, err := PGM(image, scale); return err }
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		name          string
		run           func(image []float64, scale, offset float64) error
		pixel         float64
		scale, offset float64
		want          string
	}{
		{"Digitise", digitise, nan, 1, 1, "noise: pixel 1 is NaN"},
		{"Digitise", digitise, 1, 1, inf, "noise: the offset is +Inf"},
		{"Scaled", scaled, -inf, 1, 1, "noise: pixel 1 is -Inf"},
		{"Scaled", scaled, 1, nan, 1, "noise: the scale is NaN"},
		{"Scaled", scaled, 1, 1, nan, "noise: the offset is NaN"},
		{"PGM", picture, inf, 1, 1, "noise: pixel 1 is +Inf"},
		{"PGM", picture, 1, inf, 1, "noise: the scale is +Inf"},
	} {
		if err := test.run([]float64{0, test.pixel}, test.scale, test.offset); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %s", test.name, err, test.want)
		}
	}
}

// The files in testdata were written by the original nanoBragg:
//
//	nanoBragg -default_F 300 -cell 50 60 70 90 90 90 -N 5 -lambda 1 -distance 200 -pixel 0.5 -detpixels_x 20
//	  -detpixels_y 16 -misset 10 20 30 -nonoise -floatfile floatimage.bin -intfile intimage.img -pgmfile image.pgm
func TestReference(t *testing.T) {
	single, err := raw.ReadFile("testdata/floatimage.bin", 20, 16)
	if err != nil {
		t.Fatal(err)
	}
	image := make([]float64, len(single))
	for i, x := range single {
		image[i] = float64(x)
	}

	wantCounts, err := smv.ReadFile("testdata/intimage.img")
	if err != nil {
		t.Fatal(err)
	}
	counts, _, err := Scaled(image, 0, 40)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(counts, wantCounts.Pixels) {
		t.Errorf("counts %v, want %v", counts, wantCounts.Pixels)
	}

	wantPicture, err := pgm.ReadFile("testdata/image.pgm")
	if err != nil {
		t.Fatal(err)
	}
	picture, scale, err := PGM(image, 0)
	if err != nil {
		t.Fatal(err)
	}
	if comment := pgm.ScaleComment(scale); comment != wantPicture.Comment {
		t.Errorf("comment %q, want %q", comment, wantPicture.Comment)
	}
	for i, got := range picture {
		if uint16(got) != wantPicture.Pixels[i] {
			t.Errorf("grey of pixel %d is %d, want %d", i, got, wantPicture.Pixels[i])
		}
	}
}
