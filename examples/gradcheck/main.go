// Gradcheck checks three sets of derivatives: those that this library computes for a gorgonia graph unrelated to diffraction,
// those that gorgonia itself computes for the same graph, one of which is wrong, and those of a simulator. It writes pictures of
// a derivative image, computed exactly and by finite differences, to the folder given by -out.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradplot"
	"github.com/gobragg/gobragg/simulator"
)

func main() {
	out := flag.String("out", "out", "folder for the pictures; created if it does not exist")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, out string) error {
	// A loss of a vector: Σ sin(log₂ x).
	loss, x, err := logarithms()
	if err != nil {
		return err
	}
	report, err := gradcheck.Check(ctx, loss, G.Nodes{x}, gradcheck.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Derivatives of a graph, by this library:\n%s\n\n", report)

	// The same with gorgonia's own Grad, whose rule for log₂ is wrong in v0.9.18. The report names the operation.
	loss, x, err = logarithms()
	if err != nil {
		return err
	}
	grads, err := G.Grad(loss, x)
	if err != nil {
		return err
	}
	report, err = gradcheck.Check(ctx, loss, G.Nodes{x}, gradcheck.Options{Gradient: grads})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Derivatives of the same graph, by gorgonia:\n%s\n\n", report)

	return simulated(ctx, w, out)
}

func logarithms() (loss, x *G.Node, err error) {
	g := G.NewGraph()
	x = G.NewVector(g, G.Float64, G.WithName("x"), G.WithShape(3),
		G.WithValue(tensor.New(tensor.WithBacking([]float64{0.7, 1.4, 2.2}))))
	n, err := G.Log2(x)
	if err != nil {
		return nil, nil, err
	}
	if n, err = G.Sin(n); err != nil {
		return nil, nil, err
	}
	loss, err = G.Sum(n)
	return loss, x, err
}

// simulated checks a simulator: derivatives with respect to the cell to first and second order, and one derivative image
// pixel by pixel.
func simulated(ctx context.Context, w io.Writer, out string) error {
	g := G.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{
		Cell: crystal.Cell{A: 70, B: 80, C: 90, Alpha: 85, Beta: 95, Gamma: 105}, Misset: [3]float64{5, 10, 15},
		N: [3]float64{3, 3, 3}, DefaultF: 100,
	})
	if err != nil {
		return err
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1})
	if err != nil {
		return err
	}
	det, err := detector.New(g, detector.Config{Fast: 64, Slow: 64, Pixel: 1, Distance: 100})
	if err != nil {
		return err
	}
	sim, err := simulator.New(xtal, src, det)
	if err != nil {
		return err
	}
	loss, err := G.Sum(sim.Intensity())
	if err != nil {
		return err
	}
	report, err := gradcheck.CheckModel(ctx, sim, loss, xtal.Cell.List(), gradcheck.Options{Directions: 3, Taylor: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Derivatives of the sum of an image along random directions of the cell:\n%s\n\n", report)
	if err := report.Err(); err != nil {
		return err
	}

	images, err := gradcheck.DerivativeImages(ctx, sim, xtal.Cell.A, gradcheck.Options{})
	if err != nil {
		return err
	}
	paths, err := gradplot.WritePNG(images, out, gradplot.Options{Label: "photons per Å"})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\nwritten to %v\n", images, paths)
	return err
}
