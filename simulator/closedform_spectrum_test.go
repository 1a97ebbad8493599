package simulator_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// spiky is a still in the light of a spectrum of 61 lines of a Gaussian of a relative standard deviation, each of a weight of
// its own, as those of a free-electron laser.
func spiky(deviation float64) *experiment.Config {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 65, C: 70, Beta: 95}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, RotXYZ: &experiment.RotXYZ{X: 0.01},
			Cells: experiment.Cells{A: 40, B: 50, C: 60}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.1},
			Structure: experiment.Structure{Default: 100}, BFactor: new(20.0),
		}},
		Beam:     experiment.Beam{Fluence: 1e24, Kahn: 0.5, FreeSources: true},
		Detector: experiment.Detector{Pixel: 0.1, Distance: 100, Fast: 200, Slow: 200, BeamCentre: &[2]float64{-10, -15}},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.PixelVariance)}},
	}
	const lines = 61
	for i := range lines {
		x := 6 * (float64(i)/(lines-1) - 0.5)
		w := math.Exp(-x*x/2) * (1 + 0.9*math.Sin(float64(i*i)))
		c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: 1 / (1 + deviation*x), Weight: w})
	}
	return c
}

// summed builds an experiment with a sum over its spectrum.
func summed(t *testing.T, c *experiment.Config, sum simulator.SpectrumSum) *experiment.Experiment {
	t.Helper()
	own := *c
	physics := *c.Physics.ClosedForm
	physics.Spectrum = &sum
	own.Physics.ClosedForm = &physics
	e, err := own.Build(G.NewGraph())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestSpectrumAboutMean compares the sum about the mean with the one over the lines: images, and derivatives of all of the
// light by the nodes of the spectrum and others. The errors are those of section 8 of the derivation, measured there for
// other reflections without pixels, times 1.5; of 3 %, times 2.
func TestSpectrumAboutMean(t *testing.T) {
	for _, tt := range []struct {
		name      string
		deviation float64
		change    func(*experiment.Config)
		tolerance float64 // of the image's largest pixel
	}{
		{"0.05 %", 0.0005, nil, 7.5e-5},
		{"0.2 %", 0.002, nil, 1.4e-4},
		{"0.3 %, points of a pixel", 0.003, func(c *experiment.Config) { c.Physics.ClosedForm.Pixel = new(simulator.TwoNodes) }, 2e-4},
		{"1 %", 0.01, nil, 4.5e-4},
		{"3 %, centres of pixels", 0.03, func(c *experiment.Config) { c.Physics.ClosedForm.Pixel = new(simulator.PixelCentre) }, 1.6e-3},
		{"0.4 %, lines with a width", 0, func(c *experiment.Config) {
			c.Beam.Spectrum, c.Beam.FreeSources = nil, false
			c.Beam.Wavelength, c.Beam.LineWidth = 1, 2e-4
			c.Beam.GaussianSpectrum = &experiment.GaussianSpectrum{FWHM: 120, Channels: 41}
		}, 2e-4},
		{"1 %, lines with widths of their own, divergence", 0.01, func(c *experiment.Config) {
			c.Beam.GaussianDivergence = [2]float64{0.5, 0.3}
			for i := range c.Beam.Spectrum {
				c.Beam.Spectrum[i].Width = 1e-4 * float64(1+i%3)
			}
		}, 4.5e-4},
		{"0.2 %, sensor", 0.002, func(c *experiment.Config) {
			c.Detector.Thickness, c.Detector.Material, c.Detector.Layers = 300, "Si", 2
		}, 1.4e-4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := spiky(tt.deviation)
			if tt.change != nil {
				tt.change(c)
			}
			want, got := summed(t, c, simulator.EachLine), summed(t, c, simulator.AboutMean)
			if a, b := simulator.Pairs(want.Simulator()), simulator.Pairs(got.Simulator()); !(2*b < a) {
				t.Errorf("%d pairs about the mean, %d of lines", b, a)
			}
			x, y := pixels(t, want), pixels(t, got)
			largest, off := 0.0, 0.0
			for i := range x {
				largest, off = max(largest, x[i]), max(off, math.Abs(x[i]-y[i]))
			}
			t.Logf("off by %.2g of the largest pixel", off/largest)
			if !(off <= tt.tolerance*largest) {
				t.Errorf("off by %.2g of the largest pixel, want %.2g", off/largest, tt.tolerance)
			}
		})
	}
}

func pixels(t *testing.T, e *experiment.Experiment) []float64 {
	t.Helper()
	images, err := e.Simulator().Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := e.Detector.Select(images...)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSpectrumDerivatives compares derivatives of a sum of the squared pixels: each follows from the light of many lines.
func TestSpectrumDerivatives(t *testing.T) {
	c := spiky(0.003)
	for i := range c.Beam.Spectrum {
		c.Beam.Spectrum[i].Width = 3e-4
	}
	of := func(sum simulator.SpectrumSum) (out [][]float64, names []string) {
		e := summed(t, c, sum)
		loss := G.Must(G.Sum(G.Must(G.Square(e.Simulator().Intensity()))))
		x := e.Crystals[0]
		by := append(x.Cell.List()[:1], x.MosaicSpread, x.N[0], x.RotXYZ[1], e.Detector.Distance, e.Beam.LineWidths, e.Beam.Wavelengths, e.Beam.Weights, x.BFactor)
		g, err := e.Simulator().Gradient(t.Context(), loss, by...)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range by {
			v, ok := g.At(n)
			if !ok {
				t.Fatalf("no derivative by %s", n.Name())
			}
			out, names = append(out, v), append(names, n.Name())
		}
		return out, names
	}
	// Nodes that move light about more than they change it have small derivatives here, of large parts.
	tolerances := map[string]float64{"detector.distance": 1e-2, "beam.line_widths": 2e-2, "beam.wavelengths": 4e-3, "beam.weights": 4e-3}
	want, names := of(simulator.EachLine)
	got, _ := of(simulator.AboutMean)
	for k, name := range names {
		largest, off := 0.0, 0.0
		for i, v := range want[k] {
			largest, off = max(largest, math.Abs(v)), max(off, math.Abs(v-got[k][i]))
		}
		t.Logf("%s: off by %.2g", name, off/largest)
		tolerance := 5e-4
		if own, ok := tolerances[name]; ok {
			tolerance = own
		}
		if !(off <= tolerance*largest) {
			t.Errorf("%s: %v about the mean, %v by lines", name, got[k], want[k])
		}
	}
}

// TestSpectrumRefused: what has no sum about a mean is an error that says what to do.
func TestSpectrumRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*experiment.Config)
		want   string
	}{
		{"rotation", func(c *experiment.Config) { c.Crystals[0].Osc = 0.5 }, "the crystal rotates"},
		{"one energy", func(c *experiment.Config) { c.Beam.Spectrum, c.Beam.FreeSources = nil, false }, "has no mean"},
		{"directions", func(c *experiment.Config) {
			c.Beam.Spectrum, c.Beam.FreeSources = nil, false
			c.Beam.DivergenceH = experiment.Spread{Range: 1, Steps: 2}
		}, "has no mean"},
	} {
		c := spiky(0.002)
		tt.change(c)
		sum := simulator.AboutMean
		c.Physics.ClosedForm.Spectrum = &sum
		if _, err := c.Build(G.NewGraph()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
}
