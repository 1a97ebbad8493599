package main

import (
	"errors"
	"strings"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

var beamOptions = []option{
	{names: []string{"-lambda", "-wave[length]"}, values: []string{"x"}, unit: "Å", preset: "1", about: "wavelength",
		set: number(positive, func(o *options, x float64) { o.wavelength, o.energy = some(x), 0 })},
	{names: []string{"-energy"}, values: []string{"x"}, unit: "eV", about: "photon energy, instead of -lambda",
		set: number(positive, func(o *options, x float64) { o.wavelength, o.energy = some(nanobragg.HC/x), x })},
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
