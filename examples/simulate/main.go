// Simulate computes the diffraction image of an imaginary protein crystal: 15 × 15 × 15 triclinic cells with structure
// factors that follow Wilson statistics, slightly mosaic, rotated through half a degree in a monochromatic beam.
//
//	go run ./examples/simulate
//
// writes three files:
//
//	image.png   counts with photon noise, black on white, on a logarithmic scale
//	image.img   the counts plus a pedestal of 40 as an SMV image, for programs that display and integrate diffraction images
//	image.bin   expected photons without noise: float32 without a header
//
// It then compares the counts with a model whose cell is slightly wrong, and prints χ² and its derivatives with respect to
// the six cell parameters.
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

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/simulator"
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
	flag.StringVar(&o.out, "out", "out", "folder for the images; created if it does not exist")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the structure factors and the noise")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "number of worker threads; it does not affect the result")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "simulate: unexpected argument %q; -help lists the flags\n", flag.Arg(0))
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
	image, err := e.Image(ctx)
	if err != nil {
		return err
	}
	p.finish()
	took := time.Since(start)
	expected := image.Float64s()
	counts, err := noise.Poisson(expected, o.seed)
	if err != nil {
		return err
	}
	files, err := writeImages(e, o.out, expected, counts)
	if err != nil {
		return err
	}
	if err := report(e, stdout, counts, took, files); err != nil {
		return err
	}

	p.begin("gradient")
	start = time.Now()
	gradient, err := misfit(ctx, e, expected, counts)
	if err != nil {
		return err
	}
	p.finish()
	return reportMisfit(stdout, chiSquare(expected, counts), gradient, time.Since(start))
}

// newExperiment describes the experiment and builds it in a graph.
func newExperiment(o options, progress func(done, total int)) (*experiment.Experiment, error) {
	if o.pixels < 1 {
		return nil, fmt.Errorf("simulate: -pixels %d is less than 1", o.pixels)
	}
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell:      experiment.Cell{A: 81, B: 89, C: 102, Alpha: 86, Beta: 97, Gamma: 104}, // Å and degrees
			Cells:     experiment.Cells{A: 15, B: 15, C: 15},
			Misset:    experiment.Misset{Y: -3, Z: 5},
			Structure: experiment.Structure{Wilson: &experiment.Wilson{DMin: 1.5, B: 20, Seed: o.seed}},
			Mosaic:    experiment.Mosaic{Spread: 0.15, Domains: 4},
			Osc:       0.5, PhiSteps: 5,
			Water: 0.25, // µm
		}},
		Beam:     experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 3e26},
		Detector: experiment.Detector{Fast: o.pixels, Slow: o.pixels, Pixel: 160 / float64(o.pixels), Distance: 120},
		Counts:   experiment.Counts{Pedestal: 40}, // a usual offset of the analogue-to-digital converter
	}
	return c.Build(G.NewGraph(), simulator.Workers(o.threads), simulator.OnProgress(progress))
}
