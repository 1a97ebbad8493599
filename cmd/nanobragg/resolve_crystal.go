package main

import (
	"errors"
	"io/fs"
	"math"
	"os"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/nanobragg"
)

// defaultSeed stands for the time of day, which the reference program takes: a run is to be repeatable.
const defaultSeed = 1

func (r *resolver) resolveCrystal() error {
	c := r.s.crystal()
	c.Cell, c.MatrixFile = r.cell.value, r.matrix.value
	r.resolveMisset()
	r.resolveSize()
	c.Shape, c.Fudge = r.shape, r.fudge.or(1)
	r.resolveMosaic()
	c.DMin, c.Water = r.dmin, r.water
	return nil
}

func (r *resolver) resolveMisset() {
	angles := r.as.misset.angles
	if r.as.misset.random {
		seed := r.missetSeed.or(defaultSeed)
		angles = nanobragg.RandomMisset(-seed, r.s.deviations())
		r.s.show.missetRandom, r.s.show.missetSeed = true, seed
	}
	r.s.crystal().Misset = experiment.Misset{X: angles[0], Y: angles[1], Z: angles[2]}
}

// resolveSize cuts the crystal to the beam along b and c, as the reference program does.
func (r *resolver) resolveSize() {
	c := r.s.crystal()
	beam := r.s.experiment.Beam.Size
	cells := [3]*float64{&c.Cells.A, &c.Cells.B, &c.Cells.C}
	for i, axis := range []string{"a", "b", "c"} {
		*cells[i] = float64(max(1, r.cells[i].or(1)))
		c.Size[i] = r.size[i].or(0)
		if i > 0 && c.Size[i] > beam {
			r.note("the crystal's %g mm along %s are cut to the beam's %g mm (-beamsize)", c.Size[i], axis, beam)
			c.Size[i] = beam
		}
		if c.Size[i] > 0 && r.cells[i].given {
			r.note("-N has no effect along %s: the crystal's size is given", axis)
		}
	}
}

func (r *resolver) resolveMosaic() {
	m := &r.s.crystal().Mosaic
	m.Spread, m.Domains = r.mosaicSpread.or(0), r.mosaicDomains.or(0)
	switch {
	case m.Spread == 0:
		if m.Domains > 1 {
			r.note("no mosaic spread: one domain instead of %d", m.Domains)
		}
		m.Domains = 1
	case m.Domains == 0:
		m.Domains = crystal.DefaultDomains
		r.note("a mosaic spread without -mosaic_domains: %d domains", crystal.DefaultDomains)
	}
	m.Kind = r.mosaicKind.or(crystal.AutomaticDomains)
	if r.s.normalDomains() {
		m.Seed = r.mosaicSeed.or(0)
		if m.Spread > 0 && !r.mosaicKind.given {
			r.note("-exact: -mosaic %g is the standard deviation of the domains' rotations about each axis; the reference program's spread of it is %.4g, a largest rotation (-mosaic_domains reference)",
				m.Spread, m.Spread/nanobragg.CapDeviation)
		}
		return
	}
	if !r.mosaicSeed.given {
		m.Seed = nanobragg.DefaultMosaicSeed
		return
	}
	m.Seed = -r.mosaicSeed.value
	if m.Seed > 0 && m.Domains > 1 && r.as.misset.random && !r.s.exact() {
		r.note("the reference program does not start anew for a negative -mosaic_seed after -misset random: its domains are others")
	}
	if m.Seed == 0 {
		m.Seed = -1 // where the generator starts for 0 too; 0 itself stands for the default
	}
}

// resolveRotation decides range, step and steps.
func (r *resolver) resolveRotation() error {
	c := r.s.crystal()
	phi, err := r.header(r.phi, r.camera.phi)
	if err != nil {
		return err
	}
	osc, err := r.header(r.osc, r.camera.osc)
	if err != nil {
		return err
	}
	c.Phi = phi.or(0)
	step, show := r.phiStep.or(0), &r.s.show
	show.phi = c.Phi
	backwards := osc.or(0) < 0
	switch {
	case backwards && r.s.exact():
		osc.value = -osc.value
	case backwards:
		r.note("the reference program takes a rotation of %g° for none given, and so it is done; -exact turns the crystal backwards", osc.value)
		osc, backwards = optional[float64]{}, false
	}
	steps, err := nanobragg.Rotation(osc.pointer(), step, r.phiSteps.pointer())
	if err != nil {
		return cli.Usagef("-osc %w", err)
	}
	c.Osc, c.PhiStep, c.PhiSteps = steps.Range, steps.Step, steps.N
	if !osc.given && step != 0 && r.phiSteps.or(2) != 2 {
		r.note("-phistep and -phisteps without -osc: 2 steps")
	}
	if steps.Counted > steps.N && r.s.deviations().DoubleBackground && r.water > 0 {
		// The steps are alike, but the background is divided by their number, so that they have to be there: a step too
		// small to turn anything.
		c.PhiStep, c.PhiSteps = math.SmallestNonzeroFloat64, 0
	}
	show.osc = c.Osc
	if osc.given {
		show.osc = osc.value
	}
	c.PhiPoints = r.phiPoints.or(crystal.AutomaticPoints)
	middle := r.s.phiAtMiddle()
	if backwards {
		show.osc = -show.osc
	}
	switch {
	case r.images.given:
		r.resolveSweep()
	case backwards && middle:
		c.Phi -= steps.Range
	case backwards:
		// The same orientations, from the last one on.
		c.Phi -= float64(steps.N-1) * steps.Step
	}
	if own := steps.Range / float64(steps.N); middle && r.phiStep.given && math.Abs(own-step) > 1e-9*own {
		r.note("-phistep %g: %d steps of %.6g°, so that they fill the rotation (-phi_points start takes them as they are)", step, steps.N, own)
	}
	if !middle && !r.s.exact() && r.repeatsStep() {
		r.note("the step at phi 0 is simulated as it is; the reference program repeats another one there")
	}
	return nil
}

// resolveStructure decides where structure factors come from: a text file, or the dump of an earlier run.
func (r *resolver) resolveStructure() error {
	c := &r.s.crystal().Structure
	c.Default = r.defaultF
	dump := r.dump.or("Fdump.bin")
	switch {
	case r.hkl.given || r.reflections.path != "":
		c.File, c.Format = r.hkl.value, "hkl"
		if f := r.reflections; f.path != "" {
			c.File, c.Format, c.Columns = f.path, "", f.columns
		}
		r.s.show.hkl = c.File
		if r.dump.given || r.outputs == referenceOutputs {
			r.s.output.dump = outputPath(dump)
		}
	case r.dump.given || r.outputs == referenceOutputs:
		switch _, err := os.Stat(dump); {
		case errors.Is(err, fs.ErrNotExist) && r.defaultF != 0:
			if r.dump.given {
				r.note("there is no dump file %s: all structure factors are %g", dump, r.defaultF)
			}
		case errors.Is(err, fs.ErrNotExist):
			return cli.Usagef("no structure factors: no -hkl, no -default_F, and there is no dump file %s", dump)
		default:
			c.File, c.Format, r.s.show.dump = dump, "dump", dump
		}
	}
	switch {
	case c.File != "":
		c.Friedel = r.friedel
	case r.friedel == "add":
		r.note("-friedel has no effect without structure factors from a file")
	}
	switch {
	case r.hkl.given:
		c.Values = r.hklValues
	case r.hklValues != "":
		r.note("-hkl_values has no effect without -hkl")
	}
	r.resolveLookup()
	return nil
}

// resolveLookup: the reference program looks at the counts of -N, before a crystal size changes them.
func (r *resolver) resolveLookup() {
	c := &r.s.crystal().Structure
	switch {
	case c.File == "":
		c.Lookup = crystal.Nearest
		if r.lookup.or(crystal.Nearest) == crystal.Tricubic {
			r.note("-interpolate has no effect without structure factors from a file")
		}
	case r.lookup.given:
		c.Lookup = r.lookup.value
	case r.s.exact():
		c.Lookup = crystal.Automatic
	default:
		c.Lookup = crystal.Nearest
		for _, n := range r.cells {
			if n.or(1) <= 2 {
				c.Lookup = crystal.Tricubic
			}
		}
	}
}
