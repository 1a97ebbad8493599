package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
)

var crystalOptions = []option{
	{names: []string{"-mat", "-matrix"}, values: []string{"FILE"}, about: "MOSFLM orientation matrix: a*, b*, c* times the wavelength, in columns",
		set: text(func(o *options, s string) { o.matrix = some(s) })},
	{names: []string{"-cell"}, values: []string{"a", "b", "c", "alpha", "beta", "gamma"}, take: takeCell, unit: "Å, degrees", preset: "b and c as a, angles 90",
		about: "unit cell, instead of or over that of -mat; later values may be left out", set: setCell},
	{names: []string{"-expt"}, values: []string{"FILE"}, about: "crystal, rotation, wavelength and detector of an experiment list of DIALS, of one panel; -images takes fewer; with -exact",
		set: text(func(o *options, s string) { o.expt = some(s) })},
	{names: []string{"-misset"}, values: []string{"x", "y", "z"}, take: takeMisset, unit: "degrees", preset: "0 0 0",
		about: "rotates the crystal about the laboratory's x, then y, then z; or -misset random", set: setMisset},
	{names: []string{"-misset_seed"}, values: []string{"n"}, preset: "1", about: "seed of -misset random; give it before that", set: setMissetSeed},
	{names: []string{"-N"}, values: []string{"n"}, preset: "1", about: "unit cells along a, b and c",
		set: integer(0, func(o *options, n int) { o.cells = [3]optional[int]{some(n), some(n), some(n)} })},
	{names: []string{"-Na"}, values: []string{"n"}, preset: "1", about: "unit cells along a", set: setCells(0)},
	{names: []string{"-Nb"}, values: []string{"n"}, preset: "1", about: "unit cells along b", set: setCells(1)},
	{names: []string{"-Nc"}, values: []string{"n"}, preset: "1", about: "unit cells along c", set: setCells(2)},
	{names: []string{"-xtalsize", "-xtal_size", "-samplesize", "-sample_size"}, values: []string{"x"}, unit: "mm", about: "size of the crystal along a, b and c, instead of -N",
		set: setSize(0, 1, 2)},
	{names: []string{"-xtal_x", "-xtal_thick[ness]", "-sample_x", "-sample_thick[ness]"}, values: []string{"x"}, unit: "mm", about: "size along a", set: setSize(0)},
	{names: []string{"-xtal_y", "-xtal_width", "-sample_y", "-sample_width", "-width"}, values: []string{"x"}, unit: "mm", about: "size along b", set: setSize(1)},
	{names: []string{"-xtal_z", "-xtal_heigh[t]", "-sample_z", "-sample_heigh[t]", "-heigh[t]"}, values: []string{"x"}, unit: "mm", about: "size along c", set: setSize(2)},
	{names: []string{"-square_xtal"}, about: "parallelepiped crystal: spots with fringes (the default)", set: setShape(crystal.Square)},
	{names: []string{"-round_xtal"}, about: "ellipsoidal crystal", set: setShape(crystal.Round)},
	{names: []string{"-gauss_xtal"}, about: "Gaussian spots, no fringes", set: setShape(crystal.GaussStar)},
	{names: []string{"-tophat_spots", "-binary_spots"}, about: "flat spots with sharp edges", set: setShape(crystal.Tophat)},
	{names: []string{"-fudge"}, values: []string{"x"}, preset: "1", about: "scales round, Gaussian and flat spots: larger is sharper",
		set: number(positive, func(o *options, x float64) { o.fudge = some(x) })},
	{names: []string{"-mosaic", "-mosaici[ty]", "-mosaic_spr[ead]"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "mosaic spread: the largest rotation, or of normal domains the standard deviation about each axis",
		set: number(notNegative, func(o *options, x float64) { o.mosaicSpread = some(x) })},
	{names: []string{"-mosaic_dom[ains]"}, values: []string{"n|normal|reference"}, preset: "10 with a spread, else 1",
		about: "number of mosaic domains; or their kind, given beside it: reference, normal with -exact",
		set:   setMosaicDomains},
	{names: []string{"-mosaic_seed"}, values: []string{"n"}, preset: "12345678, 0 with -mosaic_domains normal", about: "seed of the mosaic domains; turns normal ones as a whole, by 0 not",
		set: integer(minInt, func(o *options, n int) { o.mosaicSeed = some(int64(n)) })},
}

var rotationOptions = []option{
	{names: []string{"-phi"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "start of the rotation about the spindle",
		set: number(anyReal, func(o *options, x float64) { o.phi = some(x) })},
	{names: []string{"-osc"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "range of the rotation; below 0 it turns the other way, with -exact",
		set: number(anyReal, func(o *options, x float64) { o.osc = some(x) })},
	{names: []string{"-phistep"}, values: []string{"x"}, unit: "degrees", preset: "osc/phisteps", about: "step of the rotation",
		set: number(notNegative, func(o *options, x float64) { o.phiStep = some(x) })},
	{names: []string{"-phisteps"}, values: []string{"n"}, preset: "2 with -osc, osc/phistep with both, else 1", about: "steps of the rotation",
		set: integer(0, func(o *options, n int) { o.phiSteps = some(n) })},
	{names: []string{"-phi_points"}, values: []string{"start|middle"}, preset: "start, middle with -exact", about: "where in its slice of the rotation a step is",
		set: setPhiPoints},
	{names: []string{"-images"}, values: []string{"n"}, preset: "1", about: "images of a sweep, each as wide as -osc; #### or %05d in names of files are their number; seeds of the noise: seed, seed + 1, ...",
		set: setImages},
	{names: []string{"-resume"}, about: "makes the images of -images that are not there yet; the last one that is there is made again, to see that it is the same",
		set: flag(func(o *options) { o.resume = true })},
	{names: []string{"-spindle_axis"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "axis of the rotation",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Spindle })},
}

var structureOptions = []option{
	{names: []string{"-hkl"}, values: []string{"FILE"}, about: "structure factors: h k l F a line, all of P1; further columns are left out",
		set: text(func(o *options, s string) { o.hkl = some(s) })},
	{names: []string{"-mtz"}, values: []string{"FILE[:LABEL,LABEL...]"}, about: "structure factors of an MTZ file, expanded to P1, and the cell if none is given; of these columns, else those that a rule chooses",
		set: setReflections},
	{names: []string{"-cif"}, values: []string{"FILE[:LABEL,LABEL...]"}, about: "the same of a CIF, of structure factors or of a model", set: setReflections},
	{names: []string{"-pdb"}, values: []string{"FILE"}, about: "the same calculated of a model, to -dmin or 2 Å", set: setReflections},
	{names: []string{"-hkl_values"}, values: []string{"F|F2"}, preset: "F, or what the file says", about: "what -hkl has after h k l: amplitudes, or intensities, of which the roots are taken",
		set: setValues},
	{names: []string{"-friedel"}, about: "adds Friedel mates that are not in the file (the default with -exact)",
		set: flag(func(o *options) { o.friedel = "add" })},
	{names: []string{"-nofriedel"}, about: "leaves them at -default_F (the default without -exact)",
		set: flag(func(o *options) { o.friedel = "leave" })},
	{names: []string{"-dump"}, values: []string{"FILE"}, preset: "Fdump.bin with -outputs reference", about: "binary copy of the structure factors: written with -hkl, read without",
		set: text(func(o *options, s string) { o.dump = some(s) })},
	{names: []string{"-default_F"}, values: []string{"F"}, preset: "0", about: "structure factor of reflections that are not in the file",
		set: number(anyReal, func(o *options, x float64) { o.defaultF = x })},
	{names: []string{"-interpolate"}, about: "interpolates structure factors between reflections (the default where a count of -N is 2 or less)",
		set: flag(func(o *options) { o.lookup = some(crystal.Tricubic) })},
	{names: []string{"-nointerpolate"}, about: "takes that of the nearest reflection",
		set: flag(func(o *options) { o.lookup = some(crystal.Nearest) })},
	{names: []string{"-water"}, values: []string{"x"}, unit: "µm", preset: "0", about: "side of a cube of water that scatters as background",
		set: number(notNegative, func(o *options, x float64) { o.water = x })},
	{names: []string{"-dmin"}, values: []string{"x"}, unit: "Å", preset: "no limit", about: "leaves out what is diffracted to a finer resolution",
		set: number(notNegative, func(o *options, x float64) { o.dmin = x })},
}

// setReflections takes a file and the labels of its columns. A colon with a slash after it is one of the path.
func setReflections(o *options, in input) error {
	f := reflectionFile{option: in.name, path: in.values[0]}
	if at := strings.LastIndexByte(f.path, ':'); at > 1 && in.name != "-pdb" && !strings.ContainsAny(f.path[at:], `/\\`) {
		if _, err := os.Stat(f.path); err != nil { // unless it is a name with a colon
			f.columns = strings.Split(f.path[at+1:], ",")
			f.path = f.path[:at]
		}
	}
	if f.path == "" || slices.Contains(f.columns, "") {
		return errors.New("a name is empty: it is FILE or FILE:LABEL,LABEL")
	}
	if old := o.reflections; old.path != "" && old.option != f.option {
		return fmt.Errorf("%s is given too: there can be one of the two", old.option)
	}
	o.reflections = f
	return nil
}

func setImages(o *options, in input) error {
	n, err := parseInteger(in.values[0])
	if err == nil && (n < 1 || n > mostImages) {
		err = fmt.Errorf("must be from 1 to %d", mostImages)
	}
	o.images = some(n)
	return err
}

func setValues(o *options, in input) error {
	switch s := strings.ToUpper(in.values[0]); s {
	case "F", "F2":
		o.hklValues = s
		return nil
	}
	return errors.New("the values are F or F2")
}

func setCells(i int) setter {
	return integer(0, func(o *options, n int) { o.cells[i] = some(n) })
}

func setSize(axes ...int) setter {
	return number(notNegative, func(o *options, x float64) {
		for _, i := range axes {
			o.size[i] = some(x)
		}
	})
}

// setMosaicDomains takes a number of domains or the name of their kind.
func setMosaicDomains(o *options, in input) error {
	switch v := in.values[0]; v {
	case "normal":
		o.mosaicKind = some(crystal.NormalDomains)
	case "reference":
		o.mosaicKind = some(crystal.ReferenceDomains)
	default:
		n, err := parseInteger(v)
		if err != nil {
			return fmt.Errorf("%q is neither a whole number nor normal or reference", v)
		}
		if n < 0 {
			return errors.New("must be 0 or more")
		}
		o.mosaicDomains = some(n)
	}
	return nil
}

func setPhiPoints(o *options, in input) error {
	switch v := in.values[0]; v {
	case "start":
		o.phiPoints = some(crystal.Start)
	case "middle":
		o.phiPoints = some(crystal.Middle)
	default:
		return fmt.Errorf("%q is neither start nor middle", v)
	}
	return nil
}

func setShape(s crystal.Shape) setter { return flag(func(o *options) { o.shape = s }) }

// takeCell counts one to six values: no length and no angle is negative.
func takeCell(rest []string) int {
	n := 1
	for n < 6 && n < len(rest) && !strings.HasPrefix(rest[n], "-") {
		n++
	}
	return n
}

func setCell(o *options, in input) error {
	var v [6]float64
	for i, s := range in.values {
		x, err := parseReal(s)
		if err != nil {
			return err
		}
		switch {
		case x <= 0:
			return errors.New("lengths and angles must be above 0; the last ones may be left out")
		case i >= 3 && x >= 180:
			return errors.New("angles must be below 180°")
		}
		v[i] = x
	}
	o.cell = some(experiment.Cell{A: v[0], B: v[1], C: v[2], Alpha: v[3], Beta: v[4], Gamma: v[5]})
	return nil
}

// isRandom accepts what the reference program does, "rand" in "random".
func isRandom(s string) bool { return strings.Contains(s, "rand") }

func takeMisset(rest []string) int {
	if len(rest) > 0 && isRandom(rest[0]) {
		return 1
	}
	return 3
}

func setMisset(o *options, in input) error {
	if len(in.values) == 1 {
		o.both(func(r *reading) { r.misset = misset{random: true} })
		return nil
	}
	v, err := parseVector(in.values)
	if err == nil {
		o.both(func(r *reading) { r.misset = misset{angles: v} })
	}
	return err
}

// setMissetSeed sets the seed, and, as the reference program reads it, three misset angles too: those that C's atof
// makes of the next three arguments.
func setMissetSeed(o *options, in input) error {
	n, err := parseInteger(in.values[0])
	if err != nil {
		return err
	}
	o.missetSeed = some(int64(n))
	if len(in.after) < 3 {
		return nil
	}
	var angles [3]float64
	for i := range angles {
		angles[i] = leadingNumber(in.after[i])
	}
	o.reference.misset = misset{angles: angles}
	return nil
}

// leadingNumber returns the number that s begins with, 0 if there is none.
func leadingNumber(s string) float64 {
	for n := len(s); n > 0; n-- {
		if x, err := parseReal(s[:n]); err == nil {
			return x
		}
	}
	return 0
}

var beamOptions = []option{
	{names: []string{"-lambda", "-wave[length]"}, values: []string{"x"}, unit: "Å", preset: "1", about: "wavelength",
		set: number(positive, func(o *options, x float64) { o.wavelength, o.energy = some(x), 0 })},
	{names: []string{"-energy"}, values: []string{"x"}, unit: "eV", about: "photon energy, instead of -lambda",
		set: number(positive, func(o *options, x float64) { o.wavelength, o.energy = some(beam.HC/x), x })},
	{names: []string{"-dispersion"}, values: []string{"x"}, unit: "percent", preset: "0", about: "spectral width Δλ/λ",
		set: number(notNegative, func(o *options, x float64) { o.dispersion = some(x) })},
	{names: []string{"-dispsteps"}, values: []string{"n"}, preset: "2 with a dispersion", about: "wavelengths in that range",
		set: integer(0, func(o *options, n int) { o.dispersionSteps = some(n) })},
	{names: []string{"-divergence"}, values: []string{"x"}, unit: "mrad", preset: "0", about: "divergence of the beam, full width, horizontal and vertical",
		set: number(notNegative, func(o *options, x float64) { o.horizontal.width, o.vertical.width = some(x), some(x) })},
	{names: []string{"-hdivrange"}, values: []string{"x"}, unit: "mrad", preset: "0", about: "horizontal divergence",
		set: number(notNegative, func(o *options, x float64) { o.horizontal.width = some(x) })},
	{names: []string{"-vdivrange"}, values: []string{"x"}, unit: "mrad", preset: "0", about: "vertical divergence",
		set: number(notNegative, func(o *options, x float64) { o.vertical.width = some(x) })},
	{names: []string{"-hdivstep"}, values: []string{"x"}, unit: "mrad", preset: "range/(steps-1)", about: "horizontal step between sources",
		set: number(notNegative, func(o *options, x float64) { o.horizontal.step = some(x) })},
	{names: []string{"-vdivstep"}, values: []string{"x"}, unit: "mrad", preset: "range/(steps-1)", about: "vertical step between sources",
		set: number(notNegative, func(o *options, x float64) { o.vertical.step = some(x) })},
	{names: []string{"-hdivsteps"}, values: []string{"n"}, preset: "2 with a range, range/step with both", about: "horizontal count of sources",
		set: integer(0, func(o *options, n int) { o.horizontal.steps = some(n) })},
	{names: []string{"-vdivsteps"}, values: []string{"n"}, preset: "2 with a range, range/step with both", about: "vertical count of sources",
		set: integer(0, func(o *options, n int) { o.vertical.steps = some(n) })},
	{names: []string{"-divsteps"}, values: []string{"n"}, about: "count of sources in both directions",
		set: integer(0, func(o *options, n int) { o.horizontal.steps, o.vertical.steps = some(n), some(n) })},
	{names: []string{"-round_div"}, about: "cuts the grid of sources to an ellipse (the default)",
		set: flag(func(o *options) { o.squareDivergence = false })},
	{names: []string{"-square_div"}, about: "keeps its corners",
		set: flag(func(o *options) { o.squareDivergence = true })},
	{names: []string{"-sourcefile"}, values: []string{"FILE"}, about: "list of sources: x y z weight wavelength(m) a line, or a .lam spectrum: wavelength(Å) weight; instead of divergence and dispersion",
		set: text(func(o *options, s string) { o.sourceFile = some(s) })},
	{names: []string{"-polar"}, values: []string{"x"}, preset: "0", about: "Kahn polarization factor, -1 to 1",
		set: number(kahn, func(o *options, x float64) { o.kahn, o.noPolarization = x, false })},
	{names: []string{"-nopolar"}, about: "no polarization correction",
		set: flag(func(o *options) { o.noPolarization = true })},
	{names: []string{"-fluence"}, values: []string{"x"}, unit: "photons/m²", preset: "1.25932e29", about: "photons that arrive",
		set: number(positive, func(o *options, x float64) { o.fluence = some(x) })},
	{names: []string{"-flux"}, values: []string{"x"}, unit: "photons/s", about: "instead of -fluence, with -exposure and -beamsize; takes precedence",
		set: number(notNegative, func(o *options, x float64) { o.flux = some(x) })},
	{names: []string{"-exposure"}, values: []string{"x"}, unit: "s", preset: "1", about: "exposure time",
		set: number(positive, func(o *options, x float64) { o.exposure = some(x) })},
	{names: []string{"-beamsize"}, values: []string{"x"}, unit: "mm", preset: "0.1", about: "side of the square beam; a larger crystal is cut to it along b and c",
		set: number(positive, func(o *options, x float64) { o.beamSize = some(x) })},
	{names: []string{"-beam_vector"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "direction that the X-rays travel in",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Beam })},
	{names: []string{"-polar_vector"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "direction of the electric field",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Polarization })},
}

var detectorOptions = []option{
	{names: []string{"-detpixels"}, values: []string{"n"}, preset: "from -detsize", about: "pixels along both axes", set: setPixels(0, 1)},
	{names: []string{"-detpixels_f", "-detpixels_x"}, values: []string{"n"}, about: "pixels along the fast axis", set: setPixels(0)},
	{names: []string{"-detpixels_s", "-detpixels_y"}, values: []string{"n"}, about: "pixels along the slow axis", set: setPixels(1)},
	{names: []string{"-detsize"}, values: []string{"x"}, unit: "mm", preset: "102.4", about: "size of the detector", set: setDetectorSize(0, 1)},
	{names: []string{"-detsize_f"}, values: []string{"x"}, unit: "mm", about: "size along the fast axis", set: setDetectorSize(0)},
	{names: []string{"-detsize_s"}, values: []string{"x"}, unit: "mm", about: "size along the slow axis", set: setDetectorSize(1)},
	{names: []string{"-pixel"}, values: []string{"x"}, unit: "mm", preset: "0.1", about: "side of a pixel",
		set: number(positive, func(o *options, x float64) { o.pixel = some(x) })},
	{names: []string{"-img"}, values: []string{"FILE"}, about: "SMV image whose header sets size, pixel, distance, wavelength, beam centre and rotation",
		set: text(func(o *options, s string) { o.image = some(s) })},
	{names: []string{"-mask"}, values: []string{"FILE"}, about: "SMV image whose zero pixels are left out; its header counts as that of -img",
		set: text(func(o *options, s string) { o.mask = some(s) })},
	{names: []string{"-roi"}, values: []string{"xmin", "xmax", "ymin", "ymax"}, preset: "all", about: "simulates these pixels only, both ends included; fast, then slow axis",
		set: setROI},
	{names: []string{"-curved_det[ector]"}, about: "all pixels are as far from the crystal as the beam centre",
		set: flag(func(o *options) { o.curved = true })},
	{names: []string{"-point_pixel"}, about: "no obliquity in the solid angle of a pixel",
		set: flag(func(o *options) { o.pointPixel = true })},
	{names: []string{"-detector_abs[orb]"}, values: []string{"x"}, unit: "µm", preset: "the thickness", about: "attenuation depth of the sensor; inf or 0: no sensor", set: setAbsorption},
	{names: []string{"-detector_thick"}, values: []string{"x"}, unit: "µm", preset: "0", about: "thickness of the sensor",
		set: number(notNegative, func(o *options, x float64) { o.thickness = x })},
	{names: []string{"-detector_thicksteps", "-thicksteps"}, values: []string{"n"}, preset: "2, 1 with -exact", about: "layers that the sensor is cut into",
		set: integer(0, func(o *options, n int) { o.layers = some(n) })},
}

var geometryOptions = []option{
	{names: []string{"-distance"}, values: []string{"x"}, unit: "mm", preset: "100", about: "from the crystal to the detector along the beam",
		set: number(positive, func(o *options, x float64) { o.distance = some(x); o.pivotAbout(detector.AboutBeam) })},
	{names: []string{"-close_distance"}, values: []string{"x"}, unit: "mm", about: "to the nearest point of the detector's plane, instead of -distance",
		set: number(nonzero, func(o *options, x float64) { o.closeDistance = some(x); o.pivotAbout(detector.AboutSample) })},
	{names: []string{"-Xbeam"}, values: []string{"x"}, unit: "mm", preset: "the middle", about: "beam centre, as the convention counts it",
		set: setCentre(func(o *options) *optional[float64] { return &o.beamCentre[0] }, detector.AboutBeam)},
	{names: []string{"-Ybeam"}, values: []string{"x"}, unit: "mm", preset: "the middle", about: "beam centre",
		set: setCentre(func(o *options) *optional[float64] { return &o.beamCentre[1] }, detector.AboutBeam)},
	{names: []string{"-Xclose"}, values: []string{"x"}, unit: "mm", preset: "the middle", about: "point nearest to the crystal, along the fast axis",
		set: setCentre(func(o *options) *optional[float64] { return &o.closeCentre[0] }, detector.AboutSample)},
	{names: []string{"-Yclose"}, values: []string{"x"}, unit: "mm", preset: "the middle", about: "point nearest to the crystal, along the slow axis",
		set: setCentre(func(o *options) *optional[float64] { return &o.closeCentre[1] }, detector.AboutSample)},
	{names: []string{"-ORGX"}, values: []string{"x"}, unit: "pixels", preset: "the middle", about: "that point as XDS counts it, from 1",
		set: setCentre(func(o *options) *optional[float64] { return &o.org[0] }, detector.AboutSample)},
	{names: []string{"-ORGY"}, values: []string{"x"}, unit: "pixels", preset: "the middle", about: "that point as XDS counts it",
		set: setCentre(func(o *options) *optional[float64] { return &o.org[1] }, detector.AboutSample)},
	{names: []string{"-mosflm"}, about: "MOSFLM's axes and beam centre (the default)", set: setConvention(detector.MOSFLM, detector.AboutBeam)},
	{names: []string{"-denzo"}, about: "DENZO's", set: setConvention(detector.DENZO, detector.AboutBeam)},
	{names: []string{"-adxv"}, about: "ADXV's", set: setConvention(detector.ADXV, detector.AboutBeam)},
	{names: []string{"-xds"}, about: "XDS's", set: setConvention(detector.XDS, detector.AboutSample)},
	{names: []string{"-dials"}, about: "DIALS's", set: setDIALS},
	{names: []string{"-pivot"}, values: []string{"beam|sample"}, preset: "the convention's", about: "what the detector pivots about; has an effect only with vectors of your own or -exact", set: setPivot},
	{names: []string{"-detector_rotx"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "rotates the detector about the laboratory's x", set: setRotation(0)},
	{names: []string{"-detector_roty"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "then about y", set: setRotation(1)},
	{names: []string{"-detector_rotz"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "then about z", set: setRotation(2)},
	{names: []string{"-twotheta"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "then about the two-theta axis",
		set: number(anyReal, func(o *options, x float64) {
			o.twoThetaGiven = true
			o.both(func(r *reading) { r.twoTheta, r.pivot = x, detector.AboutSample })
		})},
	{names: []string{"-twotheta_axis"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "axis of that rotation; give it before -twotheta", set: setTwoThetaAxis},
	{names: []string{"-fdet_vector"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "direction of the fast axis",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Fast })},
	{names: []string{"-sdet_vector"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "direction of the slow axis",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Slow })},
	{names: []string{"-odet_vector"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "normal of the detector, away from the crystal",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Normal })},
	{names: []string{"-pix0_vector"}, values: []string{"x", "y", "z"}, unit: "m", about: "corner of the first pixel, from the crystal; only with -exact",
		set: vector(func(o *options, v [3]float64) { o.pix0, o.convention = some(v), detector.Custom })},
}

func nonzero(x float64) error {
	if x == 0 {
		return errors.New("must not be 0")
	}
	return nil
}

// axis sets a vector, and with it axes of the user's own.
func axis(of func(*options) *[3]float64) setter {
	return direction(func(o *options, v [3]float64) { *of(o), o.convention = v, detector.Custom })
}

// setTwoThetaAxis sets the axis, and, as the reference program reads it, the angle to the axis's x.
func setTwoThetaAxis(o *options, in input) error {
	set := axis(func(o *options) *[3]float64 { return &o.vectors.TwoTheta })
	if err := set(o, in); err != nil {
		return err
	}
	o.reference.twoTheta, o.reference.pivot = o.vectors.TwoTheta[0], detector.AboutSample
	return nil
}

func setConvention(c detector.Convention, pivot detector.Pivot) setter {
	return flag(func(o *options) { o.convention = c; o.pivotAbout(pivot) })
}

// setDIALS differs from the others in that, where vectors follow, the reference program pivots about the beam.
func setDIALS(o *options, _ input) error {
	o.convention = detector.DIALS
	o.reference.pivot, o.intended.pivot = detector.AboutBeam, detector.AboutSample
	return nil
}

func setPivot(o *options, in input) error {
	var p detector.Pivot
	switch s := in.values[0]; {
	case strings.Contains(s, "beam"):
		p = detector.AboutBeam
	case strings.Contains(s, "sample"):
		p = detector.AboutSample
	default:
		return errors.New("the pivot is beam or sample")
	}
	o.pivot = some(p)
	o.pivotAbout(p)
	return nil
}

func setCentre(of func(*options) *optional[float64], pivot detector.Pivot) setter {
	return number(anyReal, func(o *options, x float64) { *of(o) = some(x); o.pivotAbout(pivot) })
}

func setRotation(i int) setter {
	return number(anyReal, func(o *options, x float64) { o.rotation[i] = x })
}

func setPixels(axes ...int) setter {
	return integer(1, func(o *options, n int) {
		for _, i := range axes {
			o.detectorPixels[i] = some(n)
		}
	})
}

func setDetectorSize(axes ...int) setter {
	return number(positive, func(o *options, x float64) {
		for _, i := range axes {
			o.detectorSize[i] = some(x)
		}
	})
}

func setROI(o *options, in input) error {
	var v [4]int
	for i := range v {
		n, err := parseInteger(in.values[i])
		if err != nil {
			return err
		}
		v[i] = n
	}
	o.roi = some(v)
	return nil
}

// setAbsorption follows the reference program in that inf and 0 take away a thickness given before.
func setAbsorption(o *options, in input) error {
	if s := in.values[0]; strings.Contains(s, "inf") {
		o.attenuation, o.thickness = some(0.0), 0
		return nil
	}
	return number(notNegative, func(o *options, x float64) {
		o.attenuation = some(x)
		if x == 0 {
			o.thickness = 0
		}
	})(o, in)
}
