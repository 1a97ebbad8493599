// Package pdb reads models of crystal structures: files of the Protein Data Bank in the old format,
// with the extensions .pdb and .ent, and in mmCIF, and CIFs of small molecules.
package pdb

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Read reads the atoms, the cell and the space group of a model from r, decompressed if gzip or bzip2
// has compressed it; name stands for it in errors. The content decides whether it is read as PDB or as CIF.
//
// Of several models, as NMR gives them, the first counts. All alternative conformations are taken,
// with their occupancies. The form factor of an atom is that of its ion if the file has a charge that
// International Tables list, otherwise the neutral atom's. A file without a unit cell or without
// atoms is a [format.ErrNoData], an atom whose element is unknown a [format.ErrInvalidValue].
func Read(r io.Reader, name string) (*structure.Model, error) {
	m, err := read(r, name)
	return m, format.Reading("pdb", err)
}

func read(r io.Reader, name string) (*structure.Model, error) {
	data, err := sniff.Text(r, model, sniff.PDB)
	if err != nil {
		return nil, fmt.Errorf("pdb: %s: %w", name, err)
	}
	p := &parser{lines: text.NewLines(data, "pdb", name), name: name}
	if err := p.records(); err != nil {
		return nil, err
	}
	if err := p.place(); err != nil {
		return nil, err
	}
	return &p.m, nil
}

// model is what the files of this package hold, in the words of an error.
const model sniff.Content = "a model"

// ReadFile is [Read] for the file at path.
func ReadFile(path string) (*structure.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pdb: %w", err)
	}
	defer f.Close()
	return Read(f, path)
}

// parser reads the records of a PDB file.
type parser struct {
	lines *text.Lines
	name  string
	m     structure.Model

	crystal   bool // CRYST1 was read
	group     string
	scale     [3][4]float64 // of SCALE1 to SCALE3
	scaleRows [3]bool
	positions [][3]float64       // Cartesian, in Å
	tensors   map[int][6]float64 // of atoms, Cartesian, in Å²
	last      string             // columns 7 to 27 of the last atom, which are those of its ANISOU
	models    int
	blank     int // atoms without an occupancy or B
}

// errorf returns an error about the whole file.
func (p *parser) errorf(class error, text string, args ...any) error {
	return format.Errorf(class, "pdb: %s: "+text, append([]any{p.name}, args...)...)
}

// lineError returns an error about the line that was read last.
func (p *parser) lineError(class error, text string, args ...any) error {
	return format.Errorf(class, "%w", p.lines.Errorf(text, args...))
}

// field returns the columns from first to last, counted from 1, without blanks around them.
func field(line []byte, first, last int) string {
	if len(line) < first {
		return ""
	}
	return strings.TrimSpace(string(line[first-1 : min(last, len(line))]))
}

// number returns the number in the columns from first to last.
func (p *parser) number(line []byte, first, last int, what string) (float64, error) {
	s := field(line, first, last)
	if s == "" && len(line) < last {
		return 0, p.lineError(format.ErrTruncated, "the line ends before the %s, in columns %d to %d", what, first, last)
	}
	v, ok := text.Float([]byte(s))
	if !ok {
		return 0, p.lineError(format.ErrInvalidValue, "the %s, in columns %d to %d, is %q, not a number", what, first, last, s)
	}
	return v, nil
}

// records reads the file up to its end.
func (p *parser) records() error {
	known := false
	for {
		line, ok := p.lines.Next()
		if !ok {
			break
		}
		var err error
		record := strings.ToUpper(field(line, 1, 6))
		switch record {
		case "CRYST1":
			err = p.cryst1(line)
		case "SCALE1", "SCALE2", "SCALE3":
			err = p.scaleRow(int(record[5]-'1'), line)
		case "MODEL":
			p.models++
		case "ATOM", "HETATM":
			if p.models <= 1 {
				err = p.atom(line)
			}
		case "ANISOU":
			if p.models <= 1 {
				err = p.anisou(line)
			}
		}
		if err != nil {
			return err
		}
		if known = known || slices.Contains(records, record); record == "END" {
			break
		}
	}
	switch {
	case !known:
		return p.errorf(format.ErrNotFormat, "there is no CRYST1, ATOM or HETATM record: it is no PDB file")
	case !p.crystal:
		return p.errorf(format.ErrNoData, "there is no CRYST1 record, which has the unit cell and the space group")
	case len(p.m.Atoms) == 0:
		return p.errorf(format.ErrNoData, "there are no ATOM or HETATM records")
	}
	return nil
}

// records of which a PDB file has one at least.
var records = []string{"CRYST1", "ATOM", "HETATM", "HEADER", "REMARK", "TITLE"}

func (p *parser) cryst1(line []byte) error {
	c := &p.m.Cell
	for _, q := range []struct {
		to          *float64
		what        string
		first, last int
	}{
		{&c.A, "cell length a", 7, 15}, {&c.B, "cell length b", 16, 24}, {&c.C, "cell length c", 25, 33},
		{&c.Alpha, "cell angle alpha", 34, 40}, {&c.Beta, "cell angle beta", 41, 47}, {&c.Gamma, "cell angle gamma", 48, 54},
	} {
		var err error
		if *q.to, err = p.number(line, q.first, q.last, q.what); err != nil {
			return err
		}
	}
	if *c == (structure.Cell{A: 1, B: 1, C: 1, Alpha: 90, Beta: 90, Gamma: 90}) {
		return p.lineError(format.ErrNoData, "a cell of 1 Å means that the model is not of a crystal")
	}
	if err := c.Validate(); err != nil {
		return p.lineError(format.ErrInvalidValue, "%w", err)
	}
	name := field(line, 56, 66)
	if name == "" {
		return p.lineError(format.ErrNoData, "the space group, in columns 56 to 66, is missing")
	}
	g, err := symmetry.Lookup(name, c.Parameters())
	if err != nil {
		return p.lineError(format.ErrInvalidValue, "%w", err)
	}
	p.m.Group, p.crystal = g, true
	return nil
}

func (p *parser) scaleRow(row int, line []byte) error {
	for i, first := range [4]int{11, 21, 31, 46} {
		var err error
		if p.scale[row][i], err = p.number(line, first, first+9, "element of the matrix"); err != nil {
			return err
		}
	}
	p.scaleRows[row] = true
	return nil
}

func (p *parser) atom(line []byte) error {
	var x [3]float64
	for i, axis := range "xyz" {
		var err error
		if x[i], err = p.number(line, 31+8*i, 38+8*i, "coordinate "+string(axis)); err != nil {
			return err
		}
	}
	a := structure.Atom{Occupancy: 1, Name: fmt.Sprintf("%s of %s %s%s", field(line, 13, 16), field(line, 18, 20), field(line, 22, 22), field(line, 23, 27))}
	blank := false
	for _, q := range []struct {
		to          *float64
		what        string
		first, last int
	}{{&a.Occupancy, "occupancy", 55, 60}, {&a.B, "B factor", 61, 66}} {
		if field(line, q.first, q.last) == "" {
			blank = true
			continue
		}
		var err error
		if *q.to, err = p.number(line, q.first, q.last, q.what); err != nil {
			return err
		}
	}
	if blank {
		p.blank++
	}
	var err error
	if a.Scatterer, err = p.scatterer(line); err != nil {
		return err
	}
	p.m.Atoms, p.positions = append(p.m.Atoms, a), append(p.positions, x)
	p.last = field(line, 7, 27)
	return nil
}

// scatterer returns the element of an atom, from columns 77 and 78 or, in old files, from its name,
// with the charge in columns 79 and 80.
func (p *parser) scatterer(line []byte) (string, error) {
	element, charge := field(line, 77, 78), 0
	if c := field(line, 79, 80); len(c) == 2 && element != "" {
		if c[0] == '+' || c[0] == '-' {
			c = c[1:] + c[:1]
		}
		if c[0] >= '1' && c[0] <= '9' && (c[1] == '+' || c[1] == '-') {
			if charge = int(c[0] - '0'); c[1] == '-' {
				charge = -charge
			}
		}
	}
	if strings.Trim(strings.ToUpper(element), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		element = "" // the number of the line, in files of 1996 and before
	}
	if element == "" {
		element, charge = elementOfName(line), 0
	}
	s, err := structure.Scatterer(element, charge)
	if err != nil {
		return "", p.lineError(format.ErrInvalidValue, "the element of the atom %q is %q: no form factor is known", field(line, 13, 16), element)
	}
	return s, nil
}

// aminoAcids have atoms of elements with one letter only, which some programs write from column 13.
const aminoAcids = "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL"

// elementOfName returns the element of an atom's name, which begins in column 14 for elements of one
// letter and in column 13 for those of two and for hydrogen atoms with names of four letters.
func elementOfName(line []byte) string {
	if len(line) < 14 {
		return field(line, 13, 14)
	}
	two := strings.ToUpper(string(line[12:14]))
	residue := strings.ToUpper(field(line, 18, 20))
	switch first := two[0]; {
	case first == ' ' || first >= '0' && first <= '9':
		return two[1:]
	case (first == 'H' || first == 'D') && len(field(line, 13, 16)) == 4:
		return two[:1]
	case len(residue) == 3 && strings.Contains(aminoAcids, residue):
		return two[:1]
	}
	if _, err := structure.Scatterer(two, 0); err == nil {
		return strings.TrimSpace(two)
	}
	return two[:1]
}

func (p *parser) anisou(line []byte) error {
	n := len(p.m.Atoms) - 1
	if n < 0 || field(line, 7, 27) != p.last {
		return p.lineError(format.ErrInconsistent, "ANISOU does not follow the atom that it is of")
	}
	var u [6]float64
	for i := range u {
		v, err := p.number(line, 29+7*i, 35+7*i, "element of U")
		if err != nil {
			return err
		}
		u[i] = v * 1e-4
	}
	if p.tensors == nil {
		p.tensors = map[int][6]float64{}
	}
	p.tensors[n] = u
	return nil
}

// place turns Cartesian coordinates into fractional ones and says what a user should know.
func (p *parser) place() error {
	fractional, origin, err := p.fractional()
	if err != nil {
		return err
	}
	for i, x := range p.positions {
		a := &p.m.Atoms[i]
		a.Position = geom.Add(geom.Apply(fractional, x), origin)
		if u, anisotropic := p.tensors[i]; anisotropic {
			u = structure.CartesianU(u, fractional)
			a.U = &u
		}
	}
	if p.models > 1 {
		p.notice("the file has %d models: the first is taken", p.models)
	}
	if p.blank > 0 {
		p.notice("%d atoms have no occupancy or no B factor: 1 and 0 Å² are taken", p.blank)
	}
	if text := p.m.Group.CheckCell(p.m.Cell.Parameters()); text != "" {
		p.notice("%s", text)
	}
	return nil
}

func (p *parser) notice(text string, args ...any) {
	p.m.Notices = append(p.m.Notices, fmt.Sprintf(text, args...))
}

// fractional returns the matrix and the shift from Cartesian to fractional coordinates: those of the
// cell, with a along x and b in the plane of x and y, unless the records SCALE1 to SCALE3 have others.
func (p *parser) fractional() (m [3][3]float64, origin [3]float64, err error) {
	m = fractionalizing(p.m.Cell)
	if p.scaleRows != [3]bool{true, true, true} {
		return m, origin, nil
	}
	var given [3][3]float64
	differs := false
	for i := range 3 {
		for j := range 3 {
			given[i][j] = p.scale[i][j]
			// Six decimals, of a cell that is rounded itself.
			differs = differs || math.Abs(given[i][j]-m[i][j]) > 1e-5+2e-4*math.Abs(m[i][j])
		}
		origin[i] = p.scale[i][3]
		differs = differs || math.Abs(origin[i]) > 1e-4
	}
	if !differs {
		return m, [3]float64{}, nil
	}
	if err := sameCell(given, p.m.Cell); err != nil {
		return m, origin, p.errorf(format.ErrInconsistent, "SCALE1 to SCALE3 contradict CRYST1: %w", err)
	}
	p.notice("SCALE1 to SCALE3 put the axes elsewhere than a along x, b in the plane of x and y: they are followed")
	return given, origin, nil
}

// fractionalizing returns the matrix from Cartesian coordinates, with a along x and b in the plane of
// x and y, to fractional ones.
func fractionalizing(c structure.Cell) [3][3]float64 {
	cosine := func(degrees float64) float64 {
		if degrees == 90 {
			return 0
		}
		return math.Cos(degrees * geom.Degree)
	}
	ca, cb, cg := cosine(c.Alpha), cosine(c.Beta), cosine(c.Gamma)
	sg := math.Sin(c.Gamma * geom.Degree)
	return geom.Inverse([3][3]float64{
		{c.A, c.B * cg, c.C * cb},
		{0, c.B * sg, c.C * (ca - cb*cg) / sg},
		{0, 0, c.Volume() / (c.A * c.B * sg)},
	})
}

// sameCell returns an error if the rows of a matrix to fractional coordinates are not the reciprocal
// axes of the cell.
func sameCell(fractional [3][3]float64, c structure.Cell) error {
	got, err := structure.CellOf([3][3]float64{
		{fractional[0][0], fractional[1][0], fractional[2][0]},
		{fractional[0][1], fractional[1][1], fractional[2][1]},
		{fractional[0][2], fractional[1][2], fractional[2][2]},
	})
	if err != nil {
		return err
	}
	a, b := got.Parameters(), c.Parameters()
	for i := range a {
		limit := 1.0
		if i < 3 {
			limit = 0.01 * b[i]
		}
		if !(math.Abs(a[i]-b[i]) <= limit) {
			return fmt.Errorf("their cell is %.5g, %.5g, %.5g Å, %.4g, %.4g, %.4g°", a[0], a[1], a[2], a[3], a[4], a[5])
		}
	}
	return nil
}
