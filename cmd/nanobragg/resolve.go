package main

import (
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// setup is a run with every decision made.
type setup struct {
	// experiment that the options describe: one crystal, a beam, a detector and the physics. An Oversample of 0 follows from
	// the crystal's size when the model is built.
	experiment experiment.Config

	show    shown
	output  output
	threads int
	kernels string
	gpus    []int
	mixed   bool
	listing bool // instead of a run

	resume bool // makes only the images of a sweep that are not there

	beamPlaces [2]bool // whether -Xbeam and -Ybeam place a detector that pivots about the sample

	progress      optional[bool]
	quiet         bool
	printout      bool
	printoutPixel optional[[2]int]

	strict  bool     // slips are errors
	notices []string // what the user should know, a line each
	slips   []string // what was probably meant otherwise
}

// crystal is the experiment's only one.
func (s *setup) crystal() *experiment.Crystal { return &s.experiment.Crystals[0] }

// exact reports whether the physics are exact, not the reference program's.
func (s *setup) exact() bool { return !s.experiment.Physics.Reference }

// normalDomains reports whether the mosaic domains are of a normal distribution.
func (s *setup) normalDomains() bool {
	kind := s.crystal().Mosaic.Kind
	return kind == crystal.NormalDomains || kind == crystal.AutomaticDomains && s.exact()
}

// phiAtMiddle reports whether the phi steps are at the middles of their slices of the rotation.
func (s *setup) phiAtMiddle() bool {
	points := s.crystal().PhiPoints
	return points == crystal.Middle || points == crystal.AutomaticPoints && s.exact()
}

// perSample reports whether a correction, by its name in the experiment, is made at every sample of a pixel.
func (s *setup) perSample(correction string) bool {
	return s.exact() || slices.Contains(s.experiment.Physics.PerSample, correction)
}

// deviations returns the reference program's departures from the exact physics that the run reproduces.
func (s *setup) deviations() nanobragg.Deviations {
	if s.exact() {
		return nanobragg.Deviations{}
	}
	return nanobragg.Reference()
}

// shown holds what the summary and the headers of images report beyond the experiment; lengths in mm, angles in degrees.
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
	image, mask    string            // files
	hkl, dump      string            // file that the structure factors are read from
}

// resolver turns options into a setup as the reference program interprets them or, with -exact, as they are meant.
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
		experiment: experiment.Config{Crystals: make([]experiment.Crystal, 1), Physics: experiment.Physics{Reference: !o.exact}},
		threads:    o.threads, kernels: o.kernels, gpus: o.gpus, mixed: o.mixed, listing: o.listing, progress: o.progress, quiet: o.quiet, printout: o.printout, printoutPixel: o.printoutPixel, strict: o.strict, resume: o.resume,
	}}
	for _, name := range o.ignored {
		r.note("%s has no effect, here or in the reference program", name)
	}
	if o.exact {
		r.as = o.intended
		if len(o.perSample) > 0 {
			r.note("-oversample_thick, _polar and _omega have no effect with -exact, which always does so")
		}
	} else {
		r.s.experiment.Physics.PerSample = o.perSample
		r.misread()
	}
	if err := r.required(); err != nil {
		return nil, err
	}
	if err := r.resolveExperiments(); err != nil {
		return nil, err
	}
	o = r.options
	camera, err := readCamera(o)
	if err != nil {
		return nil, err
	}
	r.camera = camera
	r.s.notices = append(r.s.notices, camera.notices...)
	for _, step := range []func() error{r.resolveDetector, r.resolveBeam, r.resolveCrystal, r.resolveRotation, r.resolveStructure, r.resolveOutput} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	r.resolveSlips()
	return r.s, nil
}

// required returns an error for arguments that do not describe an experiment, before any file is read.
func (r *resolver) required() error {
	switch {
	case r.reflections.path != "" && r.hkl.given:
		return cli.Usagef("%s and -hkl exclude each other: both give the structure factors", r.reflections.option)
	case !r.cell.given && !r.matrix.given && r.reflections.path == "" && !r.expt.given:
		return cli.Usagef("no crystal: give -cell or -mat")
	case !r.hkl.given && r.reflections.path == "" && !r.dump.given && r.outputs != referenceOutputs && r.defaultF == 0:
		return cli.Usagef("no structure factors: give -hkl, -dump or -default_F")
	case r.gpus != nil && (r.threads != 0 || r.kernels != ""):
		return cli.Usagef("-gpu excludes -threads and -kernels, which are the processor's")
	case r.gpus == nil && r.mixed:
		return cli.Usagef("-mixed without -gpu: the processor computes in float64 alone")
	}
	return nil
}

// misread notes where the reference program takes one option for two.
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

// axes returns the axes in effect: the convention's, or for Custom the reference program's own with the user's in their
// places.
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
