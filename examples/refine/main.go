// Refine determines the cell and orientation of a crystal from a diffraction image, with scale, background and standard
// uncertainties.
//
//	go run ./examples/refine
//
// first simulates an image: 1024 × 1024 pixels with photon noise, of a triclinic crystal whose structure factors follow Wilson
// statistics. The refinement starts 0.5 % and 0.3° from the true values, and the table shows how close to them it ends.
//
//	go run ./examples/refine -experiment experiment.json
//
// refines against your own images. docs/experiment.md documents the JSON; the first command writes an example of it, and
// nanobragg -experiment writes it for any of its command lines. Both write the refined experiment, refined.json, from which
// another run can start, and PNG pictures:
//
//	report          counts, model, and (counts − model)/σ before and after, with axes, colour bars and rings of resolution
//	convergence     distance of the parameters from their final values, in standard uncertainties
//
// Ctrl-C stops the search, and the best point so far is the result.
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

	"golang.org/x/term"
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
	flag.StringVar(&o.experiment, "experiment", "", "JSON file of an experiment with the images to refine against; left out, one is simulated")
	flag.StringVar(&o.out, "out", "refined", "folder for the results; created if it does not exist")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the simulated experiment: structure factors, noise, and the errors of the start")
	flag.IntVar(&o.pixels, "pixels", 1024, "pixels along each side of the simulated detector")
	flag.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "number of worker threads; it does not affect the result")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "refine: unexpected argument %q; -help lists the flags\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program
	switch err := run(ctx, o, os.Stdout); {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "refine: interrupted before the search began")
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
	var truth map[string]float64 // values of the parameters; nil if unknown
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

	// An interrupted search still reports what it has found.
	always := context.WithoutCancel(ctx)
	before, err := f.Expected(always)
	if err != nil {
		return err
	}
	var trace report.Trace
	progress := term.IsTerminal(int(os.Stderr.Fd())) // progress is not for log files
	result, err := f.Run(ctx, &refine.Settings{OnIteration: func(i refine.Iteration) {
		trace.Add(i)
		if progress {
			fmt.Fprintf(os.Stderr, "refine: stage %d, step %d, loss %.7g, %.1f s\n", i.Stage, i.Number, i.Loss, i.Elapsed.Seconds())
		}
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
	pictures, err := report.Pictures(o.out, &report.Image{Fit: f, Before: before, After: after})
	if err != nil {
		return err
	}
	files = append(append(files, "refined.json"), pictures...)
	written, err := trace.WriteFile(filepath.Join(o.out, "convergence.png"), result)
	if written {
		files = append(files, "convergence.png")
	}
	if err == nil {
		_, err = fmt.Fprintf(stdout, "files     %s: %s\n", o.out, strings.Join(files, ", "))
	}
	return err
}
