package main

import (
	"fmt"

	"github.com/gobragg/gobragg/detector"
	"github.com/gobragg/gobragg/experiment"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/internal/cli"
)

// resolveExperiments takes the geometry, the rotation and the crystal of a list of experiments of DIALS, or of another file that
// has them, as if options had given them.
func (r *resolver) resolveExperiments() error {
	path := r.expt.value
	if !r.expt.given {
		return nil
	}
	if !r.s.exact() {
		return cli.Usagef("-expt without -exact: the reference program places no detector so")
	}
	content, err := files.Open(path, files.Options{})
	if err != nil {
		return err
	}
	if err := content.Close(); err != nil {
		return err
	}
	g := content.Geometry
	switch {
	case g == nil || len(g.Panels) == 0:
		return fmt.Errorf("-expt %s: has no detector", path)
	case len(g.Panels) > 1:
		return fmt.Errorf("-expt %s: has %d panels, and this command simulates one: gobragg simulate takes all", path, len(g.Panels))
	}
	crystals := content.Crystals
	if len(crystals) > 1 {
		r.note("%s has %d crystals, of which this command takes the first: gobragg simulate takes all", path, len(crystals))
		crystals = crystals[:1]
	}
	if name := r.besideExperiments(len(crystals) > 0); name != "" {
		return cli.Usagef("%s and -expt exclude each other: %s gives the same", name, path)
	}
	c, notices, err := experiment.FromGeometry(g, crystals...)
	if err != nil {
		return fmt.Errorf("-expt %s: %w", path, err)
	}
	for _, n := range append(content.Notices, notices...) {
		r.note("%s %s", path, n)
	}
	own := *r.options // the caller's stay as they are
	r.options = &own
	d := &c.Detector
	own.convention, own.vectors = detector.Custom, detector.Axes(d.Axes)
	own.detectorPixels = [2]optional[int]{some(d.Fast), some(d.Slow)}
	own.pixel, own.pix0 = some(d.Pixel), some([3]float64{d.Origin[0] / 1000, d.Origin[1] / 1000, d.Origin[2] / 1000})
	if own.thickness == 0 && d.Thickness > 0 {
		own.thickness, own.attenuation, own.layers = d.Thickness, some(d.Attenuation), own.layers.orElse(some(d.Layers))
	}
	own.wavelength, own.kahn = some(c.Beam.Wavelength), c.Beam.Kahn
	if len(c.Crystals) > 0 {
		r.s.crystal().Matrix = c.Crystals[0].Matrix
	}
	if turn := g.Rotation; turn != nil {
		own.phi = some(turn.Phi)
		if turn.Width != 0 {
			own.osc = some(turn.Width)
		}
		if turn.Images > 1 {
			own.images = own.images.orElse(some(turn.Images))
			if turn.First != 1 {
				r.note("%s: images are numbered from 1, not from %d", path, turn.First)
			}
		}
	}
	return nil
}

// besideExperiments returns the first option that gives what -expt does; "" if there is none.
func (r *resolver) besideExperiments(crystal bool) string {
	o := r.options
	for _, g := range []struct {
		name  string
		given bool
	}{
		{"-mat", crystal && o.matrix.given}, {"-cell", crystal && o.cell.given}, {"-img", o.image.given}, {"-phi", o.phi.given}, {"-osc", o.osc.given},
		{"-lambda", o.wavelength.given}, {"-polar", o.kahn != 0}, {"-pixel", o.pixel.given},
		{"-detsize", o.detectorSize[0].given || o.detectorSize[1].given}, {"-detpixels", o.detectorPixels[0].given || o.detectorPixels[1].given},
		{"-distance", o.distance.given}, {"-close_distance", o.closeDistance.given},
		{"a beam centre", o.beamCentre[0].given || o.beamCentre[1].given || o.closeCentre[0].given || o.closeCentre[1].given || o.org[0].given || o.org[1].given},
		{"-pivot", o.pivot.given}, {"a rotation of the detector", o.rotation != [3]float64{} || o.twoThetaGiven},
		{"a convention or an axis", o.convention != newOptions().convention || o.vectors != detector.Axes{} || o.pix0.given},
	} {
		if g.given {
			return g.name
		}
	}
	return ""
}
