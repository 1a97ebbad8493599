package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/simulator"
)

// writeImages writes the three files into a folder and returns their paths.
func writeImages(e *experiment.Experiment, folder string, expected, counts []float64) ([]string, error) {
	paths := []string{filepath.Join(folder, "image.png"), filepath.Join(folder, "image.img"), filepath.Join(folder, "image.bin")}
	planes, err := e.Detector.Planes()
	if err != nil {
		return nil, err
	}
	wavelength, err := e.Beam.MeanWavelength()
	if err != nil {
		return nil, err
	}
	plane := &planes[0]
	f := figure.Figure{Title: "simulated counts", Data: counts, Fast: plane.FastPixels, Slow: plane.SlowPixels, Pixel: plane.Pixel,
		Label: "photons per pixel", Options: picture.Options{Low: picture.At(5), High: picture.At(1200), Invert: true},
		Geometry: plane, Wavelength: wavelength}
	f.Rings = f.RoundRings()
	if err := figure.WriteFile(paths[0], 1, f); err != nil {
		return nil, err
	}
	if _, err := e.WriteImage(paths[1], counts); err != nil {
		return nil, err
	}
	if err := raw.WriteFile(paths[2], expected); err != nil {
		return nil, err
	}
	return paths, nil
}

// report summarizes the simulation.
func report(e *experiment.Experiment, w io.Writer, counts []float64, took time.Duration, files []string) error {
	c, beam := e.Crystals[0].Config(), e.Beam.Config()
	geometry, err := e.Detector.At()
	if err != nil {
		return err
	}
	total, brightest := 0.0, 0
	for i, n := range counts {
		total += n
		if n > counts[brightest] {
			brightest = i
		}
	}
	phis, domains := e.Crystals[0].Orientations()
	edge := beam.Wavelength / (2 * math.Sin(math.Atan(geometry.SizeFast/2/geometry.Distance)/2))
	_, err = fmt.Fprintf(w, `crystal   %g × %g × %g Å, %g, %g, %g°; %g × %g × %g cells; %d reflections
beam      %g Å, %.3g photons/m²
detector  %d × %d pixels of %.3g mm, %g mm away: %.2f Å at the edge
photons   %.0f, of which %.0f in the brightest pixel, (%d, %d)
files     %s
time      %.2f s, %d orientations per pixel
`,
		c.Cell.A, c.Cell.B, c.Cell.C, c.Cell.Alpha, c.Cell.Beta, c.Cell.Gamma, c.N[0], c.N[1], c.N[2], c.Structure.Count(),
		beam.Wavelength, beam.Fluence,
		geometry.FastPixels, geometry.SlowPixels, geometry.Pixel, geometry.Distance, edge,
		total, counts[brightest], brightest%geometry.FastPixels, brightest/geometry.FastPixels,
		strings.Join(files, ", "),
		took.Seconds(), phis*domains)
	return err
}

// reportMisfit prints χ² for the true and for the wrong model, with the derivatives of the latter.
func reportMisfit(w io.Writer, best float64, g *simulator.Gradient, took time.Duration) error {
	d := g.Scalars()
	_, err := fmt.Fprintf(w, `misfit    χ² of the counts is %.3f per pixel; with a %g Å too long it is %.3f, and its derivatives are
          %+.3f, %+.3f, %+.3f per Å of a, b, c
          %+.3f, %+.3f, %+.3f per degree of alpha, beta, gamma
time      %.2f s for χ² and its six derivatives
`, best, tooLong, g.Loss, d[0], d[1], d[2], d[3], d[4], d[5], took.Seconds())
	return err
}
