// Package gradplot draws the derivative images of package gradcheck. It is a package of its own so
// that programs that only check derivatives do not import fonts and colour maps.
package gradplot

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/gradcheck"
)

// Options of the pictures. The zero value does for images of whole panels.
type Options struct {
	// Label is what the values are, with their unit. Default: "per unit of" the parameter.
	Label string
	// First is the index of the first pixel along fast and slow for each panel of which the images
	// show a part. Default: pixel (0, 0).
	First [][2]int
}

// WritePNG writes a picture for each panel into a folder, which it creates: the derivative, the
// derivative by differences, and what they differ by, side by side, blue for negative and red for
// positive values. All have one scale, that of the largest derivative of any panel, so a visible
// difference is one that matters. Values that are not finite are green. WritePNG returns the paths
// of the files.
func WritePNG(im *gradcheck.Images, folder string, o Options) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("gradplot: %w", err)
	}
	if o.First != nil && len(o.First) != len(im.Panels) {
		return nil, fmt.Errorf("gradplot: first pixels of %d panels, but there are images of %d", len(o.First), len(im.Panels))
	}
	if o.Label == "" {
		o.Label = "per unit of " + im.Parameter
	}
	high := 0.0
	for _, panel := range im.Panels {
		high = max(high, largest(panel.Analytic), largest(panel.Numeric))
	}
	scale := picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, Low: picture.At(0), High: picture.At(high)}
	if high == 0 {
		high, scale.High = 1, picture.At(1) // all of it is the colour of 0
	}
	var paths []string
	for p, panel := range im.Panels {
		var figures []figure.Figure
		for _, x := range []struct {
			title string
			data  []float64
		}{
			{"derivative by " + im.Parameter, panel.Analytic}, {"by differences", panel.Numeric},
			{fmt.Sprintf("their difference, at most %.1g of the largest", largest(panel.Difference)/high), panel.Difference},
		} {
			f := figure.Figure{Title: x.title, Data: x.data, Fast: panel.Fast, Slow: panel.Slow, Options: scale, Label: o.Label, Missing: make([]bool, len(x.data))}
			for i, v := range x.data {
				f.Missing[i] = math.IsNaN(v) || math.IsInf(v, 0)
			}
			if o.First != nil {
				f.First = o.First[p]
			}
			figures = append(figures, f)
		}
		path := filepath.Join(folder, fileName(fmt.Sprintf("%s.%d.png", im.Parameter, p)))
		if err := figure.WriteFile(path, len(figures), figures...); err != nil {
			return nil, fmt.Errorf("gradplot: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// largest returns the largest finite absolute value.
func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			most = max(most, math.Abs(v))
		}
	}
	return most
}

// fileName replaces characters that some systems do not allow in file names.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, r) {
			return '_'
		}
		return r
	}, s)
}
