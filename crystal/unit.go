package crystal

import (
	"slices"

	G "gorgonia.org/gorgonia"
)

// Unit returns the unit of one of the crystal's nodes: "Å", "°", "µm", or "" for a number; and
// whether the node is one of them.
func (x *Crystal) Unit(n *G.Node) (string, bool) {
	switch {
	case n == nil:
		return "", false
	case n == x.Structure:
		return "e", true
	case n == x.Phases:
		return "°", true
	case slices.Contains(x.Cell.List()[:3], n):
		return "Å", true
	case slices.Contains(x.Cell.List()[3:], n):
		return "°", true
	case n == x.DefaultF:
		return "e", true
	case n == x.Scale:
		return "", true
	}
	for _, r := range x.cfg.rows(x) {
		if r.Node == n {
			return r.Unit, true
		}
	}
	return "", false
}
