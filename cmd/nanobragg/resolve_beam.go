package main

import (
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

func (r *resolver) resolveBeam() error {
	b := &r.s.experiment.Beam
	wavelength, err := r.header(r.wavelength, r.camera.wavelength)
	if err != nil {
		return err
	}
	b.Wavelength = wavelength.or(1)
	r.s.show.wavelength = b.Wavelength
	b.Kahn, b.NoPolarization = r.kahn, r.noPolarization
	r.resolveFluence()
	if r.sourceFile.given {
		r.resolveSources()
		return nil
	}
	if r.dispersion.or(0) > 0 {
		b.Dispersion = experiment.Spread{Range: r.dispersion.value, Steps: r.dispersionSteps.or(0)}
	} else if r.dispersionSteps.or(0) > 1 {
		r.note("-dispsteps has no effect without -dispersion")
	}
	b.SquareDivergence = r.squareDivergence
	if b.DivergenceH, err = r.spread("-hdivsteps", r.horizontal); err != nil {
		return err
	}
	b.DivergenceV, err = r.spread("-vdivsteps", r.vertical)
	return err
}

// spread decides range, step and number of steps of the divergence in one direction.
func (r *resolver) spread(name string, d divergence) (experiment.Spread, error) {
	s, err := nanobragg.Divergence(d.width.or(-1), d.step.or(0), d.steps.or(0))
	if err != nil {
		return experiment.Spread{}, cli.Usagef("a divergence of %w", err)
	}
	if s.Assumed {
		r.note("%s %d without a range: the range is 1 radian", name, s.N)
	}
	return experiment.Spread{Range: s.Range, Step: s.Step, Steps: s.N}, nil
}

// resolveFluence decides between a flux and a fluence; the flux takes precedence.
func (r *resolver) resolveFluence() {
	b := &r.s.experiment.Beam
	b.Size = r.beamSize.or(beam.DefaultSize)
	b.Exposure = r.exposure.or(1)
	if r.flux.or(0) > 0 {
		b.Flux = r.flux.value
		if r.fluence.given {
			r.note("-fluence has no effect: -flux takes precedence")
		}
		return
	}
	b.Fluence = r.fluence.or(0)
}

// resolveSources names the list of sources, which takes the place of divergence and dispersion.
func (r *resolver) resolveSources() {
	r.s.experiment.Beam.SourcesFile = r.sourceFile.value
	for _, d := range []struct {
		name  string
		given bool
	}{
		{"the divergence", r.horizontal != divergence{} || r.vertical != divergence{}},
		{"-dispersion", r.dispersion.or(0) > 0},
	} {
		if d.given {
			r.note("%s has no effect: the sources are those of %s", d.name, r.sourceFile.value)
		}
	}
}
