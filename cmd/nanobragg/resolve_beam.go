package main

import (
	"math"

	"github.com/gobragg/gobragg/beam"
	"github.com/gobragg/gobragg/format/sources"
	"github.com/gobragg/gobragg/internal/geom"
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

// spread decides range, step and number of steps of the divergence in one direction. With neither range nor step the
// reference program assumes a range of 1 radian.
func (r *resolver) spread(name string, d divergence) (beam.Spread, error) {
	width, step, steps := d.width.or(-1), d.step.or(0), d.steps.or(0)
	switch {
	case steps == 0 && width < 0 && step == 0:
		return beam.Spread{}, nil
	case width < 0 && step == 0:
		width = 1 / beam.Milliradian
		step = width / float64(steps)
		r.note("%s %d without a range: the range is 1 radian", name, steps)
	case width < 0:
		width, steps = step, 2
	case steps == 0 && step == 0:
		step, steps = width, 2
	case steps == 0:
		// In radians, as the reference program divides: rounding must not differ.
		n := math.Ceil((width / 1000) / (step / 1000))
		if n > math.MaxInt32 {
			return beam.Spread{}, usagef("a divergence of %g mrad in steps of %g mrad is %g steps, too many to simulate", width, step, n)
		}
		steps = int(n)
	case step == 0:
		steps = max(steps, 2)
		step = width / float64(steps-1)
	}
	if width == 0 || step == 0 || steps == 0 {
		return beam.Spread{}, nil
	}
	return beam.Spread{Range: width, Step: step, Steps: steps}, nil
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
