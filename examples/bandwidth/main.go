// Bandwidth refines the bandwidth of a beam against one noisy still, in which a beam with a broad spectrum makes radial streaks
// of the spots. It writes bandwidth.png, the derivative of the image with respect to the bandwidth: red where a larger bandwidth
// adds photons, at the ends of the streaks, and blue where it removes them.
//
//	go run ./examples/bandwidth -out folder
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

const (
	side       = 256
	wavelength = 1.3 // Å
	bandwidth  = 1.5 // full width of Δλ/λ in percent; flat, 16 wavelengths 0.1 % apart
	background = 1   // photons per pixel
)

func main() {
	out := flag.String("out", "out", "folder for bandwidth.png; created if it does not exist")
	flag.Parse()
	if err := os.MkdirAll(*out, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := run(context.Background(), *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, w io.Writer) error {
	cell := crystal.Cell{A: 41, B: 47, C: 58, Alpha: 84, Beta: 97, Gamma: 102} // Å and degrees
	amplitudes, err := structure.Wilson(cell, 2.2, 20, 1)
	if err != nil {
		return err
	}
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: cell, N: [3]float64{8, 8, 8}, Misset: [3]float64{15, -20, 30}, Structure: amplitudes})
	if err != nil {
		return err
	}
	src, err := beam.New(g, beam.Config{Wavelength: wavelength, Dispersion: beam.Spread{Range: bandwidth, Steps: 16}, Fluence: 1e28})
	if err != nil {
		return err
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side, Pixel: 0.4, Distance: 70})
	if err != nil {
		return err
	}
	sim, err := simulator.New(x, src, det)
	if err != nil {
		return err
	}

	image, err := sim.Image(ctx)
	if err != nil {
		return err
	}
	expected := append([]float64(nil), image.Data().([]float64)...)
	for i := range expected {
		expected[i] += background
	}
	counts, err := noise.Poisson(expected, 1)
	if err != nil {
		return err
	}
	images, err := det.Images(counts)
	if err != nil {
		return err
	}
	model, err := refine.NewModel(sim, refine.Data{Counts: images}, refine.ModelConfig{Background: refine.Flat, Level: background})
	if err != nil {
		return err
	}
	loss, err := model.Poisson()
	if err != nil {
		return err
	}
	parameters, err := refine.ParametersFrom(
		refine.Parameter{Node: src.Dispersion, Bounds: refine.Between(0.1, 10)},
		refine.Parameter{Node: src.Wavelength},
		refine.Parameter{Node: model.Scale},
		refine.Parameter{Node: model.Flat},
	)
	if err != nil {
		return err
	}
	problem, err := refine.NewProblem(sim, loss, parameters)
	if err != nil {
		return err
	}

	if err := sim.Set(src.Dispersion, bandwidth/1.3); err != nil {
		return err
	}
	if err := sim.Set(src.Wavelength, 1.001*wavelength); err != nil {
		return err
	}
	result, err := refine.Run(ctx, problem, nil)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(w, result); err != nil {
		return err
	}

	derivatives, err := sim.Derivatives(ctx, src.Dispersion)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "bandwidth.png")
	planes, err := det.Planes()
	if err != nil {
		return err
	}
	f := figure.Figure{Title: "derivative by the bandwidth", Data: derivatives[0][0].Float64s(), Fast: side, Slow: side, Pixel: planes[0].Pixel,
		Label: "photons per percent", Options: picture.Options{Scale: picture.Sqrt, ColourMap: picture.BlueRed},
		Geometry: &planes[0], Wavelength: wavelength}
	f.Rings = f.RoundRings()
	if err := figure.WriteFile(path, 1, f); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: the derivative with respect to the bandwidth\n", path)
	return err
}
