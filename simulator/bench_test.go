package simulator_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// The benchmarks' model is that of docs/performance.md: a cubic crystal of 5×5×5 cells of 100 Å, every F 100, one
// orientation, one source and one sample a pixel, on a detector of 0.1 mm pixels 100 mm away, at 1 Å. It is what the
// command lines of nanobragg and the reference program call
//
//	-cell 100 100 100 90 90 90 -N 5 -default_F 100 -lambda 1 -distance 100 -detpixels 1024 -oversample 1

func BenchmarkImage256(b *testing.B)  { benchmarkImage(b, 256) }
func BenchmarkImage1024(b *testing.B) { benchmarkImage(b, 1024) }

// BenchmarkGradient1024 is the sum of all pixels with its derivatives by the six cell parameters.
func BenchmarkGradient1024(b *testing.B) {
	forWorkers(b, func(b *testing.B, workers int) {
		sim, x := benchmarkModel(b, 1024, workers)
		loss, err := G.Sum(sim.Intensity())
		if err != nil {
			b.Fatal(err)
		}
		// The first call builds the derivatives; a refinement does that once.
		if _, err := sim.Gradient(context.Background(), loss, x.Cell.List()...); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := sim.Gradient(context.Background(), loss, x.Cell.List()...); err != nil {
				b.Fatal(err)
			}
		}
		reportPixels(b, 1024)
	})
}

func benchmarkImage(b *testing.B, pixels int) {
	forWorkers(b, func(b *testing.B, workers int) {
		sim, _ := benchmarkModel(b, pixels, workers)
		for b.Loop() {
			if _, err := sim.Image(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		reportPixels(b, pixels)
	})
}

// forWorkers runs a benchmark with one worker and, where there are more processors, with one a processor.
func forWorkers(b *testing.B, f func(b *testing.B, workers int)) {
	for _, workers := range []int{1, runtime.GOMAXPROCS(0)} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) { f(b, workers) })
		if runtime.GOMAXPROCS(0) == 1 {
			return
		}
	}
}

func benchmarkModel(b *testing.B, pixels, workers int) (*simulator.Simulator, *crystal.Crystal) {
	b.Helper()
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]int{5, 5, 5}, DefaultF: 100})
	if err != nil {
		b.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1})
	if err != nil {
		b.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: pixels, Slow: pixels, Pixel: 0.1, Distance: 100})
	if err != nil {
		b.Fatal(err)
	}
	sim, err := simulator.New(x, src, det, simulator.Workers(workers))
	if err != nil {
		b.Fatal(err)
	}
	return sim, x
}

func reportPixels(b *testing.B, pixels int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(pixels*pixels), "ns/pixel")
}
