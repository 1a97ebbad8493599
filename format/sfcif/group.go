package sfcif

import (
	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/format/cif"
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

// group takes the space group from its operations, its Hall symbol, its name or its number, whichever
// comes first. What the others say otherwise is a notice.
func (f *reader) group() error {
	c := f.m.Cell
	cell := [6]float64{c.A, c.B, c.C, c.Alpha, c.Beta, c.Gamma}
	name, hall, number := f.block.Value(nameTags...), f.block.Value(hallTags...), f.block.Value(numberTags...)
	operations, err := f.operations()
	if err != nil {
		return err
	}
	var g *symmetry.Group
	switch {
	case len(operations) > 0:
		g, err = symmetry.FromOperations(operations)
		if err == nil && len(g.Operations) != len(operations) {
			return f.errorf(format.ErrInconsistent, "the %d symmetry operations are no group: they generate %d", len(operations), len(g.Operations))
		}
	case !hall.Missing():
		if g, err = symmetry.FromHall(hall.String()); err != nil && !name.Missing() {
			f.notice("the Hall symbol %q is not understood: the name of the space group is taken", hall)
			g, err = symmetry.Lookup(name.String(), cell)
		}
	case !name.Missing():
		g, err = symmetry.Lookup(name.String(), cell)
	case !number.Missing():
		n, ok := number.Int()
		if !ok {
			return f.errorf(format.ErrInvalidValue, "the number of the space group is %q", number)
		}
		if g, err = symmetry.ByNumber(n); err == nil {
			g = g.ForCell(cell)
		}
	default:
		return f.errorf(format.ErrNoData, "the data block %s has no space group", f.block.Name)
	}
	if err != nil {
		return f.errorf(format.ErrInvalidValue, "%w", err)
	}
	f.m.Group = g
	if !name.Missing() {
		if named, err := symmetry.Lookup(name.String(), cell); err != nil || named.Number != g.Number {
			f.notice("the space group is named %q, but its operations, which count, are those of %s", name, g.Symbol())
		}
	}
	if n, ok := number.Int(); ok && n != g.Number && !number.Missing() {
		f.notice("the number of the space group is %d, but %s, which counts, has %d", n, g.Symbol(), g.Number)
	}
	return nil
}

func (f *reader) operations() (all []symmetry.Operation, err error) {
	for _, tag := range operationTags {
		if !f.block.Has(tag) {
			continue
		}
		texts := []cif.Value{f.block.Value(tag)}
		if t := f.block.Table(tag); t != nil {
			if t.Rows > maxOperations {
				return nil, f.errorf(format.ErrLimit, "there are %d symmetry operations; no space group has more than %d", t.Rows, maxOperations)
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
				return nil, f.errorf(format.ErrInvalidValue, "%w", err)
			}
			all = append(all, op)
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return nil, nil
}
