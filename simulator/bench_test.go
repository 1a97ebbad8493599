package simulator_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/compile/cuda/cudatest"
	"github.com/gobragg/gobragg/simulator"
)

// The benchmarks' model is that of docs/performance.md: a cubic crystal of 5×5×5 cells of 100 Å, every F 100, one
// orientation, one source and one sample a pixel, on a detector of 0.1 mm pixels 100 mm away, at 1 Å. It is what the
// command lines of nanobragg and the reference program call
//
//	-cell 100 100 100 90 90 90 -N 5 -default_F 100 -lambda 1 -distance 100 -detpixels 1024 -oversample 1

func BenchmarkImage256(b *testing.B)  { benchmarkImage(b, 256, sampling{}) }
func BenchmarkImage1024(b *testing.B) { benchmarkImage(b, 1024, sampling{}) }

// BenchmarkSteps is the image of many steps a pixel: -osc 1 -phisteps 10; -mosaic 0.5 -mosaic_dom 10; -oversample 3.
func BenchmarkSteps(b *testing.B) {
	b.Run("phi10", func(b *testing.B) { benchmarkImage(b, 1024, sampling{phis: 10}) })
	b.Run("mosaic10", func(b *testing.B) { benchmarkImage(b, 1024, sampling{domains: 10}) })
	b.Run("oversample3", func(b *testing.B) { benchmarkImage(b, 1024, sampling{oversample: 3}) })
}

func benchmarkImage(b *testing.B, pixels int, s sampling) {
	eachMode(b, func(b *testing.B, options ...simulator.Option) {
		sim, _ := benchmarkModel(b, pixels, s, options...)
		measure(b, pixels, s, func() error {
			_, err := sim.Image(context.Background())
			return err
		})
	})
}

// BenchmarkGradient1024 is a sum of squares over all pixels with its derivatives by the six cell parameters.
func BenchmarkGradient1024(b *testing.B) {
	for _, s := range []sampling{{}, {phis: 10}} {
		b.Run(fmt.Sprintf("steps=%d", s.steps()), func(b *testing.B) {
			eachMode(b, func(b *testing.B, options ...simulator.Option) {
				sim, x := benchmarkModel(b, 1024, s, options...)
				squares, err := G.Square(sim.Intensity())
				if err != nil {
					b.Fatal(err)
				}
				loss, err := G.Sum(squares)
				if err != nil {
					b.Fatal(err)
				}
				measure(b, 1024, s, func() error {
					_, err := sim.Gradient(context.Background(), loss, x.Cell.List()...)
					return err
				})
			})
		})
	}
}

// BenchmarkDerivatives1024 is nine derivative images: by the six cell parameters and the misset.
func BenchmarkDerivatives1024(b *testing.B) {
	for _, s := range []sampling{{}, {phis: 10}} {
		b.Run(fmt.Sprintf("steps=%d", s.steps()), func(b *testing.B) {
			eachMode(b, func(b *testing.B, options ...simulator.Option) {
				sim, x := benchmarkModel(b, 1024, s, options...)
				by := append(x.Cell.List(), x.Misset[:]...)
				measure(b, 1024, s, func() error {
					_, err := sim.Derivatives(context.Background(), by...)
					return err
				})
			})
		})
	}
}

// sampling is how many steps a pixel has; zeros mean one.
type sampling struct{ phis, domains, oversample int }

func (s sampling) steps() int {
	return max(1, s.phis) * max(1, s.domains) * max(1, s.oversample*s.oversample)
}

// eachMode runs a benchmark on the tape and compiled, with one worker and, where there are more processors, with one a
// processor; in a build with the tag nbcuda, on a GPU where there is one.
func eachMode(b *testing.B, f func(b *testing.B, options ...simulator.Option)) {
	for _, mode := range []struct {
		name   string
		option simulator.Option
	}{{"tape", simulator.On(simulator.Tape())}, {"compiled", simulator.On(simulator.CPU())}} {
		for _, workers := range slices.Compact([]int{1, runtime.GOMAXPROCS(0)}) {
			b.Run(fmt.Sprintf("%s/workers=%d", mode.name, workers), func(b *testing.B) {
				f(b, mode.option, simulator.Workers(workers))
			})
		}
	}
	if d := cudatest.GPU(b); d != nil {
		b.Run("cuda", func(b *testing.B) { f(b, simulator.OnDevices(d)) })
		b.Run("cuda mixed", func(b *testing.B) { f(b, simulator.OnDevices(d), simulator.Mixed()) })
	}
}

// measure runs f once before it counts: the first call plans, differentiates and compiles, which a user's loop does
// once.
func measure(b *testing.B, pixels int, s sampling, f func() error) {
	if err := f(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	perPixel := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(pixels*pixels)
	b.ReportMetric(perPixel, "ns/pixel")
	b.ReportMetric(perPixel/float64(s.steps()), "ns/pixel/step")
}

func benchmarkModel(b *testing.B, pixels int, s sampling, options ...simulator.Option) (*simulator.Simulator, *crystal.Crystal) {
	b.Helper()
	g := G.NewGraph()
	cfg := crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100}
	if s.phis > 1 {
		cfg.Osc, cfg.PhiSteps = 1, s.phis
	}
	if s.domains > 1 {
		cfg.Mosaic = crystal.Mosaic{Spread: 0.5, Domains: s.domains}
	}
	x, err := crystal.New(g, cfg)
	if err != nil {
		b.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1})
	if err != nil {
		b.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: pixels, Slow: pixels, Pixel: 0.1, Distance: 100, Oversample: s.oversample})
	if err != nil {
		b.Fatal(err)
	}
	sim, err := simulator.New(x, src, det, options...)
	if err != nil {
		b.Fatal(err)
	}
	return sim, x
}
