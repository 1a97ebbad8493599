package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/refine"
)

// losses are the kinds of --loss.
var losses = []string{"fit", "weighted", "squares"}

// target is what is checked: an experiment on some of its pixels, and a loss of them.
type target struct {
	*experiment.Experiment
	config       *experiment.Config
	whole        *experiment.Experiment // on all pixels
	kind         string                 // of the loss
	loss         *G.Node
	parameters   G.Nodes
	own          G.Nodes // parameters of the loss, which are not the experiment's
	declared     G.Nodes // by -idle
	notices      []string
	checked, all int // pixels
}

// readTarget reads an experiment and makes a loss of it.
func readTarget(ctx context.Context, path string, f *gradcheckFlags) (*target, error) {
	kind := f.loss
	c, err := experiment.Read(path)
	if err != nil {
		return nil, err
	}
	if kind == "" {
		kind = "weighted"
		if len(c.Images) > 0 {
			kind = "fit"
		}
	}
	if kind == "fit" && len(c.Images) == 0 {
		return nil, cli.Usagef("gradcheck: --loss fit needs images, and %s has none; --loss weighted does not", path)
	}
	t := &target{config: c, kind: kind}
	if t.whole, err = c.Build(G.NewGraph()); err != nil {
		return nil, err
	}
	t.notices = t.whole.Notices()
	var data *experiment.Data
	if kind == "fit" {
		if data, err = t.whole.ReadImages(); err != nil {
			return nil, err
		}
		t.notices = append(t.notices, data.Notices...)
	}
	if err := t.reduce(ctx, data, f); err != nil {
		return nil, err
	}
	if kind == "fit" {
		err = t.fit(data)
	} else {
		err = t.weighted(kind == "squares")
	}
	t.parameters = append(t.Parameters(), t.own...)
	return t, err
}

// fit makes the loss of a refinement, whose scale and background are parameters too.
func (t *target) fit(data *experiment.Data) error {
	f, err := refine.NewFit(t.Experiment, data)
	if err != nil {
		return err
	}
	t.loss, t.own = f.Problem.Loss().Value, f.Model.Parameters()
	return nil
}

// weighted makes Σ w I or, squared, Σ w I². The weights are random, so that what is symmetric does not cancel.
func (t *target) weighted(squared bool) error {
	random := rand.New(rand.NewPCG(1, 1))
	weights := make([]float64, t.Detector.Pixels())
	for i := range weights {
		weights[i] = 0.5 + random.Float64()
	}
	images, err := t.Detector.Images(weights)
	if err != nil {
		return err
	}
	w, err := t.Simulator().Data("weights", images...)
	if err != nil {
		return err
	}
	intensity := t.Intensity()
	if squared {
		if intensity, err = G.Square(intensity); err != nil {
			return err
		}
	}
	product, err := G.HadamardProd(w, intensity)
	if err != nil {
		return err
	}
	t.loss, err = G.Sum(product)
	return err
}

// unit returns that of a parameter of the experiment or of the loss.
func (t *target) unit(n *G.Node) string {
	if slices.Contains(t.own, n) && strings.Contains(n.Name(), "background") {
		return "photons"
	}
	return t.Unit(n)
}

// idle explains why the loss does not depend on a parameter; "" if it should.
func (t *target) idle(n *G.Node) string {
	if why := t.Idle(n); why != "" {
		return why
	}
	if slices.Contains(t.declared, n) {
		return "declared by -idle"
	}
	return ""
}

// The tape computes some 10⁶ pixel·steps a second, and a check takes hundreds of evaluations.
const (
	workOfCheck  = 1 << 13 // pixel·steps
	workOfSecond = 1 << 10
	leastPixels  = 64
)

// steps returns how many terms the intensity of a pixel is the mean of.
func steps(e *experiment.Experiment) int {
	n := 0
	for _, x := range e.Crystals {
		phis, domains := x.Orientations()
		n += phis * domains
	}
	return n * e.Beam.Len() * len(e.Detector.Sampling().Points)
}

// reduce builds the experiment on as many pixels as may be checked.
func (t *target) reduce(ctx context.Context, data *experiment.Data, f *gradcheckFlags) error {
	t.Experiment = t.whole
	pixels := f.pixels
	if pixels == 0 {
		work := workOfCheck
		if f.second {
			work = workOfSecond
		}
		pixels = max(leastPixels, work/steps(t.whole))
	}
	candidates, err := t.candidates(ctx, data)
	if err != nil {
		return err
	}
	t.all, t.checked = len(candidates), len(candidates)
	if t.all <= pixels {
		return nil
	}
	t.checked = pixels
	t.Experiment, err = t.part(chosen(candidates, pixels, t.Detector.Sizes()))
	return err
}

// part builds the experiment on the pixels of masks, one for each panel.
func (t *target) part(masks [][]bool) (*experiment.Experiment, error) {
	c := *t.config
	c.Crystals = slices.Clone(c.Crystals)
	for i := range c.Crystals { // files are read once
		u := &c.Crystals[i].Structure
		u.File, u.Format, u.Wilson, u.Table = "", "", nil, t.whole.Crystals[i].Table()
	}
	d := &c.Detector
	if len(d.Panels) == 0 {
		d.Mask, d.MaskFile = masks[0], ""
	} else {
		d.Panels = slices.Clone(d.Panels)
		for k := range d.Panels {
			d.Panels[k].Mask, d.Panels[k].MaskFile = masks[k], ""
		}
	}
	return c.Build(G.NewGraph())
}

// pixel is one that may be checked.
type pixel struct {
	panel, at int // in the image, fast axis first
	photons   float64
}

// simulated returns masks of the pixels that are simulated, one for each panel.
func (t *target) simulated() ([][]bool, error) {
	ones := make([]float64, t.whole.Detector.Pixels())
	for i := range ones {
		ones[i] = 1
	}
	images, err := t.whole.Detector.Images(ones)
	if err != nil {
		return nil, err
	}
	var masks [][]bool
	for _, m := range images {
		mask := make([]bool, m.Shape().TotalSize())
		for i, v := range m.Float64s() {
			mask[i] = v == 1
		}
		masks = append(masks, mask)
	}
	return masks, nil
}

// candidates returns the pixels that are simulated and count, with their simulated photons.
func (t *target) candidates(ctx context.Context, data *experiment.Data) ([]pixel, error) {
	masks, err := t.simulated()
	if err != nil {
		return nil, err
	}
	images, err := t.whole.Images(ctx)
	if err != nil {
		return nil, err
	}
	var list []pixel
	for k, mask := range masks {
		photons := images[k].Float64s()
		for i, simulated := range mask {
			if simulated && (data == nil || data.Mask[k][i]) {
				list = append(list, pixel{k, i, photons[i]})
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("gradcheck: none of the simulated pixels counts")
	}
	return list, nil
}

// chosen masks all but some pixels: half are the brightest, half are spread evenly over the others.
func chosen(candidates []pixel, n int, sizes [][2]int) [][]bool {
	masks := make([][]bool, len(sizes))
	for k, size := range sizes {
		masks[k] = make([]bool, size[0]*size[1])
	}
	byLight := slices.Clone(candidates)
	slices.SortStableFunc(byLight, func(a, b pixel) int { return cmp.Compare(b.photons, a.photons) })
	for _, p := range byLight[:n/2] {
		masks[p.panel][p.at] = true
	}
	rest := slices.DeleteFunc(slices.Clone(candidates), func(p pixel) bool { return masks[p.panel][p.at] })
	for i, m := 0, n-n/2; i < m; i++ {
		p := rest[(2*i+1)*len(rest)/(2*m)]
		masks[p.panel][p.at] = true
	}
	return masks
}
