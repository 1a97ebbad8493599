package refine_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// truth is what an experiment is made with.
type truth struct {
	crystal    crystal.Config
	beam       beam.Config
	detector   detector.Config
	background float64 // photons a pixel
	seed       uint64  // of the noise
}

// trial is a simulator with noisy data of its own.
type trial struct {
	*simulator.Simulator
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
	model    *refine.Model
}

// small is a triclinic crystal with Wilson-like amplitudes on a small detector.
func small(seed uint64) truth {
	cell := crystal.Cell{A: 31, B: 38, C: 45, Alpha: 82, Beta: 97, Gamma: 104}
	return truth{
		crystal:    crystal.Config{Cell: cell, N: [3]float64{6, 6, 6}, Misset: [3]float64{3, -8, 12}, Structure: wilson(cell, 2.5, seed), Mosaic: crystal.Mosaic{Spread: 0.5, Domains: 3}},
		beam:       beam.Config{Wavelength: 1, Kahn: 0.9, Fluence: 3e27},
		detector:   detector.Config{Fast: 96, Slow: 96, Pixel: 0.9, Distance: 100},
		background: 2,
		seed:       seed,
	}
}

// wilson makes amplitudes of an exponential intensity distribution, with a temperature factor of 10 Å².
func wilson(cell crystal.Cell, dmin float64, seed uint64) *structure.Table {
	random := rand.New(rand.NewPCG(seed, 7))
	var list []structure.Reflection
	for h := -int(cell.A / dmin); h <= int(cell.A/dmin); h++ {
		for k := -int(cell.B / dmin); k <= int(cell.B/dmin); k++ {
			for l := -int(cell.C / dmin); l <= int(cell.C/dmin); l++ {
				s2 := math.Pow(float64(h)/cell.A, 2) + math.Pow(float64(k)/cell.B, 2) + math.Pow(float64(l)/cell.C, 2)
				f := 200 * math.Exp(-10*s2/4) * math.Sqrt(random.ExpFloat64())
				if h == 0 && k == 0 && l == 0 {
					f = 0
				}
				list = append(list, structure.Reflection{H: h, K: k, L: l, F: f})
			}
		}
	}
	t, err := structure.New(list)
	if err != nil {
		panic(err)
	}
	return t
}

// build makes the simulator; before lets a test tie nodes.
func (t truth) build(tb testing.TB, before func(*trial), options ...simulator.Option) *trial {
	tb.Helper()
	parts, err := experiment.From(t.beam, t.detector, t.crystal).Nodes(G.NewGraph())
	check(tb, err)
	e := &trial{crystal: parts.Crystals[0], beam: parts.Beam, detector: parts.Detector}
	if before != nil {
		before(e)
	}
	// Not by parts: before may have put other nodes in their place.
	e.Simulator, err = simulator.New(e.crystal, e.beam, e.detector, options...)
	check(tb, err)
	return e
}

// measure makes the model with data that are the present image and the background with noise.
func (e *trial) measure(tb testing.TB, t truth, cfg refine.ModelConfig) {
	tb.Helper()
	var err error
	e.model, err = refine.NewModel(e.Simulator, refine.Data{Counts: e.noisy(tb, t.background, t.seed)}, cfg)
	check(tb, err)
}

// noisy are counts of the present image and a background.
func (e *trial) noisy(tb testing.TB, background float64, seed uint64) []*tensor.Dense {
	tb.Helper()
	image, err := e.Image(context.Background())
	check(tb, err)
	expected := append([]float64(nil), image.Float64s()...)
	for i := range expected {
		expected[i] += background
	}
	counts, err := noise.Poisson(expected, seed)
	check(tb, err)
	return picture(image.Shape(), counts)
}

func picture(shape tensor.Shape, data []float64) []*tensor.Dense {
	return []*tensor.Dense{tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))}
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func value(n *G.Node) float64 { return n.Value().Data().(float64) }

// shift moves nodes by what a start is wrong by.
func (e *trial) shift(tb testing.TB, by map[*G.Node]float64) {
	tb.Helper()
	for n, d := range by {
		check(tb, e.Set(n, value(n)+d))
	}
}

// problem is the Poisson loss by some nodes.
func (e *trial) problem(tb testing.TB, nodes ...*G.Node) *refine.Problem {
	tb.Helper()
	loss, err := e.model.Poisson()
	check(tb, err)
	params, err := refine.NewParameters(nodes...)
	check(tb, err)
	p, err := refine.NewProblem(e.Simulator, loss, params)
	check(tb, err)
	return p
}
