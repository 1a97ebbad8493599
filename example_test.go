package gobragg_test

import (
	"context"
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// Simulate a hexagonal crystal and find how its photons change with the cell lengths.
func Example() {
	g := G.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 78, C: 37, Gamma: 120}, N: [3]float64{8, 8, 8}, DefaultF: 100})
	check(err)
	xtal.Cell.B = xtal.Cell.A // tied: a derivative with respect to a covers both
	src, err := beam.New(g, beam.Config{Wavelength: 0.9768})
	check(err)
	det, err := detector.New(g, detector.Config{Fast: 128, Slow: 128, Pixel: 0.4, Distance: 60})
	check(err)
	sim, err := simulator.New(xtal, src, det)
	check(err)

	image, err := sim.Image(context.Background()) // (slow, fast), photons
	check(err)
	total, err := G.Sum(sim.Intensity())
	check(err)
	gradient, err := sim.Gradient(context.Background(), total, xtal.Cell.A, xtal.Cell.C)
	check(err)
	fmt.Println("pixels", image.Shape())
	fmt.Printf("%.4g photons; %+.4g per Å of a and b, %+.4g per Å of c\n",
		gradient.Loss, gradient.Scalar(xtal.Cell.A), gradient.Scalar(xtal.Cell.C))
	// Output:
	// pixels (128, 128)
	// 1.529e+06 photons; +7.978e+04 per Å of a and b, -1.915e+06 per Å of c
}

// Simulate a crystal, add counting noise, and refine its cell from a wrong starting point.
func Example_refine() {
	ctx := context.Background()
	g := G.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 60, B: 70, C: 80, Gamma: 100}, N: [3]float64{8, 8, 8}, DefaultF: 100})
	check(err)
	src, err := beam.New(g, beam.Config{Fluence: 1e27})
	check(err)
	det, err := detector.New(g, detector.Config{Fast: 128, Slow: 128, Pixel: 0.4, Distance: 60})
	check(err)
	sim, err := simulator.New(xtal, src, det)
	check(err)
	image, err := sim.Image(ctx)
	check(err)
	counts, err := noise.Poisson(image.Data().([]float64), 1) // or your detector's
	check(err)
	images, err := det.Images(counts)
	check(err)

	model, err := refine.NewModel(sim, refine.Data{Counts: images}, refine.ModelConfig{})
	check(err)
	loss, err := model.Poisson()
	check(err)
	free, err := refine.NewParameters(xtal.Cell.A, xtal.Cell.B, xtal.Cell.Gamma, model.Scale)
	check(err)
	problem, err := refine.NewProblem(sim, loss, free)
	check(err)
	check(sim.Set(xtal.Cell.A, 60.1)) // where the search starts
	result, err := refine.Run(ctx, problem, nil)
	check(err)
	for i, name := range result.Names {
		fmt.Printf("%-10s %8.3f ± %.3f\n", name, result.Values[i], result.Uncertainty.Sigma[i])
	}
	// Output:
	// cell.a       60.000 ± 0.004
	// cell.b       70.002 ± 0.001
	// cell.gamma  100.000 ± 0.001
	// scale         0.995 ± 0.007
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
