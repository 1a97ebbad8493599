package crystfel

import (
	"fmt"
	"io"
	"strings"

	"github.com/gobragg/gobragg/internal/atomicfile"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// CellOf returns a unit cell with what its space group says of the lattice. A nil group is P 1.
func CellOf(cell structure.Cell, group *symmetry.Group) *Cell {
	c := &Cell{Cell: cell, Lattice: "triclinic", Centring: "P"}
	if group == nil {
		return c
	}
	if group.HM != "" {
		c.Centring = group.HM[:1]
	}
	switch laue := group.Laue(); laue {
	case "2/m":
		c.Lattice, c.UniqueAxis = "monoclinic", twofold(group)
	case "mmm":
		c.Lattice = "orthorhombic"
	case "4/m", "4/mmm":
		c.Lattice, c.UniqueAxis = "tetragonal", "c"
	case "-3", "-3m", "6/m", "6/mmm":
		c.Lattice, c.UniqueAxis = "hexagonal", "c"
		if c.Centring == "R" && group.Extension == "R" {
			c.Lattice, c.UniqueAxis = "rhombohedral", ""
		} else if c.Centring == "R" { // on hexagonal axes
			c.Centring = "H"
		}
	case "m-3", "m-3m":
		c.Lattice = "cubic"
	}
	return c
}

// twofold returns the axis that the rotation of a monoclinic group leaves as it is, "?" if it is none of the cell's.
func twofold(group *symmetry.Group) string {
	for _, r := range group.LaueRotations() {
		sign := r[0][0] + r[1][1] + r[2][2] // −1 of a rotation by 180°, 1 of a mirror
		for i, axis := range []string{"a", "b", "c"} {
			if (sign == -1 || sign == 1) && r[i][i] == -sign {
				return axis
			}
		}
	}
	return "?"
}

// WriteCellFile writes a unit cell to the file at path, which is replaced atomically.
func WriteCellFile(path string, c *Cell) error {
	return atomicfile.Write(path, func(w io.Writer) error { return WriteCell(w, c) })
}

// WriteCell writes a unit cell file of CrystFEL, with the shortest decimal numbers that are read as the same ones.
func WriteCell(w io.Writer, c *Cell) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("crystfel: %w", err)
	}
	var b strings.Builder
	b.WriteString("CrystFEL unit cell file version 1.0\n\n")
	for _, word := range [][2]string{{"lattice_type", c.Lattice}, {"centering", c.Centring}, {"unique_axis", c.UniqueAxis}} {
		if word[1] != "" {
			fmt.Fprintf(&b, "%s = %s\n", word[0], word[1])
		}
	}
	p := c.Parameters()
	fmt.Fprintf(&b, "\na = %g A\nb = %g A\nc = %g A\nal = %g deg\nbe = %g deg\nga = %g deg\n", p[0], p[1], p[2], p[3], p[4], p[5])
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("crystfel: %w", err)
	}
	return nil
}
