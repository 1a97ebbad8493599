// Refine goes from a diffraction image back to the crystal: cell, orientation, scale and background, with error bars.
//
//	go run ./examples/refine
//
// makes the image too: 1024 × 1024 pixels with counting noise, of a triclinic crystal with structure factors of Wilson
// statistics. It starts half a per cent and 0.3° beside the truth, and prints how far from it the refined crystal is.
//
//	go run ./examples/refine -experiment experiment.json
//
// refines images of your own; docs/experiment.md says what the JSON holds, and the first command writes an example of it. Both
// write the refined experiment, refined.json, which another run can start from, and pictures, PNG:
//
//	report          counts, model, and (counts − model)/σ of the start and of the result, with axes and colour bars
//	data, model     counts, and what the refined model expects, pixel by pixel
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
	"path/filepath"
	"runtime"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/report"
	"github.com/gobragg/gobragg/simulator"
)

// options are the flags.
type options struct {
	experiment, out string
	seed            uint64
	pixels, threads int
}

func main() {
	var o options
	flag.StringVar(&o.experiment, "experiment", "", "an experiment with images to refine against, JSON, instead of one that is made up")
	flag.StringVar(&o.out, "out", "refined", "folder to write to; it is made if need be")
	flag.Uint64Var(&o.seed, "seed", 1, "of what is made up: structure factors, noise, and which way the start is off")
	flag.IntVar(&o.pixels, "pixels", 1024, "along each side of the made-up detector")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "how many to compute on; the result does not depend on it")
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
	if o.pixels < 1 || o.pixels > 8192 {
		return fmt.Errorf("refine: -pixels %d is outside 1 to 8192", o.pixels)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("refine: %w", err)
	}
	var truth map[string]float64 // of the parameters; nil where nobody knows
	var files []string
	if o.experiment == "" {
		var err error
		if truth, files, err = makeUp(ctx, o); err != nil {
			return err
		}
		o.experiment = filepath.Join(o.out, "experiment.json")
	}
	c, err := experiment.Read(o.experiment)
	if err != nil {
		return err
	}
	e, err := c.Build(G.NewGraph(), simulator.Workers(o.threads))
	if err != nil {
		return err
	}
	data, err := e.ReadImages()
	if err != nil {
		return err
	}
	for _, n := range append(e.Notices(), data.Notices...) {
		fmt.Fprintln(os.Stderr, "refine: notice:", n)
	}
	f, err := refine.NewFit(e, data)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(stdout, f); err != nil {
		return err
	}

	// What an interrupted search has found is still to be reported.
	always := context.WithoutCancel(ctx)
	before, err := f.Expected(always)
	if err != nil {
		return err
	}
	var way report.Trace
	result, err := f.Run(ctx, &refine.Settings{OnIteration: func(i refine.Iteration) {
		way.Add(i)
		fmt.Fprintf(os.Stderr, "refine: stage %d, step %d, loss %.7g, %.1f s\n", i.Stage, i.Number, i.Loss, i.Elapsed.Seconds())
	}})
	if err != nil {
		return err
	}
	after, err := f.Expected(always)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, result.Table(truth)); err != nil {
		return err
	}

	refined, err := f.Config(result)
	if err != nil {
		return err
	}
	if err := refined.Moved(o.out).Write(filepath.Join(o.out, "refined.json")); err != nil {
		return err
	}
	pictures, err := report.Pictures(o.out, f, before, after)
	if err != nil {
		return err
	}
	files = append(append(files, "refined.json"), pictures...)
	written, err := way.WriteFile(filepath.Join(o.out, "convergence.png"), result)
	if written {
		files = append(files, "convergence.png")
	}
	if err == nil {
		_, err = fmt.Fprintf(stdout, "files     %s: %s\n", o.out, strings.Join(files, ", "))
	}
	return err
}
