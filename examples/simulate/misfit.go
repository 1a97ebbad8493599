package main

import (
	"context"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// tooLong is the error, in Å, of the model's cell edge a.
const tooLong = 0.05

// misfit returns χ² per pixel between the counts and a model whose cell edge a is too long, with its derivatives with
// respect to the six cell parameters. The loss is an expression of the intensity in gorgonia's operations, and the
// parameter is changed without rebuilding anything.
func misfit(ctx context.Context, e *experiment.Experiment, expected, counts []float64) (*simulator.Gradient, error) {
	sim, crystal := e.Simulator(), e.Crystals[0]
	if err := sim.Set(crystal.Cell.A, crystal.Config().Cell.A+tooLong); err != nil {
		return nil, err
	}
	measured, err := input(e, "measured", counts)
	if err != nil {
		return nil, err
	}
	weight, err := input(e, "weight", weights(expected))
	if err != nil {
		return nil, err
	}
	difference, err := G.Sub(e.Intensity(), measured)
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
	return sim.Gradient(ctx, loss, crystal.Cell.List()...)
}

// weights returns 1/σ² divided by the number of pixels. The variance σ² of a count equals the expected number of photons,
// which is known here; it is above 0 in every pixel because the water scatters everywhere.
func weights(expected []float64) []float64 {
	w := make([]float64, len(expected))
	for i, x := range expected {
		w[i] = 1 / (x * float64(len(expected)))
	}
	return w
}

// chiSquare returns χ² per pixel of the counts, given the expected photons.
func chiSquare(expected, counts []float64) float64 {
	sum := 0.0
	for i, w := range weights(expected) {
		sum += w * (expected[i] - counts[i]) * (expected[i] - counts[i])
	}
	return sum
}

// input makes an input node of the graph from a value for each pixel.
func input(e *experiment.Experiment, name string, values []float64) (*G.Node, error) {
	images, err := e.Detector.Images(values)
	if err != nil {
		return nil, err
	}
	return e.Simulator().Data(name, images...)
}
