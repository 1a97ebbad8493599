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
)

// Fit is the refinement that an experiment asks for: its model, what is measured, and what is free.
type Fit struct {
	Experiment *experiment.Experiment
	Data       *experiment.Data
	Model      *Model
	Problem    *Problem
	// Method for [Settings]: a [Continuation] where the experiment says how far off it may be (refine.error), else nil,
	// which is the default.
	Method Method

	readout float64
	says    *experiment.Config
}

// NewFit makes the refinement of an experiment that is built, against data of its own. A flat background, or a tilted one where
// the experiment says so, is added if it has no other, or says its level, or refines it; it starts at the median of the counts unless
// it says where. The loss is that of refine.likelihood, or where the experiment names none [Model.Gaussian] if there is readout
// noise and [Model.Poisson] elsewhere. Free are refine.parameters, or where the experiment names none the cell and misset of each
// crystal, "scale" and "background.flat".
func NewFit(e *experiment.Experiment, data *experiment.Data) (*Fit, error) {
	if e == nil {
		return nil, errNoExperiment
	}
	c, err := e.Config()
	if err != nil {
		return nil, err
	}
	return NewFitOf(e, data, c)
}

var errNoExperiment = errors.New("refine: a fit needs an experiment with a simulator, and data")

// NewFitOf is [NewFit] with another configuration that says what is free, where scale and background start, how noisy the counts
// are, and which loss is taken: of c nothing else is used.
func NewFitOf(e *experiment.Experiment, data *experiment.Data, c *experiment.Config) (*Fit, error) {
	if e == nil || data == nil || e.Simulator() == nil {
		return nil, errNoExperiment
	}
	f := &Fit{Experiment: e, Data: data, readout: c.Counts.Readout, says: c}
	cfg := ModelConfig{Scale: c.Scale}
	flat := slices.Contains(c.Refine.Parameters, "background.flat")
	switch b := &c.Background; {
	case b.Tilted:
		cfg.Background, cfg.Slopes = Tilted, [2]float64{b.Fast, b.Slow}
	case b.Flat != 0 || flat || e.Background == nil:
		cfg.Background = Flat
	}
	if cfg.Level = c.Background.Flat; cfg.Level == 0 && cfg.Background != None {
		cfg.Level = data.Median()
	}
	var err error
	if f.Model, err = NewModel(e.Simulator(), f.measured(), cfg); err != nil {
		return nil, err
	}
	loss, err := f.loss(&c.Refine)
	if err != nil {
		return nil, err
	}
	free, err := f.free(c.Refine.Parameters)
	if err != nil {
		return nil, err
	}
	if err := f.hold(loss, free); err != nil {
		return nil, err
	}
	params, err := ParametersFrom(free...)
	if err != nil {
		return nil, err
	}
	if f.Problem, err = NewProblem(e.Simulator(), loss, params); err != nil {
		return nil, err
	}
	if c.Refine.Error > 0 {
		if len(e.Crystals) > 1 {
			return nil, fmt.Errorf("refine: a continuation is for a single crystal: leave refine.error out, or refine one after the other")
		}
		f.Method = &Continuation{Error: c.Refine.Error}
	}
	return f, nil
}

// String is what is fitted to what: the image, and each crystal.
func (f *Fit) String() string {
	var b strings.Builder
	photons, pixels := f.Data.Sum()
	if d, err := f.Experiment.Detector.At(); err == nil {
		fmt.Fprintf(&b, "image     %d × %d pixels of %.4g mm at %.6g mm; ", d.FastPixels, d.SlowPixels, d.Pixel, d.Distance)
	}
	fmt.Fprintf(&b, "%.0f photons in the %d that count\n", photons, pixels)
	if left := f.Data.Left; left.Total() > 0 {
		fmt.Fprintf(&b, "left out  %s\n", left)
	}
	now, err := f.Experiment.Config()
	for _, x := range f.Experiment.Crystals {
		c := x.Config()
		if at, err := x.At(); err == nil {
			c.N = at.N
		}
		phis, domains := x.Orientations()
		spots := fmt.Sprintf("%d orientations", phis*domains)
		switch {
		case err == nil && now.Physics.ClosedForm != nil:
			spots = "spots in closed form"
		case phis*domains == 1:
			spots = "1 orientation"
		}
		fmt.Fprintf(&b, "crystal   %.4g × %.4g × %.4g cells, %s", c.N[0], c.N[1], c.N[2], spots)
		if c.Structure != nil {
			fmt.Fprintf(&b, ", %d structure factors", c.Structure.Count())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// free are the parameters of the names, or those that are free by default.
func (f *Fit) free(names []string) ([]Parameter, error) {
	own := f.Model.Parameters()
	if names == nil {
		var nodes G.Nodes
		for _, x := range f.Experiment.Crystals {
			for _, n := range append(x.Cell.List(), x.Misset[:]...) {
				if n.Op() == nil && !slices.Contains(nodes, n) { // tied ones have others below them
					nodes = append(nodes, n)
				}
			}
		}
		var list []Parameter
		for _, n := range append(nodes, f.Model.Scale, f.Model.Flat) {
			list = append(list, f.scalar(n))
		}
		return list, nil
	}
	var list []Parameter
	for _, name := range names {
		if i := slices.IndexFunc(own, func(n *G.Node) bool { return n.Name() == name }); i >= 0 {
			list = append(list, f.scalar(own[i]))
			continue
		}
		n, err := f.Experiment.Parameter(name)
		if err != nil {
			if n, elements, err := f.Experiment.Vector(name); err == nil {
				list = append(list, f.vector(n, elements))
				continue
			}
			return nil, fmt.Errorf("refine: refine.parameters: there is no parameter %q to refine: there are %s", name, strings.Join(f.names(), ", "))
		}
		list = append(list, f.scalar(n))
	}
	return list, nil
}

// scalar is a free number of the experiment. A mosaic spread keeps above 0, where the image depends on its square: a search may come to rest there.
func (f *Fit) scalar(n *G.Node) Parameter {
	q := Parameter{Node: n}
	for _, x := range f.Experiment.Crystals {
		if n == x.MosaicSpread || slices.Contains(x.Spreads[:], n) {
			if v, ok := n.Value().Data().(float64); ok && v > 0 {
				q.Bounds = Above(0)
			}
		}
	}
	return q
}

// names are those of the parameters that change the image.
func (f *Fit) names() (list []string) {
	for _, n := range append(f.Model.Parameters(), f.Experiment.Parameters()...) {
		if n.Op() == nil && f.Experiment.Idle(n) == "" && !slices.Contains(list, n.Name()) {
			list = append(list, n.Name())
		}
	}
	return list
}

// vector is a free vector of the experiment. Scales of reflections and weights of sources, which are never negative, keep
// above 0.
func (f *Fit) vector(n *G.Node, elements []string) Parameter {
	q := Parameter{Node: n, Elements: elements}
	if elements != nil || n == f.Experiment.Beam.Weights {
		q.Bounds = Above(0)
	}
	return q
}

// Run searches as [Run] does, by the fit's method where the settings name none.
func (f *Fit) Run(ctx context.Context, settings *Settings) (*Result, error) {
	var own Settings
	if settings != nil {
		own = *settings
	}
	if own.Method == nil {
		own.Method = f.Method
	}
	return Run(ctx, f.Problem, &own)
}

// Mask leaves out the pixels for which a mask is false, instead of those of Data.Mask, which stays as it is: suspected ones, for
// instance. It has fast·slow values for each panel, nil for all of them, as [Data].Mask has.
func (f *Fit) Mask(mask [][]bool) error {
	d := f.measured()
	d.Mask = mask
	return f.Model.Replace(d)
}

// Expected are the photons that the model expects at the parameters' present values: an image (slow, fast) for each panel,
// 0 in pixels that are not simulated.
func (f *Fit) Expected(ctx context.Context) ([]*tensor.Dense, error) {
	prediction, err := f.Model.Prediction()
	if err != nil {
		return nil, err
	}
	v, err := f.Experiment.Simulator().Value(ctx, prediction)
	if err != nil {
		return nil, err
	}
	values, ok := v.Data().([]float64)
	if !ok {
		return nil, fmt.Errorf("refine: the prediction is a %T, not an image", v)
	}
	return f.Experiment.Detector.Images(values)
}

// Residuals are (counts − expected)/σ, an image (slow, fast) for each panel, 0 where a pixel does not count. σ² is what is
// expected, and the readout noise's variance.
func (f *Fit) Residuals(expected []*tensor.Dense) []*tensor.Dense {
	list := make([]*tensor.Dense, len(expected))
	for k, m := range expected {
		r := make([]float64, m.Shape().TotalSize())
		counts := f.Data.Photons[k].Float64s()
		for i, m := range m.Float64s() {
			if f.counted(k, i) {
				r[i] = (counts[i] - m) / math.Sqrt(f.Variance(k, i, m))
			}
		}
		list[k] = tensor.New(tensor.WithShape(m.Shape().Clone()...), tensor.WithBacking(r))
	}
	return list
}

// Config is the experiment with the parameters' present values and the result, which a second refinement can start from:
// f.Config(result), then Write.
func (f *Fit) Config(r *Result) (*experiment.Config, error) {
	c, err := f.Experiment.Config()
	if err != nil {
		return nil, err
	}
	c.Result = r.Record()
	c.Scale, c.Refine = f.says.Scale, f.says.Refine
	for _, p := range []struct {
		node *G.Node
		to   *float64
	}{{f.Model.Scale, &c.Scale}, {f.Model.Flat, &c.Background.Flat}, {f.Model.Fast, &c.Background.Fast}, {f.Model.Slow, &c.Background.Slow}} {
		if p.node == nil || p.node.Op() != nil {
			continue
		}
		v, ok := p.node.Value().Data().(float64)
		if !ok {
			return nil, fmt.Errorf("refine: %s is not a number", p.node.Name())
		}
		*p.to = v
	}
	return c, nil
}

// Record is the result as an experiment's file holds it. What is not known, or not finite, is left out.
func (r *Result) Record() *experiment.Result {
	finite := func(v float64) float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0
		}
		return v
	}
	out := &experiment.Result{Method: r.Method, Status: r.Status.String(), Detail: r.Detail, Iterations: r.Iterations, Loss: finite(r.Loss)}
	u := r.known()
	if r.Verdict != nil {
		out.Verdict = r.Verdict.Record()
		out.Sandwich = u != nil && !r.Verdict.Fits()
	}
	at := 0
	for _, q := range r.rows() {
		p := experiment.Refined{Name: q.name, Start: q.start, Value: q.value, Sigma: finite(q.sigma)}
		if q.elements > 0 {
			p.Lowest, p.Highest = q.low, q.high
		}
		for i := at; i < at+q.elements; i++ {
			e := experiment.RefinedElement{Name: r.Names[i], Start: r.Start[i], Value: r.Values[i]}
			if u != nil {
				e.Sigma = finite(u.Sigma[i])
			}
			p.Elements = append(p.Elements, e)
		}
		at += max(1, q.elements)
		out.Parameters = append(out.Parameters, p)
	}
	if u == nil {
		return out
	}
	out.ChiSquare, out.Freedom, out.Diagonal = finite(u.Reduced), u.Freedom, u.Diagonal
	if r.Vectors != nil {
		return out
	}
	for i := range r.Names {
		row := make([]float64, len(r.Names))
		for j := range row {
			row[j] = finite(u.Correlation.At(i, j))
		}
		out.Correlation = append(out.Correlation, row)
	}
	return out
}
