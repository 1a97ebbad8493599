package main

import (
	"context"
	"math"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

const (
	background = 2   // photons a pixel
	side       = 256 // pixels
)

// specimen is a made-up triclinic crystal in some orientation with an image of it and the problem of refining cell, misset, scale
// and background.
type specimen struct {
	seed    uint64
	sim     *simulator.Simulator
	model   *refine.Model
	problem *refine.Problem
	truth   []float64 // of the parameters: a, b, c, alpha, beta, gamma, misset, scale, background

	coarse refine.Continuation // which keeps what it has built
}

// continuation is that for starts that are off by a fraction; 0 means the default.
func (s *specimen) continuation(off float64) refine.Method {
	s.coarse.Error = off
	return &s.coarse
}

func newSpecimen(ctx context.Context, seed uint64) (*specimen, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	between := func(low, high float64) float64 { return low + (high-low)*random.Float64() }
	cell := crystal.Cell{
		A: between(50, 70), B: between(60, 80), C: between(70, 90),
		Alpha: between(75, 105), Beta: between(75, 105), Gamma: between(75, 105),
	}
	turned := [3]float64{between(-180, 180), between(-80, 80), between(-180, 180)}
	amplitudes, err := structure.Wilson(cell, 2, 20, seed)
	if err != nil {
		return nil, err
	}
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{
		Cell: cell, Misset: turned, N: [3]float64{12, 12, 12}, Structure: amplitudes,
		Mosaic: crystal.Mosaic{Spread: 0.2, Domains: 5},
	})
	if err != nil {
		return nil, err
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1, Kahn: 0.95, Fluence: 3e26})
	if err != nil {
		return nil, err
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side, Pixel: 102.4 / side, Distance: 100})
	if err != nil {
		return nil, err
	}
	s := &specimen{seed: seed}
	if s.sim, err = simulator.New(x, src, det); err != nil {
		return nil, err
	}
	image, err := s.sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	expected := append([]float64(nil), image.Data().([]float64)...)
	for i := range expected {
		expected[i] += background
	}
	counts, err := noise.Poisson(expected, seed)
	if err != nil {
		return nil, err
	}
	images, err := det.Images(counts)
	if err != nil {
		return nil, err
	}
	if s.model, err = refine.NewModel(s.sim, refine.Data{Counts: images}, refine.ModelConfig{Background: refine.Flat, Level: background}); err != nil {
		return nil, err
	}
	loss, err := s.model.Poisson()
	if err != nil {
		return nil, err
	}
	// Steps for the methods that do not find them out: those of the cell are the default, a thousandth of it.
	var list []refine.Parameter
	for _, n := range x.Cell.List() {
		list = append(list, refine.Parameter{Node: n})
	}
	for _, n := range x.Misset {
		list = append(list, refine.Parameter{Node: n, Scale: 0.05})
	}
	list = append(list, refine.Parameter{Node: s.model.Scale, Scale: 0.05}, refine.Parameter{Node: s.model.Flat, Scale: 0.1})
	free, err := refine.ParametersFrom(list...)
	if err != nil {
		return nil, err
	}
	if s.truth, err = free.Values(); err != nil {
		return nil, err
	}
	s.problem, err = refine.NewProblem(s.sim, loss, free)
	return s, err
}

// mislead sets the parameters to a start beside the truth: lengths of the cell off by a fraction, angles by as much of a
// radian, each up or down; the crystal turned by an angle, in degrees, about some axis; scale and background a fifth too low
// and a quarter too high. The directions follow from the specimen's seed alone.
func (s *specimen) mislead(cellOff, missetOff float64) error {
	random := rand.New(rand.NewPCG(s.seed, 2))
	start := append([]float64(nil), s.truth...)
	for i := range 6 {
		sign := float64(1 - 2*random.IntN(2))
		if i < 3 {
			start[i] *= 1 + sign*cellOff
		} else {
			start[i] += sign * cellOff * 180 / math.Pi
		}
	}
	axis := [3]float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
	turned := crystal.RotateMisset([3]float64(start[6:9]), axis, missetOff)
	copy(start[6:9], turned[:])
	start[9], start[10] = 0.8*start[9], 1.25*start[10]
	return s.problem.Parameters().Set(start)
}

// pulls are (refined − true)/σ.
func (s *specimen) pulls(r *refine.Result) []float64 {
	p := make([]float64, len(r.Values))
	for i, v := range r.Values {
		p[i] = (v - s.truth[i]) / r.Uncertainty.Sigma[i]
	}
	return p
}

// within tells whether all pulls are within some standard uncertainties.
func within(pulls []float64, limit float64) bool {
	for _, p := range pulls {
		if !(math.Abs(p) <= limit) {
			return false
		}
	}
	return true
}
