package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/simulator"
)

// simulateFlags are the flags of the subcommand.
type simulateFlags struct {
	out                 []string
	derivative, picture string
	products            string // files of by-products
	images              string
	seed                uint64
	noisy, progress     bool
	resume              bool
	asked               bool // for progress, or for none
	threads             int
}

// simulateCommand is the subcommand that makes images of an experiment.
func (s *session) simulateCommand() *cobra.Command {
	var f simulateFlags
	c := &cobra.Command{
		Use:   "simulate [flags] EXPERIMENT…",
		Short: "Simulate the images of an experiment, of all its scan, and their derivatives",
		Long: `Simulate the images of an experiment, of all its scan, and their derivatives.

EXPERIMENT is an experiment in JSON, or files that are one together: a list of experiments of DIALS and an MTZ file, images whose
header says how they were taken and a model. Crystals are added, and each panel of the detector is simulated.

Images are written to each --out, whose ending tells the format. Of a scan there is a file for each image where the name has a place
for its number, sweep_####.cbf; NXmx and npy also take all images in one file. Several panels lie in one image, one below the other,
in NXmx, which says so, in npy and in raw files.

  .nxs .h5 .npy .tif  photons as float32, or with --noise counts
  .bin .raw           photons as float32, without a header
  .cbf .img           counts, which need --noise: in .img up to 65535

Photons are those that are expected: the intensity times the experiment's scale, on its background. --noise draws them (Poisson) and
makes counts of them with the experiment's gain, pedestal, readout noise and overload; an image's seed is SEED and its place in the
scan, so that it can be made alone.

--images makes some of a scan only, as they would be in all of it. --resume makes those that lack a file, after the last one that has
all has been made again, to see that they are of the same experiment: an image is a file of each --out then.

--derivative writes how the photons of each pixel change with parameters, per unit of each, beside the images: out_cell.a.npy for
out.npy.

--by-products writes where the diffracted photons of each pixel come from, whatever their number, as float32 beside its FILE's name:
for FILE.npy

  FILE_wavelength.npy                          mean wavelength, in Å
  FILE_h.npy, FILE_k.npy, FILE_l.npy           Miller indices of the reflection with the largest share of the photons
  FILE_share.npy                               that share, 0 to 1
  FILE_crystal.npy                             the number of its crystal in the experiment, from 0
  FILE_mean_h.npy, _mean_k.npy, _mean_l.npy    mean fractional Miller indices, of that crystal

NaN are pixels without diffracted photons. It takes much longer than an image. In a terminal a bar shows the progress; Ctrl-C leaves whole files only.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return wrongArguments(c, paths)
			}
			f.noisy, f.asked = c.Flags().Changed("noise"), c.Flags().Changed("progress")
			return f.execute(c.Context(), s, paths)
		},
	}
	fs := c.Flags()
	fs.StringArrayVar(&f.out, "out", nil, "write the images to `FILE`; may be repeated")
	fs.Uint64Var(&f.seed, "noise", 0, "draw counts, with the `SEED`")
	fs.StringVar(&f.images, "images", "", "`NUMBERS` of the images of a scan to make: 1,5-10; all if left out")
	fs.BoolVar(&f.resume, "resume", false, "make the images that are not there yet")
	fs.StringVar(&f.derivative, "derivative", "", "write derivatives by parameters, by whole `NAMES` or parts of them: cell.a,misset,distance")
	fs.StringVar(&f.products, "by-products", "", "write mean wavelengths and Miller indices, and the dominant reflections, of pixels beside `FILE`.npy")
	fs.StringVar(&f.picture, "picture", "", "write pictures of the images, and of the derivatives, to `FILE`.png")
	fs.BoolVar(&f.progress, "progress", false, "show the progress, also where there is no terminal; --progress=false shows none")
	fs.IntVar(&f.threads, "threads", 0, "`NUMBER` of threads; all processors if left out")
	return c
}

// check returns an error for flags that contradict each other.
func (f *simulateFlags) check() error {
	if len(f.out) == 0 && f.picture == "" && f.products == "" {
		return cli.Usagef("simulate: --out FILE, or --picture FILE, is needed; the ending tells the format, for instance .cbf, .nxs, .npy, .tif, .img, .bin")
	}
	if f.threads < 0 {
		return cli.Usagef("simulate: --threads %d is negative", f.threads)
	}
	if f.picture != "" && !strings.HasSuffix(strings.ToLower(f.picture), ".png") {
		return cli.Usagef("simulate: --picture %s does not end in .png", f.picture)
	}
	if word := files.ImageFormat(f.products); f.products != "" && !files.HoldsFloats(word) {
		return cli.Usagef("simulate: by-products are no counts: --by-products %s does not end in .npy, .nxs, .tif or .bin", f.products)
	}
	floats := f.picture != ""
	for _, out := range f.out {
		word := files.ImageFormat(out)
		switch {
		case word == "":
			return cli.Usagef("simulate: the ending of --out %s is of no image format; there are .cbf .nxs .h5 .npy .tif .img .bin", out)
		case !files.HoldsFloats(word) && !f.noisy:
			return cli.Usagef("simulate: --out %s holds counts: --noise SEED draws them", out)
		}
		floats = floats || files.HoldsFloats(word)
	}
	if f.derivative != "" && !floats {
		return cli.Usagef("simulate: derivatives are no counts: --derivative needs an --out that ends in .nxs, .npy, .tif or .bin, or a --picture")
	}
	return nil
}

// execute simulates.
func (f *simulateFlags) execute(ctx context.Context, s *session, paths []string) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	c, opened, err := experiment.Open(paths...)
	if err != nil {
		return err
	}
	meter := cli.NewMeter(f.progress || !f.asked && cli.IsTerminal(s.stderr), s.stderr).InParts()
	defer meter.Finish()
	var options []simulator.Option
	if meter.Update != nil {
		options = append(options, simulator.OnProgress(meter.Update))
	}
	if f.threads > 0 {
		options = append(options, simulator.Workers(f.threads))
	}
	e, err := c.Build(G.NewGraph(), options...)
	if err != nil {
		return err
	}
	numbers, err := f.selected(c.Scan)
	if err != nil {
		return err
	}
	if f.resume {
		if numbers, err = f.missing(ctx, e, c, numbers); err != nil {
			return err
		}
		if len(numbers) == 0 {
			return s.note("all images are there")
		}
	}
	run, err := f.prepare(e, c, numbers)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.discard()) }()
	if err := notOver(paths, run.paths()); err != nil {
		return err
	}
	for _, n := range append(opened.Notices, e.Notices()...) {
		if err := s.note("%s", n); err != nil {
			return err
		}
	}
	parts := 0
	for _, asked := range []bool{len(run.by) > 0, len(run.products) > 0, run.imaged()} {
		if asked {
			parts++
		}
	}
	meter.Expect(parts * len(numbers))
	for _, number := range numbers {
		if err := run.image(ctx, meter, number); err != nil {
			if ctx.Err() == nil && c.Scan != nil {
				err = fmt.Errorf("image %d: %w", number, err)
			}
			return err
		}
	}
	if err := run.close(); err != nil {
		return err
	}
	meter.Finish()
	for _, n := range run.notices() {
		if err := s.note("%s", n); err != nil {
			return err
		}
	}
	return nil
}
