package simulator_test

import (
	"fmt"
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// TestOutlines: what pixels of a spot's box have and its outline has not is less than 1e-7 of the image's largest pixel, for spots that are round, thin,
// bent about the beam, or moved by a rotation, and the outlines have fewer pixels.
func TestOutlines(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(x *experiment.Crystal, b *experiment.Beam, d *experiment.Detector)
		fewest float64 // of the boxes' pixels; measured
	}{
		{"round", func(x *experiment.Crystal, _ *experiment.Beam, _ *experiment.Detector) {}, 0.9},
		{"mosaic", func(x *experiment.Crystal, _ *experiment.Beam, _ *experiment.Detector) { x.Mosaic.Spread = 0.4 }, 0.8},
		{"bent", func(x *experiment.Crystal, _ *experiment.Beam, _ *experiment.Detector) { x.Mosaic.Spread = 1.2 }, 0.8},
		{"plate", func(x *experiment.Crystal, _ *experiment.Beam, _ *experiment.Detector) {
			x.Cells = experiment.Cells{A: 4, B: 60, C: 60}
		}, 0.9},
		{"pink", func(_ *experiment.Crystal, b *experiment.Beam, _ *experiment.Detector) { b.LineWidth = 0.01 }, 0.8},
		{"rotation", func(x *experiment.Crystal, _ *experiment.Beam, _ *experiment.Detector) {
			x.Osc, x.Mosaic.Spread = 2, 0.3
		}, 0.9},
		{"tilted", func(x *experiment.Crystal, _ *experiment.Beam, d *experiment.Detector) {
			x.Mosaic.Spread, d.RotX, d.RotY = 0.6, 20, -15
		}, 0.8},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := &experiment.Config{
				Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 50, B: 60, C: 70, Alpha: 80, Beta: 95, Gamma: 100}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30},
					Cells: experiment.Cells{A: 30, B: 30, C: 30}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.05}, Structure: experiment.Structure{Default: 100}}},
				Beam:     experiment.Beam{LineWidth: 1e-3},
				Detector: experiment.Detector{Pixel: 0.2, Distance: 100, Fast: 256, Slow: 250},
			}
			c.set(&config.Crystals[0], &config.Beam, &config.Detector)
			images, pairs := [2][]float64{}, [2]int{}
			for k := range images {
				e, err := config.Nodes(G.NewGraph())
				if err != nil {
					t.Fatal(err)
				}
				lists, err := e.Predict(&experiment.PredictOptions{Apart: true})
				if err != nil {
					t.Fatal(err)
				}
				spots, err := simulator.Spots(0, lists[0].List, lists[0].Sources, e.Detector, config.Crystals[0].Osc)
				if err != nil {
					t.Fatal(err)
				}
				if k == 1 { // whole boxes
					spots = spots[:0]
					for i := range lists[0].Reflections {
						r := &lists[0].Reflections[i]
						spot := simulator.Spot{H: r.HKL[0], K: r.HKL[1], L: r.HKL[2]}
						if config.Crystals[0].Osc > 0 {
							spot.Phi = []float64{r.Phi}
						}
						for _, b := range r.Boxes {
							spot.Pixels = e.Detector.AppendPixels(spot.Pixels, b.Panel, b.Fast, b.Slow)
						}
						spots = append(spots, spot)
					}
				}
				for _, s := range spots {
					pairs[k] += len(s.Pixels)
				}
				sim, err := simulator.NewMultiLattice(e.Crystals, e.Beam, e.Detector, simulator.ClosedForm(spots, simulator.ClosedFormOptions{Tolerance: 1}))
				if err != nil {
					t.Fatal(err)
				}
				m, err := sim.Image(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				images[k] = m.Float64s()
			}
			worst, peak := 0.0, 0.0
			for i, v := range images[1] {
				worst, peak = max(worst, math.Abs(v-images[0][i])), max(peak, v)
			}
			part := float64(pairs[0]) / float64(pairs[1])
			text := fmt.Sprintf("%d of %d pairs (%.2f), %.1e of the peak apart", pairs[0], pairs[1], part, worst/peak)
			t.Log(text)
			if worst > 1e-7*peak || part > c.fewest {
				t.Error(text)
			}
		})
	}
}
