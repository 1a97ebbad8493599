// Refine determines the cell and orientation of a crystal from its image, in a program of one's own: what gobragg refine does on the
// command line, step by step, where a program may do otherwise. (All of it in one call is job.Run of the package refine/job.)
//
//	go run ./examples/refine
//
// makes an image first, as a detector would: 512 × 512 pixels with photon noise, of a triclinic crystal. The refinement starts 0.2 % and
// 0.15° from the true values, and the table shows how close to them it ends.
//
//	go run ./examples/refine experiment.json
//
// refines against images of your own. docs/experiment.md documents the JSON; the first command writes an example of it. Both write
// refined.json, from which another run can start, and report.html.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/report"
	"github.com/gobragg/gobragg/refine/verdict"
)

func main() {
	out := flag.String("out", "refined", "folder for the results; created if it does not exist")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // the best point so far is the result then
	defer stop()
	if err := run(ctx, flag.Arg(0), *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, out string, stdout io.Writer) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var truth map[string]float64 // values of the parameters; nil if nobody knows them
	if path == "" {
		path = filepath.Join(out, "experiment.json")
		var err error
		if truth, err = makeUp(ctx, path); err != nil {
			return err
		}
	}

	// Files are read, and become a fit of the parameters that the experiment names.
	c, err := experiment.Read(path)
	if err != nil {
		return err
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return err
	}
	data, err := e.ReadImages()
	if err != nil {
		return err
	}
	fit, err := refine.NewFit(e, data)
	if err != nil {
		return err
	}

	// The search. An interrupted one still has a result to report.
	always := context.WithoutCancel(ctx)
	before, err := fit.Expected(always)
	if err != nil {
		return err
	}
	page := report.Page{Title: "Refinement of " + filepath.Base(path), Truth: truth}
	result, err := fit.Run(ctx, &refine.Settings{OnIteration: func(i refine.Iteration) { page.Iterations = append(page.Iterations, i) }})
	if err != nil {
		return err
	}
	after, err := fit.Expected(always)
	if err != nil {
		return err
	}

	// Does the model explain the image? A search converges to wrong models as well.
	if result.Verdict, err = verdict.Of(always, fit, result); err != nil {
		return err
	}
	fmt.Fprint(stdout, fit, result.Table(truth))

	refined, err := fit.Config(result)
	if err == nil {
		err = refined.Moved(out).Write(filepath.Join(out, "refined.json"))
	}
	if err != nil {
		return err
	}
	page.Result, page.Images = result, []report.Image{{Fit: fit, Before: before, After: after}}
	return page.WriteFile(filepath.Join(out, "report.html"))
}

// makeUp writes an experiment as one knows it before refinement, beside its image, and returns the true values of the parameters.
func makeUp(ctx context.Context, path string) (map[string]float64, error) {
	c := experiment.Config{
		Crystals: []experiment.Crystal{{
			Cell: experiment.Cell{A: 61, B: 69, C: 82, Alpha: 86, Beta: 97, Gamma: 104}, Misset: experiment.Misset{X: 10, Y: -25, Z: 40},
			Cells: experiment.Cells{A: 12, B: 12, C: 12}, Structure: experiment.Structure{Default: 300},
		}},
		Beam:     experiment.Beam{Wavelength: 1, Kahn: 0.95, Fluence: 3e26},
		Detector: experiment.Detector{Fast: 512, Slow: 512, Pixel: 0.3125, Distance: 160},
		Images:   []experiment.Image{{File: "data.img"}}, Counts: experiment.Counts{Pedestal: 40}, Background: experiment.Background{Flat: 4},
	}
	e, err := c.Build(G.NewGraph())
	if err != nil {
		return nil, err
	}
	image, err := e.Image(ctx)
	if err != nil {
		return nil, err
	}
	expected := image.Float64s()
	for i := range expected {
		expected[i] += c.Background.Flat
	}
	photons, err := noise.Poisson(expected, 1)
	if err == nil {
		_, err = e.WriteImage(filepath.Join(filepath.Dir(path), "data.img"), photons)
	}
	if err != nil {
		return nil, err
	}
	truth := map[string]float64{"scale": 1, "background.flat": c.Background.Flat}
	for _, n := range append(e.Crystals[0].Cell.List(), e.Crystals[0].Misset[:]...) {
		truth[n.Name()] = n.Value().Data().(float64)
	}

	x := &c.Crystals[0]
	x.Cell = experiment.Cell{A: 61.12, B: 68.86, C: 82.16, Alpha: 86.1, Beta: 96.9, Gamma: 104.1}
	x.Misset = experiment.Misset{X: 10.1, Y: -25.08, Z: 39.92}
	c.Scale, c.Background.Flat = 0.8, 3
	c.Refine.Error = 0.005 // how far the start may be off, as a fraction
	return truth, c.Write(path)
}
