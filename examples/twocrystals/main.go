// Twocrystals simulates two crystals in one image, a large one and a small one in another orientation, and computes the
// derivatives of a loss with respect to both cells.
//
//	go run ./examples/twocrystals
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/noise"
)

func main() {
	out := flag.String("out", "out", "folder for twocrystals.png; created if it does not exist")
	flag.Parse()
	if err := run(context.Background(), *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// both describes two crystals of one protein, which share cell and structure factors.
func both() *experiment.Config {
	large := experiment.Crystal{
		Name:      "large",
		Cell:      experiment.Cell{A: 41, B: 47, C: 58, Alpha: 84, Beta: 97, Gamma: 102},
		Misset:    experiment.Misset{X: 15, Y: -20, Z: 30},
		Cells:     experiment.Cells{A: 12, B: 12, C: 12},
		Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 2.2, B: 20, Seed: 1}},
	}
	small := large
	small.Name = "small"
	small.Misset = experiment.Misset{X: 18, Y: -24, Z: 75}
	small.Cells = experiment.Cells{A: 8, B: 8, C: 8}
	return &experiment.Config{
		Crystals: []experiment.Crystal{large, small},
		Beam:     experiment.Beam{Wavelength: 1, Fluence: 3e27},
		Detector: experiment.Detector{Fast: 200, Slow: 200, Pixel: 0.5, Distance: 90},
	}
}

func run(ctx context.Context, folder string, w io.Writer) error {
	e, err := both().Build(G.NewGraph())
	if err != nil {
		return err
	}
	image, err := e.Image(ctx)
	if err != nil {
		return err
	}
	counts, err := noise.Poisson(image.Float64s(), 1)
	if err != nil {
		return err
	}

	// The loss is ½ Σ (I − counts)², where I is the intensity of both crystals, written in gorgonia's operations.
	images, err := e.Detector.Images(counts)
	if err != nil {
		return err
	}
	sim := e.Simulator() // the first crystal's evaluates expressions of all crystals
	data, err := sim.Data("counts", images...)
	if err != nil {
		return err
	}
	difference, err := G.Sub(e.Intensity(), data)
	if err != nil {
		return err
	}
	square, err := G.Square(difference)
	if err != nil {
		return err
	}
	sum, err := G.Sum(square)
	if err != nil {
		return err
	}
	loss, err := G.Mul(G.NewConstant(0.5), sum)
	if err != nil {
		return err
	}

	// If the small crystal's a is 0.5 % too long, which way does the loss pull the two cells?
	a, err := e.Parameter("small.cell.a")
	if err != nil {
		return err
	}
	if err := sim.Set(a, 1.005*41); err != nil {
		return err
	}
	nodes := append(e.Crystals[0].Cell.List(), e.Crystals[1].Cell.List()...)
	gradient, err := sim.Gradient(ctx, loss, nodes...)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "loss %.4g, with its derivatives with respect to both cells:\n", gradient.Loss); err != nil {
		return err
	}
	for i, n := range nodes {
		if _, err := fmt.Fprintf(w, "  %-16s  %+.4g\n", n.Name(), gradient.By[i][0]); err != nil {
			return err
		}
	}

	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	path := filepath.Join(folder, "twocrystals.png")
	planes, err := e.Detector.Planes()
	if err != nil {
		return err
	}
	err = figure.WriteFile(path, 1, figure.Figure{Title: "two crystals", Data: counts, Fast: 200, Slow: 200, Label: "photons per pixel", Pixel: 0.5,
		Options: picture.Options{Invert: true}, Geometry: &planes[0], Wavelength: 1, Rings: []float64{2.5, 4}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: the image of both crystals\n", path)
	return err
}
