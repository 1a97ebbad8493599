package main

import (
	"context"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/simulator"
)

// tooLong is what the misfit's model is wrong by: its cell edge a, in Å.
const tooLong = 0.05

// misfit is χ² a pixel of the counts against a model with a slightly wrong cell, with its derivatives by the six cell
// parameters. A loss is any expression of the intensity, made of gorgonia's operations; parameters change without
// building anything anew.
func (e *experiment) misfit(ctx context.Context, expected, counts []float64) (*simulator.Gradient, error) {
	if err := e.sim.Set(e.crystal.Cell.A, e.crystal.Config().Cell.A+tooLong); err != nil {
		return nil, err
	}
	measured, err := e.data("measured", counts)
	if err != nil {
		return nil, err
	}
	weight, err := e.data("weight", weights(expected))
	if err != nil {
		return nil, err
	}
	difference, err := G.Sub(e.sim.Intensity(), measured)
	if err != nil {
		return nil, err
	}
	square, err := G.Square(difference)
	if err != nil {
		return nil, err
	}
	weighted, err := G.HadamardProd(weight, square)
	if err != nil {
		return nil, err
	}
	loss, err := G.Sum(weighted)
	if err != nil {
		return nil, err
	}
	return e.sim.Gradient(ctx, loss, e.crystal.Cell.List()...)
}

// weights are 1/σ² over the number of pixels. The variance σ² of a count is the number of photons expected, which is
// known here; water scatters some into every pixel.
func weights(expected []float64) []float64 {
	w := make([]float64, len(expected))
	for i, x := range expected {
		w[i] = 1 / (x * float64(len(expected)))
	}
	return w
}

// chiSquare is χ² a pixel of the counts against the photons expected.
func chiSquare(expected, counts []float64) float64 {
	sum := 0.0
	for i, w := range weights(expected) {
		sum += w * (expected[i] - counts[i]) * (expected[i] - counts[i])
	}
	return sum
}

// data makes an input of the graph from a number for each pixel.
func (e *experiment) data(name string, values []float64) (*G.Node, error) {
	images, err := e.detector.Images(values)
	if err != nil {
		return nil, err
	}
	return e.sim.Data(name, images...)
}
