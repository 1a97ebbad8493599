package report

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/prediction"
)

// Spot is a reflection in an image.
type Spot struct {
	Crystal int
	HKL     [3]int
	D       float64 // spacing, Å
	// Panel, Fast and Slow is its centre, in pixels from the outer corner of the first.
	Panel      int
	Fast, Slow float64
	// Box of its pixels.
	Box prediction.Box
	// Observed and Model are the photons counted and expected, less the background, and Sigma the standard deviation of Observed.
	Observed, Model, Sigma float64
}

// residual is (observed − model)/σ, 0 where no pixel counts.
func (s *Spot) residual() float64 {
	if !(s.Sigma > 0) {
		return 0
	}
	return (s.Observed - s.Model) / s.Sigma
}

// spotView is a spot in the page.
type spotView struct {
	Name, Place, Numbers, Residual string
	Picture                        template.HTML
}

const (
	mostSpots = 12
	spotSide  = 17 // pixels of a side of a shoebox that is drawn
)

// listed is the number of spots with pixels that count.
func listed(images []Image) (n int) {
	for i := range images {
		for k := range images[i].Spots {
			if images[i].Spots[k].Sigma > 0 {
				n++
			}
		}
	}
	return n
}

// spots shows those with the largest residuals of the images.
func (p *Page) spots(v *view, seen []*sight) error {
	type place struct{ image, spot int }
	var list []place
	for i := range p.Images {
		for k := range p.Images[i].Spots {
			if p.Images[i].Spots[k].Sigma > 0 {
				list = append(list, place{i, k})
			}
		}
	}
	v.Listed = len(list)
	of := func(at place) *Spot { return &p.Images[at.image].Spots[at.spot] }
	slices.SortStableFunc(list, func(a, b place) int {
		x, y := math.Abs(of(a).residual()), math.Abs(of(b).residual())
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for _, at := range list[:min(len(list), mostSpots)] {
		s, image := of(at), seen[at.image]
		drawn, err := image.triptych(s)
		if err != nil {
			return err
		}
		name := minus(fmt.Sprintf("%d %d %d", s.HKL[0], s.HKL[1], s.HKL[2]))
		if len(image.Fit.Experiment.Crystals) > 1 {
			name += fmt.Sprintf(", crystal %d", s.Crystal+1)
		}
		where := minus(fmt.Sprintf("%.2f Å, at (%.1f, %.1f)", s.D, s.Fast, s.Slow))
		if len(image.planes) > 1 {
			where += " of " + image.planes[s.Panel].Name
		}
		if image.Name != "" && (len(p.Images) > 1 || p.List != nil) {
			where = image.Name + ", " + where
		}
		v.Spots = append(v.Spots, spotView{Name: name, Place: where, Picture: drawn, Residual: minus(fmt.Sprintf("%+.1f σ", s.residual())),
			Numbers: minus(fmt.Sprintf("%.0f observed, %.0f expected", s.Observed, s.Model))})
	}
	return nil
}

// triptych draws counts, model and residuals of the pixels around a spot.
func (s *sight) triptych(spot *Spot) (template.HTML, error) {
	plane := &s.planes[spot.Panel]
	low := [2]int{int(spot.Fast) - spotSide/2, int(spot.Slow) - spotSide/2}
	size := [2]int{plane.FastPixels, plane.SlowPixels}
	var high [2]int
	for k := range low {
		high[k] = min(max(low[k], 0)+spotSide, size[k])
		low[k] = max(high[k]-spotSide, 0)
	}
	width := high[0] - low[0]
	cut := func(values []float64, counts []bool) (data []float64, missing []bool) {
		for y := low[1]; y < high[1]; y++ {
			for x := low[0]; x < high[0]; x++ {
				n := y*plane.FastPixels + x
				v := values[n]
				if !counts[n] {
					v = 0
				}
				data, missing = append(data, v), append(missing, !counts[n])
			}
		}
		return data, missing
	}
	k := spot.Panel
	counts, unmeasured := cut(s.Fit.Data.Photons[k].Float64s(), s.measured[k])
	model, unused := cut(s.After[k].Float64s(), s.used[k])
	residual, _ := cut(s.after[k].Float64s(), s.used[k])
	// White is the background around the spot, black the peak of the model, or what noise seldom reaches.
	white, top := math.Inf(1), 0.0
	for i, v := range model {
		if !unused[i] {
			white, top = min(white, v), max(top, v)
		}
	}
	if math.IsInf(white, 1) {
		white = 0
	}
	top = max(top, white+6*math.Sqrt(white+1))
	grey := picture.Options{Scale: picture.Linear, Low: picture.At(white), High: picture.At(top), Invert: true}
	figures := []figure.Figure{
		{Title: "counts", Data: counts, Missing: unmeasured, Options: grey},
		{Title: "model", Data: model, Missing: unused, Options: grey},
		{Title: "residual", Data: residual, Missing: unused, Options: blueRed},
	}
	for i := range figures {
		figures[i].Fast, figures[i].Slow, figures[i].First = width, len(counts)/width, low
	}
	var b bytes.Buffer
	if err := figure.Strip(&b, figures...); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil
}
