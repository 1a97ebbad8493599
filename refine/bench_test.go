package refine_test

import (
	"context"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/refine"
)

// megapixel is a crystal of ten mosaic domains in front of a detector of 1024 × 1024 pixels.
func megapixel() truth {
	s := small(1)
	s.crystal.Mosaic = crystal.Mosaic{Spread: 0.3, Domains: 10}
	s.crystal.N = [3]float64{15, 15, 15}
	s.detector.Fast, s.detector.Slow, s.detector.Pixel = 1024, 1024, 0.08
	return s
}

// BenchmarkImage is the denominator of BenchmarkGaussNewton.
func BenchmarkImage(b *testing.B) {
	e := megapixel().build(b, nil)
	for b.Loop() {
		if _, err := e.Image(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGaussNewton is one iteration by 12 parameters: cell, misset, scale, background, distance.
func BenchmarkGaussNewton(b *testing.B) {
	s := megapixel()
	e := s.build(b, nil)
	e.measure(b, s, refine.ModelConfig{Background: refine.Flat, Level: 1})
	p := e.problem(b, append(append(append(e.crystal.Cell.List(), e.crystal.Misset[:]...), e.model.Parameters()...), e.detector.Distance)...)
	run := func(n int) {
		r, err := refine.Run(context.Background(), p, &refine.Settings{MaxIterations: n, WithoutUncertainty: true, Tolerance: 1e-12, Relative: 1e-30})
		if err != nil {
			b.Fatal(err)
		}
		if r.Iterations != n {
			b.Fatalf("%d iterations, want %d", r.Iterations, n)
		}
	}
	run(1) // builds
	for b.Loop() {
		run(1) // two evaluations: of the start and of a step
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/2, "ms/evaluation")
}
