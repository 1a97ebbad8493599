package refine_test

import (
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// TestFitHeldSum refines the weights of a spectrum beside the scale, which their sum would act like: the sum is held, by every
// method, and all uncertainties are known.
func TestFitHeldSum(t *testing.T) {
	make := func(weights ...float64) *experiment.Config {
		c := twoLattices()
		c.Crystals, c.Detector.Fast, c.Detector.Slow, c.Detector.Pixel = c.Crystals[:1], 64, 64, 1.3
		c.Beam.FreeSources = true
		for i, w := range weights {
			c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: 0.98 + 0.02*float64(i), Weight: w})
		}
		c.Refine.Parameters = []string{"beam.weights", "scale", "background.flat"}
		return c
	}
	truth := []float64{0.7, 1.5, 0.8}
	data := measured(t, make(truth...))
	for _, method := range []refine.Method{nil, refine.LBFGS{}} {
		start := make(1, 1, 1)
		start.Scale = 1.3
		e, err := start.Build(G.NewGraph())
		check(t, err)
		f, err := refine.NewFit(e, data)
		check(t, err)
		r, err := f.Run(t.Context(), &refine.Settings{Method: method})
		check(t, err)
		sum := 0.0
		for i, want := range append(slices.Clone(truth), 1, 2) {
			if sigma := r.Uncertainty.Sigma[i]; !(math.Abs(r.Values[i]-want) < 4*sigma) || math.IsInf(sigma, 0) {
				t.Errorf("%s: %s is %g ± %g, the truth %g", r.Method, r.Names[i], r.Values[i], sigma, want)
			}
			if i < len(truth) {
				sum += r.Values[i]
			}
		}
		if !(math.Abs(sum-3) < 1e-5) || len(r.Uncertainty.Undetermined) > 0 {
			t.Errorf("%s: a sum of %.9g, undetermined: %v", r.Method, sum, r.Uncertainty.Undetermined)
		}
		// What is written makes the same image.
		c, err := f.Config(r)
		check(t, err)
		again, err := c.Build(G.NewGraph())
		check(t, err)
		got, err := again.Image(t.Context())
		check(t, err)
		want, err := e.Image(t.Context())
		check(t, err)
		for i, v := range want.Float64s() {
			if math.Abs(got.Float64s()[i]-v) > 1e-12*v {
				t.Fatalf("pixel %d has %g photons, and %g of what is written", i, v, got.Float64s()[i])
			}
		}
	}
}
