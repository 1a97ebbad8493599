package job

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// jointRounds is how often the boxes of all images are renewed.
const jointRounds = 2

// jointly refines several images together, from what the one in the middle gave. The cell, the detector and so on are common to
// all; the crystals' missets, scales and backgrounds, or what refine.own lists, are those of each image.
func (j *job) jointly(ctx context.Context, out *Outcome) error {
	if len(j.images) < 2 || out.Result.Status == refine.Interrupted {
		return nil
	}
	for round := range jointRounds {
		c := *out.Refined
		c.Crystals, c.Detector.Panels = slices.Clone(c.Crystals), slices.Clone(c.Detector.Panels)
		c.Result = nil
		j.restoreMasks(&c)
		f, err := refine.NewJointFit(&c, &refine.JointOptions{Images: j.images, Tie: j.tie, AllPixels: j.Pixels == AllPixels, Simulator: j.workers()})
		if err != nil {
			return err
		}
		for _, n := range f.Notices {
			j.notice("%s", n)
		}
		r, err := f.Run(ctx, &refine.Settings{OnIteration: func(i refine.Iteration) {
			j.iterations = append(j.iterations, i)
			if j.OnIteration != nil {
				j.OnIteration(i)
			}
		}})
		if err != nil {
			return err
		}
		if out.Joint != nil { // the searches are one
			r.Start, r.StartLoss = out.JointResult.Start, out.JointResult.StartLoss
			r.Iterations, r.Evaluations, r.Elapsed = r.Iterations+out.JointResult.Iterations, r.Evaluations+out.JointResult.Evaluations, r.Elapsed+out.JointResult.Elapsed
		}
		moved := round == 0 && r.Iterations > 0
		out.Joint, out.JointResult, out.Result = f, r, &r.Result
		if out.Refined, err = f.Config(r); err != nil {
			return err
		}
		if r.Status == refine.Interrupted || !moved || j.Pixels == AllPixels {
			break
		}
	}
	middle := max(0, slices.Index(out.Joint.Images, j.image))
	var err error
	if out.After, _, err = out.Joint.Expected(context.WithoutCancel(ctx), out.JointResult, middle); err != nil {
		return err
	}
	out.Fit, err = out.Joint.Fit(out.JointResult, middle)
	return err
}

// tie ties the cells of an experiment's crystals as their systems require.
func (j *job) tie(e *experiment.Experiment) error {
	for i, x := range e.Crystals {
		if t := j.systems[i]; t != nil {
			if _, err := refine.Constrain(x, t.system); err != nil {
				return err
			}
		}
	}
	return nil
}

// workers are the options of the simulators.
func (j *job) workers() (options []simulator.Option) {
	if j.Threads > 0 {
		options = append(options, simulator.Workers(j.Threads))
	}
	return options
}

// allReflections lists the reflections of every image that was refined.
func (j *job) allReflections(ctx context.Context, out *Outcome) ([]Reflection, error) {
	if out.Joint == nil {
		list, err := reflections(ctx, out.Fit, j.said.Counts.Readout)
		for i := range list {
			list[i].Image = j.image
		}
		return list, err
	}
	var all []Reflection
	for i, n := range out.Joint.Images {
		f, err := out.Joint.Fit(out.JointResult, i)
		if err != nil {
			return nil, err
		}
		list, err := reflections(ctx, f, j.said.Counts.Readout)
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", n, err)
		}
		for k := range list {
			list[k].Image = n
		}
		all = append(all, list...)
	}
	middle := max(0, slices.Index(out.Joint.Images, j.image))
	return all, out.Joint.Set(out.JointResult, middle)
}
