package simulator_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// TestImageStream: pixels that are given away as they are made are those of Images, each once, in their places: of panels
// whole, in a region and behind a mask with holes; compiled, on the tape, and where a point spread mixes pixels.
func TestImageStream(t *testing.T) {
	mask := make([]bool, 40*30)
	for i := range mask {
		mask[i] = i%7 != 3 && i%40 < 33
	}
	for _, spread := range []detector.PointSpread{{}, {Kind: detector.GaussianSpread, Width: 1}} {
		for _, on := range []simulator.Executor{simulator.CPU(), simulator.Tape()} {
			g := G.NewGraph()
			x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 60, B: 70, C: 80, Alpha: 90, Beta: 95, Gamma: 90}, N: [3]float64{4, 5, 6}, DefaultF: 100})
			if err != nil {
				t.Fatal(err)
			}
			src, err := beam.New(g, beam.Config{Wavelength: 1})
			if err != nil {
				t.Fatal(err)
			}
			det, err := detector.New(g, detector.Config{Pixel: 1, Distance: 60, PointSpread: spread, Panels: []detector.Panel{
				{Fast: 50, Slow: 20}, {Fast: 40, Slow: 30, Mask: mask}, {Fast: 30, Slow: 40, Region: &detector.Region{FastMin: 3, FastMax: 20, SlowMin: 7, SlowMax: 31}}}})
			if err != nil {
				t.Fatal(err)
			}
			sim, err := simulator.New(x, src, det, simulator.On(on), simulator.Workers(3))
			if err != nil {
				t.Fatal(err)
			}
			images, err := sim.Images(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			pixels := 0
			got := [][]float64{make([]float64, 50*20), make([]float64, 40*30), make([]float64, 30*40)}
			if err := sim.Stream(context.Background(), func(panel, at int, values []float64) error {
				mu.Lock()
				defer mu.Unlock()
				copy(got[panel][at:][:len(values)], values)
				pixels += len(values)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			for k := range got {
				if !slices.Equal(got[k], images[k].Float64s()) {
					t.Errorf("%v, %v: panel %d differs from its image", on, spread.Kind, k)
				}
			}
			if pixels != det.Pixels() {
				t.Errorf("%v: %d pixels are given away, of %d", on, pixels, det.Pixels())
			}
			full := errors.New("the disk is full")
			if err := sim.Stream(context.Background(), func(int, int, []float64) error { return full }); !errors.Is(err, full) {
				t.Errorf("%v: error %v, want %v", on, err, full)
			}
		}
	}
}
