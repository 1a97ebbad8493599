// Refine goes from a diffraction image back to the crystal: cell, orientation, scale and background, with error bars.
//
//	go run ./examples/refine
//
// makes the image too: 1024 × 1024 pixels with counting noise, of a triclinic crystal with structure factors of Wilson
// statistics. It starts half a per cent and 0.3° beside the truth, and prints how far from it the refined crystal is.
//
//	go run ./examples/refine -image measured.img -geometry experiment.json
//
// refines an image of your own, SMV (.img) or raw float32 (.bin); docs/refine.md tells what the JSON holds, and the first
// command writes an example of it, experiment.json, for the image that it made, data.img. Both write pictures, PNG:
//
//	data, model     counts, and what the refined model expects
//	before, after   (counts − model)/σ of the start and of the result
//	convergence     how far the parameters are from where they end, in standard uncertainties
//
// Ctrl-C ends the search and gives the best point until then.
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
	"slices"

	"github.com/gobragg/gobragg/refine"
)

// options are the flags.
type options struct {
	image, geometry, out string
	seed                 uint64
	pixels, threads      int
	reach                float64
}

func main() {
	var o options
	flag.StringVar(&o.image, "image", "", "an image to refine against, .img or .bin, instead of one that is made up")
	flag.StringVar(&o.geometry, "geometry", "", "the experiment that -image is of, JSON")
	flag.StringVar(&o.out, "out", "refined", "folder to write to; it is made if need be")
	flag.Uint64Var(&o.seed, "seed", 1, "of what is made up: structure factors, noise, and which way the start is off")
	flag.IntVar(&o.pixels, "pixels", 1024, "along each side of the made-up detector")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "how many to compute on; the result does not depend on it")
	flag.Float64Var(&o.reach, "error", 0.01, "how far off the start may be: a cell's relative error, a misset in radians; 0 if spots overlap already")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "refine: what does %q mean? -help lists the flags\n", flag.Arg(0))
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program
	switch err := run(ctx, o, os.Stdout); {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "refine: interrupted before the search")
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options, stdout io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("refine: %w", err)
	}
	var p progress
	defer p.finish()
	e, err := open(ctx, o, &p)
	if err != nil {
		return err
	}
	if err := e.describe(stdout); err != nil {
		return err
	}

	// What an interrupted search has found is still to be reported.
	always := context.WithoutCancel(ctx)
	before, err := e.expected(always)
	if err != nil {
		return err
	}
	var path trace
	p.begin("refine")
	settings := &refine.Settings{OnIteration: func(i refine.Iteration) {
		path.add(i)
		stage := ""
		if i.Stage > 0 {
			stage = fmt.Sprintf("coarse stage %d, ", i.Stage)
		}
		p.begin(fmt.Sprintf("%sstep %d, loss %.7g", stage, i.Number, i.Loss))
	}}
	if o.reach > 0 {
		settings.Method = &refine.Continuation{Error: o.reach}
	}
	result, err := refine.Run(ctx, e.problem, settings)
	if err != nil {
		return err
	}
	p.begin("model")
	after, err := e.expected(always)
	if err != nil {
		return err
	}
	p.finish()

	if err := e.report(stdout, result); err != nil {
		return err
	}
	files, err := e.pictures(o.out, before, after)
	if err != nil {
		return err
	}
	convergence, err := path.plot(o.out, result)
	if err != nil {
		return err
	}
	return list(stdout, slices.Concat(e.written, files, convergence))
}

// check holds the flags against each other.
func (o options) check() error {
	switch {
	case (o.image == "") != (o.geometry == ""):
		return fmt.Errorf("refine: -image and -geometry belong together: there is an image %q, a geometry %q", o.image, o.geometry)
	case o.pixels < 1 || o.pixels > 8192:
		return fmt.Errorf("refine: -pixels %d is outside 1 to 8192", o.pixels)
	case !(o.reach >= 0 && o.reach <= 0.1):
		return fmt.Errorf("refine: -error %g is outside 0 to 0.1", o.reach)
	}
	return nil
}
