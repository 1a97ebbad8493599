package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/raw"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/simulator"
)

// writeImages writes the three files into a folder and returns their paths.
func (e *experiment) writeImages(folder string, expected, counts []float64) ([]string, error) {
	geometry, err := e.detector.At()
	if err != nil {
		return nil, err
	}
	fast, slow := geometry.FastPixels, geometry.SlowPixels
	header, err := smv.Geometry{
		Fast: fast, Slow: slow, Pixel: geometry.Pixel,
		Distance: geometry.Distance, CloseDistance: geometry.CloseDistance,
		Wavelength: e.beam.Config().Wavelength,
		BeamX:      geometry.BeamX, BeamY: geometry.BeamY,
		AdxvX: geometry.ADXV[0], AdxvY: geometry.ADXV[1],
		MosflmX: geometry.MOSFLM[0], MosflmY: geometry.MOSFLM[1],
		DenzoX: geometry.DENZO[0], DenzoY: geometry.DENZO[1],
		DialsOrigin: geometry.DIALSOrigin,
		XDSOrgX:     geometry.OrgX, XDSOrgY: geometry.OrgY,
		Phi: e.crystal.Config().Phi, OscRange: e.crystal.Config().Osc,
	}.Header()
	if err != nil {
		return nil, err
	}
	// 40 is the usual offset of the analogue-to-digital converter. Overloads stay at 65535.
	pixels, _, err := noise.Digitise(counts, 40)
	if err != nil {
		return nil, err
	}

	paths := []string{filepath.Join(folder, "image.png"), filepath.Join(folder, "image.img"), filepath.Join(folder, "image.bin")}
	white, black := 5.0, 1200.0 // photons
	if err := picture.WriteFile(paths[0], counts, fast, slow, picture.Options{Low: &white, High: &black, Invert: true}); err != nil {
		return nil, err
	}
	if err := smv.WriteFile(paths[1], &smv.Image{Header: header, Fast: fast, Slow: slow, Pixels: pixels}); err != nil {
		return nil, err
	}
	if err := raw.WriteFile(paths[2], expected); err != nil {
		return nil, err
	}
	return paths, nil
}

// report tells what was simulated.
func (e *experiment) report(w io.Writer, counts []float64, took time.Duration, files []string) error {
	c := e.crystal.Config()
	geometry, err := e.detector.At()
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
	phis, domains := e.crystal.Orientations()
	wavelength := e.beam.Config().Wavelength
	edge := wavelength / (2 * math.Sin(math.Atan(geometry.SizeFast/2/geometry.Distance)/2))
	_, err = fmt.Fprintf(w, `crystal   %g × %g × %g Å, %g, %g, %g°; %d × %d × %d cells; %d reflections
beam      %g Å, %.3g photons/m²
detector  %d × %d pixels of %.3g mm, %g mm away: %.2f Å at the edge
photons   %.0f, %.0f of them in pixel (%d, %d), the brightest
files     %s
time      %.2f s, %d orientations a pixel
`,
		c.Cell.A, c.Cell.B, c.Cell.C, c.Cell.Alpha, c.Cell.Beta, c.Cell.Gamma, c.N[0], c.N[1], c.N[2], c.Structure.Count(),
		wavelength, e.beam.Config().Fluence,
		geometry.FastPixels, geometry.SlowPixels, geometry.Pixel, geometry.Distance, edge,
		total, counts[brightest], brightest%geometry.FastPixels, brightest/geometry.FastPixels,
		strings.Join(files, ", "),
		took.Seconds(), phis*domains)
	return err
}

// reportMisfit tells χ² against the true model and the wrong one, and the latter's derivatives.
func reportMisfit(w io.Writer, best float64, g *simulator.Gradient, took time.Duration) error {
	d := g.Scalars()
	_, err := fmt.Fprintf(w, `misfit    χ² of the counts is %.3f a pixel; with a %g Å too long it is %.3f, and changes
          by %+.3f, %+.3f, %+.3f per Å of a, b, c
          by %+.3f, %+.3f, %+.3f per degree of alpha, beta, gamma
time      %.2f s, χ² with its six derivatives
`, best, tooLong, g.Loss, d[0], d[1], d[2], d[3], d[4], d[5], took.Seconds())
	return err
}
