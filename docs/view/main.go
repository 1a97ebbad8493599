// Command view writes the files with which the latency of gobragg view is measured, .ci/view-latency: an image of 16 megapixels, and an experiment of
// one megapixel whose model is in closed form: go run ./docs/view FOLDER, from the module's root.
package main

import (
	"context"
	"encoding/binary"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cbf"
	"github.com/gobragg/gobragg/noise"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("view: ")
	if len(os.Args) != 2 {
		log.Fatal("go run ./docs/view FOLDER")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	if err := large(filepath.Join(folder, "large.cbf")); err != nil {
		return err
	}
	return megapixel(folder)
}

// large writes 4096 × 4096 pixels of a falling background with spots, as photon counts.
func large(path string) error {
	const side = 4096
	r := rand.New(rand.NewPCG(1, 2))
	expected := make([]float64, side*side)
	for i := range expected {
		expected[i] = 20 * math.Exp(-math.Hypot(float64(i%side)-side/2, float64(i/side)-side/2)/1500)
	}
	for range 3000 {
		x, y, height := 10+r.IntN(side-20), 10+r.IntN(side-20), 50*r.ExpFloat64()*r.ExpFloat64()
		for dy := -6; dy <= 6; dy++ {
			for dx := -6; dx <= 6; dx++ {
				expected[(y+dy)*side+x+dx] += height * math.Exp(-float64(dx*dx+dy*dy)/6)
			}
		}
	}
	g := &format.Geometry{Wavelength: 0.9795, ToSource: [3]float64{0, 0, 1}, Panels: []format.Panel{{Origin: [3]float64{-153.6, 153.6, -200}, Fast: [3]float64{1, 0, 0}, Slow: [3]float64{0, -1, 0},
		Pixel: [2]float64{0.075, 0.075}, Size: [2]int{side, side}}}}
	return writeCounts(path, side, expected, g)
}

// writeCounts draws counts and writes them as CBF.
func writeCounts(path string, side int, expected []float64, g *format.Geometry) error {
	counts, err := noise.Poisson(expected, 1)
	if err != nil {
		return err
	}
	f := &format.Frame{}
	f.Reset(side, side, format.Int32)
	for i, v := range counts {
		binary.LittleEndian.PutUint32(f.Data[4*i:], uint32(v))
	}
	return cbf.WriteFile(path, f, g, cbf.Header{Exposure: 0.1})
}

// megapixel writes a still of 1024 × 1024 pixels, and an experiment that starts near it.
func megapixel(folder string) error {
	const side = 1024
	c := &experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 29.3, B: 37.7, C: 43.9}, Misset: experiment.Misset{X: 24, Y: -37, Z: 61},
			Shape: crystal.Gauss, Cells: experiment.Cells{A: 20, B: 16, C: 13}, SpotScale: 2e10,
			Mosaic:    experiment.Mosaic{Spread: 0.06, Domains: 30, Seed: 7},
			Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 1.8, B: 15, Seed: 5}},
		}},
		Beam:       experiment.Beam{Wavelength: 0.9795, Kahn: 0.98, Fluence: 3e17},
		Detector:   experiment.Detector{Fast: side, Slow: side, Pixel: 0.11, Distance: 120.4, BeamCentre: &[2]float64{56.413, 55.147}},
		Background: experiment.Background{Flat: 3},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return err
	}
	image, err := e.Image(context.Background())
	if err != nil {
		return err
	}
	expected := image.Float64s()
	for i := range expected {
		expected[i] += c.Background.Flat
	}
	g, _, err := e.Geometry()
	if err != nil {
		return err
	}
	if err := writeCounts(filepath.Join(folder, "megapixel.cbf"), side, expected, g); err != nil {
		return err
	}
	c.Images, c.Background = []experiment.Image{{File: "megapixel.cbf"}}, experiment.Background{}
	c.Crystals[0].SpotScale, c.Crystals[0].Mosaic = 0, experiment.Mosaic{Spread: 0.1, Domains: 100}
	return c.Write(filepath.Join(folder, "megapixel.json"))
}
