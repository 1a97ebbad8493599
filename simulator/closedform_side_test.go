package simulator_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// thinStill is a still of one sharp line, with spots that are thin along the radius, on pixels of a size in mm.
func thinStill(n int, corner [2]float64, pixel float64) *experiment.Config {
	pixels := int(math.Round(6 / pixel))
	return &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 65, C: 70, Beta: 95}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15},
			Cells: experiment.Cells{A: float64(n), B: float64(n), C: float64(n)}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.1},
			Structure: experiment.Structure{Default: 100},
		}},
		Beam: experiment.Beam{Fluence: 1e24},
		Detector: experiment.Detector{Convention: detector.Custom, Origin: &[3]float64{100, -corner[1], corner[0]}, Pixel: pixel, Fast: pixels, Slow: pixels,
			Axes: experiment.Axes{Fast: [3]float64{0, 0, 1}, Slow: [3]float64{0, -1, 0}, Normal: [3]float64{1, 0, 0}, Beam: [3]float64{1, 0, 0}}},
		Physics: experiment.Physics{ClosedForm: &experiment.ClosedForm{}},
	}
}

// TestAlongAxis compares pixels that are integrated along one side with those of 30 × 30 points each.
func TestAlongAxis(t *testing.T) {
	const fine = 30
	for _, tt := range []struct {
		name   string
		n      int        // cells along each axis
		corner [2]float64 // of the detector from the beam, in mm
		// Of the largest pixel: of sides, and at least of two points, which shows that the spots are thin.
		tolerance, points float64
	}{
		{"0.15 pixel along fast", 60, [2]float64{45, -3}, 2.5e-3, 0.03},
		{"0.15 pixel along slow", 60, [2]float64{-3, 45}, 8e-4, 0.05},
		{"0.15 pixel at 45°", 60, [2]float64{32, 32}, 5e-3, 0.01},
		{"0.5 pixel along fast", 19, [2]float64{45, -3}, 8e-4, 1e-3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			of := func(pixel float64, nodes *simulator.PixelNodes) ([]float64, *experiment.Experiment) {
				c := thinStill(tt.n, tt.corner, pixel)
				c.Physics.ClosedForm.Pixel = nodes
				e, err := c.Build(G.NewGraph())
				if err != nil {
					t.Fatal(err)
				}
				return pixels(t, e), e
			}
			truth, _ := of(0.1/fine, new(simulator.PixelCentre))
			const side = 60
			want := make([]float64, side*side)
			for i, v := range truth {
				want[i/(side*fine)/fine*side+i%(side*fine)/fine] += v
			}
			largest := 0.0
			for _, v := range want {
				largest = max(largest, v)
			}
			off := func(got []float64) (most float64) {
				for i := range want {
					most = max(most, math.Abs(got[i]-want[i])/largest)
				}
				return most
			}
			sides, _ := of(0.1, new(simulator.AlongAxis))
			points, _ := of(0.1, new(simulator.TwoNodes))
			chosen, e := of(0.1, nil)
			t.Logf("along a side %.1g, two points %.1g; %d pairs", off(sides), off(points), simulator.Pairs(e.Simulator()))
			if !(off(sides) <= tt.tolerance && off(points) >= tt.points) {
				t.Errorf("along a side off by %.2g of the largest pixel, want %.2g; two points by %.2g, want %.2g at least", off(sides), tt.tolerance, off(points), tt.points)
			}
			for i := range chosen {
				if chosen[i] != sides[i] {
					t.Fatalf("pixel %d is %g by default, %g along a side", i, chosen[i], sides[i])
				}
			}
		})
	}
}

// TestAlongAxisRefused: what has no side to integrate along is an error that says what to do.
func TestAlongAxisRefused(t *testing.T) {
	c := thinStill(100, [2]float64{45, -3}, 0.1)
	c.Physics.ClosedForm.Pixel = new(simulator.AlongAxis)
	c.Crystals[0].Osc = 0.1
	if _, err := c.Build(G.NewGraph()); err == nil || !strings.Contains(err.Error(), "the crystal rotates") {
		t.Errorf("error is %v", err)
	}
}
