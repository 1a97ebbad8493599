package refine_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// TestFitLikelihood refines by each likelihood that an experiment can choose, and gets what made the counts. Hot pixels move
// the results of robust ones by less than those of others.
func TestFitLikelihood(t *testing.T) {
	truth := func() *experiment.Config {
		c := twoLattices()
		c.Crystals, c.Detector.Fast, c.Detector.Slow, c.Background.Flat = c.Crystals[:1], 48, 48, 12
		c.Detector.Pixel = 1.8
		c.Refine.Parameters = []string{"one.cell.a", "scale", "background.flat"}
		return c
	}
	want := []float64{31, 1, 12}
	clean := measured(t, truth())
	for kind, test := range map[string]struct {
		readout  float64 // photons
		perPixel bool    // of each pixel
		robust   bool
	}{
		"":                 {},
		"poisson":          {},
		"gaussian":         {readout: 1.5},
		"shifted_poisson":  {readout: 1.5, perPixel: true},
		"poisson_gaussian": {readout: 0.4},
		"huber":            {readout: 1.5, perPixel: true, robust: true},
		"geman_mcclure":    {robust: true},
	} {
		fit := func(spoil bool) *refine.Result {
			counts := append([]float64(nil), clean.Photons[0].Float64s()...)
			sigma := make([]float64, len(counts))
			for i := range sigma {
				sigma[i] = test.readout
				if test.perPixel && i%2 == 0 {
					sigma[i] /= 3
				}
			}
			if test.readout > 0 {
				var err error
				counts, err = noise.ReadoutMap(counts, sigma, 3)
				check(t, err)
			}
			if spoil {
				for i := 10; i < len(counts); i += 500 {
					counts[i] += 300
				}
			}
			data := &experiment.Data{Photons: []*tensor.Dense{tensor.New(tensor.WithShape(48, 48), tensor.WithBacking(counts))}}
			c := truth()
			c.Refine.Likelihood, c.Crystals[0].Cell.A = kind, 31.02
			if test.perPixel {
				c.Images = []experiment.Image{{File: "counts.npy", ReadoutFile: "noise.npy"}} // read before
				data.Readout = []*tensor.Dense{tensor.New(tensor.WithShape(48, 48), tensor.WithBacking(sigma))}
			} else {
				c.Counts.Readout = test.readout
			}
			e, err := c.Build(G.NewGraph())
			check(t, err)
			f, err := refine.NewFit(e, data)
			check(t, err)
			r, err := f.Run(context.Background(), nil)
			check(t, err)
			if r.Status != refine.Converged {
				t.Errorf("%s: %v", kind, r)
			}
			return r
		}
		r := fit(false)
		for i, w := range want {
			if sigma := r.Uncertainty.Sigma[i]; !(math.Abs(r.Values[i]-w) < 4*sigma) {
				t.Errorf("%q: %s: %g ± %g, the truth is %g", kind, r.Names[i], r.Values[i], sigma, w)
			}
		}
		if chi := r.Uncertainty.Reduced; !(chi > 0.85 && chi < 1.15) {
			t.Errorf("%q: χ² of %g a degree of freedom", kind, chi)
		}
		if test.robust || kind == "poisson" {
			moved := fit(true).Values[2] - r.Values[2]
			if test.robust != (math.Abs(moved) < 0.1) {
				t.Errorf("%q: hot pixels move the background by %g", kind, moved)
			}
		}
	}
}

// TestLikelihoodErrors: a likelihood that does not suit the noise is an error.
func TestLikelihoodErrors(t *testing.T) {
	for _, test := range []struct {
		likelihood string
		tuning     float64
		readout    float64
		files      [2]string
		want       string
	}{
		{"poisson", 0, 1, [2]string{}, "poisson is for counts without readout noise"},
		{"gaussian", 0, 0, [2]string{}, "gaussian needs the readout noise"},
		{"shifted_poisson", 0, 0, [2]string{}, "shifted_poisson needs the readout noise"},
		{"poisson_gaussian", 0, 0, [2]string{}, "poisson_gaussian needs the readout noise"},
		{"gaussian", 2, 1, [2]string{}, "refine.tuning is for huber and geman_mcclure"},
		{"", 0, 1, [2]string{"a.npy", "b.npy"}, "counts.readout is given and so is images[0].readout_file"},
		{"", 0, 0, [2]string{"a.npy", ""}, "readout_file in 1 of 2"},
		{"student", 0, 0, [2]string{}, `"student" is none of poisson`},
	} {
		c := twoLattices()
		c.Refine.Likelihood, c.Refine.Tuning, c.Counts.Readout = test.likelihood, test.tuning, test.readout
		c.Detector.Panels = []experiment.Panel{{Fast: 4, Slow: 4, FastAxis: [3]float64{1, 0, 0}, SlowAxis: [3]float64{0, 1, 0}}, {Fast: 4, Slow: 4, Origin: [3]float64{9, 0, 0}, FastAxis: [3]float64{1, 0, 0}, SlowAxis: [3]float64{0, 1, 0}}}
		c.Images = []experiment.Image{{File: "x.npy", ReadoutFile: test.files[0]}, {File: "y.npy", ReadoutFile: test.files[1]}}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
