// Constraints refines a tetragonal crystal against one noisy image twice: with six free cell parameters, and with only the two
// that its symmetry leaves free, which the image then determines more precisely.
//
//	go run ./examples/constraints
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

var truth = crystal.Cell{A: 79, B: 79, C: 38, Alpha: 90, Beta: 90, Gamma: 90} // Å and degrees, of hen egg-white lysozyme

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	for _, system := range []refine.System{refine.Triclinic, refine.Tetragonal} {
		result, cell, err := fit(ctx, system)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s: cell %.3f %.3f %.3f Å, %.3f %.3f %.3f°\n%s\n",
			system, cell.A, cell.B, cell.C, cell.Alpha, cell.Beta, cell.Gamma, result); err != nil {
			return err
		}
	}
	return nil
}

// fit refines the orientation and the cell parameters that the crystal system leaves free, and returns the cell.
func fit(ctx context.Context, system refine.System) (*refine.Result, crystal.Cell, error) {
	var none crystal.Cell
	amplitudes, err := structure.Wilson(truth, 2.3, 20, 1)
	if err != nil {
		return nil, none, err
	}
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: truth, N: [3]float64{6, 6, 12}, Misset: [3]float64{20, 35, -10}, Structure: amplitudes})
	if err != nil {
		return nil, none, err
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1, Fluence: 2e27})
	if err != nil {
		return nil, none, err
	}
	det, err := detector.New(g, detector.Config{Fast: 192, Slow: 192, Pixel: 0.4, Distance: 90})
	if err != nil {
		return nil, none, err
	}

	// Nodes are tied before the simulator is built: for a tetragonal crystal, x.Cell.B becomes x.Cell.A.
	free, err := refine.Constrain(x, system)
	if err != nil {
		return nil, none, err
	}
	sim, err := simulator.New(x, src, det)
	if err != nil {
		return nil, none, err
	}
	counts, err := measure(ctx, sim)
	if err != nil {
		return nil, none, err
	}
	images, err := det.Images(counts)
	if err != nil {
		return nil, none, err
	}
	model, err := refine.NewModel(sim, refine.Data{Counts: images}, refine.ModelConfig{Background: refine.Flat, Level: background})
	if err != nil {
		return nil, none, err
	}
	loss, err := model.Poisson()
	if err != nil {
		return nil, none, err
	}

	// Start with cell edges 0.1 % too long and the crystal rotated by 0.05°.
	for n, v := range map[*G.Node]float64{x.Cell.A: 1.001 * truth.A, x.Cell.B: 1.001 * truth.B, x.Cell.C: 1.001 * truth.C, x.Misset[0]: 20.05} {
		if err := sim.Set(n, v); err != nil {
			return nil, none, err
		}
	}
	parameters, err := refine.NewParameters(append(free, x.Misset[0], x.Misset[1], x.Misset[2])...)
	if err != nil {
		return nil, none, err
	}
	problem, err := refine.NewProblem(sim, loss, parameters)
	if err != nil {
		return nil, none, err
	}
	result, err := refine.Run(ctx, problem, nil)
	if err != nil {
		return nil, none, err
	}
	numbers, err := x.At()
	return result, numbers.Cell, err
}

const background = 1 // photons per pixel

// measure returns photon counts drawn from the model at the current parameters.
func measure(ctx context.Context, sim *simulator.Simulator) ([]float64, error) {
	image, err := sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	expected := append([]float64(nil), image.Data().([]float64)...)
	for i := range expected {
		expected[i] += background
	}
	return noise.Poisson(expected, 1)
}
