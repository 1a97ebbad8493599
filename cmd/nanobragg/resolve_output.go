package main

import (
	"github.com/gobragg/gobragg/format/picture"
	"github.com/gobragg/gobragg/internal/cli"
)

// output says what is to be written; the paths of other files are empty.
type output struct {
	float, integer, pgm, noise, png, dump, experiment string
	cbf                                               string
	nxs, npy                                          string // with all images of a run

	reference bool // with the headers of the reference program

	scale, pgmScale float64 // 0: automatic
	adc             float64
	seed            uint64 // of the noise
	drawing         drawing
	derivatives     derivativeFiles

	images int // of a sweep; 0 without -images

	inputs    []string // files that were read
	forgotten bool     // no output was asked for, nor -outputs none
}

func (r *resolver) resolveOutput() error {
	w := &r.s.output
	w.reference = r.outputs == referenceOutputs
	preset := func(name string) string {
		if w.reference {
			return name
		}
		return ""
	}
	w.float = outputPath(r.floatFile.or(preset("floatimage.bin")))
	w.integer = outputPath(r.intFile.or(preset("intimage.img")))
	if !r.noPGM {
		w.pgm = outputPath(r.pgmFile.or(preset("image.pgm")))
	}
	if !r.noNoise {
		w.noise = outputPath(r.noiseFile.or(preset("noiseimage.img")))
	}
	w.png = outputPath(r.pngFile.or(""))
	w.cbf, w.nxs, w.npy = outputPath(r.cbfFile.or("")), outputPath(r.nxsFile.or("")), outputPath(r.npyFile.or(""))
	w.experiment = outputPath(r.experimentFile.or(""))
	w.scale, w.pgmScale, w.adc = r.scale, r.pgmScale, r.adc
	w.seed = uint64(r.seed.or(defaultSeed))
	w.images = r.images.or(0)
	w.drawing = drawing{options: picture.Options{Scale: r.pngScale.or(picture.Log), ColourMap: r.pngMap.or(picture.Gray), Invert: r.pngInvert},
		plain: r.pngPlain, inMM: r.pngAxes.value == "mm", rings: r.pngRings}
	w.drawing.options.Low, w.drawing.options.High = r.pngLimits.value[0], r.pngLimits.value[1]

	r.s.show.image = r.image.value
	if err := r.resolveDerivatives(); err != nil {
		return err
	}
	for _, lost := range []struct {
		name  string
		given bool
		file  string
		needs string
	}{
		{"-scale", r.scale > 0, w.integer, "-intfile"},
		{"-pgmscale", r.pgmScale > 0, w.pgm, "-pgmfile"},
		{"-seed", r.seed.given, w.noise + w.cbf + w.nxs, "-noisefile, -cbffile or -nxsfile"},
		{"-pngscale", r.pngScale.given && !w.derivatives.pictures, w.png, "-pngfile or -derivpng"},
		{"-pngmap", r.pngMap.given, w.png, "-pngfile"},
		{"-pnginvert", r.pngInvert, w.png, "-pngfile"},
		{"-pnglimits", r.pngLimits.given, w.png, "-pngfile"},
		{"-pngrings", r.pngRings.given && !w.derivatives.pictures, w.png, "-pngfile or -derivpng"},
		{"-pngaxes", r.pngAxes.given && !w.derivatives.pictures, w.png, "-pngfile or -derivpng"},
		{"-pngplain", r.pngPlain && !w.derivatives.pictures, w.png, "-pngfile or -derivpng"},
	} {
		if lost.given && lost.file == "" {
			r.note("%s has no effect without %s", lost.name, lost.needs)
		}
	}
	if r.pngPlain && (r.pngRings.given || r.pngAxes.given) {
		r.note("-pngrings and -pngaxes have no effect with -pngplain")
	}
	if err := w.drawing.options.Check(); err != nil {
		return cli.Usagef("-pnglimits: %w", err)
	}
	if w.cbf != "" && w.images > 1 && r.s.show.osc < 0 {
		r.note("-cbffile: a miniCBF gives a rotation backwards from its end, so that DIALS takes the images for %d scans; -nxsfile keeps them together", w.images)
	}
	if r.resume && w.images == 0 {
		r.note("-resume has no effect without -images")
	}
	switch asked := len(w.files()) > 0; {
	case r.listing && (asked || r.printout):
		r.note("-program prints the program instead of simulating: no image is made and no file written")
	case asked && r.outputs == noOutputs:
		return cli.Usagef("%s and -outputs none exclude each other", w.files()[0].option)
	case !asked && !r.printout && !r.listing && r.outputs == askedOutputs:
		w.forgotten = true
	}
	for _, in := range []optional[string]{r.matrix, r.hkl, r.image, r.mask, r.sourceFile} {
		if in.given {
			w.inputs = append(w.inputs, in.value)
		}
	}
	if r.expt.given {
		w.inputs = append(w.inputs, r.expt.value)
	}
	if r.reflections.path != "" {
		w.inputs = append(w.inputs, r.reflections.path)
	}
	if r.s.show.dump != "" {
		w.inputs = append(w.inputs, r.s.show.dump)
	}
	return nil
}

// resolveDerivatives refuses options of derivative images that lack each other.
func (r *resolver) resolveDerivatives() error {
	asked := len(r.derivatives) > 0
	switch {
	case asked && !r.derivativePrefix.given:
		return cli.Usagef("-deriv without -derivfile: give the PREFIX of the files that it writes")
	case !asked && r.derivativePrefix.given:
		return cli.Usagef("-derivfile without -deriv: give the names of the parameters")
	case !asked && r.derivativePictures:
		return cli.Usagef("-derivpng without -deriv and -derivfile: there are no derivative images")
	}
	r.s.output.derivatives = derivativeFiles{names: r.derivatives, prefix: r.derivativePrefix.value,
		pictures: r.derivativePictures, scale: r.pngScale.or(picture.Log)}
	return nil
}
