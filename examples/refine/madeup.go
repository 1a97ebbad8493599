package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format/smv"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/structure"
)

const (
	cellOff   = 0.005 // relative error of the start's cell
	missetOff = 0.3   // degrees that the start is turned by
	offset    = 40    // of the analogue-to-digital converter
)

// madeUp is the experiment of the example: a triclinic crystal of 12 × 12 × 12 cells, slightly mosaic, still.
func madeUp(pixels int, seed uint64) (*setup, error) {
	var s setup
	s.Crystal.Cell = [6]float64{61, 69, 82, 86, 97, 104}
	s.Crystal.Misset = [3]float64{10, -25, 40}
	s.Crystal.Cells = [3]int{12, 12, 12}
	s.Crystal.Mosaic, s.Crystal.Domains = 0.3, 5
	s.Crystal.Structure = "structure.bin"
	s.Beam.Wavelength, s.Beam.Polarization, s.Beam.Fluence = 1, 0.95, 3e26
	s.Detector.Fast, s.Detector.Slow = pixels, pixels
	s.Detector.Pixel, s.Detector.Distance = 160/float64(pixels), 160
	s.Counts.Offset, s.Counts.Gain, s.Counts.Overload = offset, 1, math.MaxUint16
	s.Scale, s.Background = 1, 4

	var err error
	s.table, err = structure.Wilson(s.cell(), 1.7, 20, seed)
	return &s, err
}

func (s *setup) cell() crystal.Cell {
	c := s.Crystal.Cell
	return crystal.Cell{A: c[0], B: c[1], C: c[2], Alpha: c[3], Beta: c[4], Gamma: c[5]}
}

// misled is the same experiment as someone knows it who has yet to refine it: lengths of the cell are off by cellOff, angles by
// as much of a radian, each up or down; the crystal is turned by missetOff about some axis; scale and background are guesses.
func (s *setup) misled(seed uint64) *setup {
	random := rand.New(rand.NewPCG(seed, 1))
	start := *s
	for i := range start.Crystal.Cell {
		sign := float64(1 - 2*random.IntN(2))
		if i < 3 {
			start.Crystal.Cell[i] *= 1 + sign*cellOff
		} else {
			start.Crystal.Cell[i] += sign * cellOff * 180 / math.Pi
		}
	}
	axis := [3]float64{random.NormFloat64(), random.NormFloat64(), random.NormFloat64()}
	start.Crystal.Misset = crystal.RotateMisset(s.Crystal.Misset, axis, missetOff)
	for _, values := range [][]float64{start.Crystal.Cell[:], start.Crystal.Misset[:]} {
		for i, x := range values {
			values[i] = math.Round(1e4*x) / 1e4
		}
	}
	start.Scale, start.Background = 0.8*s.Scale, 0.75*s.Background
	return &start
}

// measure counts photons of the experiment.
func (s *setup) measure(ctx context.Context, o options, p *progress) ([]float64, error) {
	sim, err := s.simulator(o, p)
	if err != nil {
		return nil, err
	}
	p.begin("image")
	image, err := sim.Image(ctx)
	if err != nil {
		return nil, err
	}
	expected := append([]float64(nil), image.Data().([]float64)...)
	for i := range expected {
		expected[i] = s.Scale*expected[i] + s.Background
	}
	return noise.Poisson(expected, o.seed)
}

// writeImage writes counts as the SMV image data.img.
func (s *setup) writeImage(folder string, counts []float64) (string, error) {
	pixels, _, err := noise.Digitise(counts, s.Counts.Offset)
	if err != nil {
		return "", err
	}
	var header smv.Header
	for _, k := range []struct {
		key   string
		value float64
	}{{"PIXEL_SIZE", s.Detector.Pixel}, {"DISTANCE", s.Detector.Distance}, {"WAVELENGTH", s.Beam.Wavelength}} {
		header.Set(k.key, fmt.Sprintf("%g", k.value))
	}
	path := filepath.Join(folder, "data.img")
	return path, smv.WriteFile(path, &smv.Image{Header: header, Fast: s.Detector.Fast, Slow: s.Detector.Slow, Pixels: pixels})
}
