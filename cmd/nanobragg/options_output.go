package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gobragg/gobragg/format/picture"
)

const minInt = math.MinInt

var samplingOptions = []option{
	{names: []string{"-oversample"}, values: []string{"n"}, preset: "from the crystal's size", about: "n x n points a pixel",
		set: integer(0, func(o *options, n int) { o.oversample = n })},
	{names: []string{"-oversample_thick"}, about: "absorption at each of them, not once a pixel; always with -exact",
		set: perSample("capture")},
	{names: []string{"-oversample_polar"}, about: "polarization likewise",
		set: perSample("polarization")},
	{names: []string{"-oversample_omega"}, about: "solid angle likewise",
		set: perSample("solid_angle")},
}

var outputOptions = []option{
	{names: []string{"-experiment"}, values: []string{"FILE"}, about: "writes the experiment as JSON, which gobragg refine refines: against the image of -img, else against that of -noisefile, -floatfile or -intfile",
		set: text(func(o *options, s string) { o.experimentFile = some(s) })},
	{names: []string{"-floatfile", "-floatimage"}, values: []string{"FILE"}, about: "writes photons a pixel, float32 without a header",
		set: text(func(o *options, s string) { o.floatFile = some(s) })},
	{names: []string{"-intfile", "-intimage"}, values: []string{"FILE"}, about: "writes an SMV image without noise",
		set: text(func(o *options, s string) { o.intFile = some(s) })},
	{names: []string{"-scale"}, values: []string{"x"}, preset: "55000/maximum", about: "factor of that image's pixels",
		set: number(notNegative, func(o *options, x float64) { o.scale = x })},
	{names: []string{"-adc", "-adcoffset"}, values: []string{"x"}, preset: "40", about: "offset added to the pixels of SMV images, 0 to 65535",
		set: number(sixteenBits, func(o *options, x float64) { o.adc = x })},
	{names: []string{"-noisefile", "-noiseimage"}, values: []string{"FILE"}, about: "writes an SMV image of photons with Poisson noise",
		set: text(func(o *options, s string) { o.noiseFile, o.noNoise = some(s), false })},
	{names: []string{"-cbffile"}, values: []string{"FILE"}, about: "writes the photons with that noise as miniCBF, as of a PILATUS",
		set: text(func(o *options, s string) { o.cbfFile = some(s) })},
	{names: []string{"-nxsfile"}, values: []string{"FILE"}, about: "writes them as NXmx (HDF5), all images of -images into one file",
		set: text(func(o *options, s string) { o.nxsFile = some(s) })},
	{names: []string{"-npyfile"}, values: []string{"FILE"}, about: "writes photons a pixel as an array of NumPy, float32, all images of -images into one",
		set: text(func(o *options, s string) { o.npyFile = some(s) })},
	{names: []string{"-nonoise"}, about: "writes no such image", set: flag(func(o *options) { o.noNoise = true })},
	{names: []string{"-seed"}, values: []string{"n"}, preset: "1", about: "seed of the noise",
		set: integer(minInt, func(o *options, n int) { o.seed = some(int64(n)) })},
	{names: []string{"-pgmfile", "-pgmimage"}, values: []string{"FILE"}, about: "writes an 8-bit grey PGM picture",
		set: text(func(o *options, s string) { o.pgmFile, o.noPGM = some(s), false })},
	{names: []string{"-pgmscale"}, values: []string{"x"}, preset: "50/rmsd", about: "factor of its pixels",
		set: number(notNegative, func(o *options, x float64) { o.pgmScale, o.noPGM = x, false })},
	{names: []string{"-nopgm"}, about: "writes no such picture", set: flag(func(o *options) { o.noPGM = true })},
	{names: []string{"-pngfile"}, values: []string{"FILE"}, about: "writes a PNG picture with axes, a colour bar and a cross at the beam, of the region of -roi; small images are enlarged, large ones reduced",
		set: text(func(o *options, s string) { o.pngFile = some(s) })},
	{names: []string{"-pngscale"}, values: []string{"log|sqrt|linear"}, preset: "log", about: "scale of the colours of PNG pictures",
		set: func(o *options, in input) error {
			s, err := picture.ParseScale(in.values[0])
			o.pngScale = some(s)
			return err
		}},
	{names: []string{"-pnginvert"}, about: "reverses its colours: with gray, black spots on white",
		set: flag(func(o *options) { o.pngInvert = true })},
	{names: []string{"-pngmap"}, values: []string{"gray|blackbody|kindlmann|bluered"}, preset: "gray", about: "colours of that of -pngfile",
		set: func(o *options, in input) error {
			m, err := picture.ParseColourMap(in.values[0])
			o.pngMap = some(m)
			return err
		}},
	{names: []string{"-pnglimits"}, values: []string{"low", "high"}, preset: "auto auto", about: "values of its first and last colour: numbers, percentiles as in 99.9%, or auto", set: setPictureLimits},
	{names: []string{"-pngrings"}, values: []string{"d,d,...|auto"}, about: "draws contours of these resolutions, in Å, or of round ones, in PNG pictures", set: setRings},
	{names: []string{"-pngaxes"}, values: []string{"pixels|mm"}, preset: "pixels", about: "unit of their axes", set: setPictureAxes},
	{names: []string{"-pngplain"}, about: "makes PNG pictures of the whole detector's pixels alone, a dot each, of 16 bits",
		set: flag(func(o *options) { o.pngPlain = true })},
	{names: []string{"-derivfile"}, values: []string{"PREFIX"}, about: "writes derivative images of the photons a pixel, PREFIX_NAME.bin, float32 without a header",
		set: text(func(o *options, s string) { o.derivativePrefix = some(s) })},
	{names: []string{"-deriv"}, values: []string{"NAME,NAME,..."}, about: "by these parameters, per unit of each; they are listed below",
		set: setDerivatives},
	{names: []string{"-derivpng"}, about: "writes PNG pictures of them too, PREFIX_NAME.png, blue below 0, red above",
		set: flag(func(o *options) { o.derivativePictures = true })},
	{names: []string{"-outputs"}, values: []string{"asked|none|reference"}, preset: "asked", about: "none: no file, only the summary; reference: all images and the dump, under nanoBragg's names unless others are given", set: setOutputs},
	{names: []string{"-printout"}, about: "prints the factors of each pixel, at its last step",
		set: flag(func(o *options) { o.printout = true })},
	{names: []string{"-printout_pixel"}, values: []string{"fast", "slow"}, about: "does so for this pixel only", set: setPrintoutPixel},
}

var programOptions = []option{
	{names: []string{"-exact"}, about: "exact physics instead of the reference program's deviations from it",
		set: flag(func(o *options) { o.exact = true })},
	{names: []string{"-threads"}, values: []string{"n"}, preset: "one a processor", about: "workers; the result does not depend on them",
		set: integer(0, func(o *options, n int) { o.threads = n })},
	{names: []string{"-kernels"}, values: []string{"auto|avx512|avx2|neon|go"}, preset: "auto", about: "instructions to compute with; the result does not depend on them", set: setKernels},
	{names: []string{"-gpu"}, values: []string{"[n,...]"}, take: takeGPU, preset: "none; 0 where no number follows", about: "computes on NVIDIA GPUs, by their numbers, in a build for them", set: setGPU},
	{names: []string{"-mixed"}, about: "has the GPU evaluate polynomials in float32: faster, to about 1e-6 of the largest intensity",
		set: flag(func(o *options) { o.mixed = true })},
	{names: []string{"-program"}, about: "prints the compiled program of the image and the memory it takes, instead of simulating",
		set: flag(func(o *options) { o.listing = true })},
	{names: []string{"-progress"}, about: "shows progress, on a terminal or not",
		set: flag(func(o *options) { o.progress = some(true) })},
	{names: []string{"-noprogress"}, about: "shows none (default: progress is shown on a terminal only)",
		set: flag(func(o *options) { o.progress = some(false) })},
	{names: []string{"-quiet"}, about: "prints only warnings, errors and what -printout asks for",
		set: flag(func(o *options) { o.quiet = true })},
	{names: []string{"-strict"}, about: "makes errors of what is probably a slip: units, misspelt options, a beam off the detector, overloads",
		set: flag(func(o *options) { o.strict = true })},
	{names: []string{"-version"}, about: "prints the version", set: flag(func(o *options) { o.version = true })},
	{names: []string{"-help", "-h"}, about: "prints this", set: flag(func(o *options) { o.help = true })},
}

// ignoredOptions are accepted by the reference program, which makes no use of them.
var ignoredOptions = []option{
	{names: []string{"-stol"}, values: []string{"FILE"}, about: "scattering of an amorphous material", set: ignore},
	{names: []string{"-4stol"}, values: []string{"FILE"}, about: "the same by 4 sin θ/λ", set: ignore},
	{names: []string{"-Q"}, values: []string{"FILE"}, about: "the same by 4π sin θ/λ", set: ignore},
	{names: []string{"-stolout"}, values: []string{"FILE"}, about: "where to print it", set: ignore},
	{names: []string{"-density", "-sample_den[sity]"}, values: []string{"x"}, about: "density of the sample", set: ignore},
	{names: []string{"-MW", "-molec[ular_weight]"}, values: []string{"x"}, about: "molecular weight of the sample", set: ignore},
	{names: []string{"-source_dist[ance]"}, values: []string{"x"}, about: "distance to the source", set: ignore},
	{names: []string{"-hdiv"}, values: []string{"0"}, about: "no divergence; it is -hdivrange that sets one", set: noDivergence},
	{names: []string{"-vdiv"}, values: []string{"0"}, about: "likewise; it is -vdivrange", set: noDivergence},
	{names: []string{"-coherent"}, about: "coherent addition", set: ignore},
}

// perSample has a correction made at every sample of a pixel.
func perSample(correction string) setter {
	return flag(func(o *options) {
		if !slices.Contains(o.perSample, correction) {
			o.perSample = append(o.perSample, correction)
		}
	})
}

func ignore(o *options, in input) error {
	o.ignored = append(o.ignored, in.name)
	return nil
}

// noDivergence accepts the 0 of the reference program's README. That program ignores any value, which may be meant.
func noDivergence(_ *options, in input) error {
	if x, err := parseReal(in.values[0]); err != nil || x == 0 {
		return err
	}
	name := strings.TrimLeft(in.name, "-")
	return fmt.Errorf("the reference program ignores it; for a divergence write -%srange %s", name, in.values[0])
}

func setOutputs(o *options, in input) error {
	switch in.values[0] {
	case "asked":
		o.outputs = askedOutputs
	case "none":
		o.outputs = noOutputs
	case "reference":
		o.outputs = referenceOutputs
	default:
		return errors.New("the outputs are asked, none or reference")
	}
	return nil
}

func setKernels(o *options, in input) error {
	switch in.values[0] {
	case "auto", "avx512", "avx2", "neon", "go":
		o.kernels = in.values[0]
		return nil
	}
	return errors.New("the kernels are auto, avx512, avx2, neon or go")
}

// takeGPU takes the numbers of GPUs, if any follow.
func takeGPU(rest []string) int {
	if len(rest) > 0 && strings.Trim(rest[0], "0123456789,") == "" && rest[0] != "" {
		return 1
	}
	return 0
}

func setGPU(o *options, in input) error {
	if len(in.values) == 0 {
		o.gpus = []int{0}
		return nil
	}
	o.gpus = nil
	for _, s := range strings.Split(in.values[0], ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("%q is not the number of a GPU", s)
		}
		o.gpus = append(o.gpus, n)
	}
	return nil
}

func setPrintoutPixel(o *options, in input) error {
	var v [2]int
	for i := range v {
		n, err := parseInteger(in.values[i])
		if err != nil {
			return err
		}
		if n < 0 {
			return errors.New("pixels are counted from 0")
		}
		v[i] = n
	}
	o.printout, o.printoutPixel = true, some(v)
	return nil
}
