package background_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/background"
	"github.com/gobragg/gobragg/detector"
)

// TestEstimate: planes and medians of boxes in which spots and masked pixels are.
func TestEstimate(t *testing.T) {
	image := make([]float64, 20*12)
	mask := make([]bool, len(image))
	for i := range image {
		f, s := float64(i%20), float64(i/20)
		image[i] = 40 + 0.5*(f-9) - 0.75*(s-5.5)
		mask[i] = true
		if math.Hypot(f-9, s-5) < 2.5 {
			image[i] += 300
		}
	}
	mask[3*20+4], image[3*20+4] = false, math.NaN()
	box := background.Shoebox{Region: detector.Region{FastMin: 2, FastMax: 16, SlowMin: 0, SlowMax: 11}}
	picture := []*tensor.Dense{tensor.New(tensor.WithShape(12, 20), tensor.WithBacking(image))}
	got, err := background.Estimate(picture, [][]bool{mask}, []background.Shoebox{box}, background.Estimation{Readout: 3})
	if err != nil {
		t.Fatal(err)
	}
	if b := got[0]; math.Abs(b.Level-40) > 1e-9 || math.Abs(b.Fast-0.5) > 1e-9 || math.Abs(b.Slow+0.75) > 1e-9 {
		t.Errorf("plane %g, %g, %g", b.Level, b.Fast, b.Slow)
	}
	flat, err := background.Estimate(picture, [][]bool{mask}, []background.Shoebox{box}, background.Estimation{Rule: background.Medians})
	if b := flat[0]; err != nil || math.Abs(b.Level-40) > 0.5 || b.Fast != 0 || b.Slow != 0 {
		t.Errorf("median %g, %g, %g: %v", b.Level, b.Fast, b.Slow, err)
	}
	line := background.Shoebox{Region: detector.Region{FastMin: 2, FastMax: 4, SlowMin: 1, SlowMax: 1}}
	if got, err = background.Estimate(picture, nil, []background.Shoebox{line}, background.Estimation{}); err != nil || got[0].Fast != 0 || math.IsNaN(got[0].Level) {
		t.Errorf("a line of pixels: %+v, %v", got, err)
	}
	for _, c := range []struct {
		box  background.Shoebox
		how  background.Estimation
		want string
	}{
		{background.Shoebox{Panel: 1}, background.Estimation{}, "box 0 is on panel 1 of 1"},
		{background.Shoebox{Region: detector.Region{FastMax: 20}}, background.Estimation{}, "box 0 is not within the 20 × 12 pixels"},
		{background.Shoebox{Region: detector.Region{FastMin: 4, FastMax: 4, SlowMin: 3, SlowMax: 3}}, background.Estimation{}, "box 0 has no pixel that counts"},
		{box, background.Estimation{Readout: -1}, "readout noise of -1 photons"},
	} {
		if _, err := background.Estimate(picture, [][]bool{mask}, []background.Shoebox{c.box}, c.how); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// TestNew: what is refused.
func TestNew(t *testing.T) {
	for want, cfg := range map[string]background.Config{
		"the box 0 to 9 along fast":               {Boxes: []background.Shoebox{{Region: detector.Region{FastMax: 9}}}},
		"panel 2 is none of 0 to 0":               {Boxes: []background.Shoebox{{Panel: 2}}},
		"has slopes and is level":                 {Boxes: []background.Shoebox{{Fast: 1}}, Level: true},
		"place 1 of the table, 0.1, is not above": {Radial: &background.Radial{Knots: []float64{0.2, 0.1}, Values: []float64{1, 2}}},
		"1 values at 2 places":                    {Radial: &background.Radial{Knots: []float64{0.1, 0.2}, Values: []float64{1}}},
		"a thickness of -1 mm":                    {Materials: []background.Material{background.Water(-1)}},
		`material "water" is there twice`:         {Materials: []background.Material{background.Water(1), background.Water(1)}},
		"0 values at 0 places":                    {Materials: []background.Material{{Thickness: 1}}},
		"has shape (2), want (slow, fast)":        {Image: &background.Image{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))}}},
		"detector: 0 images for 1 panels":         {Image: &background.Image{}},
	} {
		g := G.NewGraph()
		d, err := detector.New(g, detector.Config{Fast: 4, Slow: 4})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := background.New(g, d, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
