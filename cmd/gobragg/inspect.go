package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/cli"
)

// inspectFlags are the flags of the subcommand.
type inspectFlags struct {
	json   string
	column string
	dmin   float64
	frame  int
	pixels []string
}

// inspectCommand is the subcommand that shows what a file holds.
func (s *session) inspectCommand() *cobra.Command {
	var f inspectFlags
	c := &cobra.Command{
		Use:   "inspect [flags] FILE",
		Short: "Show what a file holds, as it is read: reflections, images, geometry, crystals",
		Long: `Show what a file holds, as it is read: reflections, images, geometry, crystals.

The format is recognised by the content: ` + strings.Join(files.Formats(), ", ") + `; gzip and bzip2 are
decompressed. Lengths are in mm, cells in Å, angles in degrees; vectors are in the laboratory of DIALS and imgCIF: x along the
axis of the goniometer, z from the sample to the source. Notes about what was assumed, skipped or merged go to standard error.

Exit status 0 if the file was read, 1 if not, with one line that begins with the class of what is wrong: not-FORMAT, truncated,
inconsistent, invalid-value, checksum, limit, unsupported, missing-file, refused, no-data; 2 for wrong usage.`,
		Args: exactly("FILE"),
		RunE: func(c *cobra.Command, paths []string) error { return f.execute(c.Context(), s, paths[0]) },
	}
	fs := c.Flags()
	fs.StringVar(&f.column, "column", "", "`LABELS` of the columns of reflections to take, with commas between: F(+),F(-)")
	fs.Float64Var(&f.dmin, "dmin", 0, "resolution in Å to which amplitudes of a model are calculated, as `D`; 2 if left out")
	fs.IntVar(&f.frame, "frame", 0, "the `NUMBER` of a frame, from 1: that one alone; of up to 100 frames all if left out, else the first")
	fs.StringArrayVar(&f.pixels, "pixel", nil, "show the value of the pixel `FAST,SLOW`, from 0, in the frame or the first one; may be repeated")
	jsonFlag(fs, &f.json)
	return c
}

// maxFrames is how many frames are shown if none is chosen.
const maxFrames = 100

// execute shows the file at path.
func (f *inspectFlags) execute(ctx context.Context, s *session, path string) error {
	pixels, err := parsePixels(f.pixels)
	if err != nil {
		return err
	}
	switch {
	case f.frame < 0:
		return cli.Usagef("inspect: --frame %d: frames are counted from 1", f.frame)
	case f.dmin < 0:
		return cli.Usagef("inspect: --dmin %g Å is negative", f.dmin)
	}
	o := files.Options{DMin: f.dmin}
	if f.column != "" {
		o.Columns = strings.Split(f.column, ",")
	}
	r, err := inspect(ctx, path, o, f.frame, pixels)
	if err != nil {
		return classed(path, err)
	}
	for _, n := range r.Notes {
		if err := s.note("%s %s", path, n); err != nil {
			return err
		}
	}
	if f.json != standardOutput {
		if err := r.print(s.stdout); err != nil {
			return err
		}
	}
	return s.writeJSON(f.json, r)
}

// classed puts the name of the file and the class of an error first.
func classed(path string, err error) error {
	class := format.Class(err)
	if class == "" {
		return err
	}
	return fmt.Errorf("%s: %s: %w", path, class, err)
}

// parsePixels reads FAST,SLOW.
func parsePixels(list []string) (out [][2]int, err error) {
	for _, text := range list {
		first, second, found := strings.Cut(text, ",")
		fast, errFast := strconv.Atoi(strings.TrimSpace(first))
		slow, errSlow := strconv.Atoi(strings.TrimSpace(second))
		if !found || errFast != nil || errSlow != nil || fast < 0 || slow < 0 {
			return nil, cli.Usagef("inspect: --pixel %s is not FAST,SLOW, two numbers from 0", text)
		}
		out = append(out, [2]int{fast, slow})
	}
	return out, nil
}
