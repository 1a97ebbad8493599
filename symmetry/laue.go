package symmetry

import (
	"fmt"
	"slices"
	"strings"
)

// ProperRotations returns the rotations of the Laue group without those that mirror or invert, the
// identity first. They act on Miller indices, h′ = h R; with the inversion they make up the Laue group.
func (g *Group) ProperRotations() [][3][3]int {
	var out [][3][3]int
	for _, r := range g.LaueRotations() {
		// Of an operation and the same with the inversion one is proper, and both may be there.
		if determinant(r) > 0 && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// laueClasses has the names of Laue classes and groups of the class, the first of which fits most
// cells.
var laueClasses = map[string][]string{
	"-1":    {"P -1"},
	"2/m":   {"P 1 2/m 1", "P 1 1 2/m", "P 2/m 1 1"},
	"mmm":   {"P m m m"},
	"4/m":   {"P 4/m"},
	"4/mmm": {"P 4/m m m"},
	"-3":    {"R -3"},
	"-3m":   {"R -3 m"},
	"-3m1":  {"P -3 m 1"},
	"-31m":  {"P -3 1 m"},
	"6/m":   {"P 6/m"},
	"6/mmm": {"P 6/m m m"},
	"m-3":   {"P m -3"},
	"m-3m":  {"P m -3 m"},
}

// LookupLaue returns a group whose Laue group is that of a name: of a space group, as in [Lookup], or
// of a Laue class, "-1" to "m-3m". The class 2/m has the unique axis that the cell, lengths in Å and
// angles in degrees, allows, which is b if there are several or none. -3m is -3m1; -31m is another
// setting. Classes -3 and -3m have hexagonal axes unless the cell is rhombohedral.
func LookupLaue(name string, cell [6]float64) (*Group, error) {
	candidates := laueClasses[strings.Join(strings.Fields(strings.ToLower(name)), "")]
	if candidates == nil {
		g, err := Lookup(name, cell)
		if err != nil {
			return nil, fmt.Errorf("%w, and no Laue class either: these are -1, 2/m, mmm, 4/m, 4/mmm, -3, -3m, -31m, 6/m, 6/mmm, m-3, m-3m", err)
		}
		return g, nil
	}
	var first *Group
	for _, name := range candidates {
		g, err := Lookup(name, cell)
		if err != nil {
			return nil, err
		}
		if g.CheckCell(cell) == "" {
			return g, nil
		}
		if first == nil {
			first = g
		}
	}
	return first, nil
}
