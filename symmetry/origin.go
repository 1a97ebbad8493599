package symmetry

import (
	"math"
	"slices"
	"strings"
)

// shifted returns the tabulated setting with the operations after a shift of its origin, as a group
// with the setting's number and name and a Hall symbol that has the shift; nil if there is none by
// multiples of 1/24.
func shifted(operations []Operation) *Group {
	d := derive(operations)
	given := map[[3][3]int][3]int{}
	for _, o := range d.primitive {
		given[o.R] = o.T
	}
	sameLattice := func(g *Group) bool {
		if len(g.Operations) != len(operations) || len(g.Centrings()) != len(d.centrings) {
			return false
		}
		for _, o := range g.Primitive() {
			if _, known := given[o.R]; !known {
				return false
			}
		}
		for _, t := range g.Centrings() {
			if !slices.Contains(d.centrings, t) {
				return false
			}
		}
		return true
	}
	for _, g := range table().groups {
		if !sameLattice(g) {
			continue
		}
		if v, ok := shift(g, given); ok {
			// The shift comes on top of one that the setting's symbol has.
			hall, basis, _ := strings.Cut(strings.TrimSuffix(g.Hall, ")"), " (")
			if basis != "" {
				_, own, _ := parseBasis(basis)
				for i := range 3 {
					v[i] += int(math.Round(own[i] * Denominator))
				}
			}
			hall += " (" + Operation{R: identity, T: v}.reduced().String() + ")"
			return newGroup(Group{Number: g.Number, HM: g.HM, Extension: g.Extension, Hall: hall, Operations: operations})
		}
	}
	return nil
}

// shift returns the v with T + v − R v = given, modulo a centring vector, for all operations of g.
func shift(g *Group, given map[[3][3]int][3]int) (v [3]int, ok bool) {
	for n := range Denominator * Denominator * Denominator {
		v = [3]int{n / (Denominator * Denominator), n / Denominator % Denominator, n % Denominator}
		fits := true
		for _, o := range g.Primitive() {
			moved := Operation{R: o.R}.Times(Operation{R: identity, T: v}).T
			if d := difference(given[o.R], difference(sum(o.T, v), moved)); !slices.Contains(g.Centrings(), d) {
				fits = false
				break
			}
		}
		if fits {
			return v, true
		}
	}
	return v, false
}
