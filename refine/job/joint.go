package job

import (
	"context"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
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
	alone := out.Result
	for round := range jointRounds {
		c := *out.Refined
		c.Crystals, c.Detector.Panels = slices.Clone(c.Crystals), slices.Clone(c.Detector.Panels)
		c.Result = nil
		j.restoreMasks(&c)
		f, err := j.jointFit(&c)
		if err != nil {
			return err
		}
		for _, n := range f.Notices {
			j.notice("%s", n)
		}
		r, err := f.Run(ctx, &refine.Settings{OnIteration: j.iterated})
		if err != nil {
			return err
		}
		if out.Joint != nil { // the searches are one
			r.Start, r.StartLoss = out.JointResult.Start, out.JointResult.StartLoss
			r.Iterations, r.Evaluations, r.Elapsed = r.Iterations+out.JointResult.Iterations, r.Evaluations+out.JointResult.Evaluations, r.Elapsed+out.JointResult.Elapsed
		} else { // what is common to all starts where the one image did
			for i, name := range r.Names {
				if k := slices.Index(alone.Names, name); k >= 0 {
					r.Start[i] = alone.Start[k]
				}
			}
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
	if err := j.jointVerdict(context.WithoutCancel(ctx), out); err != nil {
		return err
	}
	middle := max(0, slices.Index(out.Joint.Images, j.image))
	var err error
	if out.After, _, err = out.Joint.Expected(context.WithoutCancel(ctx), out.JointResult, middle); err != nil {
		return err
	}
	out.Fit, err = out.Joint.Fit(out.JointResult, middle)
	return err
}

// jointFit makes the refinement of several images, with a looser closed form where reflections of some image need it.
func (j *job) jointFit(c *experiment.Config) (*refine.JointFit, error) {
	options := &refine.JointOptions{Images: j.images, Tie: j.tie, AllPixels: j.Pixels == AllPixels, Simulator: j.workers(), Data: j.readImage}
	f, err := refine.NewJointFit(c, options)
	if closed := c.Physics.ClosedForm; err != nil && closed != nil && closed.Tolerance == tolerance {
		loose := *closed
		loose.Tolerance = 1
		c.Physics.ClosedForm = &loose
		if f, again := refine.NewJointFit(c, options); again == nil {
			j.notice("%v", err)
			return f, nil
		}
	}
	return f, err
}

// readImage reads an image of the scan, and leaves out what looks wrong if that is asked for.
func (j *job) readImage(image int) (*experiment.Data, error) {
	if image == j.image {
		return j.data, nil
	}
	if j.reader == nil {
		var err error
		if j.reader, err = j.nodes(j.said); err != nil {
			return nil, err
		}
	}
	if err := j.reader.SelectImage(image); err != nil {
		return nil, err
	}
	data, err := j.reader.ReadImages()
	if err != nil || !j.Reject {
		return data, err
	}
	lists, err := j.reader.Predict(nil)
	if err != nil {
		return nil, err
	}
	list := besideSpots(lists, sharpest, j.lonely(data))
	if len(list) > 0 {
		j.leaveOut(data, list)
		j.notice("image %d: %s", image, several(len(list), "1 pixel that looks hot or dead, beside all its neighbours, is left out", "%d pixels that look hot or dead, beside all their neighbours, are left out"))
	}
	return data, nil
}

// jointVerdict judges the images together.
func (j *job) jointVerdict(ctx context.Context, out *Outcome) error {
	f, r := out.Joint, out.JointResult
	v, err := verdict.OfJoint(ctx, f.Joint, r, func(i int) (*refine.Fit, error) { return f.Fit(r, i) })
	if err != nil {
		return err
	}
	out.Verdict, r.Verdict = v, v
	out.Refined, err = f.Config(r)
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
		list, err := reflections(ctx, out.Fit)
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
		list, err := reflections(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", n, err)
		}
		for k := range list {
			list[k].Image = n
		}
		photons, _ := f.Data.Sum()
		j.photons = append(j.photons, photons)
		all = append(all, list...)
	}
	middle := max(0, slices.Index(out.Joint.Images, j.image))
	return all, out.Joint.Set(out.JointResult, middle)
}
