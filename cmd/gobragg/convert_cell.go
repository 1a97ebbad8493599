package main

import (
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/crystfel"
	"github.com/gobragg/gobragg/format/xds"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// writeXPARM writes the geometry and the orientation as XDS has them.
func (f *convertFlags) writeXPARM(s *session, in *input, path string) error {
	g, err := in.panels()
	if err != nil {
		return err
	}
	if len(in.crystals) == 0 {
		return noneOf("orientation of a crystal", in)
	}
	if err := f.withoutReflections(s, in, path); err != nil {
		return err
	}
	if n := len(in.crystals); n > 1 {
		if err := s.lacks(path, "holds one crystal: the first of %d", n); err != nil {
			return err
		}
	}
	x := &in.crystals[0]
	if n := len(x.ScanPoints); n > 0 {
		if err := s.lacks(path, "holds one orientation: that at the start of the scan, not those of the %d scan points", n); err != nil {
			return err
		}
	}
	for _, what := range append(leftOut(g), "the number of images") {
		if err := s.lacks(path, "does not hold %s", what); err != nil {
			return err
		}
	}
	return xds.WriteGeometryFile(path, g, x)
}

// leftOut returns what a description of the directions alone lacks of a geometry.
func leftOut(g *format.Geometry) (what []string) {
	if g.Polarization != nil {
		what = append(what, "the polarization")
	}
	var sensor, pedestal, gain, trusted, bad bool
	for i := range g.Panels {
		p := &g.Panels[i]
		sensor = sensor || p.Thickness > 0
		pedestal = pedestal || p.Pedestal != 0
		gain = gain || p.Gain != 0 && p.Gain != 1
		trusted = trusted || p.Trusted != nil
		bad = bad || len(p.Bad) > 0
	}
	for _, q := range []struct {
		there bool
		what  string
	}{{sensor, "the sensor"}, {pedestal, "the pedestal"}, {gain, "the gain"}, {trusted, "the counts that can be trusted"}, {bad, "the pixels that do not count"}} {
		if q.there {
			what = append(what, q.what)
		}
	}
	return what
}

// writeCell writes the unit cell of a crystal, or of reflections, as CrystFEL has it.
func (f *convertFlags) writeCell(s *session, in *input, path string) error {
	var cell structure.Cell
	var group *symmetry.Group
	switch {
	case len(in.crystals) > 0:
		x := &in.crystals[0]
		if n := len(in.crystals); n > 1 {
			if err := s.lacks(path, "holds one cell: that of the first of %d crystals", n); err != nil {
				return err
			}
		}
		rows := geom.Inverse(x.A)
		cell = structure.SpannedCell(rows[0], rows[1], rows[2])
		if x.SpaceGroup != "" {
			var err error
			if group, err = symmetry.Lookup(x.SpaceGroup, cell.Parameters()); err != nil {
				return err
			}
		}
	case in.reflections != nil && in.reflections.Cell != (structure.Cell{}):
		cell, group = in.reflections.Cell, in.reflections.Group
	default:
		return noneOf("cell of a crystal", in)
	}
	if err := s.lacks(path, "holds a cell and the type of its lattice alone"); err != nil {
		return err
	}
	return crystfel.WriteCellFile(path, crystfel.CellOf(cell, group))
}
