// Command prediction draws the picture of docs/prediction.md, a simulated image with the boxes of predicted spots: go run
// ./docs/prediction.
package main

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/atomicfile"
)

const (
	pixels = 300
	scale  = 2 // dots a pixel
)

func main() {
	log.SetFlags(0)
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 79, B: 79, C: 38}, Misset: experiment.Misset{X: 20, Y: 30, Z: 40}, Osc: 0.5, PhiSteps: 10,
			Cells: experiment.Cells{A: 30, B: 30, C: 60}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.15, Domains: 100},
			Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 1.8, B: 20, Seed: 1}},
		}},
		Beam:     experiment.Beam{Fluence: 1e24},
		Detector: experiment.Detector{Fast: pixels, Slow: pixels, Pixel: 0.2, Distance: 100, BeamCentre: &[2]float64{-10, -10}},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		log.Fatal(err)
	}
	lists, err := e.Predict(&experiment.PredictOptions{Widths: 3})
	if err != nil {
		log.Fatal(err)
	}
	simulated, err := e.Image(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	photons := simulated.Data().([]float64)
	most := 0.0
	for _, v := range photons {
		most = max(most, v)
	}
	picture := image.NewRGBA(image.Rect(0, 0, pixels*scale, pixels*scale))
	for y := range pixels * scale {
		for x := range pixels * scale {
			v := photons[y/scale*pixels+x/scale] / most
			grey := uint8(255 - 255*math.Min(1, math.Pow(v, 0.25)))
			picture.Set(x, y, color.RGBA{grey, grey, grey, 255})
		}
	}
	red := color.RGBA{220, 40, 40, 255}
	for _, r := range lists[0].Reflections {
		if r.Partiality < 0.01 {
			continue
		}
		for _, b := range r.Boxes {
			x0, x1, y0, y1 := b.Fast[0]*scale, b.Fast[1]*scale-1, b.Slow[0]*scale, b.Slow[1]*scale-1
			for x := x0; x <= x1; x++ {
				picture.Set(x, y0, red)
				picture.Set(x, y1, red)
			}
			for y := y0; y <= y1; y++ {
				picture.Set(x0, y, red)
				picture.Set(x1, y, red)
			}
		}
	}
	if err := atomicfile.Write("docs/images/prediction.png", func(w io.Writer) error { return png.Encode(w, picture) }); err != nil {
		log.Fatal(err)
	}
}
