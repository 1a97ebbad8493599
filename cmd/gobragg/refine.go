package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/refine"
	"github.com/gobragg/gobragg/refine/job"
)

// refineFlags are the flags of the subcommand.
type refineFlags struct {
	job.Options
	free            string
	pixels, model   string
	progress, asked bool
}

// refineCommand is the subcommand that refines crystals.
func (s *session) refineCommand() *cobra.Command {
	var f refineFlags
	c := &cobra.Command{
		Use:   "refine [flags] INPUT…",
		Short: "Refine a crystal against its images: cell, orientation, geometry, size, mosaic spread",
		Long: `Refine a crystal against the pixels of its images: cell, orientation, geometry, size, mosaic spread, scale and background.

INPUT is an experiment in JSON, or files that are one together: a list of experiments of DIALS, images, a file of structure factors or a
model, a mask, a spectrum. A table of reflections of DIALS (.refl) gives the boxes of pixels that count, and their backgrounds.

What the files do not say follows from the data:

  free         cell, misset, N, mosaic, scale, background; of a crystal that turns distance and beam too
  system       that of the space group
  indexing     of the ways that the lattice leaves open the one whose intensities are most like the image's
  pixels       boxes of the predicted spots, of the refined crystal at the end
  background   flat, or where the pixels between the spots are not, radial
  model        the closed form of Gaussian spots, or sums where spots are not Gaussian
  starts       scale and background by the pixels, blocks and mosaic spread by the spots' shapes; one whose spots are elsewhere is first
               brought nearer, from broad spots at low resolution to sharp ones

--free takes names of parameters as docs/experiment.md has them, and words for several:

` + wordList() + `

Results go to the folder --out: refined.json, from which another run can start; refined.expt and refined.refl for DIALS;
refined.mat for MOSFLM; refined.csv, the reflections with model and observed photons; report.html with pictures. Ctrl-C ends the search, and the best point so
far is the result. The exit status is 0 if the model fits the data, and 3 if it does not.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return wrongArguments(c, paths)
			}
			f.asked = c.Flags().Changed("progress")
			f.Inputs, f.Command = paths, commandLine(c, paths)
			return f.execute(c.Context(), s)
		},
	}
	fs := c.Flags()
	jobFlags(fs, &f.Options, &f.model)
	fs.StringVar(&f.free, "free", "", "`NAMES` of parameters that are refined, and words for several, with commas between")
	fs.StringVar(&f.Reindex, "reindex", "auto", "`OPERATOR` such as k,h,-l by which the crystals are indexed anew; auto takes the one that fits best, of those that the lattice leaves open; none leaves them as they are")
	fs.StringVar(&f.Stages, "stages", "auto", "`WHEN` a far start is first brought nearer, from broad spots to sharp ones: auto, which is where the image's spots are elsewhere; always; never")
	fs.StringVar(&f.Images, "images", "", "`NUMBERS` of the images of a scan: 1,5-10, several together; all if left out")
	fs.StringVar(&f.pixels, "pixels", "spots", "`WHICH` pixels count: spots or all")
	fs.StringVar(&f.Out, "out", "refined", "`FOLDER` for the results, which is made if it is not there")
	fs.BoolVar(&f.Resume, "resume", false, "start from the refined.json in the folder, if there is one")
	fs.StringVar(&f.Truth, "truth", "", "`FILE` of the experiment, in JSON, that the images were simulated from, to compare with")
	fs.BoolVar(&f.Reject, "reject", false, "leave out pixels that look hot, dead or saturated")
	fs.BoolVar(&f.progress, "progress", false, "show the steps of the search, also where there is no terminal; --progress=false shows none")
	return c
}

// commandLine is the command with the flags that were given.
func commandLine(c *cobra.Command, paths []string) string {
	list := []string{"gobragg", c.Name()}
	c.Flags().Visit(func(f *pflag.Flag) { list = append(list, "--"+f.Name+"="+f.Value.String()) })
	return quoted(append(list, paths...))
}

// wordList describes the words for several parameters.
func wordList() string {
	var b strings.Builder
	for _, w := range job.Words() {
		fmt.Fprintf(&b, "  %-12s %s\n", w[0], w[1])
	}
	return strings.TrimRight(b.String(), "\n")
}

// execute refines.
func (f *refineFlags) execute(ctx context.Context, s *session) error {
	f.Pixels, f.Model = job.Pixels(f.pixels), job.Model(f.model)
	if f.free != "" {
		f.Free = strings.Split(f.free, ",")
	}
	if f.progress || !f.asked && cli.IsTerminal(s.stderr) {
		f.OnIteration = func(i refine.Iteration) {
			cli.ClearLine(s.stderr)
			fmt.Fprintf(s.stderr, "gobragg: step %d, loss %.8g, %.1f s", i.Number, i.Loss, i.Elapsed.Seconds())
		}
		defer cli.ClearLine(s.stderr)
	}
	useThreads(&f.Options)
	f.OnPhase = func(phase string) {
		if phase == job.Searching {
			cli.TakeTime(ctx)
		}
	}
	var notes error
	f.OnNotice = func(text string) {
		cli.ClearLine(s.stderr)
		notes = errors.Join(notes, s.note("%s", text))
	}
	out, err := job.Run(ctx, f.Options)
	if err := errors.Join(jobError("refine", err), notes); err != nil {
		return err
	}
	text := fmt.Sprint(out.Fit, out.Result.Table(out.Truth))
	if out.JointResult != nil {
		text = fmt.Sprintf("together  %s\n%s", out.Joint, out.JointResult.Table(out.Truth))
	}
	if _, err := fmt.Fprint(s.stdout, text); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.stdout, "files     %s: %s\n", f.Out, strings.Join(out.Files, ", ")); err != nil {
		return err
	}
	switch {
	case out.Result.Status == refine.Interrupted:
		return ctx.Err()
	case !out.Verdict.Fit:
		return errNoFit
	}
	return nil
}
