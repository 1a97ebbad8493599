package simulator_test

import (
	"context"
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

// An image, and the gradient of a loss that is made once: Set gives it other parameters.
func Example() {
	ctx := context.Background()
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 60, B: 70, C: 80, Alpha: 90, Beta: 90, Gamma: 90}, N: [3]float64{5, 5, 5}, DefaultF: 100})
	if err != nil {
		log.Fatal(err)
	}
	src, err := beam.New(g, beam.Config{Wavelength: 1, Fluence: 1e24})
	if err != nil {
		log.Fatal(err)
	}
	det, err := detector.New(g, detector.Config{Fast: 64, Slow: 64, Pixel: 0.5, Distance: 100})
	if err != nil {
		log.Fatal(err)
	}
	sim, err := simulator.New(x, src, det)
	if err != nil {
		log.Fatal(err)
	}
	image, err := sim.Image(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("image", image.Shape())

	data, err := sim.Data("measured", image)
	if err != nil {
		log.Fatal(err)
	}
	difference := G.Must(G.Sub(sim.Intensity(), data))
	loss := G.Must(G.Sum(G.Must(G.Square(difference))))
	for _, a := range []float64{60.1, 59.9} {
		if err := sim.Set(x.Cell.A, a); err != nil {
			log.Fatal(err)
		}
		gradient, err := sim.Gradient(ctx, loss, x.Cell.A, det.Distance)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("a = %.1f Å: the loss grows with a: %t\n", a, gradient.Scalar(x.Cell.A) > 0)
	}
	// Output:
	// image (64, 64)
	// a = 60.1 Å: the loss grows with a: true
	// a = 59.9 Å: the loss grows with a: false
}
