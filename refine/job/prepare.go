package job

import (
	"context"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/refine"
)

// Prepared is what a job would search from.
type Prepared struct {
	// Kind of the data.
	Kind Kind
	// Image is the number of the image, of a scan.
	Image int
	// Fit has the model with its starts, on all pixels of the image, and what is free.
	Fit *refine.Fit
	// Config is the experiment with the starts.
	Config *experiment.Config
	// Opened says which file gave what.
	Opened *experiment.Opened
	// Notices are what a user should know, a line each.
	Notices []string

	job *job
}

// Rebuild makes the fit of an image anew, of a configuration that differs from that of p in its numbers alone, with the data of the
// fit before: lists of spots and whatever else follows the crystal are those of the new values.
func (p *Prepared) Rebuild(ctx context.Context, c *experiment.Config, before *refine.Fit, image int) (*refine.Fit, error) {
	j := *p.job
	j.work, j.data, j.image = c, before.Data, image
	return j.fit(ctx, false)
}

// Prepare does what [Run] does before it searches: it opens the files, and finds starts for what they do not say. Of several images
// it takes the one in the middle. It writes nothing.
func Prepare(ctx context.Context, o Options) (*Prepared, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	j := &job{Options: o}
	if err := j.prepared(ctx); err != nil {
		return nil, err
	}
	if _, err := j.fit(ctx, true); err != nil { // which finds the scale from the pixels of the spots
		return nil, err
	}
	j.Pixels = AllPixels
	f, err := j.fit(ctx, false)
	if err != nil {
		return nil, err
	}
	return &Prepared{Kind: j.kind, Image: j.image, Fit: f, Config: j.work, Opened: j.opened, Notices: j.notices, job: j}, nil
}

// Present is the experiment at the present values of a fit that Prepare or Rebuild has made, with the files of its structure factors:
// what can be written, and refined.
func (p *Prepared) Present(f *refine.Fit) (*experiment.Config, error) {
	c, err := f.Config(&refine.Result{})
	if err != nil {
		return nil, err
	}
	c.Result = nil
	p.job.restore(c)
	return c, nil
}

// Experiments is the list of experiments of DIALS at the present values of a fit that Prepare or Rebuild has made.
func (p *Prepared) Experiments(f *refine.Fit) ([]dials.Experiment, error) {
	c, err := p.Present(f)
	if err != nil {
		return nil, err
	}
	j := *p.job
	j.work = c
	out := &Outcome{Kind: p.Kind, Image: p.Image, Fit: f, Refined: c}
	geometry, crystals, turn, err := j.geometry(out)
	if err != nil {
		return nil, err
	}
	return j.experiments(out, geometry, crystals, turn)
}
