package simulator_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// closedExperiment is a still of some spots on two panels, one of them tilted, with every width that a spot may have.
func closedExperiment() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 40, B: 50, C: 60, Beta: 100}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, RotXYZ: &experiment.RotXYZ{X: 0.01},
			Cells: experiment.Cells{A: 30, B: 25, C: 20, AB: 2}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spreads: &[3]float64{0.1, 0.3, 0.2}},
			Structure: experiment.Structure{Default: 100}, Strain: 1e-3,
		}},
		Beam: experiment.Beam{Fluence: 1e24, Kahn: 0.5, FreeSources: true, GaussianDivergence: [2]float64{0.5, 0.3},
			Spectrum: []experiment.Line{{Wavelength: 1, Weight: 2, Width: 5e-4}, {Wavelength: 1.01, Weight: 1, Width: 1e-3}}},
		Detector: experiment.Detector{Pixel: 0.4, Distance: 60, Thickness: 300, Attenuation: 400, Layers: 2,
			Panels: []experiment.Panel{{Fast: 12, Slow: 12, Tilt: [3]float64{1, 2, 3}}, {Fast: 8, Slow: 10, Origin: [3]float64{6, 0, 1}}}},
		Physics: experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
	}
}

// TestClosedFormGradient compares the gradient of a weighted sum, in reverse mode, compiled and on the tape, with the weighted
// sums of the derivative images, in forward mode: they take different ways through the runs of a spot's pixels.
func TestClosedFormGradient(t *testing.T) {
	for name, change := range map[string]func(*experiment.Config){
		"still": func(*experiment.Config) {},
		"spectrum about its mean": func(c *experiment.Config) {
			for i := range 4 {
				c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: 1.001 + 0.002*float64(i), Weight: 1, Width: 7e-4})
			}
			sum := simulator.AboutMean
			c.Physics.ClosedForm.Spectrum = &sum
		},
		"rotation, one line, isotropic": func(c *experiment.Config) {
			x := &c.Crystals[0]
			x.Osc, x.Phi = 1, 3
			x.Mosaic = experiment.Mosaic{Spread: 0.2}
			c.Beam.Spectrum, c.Beam.FreeSources, c.Beam.LineWidth = nil, false, 5e-4
			c.Physics.ClosedForm.Pixel = new(simulator.PixelVariance)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := closedExperiment()
			change(c)
			e, err := c.Build(G.NewGraph())
			if err != nil {
				t.Fatal(err)
			}
			sim := e.Simulator()
			weights := make([]float64, e.Detector.Pixels())
			for i := range weights {
				weights[i] = math.Sin(float64(i * i % 101))
			}
			weight := G.NewVector(sim.Graph(), G.Float64, G.WithName("weight"), G.WithShape(len(weights)), G.WithValue(tensor.New(tensor.WithBacking(weights))))
			loss := G.Must(G.Sum(G.Must(G.HadamardProd(weight, G.Must(G.Square(sim.Intensity()))))))
			var scalars, vectors []*G.Node
			for _, n := range e.Parameters() {
				if len(n.Shape()) > 0 {
					vectors = append(vectors, n)
				} else {
					scalars = append(scalars, n)
				}
			}
			var images [][]*tensor.Dense
			for {
				var none *simulator.DetachedError
				if images, err = sim.Derivatives(t.Context(), scalars...); !errors.As(err, &none) {
					break
				}
				scalars = slices.DeleteFunc(scalars, func(n *G.Node) bool { return n == none.By })
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(scalars) < 25 {
				t.Errorf("only %d parameters have derivatives", len(scalars))
			}
			intensity, err := sim.Images(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tape, err := sim.On(simulator.Tape())
			if err != nil {
				t.Fatal(err)
			}
			want, err := tape.Gradient(t.Context(), loss, append(scalars, vectors...)...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := sim.Gradient(t.Context(), loss, append(scalars, vectors...)...)
			if err != nil {
				t.Fatal(err)
			}
			report, err := sim.Report(loss)
			if err != nil || !report.Compiled {
				t.Errorf("%v, %v", report, err)
			}
			values, _ := e.Detector.Select(intensity...)
			for k, n := range scalars {
				image, err := e.Detector.Select(images[k]...)
				if err != nil {
					t.Fatal(err)
				}
				sum, size := 0.0, 0.0
				for i, v := range image {
					sum += 2 * weights[i] * values[i] * v
					size += math.Abs(2 * weights[i] * values[i] * v)
				}
				for _, other := range []float64{got.Scalar(n), want.Scalar(n)} {
					if !(math.Abs(other-sum) <= 1e-11*size) {
						t.Errorf("%s: %.15g, %.15g on the tape, %.15g by images", n.Name(), got.Scalar(n), want.Scalar(n), sum)
					}
				}
			}
			for _, n := range vectors {
				g, _ := got.At(n)
				w, _ := want.At(n)
				for i := range g {
					if !(math.Abs(g[i]-w[i]) <= 1e-11*math.Abs(w[i])) || w[i] == 0 {
						t.Errorf("%s[%d]: %.15g, %.15g on the tape", n.Name(), i, g[i], w[i])
					}
				}
			}
		})
	}
}

// BenchmarkClosedForm is a still and a rotation of lysozyme at 2 Å on 4 megapixels, as closedform.md has them: an image, and
// the gradient of a sum by 15 parameters.
func BenchmarkClosedForm(b *testing.B) {
	for name, change := range map[string]func(*experiment.Config){
		"still":    func(*experiment.Config) {},
		"rotation": func(c *experiment.Config) { c.Crystals[0].Osc = 0.5 },
	} {
		c := &experiment.Config{
			Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 79.1, C: 37.9}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30}, Cells: experiment.Cells{A: 100, B: 100, C: 100},
				Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.1}, Structure: experiment.Structure{Default: 100}}},
			Beam:     experiment.Beam{Fluence: 1e24, LineWidth: 1e-3},
			Detector: experiment.Detector{Pixel: 0.075, Distance: 125, Fast: 2070, Slow: 2167},
			Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.PixelVariance)}},
		}
		change(c)
		e, err := c.Build(G.NewGraph(), simulator.Workers(1))
		if err != nil {
			b.Fatal(err)
		}
		sim := e.Simulator()
		loss := G.Must(G.Sum(sim.Intensity()))
		x := e.Crystals[0]
		by := append(x.Cell.List(), x.Misset[:]...)
		by = append(append(by, x.N[:]...), x.MosaicSpread, e.Detector.Distance, e.Beam.LineWidth)
		measure := func(of string, run func() error) {
			b.Run(name+"/"+of, func(b *testing.B) {
				if err := run(); err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := run(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(simulator.Pairs(sim)), "ns/pair")
			})
		}
		measure("image", func() error { _, err := sim.Images(b.Context()); return err })
		measure("gradient", func() error { _, err := sim.Gradient(b.Context(), loss, by...); return err })
	}
}
