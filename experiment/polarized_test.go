package experiment

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
)

// TestPolarizedRadial: a radial background that is polarized follows cos 2ψ about the beam, and its mean about the beam is the curve.
func TestPolarizedRadial(t *testing.T) {
	const kahn, level, distance, pixel, size = 0.9, 10.0, 40.0, 1.0, 40
	c := Config{
		Crystals:   []Crystal{{Cell: Cell{A: 50, B: 50, C: 50}, Structure: Structure{Default: 1e-30}}},
		Beam:       Beam{Wavelength: 1, Kahn: kahn},
		Detector:   Detector{Fast: size, Slow: size, Pixel: pixel, Distance: distance},
		Background: Background{Radial: &RadialBackground{Knots: []float64{0}, Values: []float64{level}, Polarized: true}},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	image, err := e.Image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	planes, err := e.Detector.Planes()
	if err != nil {
		t.Fatal(err)
	}
	p := &planes[0]
	dot := func(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
	low, high := math.Inf(1), 0.0
	for i, got := range image.Float64s() {
		at := p.Corner
		for n := range at {
			at[n] += pixel * (p.Fast[n]*(float64(i%size)+0.5) + p.Slow[n]*(float64(i/size)+0.5))
		}
		r2 := dot(at, at)
		along := dot(at, p.Beam) * dot(at, p.Beam) / r2
		field := dot(at, e.Beam.Config().Polarization) * dot(at, e.Beam.Config().Polarization) / r2 // the beam is normal to it here
		// Intensity of a dipole along the field, (1 + K)/2, and one across both, (1 − K)/2, of their mean (1 + c²)/2.
		want := level * ((1+kahn)/2*(1-field) + (1-kahn)/2*(along+field)) / ((1 + along) / 2)
		if !(math.Abs(got-want) < 1e-9*level) {
			t.Fatalf("pixel %d is %.12g, want %.12g", i, got, want)
		}
		low, high = min(low, got), max(high, got)
	}
	if high-low < 0.2*level {
		t.Errorf("from %g to %g", low, high)
	}
}
