package simulator_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// TestBFactor: each pixel is fainter by exp(−B q²/2), with the q of each line of the spectrum and each sub-pixel; the water is
// not. By the factor, 1 at first, the derivative is −q²/2 of the image.
func TestBFactor(t *testing.T) {
	configure := func(b *float64, lines ...experiment.Line) *experiment.Experiment {
		c := &experiment.Config{Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 30, B: 40, C: 50}, Cells: experiment.Cells{A: 2, B: 2, C: 2},
			Misset: experiment.Misset{X: 3, Y: 20, Z: -7}, Structure: experiment.Structure{Default: 100}, BFactor: b}}}
		c.Beam.Spectrum = lines
		c.Detector = experiment.Detector{Convention: detector.XDS, Fast: 5, Slow: 4, Pixel: 11, Distance: 40}
		e, err := c.Build(G.NewGraph(), simulator.Workers(1))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	image := func(e *experiment.Experiment) []float64 {
		m, err := e.Image(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m.Float64s()
	}
	square := func(pixel int, wavelength float64) float64 { // q² of its centre; the beam meets the detector's middle
		f, s := 11*(float64(pixel%5)-2), 11*(float64(pixel/5)-1.5)
		return 2 * (1 - 40/math.Hypot(40, math.Hypot(f, s))) / (wavelength * wavelength)
	}
	lines := []experiment.Line{{Wavelength: 1.1, Weight: 1}, {Wavelength: 1.4, Weight: 3}}
	var plain [2][]float64
	for i, l := range lines {
		plain[i] = image(configure(nil, l))
	}
	b, none := 25.0, 0.0
	got := image(configure(&b, lines...))
	start := configure(&none, lines...)
	derivative, err := start.Derivatives(t.Context(), start.Crystals[0].BFactor)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		var want, slope float64
		for k, l := range lines {
			share := l.Weight / 4 * plain[k][i]
			want += share * math.Exp(-b*square(i, l.Wavelength)/2)
			slope -= share * square(i, l.Wavelength) / 2
		}
		if math.Abs(got[i]-want) > 1e-9*want || math.Abs(derivative[0][0].Float64s()[i]-slope) > 1e-9*math.Abs(slope) {
			t.Errorf("pixel %d: %g photons, want %g; derivative %g, want %g", i, got[i], want, derivative[0][0].Float64s()[i], slope)
		}
	}
}
