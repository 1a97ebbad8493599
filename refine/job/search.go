package job

import (
	"context"
	"slices"

	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
)

// rounds is how often the list of spots and their pixels are renewed.
const rounds = 8

// search refines, renews what depends on the predicted spots, and refines again until that stays. With Reject it leaves out suspected
// pixels then, and refines again.
func (j *job) search(ctx context.Context, out *Outcome) error {
	always := context.WithoutCancel(ctx) // what an interrupted search has found is still shown
	for round := range rounds {
		if round > 0 && ctx.Err() != nil { // between two searches
			out.Result.Status, out.Result.Detail = refine.Interrupted, context.Cause(ctx).Error()
			break
		}
		j.phase("make the model")
		f, err := j.fit(ctx, round == 0)
		if err != nil {
			return err
		}
		if round == 0 {
			j.first = j.work
			if out.Before, err = f.Expected(always); err != nil {
				return err
			}
		}
		j.phase(Searching)
		r, err := f.Run(ctx, &refine.Settings{OnIteration: j.iterated})
		if err != nil {
			return err
		}
		j.phase("spots of the result")
		if out.Result != nil { // the searches are one
			r.Start, r.StartLoss = out.Result.Start, out.Result.StartLoss
			r.Iterations, r.Evaluations, r.Elapsed = r.Iterations+out.Result.Iterations, r.Evaluations+out.Result.Evaluations, r.Elapsed+out.Result.Elapsed
		}
		out.Fit, out.Result = f, r
		if out.Refined, err = f.Config(r); err != nil {
			return err
		}
		renewed, err := j.renew(ctx, f, out)
		switch {
		case err != nil:
			return err
		case r.Status == refine.Interrupted:
		case renewed && round < rounds-1:
			continue
		default:
			j.phase("verdict")
			if out.Verdict, err = verdict.Of(always, f, r); err != nil {
				return err
			}
			if round < rounds-1 && j.rejectSuspects(out.Verdict) { // which may have hidden others
				continue
			}
		}
		break
	}
	r := out.Result
	if ctx.Err() != nil && len(j.images) > 1 { // before they are refined together
		r.Status, r.Detail = refine.Interrupted, context.Cause(ctx).Error()
	}
	var err error
	if out.Verdict == nil || r.Status == refine.Interrupted {
		j.phase("verdict")
		if out.Verdict, err = verdict.Of(always, out.Fit, r); err != nil {
			return err
		}
	}
	j.listRejected(out.Verdict)
	r.Verdict = out.Verdict
	out.Refined.Result = r.Record()
	out.After, err = out.Fit.Expected(always)
	return err
}

// iterated hears of an iteration.
func (j *job) iterated(i refine.Iteration) {
	j.iterations = append(j.iterations, i)
	if j.OnIteration != nil {
		j.OnIteration(i)
	}
}

// fit makes the refinement of the present experiment on the pixels that count.
func (j *job) fit(ctx context.Context, first bool) (*refine.Fit, error) {
	c := j.work
	if j.Pixels != AllPixels {
		var err error
		if c, err = on(c, j.rectangles); err != nil {
			return nil, err
		}
	}
	e, err := j.build(c)
	if err != nil {
		return nil, err
	}
	if first {
		if j.work.Refine.Parameters, err = j.free(e); err != nil {
			return nil, err
		}
		if j.startsScale() {
			if j.work.Scale, err = j.startScale(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	return refine.NewFitOf(e, j.data, j.work)
}

// startsScale reports whether the scale is found from the data: it is free, and no file gives a start.
func (j *job) startsScale() bool {
	return j.said.Scale == 0 && slices.Contains(j.work.Refine.Parameters, "scale")
}
