package experiment

import (
	"fmt"

	"github.com/gobragg/gobragg/crystal"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Anomalous is the anomalous scattering of heavy atoms, which adds f′ + i f” of each to the structure factors. These are
// complex then, with the phases of structure.file, and have to be without f′ and f” of the atoms.
type Anomalous struct {
	// SpaceGroup, by its name or number, repeats the atoms. If omitted, it is that of structure.file, if the file gives one, else
	// P 1, with all atoms of the cell listed.
	SpaceGroup string `json:"space_group,omitzero"`
	// Group is the space group in memory, which is not part of the JSON and replaces space_group.
	Group *symmetry.Group `json:"-"`
	// Scatterers are the elements, or atoms of an element in different states.
	Scatterers []Scatterer `json:"scatterers"`
	// Atoms are those of the asymmetric unit.
	Atoms []HeavyAtom `json:"atoms"`
	// DMin is the resolution to which the atoms scatter, beyond the box of Miller indices of the table of structure factors. 0
	// means the crystal's dmin.
	DMin float64 `json:"dmin,omitzero" above:"0" usual:"0.3 200" slip:"in nm" unit:"Å"`
}

// Scatterer is a kind of heavy atoms, with f′ and f” or an edge.
type Scatterer struct {
	// Name by which atoms refer to it.
	Name string `json:"name,omitzero"`
	// FPrime is f′: one number for all wavelengths, or one for each of the beam's.
	FPrime []float64 `json:"f_prime,omitempty" usual:"-50 50" unit:"e"`
	// FDoublePrime is f″, likewise.
	FDoublePrime []float64 `json:"f_double_prime,omitempty" usual:"-50 50" unit:"e"`
	// Edge, instead of both, is an absorption edge, from which they follow at any wavelength.
	Edge *Edge `json:"edge,omitempty"`
	// B, if it is given, is B of all atoms of the kind, one parameter, which is faster than one for each.
	B *float64 `json:"b,omitempty" usual:"0 300" unit:"Å²"`
}

// Edge is an absorption edge: f” rises at it as a logistic function, and f′ is its Kramers-Kronig transform.
type Edge struct {
	// Below is f″ far below the edge.
	Below float64 `json:"below,omitzero" unit:"e"`
	// Step is by how much f″ rises.
	Step float64 `json:"step" unit:"e"`
	// Energy of the edge.
	Energy float64 `json:"energy" above:"0" usual:"1000 200000" slip:"in keV" unit:"eV"`
	// Slope is the steepness: f″ rises from 27 % to 73 % of the step within 2/slope.
	Slope float64 `json:"slope" above:"0" unit:"1/eV"`
	// Offset is what other edges add to f′.
	Offset float64 `json:"offset,omitzero" unit:"e"`
	// Reference is the energy at which the integral for f′ ends. 0 means energy, as for f″ that falls with the square of the
	// photon energy beyond the edge.
	Reference float64 `json:"reference,omitzero" above:"0" unit:"eV"`
}

// HeavyAtom is an atom of the asymmetric unit.
type HeavyAtom struct {
	// Scatterer is the name of its kind. It may be omitted if there is one kind.
	Scatterer string `json:"scatterer,omitzero"`
	// X is the position along a in fractions of the cell.
	X float64 `json:"x" usual:"-2 2" slip:"in Å"`
	// Y is that along b.
	Y float64 `json:"y" usual:"-2 2" slip:"in Å"`
	// Z is that along c.
	Z float64 `json:"z" usual:"-2 2" slip:"in Å"`
	// B is the isotropic displacement parameter. It is omitted if that of the scatterer is given.
	B float64 `json:"b,omitzero" usual:"0 300" unit:"Å²"`
	// Occupancy is the fraction of the cells with the atom. 0 means 1.
	Occupancy float64 `json:"occupancy,omitzero" usual:"0.001 1.5"`
	// Order is the number of symmetry operations that leave the atom where it is, by which its images are divided. If omitted, it
	// is found from the position.
	Order int `json:"order,omitzero" min:"1"`
}

// anomalous adds the heavy atoms to the configuration of crystal i, and returns notices about them. The group of the file of
// structure factors, if there is one, is that of the atoms if they have none.
func (c *Config) anomalous(i int, cfg *crystal.Config, group *symmetry.Group) (notices []string, err error) {
	a, s := c.Crystals[i].Anomalous, &c.Crystals[i].Structure
	if a == nil {
		if s.File != "" && cfg.Structure != nil {
			cfg.Structure.Phases = nil // without heavy atoms they have no effect, and take memory
		}
		return nil, nil
	}
	switch {
	case s.Wilson != nil:
		cfg.Structure.DrawPhases(s.Wilson.Seed)
	case s.File != "" && cfg.Structure.Phases == nil:
		notices = about(s.File, []string{"has no phases, or they are not among structure.columns: with heavy atoms, its amplitudes are taken for structure factors with phases of 0"})
	}
	path := fmt.Sprintf("crystals[%d].anomalous", i)
	out := &crystal.Anomalous{Group: a.Group, DMin: a.DMin}
	switch {
	case out.Group != nil:
	case a.SpaceGroup != "":
		cell := cfg.Cell
		if cell == (structure.Cell{}) && cfg.Matrix != nil {
			cell, _ = structure.CellOf(*cfg.Matrix) // crystal.New reports the error
		}
		if out.Group, err = symmetry.Lookup(a.SpaceGroup, cell.Complete().Parameters()); err != nil {
			var hall error
			if out.Group, hall = symmetry.FromHall(a.SpaceGroup); hall != nil {
				return nil, problem(path+".space_group", "%w", err)
			}
		}
	default:
		if out.Group = group; group != nil {
			notices = append(notices, fmt.Sprintf("%s: the atoms are repeated by %s, the space group of %s", path, group.Symbol(), s.File))
		}
	}
	for _, s := range a.Scatterers {
		out.Scatterers = append(out.Scatterers, crystal.Scatterer{Name: s.Name, FPrime: s.FPrime, FDoublePrime: s.FDoublePrime, Edge: (*crystal.Edge)(s.Edge), B: s.B})
	}
	for _, atom := range a.Atoms {
		out.Atoms = append(out.Atoms, crystal.HeavyAtom{Scatterer: atom.Scatterer, Position: [3]float64{atom.X, atom.Y, atom.Z}, B: atom.B,
			Occupancy: atom.Occupancy, Order: atom.Order})
	}
	cfg.Anomalous = out
	return notices, nil
}

// fromAnomalous is the inverse.
func fromAnomalous(a *crystal.Anomalous) *Anomalous {
	if a == nil {
		return nil
	}
	out := &Anomalous{Group: a.Group, DMin: a.DMin}
	if a.Group != nil {
		out.SpaceGroup = a.Group.Hall
	}
	for _, s := range a.Scatterers {
		out.Scatterers = append(out.Scatterers, Scatterer{Name: s.Name, FPrime: s.FPrime, FDoublePrime: s.FDoublePrime, Edge: (*Edge)(s.Edge), B: s.B})
	}
	for _, atom := range a.Atoms {
		x := atom.Position
		out.Atoms = append(out.Atoms, HeavyAtom{atom.Scatterer, x[0], x[1], x[2], atom.B, atom.Occupancy, atom.Order})
	}
	return out
}
