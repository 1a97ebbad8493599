package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/crystal"
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
