package experiment

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/format/files"
	"github.com/gobragg/gobragg/format/hkl"
	"github.com/gobragg/gobragg/format/mosflm"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// dump reports whether the file is an Fdump.bin.
func (s *Structure) dump() bool {
	return s.Format == "dump" || s.Format == "" && strings.EqualFold(filepath.Ext(s.File), ".bin")
}

// readsCell reports whether the file may be of a format that gives the cell.
func (s *Structure) readsCell() bool { return s.File != "" && s.Format == "" && !s.dump() }

// check returns an error for keys that make no sense together.
func (s *Structure) check(path string) error {
	if err := one(path, given{"file", s.File != ""}, given{"wilson", s.Wilson != nil}, given{"table", s.Table != nil}); err != nil {
		return err
	}
	for _, key := range []struct {
		name  string
		given bool
	}{{"format", s.Format != ""}, {"columns", len(s.Columns) > 0}, {"values", s.Values != ""}, {"friedel", s.Friedel != ""}, {"dmin", s.DMin != 0}} {
		if key.given && s.File == "" {
			return problem(path+"."+key.name, "is given without a file")
		}
	}
	switch {
	case s.Values != "" && s.dump():
		return problem(path+".values", "is for text: a dump holds F")
	case len(s.Columns) > 0 && !s.readsCell():
		return problem(path+".columns", "is for files whose columns have labels, such as MTZ and CIF")
	case s.DMin != 0 && !s.readsCell():
		return problem(path+".dmin", "is for files that give the cell, such as MTZ, and for models")
	case s.Lookup == crystal.Tricubic && s.File == "" && s.Wilson == nil && s.Table == nil:
		return problem(path+".lookup", "tricubic needs a table of structure factors: give file or wilson")
	}
	return nil
}

// factors are structure factors from a file.
type factors struct {
	table *structure.Table
	cell  structure.Cell  // zero if the file does not give it
	group *symmetry.Group // nil if the file does not give it
	// notices say how the file was understood.
	notices []string
}

// structureFile reads the file of structure factors of crystal i, and adds Friedel mates if they are to be there.
func (c *Config) structureFile(i int) (*factors, error) {
	x := &c.Crystals[i]
	path := fmt.Sprintf("crystals[%d].structure", i)
	f, err := c.amplitudes(x, path)
	if err != nil {
		return nil, err
	}
	if f.table, f.notices, err = c.friedelMates(&x.Structure, f.table, f.notices); err != nil {
		return nil, problem(path+".file", "%w", err)
	}
	f.notices = about(x.Structure.File, f.notices)
	return f, nil
}

// amplitudes reads the file as it is, expanded to P1 if it gives the symmetry.
func (c *Config) amplitudes(x *Crystal, path string) (*factors, error) {
	s := &x.Structure
	if s.readsCell() {
		if word, err := files.Recognise(c.path(s.File)); err == nil && word != "" {
			if f, err := c.expanded(x, path); f != nil || err != nil {
				return f, err
			}
		}
		for _, key := range []struct {
			name  string
			given bool
		}{{"columns", len(s.Columns) > 0}, {"dmin", s.DMin != 0}} {
			if key.given {
				return nil, problem(path+"."+key.name, "is given, and %s is of no format with columns, a cell and a space group", s.File)
			}
		}
	}
	if s.dump() {
		table, err := hkl.ReadDumpFile(c.path(s.File), s.Default)
		if err != nil {
			return nil, problem(path+".file", "%w", err)
		}
		return &factors{table: table}, nil
	}
	values := map[string]hkl.Values{"F": hkl.Amplitudes, "F2": hkl.Intensities}[s.Values]
	text, err := hkl.ReadFile(c.path(s.File), values)
	if err != nil {
		return nil, problem(path+".file", "%w", err)
	}
	f := &factors{table: text.Table}
	for _, n := range text.Notices {
		f.notices = append(f.notices, asValues.Replace(n))
	}
	return f, nil
}

// expanded reads a file of any format with reflections, a cell and a space group, or of a model, and expands it to P1; nil if
// it holds neither.
func (c *Config) expanded(x *Crystal, path string) (*factors, error) {
	s := &x.Structure
	content, err := files.Open(c.path(s.File), files.Options{Columns: s.Columns, DMin: or(s.DMin, x.DMin)})
	if err != nil {
		return nil, problem(path+".file", "%w", err)
	}
	m := content.Reflections
	if err := content.Close(); err != nil {
		return nil, problem(path+".file", "%w", err)
	}
	switch {
	case m == nil:
		return nil, nil
	case s.Values != "":
		return nil, problem(path+".values", "is for text: columns chooses those of %s", s.File)
	case s.Friedel == "leave" && !m.Apart:
		return nil, problem(path+".friedel", "leave is for files that tell Friedel mates apart and for text: those of %s are as equivalent as its space group makes them", s.File)
	}
	f := &factors{cell: m.Cell, group: m.Group, notices: content.Notices}
	if s.DMin != 0 {
		m = m.Cut(s.DMin)
	}
	all, err := m.Expand()
	if err != nil {
		return nil, problem(path+".file", "%w", err)
	}
	f.table = all.Table
	if m.Quantity == structure.Intensities {
		f.notices = append(f.notices, "holds intensities: their square roots are the amplitudes")
	}
	if all.Absent > 0 {
		f.notices = append(f.notices, fmt.Sprintf("has %s that the space group forbids: left out", counted(all.Absent, "row")))
	}
	if all.Repeated > 0 {
		f.notices = append(f.notices, fmt.Sprintf("has %s in several rows, which differ from their mean by up to %.3g %%: the mean is taken", counted(all.Repeated, "reflection"), 100*all.Disagreement))
	}
	return f, nil
}

// friedelMates adds the mates that are missing, or says that they are. The notices are those about the file, and more.
func (c *Config) friedelMates(s *Structure, table *structure.Table, notices []string) (*structure.Table, []string, error) {
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
		return table, notices, nil
	}
	table, added, err := table.WithFriedelMates()
	if err != nil {
		return nil, nil, err
	}
	if added > 0 && s.Friedel == "" {
		notices = append(notices, fmt.Sprintf("has no Friedel mates of %d of its %d reflections: they are added; structure.friedel \"leave\" leaves them out", added, table.Count()-added))
	}
	return table, notices, nil
}

// counted writes a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
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
		list = append(list, fmt.Sprintf("has the cell %s, which is not the cell that is given", inWords(*own)))
	}
	return list
}

// inWords writes a cell.
func inWords(c structure.Cell) string {
	return fmt.Sprintf("%.6g %.6g %.6g Å %.6g° %.6g° %.6g°", c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma)
}

// otherCell returns a notice if the file of structure factors gives another cell than the crystal's.
func (f *factors) otherCell(file string, own structure.Cell) []string {
	if f.cell == (structure.Cell{}) || !differ(f.cell, own) {
		return nil
	}
	return about(file, []string{fmt.Sprintf("has the cell %s, which is not the crystal's, %s", inWords(f.cell), inWords(own))})
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
