package main

import (
	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/format/sources"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

func (r *resolver) resolveBeam() error {
	b := &r.s.beam
	axes := r.axes()
	b.Direction, b.Polarization = axes.Beam, axes.Polarization
	b.Wavelength = r.wavelength.orElse(r.camera.wavelength).or(1)
	r.s.show.wavelength = b.Wavelength
	b.Kahn, b.NoPolarization = r.kahn, r.noPolarization
	r.resolveFluence()
	if r.sourceFile.given {
		return r.readSources()
	}
	if r.dispersion.or(0) > 0 {
		b.Dispersion = beam.Spread{Range: r.dispersion.value, Steps: r.dispersionSteps.or(0)}
	} else if r.dispersionSteps.or(0) > 1 {
		r.note("-dispsteps has no effect without -dispersion")
	}
	b.Square = r.squareDivergence
	var err error
	if b.Horizontal, err = r.spread("-hdivsteps", r.horizontal); err != nil {
		return err
	}
	b.Vertical, err = r.spread("-vdivsteps", r.vertical)
	return err
}

// spread decides range, step and number of steps of the divergence in one direction.
func (r *resolver) spread(name string, d divergence) (beam.Spread, error) {
	s, err := nanobragg.Divergence(d.width.or(-1), d.step.or(0), d.steps.or(0))
	if err != nil {
		return beam.Spread{}, usagef("a divergence of %w", err)
	}
	if s.Assumed {
		r.note("%s %d without a range: the range is 1 radian", name, s.N)
	}
	return beam.Spread{Range: s.Range, Step: s.Step, Steps: s.N}, nil
}

// resolveFluence decides between a flux and a fluence; the flux takes precedence.
func (r *resolver) resolveFluence() {
	b := &r.s.beam
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

// readSources reads the -sourcefile. What a line leaves out is the beam's own.
func (r *resolver) readSources() error {
	const distance = 10.0 // m, from the source to the crystal, of coordinates that are left out
	list, err := sources.ReadFile(r.sourceFile.value)
	if err != nil {
		return err
	}
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
	direction := geom.Unit(r.s.beam.Direction)
	for _, line := range list {
		s := beam.Source{Position: line.Position, Weight: 1}
		for i := range s.Position {
			if !line.HasPosition(i) {
				s.Position[i] = -distance * direction[i]
			}
		}
		if line.HasWeight() {
			s.Weight = line.Weight
		}
		if line.HasWavelength() {
			s.Wavelength = line.Wavelength * 1e10
		}
		r.s.beam.Sources = append(r.s.beam.Sources, s)
	}
	r.s.show.sources = len(list)
	return nil
}
