package experiment_test

import (
	"context"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/simulator"
)

// TestClosedFormScan: images of a scan of two crystals in closed form are those of each angle alone, whose reflections the
// simulator has listed anew; all are predicted, those of both crystals.
func TestClosedFormScan(t *testing.T) {
	c := &experiment.Config{
		Crystals: []experiment.Crystal{
			{Name: "one", Cell: experiment.Cell{A: 50, B: 55, C: 60}, Misset: experiment.Misset{X: 5, Y: 10, Z: 15}, Cells: experiment.Cells{A: 20, B: 20, C: 20}, Shape: crystal.Gauss,
				Mosaic: experiment.Mosaic{Spread: 0.2}, Structure: experiment.Structure{Default: 100}},
			{Name: "two", Cell: experiment.Cell{A: 45, B: 65, C: 50}, Misset: experiment.Misset{X: 40, Y: 20}, Cells: experiment.Cells{A: 20, B: 20, C: 20}, Shape: crystal.Gauss,
				Mosaic: experiment.Mosaic{Spread: 0.1}, Structure: experiment.Structure{Default: 50}},
		},
		Beam:     experiment.Beam{Fluence: 1e24},
		Detector: experiment.Detector{Pixel: 0.8, Distance: 60, Fast: 30, Slow: 24},
		Scan:     &experiment.Scan{First: 1, Images: 40, Phi: 2, Width: 0.5},
		Physics:  experiment.Physics{ClosedForm: &experiment.ClosedForm{Pixel: new(simulator.PixelVariance)}},
	}
	e := build(t, c)
	for _, image := range []int{1, 9, 40} {
		check(t, e.SelectImage(image))
		got, err := e.Image(context.Background())
		check(t, err)
		lists, err := e.Predict(nil)
		check(t, err)
		if len(lists) != 2 || lists[0].Crystal != 0 || lists[1].Crystal != 1 || len(lists[0].Reflections) == 0 || len(lists[1].Reflections) == 0 {
			t.Errorf("image %d: %d lists of predicted reflections", image, len(lists))
		}
		alone := *c
		alone.Scan = nil
		alone.Crystals = slices.Clone(c.Crystals)
		for i := range alone.Crystals {
			alone.Crystals[i].Phi, alone.Crystals[i].Osc = 2+0.5*float64(image-1), 0.5
		}
		want, err := build(t, &alone).Image(context.Background())
		check(t, err)
		a, b := got.Float64s(), want.Float64s()
		most, off := 0.0, 0.0
		for i := range b {
			most, off = max(most, b[i]), max(off, a[i]-b[i], b[i]-a[i])
		}
		if !(most > 0 && off <= 1e-12*most) {
			t.Errorf("image %d: off by %.2g of %.3g", image, off, most)
		}
	}
}
