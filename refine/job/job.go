package job

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/dials"
	"github.com/gobragg/gobragg/prediction"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/verdict"
	"github.com/gobragg/gobragg/structure"
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
	// Verdict says whether the model fits, and why it does not.
	Verdict *verdict.Verdict
	// Before and After are the photons that the model expects at the start and at the end, an image (slow, fast) for each panel, 0 in
	// pixels that are not simulated.
	Before, After []*tensor.Dense
	// Truth has the true values of parameters by their names, where Options.Truth gives them.
	Truth map[string]float64
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

	begin     time.Time
	opened    *experiment.Opened
	said      *experiment.Config // what the files and the options say
	known     *experiment.Config // that has the true values; nil without one
	work      *experiment.Config // the same with starts, and structure factors in memory
	first     *experiment.Config // where the search starts
	kind      Kind
	image     int               // the one in the middle of several
	images    []int             // that are refined together
	photons   []float64         // counted in the pixels of each of these
	groups    []*symmetry.Group // of each crystal's structure factors; nil where their file gives none
	systems   []*tied           // of each crystal; nil for a free cell
	data      *experiment.Data
	table     *dials.Table
	tablePath string
	reader    *experiment.Experiment           // of the other images; made when first needed
	suspects  [][2]int                         // panels and pixels that look hot or dead
	onSpots   []verdict.Pixel                  // those of them on which spots are predicted
	rejected  map[verdict.Kind][]verdict.Pixel // that are left out
	cells     []structure.Cell                 // of each crystal at the start
	sizes     [][2]int                         // of the panels, fast and slow
	tables    []*structure.Table               // of structure factors, so that files are read once; nil where they are not in memory
	guessed   bool                             // no file says how large the crystals' blocks are

	predicted  []experiment.Predicted // spots of the start
	hkls       [][4]int               // of the predicted reflections, with the number of the crystal
	rectangles []prediction.Box       // whose pixels count
	boxes      []experiment.Box       // backgrounds of a table of reflections
	notices    []string
	iterations []refine.Iteration
}

func (j *job) notice(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if slices.Contains(j.notices, text) {
		return
	}
	j.notices = append(j.notices, text)
	if j.OnNotice != nil {
		j.OnNotice(text)
	}
}

// phase says that a phase of the work begins.
func (j *job) phase(name string) {
	if j.OnPhase != nil {
		j.OnPhase(name)
	}
}

// Run refines, and writes the results into Options.Out. A cancelled context is not an error once the search has begun: the
// outcome is the best point so far, with the status refine.Interrupted.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	begin := time.Now()
	if err := o.Check(); err != nil {
		return nil, err
	}
	j := &job{Options: o, begin: begin}
	out, err := j.run(ctx)
	if err != nil {
		return nil, err
	}
	out.Elapsed = time.Since(begin)
	return out, nil
}

// prepared does what comes before the search.
func (j *job) prepared(ctx context.Context) error {
	for _, step := range []struct {
		phase string
		do    func(context.Context) error
	}{
		{"open the files", j.open}, {"complete the experiment", j.complete}, {"other axes", j.reindexAs}, {"choose the images", j.choose}, {"read the image", j.read},
		{"size and spread of the crystals", j.guessCrystals}, {"spots, pixels and background", j.prepare},
		{"a far start", j.approach}, {"indexing", j.reindex},
	} {
		j.phase(step.phase)
		if err := step.do(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) run(ctx context.Context) (*Outcome, error) {
	done, err := j.folder()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := j.prepared(ctx); err != nil {
		return nil, err
	}
	out := &Outcome{Kind: j.kind, Image: j.image, Opened: j.opened}
	if err := j.search(ctx, out); err != nil {
		return nil, err
	}
	if err := j.jointly(ctx, out); err != nil {
		return nil, err
	}
	j.phase("files and report")
	if err := j.write(out); err != nil {
		return nil, err
	}
	out.Notices, out.Iterations = j.notices, j.iterations
	return out, nil
}

// choose selects the image.
func (j *job) choose(context.Context) error {
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
	for _, n := range list {
		for _, path := range j.said.ImageFiles(n) {
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("job: image %d is missing: %w; --images chooses those that are there", n, err)
			}
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
	own := *c
	own.Crystals = slices.Clone(own.Crystals)
	for i, table := range j.tables {
		if s := &own.Crystals[i].Structure; table != nil {
			*s = experiment.Structure{Table: table, Default: s.Default, Lookup: s.Lookup}
		}
	}
	e, err := own.Nodes(G.NewGraph())
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
	err = e.Simulate(j.workers()...)
	if f := c.Physics.ClosedForm; err == nil || f == nil || f.Tolerance != tolerance {
		return e, err
	}
	// A few reflections, next to the spindle or to where they graze the sphere, have no good closed form.
	loose, whole := *c, *c.Physics.ClosedForm
	whole.Tolerance = 1
	loose.Physics.ClosedForm = &whole
	if e, again := j.nodes(&loose); again == nil {
		if again = e.Simulate(j.workers()...); again == nil {
			j.notice("%v", err)
			return e, nil
		}
	}
	return nil, err
}

// read reads the image.
func (j *job) read(context.Context) error {
	if j.Mask != "" {
		for i := range j.said.Images {
			j.said.Images[i].MaskFile = absolute(j.Mask)
		}
	}
	e, err := j.nodes(j.said)
	if err != nil {
		return err
	}
	j.sizes = e.Detector.Sizes()
	j.tables = nil
	for i, x := range e.Crystals { // which are read once
		var table *structure.Table
		if j.said.Crystals[i].Structure.Scales == nil && j.said.Crystals[i].Anomalous == nil {
			table = x.Table()
		}
		j.tables = append(j.tables, table)
	}
	if j.data, err = e.ReadImages(); err != nil {
		return err
	}
	for _, n := range j.data.Notices {
		j.notice("%s", n)
	}
	return j.rejectLonely(e)
}

// prepare makes the experiment that is refined.
func (j *job) prepare(context.Context) error {
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
	for _, n := range e.Notices() {
		j.notice("%s", n)
	}
	lists, err := e.Predict(nil)
	if err != nil {
		return err
	}
	if j.hkls, j.predicted = indices(lists), lists; len(j.hkls) == 0 {
		return fmt.Errorf("job: no reflection of the crystal is on the detector in image %d: is the crystal's orientation, its cell, the wavelength or the distance right?", j.image)
	}
	j.rejectOnSpots(lists)
	if err := j.selectPixels(e, lists, margin); err != nil {
		return err
	}
	j.work = &own
	core, err := e.Predict(&experiment.PredictOptions{Widths: 2.5}) // with 0.04 of the light outside
	if err != nil {
		return err
	}
	var boxes []prediction.Box
	for _, l := range core {
		for i := range l.Reflections {
			boxes = append(boxes, l.Reflections[i].Boxes...)
		}
	}
	return j.setBackground(e, &own, j.masks(boxes))
}

// absolute returns a path that does not depend on the working directory.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
