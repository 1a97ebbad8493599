// Customloss refines by a loss of the user's own, made of gorgonia's operations: one minus the correlation coefficient of model
// and data, which knows neither a scale nor a background. The library differentiates it like its own losses.
//
//	go run ./examples/customloss
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// correlation is 1 − Σ(I − <I>)(d − <d>) / √(Σ(I − <I>)² Σ(d − <d>)²) of two images of n pixels.
//
// gorgonia's operations panic where gorgonia.Must is told to: here, where shapes would not fit.
func correlation(intensity, data *gorgonia.Node, n int) *gorgonia.Node {
	must := gorgonia.Must
	count := gorgonia.NewConstant(float64(n))
	sum := func(x, y *gorgonia.Node) *gorgonia.Node { // Σ(x − <x>)(y − <y>)
		products := must(gorgonia.Sum(must(gorgonia.HadamardProd(x, y))))
		means := must(gorgonia.Div(must(gorgonia.Mul(must(gorgonia.Sum(x)), must(gorgonia.Sum(y)))), count))
		return must(gorgonia.Sub(products, means))
	}
	norm := must(gorgonia.Sqrt(must(gorgonia.Mul(sum(intensity, intensity), sum(data, data)))))
	return must(gorgonia.Sub(gorgonia.NewConstant(1.0), must(gorgonia.Div(sum(intensity, data), norm))))
}

// experiment is a crystal with an image of it that was measured, and the loss between both.
type experiment struct {
	crystal *crystal.Crystal
	sim     *simulator.Simulator
	loss    *gorgonia.Node
}

var cell = crystal.Cell{A: 41, B: 47, C: 58, Alpha: 84, Beta: 97, Gamma: 102} // Å and degrees

func newExperiment(ctx context.Context) (*experiment, error) {
	amplitudes, err := structure.Wilson(cell, 2.3, 20, 1)
	if err != nil {
		return nil, err
	}
	g := gorgonia.NewGraph()
	var e experiment
	if e.crystal, err = crystal.New(g, crystal.Config{Cell: cell, N: [3]int{8, 8, 8}, Misset: [3]float64{15, -20, 30}, Structure: amplitudes}); err != nil {
		return nil, err
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1, Fluence: 3e27})
	if err != nil {
		return nil, err
	}
	det, err := detector.New(g, detector.Config{Fast: 128, Slow: 128, Pixel: 0.6, Distance: 90})
	if err != nil {
		return nil, err
	}
	if e.sim, err = simulator.New(e.crystal, src, det); err != nil {
		return nil, err
	}
	image, err := e.sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	counts, err := noise.Poisson(image.Data().([]float64), 1)
	if err != nil {
		return nil, err
	}
	images, err := det.Images(counts)
	if err != nil {
		return nil, err
	}
	data, err := e.sim.Data("measured", images...)
	if err != nil {
		return nil, err
	}
	e.loss = correlation(e.sim.Intensity(), data, len(counts))
	return &e, nil
}

func run(ctx context.Context, w io.Writer) error {
	e, err := newExperiment(ctx)
	if err != nil {
		return err
	}
	nodes := e.crystal.Cell.List()
	for i, n := range nodes { // lengths off by 0.1 %, angles by 0.06°
		if err := e.sim.Set(n, []float64{1.001 * cell.A, 0.999 * cell.B, 1.001 * cell.C, cell.Alpha + 0.06, cell.Beta - 0.06, cell.Gamma + 0.06}[i]); err != nil {
			return err
		}
	}

	slope, err := e.sim.Gradient(ctx, e.loss, nodes...)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "correlation with the data at the start: %.4f\n", 1-slope.Loss); err != nil {
		return err
	}
	for i, n := range nodes {
		if _, err := fmt.Fprintf(w, "  its derivative by %-10s  %+.4f\n", n.Name(), -slope.By[i][0]); err != nil {
			return err
		}
	}

	// The value is all that there is to say about the loss: without its curvature the method is LBFGS, and there are no
	// uncertainties.
	parameters, err := refine.NewParameters(nodes...)
	if err != nil {
		return err
	}
	problem, err := refine.NewProblem(e.sim, &refine.Loss{Value: e.loss}, parameters)
	if err != nil {
		return err
	}
	result, err := refine.Run(ctx, problem, &refine.Settings{Tolerance: 1e-6})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "correlation after refinement: %.4f\n%s", 1-result.Loss, result)
	return err
}
