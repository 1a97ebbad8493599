// Package report shows a refinement: [Page] is a report in HTML, [Pictures] and [Trace] are PNG pictures of data, model and residuals,
// and of how the parameters converged.
package report

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"math"
	"path/filepath"
	"slices"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
)

// residualLimit is the (counts − model)/σ at the ends of the colours.
const residualLimit = 6.0

// blueRed are the colours of residuals.
var blueRed = picture.Options{Scale: picture.Linear, ColourMap: picture.BlueRed, Low: picture.At(0), High: picture.At(residualLimit)}

// Pictures writes report.png into a folder, and returns the files' names: counts and refined model in grey, black spots, and the
// residuals (counts − model)/σ of the start and of the result, blue where too few are counted and red where too many, with axes in
// mm, rings of resolution, and colour bars. Pixels that are not measured, or not compared, are green. With several panels there is a
// file for each, which begins with the panel's name.
func Pictures(folder string, i *Image) ([]string, error) {
	panels, err := Figures(i)
	if err != nil {
		return nil, err
	}
	var names []string
	for k, figures := range panels {
		name := "report.png"
		if len(panels) > 1 {
			name = i.Fit.Experiment.Detector.Panels[k].Name + "." + name
		}
		if err := figure.WriteFile(filepath.Join(folder, name), 2, figures...); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		names = append(names, name)
	}
	return names, nil
}

// Figures returns what [Pictures] draws, for each panel: counts, refined model, and the residuals of the start, if that is given,
// and of the result.
func Figures(i *Image) ([][]figure.Figure, error) {
	s, err := look(i)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	panels := make([][]figure.Figure, len(s.planes))
	for k := range panels {
		panels[k] = s.figures(k)
	}
	return panels, nil
}

// figures are those of a panel.
func (s *sight) figures(k int) []figure.Figure {
	low, high := s.greys(k)
	grey := picture.Options{Low: picture.At(low), High: picture.At(high), Invert: true}
	unmeasured, unused := inverse(s.measured[k]), inverse(s.used[k])
	list := []figure.Figure{
		{Title: "counts", Label: "photons per pixel", Data: s.Fit.Data.Photons[k].Float64s(), Missing: unmeasured, Options: grey},
		{Title: "refined model", Label: "photons per pixel", Data: s.After[k].Float64s(), Missing: unused, Options: grey},
	}
	if s.before != nil {
		f := figure.Figure{Title: "residuals, start", Data: s.before[k].Float64s(), Label: "(counts − model)/σ", Options: blueRed}
		f.Missing = slices.Clone(unused)
		for n, v := range s.Before[k].Float64s() {
			f.Missing[n] = f.Missing[n] || v == 0 // not simulated at the start
		}
		list = append(list, f)
	}
	list = append(list, figure.Figure{Title: "residuals, refined", Data: s.after[k].Float64s()})
	plane := &s.planes[k]
	for n := range list {
		f := &list[n]
		if f.Label == "" {
			f.Label, f.Missing, f.Options = "(counts − model)/σ", unused, blueRed
		}
		f.Fast, f.Slow, f.Pixel, f.Geometry, f.Wavelength = plane.FastPixels, plane.SlowPixels, plane.Pixel, plane, s.wavelength
		f.Rings = f.RoundRings()
		if !slices.Contains(f.Missing, true) {
			f.Missing = nil
		}
	}
	return list
}

// greys returns the photons of white, which the background alone seldom exceeds, and of black, which few pixels reach.
func (s *sight) greys(k int) (white, black float64) {
	var counts, model []float64
	for n, u := range s.used[k] {
		if u {
			counts, model = append(counts, s.Fit.Data.Photons[k].Float64s()[n]), append(model, s.After[k].Float64s()[n])
		}
	}
	if counts == nil {
		return 0.5, 20
	}
	slices.Sort(counts)
	slices.Sort(model)
	level := model[len(model)*9/10]
	white = max(level+2*math.Sqrt(level), 0.5)
	return white, max(counts[len(counts)*999/1000], 8*white)
}

// panelView are the pictures of a panel in the page.
type panelView struct {
	Name     string
	Pictures []template.HTML
}

// mostPanels is the number of panels of an image that are drawn, those with the most pixels that are compared.
const mostPanels = 4

// images draws the images whose residuals are the largest, and lists all where there are several.
func (p *Page) images(v *view, seen []*sight) error {
	order := make([]int, len(seen))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(seen[b].chi2, seen[a].chi2) })
	drawn := order[:min(len(order), mostImages)]
	v.Others = max(len(order), len(p.List)) - len(drawn)
	slices.Sort(drawn)
	for _, i := range drawn {
		s := seen[i]
		panels := make([]int, len(s.planes))
		for k := range panels {
			panels[k] = k
		}
		pixels := func(k int) (n int) {
			for _, u := range s.used[k] {
				if u {
					n++
				}
			}
			return n
		}
		slices.SortStableFunc(panels, func(a, b int) int { return cmp.Compare(pixels(b), pixels(a)) })
		panels = panels[:min(len(panels), mostPanels)]
		slices.Sort(panels)
		for _, k := range panels {
			view := panelView{}
			if len(seen) > 1 || p.List != nil {
				view.Name = s.Name
			}
			if len(s.planes) > 1 {
				if view.Name != "" {
					view.Name += ", "
				}
				view.Name += "panel " + s.planes[k].Name
			}
			for _, f := range s.figures(k) {
				var b bytes.Buffer
				if err := f.SVG(&b); err != nil {
					return err
				}
				view.Pictures = append(view.Pictures, template.HTML(b.String()))
			}
			v.Panels = append(v.Panels, view)
		}
	}
	if len(seen) < 2 || p.List != nil {
		return nil
	}
	for _, s := range seen {
		row := imageRow{Name: s.Name, Photons: thousands(s.photons), Pixels: thousands(float64(s.pixels)), ChiSquare: fmt.Sprintf("%.3f", s.chi2)}
		if s.before != nil {
			row.Before, v.Started = fmt.Sprintf("%.3g", s.chiBefore), true
		}
		worst := 0.0
		for k := range s.Spots {
			if r := s.Spots[k].residual(); math.Abs(r) > math.Abs(worst) {
				worst = r
				row.Worst = fmt.Sprintf("%d %d %d, %s σ", s.Spots[k].HKL[0], s.Spots[k].HKL[1], s.Spots[k].HKL[2], minus(fmt.Sprintf("%+.1f", r)))
			}
		}
		v.Each = append(v.Each, row)
	}
	return nil
}
