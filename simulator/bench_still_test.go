package simulator_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// BenchmarkShape is the image of ten mosaic domains a pixel with its derivatives by the six cell parameters and the misset, for
// each of the shapes: what nine derivative images cost in images.
func BenchmarkShape(b *testing.B) {
	for _, shape := range []crystal.Shape{crystal.Square, crystal.GaussStar, crystal.Gauss} {
		sim, x := stillModel(b, 256, stillSetup{domains: 10, waves: 1, shape: shape})
		s := sampling{domains: 10}
		b.Run(shape.String()+"/image", func(b *testing.B) {
			measure(b, 256, s, func() error { _, err := sim.Image(b.Context()); return err })
		})
		b.Run(shape.String()+"/nine derivatives", func(b *testing.B) {
			by := append(x.Cell.List(), x.Misset[:]...)
			measure(b, 256, s, func() error { _, err := sim.Derivatives(b.Context(), by...); return err })
		})
	}
}

// BenchmarkStill is what refinement of a still repeats: Gaussian domains and wavelengths, in listed pixels; with a table of
// structure factors and 10⁴ scales, and the gradient by 15 parameters and the scales. Numbers of steps and pixels are a part
// of a real still's, so that it takes seconds: 100 × 100 steps of 10⁵ pixels have the same time a pixel and step.
func BenchmarkStill(b *testing.B) {
	const side = 64
	for _, waves := range []int{1, 10, 100} {
		for _, tabled := range []bool{false, true} {
			k := stillSetup{domains: 10, waves: waves, shape: crystal.Gauss, tabled: tabled}
			sim, x := stillModel(b, side, k)
			s := sampling{domains: 10 * waves}
			name := fmt.Sprintf("steps=%d/tabled=%t", s.steps(), tabled)
			b.Run(name+"/image", func(b *testing.B) {
				measure(b, side, s, func() error { _, err := sim.Image(b.Context()); return err })
			})
			squares, err := G.Square(sim.Intensity())
			if err != nil {
				b.Fatal(err)
			}
			loss, err := G.Sum(squares)
			if err != nil {
				b.Fatal(err)
			}
			by := append(x.Cell.List(), x.RotXYZ[:]...)
			by = append(append(append(by, x.N[:]...), x.Shear[:]...), x.Fudge)
			by = by[:15]
			if tabled {
				by = append(by, x.Scale)
			}
			b.Run(name+"/gradient", func(b *testing.B) {
				measure(b, side, s, func() error { _, err := sim.Gradient(b.Context(), loss, by...); return err })
			})
			if !tabled {
				continue
			}
			b.Run(name+"/scales alone", func(b *testing.B) {
				measure(b, side, s, func() error { _, err := sim.Gradient(b.Context(), loss, x.Scale); return err })
			})
			b.Run(name+"/Fisher diagonal", func(b *testing.B) {
				measure(b, side, s, func() error { _, err := sim.FisherDiagonal(b.Context(), nil, x.Scale); return err })
			})
		}
	}
}

// stillSetup is a still of a cubic crystal of 5×5×5 cells of 100 Å.
type stillSetup struct {
	domains, waves int
	shape          crystal.Shape
	tabled         bool // with a table and scales
}

func stillModel(b *testing.B, pixels int, k stillSetup) (*simulator.Simulator, *crystal.Crystal) {
	b.Helper()
	g := G.NewGraph()
	cfg := crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100, Shape: k.shape, RotXYZ: &[3]float64{0.1, 0.2, 0.3}}
	if k.domains > 1 {
		cfg.Mosaic = crystal.Mosaic{Spread: 0.5, Domains: k.domains}
	}
	if k.tabled {
		const n = 13 // 27³ reflections, 9842 unique
		t := &structure.Table{Box: structure.Box{HMin: -n, HMax: n, KMin: -n, KMax: n, LMin: -n, LMax: n}}
		t.F = make([]float64, t.Cells())
		for i := range t.F {
			t.F[i] = 100 + 50*math.Sin(float64(i))
		}
		cfg.Structure, cfg.Scales = t, &crystal.Scales{}
	}
	x, err := crystal.New(g, cfg)
	if err != nil {
		b.Fatal(err)
	}
	light := beam.Config{Wavelength: 1}
	for i := range k.waves {
		light.Sources = append(light.Sources, beam.Source{Position: [3]float64{-1, 0, 0}, Wavelength: 1 + 0.0001*float64(i), Weight: 1})
	}
	src, err := beam.New(g, light)
	if err != nil {
		b.Fatal(err)
	}
	// Every other pixel, so that the pixels are a list.
	mask := make([]bool, 2*pixels*pixels)
	for i := range mask {
		mask[i] = i%2 == 1
	}
	det, err := detector.New(g, detector.Config{Fast: 2 * pixels, Slow: pixels, Pixel: 51.2 / float64(pixels), Distance: 100, Mask: mask})
	if err != nil {
		b.Fatal(err)
	}
	sim, err := simulator.New(x, src, det, simulator.Workers(1))
	if err != nil {
		b.Fatal(err)
	}
	return sim, x
}
