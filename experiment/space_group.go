package experiment

import (
	"fmt"

	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// SpaceGroup returns the space group of crystal i: that of its configuration, else that of its file of structure factors; nil if
// neither gives one.
func (e *Experiment) SpaceGroup(i int) *symmetry.Group {
	if name := e.config.Crystals[i].SpaceGroup; name != "" {
		if group, err := symmetry.Lookup(name, structure.Cell(e.Crystals[i].Config().Cell).Parameters()); err == nil { // Nodes has looked it up before
			return group
		}
	}
	return e.StructureGroup(i)
}

// hall returns the space group of crystal i, with the reciprocal lattice a, as DIALS names it, P 1 where none is known or the cell does not have its symmetry, which
// other programs refuse.
func (e *Experiment) hall(i int, a [3][3]float64) string {
	cell, err := structure.CellOf(a)
	group := e.SpaceGroup(i)
	if group == nil || err != nil || group.CheckCell(cell.Parameters()) != "" {
		return "Hall: P 1"
	}
	return "Hall: " + group.Hall
}

// groupNotices returns what a user should know about the space group of crystal i, or the error that it is unknown.
func (e *Experiment) groupNotices(i int) ([]string, error) {
	name := e.config.Crystals[i].SpaceGroup
	if name == "" {
		return nil, nil
	}
	path := fmt.Sprintf("crystals[%d].space_group", i)
	cell := structure.Cell(e.Crystals[i].Config().Cell).Parameters()
	group, err := symmetry.Lookup(name, cell)
	if err != nil {
		return nil, problem(path, "%w", err)
	}
	if text := group.CheckCell(cell); text != "" {
		return []string{path + ": " + text}, nil
	}
	if file := e.StructureGroup(i); file != nil && file.Laue() != group.Laue() {
		return []string{fmt.Sprintf("%s is %s, and structure.file has %s", path, group.Symbol(), file.Symbol())}, nil
	}
	return nil, nil
}
