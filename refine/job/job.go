package job

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/symmetry"
)

// Outcome is what a job has found.
type Outcome struct {
	// Kind of the data.
	Kind Kind
	// Image is the number of the image, of a scan.
	Image int
	// Fit and Result are those of the last search, in which the pixels were those of the refined crystal's spots. Of several images
	// that are refined together, the fit is that of Image, and the result that of the parameters that they share.
	Fit    *refine.Fit
	Result *refine.Result
	// Joint and JointResult are those of several images together; nil for one.
	Joint       *refine.JointFit
	JointResult *refine.JointResult
	// Before and After are the photons that the model expects at the start and at the end, an image (slow, fast) for each panel, 0 in
	// pixels that are not simulated.
	Before, After []*tensor.Dense
	// Iterations of all searches, in order.
	Iterations []refine.Iteration
	// Refined is the experiment with the refined values and the result.
	Refined *experiment.Config
	// Reflections of the refined crystal in the image.
	Reflections []Reflection
	// Opened says which file gave what.
	Opened *experiment.Opened
	// Notices are what a user should know, a line each, in the order in which it was found out.
	Notices []string
	// Files are the names of those in Options.Out.
	Files []string
	// Elapsed is the time from the first file to the last.
	Elapsed time.Duration
}

// job is a run of [Run].
type job struct {
	Options

	opened    *experiment.Opened
	said      *experiment.Config // what the files and the options say
	work      *experiment.Config // the same with starts, and structure factors in memory
	kind      Kind
	image     int               // the one in the middle of several
	images    []int             // that are refined together
	groups    []*symmetry.Group // of each crystal's structure factors; nil where their file gives none
	systems   []*tied           // of each crystal; nil for a free cell
	data      *experiment.Data
	table     *dials.Table
	tablePath string
	sizes     [][2]int // of the panels, fast and slow
	guessed   bool     // no file says how large the crystals' blocks are

	hkls       [][4]int         // of the predicted reflections, with the number of the crystal
	rectangles []prediction.Box // whose pixels count
	boxes      []experiment.Box // backgrounds of a table of reflections
	notices    []string
	iterations []refine.Iteration
}

func (j *job) notice(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(j.notices, text) {
		j.notices = append(j.notices, text)
	}
}

// Run refines, and writes the results into Options.Out. A cancelled context is not an error once the search has begun: the
// outcome is the best point so far, with the status refine.Interrupted.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	begin := time.Now()
	if err := o.Check(); err != nil {
		return nil, err
	}
	j := &job{Options: o}
	out, err := j.run(ctx)
	if err != nil {
		return nil, err
	}
	out.Elapsed = time.Since(begin)
	return out, nil
}

func (j *job) run(ctx context.Context) (*Outcome, error) {
	for _, step := range []func() error{j.open, j.complete, j.choose, j.read} {
		if err := step(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	out := &Outcome{Kind: j.kind, Image: j.image, Opened: j.opened}
	if err := j.search(ctx, out); err != nil {
		return nil, err
	}
	if err := j.jointly(ctx, out); err != nil {
		return nil, err
	}
	if err := j.write(out); err != nil {
		return nil, err
	}
	out.Notices, out.Iterations = j.notices, j.iterations
	return out, nil
}

// choose selects the image.
func (j *job) choose() error {
	list, err := numbers(j.Images)
	if err != nil {
		return err
	}
	s := j.said.Scan
	first, last := s.FirstImage(), s.LastImage()
	for _, n := range list {
		if n < first || n > last {
			return wrong("images", "%s: %d is not among the images %d to %d", j.Images, n, first, last)
		}
	}
	if list == nil {
		for n := first; n <= last; n++ {
			list = append(list, n)
		}
	}
	if j.image = list[len(list)/2]; len(list) > 1 {
		j.images = list
		j.notice("image %d is refined first, then %d images together", j.image, len(list))
	}
	return nil
}

// nodes makes the experiment, with its cells tied, turned to the image.
func (j *job) nodes(c *experiment.Config) (*experiment.Experiment, error) {
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return nil, err
	}
	if err := j.tie(e); err != nil {
		return nil, err
	}
	return e, e.SelectImage(j.image)
}

// build makes the experiment with its simulator.
func (j *job) build(c *experiment.Config) (*experiment.Experiment, error) {
	e, err := j.nodes(c)
	if err != nil {
		return nil, err
	}
	return e, e.Simulate(j.workers()...)
}

// read reads the image, and prepares the experiment that is refined.
func (j *job) read() error {
	j.guessCrystals(j.said)
	if j.Mask != "" {
		for i := range j.said.Images {
			j.said.Images[i].MaskFile = absolute(j.Mask)
		}
	}
	own := *j.said
	own.Crystals = slices.Clone(own.Crystals)
	own.Result = nil
	if err := j.setModel(&own); err != nil {
		return err
	}
	e, err := j.nodes(&own)
	if err != nil {
		return err
	}
	for i, x := range e.Crystals { // which are read once
		if s := &own.Crystals[i].Structure; x.Table() != nil && s.Scales == nil && own.Crystals[i].Anomalous == nil {
			*s = experiment.Structure{Table: x.Table(), Default: s.Default, Lookup: s.Lookup}
		}
	}
	for _, n := range e.Notices() {
		j.notice("%s", n)
	}
	if j.data, err = e.ReadImages(); err != nil {
		return err
	}
	for _, n := range j.data.Notices {
		j.notice("%s", n)
	}
	j.sizes = e.Detector.Sizes()
	lists, err := e.Predict(nil)
	if err != nil {
		return err
	}
	j.hkls = indices(lists)
	spots, err := j.selectPixels(e, lists, margin)
	if err != nil {
		return err
	}
	j.work = &own
	return j.setBackground(e, &own, spots)
}

// absolute returns a path that does not depend on the working directory.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// rounds is how often the list of spots and their pixels are renewed.
const rounds = 4

// search refines, renews what depends on the predicted spots, and refines again until that stays.
func (j *job) search(ctx context.Context, out *Outcome) error {
	for round := range rounds {
		f, err := j.fit(ctx, round == 0)
		if err != nil {
			return err
		}
		always := context.WithoutCancel(ctx) // what an interrupted search has found is still shown
		if round == 0 {
			if out.Before, err = f.Expected(always); err != nil {
				return err
			}
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
		if out.Result != nil { // the searches are one
			r.Start, r.StartLoss = out.Result.Start, out.Result.StartLoss
			r.Iterations, r.Evaluations, r.Elapsed = r.Iterations+out.Result.Iterations, r.Evaluations+out.Result.Evaluations, r.Elapsed+out.Result.Elapsed
		}
		out.Fit, out.Result = f, r
		if out.After, err = f.Expected(always); err != nil {
			return err
		}
		if out.Refined, err = f.Config(r); err != nil {
			return err
		}
		renewed, err := j.renew(f, out)
		if err != nil || !renewed || r.Status == refine.Interrupted {
			return err
		}
	}
	return nil
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
			if j.work.Scale, err = startScale(ctx, e, j.work, j.data); err != nil {
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
