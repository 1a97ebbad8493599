// Package report draws pictures of a refinement: data, model and residuals, and how the parameters converged.
package report

import (
	"fmt"
	"math"
	"path/filepath"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/refine"
)

// residualLimit is the (counts − model)/σ at the ends of the colours.
const residualLimit = 6.0

// Pictures writes report.png into a folder, and returns the files' names: counts and refined model in grey, black spots, and the
// residuals (counts − model)/σ of the start and of the result, blue where too few are counted and red where too many, with axes in
// mm, rings of resolution, and colour bars. Pixels that do not count are green. With several panels there is a file for each, which
// begins with the panel's name.
func Pictures(folder string, f *refine.Fit, before, after []*tensor.Dense) ([]string, error) {
	panels, err := Figures(f, before, after)
	if err != nil {
		return nil, err
	}
	var names []string
	for k, figures := range panels {
		name := "report.png"
		if len(panels) > 1 {
			name = f.Experiment.Detector.Panels[k].Name + "." + name
		}
		if err := figure.WriteFile(filepath.Join(folder, name), 2, figures...); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		names = append(names, name)
	}
	return names, nil
}

// Figures returns what [Pictures] draws, for each panel: counts, refined model, and the residuals of the start and of the result.
// before and after are what the fit expected then.
func Figures(f *refine.Fit, before, after []*tensor.Dense) ([][]figure.Figure, error) {
	// White is what the background alone seldom exceeds, black what few pixels reach.
	level := f.Data.Median()
	low := level + 2*math.Sqrt(level)
	grey := picture.Options{Low: picture.At(low), High: picture.At(40 * low), Invert: true}
	blueRed := picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, Low: picture.At(0), High: picture.At(residualLimit)}
	planes, err := f.Experiment.Detector.Planes()
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	wavelength, err := f.Experiment.Beam.MeanWavelength()
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	first, last := f.Residuals(before), f.Residuals(after)
	panels := make([][]figure.Figure, len(after))
	for k := range after {
		for _, p := range []struct {
			title, label string
			image        *tensor.Dense
			options      picture.Options
		}{
			{"counts", "photons per pixel", f.Data.Photons[k], grey},
			{"refined model", "photons per pixel", after[k], grey},
			{"residuals, start", "(counts − model)/σ", first[k], blueRed},
			{"residuals, refined", "(counts − model)/σ", last[k], blueRed},
		} {
			g := of(f, &planes[k], k, p.image)
			g.Wavelength, g.Title, g.Label, g.Options = wavelength, p.title, p.label, p.options
			g.Rings = g.RoundRings()
			panels[k] = append(panels[k], g)
		}
	}
	return panels, nil
}

// of returns the figure of an image of a panel.
func of(f *refine.Fit, plane *detector.Plane, k int, image *tensor.Dense) figure.Figure {
	g := figure.Figure{Data: image.Float64s(), Fast: plane.FastPixels, Slow: plane.SlowPixels, Pixel: plane.Pixel, Geometry: plane}
	if f.Data.Mask != nil && f.Data.Mask[k] != nil {
		g.Missing = make([]bool, len(g.Data))
		for i, counts := range f.Data.Mask[k] {
			g.Missing[i] = !counts
		}
	}
	return g
}
