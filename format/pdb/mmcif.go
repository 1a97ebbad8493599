package pdb

import (
	"fmt"
	"math"
	"strings"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cif"
	"github.com/gobragg/gobragg/structure"
)

// readCIF reads a model from mmCIF or, with an underscore where mmCIF has a point, from core CIF.
func (b *builder) readCIF(data []byte) error {
	file, err := cif.Parse(data, b.name)
	if err != nil {
		return err
	}
	for _, block := range file.Blocks {
		for _, sep := range []string{".", "_"} {
			for _, x := range []string{"Cartn_x", "fract_x"} {
				if t := block.Table("_atom_site" + sep + x); t != nil {
					r := &cifReader{builder: b, block: block, sep: sep}
					return r.read(t)
				}
			}
		}
	}
	return b.errorf(format.ErrNoData, "there are no atoms: no loop of _atom_site.Cartn_x, _atom_site.fract_x or _atom_site_fract_x")
}

// cifReader reads a data block.
type cifReader struct {
	*builder
	block *cif.Block
	sep   string // what follows a category in tags
	core  bool   // coordinates are fractional, with occupancies of sites
}

func (r *cifReader) read(atoms *cif.Table) error {
	cell, err := r.block.Cell()
	if err != nil {
		return fmt.Errorf("pdb: %s: %w", r.name, err)
	}
	r.m.Cell = structure.Cell{A: cell[0], B: cell[1], C: cell[2], Alpha: cell[3], Beta: cell[4], Gamma: cell[5]}
	if err := r.checkCell(); err != nil {
		return fmt.Errorf("pdb: %s: %w", r.name, err)
	}
	g, notices, err := r.block.Group(cell)
	if err != nil {
		return fmt.Errorf("pdb: %s: %w", r.name, err)
	}
	r.m.Group, r.m.Notices = g, append(r.m.Notices, notices...)
	if err := r.scaleMatrix(); err != nil {
		return err
	}
	ids, err := r.atoms(atoms)
	if err != nil {
		return err
	}
	return r.displacements(ids)
}

func (r *cifReader) tag(category, name string) string { return "_" + category + r.sep + name }

// scaleMatrix reads the matrix from Cartesian to fractional coordinates, if there is one.
func (r *cifReader) scaleMatrix() error {
	if !r.block.Has("_atom_sites.fract_transf_matrix[1][1]") {
		return nil
	}
	for i := range 3 {
		for j := range 4 {
			tag := fmt.Sprintf("_atom_sites.fract_transf_matrix[%d][%d]", i+1, j+1)
			if j == 3 {
				tag = fmt.Sprintf("_atom_sites.fract_transf_vector[%d]", i+1)
			}
			v := r.block.Value(tag)
			if v.Missing() {
				return nil
			}
			var ok bool
			if r.scale[i][j], ok = v.Float(); !ok {
				return r.errorf(format.ErrInvalidValue, "%s is %q, not a number", tag, v)
			}
		}
		r.scaleRows[i] = true
	}
	return nil
}

// column is a column of numbers of the loop of atoms.
type column struct {
	name string
	at   int
}

func (r *cifReader) number(row []cif.Value, c column, atom string) (float64, error) {
	v, ok := row[c.at].Float()
	if !ok {
		return 0, r.errorf(format.ErrInvalidValue, "%s of atom %s is %q, not a number", c.name, atom, row[c.at])
	}
	return v, nil
}

// atoms reads the loop of atoms and returns their names, by which displacements refer to them.
func (r *cifReader) atoms(t *cif.Table) (ids map[string]int, err error) {
	find := func(names ...string) column {
		for _, name := range names {
			if at := t.Column(r.tag("atom_site", name)); at >= 0 {
				return column{r.tag("atom_site", name), at}
			}
		}
		return column{at: -1}
	}
	id, element, charge := find("id", "label"), find("type_symbol"), find("pdbx_formal_charge")
	occupancy, b, u := find("occupancy"), find("B_iso_or_equiv"), find("U_iso_or_equiv")
	model, order := find("pdbx_PDB_model_num"), find("site_symmetry_order")
	words := []column{find("label_atom_id", "auth_atom_id"), find("auth_comp_id", "label_comp_id"), find("auth_seq_id", "label_seq_id"), find("auth_asym_id", "label_asym_id")}
	var xyz [3]column
	for i, axis := range []string{"x", "y", "z"} {
		if xyz[i] = find("Cartn_" + axis); xyz[i].at < 0 {
			r.core = true
		}
	}
	if r.core {
		for i, axis := range []string{"x", "y", "z"} {
			if xyz[i] = find("fract_" + axis); xyz[i].at < 0 {
				return nil, r.errorf(format.ErrNoData, "the loop of atoms has no %s", r.tag("atom_site", "fract_"+axis))
			}
		}
	}
	ids = map[string]int{}
	var first string
	others := map[string]bool{}
	for row := range t.All() {
		if model.at >= 0 {
			if m := row[model.at]; first == "" {
				first = m.String()
			} else if string(m.Text) != first {
				others[m.String()] = true
				continue
			}
		}
		a := structure.Atom{Occupancy: 1}
		if id.at >= 0 {
			a.Name = row[id.at].String()
		}
		key := a.Name
		if words[0].at >= 0 {
			a.Name = r.describe(row, words)
		}
		var x [3]float64
		for i := range xyz {
			if x[i], err = r.number(row, xyz[i], a.Name); err != nil {
				return nil, err
			}
		}
		blank := false
		for _, q := range []struct {
			from  column
			to    *float64
			scale float64
		}{{occupancy, &a.Occupancy, 1}, {b, &a.B, 1}, {u, &a.B, 8 * math.Pi * math.Pi}} {
			switch {
			case q.from.at < 0:
				// A file has either B or U.
				blank = blank || q.to == &a.Occupancy && !r.core || b.at < 0 && u.at < 0
			case row[q.from.at].Missing():
				blank = true
			default:
				v, err := r.number(row, q.from, a.Name)
				if err != nil {
					return nil, err
				}
				*q.to = v * q.scale
			}
		}
		if blank {
			r.blank++
		}
		if a.Scatterer, err = r.scatterer(row, element, charge, key); err != nil {
			return nil, err
		}
		if r.core {
			if a.Order = r.order(row, order, x); a.Order < 0 {
				return nil, r.errorf(format.ErrInvalidValue, "%s of atom %s is %q", order.name, a.Name, row[order.at])
			}
		}
		ids[key] = len(r.m.Atoms)
		r.m.Atoms, r.positions = append(r.m.Atoms, a), append(r.positions, x)
	}
	if len(r.m.Atoms) == 0 {
		return nil, r.errorf(format.ErrNoData, "the loop of atoms is empty")
	}
	r.models = 1 + len(others)
	r.fractionalPositions = r.core
	return ids, nil
}

// describe returns "CA of GLY 12 A".
func (r *cifReader) describe(row []cif.Value, words []column) string {
	var s strings.Builder
	for i, c := range words {
		if c.at < 0 || row[c.at].Missing() {
			continue
		}
		if i > 0 {
			s.WriteByte(' ')
		}
		if i == 1 {
			s.WriteString("of ")
		}
		s.Write(row[c.at].Text)
	}
	return s.String()
}

// order returns the order of a site in core CIF, where occupancies do not count it; −1 if the file
// has nonsense.
func (r *cifReader) order(row []cif.Value, c column, x [3]float64) int {
	if c.at >= 0 && !row[c.at].Missing() {
		if n, ok := row[c.at].Int(); ok && n > 0 {
			return n
		}
		return -1
	}
	const distance = 0.05 // Å: coordinates have four decimals at least
	_, n := r.m.Group.Site(x, r.m.Cell.Parameters(), distance)
	return n
}

// scatterer returns the element, with a charge that is part of its symbol (Fe3+) or in a column of
// its own. In core CIF without symbols, labels of atoms begin with them.
func (r *cifReader) scatterer(row []cif.Value, element, charge column, label string) (string, error) {
	symbol := label
	if element.at >= 0 {
		symbol = row[element.at].String()
	}
	letters := strings.TrimRight(symbol, "0123456789+-")
	if element.at < 0 {
		letters = symbol[:len(symbol)-len(strings.TrimLeft(symbol, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))]
		if len(letters) > 1 && letters[1] < 'a' {
			letters = letters[:1]
		}
	}
	n := 0
	if ion := symbol[len(letters):]; element.at >= 0 && len(ion) > 0 {
		if len(ion) == 2 && ion[0] >= '1' && ion[0] <= '9' {
			if n = int(ion[0] - '0'); ion[1] == '-' {
				n = -n
			}
		}
	} else if charge.at >= 0 && !row[charge.at].Missing() {
		n, _ = row[charge.at].Int()
	}
	s, err := structure.Scatterer(letters, n)
	if err != nil {
		return "", r.errorf(format.ErrInvalidValue, "the element of atom %.40s is %.10q: no form factor is known", label, symbol)
	}
	return s, nil
}

// displacements reads the loop of anisotropic displacements.
func (r *cifReader) displacements(ids map[string]int) error {
	names := [6]string{"[1][1]", "[2][2]", "[3][3]", "[1][2]", "[1][3]", "[2][3]"}
	category, id := "_atom_site_anisotrop.", "id"
	if r.sep == "_" {
		names = [6]string{"_11", "_22", "_33", "_12", "_13", "_23"}
		category, id = "_atom_site_aniso_", "label"
	}
	t := r.block.Table(category + id)
	if t == nil {
		return nil
	}
	scale, letter := 1.0, "U"
	if t.Column(category+"U"+names[0]) < 0 {
		scale, letter = 1/(8*math.Pi*math.Pi), "B"
	}
	var columns [6]column
	for i, name := range names {
		columns[i] = column{category + letter + name, t.Column(category + letter + name)}
		if columns[i].at < 0 {
			return nil // only other kinds of tensors
		}
	}
	key := t.Column(category + id)
	r.tensors, r.crystalTensors = map[int][6]float64{}, r.sep == "_"
	for row := range t.All() {
		n, known := ids[string(row[key].Text)]
		if !known {
			if r.models > 1 {
				continue
			}
			return r.errorf(format.ErrInconsistent, "there is a displacement of an atom %.40q, but no such atom", row[key])
		}
		var u [6]float64
		missing := false
		for i, c := range columns {
			if row[c.at].Missing() {
				missing = true
				break
			}
			v, err := r.number(row, c, row[key].String())
			if err != nil {
				return err
			}
			u[i] = v * scale
		}
		if !missing {
			r.tensors[n] = u
		}
	}
	return nil
}
