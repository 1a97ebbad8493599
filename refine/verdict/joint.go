package verdict

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
)

// Image is the verdict of one of several images that were refined together.
type Image struct {
	Name string
	// Verdict of the image by itself, at the values that all images together gave. What all share is judged once, in the verdict of the
	// whole: how the search ended, parameters at bounds or undetermined, uncertainties.
	Verdict *Verdict
	// ChiSquare is χ² per pixel in which half a photon or more is expected, or of all pixels where there is no such.
	ChiSquare float64
	// Pixels that count.
	Pixels int
}

// OfJoint computes the verdict of images that were refined together, out of the verdicts of each. fit returns the fit of a frame,
// with the problem set to its values in the result, as [refine.JointFit.Fit] does.
//
// The model fits if it fits every image, and all of them together: χ² and what the spots say is compared over all images too, where
// less is needed to be improbable, and so is what would explain the residuals. The first reason is that of the most images. Pixels
// that are suspected are a reason if without them a parameter would move by more than half its uncertainty.
func OfJoint(ctx context.Context, j *refine.Joint, r *refine.JointResult, fit func(frame int) (*refine.Fit, error)) (*Verdict, error) {
	if j == nil || r == nil || fit == nil {
		return nil, fmt.Errorf("verdict: a verdict of several images needs a joint problem, its result and the images' fits")
	}
	s := &several{verdict: &Verdict{}, change: make([][]float64, len(j.Frames()))}
	for i, frame := range j.Frames() {
		f, err := fit(i)
		if err != nil {
			return nil, err
		}
		own, err := j.ResultOf(r, i)
		if err != nil {
			return nil, err
		}
		a := &analysis{ctx: ctx, fit: f, result: own, verdict: &Verdict{}, part: true, free: len(own.Names)}
		if err := a.judge(); err != nil {
			return nil, fmt.Errorf("%s: %w", frame.Name, err)
		}
		a.verdict.Fit = len(a.verdict.Reasons) == 0
		s.add(i, frame.Name, a)
	}
	if err := s.wrongPixels(ctx, j, r); err != nil {
		return nil, err
	}
	s.gather()
	s.whole(r)
	v := s.verdict
	if v.Fit = len(v.Reasons) == 0; v.Fit || r.Uncertainty == nil {
		return v, nil
	}
	var failed error
	u, own, err := j.Sandwich(ctx, r, func(i int) []int {
		f, err := fit(i)
		if err != nil {
			failed = err
			return nil
		}
		a := &analysis{fit: f}
		for _, m := range f.Data.Photons {
			a.panels = append(a.panels, panel{fast: m.Shape()[1], slow: m.Shape()[0]})
		}
		return a.groups()
	})
	if err = cmp.Or(failed, err); err != nil {
		return nil, err
	}
	v.Uncertainty, v.Own = u, own
	return v, nil
}

// several is the state of a verdict over images.
type several struct {
	verdict *Verdict
	change  [][]float64
	held    []heldSum
}

// heldSum is what a parameter that is held would explain in all images.
type heldSum struct {
	kind               Kind
	parameter          string
	text               string
	slope, information float64 // of χ² by its change
	robust, images     float64
}

func (s *several) add(i int, name string, a *analysis) {
	v := a.verdict
	image := Image{Name: name, Verdict: v}
	for _, t := range v.Statistics {
		if t.Name == BrightChiSquare && t.Number > 0 || t.Name == DarkChiSquare && image.ChiSquare == 0 {
			image.ChiSquare = t.Value
		}
	}
	a.each(func(*panel, int) { image.Pixels++ })
	s.verdict.Images = append(s.verdict.Images, image)
	s.change[i] = a.change
	for _, c := range a.held {
		if len(c.parameters) != 1 || len(c.moves) != 1 || len(c.steps) != 1 || !(c.gain > 0) || c.moves[0] == 0 {
			continue
		}
		at := slices.IndexFunc(s.held, func(h heldSum) bool { return h.parameter == c.parameters[0] && h.kind == c.kind })
		if at < 0 {
			at = len(s.held)
			s.held = append(s.held, heldSum{kind: c.kind, parameter: c.parameters[0], text: c.text})
		}
		h, move := &s.held[at], c.moves[0]*c.steps[0]
		information := c.gain / (move * move)
		h.slope += information * move
		h.information += information
		h.robust += math.Copysign(c.robust, move)
		h.images++
	}
}

// wrongPixels makes the pixels that are suspected a reason where they move parameters. In the verdicts of the images they are remarks.
func (s *several) wrongPixels(ctx context.Context, j *refine.Joint, r *refine.JointResult) error {
	if r.Uncertainty == nil || !slices.ContainsFunc(s.change, func(c []float64) bool { return c != nil }) {
		return nil
	}
	shift, err := j.Shift(ctx, r, s.change)
	if err != nil {
		return err
	}
	const matters = 0.5
	worst := ""
	for name, by := range shift {
		if a, b := math.Abs(by), math.Abs(shift[worst]); worst == "" || a > b || a == b && name < worst {
			worst = name
		}
	}
	if worst == "" || math.Abs(shift[worst]) <= matters {
		return nil
	}
	moved := fmt.Sprintf("; without those of all images %s would move by %.3g σ", worst, math.Abs(shift[worst]))
	for i := range s.verdict.Images {
		v := s.verdict.Images[i].Verdict
		if s.change[i] == nil {
			continue
		}
		var remarks []Reason
		for _, q := range v.Remarks {
			if q.Kind == HotPixels || q.Kind == Saturation {
				q.Text += moved
				v.Reasons, v.Fit = append(v.Reasons, q), false
			} else {
				remarks = append(remarks, q)
			}
		}
		v.Remarks = remarks
	}
	return nil
}

// gather puts the images' reasons and remarks together, kind by kind.
func (s *several) gather() {
	s.verdict.Reasons = s.group(func(v *Verdict) []Reason { return v.Reasons })
	s.verdict.Remarks = s.group(func(v *Verdict) []Reason { return v.Remarks })
}

// group has a reason for each kind that some image has: the text is that of the image in which it comes first and is farthest beyond its
// limit. Those of the most images come first, and what is the first reason of an image counts more than what comes after it.
func (s *several) group(of func(*Verdict) []Reason) (out []Reason) {
	type kind struct {
		Reason
		weight, worst float64
		images        []string
		of            string
	}
	var kinds []kind
	for _, image := range s.verdict.Images {
		seen := map[Kind]bool{}
		for n, r := range of(image.Verdict) {
			at := slices.IndexFunc(kinds, func(k kind) bool { return k.Kind == r.Kind })
			if at < 0 {
				at = len(kinds)
				kinds = append(kinds, kind{worst: -1})
			}
			k := &kinds[at]
			if !seen[r.Kind] {
				seen[r.Kind] = true
				k.images = append(k.images, image.Name)
				k.weight += math.Pow(0.1, float64(n))
			}
			beyond := math.Pow(0.1, float64(n))
			if r.Limit > 0 {
				beyond *= 1 + math.Max(0, r.Value/r.Limit)
			}
			if beyond > k.worst {
				k.worst, k.Reason, k.of = beyond, r, image.Name
			}
		}
	}
	slices.SortStableFunc(kinds, func(a, b kind) int { return cmp.Compare(b.weight, a.weight) })
	for _, k := range kinds {
		r := k.Reason
		switch n := len(k.images); {
		case n == 1:
			r.Text = fmt.Sprintf("%s: %s", k.of, r.Text)
		case n == len(s.verdict.Images):
			r.Text = fmt.Sprintf("in all %d images, such as %s: %s", n, k.of, r.Text)
		default:
			r.Text = fmt.Sprintf("in %d of %d images (%s), such as %s: %s", n, len(s.verdict.Images), few(k.images), k.of, r.Text)
		}
		out = append(out, r)
	}
	return out
}

// few lists some names.
func few(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " …"
}

// whole judges what all images share.
func (s *several) whole(r *refine.JointResult) {
	v := s.verdict
	alarms := s.pool()
	if held := s.explained(); held != nil && !slices.ContainsFunc(v.Reasons, func(q Reason) bool { return q.Kind == held.Kind }) {
		v.Reasons = append([]Reason{*held}, v.Reasons...)
	}
	if len(v.Reasons) == 0 && len(alarms) > 0 {
		worst := slices.MaxFunc(alarms, func(a, b Statistic) int {
			return cmp.Compare((a.Value-a.Mean)/max(a.Sigma, 1e-9), (b.Value-b.Mean)/max(b.Sigma, 1e-9))
		})
		kind := Shape
		if worst.Name == SpotIntensities {
			kind = Intensities
		}
		v.Reasons = append(v.Reasons, Reason{Kind: kind, Value: worst.Value, Limit: worst.Limit, Text: fmt.Sprintf(
			"%s of all images together is %.4g and may be up to %.4g, though no image by itself says so: no parameter that is held explains it", words(worst.Name), worst.Value, worst.Limit)})
	}
	if r.Status != refine.Converged {
		q := Reason{Kind: NotConverged, Text: "the search ended before it was at a minimum: " + r.Status.String()}
		if r.Detail != "" {
			q.Text += ", " + r.Detail
		}
		v.Reasons = append(v.Reasons, q)
	}
	for _, name := range r.Resting {
		v.Remarks = append(v.Remarks, Reason{Kind: AtBound, Parameters: []string{name}, Text: name + " rests on its bound: it counts as converged there, and has no uncertainty"})
	}
	if u := r.Uncertainty; u != nil {
		directions := u.Undetermined
		if len(u.Names) > 0 {
			const weak = 100 // times the uncertainty of a parameter by itself
			directions = slices.Concat(directions, u.Weak(weak))
		}
		for _, d := range directions {
			v.Remarks = append(v.Remarks, Reason{Kind: Undetermined, Parameters: d.Names, Text: d.String()})
		}
	}
}

// pool computes the images' statistics of all images together, and returns those beyond their limits, of which the images allow for what
// a model may be wrong by.
func (s *several) pool() (alarms []Statistic) {
	order, pooled := []string{}, map[string]*Statistic{}
	soft := map[string]float64{}
	for _, image := range s.verdict.Images {
		for _, t := range image.Verdict.Statistics {
			switch t.Name {
			case BrightChiSquare, DarkChiSquare, Deviance, Neighbours, OnSpots, SpotIntensities, SpotShifts, Dispersion:
			default:
				continue
			}
			p := pooled[t.Name]
			if p == nil {
				p = &Statistic{Name: t.Name}
				pooled[t.Name], order = p, append(order, t.Name)
			}
			n := float64(t.Number)
			p.Value, p.Mean, p.Sigma = p.Value+n*t.Value, p.Mean+n*t.Mean, p.Sigma+n*n*t.Sigma*t.Sigma
			soft[t.Name] += n * max(0, t.Limit-t.Mean-significance*t.Sigma)
			p.Number += t.Number
		}
	}
	for _, name := range order {
		p := pooled[name]
		if p.Number == 0 {
			continue
		}
		n := float64(p.Number)
		p.Value, p.Mean, p.Sigma = p.Value/n, p.Mean/n, math.Sqrt(p.Sigma)/n
		switch name {
		case BrightChiSquare, OnSpots, SpotIntensities, SpotShifts:
			p.Limit = p.Mean + significance*p.Sigma + soft[name]/n
			if p.Value > p.Limit {
				alarms = append(alarms, *p)
			}
		}
		s.verdict.Statistics = append(s.verdict.Statistics, *p)
	}
	return alarms
}

// explained is the parameter of the geometry that is held and would explain most in all images together, nil if none does.
func (s *several) explained() *Reason {
	const clear, alike = 40, 4 // as for one image: see heldStatistic
	var best *heldSum
	gain := func(h *heldSum) float64 { return h.slope * h.slope / h.information }
	for i := range s.held {
		h := &s.held[i]
		if h.kind != Geometry || h.images < 2 || gain(h) < clear || math.Abs(h.robust)/math.Sqrt(h.images) < alike {
			continue
		}
		if best == nil || gain(h) > gain(best) {
			best = h
		}
	}
	if best == nil {
		return nil
	}
	return &Reason{Kind: best.kind, Parameters: []string{best.parameter}, Value: gain(best), Limit: clear,
		Text: fmt.Sprintf("%s, which would decrease χ² of all images by %.0f by a change of about %+.3g: free it, or correct it", best.text, gain(best), best.slope/best.information)}
}

// aboutImages is a line about the images.
func (v *Verdict) aboutImages() string {
	good := 0
	order := make([]int, len(v.Images))
	for i, image := range v.Images {
		order[i] = i
		if image.Verdict.Fit {
			good++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.Images[b].ChiSquare, v.Images[a].ChiSquare) })
	var worst []string
	for _, i := range order[:min(3, len(order))] {
		text := fmt.Sprintf("%.3f (%s", v.Images[i].ChiSquare, v.Images[i].Name)
		if q := v.Images[i].Verdict.Reasons; len(q) > 0 {
			text += ": " + string(q[0].Kind)
		}
		worst = append(worst, text+")")
	}
	return fmt.Sprintf("%d of %d fit by themselves; the largest χ² per pixel are %s", good, len(v.Images), strings.Join(worst, ", "))
}

// ImageReasons are the reasons why each image is not fitted, as an experiment's file holds them.
func (v *Verdict) ImageReasons() [][]experiment.Reason {
	out := make([][]experiment.Reason, len(v.Images))
	for i, image := range v.Images {
		out[i] = records(image.Verdict.Reasons)
	}
	return out
}

// SandwichOwn is v.Own.
func (v *Verdict) SandwichOwn() []refine.OwnResult { return v.Own }
