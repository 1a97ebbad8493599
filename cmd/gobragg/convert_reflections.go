package main

import (
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/mtz"
	"github.com/gobragg/gobragg/structure"
)

// spanned returns the parameters of the cell with the rows a, b, c.
func spanned(rows [3][3]float64) [6]float64 {
	return structure.SpannedCell(rows[0], rows[1], rows[2]).Parameters()
}

// inP1 returns the reflections with the symmetry applied, and notes what that has done.
func (in *input) inP1(s *session) (*structure.Expansion, error) {
	e, err := in.reflections.Expand()
	if err != nil {
		return nil, classed(in.from, err)
	}
	for _, n := range e.Notices() {
		if err := s.note("%s %s", in.from, n); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// writeHKL writes a table of amplitudes.
func (f *convertFlags) writeHKL(s *session, in *input, path string) error {
	m := in.reflections
	if m == nil {
		return noneOf("reflections", in)
	}
	e, err := in.inP1(s)
	if err != nil {
		return err
	}
	if m.Cell != (structure.Cell{}) {
		if err := s.lacks(path, "does not hold the cell, %.6g %.6g %.6g Å %.6g° %.6g° %.6g°", m.Cell.A, m.Cell.B, m.Cell.C, m.Cell.Alpha, m.Cell.Beta, m.Cell.Gamma); err != nil {
			return err
		}
	}
	if err := in.leftOut(s, path, m.Sigmas != nil || m.MinusSigmas != nil, m.Phases != nil); err != nil {
		return err
	}
	alone := *e.Table // four numbers a line: the reference program reads no more
	alone.Phases = nil
	return hkl.WriteFile(path, &alone)
}

// leftOut notes that standard uncertainties or phases are.
func (in *input) leftOut(s *session, path string, sigmas, phases bool) error {
	if sigmas {
		if err := s.lacks(path, "does not hold the standard uncertainties"); err != nil {
			return err
		}
	}
	if phases {
		return s.lacks(path, "does not hold the phases")
	}
	return nil
}

// writeMTZ writes the reflections as they are, or in P 1.
func (f *convertFlags) writeMTZ(s *session, in *input, path string) error {
	if in.reflections == nil {
		return noneOf("reflections", in)
	}
	m := *in.reflections
	if m.Cell == (structure.Cell{}) && len(in.crystals) > 0 {
		cell, err := structure.CellOf(in.crystals[0].A)
		if err != nil {
			return err
		}
		m.Cell = cell
	}
	if m.Wavelength == 0 && in.geometry != nil {
		m.Wavelength = in.geometry.Wavelength
	}
	if m.Merged > len(m.Indices) && !f.p1 {
		if err := s.lacks(path, "holds the %d unique reflections of %d rows", len(m.Indices), m.Rows); err != nil {
			return err
		}
	}
	if f.p1 {
		e, err := in.inP1(s)
		if err != nil {
			return err
		}
		if err := in.leftOut(s, path, m.Sigmas != nil || m.MinusSigmas != nil, false); err != nil {
			return err
		}
		half := e.Table.InP1()
		half.Cell, half.Wavelength = m.Cell, m.Wavelength
		m = *half
	}
	return mtz.WriteFile(path, &m)
}
