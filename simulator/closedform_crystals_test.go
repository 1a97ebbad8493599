package simulator_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// closedCrystals are three crystals in one beam, of different cells, shapes, spreads, widths and scales.
func closedCrystals(change func(*experiment.Config)) *experiment.Config {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{
			{Name: "one", Cell: experiment.Cell{A: 40, B: 50, C: 60, Beta: 100}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15},
				Cells: experiment.Cells{A: 30, B: 25, C: 20, AB: 2}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spreads: &[3]float64{0.1, 0.3, 0.2}},
				Structure: experiment.Structure{Default: 100}, Strain: 1e-3},
			{Name: "two", Cell: experiment.Cell{A: 45, B: 45, C: 70}, Misset: experiment.Misset{X: 45, Y: 20, Z: -15}, SpotScale: 1600,
				Cells: experiment.Cells{A: 20, B: 20, C: 20}, Shape: crystal.GaussStar, Mosaic: experiment.Mosaic{Spread: 0.2},
				Structure: experiment.Structure{Default: 80}, BFactor: new(15.0)},
			{Name: "three", Cell: experiment.Cell{A: 55, B: 60, C: 65}, Misset: experiment.Misset{X: -30, Y: 70, Z: 1},
				Cells: experiment.Cells{A: 10, B: 12, C: 9}, Shape: crystal.Gauss, Structure: experiment.Structure{Default: 120}, Water: 0.2},
		},
		Beam: experiment.Beam{Fluence: 1e24, Kahn: 0.5, FreeSources: true,
			Spectrum: []experiment.Line{{Wavelength: 1, Weight: 2, Width: 5e-4}, {Wavelength: 1.01, Weight: 1, Width: 1e-3}}},
		Detector: experiment.Detector{Pixel: 0.8, Distance: 60, Fast: 14, Slow: 12, BeamCentre: &[2]float64{-6, 4}, Thickness: 300, Attenuation: 400, Layers: 2},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.TwoNodes)}},
	}
	change(c)
	return c
}

// alone is an experiment with one of its crystals.
func alone(c *experiment.Config, i int) *experiment.Config {
	own := *c
	own.Crystals = own.Crystals[i : i+1 : i+1]
	return &own
}

// TestClosedFormCrystals: the image of several crystals in closed form is the sum of theirs, and so are its derivatives: those by
// a crystal's own parameters are that crystal's, compiled and on the tape.
func TestClosedFormCrystals(t *testing.T) {
	isotropic := func(c *experiment.Config) {
		for i := range c.Crystals[:2] {
			c.Crystals[i].Mosaic = experiment.Mosaic{Spread: 0.1 + 0.1*float64(i)}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*experiment.Config)
	}{
		{"two lines", func(*experiment.Config) {}},
		{"isotropic, sides of pixels", func(c *experiment.Config) { isotropic(c); c.Physics.ClosedForm.Pixel = new(simulator.AlongAxis) }},
		{"about the mean", func(c *experiment.Config) { c.Physics.ClosedForm.Spectrum = new(simulator.AboutMean) }},
		{"rotations about two spindles, and a still", func(c *experiment.Config) {
			isotropic(c)
			c.Crystals[0].Osc, c.Crystals[0].Phi = 1, 3
			c.Crystals[1].Osc, c.Crystals[1].Spindle = 0.6, [3]float64{0, 1, 0}
			c.Crystals[2].Phi = 2
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := closedCrystals(tt.change)
			e := builtClosed(t, c)
			image, slopes := sums(t, e)
			tape, err := e.Simulator().On(simulator.Tape())
			if err != nil {
				t.Fatal(err)
			}
			whole := make([]float64, len(image))
			shared := map[string][]float64{}
			for i := range c.Crystals {
				one := builtClosed(t, alone(c, i))
				own, ownSlopes := sums(t, one)
				if !(peak(own) > 0.5) {
					t.Fatalf("crystal %d has no spots", i)
				}
				for k, v := range own {
					whole[k] += v
				}
				for name, want := range ownSlopes {
					if strings.HasPrefix(name, "beam") || strings.HasPrefix(name, "detector") {
						if shared[name] == nil {
							shared[name] = make([]float64, len(want))
						}
						for k, v := range want {
							shared[name][k] += v
						}
						continue
					}
					got, ok := slopes[name]
					if !ok {
						t.Errorf("no derivative by %s", name)
						continue
					}
					near(t, "derivative by "+name, got, want, want, 1e-10)
				}
			}
			for name, want := range shared {
				near(t, "derivative by "+name, slopes[name], want, want, 1e-9)
			}
			if off := largestDifference(image, whole); !(off <= 1e-12*peak(whole)) {
				t.Errorf("off by %.2g of the peak", off/peak(whole))
			}
			images, err := tape.Images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if off := largestDifference(images[0].Float64s(), whole); !(off <= 1e-12*peak(whole)) {
				t.Errorf("off by %.2g of the peak on the tape", off/peak(whole))
			}
			if check := e.Simulator().ClosedFormCheck(); check.Spots == 0 {
				t.Errorf("%+v", check)
			}
		})
	}
}

// sums returns the image of an experiment, and the derivatives of a weighted sum over it by all parameters.
func sums(t *testing.T, e *experiment.Experiment) ([]float64, map[string][]float64) {
	t.Helper()
	sim := e.Simulator()
	weights := make([]float64, e.Detector.Pixels())
	for i := range weights {
		weights[i] = 1 + math.Sin(float64(i*i%101))
	}
	weight := G.NewVector(sim.Graph(), G.Float64, G.WithName("weight"), G.WithShape(len(weights)), G.WithValue(tensor.New(tensor.WithBacking(weights))))
	loss := G.Must(G.Sum(G.Must(G.HadamardProd(weight, sim.Intensity()))))
	by := slices.Clone(e.Parameters())
	var g *simulator.Gradient
	for {
		var none *simulator.DetachedError
		var err error
		if g, err = sim.Gradient(t.Context(), loss, by...); errors.As(err, &none) {
			by = slices.DeleteFunc(by, func(n *G.Node) bool { return n == none.By })
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	out := map[string][]float64{}
	for _, n := range by {
		out[n.Name()], _ = g.At(n)
	}
	return pixelsOf(t, e), out
}

// TestClosedFormCrystalsSampled: the image of two crystals by steps of many domains is the one in closed form, but for what the
// domains leave.
func TestClosedFormCrystalsSampled(t *testing.T) {
	c := closedCrystals(func(c *experiment.Config) {
		c.Crystals = c.Crystals[:2]
		c.Crystals[0].Strain, c.Crystals[1].SpotScale, c.Crystals[1].Shape = 0, 2, crystal.Gauss
		for i := range c.Crystals {
			c.Crystals[i].Cells = experiment.Cells{A: 12, B: 10, C: 9}
			c.Crystals[i].Mosaic = experiment.Mosaic{Spreads: &[3]float64{0.05, 0.1, 0.08}, Domains: 1000}
		}
		c.Beam = experiment.Beam{Fluence: 1e24, Kahn: 0.5}
		c.Detector.Fast, c.Detector.Slow = 8, 8
		c.Physics.ClosedForm.Pixel = new(simulator.PixelCentre)
	})
	closed := pixelsOf(t, builtClosed(t, c))
	c.Physics.ClosedForm = nil
	steps := pixelsOf(t, builtClosed(t, c))
	if off := largestDifference(steps, closed); !(off <= 3e-3*peak(closed)) {
		t.Errorf("off by %.2g of the peak", off/peak(closed))
	} else {
		t.Logf("off by %.2g of the peak", off/peak(closed))
	}
}
