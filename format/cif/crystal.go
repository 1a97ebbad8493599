package cif

import (
	"fmt"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

// Tags of the space group in the order in which they count.
var (
	operationTags = []string{"_space_group_symop.operation_xyz", "_space_group_symop_operation_xyz", "_symmetry_equiv.pos_as_xyz", "_symmetry_equiv_pos_as_xyz"}
	hallTags      = []string{"_space_group.name_Hall", "_space_group_name_Hall", "_symmetry.space_group_name_Hall", "_symmetry_space_group_name_Hall"}
	nameTags      = []string{"_symmetry.space_group_name_H-M", "_symmetry_space_group_name_H-M", "_space_group.name_H-M_alt", "_space_group_name_H-M_alt",
		"_space_group.name_H-M_full", "_space_group_name_H-M_full", "_symmetry.pdbx_full_space_group_name_H-M"}
	numberTags = []string{"_symmetry.Int_Tables_number", "_symmetry_Int_Tables_number", "_space_group.IT_number", "_space_group_IT_number"}
)

// maxOperations is the largest number of operations of a space group.
const maxOperations = 192

// Cell returns the unit cell of a crystal, lengths in Å and angles in degrees, of mmCIF or core CIF. One
// that is missing, or not six numbers, is an error, without a prefix.
func (b *Block) Cell() (cell [6]float64, err error) {
	for i, name := range []string{"length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma"} {
		v := b.Value("_cell."+name, "_cell_"+name)
		if v.Missing() {
			return cell, format.Errorf(format.ErrNoData, "the data block %s has no cell: _cell.%s is missing", b.Name, name)
		}
		x, ok := v.Float()
		if !ok {
			return cell, format.Errorf(format.ErrInvalidValue, "_cell.%s is %q, not a number", name, v)
		}
		cell[i] = x
	}
	return cell, nil
}

// Group returns the space group of a crystal from its operations, its Hall symbol, its name or its
// number, whichever comes first. What the others say otherwise is in the notices. A block without
// any, or with what is no space group, is an error, without a prefix.
func (b *Block) Group(cell [6]float64) (g *symmetry.Group, notices []string, err error) {
	name, hall, number := b.Value(nameTags...), b.Value(hallTags...), b.Value(numberTags...)
	operations, err := b.operations()
	if err != nil {
		return nil, nil, err
	}
	notice := func(text string, args ...any) { notices = append(notices, fmt.Sprintf(text, args...)) }
	switch {
	case len(operations) > 0:
		g, err = symmetry.FromOperations(operations)
		if err == nil && len(g.Operations) != len(operations) {
			return nil, nil, format.Errorf(format.ErrInconsistent, "the %d symmetry operations are no group: they generate %d", len(operations), len(g.Operations))
		}
	case !hall.Missing():
		if g, err = symmetry.FromHall(hall.String()); err != nil && !name.Missing() {
			notice("has the Hall symbol %q, which is not understood: the name of the space group is taken", hall)
			g, err = symmetry.Lookup(name.String(), cell)
		}
	case !name.Missing():
		g, err = symmetry.Lookup(name.String(), cell)
	case !number.Missing():
		n, ok := number.Int()
		if !ok {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "the number of the space group is %q", number)
		}
		if g, err = symmetry.ByNumber(n); err == nil {
			g = g.ForCell(cell)
		}
	default:
		return nil, nil, format.Errorf(format.ErrNoData, "the data block %s has no space group", b.Name)
	}
	if err != nil {
		return nil, nil, format.Errorf(format.ErrInvalidValue, "%w", err)
	}
	if !name.Missing() {
		if named, err := symmetry.Lookup(name.String(), cell); err != nil || named.Number != g.Number {
			notice("names its space group %q, but its operations, which count, are those of %s", name, g.Symbol())
		}
	}
	if n, ok := number.Int(); ok && n != g.Number && !number.Missing() {
		notice("gives its space group the number %d, but %s, which counts, has %d", n, g.Symbol(), g.Number)
	}
	return g, notices, nil
}

func (b *Block) operations() (all []symmetry.Operation, err error) {
	for _, tag := range operationTags {
		if !b.Has(tag) {
			continue
		}
		texts := []Value{b.Value(tag)}
		if t := b.Table(tag); t != nil {
			if t.Rows > maxOperations {
				return nil, format.Errorf(format.ErrLimit, "there are %d symmetry operations; no space group has more than %d", t.Rows, maxOperations)
			}
			texts = texts[:0]
			column := t.Column(tag)
			for row := range t.All() {
				texts = append(texts, row[column])
			}
		}
		for _, v := range texts {
			if v.Missing() {
				continue
			}
			op, err := symmetry.ParseOperation(v.String())
			if err != nil {
				return nil, format.Errorf(format.ErrInvalidValue, "%w", err)
			}
			all = append(all, op)
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return nil, nil
}
