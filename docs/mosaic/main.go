// Command mosaic prints the table of docs/physics.md on the number of mosaic domains, how far images of few domains are from
// one of ten thousand: go run ./docs/mosaic.
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
)

const (
	limit = 10000 // domains
	seeds = 8
	edge  = 0.01 // pixels above this fraction of the peak are those of spots
)

var domains = []int{10, 30, 100, 300}

func main() {
	log.SetFlags(0)
	fmt.Print("| domains |")
	for _, n := range domains {
		fmt.Printf(" %d |", n)
	}
	fmt.Println()
	for _, kind := range []struct {
		name   string
		kind   crystal.DomainKind
		spread float64 // with a standard deviation of 0.1° about each axis
	}{{"reference", crystal.ReferenceDomains, 0.1 / 0.4964}, {"normal", crystal.NormalDomains, 0.1}} {
		want := image(crystal.Mosaic{Spread: kind.spread, Domains: limit, Kind: kind.kind})
		fmt.Printf("| %s |", kind.name)
		for _, n := range domains {
			var sum float64
			for seed := range seeds {
				sum += square(image(crystal.Mosaic{Spread: kind.spread, Domains: n, Kind: kind.kind, Seed: int64(-1 - seed)}), want)
			}
			fmt.Printf(" %.2g |", math.Sqrt(sum/seeds))
		}
		fmt.Println()
	}
}

// image returns a still of a part of the detector at about 2 to 3 Å.
func image(m crystal.Mosaic) []float64 {
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 60, B: 65, C: 70, Alpha: 90, Beta: 95, Gamma: 90}, Misset: experiment.Misset{X: 20, Y: 30, Z: 40},
			Cells: experiment.Cells{A: 20, B: 20, C: 20}, Structure: experiment.Structure{Default: 100}, Mosaic: experiment.Mosaic(m),
		}},
		Detector: experiment.Detector{Fast: 160, Slow: 160, Pixel: 0.1, Distance: 100, BeamCentre: &[2]float64{-25, -25}, Oversample: 1},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	images, err := e.Images(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	return images[0].Data().([]float64)
}

// square returns the mean square of got − want over the pixels of spots, in units of the peak.
func square(got, want []float64) float64 {
	peak := 0.0
	for _, v := range want {
		peak = max(peak, v)
	}
	sum, n := 0.0, 0
	for i, v := range want {
		if v > edge*peak {
			sum += (got[i] - v) * (got[i] - v) / (peak * peak)
			n++
		}
	}
	return sum / float64(n)
}
