package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
)

// experiment is a measured image and the model that is to be fitted to it.
type experiment struct {
	setup   *setup
	truth   map[string]float64 // of the parameters, by name; nil where nobody knows
	sim     *simulator.Simulator
	model   *refine.Model
	problem *refine.Problem
	counts  []float64
	mask    []bool
	level   float64  // of the background at the start, photons a pixel
	written []string // files
}

// open reads the experiment that the flags name, or makes one up and writes it.
func open(ctx context.Context, o options, p *progress) (*experiment, error) {
	var e experiment
	var err error
	if o.image != "" {
		if e.setup, err = readSetup(o.geometry); err != nil {
			return nil, err
		}
		if e.counts, e.mask, err = e.setup.read(o.image); err != nil {
			return nil, err
		}
		return &e, e.build(o, p)
	}

	truth, err := madeUp(o.pixels, o.seed)
	if err != nil {
		return nil, err
	}
	if e.counts, err = truth.measure(ctx, o, p); err != nil {
		return nil, err
	}
	p.finish()
	e.truth, e.setup = truth.values(), truth.misled(o.seed)
	image, err := e.setup.writeImage(o.out, e.counts)
	if err != nil {
		return nil, err
	}
	files, err := e.setup.write(o.out)
	if err != nil {
		return nil, err
	}
	e.written = append([]string{image}, files...)
	return &e, e.build(o, p)
}

// simulator is the setup as an expression graph.
func (s *setup) simulator(o options, p *progress) (*simulator.Simulator, error) {
	xc, bc, dc, err := s.configs()
	if err != nil {
		return nil, err
	}
	g := gorgonia.NewGraph()
	x, err := crystal.New(g, xc)
	if err != nil {
		return nil, err
	}
	src, err := beam.New(g, bc)
	if err != nil {
		return nil, err
	}
	det, err := detector.New(g, dc)
	if err != nil {
		return nil, err
	}
	return simulator.New(x, src, det, simulator.Workers(o.threads), simulator.OnProgress(p.update))
}

// build makes the model, its loss and what is free.
func (e *experiment) build(o options, p *progress) error {
	s := e.setup
	var err error
	if e.sim, err = s.simulator(o, p); err != nil {
		return err
	}
	images, err := e.sim.Detector().Images(e.counts)
	if err != nil {
		return err
	}
	if e.level = s.Background; e.level == 0 {
		e.level = median(e.counts, e.mask)
	}
	data := refine.Data{Counts: images, Negative: s.Counts.Readout > 0}
	if e.mask != nil {
		data.Mask = [][]bool{e.mask}
	}
	if e.model, err = refine.NewModel(e.sim, data, refine.ModelConfig{Scale: s.Scale, Background: refine.Flat, Level: e.level}); err != nil {
		return err
	}
	loss, err := e.model.Poisson()
	if s.Counts.Readout > 0 {
		loss, err = e.model.Gaussian(refine.Variance{Readout: s.Counts.Readout})
	}
	if err != nil {
		return err
	}
	free, err := e.parameters()
	if err != nil {
		return err
	}
	e.problem, err = refine.NewProblem(e.sim, loss, free)
	return err
}

// parameters are those that the setup frees.
func (e *experiment) parameters() (*refine.Parameters, error) {
	all := slices.Concat(e.sim.Crystal().Parameters(), e.sim.Beam().Parameters(), e.sim.Detector().Parameters(), e.model.Parameters())
	names := e.setup.Refine
	if names == nil {
		names = usual
	}
	var free []refine.Parameter
	for _, name := range names {
		i := slices.IndexFunc(all, func(n *gorgonia.Node) bool { return n.Name() == name && len(n.Shape()) == 0 })
		if i < 0 {
			return nil, fmt.Errorf("refine: there is no parameter %q to refine", name)
		}
		free = append(free, refine.Parameter{Node: all[i]})
	}
	return refine.ParametersFrom(free...)
}

// values are the parameters that the example refines, by name.
func (s *setup) values() map[string]float64 {
	v := map[string]float64{"scale": s.Scale, "background.flat": s.Background}
	for i, x := range s.Crystal.Cell {
		v[usual[i]] = x
	}
	for i, x := range s.Crystal.Misset {
		v[usual[6+i]] = x
	}
	return v
}

// expected are the photons that the model expects now.
func (e *experiment) expected(ctx context.Context) ([]float64, error) {
	prediction, err := e.model.Prediction()
	if err != nil {
		return nil, err
	}
	v, err := e.sim.Value(ctx, prediction)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*tensor.Dense)
	if !ok {
		return nil, fmt.Errorf("refine: the prediction is a %T, not an image", v)
	}
	return append([]float64(nil), d.Data().([]float64)...), nil
}

// residuals are (counts − model)/σ, 0 where a pixel does not count. σ² is what the model expects, and the readout's variance.
func (e *experiment) residuals(expected []float64) []float64 {
	readout := e.setup.Counts.Readout
	r := make([]float64, len(expected))
	for i, m := range expected {
		if e.mask == nil || e.mask[i] {
			r[i] = (e.counts[i] - m) / math.Sqrt(max(m, refine.PoissonFloor)+readout*readout)
		}
	}
	return r
}
