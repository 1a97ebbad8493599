package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/internal/cli"
)

// predictFlags are the flags of the subcommand.
type predictFlags struct {
	out          []string
	json, images string
	dmin, widths float64
	partiality   float64
	cells        float64
}

// predictCommand is the subcommand that lists the reflections that diffract.
func (s *session) predictCommand() *cobra.Command {
	var f predictFlags
	c := &cobra.Command{
		Use:   "predict [flags] EXPERIMENT…",
		Short: "List the reflections that diffract in an experiment: where, when, and how wide",
		Long: `List the reflections that diffract in an experiment: where, when, and how wide.

EXPERIMENT is an experiment in JSON, or files that are one together: a list of experiments of DIALS and an MTZ file, images whose
header says how they were taken and a model. Listed are the reflections with an amplitude in the structure factors; without any, those
that the space group of the list of experiments allows.

The spots are Gaussians, of the widths that the crystal's size, shape and mosaic spread, the spectrum and the divergence give them.
A reflection is listed if it comes nearer to the Ewald sphere than --widths standard deviations; boxes reach as far from its centre.
A scan is one rotation, with a line for each crossing of the sphere; one that is in the tails at its ends alone has an excitation.

The table goes to standard output, or to each --out, whose ending tells the format:

  .csv   the table with commas
  .json  the same by names, with all boxes
  .refl  a table of DIALS: dials.image_viewer and dials.show open it, with the experiments that gobragg convert writes`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return wrongArguments(c, paths)
			}
			return f.execute(c.Context(), s, paths, c.Flags().Changed("cells"))
		},
	}
	fs := c.Flags()
	fs.StringArrayVar(&f.out, "out", nil, "write the reflections to `FILE`, .csv, .json or .refl; may be repeated")
	fs.StringVar(&f.images, "images", "", "`NUMBER` of an image of the scan, or the first and the last: 3-7; all if left out")
	fs.Float64Var(&f.dmin, "dmin", 0, "resolution limit in Å, as `D`; that of the experiment, or of the detector's corners, if left out")
	fs.Float64Var(&f.widths, "widths", 6, "`K` standard deviations to which reflections are listed, and their boxes reach")
	fs.Float64Var(&f.partiality, "partiality", 0, "leave out reflections of which less than the part `P` diffracts")
	fs.Float64Var(&f.cells, "cells", 0, fmt.Sprintf("`NUMBER` of unit cells along each axis of crystals whose size no file gives; %d if left out", experiment.DefaultCells))
	jsonFlag(fs, &f.json)
	return c
}

// check returns an error for flags that make no sense. sized: cells are given.
func (f *predictFlags) check(sized bool) error {
	switch {
	case !(f.dmin >= 0) || math.IsInf(f.dmin, 0):
		return cli.Usagef("predict: --dmin %g Å: want more than 0", f.dmin)
	case !(f.widths >= 1 && f.widths <= 20):
		return cli.Usagef("predict: --widths %g is outside 1 to 20", f.widths)
	case !(f.partiality >= 0 && f.partiality <= 1):
		return cli.Usagef("predict: --partiality %g is outside 0 to 1", f.partiality)
	case sized && !(f.cells >= 1 && f.cells <= crystal.MaxCells):
		return cli.Usagef("predict: --cells %g is outside 1 to %d", f.cells, crystal.MaxCells)
	}
	for _, out := range f.out {
		switch strings.ToLower(filepath.Ext(out)) {
		case ".csv", ".json", ".refl":
		default:
			return cli.Usagef("predict: the ending of --out %s is none of .csv, .json, .refl", out)
		}
	}
	return nil
}

// numbers returns the first and the last image of --images.
func (f *predictFlags) numbers(s *experiment.Scan) (first, last int, err error) {
	if f.images == "" {
		return s.FirstImage(), s.LastImage(), nil
	}
	from, to, found := strings.Cut(f.images, "-")
	if !found {
		to = from
	}
	first, errFirst := strconv.Atoi(strings.TrimSpace(from))
	last, errLast := strconv.Atoi(strings.TrimSpace(to))
	switch {
	case errFirst != nil || errLast != nil || first > last:
		return 0, 0, cli.Usagef("predict: --images %s is no number of an image, nor the first and the last: 3-7", f.images)
	case first < s.FirstImage() || last > s.LastImage():
		return 0, 0, cli.Usagef("predict: --images %s: the experiment has images %d to %d", f.images, s.FirstImage(), s.LastImage())
	}
	return first, last, nil
}

// execute predicts.
func (f *predictFlags) execute(ctx context.Context, s *session, paths []string, sized bool) error {
	if err := f.check(sized); err != nil {
		return err
	}
	if err := notOver(paths, f.out); err != nil {
		return err
	}
	for _, out := range f.out {
		if err := atomicfile.Check(out); err != nil {
			return fmt.Errorf("%s cannot be written: %w", out, err)
		}
	}
	c, opened, err := experiment.Open(paths...)
	if err != nil {
		return err
	}
	if sized {
		if len(opened.Sizeless) == 0 {
			return cli.Usagef("predict: --cells %g: the files give the size of the crystals", f.cells)
		}
		for _, i := range opened.Sizeless {
			c.Crystals[i].Cells = experiment.Cells{A: f.cells, B: f.cells, C: f.cells}
		}
	}
	first, last, err := f.numbers(c.Scan)
	if err != nil {
		return err
	}
	e, err := c.Nodes(G.NewGraph())
	if err != nil {
		return err
	}
	if first > 0 { // where orientations vary, that of the middle is taken for all
		if err := e.SelectImage((first + max(first, last)) / 2); err != nil {
			return err
		}
	}
	lists, err := e.Predict(&experiment.PredictOptions{Widths: f.widths, DMin: f.dmin, Groups: opened.Groups, First: first, Last: last})
	if err != nil {
		return err
	}
	t, err := f.table(e, c, opened, lists)
	if err != nil {
		return err
	}
	for _, n := range append(opened.Notices, e.FileNotices()...) {
		if !strings.HasPrefix(n, "no file gives structure factors") && !(sized && strings.HasPrefix(n, "no file gives the size")) {
			if err := s.note("%s", n); err != nil {
				return err
			}
		}
	}
	if !lists[0].Weighed {
		if err := s.note("no structure factors are given: all reflections are listed that %s", t.allowed); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, out := range f.out {
		if err := t.write(out); err != nil {
			return err
		}
	}
	if len(f.out) == 0 && f.json != standardOutput {
		if err := t.print(s.stdout); err != nil {
			return err
		}
	}
	if f.json == "" {
		return nil
	}
	return s.writeJSON(f.json, t)
}
