// Command cost measures how the time of an image grows with its pixels and with the steps of the crystal, and draws
// docs/images/cost.png: go run ./docs/cost, from the module's root, on a machine that does nothing else. It prints the
// table that the picture shows.
package main

import (
	"context"
	"flag"
	"fmt"
	"image/color"
	"log"
	"math"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/simulator"
)

var (
	sides = []int{128, 256, 512, 1024, 2048, 4096}
	steps = []int{1, 5, 20, 50, 200}
)

// longest is how long one image may take to be measured, by the cost of the smaller ones: the others are left out.
const longest = 20 * time.Second

func main() {
	log.SetFlags(0)
	log.SetPrefix("cost: ")
	out := flag.String("o", "docs/images/cost.png", "the picture")
	repeat := flag.Int("n", 3, "times of each measurement; the least counts")
	flag.Parse()
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = "pixels × steps", "seconds, one worker"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Add(plotter.NewGrid())
	p.Legend.Top, p.Legend.Left = true, true
	fmt.Println("| pixels | steps | seconds | ns a pixel and step |")
	fmt.Println("|---|---|---|---|")
	for k, n := range steps {
		var line plotter.XYs
		perStep := 0.0
		for _, side := range sides {
			work := float64(side*side) * float64(n)
			if perStep*work > longest.Seconds() {
				continue
			}
			took, err := measure(side, n, *repeat)
			if err != nil {
				log.Fatal(err)
			}
			perStep = took.Seconds() / work
			line = append(line, plotter.XY{X: work, Y: took.Seconds()})
			fmt.Printf("| %d² | %d | %.4g | %.2f |\n", side, n, took.Seconds(), 1e9*perStep)
		}
		l, s, err := plotter.NewLinePoints(line)
		if err != nil {
			log.Fatal(err)
		}
		shade := uint8(k * 200 / len(steps))
		l.Color, s.Color = color.RGBA{shade, 60, 255 - shade, 255}, color.RGBA{shade, 60, 255 - shade, 255}
		s.Shape = draw.CircleGlyph{}
		p.Add(l, s)
		p.Legend.Add(fmt.Sprintf("%d steps", n), l, s)
	}
	if err := p.Save(14*vg.Centimeter, 11*vg.Centimeter, *out); err != nil {
		log.Fatal(err)
	}
}

// measure times the image of a cubic crystal of 5 × 5 × 5 cells with a number of phi steps.
func measure(side, steps, repeat int) (time.Duration, error) {
	g := G.NewGraph()
	x, err := crystal.New(g, crystal.Config{Cell: crystal.Cell{A: 100}, N: [3]float64{5, 5, 5}, DefaultF: 100, Osc: 1, PhiSteps: steps})
	if err != nil {
		return 0, err
	}
	src, err := beam.New(g, beam.Config{Kahn: 0.9})
	if err != nil {
		return 0, err
	}
	det, err := detector.New(g, detector.Config{Fast: side, Slow: side, Pixel: 102.4 / float64(side)})
	if err != nil {
		return 0, err
	}
	sim, err := simulator.New(x, src, det, simulator.Workers(1), simulator.On(simulator.CPU()))
	if err != nil {
		return 0, err
	}
	best := time.Duration(math.MaxInt64)
	for range repeat + 1 { // the first builds the program
		began := time.Now()
		if _, err := sim.Image(context.Background()); err != nil {
			return 0, err
		}
		best = min(best, time.Since(began))
	}
	return best, nil
}
