package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/cli"
)

// convertFlags are the flags of the subcommand.
type convertFlags struct {
	to, column string
	dmin       float64
	p1         bool
}

// convertCommand is the subcommand that writes what files hold in another format.
func (s *session) convertCommand() *cobra.Command {
	var f convertFlags
	c := &cobra.Command{
		Use:   "convert [flags] IN… OUT",
		Short: "Write what files hold in another format: images, geometries, reflections",
		Long: `Write what files hold in another format: images, geometries, reflections. The formats that are read are recognised by the
content; the format that is written is that of the ending of OUT, or of --to:

  images       cbf (.cbf), nxmx (.nxs .h5 .hdf5), npy (.npy), tiff (.tif .tiff), smv (.img .smv: counts from 0 to 65535),
               raw (.bin .raw: float32)
  geometries   dials-expt (.expt), crystfel-geom (.geom), xparm (.XDS), experiment (.json)
  crystals     mosflm-mat (.mat), crystfel-cell (.cell)
  reflections  hkl (.hkl: h k l F of all of P 1), mtz (.mtz: the reflections of the file, or with --p1 amplitudes in P 1)

Images are those of one file, or of several of a sweep, in order; image_####.cbf stands for all files of that name with a number.
One frame is in memory at a time. What is read from images and what is written have a file for each image where the name has a
place for its number, #### or %04d; NXmx and npy take all images in one file without it. Numbers of pixels stay the same: one
that the format cannot hold is an error.

A geometry beside images replaces what these say of the experiment, and a mask marks their pixels.

What OUT cannot hold is said on standard error. OUT is written whole or not at all, and never over a file that is read.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return wrongArguments(c, args)
			}
			return f.execute(c.Context(), s, args[:len(args)-1], args[len(args)-1])
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.to, "to", "", "`FORMAT` of OUT, if its ending does not say")
	fs.StringVar(&f.column, "column", "", "`LABELS` of the columns of reflections to take, with commas between: F(+),F(-)")
	fs.Float64Var(&f.dmin, "dmin", 0, "resolution in Å to which amplitudes of a model are calculated, as `D`; 2 if left out")
	fs.BoolVar(&f.p1, "p1", false, "write reflections in P 1, with the symmetry applied, to an MTZ file")
	return c
}

// conversions are the formats other than those of images.
var conversions = []struct {
	word, ending string
	write        func(f *convertFlags, s *session, in *input, path string) error
}{
	{"dials-expt", ".expt", (*convertFlags).writeExperiments},
	{"crystfel-geom", ".geom", (*convertFlags).writeGeometry},
	{"mosflm-mat", ".mat", (*convertFlags).writeMatrix},
	{"xparm", ".xds", (*convertFlags).writeXPARM},
	{"crystfel-cell", ".cell", (*convertFlags).writeCell},
	{"hkl", ".hkl", (*convertFlags).writeHKL},
	{"mtz", ".mtz", (*convertFlags).writeMTZ},
}

// execute converts.
func (f *convertFlags) execute(ctx context.Context, s *session, paths []string, out string) (err error) {
	word, err := f.target(out)
	if err != nil {
		return err
	}
	switch {
	case f.dmin < 0:
		return cli.Usagef("convert: --dmin %g Å is negative", f.dmin)
	case f.p1 && word != "mtz":
		return cli.Usagef("convert: --p1 is for MTZ files; HKL files are in P 1 anyway")
	}
	o := files.Options{DMin: f.dmin}
	if f.column != "" {
		o.Columns = strings.Split(f.column, ",")
	}
	if word == "experiment" {
		return writeExperiment(s, paths, o, out)
	}
	in, err := openInput(ctx, paths, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	for _, n := range in.notices {
		if err := s.note("%s", n); err != nil {
			return err
		}
	}
	if slices.Contains(files.ImageFormats(), word) {
		return f.writeImages(ctx, s, in, out, word)
	}
	for _, c := range conversions {
		if c.word == word {
			if err := notOver(in.paths, []string{out}); err != nil {
				return err
			}
			return c.write(f, s, in, out)
		}
	}
	return fmt.Errorf("convert: nothing writes %s", word)
}

// target returns the word for the format of OUT.
func (f *convertFlags) target(out string) (string, error) {
	words := append(files.ImageFormats(), "experiment")
	for _, c := range conversions {
		words = append(words, c.word)
	}
	if f.to != "" {
		if slices.Contains(words, f.to) {
			return f.to, nil
		}
		if near := cli.Nearest(f.to, words); near != "" {
			return "", cli.Usagef("convert: --to %s is not written; did you mean %s?", f.to, near)
		}
		return "", cli.Usagef("convert: --to %s is none of %s", f.to, strings.Join(words, ", "))
	}
	if word := files.ImageFormat(out); word != "" {
		return word, nil
	}
	ending := strings.ToLower(filepath.Ext(out))
	if ending == ".json" {
		return "experiment", nil
	}
	for _, c := range conversions {
		if c.ending == ending {
			return c.word, nil
		}
	}
	return "", cli.Usagef("convert: the ending of %s is of no format that is written; --to FORMAT is one of %s", out, strings.Join(words, ", "))
}

// notOver returns an error if a file that is read would be written.
func notOver(read, written []string) error {
	inputs := map[string]bool{}
	for _, path := range read {
		key, err := cli.Identity(path)
		if err != nil {
			return err
		}
		inputs[key] = key != ""
	}
	for _, path := range written {
		key, err := cli.Identity(path)
		if err != nil {
			return err
		}
		if inputs[key] {
			return cli.Usagef("%s is also a file that is read", path)
		}
	}
	return nil
}

// lacks notes what OUT cannot hold.
func (s *session) lacks(out, text string, args ...any) error {
	return s.note("%s %s", out, fmt.Sprintf(text, args...))
}
