package refine

import (
	"fmt"
	"math"
	"strings"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/crystal"
)

// System is a crystal system: what symmetry requires of the cell (International Tables for
// Crystallography A, table 2.1.2.1).
type System uint8

const (
	Triclinic    System = iota // nothing
	Monoclinic                 // α = γ = 90°, the unique axis being b
	MonoclinicC                // α = β = 90°, the unique axis being c
	Orthorhombic               // α = β = γ = 90°
	Tetragonal                 // a = b, α = β = γ = 90°
	Trigonal                   // a = b, α = β = 90°, γ = 120°; rhombohedral lattices in their hexagonal setting too
	Rhombohedral               // a = b = c, α = β = γ: rhombohedral lattices in their primitive setting
	Hexagonal                  // as Trigonal
	Cubic                      // a = b = c, α = β = γ = 90°
)

// rule says what each of a, b, c, α, β, γ is in a system: equal to another of the six, a fixed
// angle, or free.
type rule struct {
	name   string     // with its article
	same   [6]int     // the parameter that this one equals; itself where it has no such partner
	angles [3]float64 // fixed angles in degrees; 0 where they are not
}

var (
	own      = [6]int{0, 1, 2, 3, 4, 5}
	aEqualsB = [6]int{0, 0, 2, 3, 4, 5}
	right    = [3]float64{90, 90, 90}
	rules    = [...]rule{
		Triclinic:    {"a triclinic", own, [3]float64{}},
		Monoclinic:   {"a monoclinic", own, [3]float64{90, 0, 90}},
		MonoclinicC:  {"a monoclinic (unique axis c)", own, [3]float64{90, 90, 0}},
		Orthorhombic: {"an orthorhombic", own, right},
		Tetragonal:   {"a tetragonal", aEqualsB, right},
		Trigonal:     {"a trigonal", aEqualsB, [3]float64{90, 90, 120}},
		Rhombohedral: {"a rhombohedral", [6]int{0, 0, 0, 3, 3, 3}, [3]float64{}},
		Hexagonal:    {"a hexagonal", aEqualsB, [3]float64{90, 90, 120}},
		Cubic:        {"a cubic", [6]int{0, 0, 0, 3, 4, 5}, right},
	}
	cellNames = [6]string{"a", "b", "c", "alpha", "beta", "gamma"}
)

// cellTolerance is the relative error that a starting cell may have of what its system requires.
const cellTolerance = 1e-6

// String returns the system's name.
func (s System) String() string {
	if int(s) >= len(rules) {
		return fmt.Sprintf("system %d", uint8(s))
	}
	_, name, _ := strings.Cut(rules[s].name, " ")
	return name
}

// Constrain ties the cell of a crystal as its crystal system requires, and returns the nodes that
// remain free. Lengths and angles that are equal become the same node of x.Cell.
//
// Call it before simulator.New, which reads x.Cell: for a crystal that a simulator has been built
// from, Constrain returns an error. It also returns an error for a cell that does not have the
// symmetry to begin with (to a relative 1e-6). In either case nothing is tied.
func Constrain(x *crystal.Crystal, system System) ([]*G.Node, error) {
	if x == nil {
		return nil, fmt.Errorf("refine: no crystal to constrain")
	}
	if int(system) >= len(rules) {
		return nil, fmt.Errorf("refine: unknown crystal system %d", system)
	}
	if x.Simulated() {
		return nil, fmt.Errorf("refine: a simulator has been built from the crystal, whose cell cannot be tied any more: call Constrain before simulator.New")
	}
	r := rules[system]
	fields := []**G.Node{&x.Cell.A, &x.Cell.B, &x.Cell.C, &x.Cell.Alpha, &x.Cell.Beta, &x.Cell.Gamma}
	var value [6]float64
	for i, f := range fields {
		if *f == nil || (*f).Op() != nil {
			return nil, fmt.Errorf("refine: %s of the cell is computed from other nodes already", cellNames[i])
		}
		q := Parameter{Node: *f, Name: (*f).Name()}
		own, err := q.values()
		if err != nil {
			return nil, err
		}
		value[i] = own[0]
	}
	differ := func(x, y float64) bool { return !(math.Abs(x-y) <= cellTolerance*math.Abs(y)) }
	var free []*G.Node
	for i := range fields {
		switch partner := r.same[i]; {
		case i >= 3 && r.angles[i-3] != 0:
			if want := r.angles[i-3]; differ(value[i], want) {
				return nil, fmt.Errorf("refine: %s cell has %s = %g°, this one %g°", r.name, cellNames[i], want, value[i])
			}
		case partner != i:
			if differ(value[i], value[partner]) {
				return nil, fmt.Errorf("refine: %s cell has %s = %s, this one %g and %g", r.name, cellNames[partner], cellNames[i], value[partner], value[i])
			}
		default:
			free = append(free, *fields[i])
		}
	}
	for i, f := range fields {
		*f = *fields[r.same[i]]
	}
	return free, nil
}
