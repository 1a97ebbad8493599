package verdict

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/refine"
)

// statistics computes them, and returns those that are beyond their limits.
func (a *analysis) statistics(dispersion Statistic, m *match) (alarms []Statistic) {
	v := a.verdict
	add := func(s Statistic) {
		v.Statistics = append(v.Statistics, s)
		if s.Limit != 0 && s.Value > s.Limit {
			alarms = append(alarms, s)
		}
	}
	v.Statistics = append(v.Statistics, dispersion)
	bright, dark, softBright := a.chiSquares()
	add(a.perPixel(BrightChiSquare, bright, 1, softBright))
	add(a.perPixel(DarkChiSquare, dark, 1, 0))
	if d, mean, ok := a.deviances(); ok {
		add(a.perPixel(Deviance, d, mean, softBright*float64(bright.n)/float64(max(1, d.n))))
	}
	all, lit, softAll, softLit := a.neighbours()
	add(a.perPixel(Neighbours, all, 0, softAll))
	add(a.perPixel(OnSpots, lit, 0, softLit))
	intensities, shifts := a.spotStatistics()
	add(intensities)
	add(shifts)
	add(Statistic{Name: Unexplained, Value: float64(len(m.unexplained)), Limit: max(2.5, strays*float64(len(m.observed))), Number: len(m.observed)})
	return alarms
}

// perPixel is a statistic of pixels, with a part of its limit that a model may be wrong by. The dispersion of counts is allowed for.
func (a *analysis) perPixel(name string, s sums, mean, soft float64) Statistic {
	t := Statistic{Name: name, Mean: mean, Number: s.n}
	if s.n == 0 {
		return t
	}
	n := float64(s.n)
	t.Value = s.value / n / a.dispersion
	t.Sigma = math.Sqrt(s.variance) / n
	const safe = 2 // the spots' fluctuations are a few, and one image may have more of them than the mean
	t.Limit = mean + significance*t.Sigma + safe*soft/a.dispersion
	return t
}

// residualReasons finds what would explain residuals that are too large: a background of another form, or a parameter that is held;
// whichever takes away more of χ² comes first. weight is how much that is. hills is the reason of a background that takes most of it, or nil.
func (a *analysis) residualReasons(alarms []Statistic, m *match, hills *Reason) (out []Reason, weight float64, err error) {
	v := a.verdict
	var background *Reason
	off := 0.0 // χ² of the background
	rings, squares := a.rings(a.unexplainedMask(m))
	for _, s := range []struct {
		name string
		list []ring
	}{{Rings, rings}, {Squares, squares}} {
		t := a.ringStatistic(s.name, s.list)
		v.Statistics = append(v.Statistics, t)
		if q := a.backgroundReason(t, s.list); q != nil && background == nil {
			background = q
			for i := range s.list {
				z := s.list[i].z(a.dispersion)
				off += z * z
			}
		}
	}
	if background == nil {
		background = hills
	}
	quiet := len(alarms) == 0 && background == nil
	if quiet && a.result.Status == refine.Interrupted {
		v.Remarks = append(v.Remarks, Reason{Kind: NotTested, Text: "the search was interrupted: whether a held distance, beam centre or wavelength is wrong is not tested"})
		return nil, 0, nil
	}
	list, excess, err := a.explain(quiet)
	if err != nil {
		return nil, 0, err
	}
	a.held = list
	held := a.heldStatistic(list)
	v.Statistics = append(v.Statistics, held)
	if held.Value > held.Limit {
		alarms = append(alarms, held)
		if quiet { // others may explain it better
			if list, excess, err = a.explain(false); err != nil {
				return nil, 0, err
			}
		}
	}
	gain := 0.0
	if len(alarms) > 0 {
		var own Reason
		own, gain = a.misfit(alarms, list, excess)
		if full := a.clipped(gain > 0); full != nil {
			out = append(out, *full)
		}
		out = append(out, own)
	}
	if background != nil {
		switch {
		case gain > off && hills == nil || held.Value > held.Limit && a.scatters():
			// A wrong geometry changes a background that depends on it, while a wrong background moves no spots.
			out = append(out, *background)
		case gain == 0:
			out = []Reason{*background}
		default:
			out = append([]Reason{*background}, out...)
		}
	}
	return out, max(gain, off), nil
}

// scatters reports whether the model has a background of materials in the beam, which depends on the geometry.
func (a *analysis) scatters() bool {
	c, err := a.fit.Experiment.Config()
	return err == nil && len(c.Background.Materials) > 0
}

// misfit is the reason for which residuals are too large, with the decrease of χ² that a parameter that is held would give, 0 if
// none is the reason.
func (a *analysis) misfit(alarms []Statistic, list []alternative, excess float64) (r Reason, gain float64) {
	worst := alarms[0]
	for _, s := range alarms {
		if (s.Value-s.Mean)/max(s.Sigma, 1e-9) > (worst.Value-worst.Mean)/max(worst.Sigma, 1e-9) {
			worst = s
		}
	}
	seen := fmt.Sprintf("%s is %.4g and may be up to %.4g", words(worst.Name), worst.Value, worst.Limit)
	const part, clear = 0.2, 30 // of the excess of χ², and χ² of one parameter, whose probability is 4e-8
	if len(list) > 0 && list[0].gain > clear && (list[0].gain > part*excess || worst.Name == Held) {
		best := list[0]
		r = Reason{Kind: best.kind, Value: worst.Value, Limit: worst.Limit, Parameters: best.parameters}
		r.Text = fmt.Sprintf("%s: %s, and would explain %.0f %% of the misfit", seen, best.text, 100*min(1, best.gain/max(excess, 1)))
		if len(best.parameters) == 1 && best.kind != Spectrum && math.Abs(best.moves[0]) > 1e-9 {
			r.Text += fmt.Sprintf(" by a change of about %+.3g", best.moves[0]*best.steps[0])
		}
		r.Text += ": free it, or correct it"
		return r, best.gain
	}
	kind := Misfit
	switch worst.Name {
	case SpotIntensities:
		kind = Intensities
	case OnSpots, SpotShifts, BrightChiSquare:
		kind = Shape
	}
	text := seen + ": no parameter that is held explains it"
	if notices := a.fit.Experiment.SamplingNotices(); len(notices) > 0 {
		text += "; " + notices[0]
	}
	return Reason{Kind: kind, Value: worst.Value, Limit: worst.Limit, Text: text}, 0
}

// words names a statistic in a sentence.
func words(name string) string {
	switch name {
	case BrightChiSquare:
		return "χ² per pixel in which half a photon or more is expected"
	case DarkChiSquare:
		return "χ² per pixel in which less than half a photon is expected"
	case Deviance:
		return "the deviance per pixel"
	case Neighbours:
		return "the correlation of neighbouring pixels' residuals"
	case OnSpots:
		return "the correlation of neighbouring pixels' residuals on spots"
	case SpotIntensities:
		return "χ² per spot of its light"
	case SpotShifts:
		return "χ² per spot of its place"
	case Held:
		return "the decrease of χ² that freeing a parameter of the geometry would give"
	case Unexplained:
		return "the number of spots that the model does not have"
	}
	return name
}

// search adds what the search and the uncertainties say.
func (a *analysis) search() error {
	v, r := a.verdict, a.result
	decrease, resting, err := a.fit.Problem.Remaining(a.ctx)
	known := err == nil
	if err != nil && a.ctx.Err() != nil {
		return err
	}
	for _, name := range resting {
		v.Remarks = append(v.Remarks, Reason{Kind: AtBound, Parameters: []string{name}, Text: name + " rests on its bound: it counts as converged there, and has no uncertainty"})
	}
	// A tenth of a standard uncertainty from the minimum decreases the loss by 0.005.
	const there = 0.005
	if r.Status != refine.Converged && !(known && decrease < there && r.Status != refine.Interrupted) {
		q := Reason{Kind: NotConverged, Value: decrease, Limit: there, Text: "the search ended before it was at a minimum: " + r.Status.String()}
		if r.Detail != "" {
			q.Text += ", " + r.Detail
		}
		if known {
			q.Text += fmt.Sprintf("; another step would decrease the loss by %.3g", decrease)
		}
		v.Reasons = append(v.Reasons, q)
	}
	if u := r.Uncertainty; u != nil {
		for _, d := range u.Undetermined {
			v.Remarks = append(v.Remarks, Reason{Kind: Undetermined, Parameters: d.Names, Text: d.String()})
		}
		const weak = 100 // times the uncertainty of a parameter by itself
		for _, d := range u.Weak(weak) {
			v.Remarks = append(v.Remarks, Reason{Kind: Undetermined, Parameters: d.Names, Text: d.String()})
		}
	}
	for _, n := range a.fit.Data.Notices {
		v.Remarks = append(v.Remarks, Reason{Kind: Header, Text: n})
	}
	return nil
}

// groups numbers squares of pixels about as large as a spot, in which residuals of a wrong model are alike, in the order of the
// intensity.
func (a *analysis) groups() []int {
	const side = 8
	first := make([]int, len(a.panels))
	for k := 1; k < len(first); k++ {
		p := &a.panels[k-1]
		first[k] = first[k-1] + (p.fast+side-1)/side*((p.slow+side-1)/side)
	}
	det := a.fit.Experiment.Detector
	places := det.Places()
	out := make([]int, len(places))
	for i, at := range places[:det.Selected()] {
		across := (a.panels[at.Panel].fast + side - 1) / side
		out[i] = first[at.Panel] + at.Slow/side*across + at.Fast/side
	}
	return out
}
