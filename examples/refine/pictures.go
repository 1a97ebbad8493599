package main

import (
	"math"
	"path/filepath"

	"github.com/gobragg/gobragg/format/picture"
)

// pictures writes counts and model as grey pictures, black spots, and the residuals in blue (too few counted) and red.
func (e *experiment) pictures(folder string, before, after []float64) ([]string, error) {
	geometry, err := e.sim.Detector().At()
	if err != nil {
		return nil, err
	}
	counts := make([]float64, len(e.counts))
	for i, n := range e.counts {
		if e.mask == nil || e.mask[i] {
			counts[i] = n
		}
	}
	// White is what the background alone seldom exceeds, black what few pixels reach.
	low := e.level + 2*math.Sqrt(e.level)
	high, sigmas := 40*low, 6.0
	grey := picture.Options{Low: &low, High: &high, Invert: true}
	blueRed := picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, High: &sigmas}
	var paths []string
	for _, p := range []struct {
		name    string
		pixels  []float64
		options picture.Options
	}{
		{"data.png", counts, grey}, {"model.png", after, grey},
		{"before.png", e.residuals(before), blueRed}, {"after.png", e.residuals(after), blueRed},
	} {
		path := filepath.Join(folder, p.name)
		if err := picture.WriteFile(path, p.pixels, geometry.FastPixels, geometry.SlowPixels, p.options); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
