package main

import (
	"fmt"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// setup is a run with every decision made.
type setup struct {
	exact    bool
	crystal  crystal.Config
	beam     beam.Config
	detector detector.Config // Oversample of 0: from the crystal's size, once that is known

	overCapture, overPolarization, overSolidAngle bool

	show    shown
	output  output
	threads int
	kernels string
	gpus    []int
	mixed   bool
	listing bool // instead of a run

	beamPlaces [2]bool // -Xbeam, -Ybeam place a detector that pivots about the sample

	progress      optional[bool]
	quiet         bool
	printout      bool
	printoutPixel optional[[2]int]

	notices []string // what the user should know, a line each
}

// deviations are those of the reference program from the exact physics that a run makes.
func (s *setup) deviations() nanobragg.Deviations {
	if s.exact {
		return nanobragg.Deviations{}
	}
	return nanobragg.Reference()
}

// shown is what the summary and the headers of images tell beyond the configurations, lengths in mm, angles in degrees.
type shown struct {
	beamX, beamY   float64    // of the convention
	closeX, closeY float64    // before the detector is placed
	detectorSize   [2]float64 // fast, slow
	region         detector.Region
	phi, osc       float64
	twoTheta       float64
	wavelength     float64 // Å
	missetRandom   bool
	missetSeed     int64
	attenuation    optional[float64] // µm
	sources        int               // read from a file
	mask           string
	matrix         string
	hkl, dump      string // read from
}

// resolver makes a setup of options, as the reference program does or, with -exact, as its physics is meant.
type resolver struct {
	*options
	camera camera
	as     reading
	s      *setup
}

func (r *resolver) note(format string, args ...any) {
	r.s.notices = append(r.s.notices, fmt.Sprintf(format, args...))
}

// resolve reads the files that the options name and decides what follows from all of them together.
func resolve(o *options) (*setup, error) {
	r := &resolver{options: o, as: o.reference, s: &setup{
		exact:       o.exact,
		overCapture: o.overCapture, overPolarization: o.overPolarization, overSolidAngle: o.overSolidAngle,
		threads: o.threads, kernels: o.kernels, gpus: o.gpus, mixed: o.mixed, listing: o.listing, progress: o.progress, quiet: o.quiet, printout: o.printout, printoutPixel: o.printoutPixel,
	}}
	for _, name := range o.ignored {
		r.note("%s has no effect, here or in the reference program", name)
	}
	if o.exact {
		r.as = o.intended
		if o.overCapture || o.overPolarization || o.overSolidAngle {
			r.note("-oversample_thick, _polar and _omega have no effect with -exact, which always does so")
		}
	} else {
		r.misread()
	}
	if err := r.required(); err != nil {
		return nil, err
	}
	camera, err := readCamera(o)
	if err != nil {
		return nil, err
	}
	r.camera = camera
	for _, step := range []func() error{r.resolveDetector, r.resolveBeam, r.resolveCrystal, r.resolveRotation, r.resolveStructure, r.resolveOutput} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.s, nil
}

// required refuses arguments that describe no experiment, before any file is read.
func (r *resolver) required() error {
	switch {
	case !r.cell.given && !r.matrix.given:
		return usagef("no crystal: give -cell or -mat")
	case !r.hkl.given && !r.dump.given && r.outputs != referenceOutputs && r.defaultF == 0:
		return usagef("no structure factors: give -hkl, -dump or -default_F")
	case r.gpus != nil && (r.threads != 0 || r.kernels != ""):
		return usagef("-gpu excludes -threads and -kernels, which are the processor's")
	case r.gpus == nil && r.mixed:
		return usagef("-mixed without -gpu: the processor computes in float64 alone")
	}
	return nil
}

// misread tells where the reference program takes one option for two.
func (r *resolver) misread() {
	if ref := r.reference.misset; ref != r.intended.misset {
		r.note("the reference program takes -misset_seed and what follows for -misset %g %g %g too, and so it is done; "+
			"put -misset after -misset_seed, or use -exact", ref.angles[0], ref.angles[1], ref.angles[2])
	}
	if r.reference.twoTheta != r.intended.twoTheta {
		r.note("the reference program takes -twotheta_axis and its x for -twotheta %g too, and so it is done; "+
			"put -twotheta after -twotheta_axis, or use -exact", r.reference.twoTheta)
	}
}

// axes that hold in the end: those of the convention, or the reference program's own with the user's.
func (r *resolver) axes() detector.Axes {
	a := r.convention.Axes()
	if r.convention != detector.Custom {
		return a
	}
	v := r.vectors
	for _, pair := range []struct{ to, from *[3]float64 }{
		{&a.Beam, &v.Beam}, {&a.Fast, &v.Fast}, {&a.Slow, &v.Slow}, {&a.Normal, &v.Normal},
		{&a.TwoTheta, &v.TwoTheta}, {&a.Polarization, &v.Polarization}, {&a.Spindle, &v.Spindle},
	} {
		if *pair.from != [3]float64{} {
			*pair.to = *pair.from
		}
	}
	return a
}
