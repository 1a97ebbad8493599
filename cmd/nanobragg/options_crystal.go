package main

import (
	"errors"
	"strings"

	"github.com/gobragg/gobragg/crystal"
)

var crystalOptions = []option{
	{names: []string{"-mat"}, values: []string{"FILE"}, about: "MOSFLM orientation matrix: a*, b*, c* times the wavelength, in columns",
		set: text(func(o *options, s string) { o.matrix = some(s) })},
	{names: []string{"-cell"}, values: []string{"a", "b", "c", "alpha", "beta", "gamma"}, take: takeCell, unit: "Å, degrees", preset: "b and c as a, angles 90",
		about: "unit cell, instead of or over that of -mat; later values may be left out", set: setCell},
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
	{names: []string{"-gauss_xtal"}, about: "Gaussian spots, no fringes", set: setShape(crystal.Gauss)},
	{names: []string{"-tophat_spots", "-binary_spots"}, about: "flat spots with sharp edges", set: setShape(crystal.Tophat)},
	{names: []string{"-fudge"}, values: []string{"x"}, preset: "1", about: "scales round, Gaussian and flat spots: larger is sharper",
		set: number(positive, func(o *options, x float64) { o.fudge = some(x) })},
	{names: []string{"-mosaic", "-mosaici[ty]", "-mosaic_spr[ead]"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "mosaic spread",
		set: number(notNegative, func(o *options, x float64) { o.mosaicSpread = some(x) })},
	{names: []string{"-mosaic_dom[ains]"}, values: []string{"n"}, preset: "10 with a spread, else 1", about: "mosaic domains",
		set: integer(0, func(o *options, n int) { o.mosaicDomains = some(n) })},
	{names: []string{"-mosaic_seed"}, values: []string{"n"}, preset: "12345678", about: "seed of the mosaic domains",
		set: integer(minInt, func(o *options, n int) { o.mosaicSeed = some(int64(n)) })},
}

var rotationOptions = []option{
	{names: []string{"-phi"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "start of the rotation about the spindle",
		set: number(anyReal, func(o *options, x float64) { o.phi = some(x) })},
	{names: []string{"-osc"}, values: []string{"x"}, unit: "degrees", preset: "0", about: "range of the rotation",
		set: number(notNegative, func(o *options, x float64) { o.osc = some(x) })},
	{names: []string{"-phistep"}, values: []string{"x"}, unit: "degrees", preset: "osc/phisteps", about: "step of the rotation",
		set: number(notNegative, func(o *options, x float64) { o.phiStep = some(x) })},
	{names: []string{"-phisteps"}, values: []string{"n"}, preset: "2 with -osc, osc/phistep with both, else 1", about: "steps of the rotation",
		set: integer(0, func(o *options, n int) { o.phiSteps = some(n) })},
	{names: []string{"-spindle_axis"}, values: []string{"x", "y", "z"}, preset: "the convention's", about: "axis of the rotation",
		set: axis(func(o *options) *[3]float64 { return &o.vectors.Spindle })},
}

var structureOptions = []option{
	{names: []string{"-hkl"}, values: []string{"FILE"}, about: "structure factors: h k l F a line, all of P1",
		set: text(func(o *options, s string) { o.hkl = some(s) })},
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
		if x < 0 || i == 0 && x == 0 {
			return errors.New("lengths and angles must be above 0")
		}
		v[i] = x
	}
	o.cell = some(crystal.Cell{A: v[0], B: v[1], C: v[2], Alpha: v[3], Beta: v[4], Gamma: v[5]})
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
