// Package pdb reads models of crystal structures: files of the Protein Data Bank in the old format,
// with the extensions .pdb and .ent, and in mmCIF, and CIFs of small molecules.
package pdb

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/internal/sniff"
	"github.com/gobragg/gobragg/format/internal/text"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Read reads the atoms, the cell and the space group of a model from r, decompressed if gzip or bzip2
// has compressed it; name stands for it in errors. The content decides whether it is read as PDB or
// as CIF.
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
	data, err := sniff.Text(r, model, sniff.PDB, sniff.MMCIFModel, sniff.CIF)
	if err != nil {
		return nil, fmt.Errorf("pdb: %s: %w", name, err)
	}
	b := &builder{name: name}
	switch sniff.Name(data[:min(len(data), 1<<14)]) {
	case sniff.MMCIFModel, sniff.CIF:
		err = b.readCIF(data)
	default:
		p := &parser{builder: b, lines: text.NewLines(data, "pdb", name)}
		err = p.records()
	}
	if err == nil {
		err = b.place()
	}
	if err != nil {
		return nil, err
	}
	return &b.m, nil
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
	*builder
	lines   *text.Lines
	crystal bool   // CRYST1 was read
	last    string // columns 7 to 27 of the last atom, which are those of its ANISOU
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
	if err := p.checkCell(); err != nil {
		return p.lineError(format.Classify(err, format.ErrInvalidValue), "%w", err)
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
