package refine

import (
	"context"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// jointFrame is an image: its fit, and the pixels that count with what they have counted.
type jointFrame struct {
	image     int
	fit       *Fit
	vectors   *Problem // by long vectors
	sizes     [][2]int
	positions [][]int32 // of each panel, slow·fast pixels + fast
	counts    counts
	started   bool
	alone     bool                // its simulator is its own
	shared    *sharedModel        // nil if it is alone
	spots     *simulator.SpotList // of a closed form that is shared; nil until it is selected
}

// sharedModel is a simulator that becomes each image's in turn.
type sharedModel struct{ now *jointFrame }

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
	f.fit.Data = nil // what Fit returns has its own
	if o.Restrain != nil {
		p := f.fit.Problem
		if err := o.Restrain(e, p.loss); err != nil {
			return err
		}
		if f.fit.Problem, err = NewProblem(p.sim, p.loss, p.params); err != nil {
			return err
		}
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
	to := e.SelectImage
	if !f.alone {
		to = e.Turn // whose list of spots the frame has
	}
	if err := to(f.image); err != nil {
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
	if err := e.Simulator().Set(m.Weight, weights); err != nil {
		return err
	}
	return f.list()
}

// list makes the list of spots of a closed form that of the image.
func (f *jointFrame) list() error {
	sim := f.fit.Experiment.Simulator()
	present := sim.SpotList()
	if present == nil {
		return nil
	}
	if before := f.shared.now; before != nil && before.spots != nil {
		before.spots = present // which may have been renewed
	}
	f.shared.now = f
	if f.spots != nil {
		return sim.UseSpots(f.spots)
	}
	if err := sim.Relist(context.Background()); err != nil {
		return err
	}
	f.spots = sim.SpotList()
	return nil
}
