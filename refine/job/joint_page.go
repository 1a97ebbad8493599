package job

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/report"
)

// drawnImages is the number of images whose pictures are in the report, those that fit worst.
const drawnImages = 2

// jointPage puts all images that were refined together into the report. Only those that are drawn are in memory.
func (j *job) jointPage(ctx context.Context, out *Outcome, p *report.Page) error {
	f, r := out.Joint, out.JointResult
	spots := make([][]report.Spot, len(f.Images))
	for i := range out.Reflections {
		q := &out.Reflections[i]
		if n := slices.Index(f.Images, q.Image); n >= 0 && q.Pixels > 0 {
			spots[n] = append(spots[n], spotOf(q))
		}
	}
	p.Images, p.List = nil, nil
	order := make([]int, len(f.Images))
	for i, frame := range f.Frames() {
		order[i] = i
		l := report.Listed{Name: frame.Name, Place: float64(f.Images[i]), ChiSquare: r.Frames[i].Reduced(), Pixels: r.Frames[i].Pixels, Photons: j.photons[i], Fit: true}
		if v := out.Verdict; v != nil && i < len(v.Images) {
			l.ChiSquare, l.Fit = v.Images[i].ChiSquare, v.Images[i].Verdict.Fit
			if reasons := v.Images[i].Verdict.Reasons; len(reasons) > 0 {
				l.Reason = string(reasons[0].Kind)
			}
		}
		for k := range spots[i] {
			if s := &spots[i][k]; l.Worst == nil || abs(s.Observed-s.Model)*l.Worst.Sigma > abs(l.Worst.Observed-l.Worst.Model)*s.Sigma {
				l.Worst = s
			}
		}
		p.List = append(p.List, l)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.List[b].ChiSquare, p.List[a].ChiSquare) })
	for _, i := range order[:min(drawnImages, len(order))] {
		expected, simulated, err := f.Expected(ctx, r, i)
		if err != nil {
			return err
		}
		fit, err := f.Fit(r, i)
		if err != nil {
			return err
		}
		image := report.Image{Name: p.List[i].Name, Fit: fit, After: expected, Spots: spots[i], Simulated: simulated.Mask}
		if fit.Data, err = j.readImage(f.Images[i]); err != nil { // with the pixels between the spots
			return err
		}
		if image.Before, err = j.atStart(ctx, f.Images[i], fit.Data, simulated.Mask); err != nil {
			return err
		}
		p.Images = append(p.Images, image)
	}
	if out.Fit != nil { // whose problem has been set to other images
		if err := f.Set(r, max(0, slices.Index(f.Images, j.image))); err != nil {
			return err
		}
	}
	return j.curves(out, p)
}

// atStart are the photons that the model expects in an image where the search starts, before any image was refined, in the pixels that are
// simulated at the end; nil where the start has a background of boxes, which are those of another image.
func (j *job) atStart(ctx context.Context, image int, data *experiment.Data, simulated [][]bool) ([]*tensor.Dense, error) {
	if j.first.Background.Boxes != nil {
		return nil, nil
	}
	c := *j.first
	c.Detector.Panels = slices.Clone(c.Detector.Panels)
	switch {
	case simulated == nil:
	case len(c.Detector.Panels) == 0:
		c.Detector.Mask, c.Detector.MaskFile = simulated[0], ""
	default:
		for k := range c.Detector.Panels {
			c.Detector.Panels[k].Mask, c.Detector.Panels[k].MaskFile = simulated[k], ""
		}
	}
	middle := j.image
	defer func() { j.image = middle }()
	j.image = image
	e, err := j.build(&c)
	if err != nil {
		return nil, err
	}
	f, err := refine.NewFitOf(e, data, &c)
	if err != nil {
		return nil, err
	}
	return f.Expected(ctx)
}

func abs(v float64) float64 { return max(v, -v) }

// curves are what each image has of its own, with the truth of scales and backgrounds where it is known.
func (j *job) curves(out *Outcome, p *report.Page) error {
	known := map[string][]float64{}
	if j.Truth != "" {
		c, err := experiment.Read(j.Truth)
		if err != nil {
			return err
		}
		if c.Scan != nil {
			for _, v := range c.Scan.Varying {
				if strings.Contains(v.Parameter, "misset.") { // which may be of an equivalent orientation
					continue
				}
				var list []float64
				for _, n := range out.Joint.Images {
					if n < c.Scan.FirstImage() || n > c.Scan.LastImage() {
						return fmt.Errorf("job: %s has no image %d", j.Truth, n)
					}
					list = append(list, v.Values[n-c.Scan.FirstImage()])
				}
				known[v.Parameter] = list
			}
		}
	}
	units := map[string]string{}
	for _, n := range out.Fit.Experiment.Parameters() {
		units[n.Name()] = out.Fit.Experiment.Unit(n)
	}
	own := out.JointResult.Own
	if v := out.Verdict; v != nil && v.Own != nil {
		own = v.Own
	}
	for _, o := range own {
		c := report.Curve{Name: o.Name, Unit: units[o.Name], Values: o.Values, Sigma: o.Sigma, Truth: known[o.Name]}
		if c.Unit == "" && strings.HasPrefix(o.Name, "background.") {
			c.Unit = "photons"
		}
		for _, n := range out.Joint.Images {
			c.Places = append(c.Places, float64(n))
		}
		p.Curves = append(p.Curves, c)
	}
	return nil
}
