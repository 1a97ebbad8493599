// Package report draws pictures of a refinement: data, model and residuals, and how the parameters converged.
package report

import (
	"fmt"
	"math"
	"path/filepath"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/refine"
)

// residualLimit is the (counts − model)/σ at the ends of the colours.
const residualLimit = 6.0

// Pictures writes into a folder what a fit expected before it was refined and after, and gives the files' names. For each panel
// there are, pixel by pixel, data.png and model.png in grey, black spots, and before.png and after.png of (counts − model)/σ, blue
// where too few are counted and red where too many; report.png has the four side by side, with axes and colour bars. With several
// panels names begin with that of the panel.
func Pictures(folder string, f *refine.Fit, before, after []*tensor.Dense) ([]string, error) {
	// White is what the background alone seldom exceeds, black what few pixels reach.
	level := f.Data.Median()
	low := level + 2*math.Sqrt(level)
	high, sigmas := 40*low, residualLimit
	grey := picture.Options{Low: &low, High: &high, Invert: true}
	blueRed := picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, High: &sigmas}
	geometry, err := f.Experiment.Detector.At()
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	first, last := f.Residuals(before), f.Residuals(after)
	var names []string
	for k := range after {
		prefix := ""
		if len(after) > 1 {
			prefix = f.Experiment.Detector.Panels[k].Name + "."
		}
		var figures []figure.Figure
		for _, p := range []struct {
			name, title, unit string
			image             *tensor.Dense
			options           picture.Options
		}{
			{"data.png", "counts", "photons", f.Data.Photons[k], grey},
			{"model.png", "refined model", "photons", after[k], grey},
			{"before.png", "(counts − model)/σ, start", "σ", first[k], blueRed},
			{"after.png", "(counts − model)/σ, refined", "σ", last[k], blueRed},
		} {
			shape := p.image.Shape()
			data, fast, slow := p.image.Float64s(), shape[1], shape[0]
			if err := picture.WriteFile(filepath.Join(folder, prefix+p.name), data, fast, slow, p.options); err != nil {
				return nil, err
			}
			names = append(names, prefix+p.name)
			figures = append(figures, figure.Figure{Title: p.title, Data: data, Fast: fast, Slow: slow, Options: p.options, Unit: p.unit, Pixel: geometry.Pixel})
		}
		if err := figure.WriteFile(filepath.Join(folder, prefix+"report.png"), 2, figures...); err != nil {
			return nil, err
		}
		names = append(names, prefix+"report.png")
	}
	return names, nil
}
