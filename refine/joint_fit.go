package refine

import (
	"context"
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

// jointFrame is an image: its fit, and the pixels that count with what they have counted.
type jointFrame struct {
	image     int
	fit       *Fit
	vectors   *Problem // by long vectors
	sizes     [][2]int
	positions [][]int32 // of each panel, slow·fast pixels + fast
	counts    counts
	started   bool
	alone     bool // its simulator is its own
}

// counts are photons, in half the memory if that keeps them.
type counts struct {
	short []float32
	long  []float64
}

func (c *counts) append(v float64) {
	if c.long == nil && float64(float32(v)) == v {
		c.short = append(c.short, float32(v))
		return
	}
	if c.long == nil {
		c.long = make([]float64, 0, cap(c.short))
		for _, s := range c.short {
			c.long = append(c.long, float64(s))
		}
		c.short = nil
	}
	c.long = append(c.long, v)
}

func (c *counts) len() int { return len(c.short) + len(c.long) }

func (c *counts) at(i int) float64 {
	if c.long != nil {
		return c.long[i]
	}
	return float64(c.short[i])
}

// NewJointFit makes the refinement of the images of an experiment's scan together. What is free and which loss is minimised
// are those of [NewFit]; parameters of refine.own, or by default the crystals' missets, scales and backgrounds, are own ones of
// each image. They start at the values of scan.varying, where it has them.
//
// One simulator is made for all images, of as many pixels as the image with the most has, and becomes each image's in turn. Where
// that is not possible, because the model has lists of its own for each image (physics.closed_form, boxes or an image as
// background, gains, a point spread), every image has one.
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
	if alike(c, probe) {
		f.frames[0], f.frames[most] = f.frames[most], f.frames[0]
		if err := f.frames[0].build(c, o); err != nil {
			return nil, err
		}
		for _, frame := range f.frames {
			frame.fit, frame.vectors = f.frames[0].fit, f.frames[0].vectors
		}
		f.frames[0], f.frames[most] = f.frames[most], f.frames[0]
	} else {
		for _, frame := range f.frames {
			frame.alone = true
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

// alike reports whether one simulator can be the model of every image.
func alike(c *experiment.Config, e *experiment.Experiment) bool {
	return c.Physics.ClosedForm == nil && len(e.Detector.Gains) == 0 && e.Detector.PointSpread == nil && (e.Background == nil || len(e.Background.PixelLeaves()) == 0)
}

// newJointFrame selects the pixels of an image that count, and reads them.
func newJointFrame(probe *experiment.Experiment, image int, o *JointOptions) (*jointFrame, []string, error) {
	if err := probe.SelectImage(image); err != nil {
		return nil, nil, err
	}
	read := o.Data
	if read == nil {
		read = func(int) (*experiment.Data, error) { return probe.ReadImages() }
	}
	data, err := read(image)
	if err != nil {
		return nil, nil, fmt.Errorf("refine: image %d: %w", image, err)
	}
	numbers, sizes := probe.Detector.Numbers(), probe.Detector.Sizes()
	if len(data.Photons) != len(sizes) {
		return nil, nil, fmt.Errorf("refine: image %d has %d panels, the detector %d", image, len(data.Photons), len(sizes))
	}
	masks, fast := make([][]bool, len(sizes)), make([]int, len(sizes))
	for k, size := range sizes {
		masks[k], fast[k] = make([]bool, size[0]*size[1]), size[0]
		if o.AllPixels {
			for i := range masks[k] {
				masks[k][i] = true
			}
		}
	}
	if !o.AllPixels {
		lists, err := probe.Predict(&experiment.PredictOptions{Widths: o.Widths, DMin: o.DMin})
		if err != nil {
			return nil, nil, err
		}
		for i := range lists {
			lists[i].Mark(masks, fast)
		}
	}
	f := &jointFrame{image: image, sizes: sizes, positions: make([][]int32, len(sizes))}
	for k, mask := range masks {
		photons := data.Photons[k].Float64s()
		if len(photons) != len(mask) {
			return nil, nil, fmt.Errorf("refine: image %d has %d pixels on panel %d, the detector %d", image, len(photons), k, len(mask))
		}
		for i, marked := range mask {
			if marked && numbers[k][i] >= 0 && (data.Mask == nil || data.Mask[k] == nil || data.Mask[k][i]) {
				f.positions[k] = append(f.positions[k], int32(i))
				f.counts.append(photons[i])
			}
		}
	}
	return f, data.Notices, nil
}

// build makes the simulator of the frame's pixels, and its fit.
func (f *jointFrame) build(c *experiment.Config, o *JointOptions) error {
	own := *c
	own.Detector.Panels = slices.Clone(own.Detector.Panels)
	for k, list := range f.positions {
		mask := make([]bool, f.sizes[k][0]*f.sizes[k][1])
		for _, at := range list {
			mask[at] = true
		}
		if d := &own.Detector; len(d.Panels) == 0 {
			d.Mask, d.MaskFile = mask, ""
		} else {
			d.Panels[k].Mask, d.Panels[k].MaskFile = mask, ""
		}
	}
	e, err := own.Nodes(G.NewGraph())
	if err != nil {
		return err
	}
	if o.Tie != nil {
		if err := o.Tie(e); err != nil {
			return err
		}
	}
	if err := e.SelectImage(f.image); err != nil {
		return err
	}
	if err := e.Simulate(o.Simulator...); err != nil {
		return fmt.Errorf("refine: image %d: %w", f.image, err)
	}
	if f.fit, err = NewFit(e, f.data()); err != nil {
		return err
	}
	return f.split()
}

// split makes a problem of its own of long vectors.
func (f *jointFrame) split() error {
	p := f.fit.Problem
	elements := 0
	for _, v := range p.params.Vectors() {
		elements += v.Len
	}
	if elements <= shortVector {
		return nil
	}
	var short, long []Parameter
	for _, q := range p.params.List() {
		if q.vector && q.size > shortVector/2 && !q.Fixed {
			long = append(long, q)
		} else {
			short = append(short, q)
		}
	}
	if len(long) == 0 || len(short) == 0 {
		return nil
	}
	for _, part := range []struct {
		list []Parameter
		to   **Problem
	}{{short, &f.fit.Problem}, {long, &f.vectors}} {
		params, err := ParametersFrom(part.list...)
		if err != nil {
			return err
		}
		if *part.to, err = NewProblem(p.sim, p.loss, params); err != nil {
			return err
		}
	}
	return nil
}

// data are the pixels as a measurement of the whole detector.
func (f *jointFrame) data() *experiment.Data {
	data := &experiment.Data{}
	n := 0
	for k, list := range f.positions {
		fast, slow := f.sizes[k][0], f.sizes[k][1]
		photons, mask := make([]float64, fast*slow), make([]bool, fast*slow)
		for _, at := range list {
			photons[at], mask[at] = f.counts.at(n), true
			n++
		}
		data.Photons = append(data.Photons, tensor.New(tensor.WithShape(slow, fast), tensor.WithBacking(photons)))
		data.Mask = append(data.Mask, mask)
	}
	return data
}

// selected makes the fit that of the image.
func (f *jointFrame) selected() error {
	e, m := f.fit.Experiment, f.fit.Model
	if err := e.SelectImage(f.image); err != nil {
		return err
	}
	if !f.started { // what belongs to the model of the counts; the experiment has set its own nodes
		f.started = true
		for _, n := range m.Parameters() {
			if v, varies := e.Varying(n.Name()); varies && n.Op() == nil {
				if err := G.Let(n, G.NewF64(v)); err != nil {
					return err
				}
			}
		}
	}
	if f.alone {
		return nil
	}
	if err := e.Detector.Reselect(f.positions); err != nil {
		return err
	}
	counts, weights := make([]float64, e.Detector.Pixels()), make([]float64, e.Detector.Pixels())
	for i := range f.counts.len() {
		counts[i], weights[i] = f.counts.at(i), 1
	}
	if err := e.Simulator().Set(m.Data, counts); err != nil {
		return err
	}
	return e.Simulator().Set(m.Weight, weights)
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
	for i, image := range r.Frames {
		c.Result.Images = append(c.Result.Images, experiment.FittedImage{Image: f.Images[i], Loss: image.Loss, ChiSquare: image.Reduced(), Pixels: image.Pixels})
	}
	if c.Scan == nil {
		return c, nil
	}
	for _, o := range r.Own {
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
