package refine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// JointOptions select what a [JointFit] refines. The zero value is what the experiment asks for.
type JointOptions struct {
	// Images of the scan, by their numbers. nil means all.
	Images []int
	// Data returns what is measured in an image. nil means the files that the experiment names. It is called once for each image.
	Data func(image int) (*experiment.Data, error)
	// Tie is called for the nodes of the experiment before a simulator is made of them, to [Constrain] cells, for example. It
	// may be called for several experiments, which are alike. nil ties none.
	Tie func(e *experiment.Experiment) error
	// Restrain adds restraints to the loss of the experiment's image ([Loss.Restrain], [Loss.RestrainReflections]): see [NewJoint] for how
	// often they count. Like Tie it may be called for several experiments. nil adds none.
	Restrain func(e *experiment.Experiment, loss *Loss) error
	// AllPixels are simulated. Otherwise they are those in boxes of Widths standard deviations about the spots that are
	// predicted in each image, of which 0 means 6.
	AllPixels bool
	Widths    float64
	// DMin is the resolution limit in Å of the spots whose boxes count, beside that of the crystals. 0 means none.
	DMin float64
	// Simulator are options of the simulators.
	Simulator []simulator.Option
}

// JointFit is the refinement of many images of a scan together.
type JointFit struct {
	*Joint
	// Images are the numbers of the images, in the order of the frames.
	Images []int
	// Notices say what was left out, and what looks wrong in the files.
	Notices []string

	config *experiment.Config
	frames []*jointFrame
}

// NewJointFit makes the refinement of the images of an experiment's scan together. What is free and which loss is minimised
// are those of [NewFit]; parameters of refine.own, or by default the crystals' missets, scales and backgrounds, are own ones of
// each image. They start at the values of scan.varying, where it has them.
//
// One simulator is made for all images, of as many pixels as the image with the most has, and becomes each image's in turn, with the
// list of spots that it has of each in closed form: an image more takes the memory of its counts and of that list. Where that is not
// possible, because the model has numbers of its own for the pixels of each image (boxes or an image as background, gains, a point spread),
// or an image has far more spots than that one, every image has a simulator.
func NewJointFit(c *experiment.Config, o *JointOptions) (*JointFit, error) {
	if c == nil {
		return nil, fmt.Errorf("refine: a joint fit needs an experiment")
	}
	if o == nil {
		o = &JointOptions{}
	}
	probe, err := c.Nodes(G.NewGraph())
	if err != nil {
		return nil, err
	}
	f := &JointFit{config: c, Notices: probe.FileNotices()}
	images := o.Images
	if images == nil {
		for n := c.Scan.FirstImage(); n <= c.Scan.LastImage(); n++ {
			images = append(images, n)
		}
	}
	if !slices.IsSorted(images) {
		images = slices.Sorted(slices.Values(images))
	}
	if n := len(slices.Compact(slices.Clone(images))); n < len(images) || n == 0 {
		return nil, fmt.Errorf("refine: of the images %d, one is listed twice, or there is none", images)
	}
	most := 0
	for _, n := range images {
		frame, notices, err := newJointFrame(probe, n, o)
		if err != nil {
			return nil, err
		}
		for _, text := range notices {
			if !slices.Contains(f.Notices, text) {
				f.Notices = append(f.Notices, text)
			}
		}
		if frame.counts.len() == 0 {
			f.Notices = append(f.Notices, fmt.Sprintf("image %d has no pixel that counts in a predicted spot: it is left out", n))
			continue
		}
		f.frames, f.Images = append(f.frames, frame), append(f.Images, n)
		if frame.counts.len() > f.frames[most].counts.len() {
			most = len(f.frames) - 1
		}
	}
	if len(f.frames) == 0 {
		return nil, fmt.Errorf("refine: no image has a pixel that counts in a predicted spot")
	}
	shared := alike(c, probe)
	if shared {
		err := f.share(c, o, most)
		if shared = !errors.Is(err, simulator.ErrRoom); shared && err != nil {
			return nil, err
		}
	}
	if !shared {
		for _, frame := range f.frames {
			frame.alone, frame.started, frame.shared, frame.spots = true, false, nil, nil
			if err := frame.build(c, o); err != nil {
				return nil, err
			}
		}
	}
	own := c.Refine.Own
	if own == nil {
		own = f.usuallyOwn()
	}
	var frames []Frame
	for _, frame := range f.frames {
		frames = append(frames, Frame{Name: fmt.Sprintf("image %d", frame.image), Problem: frame.fit.Problem, Vectors: frame.vectors, Place: float64(frame.image), Select: frame.selected})
	}
	f.Joint, err = NewJoint(frames, own...)
	return f, err
}

// share makes one simulator, of the pixels of the frame that has the most, the model of all frames. The error wraps simulator.ErrRoom if a
// frame has more spots of a closed form than that one has room for.
func (f *JointFit) share(c *experiment.Config, o *JointOptions, most int) error {
	largest := f.frames[most]
	if err := largest.build(c, o); err != nil {
		return err
	}
	model := &sharedModel{}
	for _, frame := range f.frames {
		frame.fit, frame.vectors, frame.shared = largest.fit, largest.vectors, model
	}
	if c.Physics.ClosedForm == nil {
		return nil
	}
	for _, frame := range f.frames {
		if err := frame.selected(); err != nil {
			return fmt.Errorf("refine: image %d: %w", frame.image, err)
		}
	}
	return nil
}

// alike reports whether one simulator can be the model of every image.
func alike(c *experiment.Config, e *experiment.Experiment) bool {
	return len(e.Detector.Gains) == 0 && e.Detector.PointSpread == nil && (e.Background == nil || len(e.Background.PixelLeaves()) == 0)
}

// usuallyOwn are the parameters of which each image has its own value by default.
func (f *JointFit) usuallyOwn() (own []Own) {
	for _, q := range f.frames[0].fit.Problem.params.List() {
		name := q.Name[strings.LastIndexByte(q.Name, ']')+1:]
		if q.Fixed {
			continue
		}
		if strings.Contains(name, "misset.") || strings.HasSuffix(name, "scale") && !strings.HasPrefix(name, "structure.") || strings.HasPrefix(name, "background.") {
			own = append(own, Own{Parameter: q.Name})
		}
	}
	return own
}

// Expected are the photons that a result expects in a frame, 0 in pixels that are not simulated: an image (slow, fast) for each
// panel; and what is measured there.
func (f *JointFit) Expected(ctx context.Context, r *JointResult, frame int) (expected []*tensor.Dense, data *experiment.Data, err error) {
	if err := f.Set(r, frame); err != nil {
		return nil, nil, err
	}
	expected, err = f.frames[frame].fit.Expected(ctx)
	return expected, f.frames[frame].data(), err
}

// Fit returns the fit of a frame, set to the frame's values in a result: its Data are of the image that it was made for.
func (f *JointFit) Fit(r *JointResult, frame int) (*Fit, error) {
	if err := f.Set(r, frame); err != nil {
		return nil, err
	}
	own := *f.frames[frame].fit
	own.Data = f.frames[frame].data()
	return &own, nil
}

// Config is the experiment with the refined values and the result, which a second refinement can start from: own parameters are
// in scan.varying, with the values of the nearest image where one was not refined.
func (f *JointFit) Config(r *JointResult) (*experiment.Config, error) {
	fit, err := f.Fit(r, 0)
	if err != nil {
		return nil, err
	}
	c, err := fit.Config(&r.Result)
	if err != nil {
		return nil, err
	}
	c.Detector.Mask, c.Detector.MaskFile = f.config.Detector.Mask, f.config.Detector.MaskFile
	for k := range c.Detector.Panels {
		c.Detector.Panels[k].Mask, c.Detector.Panels[k].MaskFile = f.config.Detector.Panels[k].Mask, f.config.Detector.Panels[k].MaskFile
	}
	c.Result.Images = f.images(r)
	if c.Scan == nil {
		return c, nil
	}
	for _, o := range r.known() {
		v := experiment.Varying{Parameter: o.Name, Values: make([]float64, c.Scan.Images), Sigma: make([]float64, c.Scan.Images)}
		for i := range v.Values {
			nearest := -1
			for k, image := range f.Images {
				if !math.IsNaN(o.Values[k]) && (nearest < 0 || apart(image, c.Scan.FirstImage()+i) < apart(f.Images[nearest], c.Scan.FirstImage()+i)) {
					nearest = k
				}
			}
			v.Values[i] = o.Values[nearest]
			if s := o.Sigma[nearest]; f.Images[nearest] == c.Scan.FirstImage()+i && !math.IsNaN(s) && !math.IsInf(s, 0) {
				v.Sigma[i] = s
			}
		}
		if k := slices.IndexFunc(c.Scan.Varying, func(x experiment.Varying) bool { return x.Parameter == o.Name }); k >= 0 {
			c.Scan.Varying[k] = v
		} else {
			c.Scan.Varying = append(c.Scan.Varying, v)
		}
	}
	return c, nil
}

// images are the results of the images, as the experiment's result has them.
func (f *JointFit) images(r *JointResult) (list []experiment.FittedImage) {
	var reasons [][]experiment.Reason
	if v, ok := r.Verdict.(JointVerdict); ok {
		reasons = v.ImageReasons()
	}
	for i, image := range r.Frames {
		x := experiment.FittedImage{Image: f.Images[i], Loss: image.Loss, ChiSquare: image.Reduced(), Pixels: image.Pixels}
		if i < len(reasons) {
			x.Reasons = reasons[i]
		}
		list = append(list, x)
	}
	return list
}

func apart(a, b int) int { return max(a-b, b-a) }

// String is what is fitted to what.
func (f *JointFit) String() string {
	photons, pixels := 0.0, 0
	for _, frame := range f.frames {
		pixels += frame.counts.len()
		for i := range frame.counts.len() {
			photons += frame.counts.at(i)
		}
	}
	return fmt.Sprintf("%s; %.0f photons in the %d pixels that count", f.Joint, photons, pixels)
}
