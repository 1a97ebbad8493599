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
	var lattice []Reason
	hills := a.hills()
	if hills == nil {
		if lattice, err = a.places(mask, m, false); err != nil {
			return err
		}
		if lattice == nil && moved != "" && len(alarms) > 0 {
			// Without the pixels it is no fit, either: they may be spots that the model did not have where the search ended.
			if lattice, err = a.placesBefore(mask); err != nil {
				return err
			}
		}
	}
	for i := range suspected {
		suspected[i].Text += moved
	}
	// Whatever is wrong with the model makes counts vary more, not less, than photons do.
	if counts != nil && (dispersion.Value < 1 || lattice == nil && hills == nil) {
		add(*counts)
	}
	// Spots without a model look like hot pixels where they are sharp.
	blamed := moved != "" && (lattice == nil || lattice[0].Kind == NoSpots)
	if !blamed {
		v.Remarks = append(v.Remarks, suspected...)
	}
	if lattice == nil && len(v.Reasons) == 0 {
		own, weight, err := a.residualReasons(alarms, m, hills)
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
	if a.part {
		return nil
	}
	return a.search()
}

// places are the reasons that the spots' places give, at the end of the search or at its start. astray means that pixels are known that may have led
// the search astray: then there are none where the start has more spots and no reason.
func (a *analysis) places(mask [][]bool, m *match, astray bool) ([]Reason, error) {
	list, err := a.latticeReasons(m)
	if err == nil && list != nil && list[0].Kind != NoSpots {
		list, err = a.atStart(mask, list, astray)
	}
	return list, err
}

// placesBefore are those at the result's values, where the search went on to others without some pixels.
func (a *analysis) placesBefore(mask [][]bool) (list []Reason, err error) {
	params := a.fit.Problem.Parameters()
	now, err := params.Values()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, params.Set(now)) }()
	if err := params.Set(a.result.Values); err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	before := *a
	if err := before.gather(mask); err != nil {
		return nil, err
	}
	_, m := before.noise()
	if list, err = before.places(mask, m, true); err != nil || list == nil || list[0].Kind == NoSpots {
		return nil, err
	}
	return list, nil
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
// those given, it returns those of the values at which more spots of the model are in the image. Where the start gives none, it returns those given,
// or none if the search was led astray.
func (a *analysis) atStart(mask [][]bool, reasons []Reason, astray bool) (out []Reason, err error) {
	params := a.fit.Problem.Parameters()
	now, err := params.Values()
	if err != nil {
		return nil, err
	}
	sim := a.fit.Experiment.Simulator()
	defer func() {
		if back := params.Set(now); back != nil {
			err = errors.Join(err, back)
			return
		}
		_, _, _ = sim.Renew(a.ctx) // where that is not possible, the reasons are known all the same
	}()
	if err := params.Set(a.result.Start); err != nil {
		return nil, fmt.Errorf("verdict: %w", err)
	}
	if _, _, err := sim.Renew(a.ctx); err != nil {
		return reasons, nil // the spots of the start are not known
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
	if err != nil || other == nil && !astray {
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
	if a.part { // all images together would have to be searched again: see wrongPixels
		before, err := f.Problem.Gradient(a.ctx)
		if err == nil {
			err = f.Mask(mask)
		}
		if err == nil {
			a.change, err = f.Problem.Gradient(a.ctx)
		}
		if err != nil {
			return nil, "", errors.Join(err, back())
		}
		for i, g := range before {
			a.change[i] -= g
		}
		return back, "", nil
	}
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
