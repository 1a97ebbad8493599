// Customloss minimizes a user-defined loss written in gorgonia's operations: one minus the correlation coefficient of model and
// data, which does not depend on scale and background. The library differentiates it like its own losses. Finally the loss is
// evaluated for a hundred different measurements.
//
//	go run ./examples/customloss
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"gonum.org/v1/gonum/stat"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// correlation returns 1 − Σ(I − <I>)(d − <d>) / √(Σ(I − <I>)² Σ(d − <d>)²) for two images of n pixels.
//
// G.Must panics if an operation fails, which here would mean that shapes do not match.
func correlation(intensity, data *G.Node, n int) *G.Node {
	must := G.Must
	count := G.NewConstant(float64(n))
	sum := func(x, y *G.Node) *G.Node { // Σ(x − <x>)(y − <y>)
		products := must(G.Sum(must(G.HadamardProd(x, y))))
		means := must(G.Div(must(G.Mul(must(G.Sum(x)), must(G.Sum(y)))), count))
		return must(G.Sub(products, means))
	}
	norm := must(G.Sqrt(must(G.Mul(sum(intensity, intensity), sum(data, data)))))
	return must(G.Sub(G.NewConstant(1.0), must(G.Div(sum(intensity, data), norm))))
}

// measured is a crystal, a measured image of it, and the loss of the one given the other.
type measured struct {
	crystal  *crystal.Crystal
	sim      *simulator.Simulator
	expected []float64 // photons of each pixel
	data     *G.Node
	loss     *G.Node
}

var cell = experiment.Cell{A: 41, B: 47, C: 58, Alpha: 84, Beta: 97, Gamma: 102} // Å and degrees

func newExperiment(ctx context.Context) (*measured, error) {
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: cell, Cells: experiment.Cells{A: 8, B: 8, C: 8}, Misset: experiment.Misset{X: 15, Y: -20, Z: 30},
			Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 2.3, B: 20, Seed: 1}},
		}},
		Beam:     experiment.Beam{Wavelength: 1, Fluence: 3e27},
		Detector: experiment.Detector{Fast: 128, Slow: 128, Pixel: 0.6, Distance: 90},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	m := &measured{crystal: e.Crystals[0], sim: e.Simulator()}
	image, err := m.sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	m.expected = slices.Clone(image.Float64s())
	counts, err := noise.Poisson(m.expected, 1)
	if err != nil {
		return nil, err
	}
	images, err := e.Detector.Images(counts)
	if err != nil {
		return nil, err
	}
	if m.data, err = m.sim.Data("measured", images...); err != nil {
		return nil, err
	}
	m.loss = correlation(m.sim.Intensity(), m.data, len(counts))
	return m, nil
}

// repeat evaluates the loss and its derivative with respect to a for a hundred measurements of the same crystal. The loss is
// built only once; what changes is the value of its data node.
func (m *measured) repeat(ctx context.Context) (loss, slope []float64, err error) {
	for seed := range uint64(100) {
		counts, err := noise.Poisson(m.expected, 100+seed)
		if err != nil {
			return nil, nil, err
		}
		if err := m.sim.Set(m.data, counts); err != nil {
			return nil, nil, err
		}
		g, err := m.sim.Gradient(ctx, m.loss, m.crystal.Cell.A)
		if err != nil {
			return nil, nil, err
		}
		loss, slope = append(loss, g.Loss), append(slope, g.By[0][0])
	}
	return loss, slope, nil
}

func run(ctx context.Context, w io.Writer) error {
	e, err := newExperiment(ctx)
	if err != nil {
		return err
	}
	nodes := e.crystal.Cell.List()
	for i, n := range nodes { // edges wrong by 0.1 %, angles by 0.06°
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
		if _, err := fmt.Fprintf(w, "  derivative with respect to %-10s  %+.4f\n", n.Name(), -slope.By[i][0]); err != nil {
			return err
		}
	}

	// Only the value of the loss is given. Without its curvature the default method is L-BFGS, and there are no
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
	if _, err = fmt.Fprintf(w, "correlation after refinement: %.4f\n%s", 1-result.Loss, result); err != nil {
		return err
	}

	for i, n := range nodes { // the true cell
		if err := e.sim.Set(n, []float64{cell.A, cell.B, cell.C, cell.Alpha, cell.Beta, cell.Gamma}[i]); err != nil {
			return err
		}
	}
	losses, slopes, err := e.repeat(ctx)
	if err != nil {
		return err
	}
	mean, deviation := stat.MeanStdDev(losses, nil)
	if _, err := fmt.Fprintf(w, "over %d measurements at the true cell, the loss is %.3g ± %.2g", len(losses), mean, deviation); err != nil {
		return err
	}
	mean, deviation = stat.MeanStdDev(slopes, nil)
	_, err = fmt.Fprintf(w, ", its derivative with respect to a %+.2g ± %.2g\n", mean, deviation)
	return err
}
