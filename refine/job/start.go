package job

import (
	"context"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
)

// startScale returns the scale at which as many photons are expected in the spots as there are above the background.
func (j *job) startScale(ctx context.Context, e *experiment.Experiment) (float64, error) {
	spots, under, err := parts(ctx, e)
	if err != nil {
		return 0, err
	}
	counts, err := e.Detector.Select(j.data.Photons...)
	if err != nil {
		return 0, err
	}
	good := selected(e, j.data)
	numbers := e.Detector.Numbers()
	for _, p := range j.suspects {
		if n := numbers[p[0]][p[1]]; n >= 0 {
			good[n] = false
		}
	}
	flat := j.work.Background.Flat
	model, above, noise := 0.0, 0.0, 0.0
	for i, v := range spots {
		if good[i] {
			model += v
			above += counts[i] - under[i] - flat
			noise += max(1, under[i]+flat)
		}
	}
	if scale := above / model; scale > 0 && !math.IsInf(scale, 0) {
		return scale, nil
	}
	if !(model > 0) || math.IsInf(model, 0) {
		return 0, fmt.Errorf("job: the model has %.3g photons where its spots should be: is the orientation, or the scale of the structure factors, right?", model)
	}
	j.notice("there are no photons above the background where the spots should be: is the orientation right?")
	return math.Sqrt(noise) / model, nil // as much as noise may hide
}

// parts returns the photons that the simulator expects in spots, before the scale, and those besides: pixels in its order.
func parts(ctx context.Context, e *experiment.Experiment) (spots, under []float64, err error) {
	sim := e.Simulator()
	read := func(n *G.Node) []float64 {
		if err != nil {
			return nil
		}
		var v G.Value
		if v, err = sim.Value(ctx, n); err != nil {
			return nil
		}
		list, ok := v.Data().([]float64)
		if !ok {
			err = fmt.Errorf("job: %s is no vector of numbers", n.Name())
		}
		return list
	}
	spots = slices.Clone(read(sim.Diffracted()))
	all := read(sim.Intensity())
	if err != nil {
		return nil, nil, err
	}
	under = make([]float64, len(all))
	for i := range all {
		under[i] = all[i] - spots[i]
	}
	return spots, under, nil
}

// selected reports which of the simulated pixels count, in the order of the simulator.
func selected(e *experiment.Experiment, data *experiment.Data) []bool {
	places := e.Detector.Places()
	sizes := e.Detector.Sizes()
	out := make([]bool, len(places))
	for i, p := range places {
		mask := data.Mask
		out[i] = mask == nil || mask[p.Panel] == nil || mask[p.Panel][p.Slow*sizes[p.Panel][0]+p.Fast]
	}
	return out
}
