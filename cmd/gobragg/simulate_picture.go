package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/numbered"
)

// picturePaths returns the names of an image's pictures, one a panel.
func (r *simulation) picturePaths(path string, number int) ([]string, error) {
	name, err := numbered.Parse(path)
	switch {
	case err == nil:
		if err := name.Room(number); err != nil {
			return nil, fmt.Errorf("--picture %s %w", path, err)
		}
		path = name.Path(number)
	case !errors.Is(err, numbered.ErrNoPlace):
		return nil, fmt.Errorf("--picture %s %w", path, err)
	case len(r.numbers) > 1:
		return nil, cli.Usagef("simulate: --picture %s %w, and there are %d images", path, err, len(r.numbers))
	}
	if len(r.layout.first) == 1 {
		return []string{path}, nil
	}
	ending := filepath.Ext(path)
	var list []string
	for i := range r.layout.first {
		list = append(list, fmt.Sprintf("%s_panel%d%s", strings.TrimSuffix(path, ending), i, ending))
	}
	return list, nil
}

// paint writes pictures of an image, or of its derivative by a parameter: one a panel.
func (r *simulation) paint(path string, number int, values []float64, by *G.Node) error {
	paths, err := r.picturePaths(path, number)
	if err != nil {
		return err
	}
	planes, err := r.Detector.Planes()
	if err != nil {
		return err
	}
	wavelength, err := r.Beam.MeanWavelength()
	if err != nil {
		return err
	}
	l := &r.layout
	for i, size := range r.Detector.Sizes() {
		f := figure.Figure{Fast: size[0], Slow: size[1], Geometry: &planes[i], Wavelength: wavelength, Label: "photons per pixel"}
		for s := range f.Slow {
			from := (l.first[i] + s) * l.fast
			f.Data = append(f.Data, values[from:from+f.Fast]...)
			if l.bad != nil {
				f.Missing = append(f.Missing, l.bad[from:from+f.Fast]...)
			}
		}
		var title []string
		if r.sweep {
			title = append(title, fmt.Sprintf("image %d", number))
		}
		if len(l.first) > 1 {
			title = append(title, "panel "+cmp.Or(planes[i].Name, fmt.Sprint(i)))
		}
		if by != nil {
			title = append(title, "derivative by "+by.Name())
			f.Label, f.Options.ColourMap = "photons per "+cmp.Or(r.Unit(by), "unit"), picture.BlueRed
		}
		f.Title = strings.Join(title, ", ")
		if err := figure.WriteFile(paths[i], 1, f); err != nil {
			return err
		}
	}
	return nil
}
