//go:build linux

// Command pairs measures the closed form of spots next to the sampled model: go run ./docs/pairs, from the module's
// root. It prints the tables of docs/performance.md. Times are the processor's, in one thread, the least of several runs; with -gpu those of the wall.
//
// The sampled model computes some of the pixels of the spots, evenly chosen, and its time is scaled to all of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math"
	"runtime"
	"runtime/debug"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cputime"
	"github.com/gobragg/gobragg/simulator"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("pairs: ")
	repeat := flag.Int("n", 3, "times of each measurement; the least counts")
	sampled := flag.Int("sampled", 1000, "pixels of the sampled model")
	images := flag.Int("images", 12, "images of the sweep, evenly chosen of 180")
	gpu := flag.Int("gpu", -1, "number of a CUDA device to compute on, in a program built for GPUs (docs/cuda.md)")
	flag.Parse()
	if *gpu >= 0 {
		on, clock = simulator.GPU(*gpu), wall
	} else {
		runtime.GOMAXPROCS(1)
	}
	if err := still(*repeat, *sampled); err != nil {
		log.Fatal(err)
	}
	if err := sweep(*images); err != nil {
		log.Fatal(err)
	}
}

// What computes, and the clock: the processor's time of one thread, or on a GPU that of the wall.
var (
	on    simulator.Executor = simulator.CPU()
	clock                    = cputime.Seconds
)

var start = time.Now()

func wall() float64 { return time.Since(start).Seconds() }

// shot is lysozyme on 4 megapixels.
func shot() *experiment.Config {
	return &experiment.Config{
		Crystals: []experiment.Crystal{{Cell: experiment.Cell{A: 79.1, C: 37.9}, Misset: experiment.Misset{X: 10, Y: 20, Z: 30},
			Cells: experiment.Cells{A: 100, B: 100, C: 100}, Shape: crystal.Gauss, Mosaic: experiment.Mosaic{Spread: 0.1},
			Structure: experiment.Structure{Default: 100}}},
		Beam:     experiment.Beam{Fluence: 1e24},
		Detector: experiment.Detector{Pixel: 0.075, Distance: 125, Fast: 2070, Slow: 2167},
	}
}

// inClosedForm is the experiment in closed form, a pixel as a Gaussian of its variance.
func inClosedForm(c *experiment.Config) *experiment.Config {
	own := *c
	own.Physics.ClosedForm = &experiment.ClosedForm{Pixel: new(simulator.PixelVariance)}
	return &own
}

// still compares a still in the light of 100 wavelengths.
func still(repeat, sampled int) error {
	c := shot()
	c.Detector.Distance = 220
	const lines, deviation = 100, 1e-3
	for i := range lines {
		x := 6 * ((float64(i)+0.5)/lines - 0.5)
		c.Beam.Spectrum = append(c.Beam.Spectrum, experiment.Line{Wavelength: 1 / (1 + deviation*x), Weight: math.Exp(-x * x / 2)})
	}
	whole, err := measure(inClosedForm(c), repeat, false)
	if err != nil {
		return err
	}
	spots, reflections, err := onSpots(c)
	if err != nil {
		return err
	}
	closed, err := measure(inClosedForm(spots), repeat, true)
	if err != nil {
		return err
	}
	every := max(1, closed.pixels/sampled)
	some := *spots
	some.Detector.Mask = make([]bool, len(spots.Detector.Mask))
	seen := 0
	for i, on := range spots.Detector.Mask {
		if on {
			some.Detector.Mask[i] = seen%every == every/2
			seen++
		}
	}
	some.Crystals[0].Mosaic.Domains = 300
	steps, err := measure(&some, repeat, true)
	if err != nil {
		return err
	}
	factor := float64(closed.pixels) / float64(steps.pixels)
	fmt.Printf("Still: %d reflections, spread 0.1°, %d wavelengths, %.2g pairs on %.2g pixels of 4.5 million. The sampled model, 300 domains,\non %d of these pixels, its time times %.0f.\n\n",
		reflections, lines, float64(closed.pairs), float64(closed.pixels), steps.pixels, factor)
	fmt.Println("| one core | closed form | sampled | ratio |\n|---|---|---|---|")
	row := func(what string, a, b float64) {
		fmt.Printf("| %s | %.3g ms | %.3g s | %.0f |\n", what, 1000*a, b, b/a)
	}
	row("image, pixels of the spots", closed.image, factor*steps.image)
	row("image and gradient by 15 parameters", closed.gradient, factor*steps.gradient)
	fmt.Printf("| the same, in images | %.1f | %.1f | |\n", closed.gradient/closed.image, steps.gradient/steps.image)
	fmt.Printf("| a pair, %d exponentials | %.0f ns | | |\n", lines, 1e9*closed.image/float64(closed.pairs))
	fmt.Printf("| a step | | %.1f ns | |\n", 1e9*steps.image/float64(steps.pixels)/300/lines)
	fmt.Printf("| whole image | %.3g ms | | |\n\n", 1000*whole.image)

	fmt.Println("| one line, lysozyme to 2 Å | pairs | a pair, its pixels' intensities | with an image made of them | image and gradient | whole image of 4.5 megapixels |\n|---|---|---|---|---|---|")
	for _, osc := range []float64{0, 0.5} {
		one := shot()
		one.Beam.LineWidth = deviation
		one.Crystals[0].Osc = osc
		name := "still"
		if osc > 0 {
			name = fmt.Sprintf("rotation of %g°", osc)
		}
		spots, _, err := onSpots(one)
		if err != nil {
			return err
		}
		own, err := measure(inClosedForm(spots), repeat, true)
		if err != nil {
			return err
		}
		all, err := measure(inClosedForm(one), repeat, false)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2g | %.1f ns | %.1f ns | %.1f images | %.0f ms |\n", name, float64(own.pairs), 1e9*own.pixelsAlone/float64(own.pairs),
			1e9*own.image/float64(own.pairs), own.gradient/own.image, 1000*all.image)
	}
	fmt.Println()
	return nil
}

// onSpots is an experiment on the pixels of its spots alone, and the number of its reflections.
func onSpots(c *experiment.Config) (*experiment.Config, int, error) {
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return nil, 0, err
	}
	lists, err := e.Predict(nil)
	if err != nil {
		return nil, 0, err
	}
	own, err := c.OnSpots(lists)
	return own, len(lists[0].Reflections), err
}

// sweep measures images of a sweep of 90° in 180 images, from nothing: the experiment is built once, and each image's list of
// spots made anew and checked.
func sweep(images int) error {
	ctx := context.Background()
	c := inClosedForm(shot())
	c.Beam.LineWidth = 1e-4
	c.Crystals[0].Osc = 0.5
	before := clock()
	e, err := c.Build(G.NewGraph(), simulator.Workers(1), simulator.On(on))
	if err != nil {
		return err
	}
	sim := e.Simulator()
	image, err := sim.Images(ctx) // which compiles
	if err != nil {
		return err
	}
	built := clock() - before
	listed, total, pairs := 0.0, 0.0, 0
	for k := range images {
		before := clock()
		if err := sim.Set(e.Crystals[0].Phi, 90*float64(k)/float64(images)); err != nil {
			return err
		}
		if err := sim.Relist(ctx); err != nil {
			return err
		}
		list := clock() - before
		if err := sim.ImagesInto(ctx, image); err != nil {
			return err
		}
		listed, total, pairs = listed+list, total+clock()-before, pairs+sim.Pairs()
	}
	n := float64(images)
	each := total/n + built/180
	fmt.Printf("Sweep of 90° in images of 0.5°, spots alone, from nothing: %.2g pairs an image; %.0f ms to list and check its spots, %.0f ms to compute it,\n%.0f ms of each for building and compiling once (%.2g s): %.1f whole images a second.\n",
		float64(pairs)/n, 1000*listed/n, 1000*(total-listed)/n, 1000*built/180, built, 1/each)
	return nil
}

// measured are times in seconds.
type measured struct {
	image, gradient float64
	pixelsAlone     float64 // the intensities of the simulated pixels, not arranged in an image
	pixels, pairs   int
}

// measure builds an experiment and measures its image, and if asked for the gradient of a sum of squares by 15 parameters.
func measure(c *experiment.Config, repeat int, gradient bool) (*measured, error) {
	e, err := c.Build(G.NewGraph(), simulator.Workers(1), simulator.On(on))
	if err != nil {
		return nil, err
	}
	sim := e.Simulator()
	out := &measured{pixels: e.Detector.Pixels(), pairs: sim.Pairs()}
	images, err := sim.Images(context.Background())
	if err != nil {
		return nil, err
	}
	if out.image, err = least(func() error { return sim.ImagesInto(context.Background(), images) }, repeat); err != nil || !gradient {
		return out, err
	}
	if out.pixelsAlone, err = least(func() error { _, err := sim.Value(context.Background(), sim.Intensity()); return err }, repeat); err != nil {
		return nil, err
	}
	loss, err := G.Square(sim.Intensity())
	if err != nil {
		return nil, err
	}
	if loss, err = G.Sum(loss); err != nil {
		return nil, err
	}
	x := e.Crystals[0]
	by := append(x.Cell.List(), x.Misset[:]...)
	by = append(append(by, x.N[:3]...), x.MosaicSpread, e.Detector.Distance, e.Beam.Fluence)
	out.gradient, err = least(func() error { _, err := sim.Gradient(context.Background(), loss, by...); return err }, repeat)
	return out, err
}

// least returns the least processor time of several runs, after one that compiles, in seconds.
func least(run func() error, repeat int) (float64, error) {
	if err := run(); err != nil {
		return 0, err
	}
	best := math.Inf(1)
	for range repeat {
		runtime.GC()
		debug.SetGCPercent(-1)
		before := clock()
		err := run()
		took := clock() - before
		debug.SetGCPercent(100)
		if err != nil {
			return 0, err
		}
		best = min(best, took)
	}
	return best, nil
}
