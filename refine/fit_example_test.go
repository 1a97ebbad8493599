package refine_test

import (
	"context"
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// From an experiment and its image, here a made-up one, to refined parameters. With images in files, data are those of
// Experiment.ReadImages, and Fit.Config gives the refined experiment to be written.
func ExampleNewFit() {
	ctx := context.Background()
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 70, C: 80, Gamma: 100}, Cells: experiment.Cells{A: 8, B: 8, C: 8},
			Structure: experiment.Structure{Default: 100},
		}},
		Beam:       experiment.Beam{Fluence: 1e27},
		Detector:   experiment.Detector{Fast: 128, Slow: 128, Pixel: 0.4, Distance: 60},
		Background: experiment.Background{Flat: 1},
		Refine:     experiment.Refine{Parameters: []string{"cell.a", "scale", "background.flat"}},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	images, err := e.Images(ctx)
	if err != nil {
		log.Fatal(err)
	}
	expected := images[0].Float64s()
	for i := range expected {
		expected[i]++
	}
	counts, err := noise.Poisson(expected, 1)
	if err != nil {
		log.Fatal(err)
	}
	if images, err = e.Detector.Images(counts); err != nil {
		log.Fatal(err)
	}
	fit, err := refine.NewFit(e, &experiment.Data{Photons: images})
	if err != nil {
		log.Fatal(err)
	}
	if err := e.Simulator().Set(e.Crystals[0].Cell.A, 60.05); err != nil { // where the search starts
		log.Fatal(err)
	}
	result, err := fit.Run(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	for i, name := range result.Names {
		fmt.Printf("%-15s %7.3f ± %.3f\n", name, result.Values[i], result.Uncertainty.Sigma[i])
	}
	// Output:
	// cell.a           60.000 ± 0.004
	// scale             1.003 ± 0.007
	// background.flat   1.000 ± 0.008
}
