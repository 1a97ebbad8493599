package verdict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/refine"
)

// Of computes the verdict of a fit at the result's values, which the parameters' nodes must have, and have again afterwards.
//
// Single pixels that cannot be right are found first, and left out of all else: where some are, the search goes on without them from
// the result, to see what they do to the parameters. Then it compares statistics of the residuals with their distribution for a
// model that is right: χ² of bright and of dark pixels, the deviance, the correlation of neighbours, the variance of counts between
// spots, sums over rings and squares of the background, and the light and the places of single spots. If one of them is improbable,
// the likeliest cause is sought: by where the spots of image and model are, by the background's form, and by which parameter that is
// held would explain the residuals.
func Of(ctx context.Context, f *refine.Fit, r *refine.Result) (*Verdict, error) {
	if f == nil || r == nil {
		return nil, fmt.Errorf("verdict: a verdict needs a fit and its result")
	}
	a := &analysis{ctx: ctx, fit: f, result: r, verdict: &Verdict{}}
	if u := r.Uncertainty; u != nil {
		a.free = len(u.Names) - len(u.Undetermined) - u.Unseen
	}
	err := a.judge()
	if err != nil {
		return nil, err
	}
	v := a.verdict
	v.Fit = len(v.Reasons) == 0
	if !v.Fit && r.Uncertainty != nil {
		if v.Uncertainty, err = f.Problem.Sandwich(ctx, a.groups()); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// judge finds the reasons and remarks.
func (a *analysis) judge() (err error) {
	mask := a.fit.Data.Mask
	if err := a.gather(mask); err != nil {
		return err
	}
	dispersion, m := a.noise()
	wrong := a.suspects()
	var suspected []Reason
	moved := ""
	if len(wrong) > 0 {
		suspected = a.suspectReasons(wrong)
		mask = a.mask(wrong)
		back, by, failed := a.without(mask)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, back()) }()
		moved = by
		if err := a.gather(mask); err != nil {
			return err
		}
		dispersion, m = a.noise()
	}
	v := a.verdict
	add := func(list ...Reason) { v.Reasons = append(v.Reasons, list...) }

	alarms := a.statistics(dispersion, m)
	counts := a.countsReason(dispersion)
	lattice, err := a.latticeReasons(m)
	if err == nil && lattice != nil && lattice[0].Kind != NoSpots {
		lattice, err = a.atStart(mask, lattice)
	}
	if err != nil {
		return err
	}
	for i := range suspected {
		suspected[i].Text += moved
	}
	// Whatever is wrong with the model makes counts vary more, not less, than photons do.
	if counts != nil && (dispersion.Value < 1 || lattice == nil) {
		add(*counts)
	}
	// Spots without a model look like hot pixels where they are sharp.
	blamed := moved != "" && (lattice == nil || lattice[0].Kind == NoSpots)
	if !blamed {
		v.Remarks = append(v.Remarks, suspected...)
	}
	if lattice == nil && len(v.Reasons) == 0 {
		own, weight, err := a.residualReasons(alarms, m)
		if err != nil {
			return err
		}
		for _, s := range wrong {
			weight -= s.excess * s.excess
		}
		if blamed && weight > 0 {
			own, suspected = append(own, suspected...), nil
		}
		lattice = own
	}
	if blamed {
		add(suspected...)
	}
	add(lattice...)
	return a.search()
}

// noise finds the spots of the image, and measures the dispersion of what is beside them.
func (a *analysis) noise() (Statistic, *match) {
	a.dispersion = 1
	m := a.compare()
	s := a.measureDispersion(a.unexplainedMask(m))
	if a.dispersion != 1 {
		m = a.compare()
	}
	return s, m
}

// atStart looks at the spots' places again at the start of the search, which may have gone astray since: of the reasons there and
// those given, it returns those of the values at which more spots of the model are in the image.
func (a *analysis) atStart(mask [][]bool, reasons []Reason) (out []Reason, err error) {
	params := a.fit.Problem.Parameters()
	now, err := params.Values()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, params.Set(now)) }()
	if err := params.Set(a.result.Start); err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	here := *a
	if err := here.gather(mask); err != nil {
		return nil, err
	}
	_, first := here.noise()
	explained, found := a.compare().parts()
	before, had := first.parts()
	if explained+found >= before+had {
		return reasons, nil
	}
	other, err := here.latticeReasons(first)
	if err != nil || other == nil {
		return reasons, err
	}
	return other, nil
}

// mask is the fit's mask without some pixels.
func (a *analysis) mask(wrong []suspect) [][]bool {
	out := make([][]bool, len(a.panels))
	for k := range a.panels {
		out[k] = slices.Clone(a.panels[k].use)
	}
	for _, s := range wrong {
		out[s.panel][s.at] = false
	}
	return out
}

// without lets the search go on with another mask, from the result and from the start, and keeps the better end. back undoes it. moved says by how much the parameters move, if
// that is more than half their uncertainty.
func (a *analysis) without(mask [][]bool) (back func() error, moved string, err error) {
	f := a.fit
	params := f.Problem.Parameters()
	back = func() error { return errors.Join(f.Mask(f.Data.Mask), params.Set(a.result.Values)) }
	if err := f.Mask(mask); err != nil {
		return nil, "", err
	}
	r, err := refine.Run(a.ctx, f.Problem, nil)
	if err != nil {
		return nil, "", errors.Join(err, back())
	}
	// They may have led the search astray from the start.
	if err := params.Set(a.result.Start); err != nil {
		return nil, "", errors.Join(err, back())
	}
	again, err := refine.Run(a.ctx, f.Problem, nil)
	if err != nil {
		return nil, "", errors.Join(err, back())
	}
	if again.Loss < r.Loss {
		r = again
	}
	if err := params.Set(r.Values); err != nil {
		return nil, "", errors.Join(err, back())
	}
	const matters = 0.5
	worst, name := 0.0, ""
	if u := r.Uncertainty; u != nil {
		for i, x := range r.Values {
			if by := math.Abs(x-a.result.Values[i]) / u.Sigma[i]; by > worst {
				worst, name = by, r.Names[i]
			}
		}
	}
	if worst > matters {
		moved = fmt.Sprintf("; without them %s moves by %.3g σ", name, worst)
	}
	return back, moved, nil
}

// unexplainedMask is true about the spots of the image that the model does not have.
func (a *analysis) unexplainedMask(m *match) [][]bool {
	const reach = 4
	out := make([][]bool, len(a.panels))
	for k := range a.panels {
		out[k] = make([]bool, len(a.panels[k].use))
	}
	for _, b := range m.unexplained {
		p := &a.panels[b.panel]
		p.around(b.x, b.y, reach, func(i int) { out[b.panel][i] = true })
	}
	return out
}

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
// whichever takes away more of χ² comes first. weight is how much that is.
func (a *analysis) residualReasons(alarms []Statistic, m *match) (out []Reason, weight float64, err error) {
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
	if len(alarms) == 0 && background == nil && !a.cheap() {
		return nil, 0, nil
	}
	list, excess, err := a.explain()
	if err != nil {
		return nil, 0, err
	}
	held := a.heldStatistic(list)
	v.Statistics = append(v.Statistics, held)
	if held.Value > held.Limit {
		alarms = append(alarms, held)
	}
	gain := 0.0
	if len(alarms) > 0 {
		var own Reason
		own, gain = a.misfit(alarms, list, excess)
		out = append(out, own)
	}
	if background != nil {
		switch {
		case gain > off:
			out = append(out, *background)
		case gain == 0:
			out = []Reason{*background}
		default:
			out = append([]Reason{*background}, out...)
		}
	}
	return out, max(gain, off), nil
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
	det := a.fit.Experiment.Detector
	images, err := det.Images(make([]float64, det.Pixels()))
	if err != nil {
		return nil
	}
	first := 0
	for k := range images {
		p := &a.panels[k]
		across := (p.fast + side - 1) / side
		v := images[k].Float64s()
		for i := range v {
			v[i] = float64(first + i/p.fast/side*across + i%p.fast/side)
		}
		first += across * ((p.slow + side - 1) / side)
	}
	list, err := det.Select(images...)
	if err != nil {
		return nil
	}
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = int(v)
	}
	return out
}
