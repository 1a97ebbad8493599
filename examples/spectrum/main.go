// Spectrum simulates a beam with a user-defined spectrum, a list of wavelengths and weights, and determines from a noisy image
// with which of three spectra it was taken.
//
//	go run ./examples/spectrum
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/noise"
)

const (
	side       = 200
	wavelength = 1.3 // Å, at the centre of each spectrum
	background = 0.5 // photons per pixel
)

func main() {
	out := flag.String("out", "out", "folder for spectrum.png; created if it does not exist")
	flag.Parse()
	if err := run(context.Background(), *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// spectra returns the candidates: wavelengths within 1.5 % of the centre, with their weights.
func spectra() (names []string, list [][]experiment.Line) {
	for _, s := range []struct {
		name   string
		weight func(percent float64) float64
	}{
		{"one line", func(p float64) float64 { return math.Exp(-p * p / 2 / 0.05 / 0.05) }},
		{"broad", func(p float64) float64 { return math.Exp(-p * p / 2 / 0.6 / 0.6) }},
		{"two colours", func(p float64) float64 {
			return math.Exp(-(p-1)*(p-1)/2/0.1/0.1) + 0.5*math.Exp(-(p+1)*(p+1)/2/0.1/0.1)
		}},
	} {
		var lines []experiment.Line
		for k := -15; k <= 15; k++ {
			if w := s.weight(0.1 * float64(k)); w > 1e-3 {
				lines = append(lines, experiment.Line{Wavelength: wavelength * (1 + 0.001*float64(k)), Weight: w})
			}
		}
		names, list = append(names, s.name), append(list, lines)
	}
	return names, list
}

// expected returns the expected photons of a crystal in a beam with the given spectrum.
func expected(ctx context.Context, spectrum []experiment.Line) ([]float64, error) {
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell:      experiment.Cell{A: 41, B: 47, C: 58, Alpha: 84, Beta: 97, Gamma: 102},
			Misset:    experiment.Misset{X: 15, Y: -20, Z: 30},
			Cells:     experiment.Cells{A: 8, B: 8, C: 8},
			Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 2.2, B: 20, Seed: 1}},
		}},
		Beam:     experiment.Beam{Spectrum: spectrum, Fluence: 3e26},
		Detector: experiment.Detector{Fast: side, Slow: side, Pixel: 0.5, Distance: 70},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	image, err := e.Image(ctx)
	if err != nil {
		return nil, err
	}
	photons := image.Float64s()
	for i := range photons {
		photons[i] += background
	}
	return photons, nil
}

// deviance returns the Poisson deviance per pixel of counts, which is near 1 if the expected photons are right.
func deviance(counts, expected []float64) float64 {
	sum := 0.0
	for i, m := range expected {
		sum += m - counts[i]
		if counts[i] > 0 {
			sum += counts[i] * math.Log(counts[i]/m)
		}
	}
	return 2 * sum / float64(len(counts))
}

func run(ctx context.Context, folder string, w io.Writer) error {
	names, list := spectra()
	var images [][]float64
	var figures []figure.Figure
	for i, spectrum := range list {
		image, err := expected(ctx, spectrum)
		if err != nil {
			return err
		}
		images = append(images, image)
		low, high := picture.At(background), picture.At(40)
		figures = append(figures, figure.Figure{Title: names[i], Data: image, Fast: side, Slow: side, Label: "photons per pixel", Pixel: 0.5,
			Options: picture.Options{Low: low, High: high, Invert: true}})
	}
	counts, err := noise.Poisson(images[2], 1)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "spectrum of the image: %s\n", names[2]); err != nil {
		return err
	}
	for i, name := range names {
		if _, err := fmt.Fprintf(w, "  %-12s %2d wavelengths   deviance %.3f per pixel\n", name, len(list[i]), deviance(counts, images[i])); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	path := filepath.Join(folder, "spectrum.png")
	if err := figure.WriteFile(path, 3, figures...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: the three images\n", path)
	return err
}
