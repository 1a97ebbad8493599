// Package gradplot draws the derivative images of package gradcheck. It is a package of its own so
// that programs that only check derivatives do not import fonts and colour maps.
package gradplot

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/gradcheck"
)

// WritePNG writes pictures of the analytic derivative, the numerical derivative and their
// difference into a folder, which it creates: three for each panel, blue for negative and red for
// positive values. All have one scale, that of the larger of the derivatives, so a visible difference
// is one that matters. WritePNG returns the paths of the files.
func WritePNG(im *gradcheck.Images, folder string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("gradplot: %w", err)
	}
	high := 0.0
	for _, panel := range im.Panels {
		for _, v := range slices.Concat(panel.Analytic, panel.Numeric) {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				high = max(high, math.Abs(v))
			}
		}
	}
	if high == 0 {
		high = 1 // all of it is the colour of 0
	}
	low := -high
	var paths []string
	for p, panel := range im.Panels {
		for _, x := range []struct {
			what string
			data []float64
		}{{"analytic", panel.Analytic}, {"numeric", panel.Numeric}, {"difference", panel.Difference}} {
			path := filepath.Join(folder, fileName(fmt.Sprintf("%s.%d.%s.png", im.Parameter, p, x.what)))
			options := picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, Low: &low, High: &high}
			if err := picture.WriteFile(path, x.data, panel.Fast, panel.Slow, options); err != nil {
				return nil, fmt.Errorf("gradplot: %w", err)
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
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
