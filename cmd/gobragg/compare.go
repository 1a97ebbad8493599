package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/format/picture/figure"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/compare"
)

// compareFlags are the flags of the subcommand.
type compareFlags struct {
	options             compare.Options
	size                string
	mask, picture, json string
	frame               int
}

// compareCommand is the subcommand that compares two images.
func (s *session) compareCommand() *cobra.Command {
	var f compareFlags
	var n int
	c := &cobra.Command{
		Use:   "compare [flags] A B",
		Short: "Compare two images, such as those that two programs made of the same arguments",
		Long: `Compare two images, such as those that two programs made of the same arguments.

A is the reference. Both are of any image format that gobragg reads, such as SMV, CBF, NXmx or npy, or raw float32 or float64
without a header (.bin), compressed by gzip or bzip2 or not. They may be of different formats, and are of one size; a raw file
has that of --size, else of the other image, else is a square. Pixels of B agree that differ by at most --tol of A's pixel and --floor of A's brightest.

Pixels that are not finite are counted, and left out of everything else. Such a pixel agrees if it is the same in both. Pixels
that do not count by the statements of their files, such as gaps, are left out.

Exit status 0 if all pixels agree, 1 if not, 2 if the images cannot be compared, for wrong usage, or if an output fails.`,
		Args: exactly("A", "B"),
		RunE: func(c *cobra.Command, paths []string) error {
			f.options.Peaks, f.options.Worst = n, n
			return f.execute(c.Context(), s, paths)
		},
	}
	fs := c.Flags()
	fs.Float64Var(&f.options.Tolerance, "tol", 1e-5, "largest difference of a pixel that agrees, as a `FRACTION` of the pixel")
	fs.Float64Var(&f.options.Floor, "floor", 1e-7, "what a pixel may differ besides, as a `FRACTION` of A's brightest pixel")
	fs.StringVar(&f.size, "size", "", "size of raw files, `FASTxSLOW`: 1024x512")
	fs.IntVar(&f.frame, "frame", 0, "`NUMBER` of the image in files of several, from 1")
	fs.StringVar(&f.mask, "mask", "", "compare the pixels alone that are not 0 in the `FILE`, an image")
	fs.IntVarP(&n, "number", "n", 10, "largest `NUMBER` of peaks and of differing pixels to list")
	fs.StringVar(&f.picture, "picture", "", "write a picture of A, B and their difference to the `FILE`, as PNG")
	jsonFlag(fs, &f.json)
	return c
}

// execute compares the files of two paths.
func (f *compareFlags) execute(ctx context.Context, s *session, paths []string) error {
	if err := f.check(); err != nil {
		return err
	}
	equal, err := f.run(ctx, s, paths[0], paths[1])
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cli.Usagef("%w", err) // status 1 says that the images differ
	case !equal:
		return errFound
	}
	return nil
}

// check checks the values of the flags.
func (f *compareFlags) check() error {
	for _, v := range []struct {
		name  string
		value float64
	}{{"tol", f.options.Tolerance}, {"floor", f.options.Floor}} {
		if !(v.value >= 0) || math.IsInf(v.value, 0) {
			return cli.Usagef("compare: --%s %g is not a finite number of at least 0", v.name, v.value)
		}
	}
	if f.frame < 0 {
		return cli.Usagef("compare: --frame %d is negative: images are counted from 1", f.frame)
	}
	if f.options.Peaks < 0 {
		return cli.Usagef("compare: --number %d is negative", f.options.Peaks)
	}
	return nil
}

// compareResult is what a comparison has found, as it is written as JSON.
type compareResult struct {
	FileA   string `json:"file_a"`
	FileB   string `json:"file_b"`
	FormatA string `json:"format_a"`
	FormatB string `json:"format_b"`
	*compare.Report
}

// run reports whether the images agree.
func (f *compareFlags) run(ctx context.Context, s *session, pathA, pathB string) (bool, error) {
	images, err := f.read(pathA, pathB)
	if err != nil {
		return false, err
	}
	for _, m := range images {
		for _, n := range m.Notices {
			if err := s.note("%s %s", m.path, n); err != nil {
				return false, err
			}
		}
	}
	a, b := images[0], images[1]
	mask, n := bad(a, b)
	if n > 0 {
		if err := s.note("%d pixels do not count by the statements of the files, and are left out", n); err != nil {
			return false, err
		}
		f.options.Mask = mask
	}
	if len(images) > 2 {
		f.options.Mask = images[2].Mask().Good
		for i, good := range mask {
			f.options.Mask[i] = f.options.Mask[i] && good
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	report, err := compare.Images(a.Values, b.Values, a.Fast, a.Slow, f.options)
	if err != nil {
		return false, err
	}
	r := &compareResult{a.path, b.path, a.Format, b.Format, report}
	// The table is last, so that one who reads only its beginning gets the files too.
	err = errors.Join(f.draw(a, b), s.writeJSON(f.json, r))
	if f.json != standardOutput {
		err = errors.Join(r.print(s.stdout), err)
	}
	return report.Equal, err
}

// draw writes the picture: both images on one logarithmic scale, and their difference. Pixels that are
// left out are green in all.
func (f *compareFlags) draw(a, b *imageFile) error {
	if f.picture == "" {
		return nil
	}
	values, others, difference := make([]float64, len(a.Values)), make([]float64, len(a.Values)), make([]float64, len(a.Values))
	missing := make([]bool, len(a.Values))
	low, high, most := math.Inf(1), 0.0, 0.0
	for i, v := range a.Values {
		w := b.Values[i]
		d := w - v
		if f.options.Mask != nil && !f.options.Mask[i] || math.IsNaN(d) || math.IsInf(d, 0) {
			missing[i] = true
			continue
		}
		values[i], others[i], difference[i] = v, w, d
		most = max(most, math.Abs(d))
		for _, x := range []float64{v, w} {
			if x > 0 {
				low, high = min(low, x), max(high, x)
			}
		}
	}
	scale := picture.Options{Scale: picture.Linear}
	if high > 0 {
		low = max(low, high*1e-4)
		if low == high {
			low = high / 2
		}
		scale = picture.Options{Low: picture.At(low), High: picture.At(high)}
	}
	signed := picture.Options{Scale: picture.Sqrt, ColourMap: picture.BlueRed}
	if most > 0 {
		signed.High = picture.At(most)
	}
	panel := func(title string, data []float64, o picture.Options) figure.Figure {
		return figure.Figure{Title: title, Data: data, Missing: missing, Fast: a.Fast, Slow: a.Slow, Options: o, Label: "pixel value"}
	}
	return figure.WriteFile(f.picture, 3, panel("A: "+filepath.Base(a.path), values, scale), panel("B: "+filepath.Base(b.path), others, scale),
		panel("B − A", difference, signed))
}
