package gobragg_test

import (
	"context"
	"fmt"
	"log"

	"gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// An image of a hexagonal crystal, and how its photons change with the lengths of the cell.
func Example() {
	g := gorgonia.NewGraph()
	xtal, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 78, C: 37, Gamma: 120}, N: [3]int{8, 8, 8}, DefaultF: 100})
	check(err)
	xtal.Cell.B = xtal.Cell.A // tied, so that the derivative by a is that of both
	src, err := beam.New(g, beam.Config{Wavelength: 0.9768})
	check(err)
	det, err := detector.New(g, detector.Config{Fast: 128, Slow: 128, Pixel: 0.4, Distance: 60})
	check(err)
	sim, err := simulator.New(xtal, src, det)
	check(err)

	image, err := sim.Image(context.Background()) // (slow, fast), photons
	check(err)
	total, err := gorgonia.Sum(sim.Intensity())
	check(err)
	slope, err := sim.Gradient(context.Background(), total, xtal.Cell.A, xtal.Cell.C)
	check(err)
	fmt.Println("pixels", image.Shape())
	fmt.Printf("%.4g photons; %+.4g per Å of a and b, %+.4g per Å of c\n", slope.Loss, slope.By[0][0], slope.By[1][0])
	// Output:
	// pixels (128, 128)
	// 1.529e+06 photons; +7.978e+04 per Å of a and b, -1.915e+06 per Å of c
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
