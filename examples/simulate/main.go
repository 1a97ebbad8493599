// Simulate makes a diffraction image of a made-up protein crystal: 15 × 15 × 15 triclinic cells with structure factors
// of Wilson statistics, slightly mosaic, turned through half a degree in a monochromatic beam. It writes
//
//	image.png   photons as a detector counts them, black on white, logarithmic
//	image.img   the counts + 40 as an SMV image, for the programs that show and integrate diffraction images
//	image.bin   the expected photons, without noise: float32, no header
//
// and prints how far the counts are from a model whose cell is slightly wrong, with the derivatives by the cell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/simulator"
	"github.com/gobragg/gobragg/structure"
)

// options are the flags.
type options struct {
	pixels, threads int
	out             string
	seed            uint64
}

func main() {
	var o options
	flag.IntVar(&o.pixels, "pixels", 1024, "pixels along each side of the detector")
	flag.StringVar(&o.out, "out", "out", "folder to write the images to; it is made if need be")
	flag.Uint64Var(&o.seed, "seed", 1, "of the structure factors and the noise")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "how many to compute on; the result does not depend on it")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "simulate: what does %q mean? -help lists the flags\n", flag.Arg(0))
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o, os.Stdout)
	stop()
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "simulate: interrupted")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	var p progress
	defer p.finish()
	e, err := newExperiment(o, p.update)
	if err != nil {
		return err
	}

	p.begin("image")
	start := time.Now()
	image, err := e.sim.Image(ctx)
	if err != nil {
		return err
	}
	p.finish()
	took := time.Since(start)
	expected := image.Data().([]float64)
	counts, err := noise.Poisson(expected, o.seed)
	if err != nil {
		return err
	}
	files, err := e.writeImages(o.out, expected, counts)
	if err != nil {
		return err
	}
	if err := e.report(stdout, counts, took, files); err != nil {
		return err
	}

	p.begin("gradient")
	start = time.Now()
	gradient, err := e.misfit(ctx, expected, counts)
	if err != nil {
		return err
	}
	p.finish()
	return reportMisfit(stdout, chiSquare(expected, counts), gradient, time.Since(start))
}

// experiment is a crystal in a beam in front of a detector. All their quantities are nodes of one graph.
type experiment struct {
	crystal  *crystal.Crystal
	beam     *beam.Beam
	detector *detector.Detector
	sim      *simulator.Simulator
}

func newExperiment(o options, progress func(done, total int)) (*experiment, error) {
	if o.pixels < 1 {
		return nil, fmt.Errorf("simulate: -pixels %d is less than 1", o.pixels)
	}
	cell := crystal.Cell{A: 81, B: 89, C: 102, Alpha: 86, Beta: 97, Gamma: 104} // Å and degrees
	amplitudes, err := structure.Wilson(cell, 1.5, 20, o.seed)
	if err != nil {
		return nil, err
	}
	var e experiment
	g := G.NewGraph()
	if e.crystal, err = crystal.New(g, crystal.Config{
		Cell: cell, N: [3]int{15, 15, 15},
		Misset:    [3]float64{0, -3, 5},
		Structure: amplitudes,
		Mosaic:    crystal.Mosaic{Spread: 0.3, Domains: 4},
		Osc:       0.5, PhiSteps: 5,
		Water: 0.25,
	}); err != nil {
		return nil, err
	}
	if e.beam, err = beam.New(g, beam.Config{Wavelength: 1, Kahn: 0.95, Fluence: 3e26}); err != nil {
		return nil, err
	}
	if e.detector, err = detector.New(g, detector.Config{
		Fast: o.pixels, Slow: o.pixels, Pixel: 160 / float64(o.pixels),
		Distance: 120,
	}); err != nil {
		return nil, err
	}
	e.sim, err = simulator.New(e.crystal, e.beam, e.detector, simulator.Workers(o.threads), simulator.OnProgress(progress))
	return &e, err
}
