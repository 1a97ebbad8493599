package main

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// madeUp returns the true experiment: a still of a slightly mosaic, triclinic crystal of 12 × 12 × 12 cells.
func madeUp(pixels int, seed uint64) (*experiment.Config, error) {
	cell := experiment.Cell{A: 61, B: 69, C: 82, Alpha: 86, Beta: 97, Gamma: 104}
	table, err := structure.Wilson(structure.Cell(cell), 1.7, 20, seed)
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: cell, Misset: experiment.Misset{X: 10, Y: -25, Z: 40}, Cells: experiment.Cells{A: 12, B: 12, C: 12},
			Mosaic: experiment.Mosaic{Spread: 0.3, Domains: 5}, Structure: experiment.Structure{Table: table},
		}},
		Beam:       experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 3e26},
		Detector:   experiment.Detector{Fast: pixels, Slow: pixels, Pixel: 160 / float64(pixels), Distance: 160},
		Images:     []experiment.Image{{File: "data.img"}},
		Counts:     experiment.Counts{Pedestal: 40, Overload: math.MaxUint16},
		Scale:      1,
		Background: experiment.Background{Flat: 4},
		Refine:     experiment.Refine{Error: 0.01},
	}, err
}

// misled returns the experiment as it is known before refinement: cell edges wrong by 0.5 %, angles by 0.005 rad, each with a
// random sign; the orientation wrong by 0.3° about a random axis; scale and background guessed.
func misled(truth *experiment.Config, seed uint64) *experiment.Config {
	const cellOff, missetOff = 0.005, 0.3
	random := rand.New(rand.NewPCG(seed, 1))
	start, x := *truth, truth.Crystals[0]
	round := func(v float64) float64 { return math.Round(1e4*v) / 1e4 }
	for i, v := range []*float64{&x.Cell.A, &x.Cell.B, &x.Cell.C, &x.Cell.Alpha, &x.Cell.Beta, &x.Cell.Gamma} {
		sign := float64(1 - 2*random.IntN(2))
		if i < 3 {
			*v = round(*v * (1 + sign*cellOff))
		} else {
			*v = round(*v + sign*cellOff*180/math.Pi)
		}
	}
	axis := [3]float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
	m := crystal.RotateMisset([3]float64{x.Misset.X, x.Misset.Y, x.Misset.Z}, axis, missetOff)
	x.Misset = experiment.Misset{X: round(m[0]), Y: round(m[1]), Z: round(m[2])}
	x.Structure = experiment.Structure{File: "structure.hkl"}
	start.Crystals = []experiment.Crystal{x}
	start.Scale, start.Background.Flat = 0.8*truth.Scale, 0.75*truth.Background.Flat
	return &start
}

// makeUp simulates an image and writes it, the structure factors and the experiment before refinement. It returns the true
// values by the names of the parameters, and the names of the files.
func makeUp(ctx context.Context, o options) (map[string]float64, []string, error) {
	truth, err := madeUp(o.pixels, o.seed)
	if err != nil {
		return nil, nil, err
	}
	e, err := truth.Build(G.NewGraph(), simulator.Workers(o.threads))
	if err != nil {
		return nil, nil, err
	}
	image, err := e.Image(ctx)
	if err != nil {
		return nil, nil, err
	}
	expected := append([]float64(nil), image.Float64s()...)
	for i := range expected {
		expected[i] = truth.Scale*expected[i] + truth.Background.Flat
	}
	counts, err := noise.Poisson(expected, o.seed)
	if err != nil {
		return nil, nil, err
	}
	if _, err := e.WriteImage(filepath.Join(o.out, "data.img"), counts); err != nil {
		return nil, nil, err
	}
	if err := hkl.WriteFile(filepath.Join(o.out, "structure.hkl"), truth.Crystals[0].Structure.Table); err != nil {
		return nil, nil, err
	}
	if err := misled(truth, o.seed).Write(filepath.Join(o.out, "experiment.json")); err != nil {
		return nil, nil, err
	}
	values := map[string]float64{"scale": truth.Scale, "background.flat": truth.Background.Flat}
	for _, n := range append(e.Crystals[0].Cell.List(), e.Crystals[0].Misset[:]...) {
		values[n.Name()] = n.Value().Data().(float64)
	}
	return values, []string{"data.img", "experiment.json", "structure.hkl"}, nil
}
