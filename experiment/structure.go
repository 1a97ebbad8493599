package experiment

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/structure"
)

// dump reports whether the file is an Fdump.bin.
func (s *Structure) dump() bool {
	return s.Format == "dump" || s.Format == "" && strings.EqualFold(filepath.Ext(s.File), ".bin")
}

// structureFile reads the file of structure factors, and adds Friedel mates if they are to be there. The notices say how it
// was understood.
func (c *Config) structureFile(s *Structure) (*structure.Table, []string, error) {
	var table *structure.Table
	var notices []string
	if s.dump() {
		var err error
		if table, err = hkl.ReadDumpFile(c.path(s.File), s.Default); err != nil {
			return nil, nil, err
		}
	} else {
		values := map[string]hkl.Values{"F": hkl.Amplitudes, "F2": hkl.Intensities}[s.Values]
		text, err := hkl.ReadFile(c.path(s.File), values)
		if err != nil {
			return nil, nil, err
		}
		table = text.Table
		for _, n := range text.Notices {
			notices = append(notices, asValues.Replace(n))
		}
	}
	friedel := s.Friedel
	if friedel == "" {
		friedel = "add"
		if c.Physics.Reference {
			friedel = "leave"
		}
	}
	if friedel == "leave" {
		// Some reflections at the edges of a sphere have no mates in many files.
		if lone, all := table.Lone(), table.Count(); 100*lone > all {
			notices = append(notices, fmt.Sprintf("has no Friedel mates of %d of its %d reflections, and their spots have the default F: structure.friedel \"add\" adds them", lone, all))
		}
		return table, about(s.File, notices), nil
	}
	table, added, err := table.WithFriedelMates()
	if err != nil {
		return nil, nil, err
	}
	if added > 0 && s.Friedel == "" {
		notices = append(notices, fmt.Sprintf("has no Friedel mates of %d of its %d reflections: they are added; structure.friedel \"leave\" leaves them out", added, table.Count()-added))
	}
	return table, about(s.File, notices), nil
}

// asValues has this package's words for what package hkl advises.
var asValues = strings.NewReplacer("read it as amplitudes", `set structure.values "F"`, "read it as intensities", `set structure.values "F2"`)

// about makes notices, sentences without their subject, begin with the file that they are about.
func about(file string, notices []string) []string {
	var list []string
	for _, n := range notices {
		list = append(list, file+" "+n)
	}
	return list
}

// matrixNotices returns what a user should know about a MOSFLM file.
func (c *Config) matrixNotices(i int, m *mosflm.Matrix) []string {
	given := structure.Cell(c.Crystals[i].Cell)
	if given == (structure.Cell{}) {
		return m.Notices(c.Beam.wavelength())
	}
	// The cell given replaces that of the matrix, so that its wavelength does not matter.
	own, alone := m.Cell, *m
	alone.Cell = nil
	list := alone.Notices(c.Beam.wavelength())
	if own != nil && differ(*own, given.Complete()) {
		list = append(list, fmt.Sprintf("has the cell %g %g %g Å %g° %g° %g°, which is not the cell that is given", own.A, own.B, own.C, own.Alpha, own.Beta, own.Gamma))
	}
	return list
}

// differ reports whether two cells are not the same within 0.1 % and 0.1°.
func differ(a, b structure.Cell) bool {
	for _, l := range [][2]float64{{a.A, b.A}, {a.B, b.B}, {a.C, b.C}} {
		if math.Abs(l[0]/l[1]-1) > 1e-3 {
			return true
		}
	}
	for _, l := range [][2]float64{{a.Alpha, b.Alpha}, {a.Beta, b.Beta}, {a.Gamma, b.Gamma}} {
		if math.Abs(l[0]-l[1]) > 0.1 {
			return true
		}
	}
	return false
}
