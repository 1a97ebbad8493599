package experiment_test

import (
	"context"
	"fmt"
	"log"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
)

// An experiment is read from JSON and simulated.
func Example() {
	c, err := experiment.Parse([]byte(`{
		"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80 }, "cells": { "a": 5, "b": 5, "c": 5 }, "structure": { "default": 100 } } ],
		"detector": { "fast": 64, "slow": 64, "pixel": 0.5, "distance": 100 }
	}`))
	if err != nil {
		log.Fatal(err)
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	image, err := e.Image(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(image.Shape())
	// Output:
	// (64, 64)
}

// Errors name the key and its position.
func ExampleParse() {
	_, err := experiment.Parse([]byte(`{
	"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80 } } ],
	"counts": { "gain": 0 }
}`))
	fmt.Println(err)
	// Output:
	// experiment: counts.gain 0 is not above 0 (line 3, column 22)
}

// Notices report values that are valid but probably in the wrong unit.
func ExampleConfig_Notices() {
	c := experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 60}, Structure: experiment.Structure{Default: 100}}},
		Beam:     experiment.Beam{Energy: 12.4},
		Detector: experiment.Detector{Distance: 0.15},
	}
	for _, n := range c.Notices() {
		fmt.Println(n)
	}
	// Output:
	// beam.energy 12.4 eV is outside the usual 600 to 250000 eV; is it in keV?
	// detector.distance 0.15 mm is outside the usual 5 to 20000 mm; is it in m?
	// beam.energy 12.4 eV: a wavelength of 999.873 Å is longer than twice the largest spacing of crystals[0], 60 Å: no reflection is possible
}

// Two lattices share a cell: nodes are constrained before the simulators are made.
func ExampleConfig_Nodes() {
	twin := experiment.Crystal{Cell: experiment.Cell{A: 60, B: 70, C: 80}, Structure: experiment.Structure{Default: 100}}
	other := twin
	other.Misset.Z = 90
	c := experiment.Config{Crystals: []experiment.Crystal{twin, other}, Detector: experiment.Detector{Fast: 32, Slow: 32, Pixel: 2}}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	e.Crystals[1].Cell = e.Crystals[0].Cell
	if err := e.Simulate(); err != nil {
		log.Fatal(err)
	}
	for _, n := range e.Parameters()[:9] {
		fmt.Println(n.Name())
	}
	// Output:
	// crystals[0].cell.a
	// crystals[0].cell.b
	// crystals[0].cell.c
	// crystals[0].cell.alpha
	// crystals[0].cell.beta
	// crystals[0].cell.gamma
	// crystals[0].misset.x
	// crystals[0].misset.y
	// crystals[0].misset.z
}

// The images of a scan are made by one simulator.
func ExampleExperiment_SelectImage() {
	c, err := experiment.Parse([]byte(`{
		"crystals": [ { "cell": { "a": 60, "b": 70, "c": 80 }, "cells": { "a": 5, "b": 5, "c": 5 }, "structure": { "default": 100 } } ],
		"detector": { "fast": 64, "slow": 64, "pixel": 0.5, "distance": 100 },
		"scan": { "images": 3, "phi": 10, "width": 0.5 }
	}`))
	if err != nil {
		log.Fatal(err)
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	for number := c.Scan.FirstImage(); number <= c.Scan.LastImage(); number++ {
		if err := e.SelectImage(number); err != nil {
			log.Fatal(err)
		}
		image, err := e.Image(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(number, c.Scan.Start(number), image.Shape())
	}
	// Output:
	// 1 10 (64, 64)
	// 2 10.5 (64, 64)
	// 3 11 (64, 64)
}
