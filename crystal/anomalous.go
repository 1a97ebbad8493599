package crystal

import (
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/structure"
	"github.com/gobragg/gobragg/symmetry"
)

// Anomalous is the anomalous scattering of heavy atoms, which makes structure factors complex and dependent on the wavelength
// λ (docs/physics.md, Anomalous scattering):
//
//	F(h, λ) = F₀(h) + Σ_atoms occupancy exp(−B |q|²/4) (f′(λ) + i f″(λ)) exp(2πi h·x)
//
// F₀ is that of Config.Structure, with its phases, and Config.DefaultF. It has everything but f′ and f″ of these atoms.
type Anomalous struct {
	// Scatterers are the elements, or sites in different states of oxidation.
	Scatterers []Scatterer
	// Atoms of the asymmetric unit of Group.
	Atoms []HeavyAtom
	// Group is the space group by which the atoms are repeated. nil means P 1, with all atoms of the cell listed.
	Group *symmetry.Group
	// DMin in Å adds the reflections to this resolution to the box of Miller indices in which the atoms scatter, which is at
	// least that of Config.Structure. 0 means Config.DMin. Beyond the box F is Config.DefaultF.
	DMin float64
}

// Scatterer is a kind of heavy atoms. It has f′ and f″, or an edge from which they follow.
type Scatterer struct {
	// Name is that by which atoms refer to it, such as "Se".
	Name string
	// FPrime and FDoublePrime are f′ and f″ in electrons: one number for all wavelengths, or one for each wavelength of the
	// beam, in their order.
	FPrime, FDoublePrime []float64
	// Edge, instead of them, is an absorption edge.
	Edge *Edge
	// B, if it is not nil, is B of all atoms of the kind, one parameter. It makes steps faster: those with different B are
	// looked up one by one.
	B *float64
}

// Edge is an absorption edge of a logistic shape, of which f′ follows by the Kramers–Kronig relation:
//
//	f″(E) = Below + Step/(1 + exp(−Slope (E − Energy)))
type Edge struct {
	// Below and Step are f″ far below the edge, and how much more it is far above, in electrons.
	Below, Step float64
	// Energy of the edge in eV.
	Energy float64
	// Slope is the steepness in 1/eV: the edge rises from 27 % to 73 % within 2/Slope.
	Slope float64
	// Offset is what other edges add to f′, in electrons.
	Offset float64
	// Reference is an energy in eV that stands for the end of the integral, since the curve does not fall off: f′ far below the
	// edge is about Offset. 0 means Energy, which is right for f″ that falls with 1/E² beyond the edge.
	Reference float64
}

// HeavyAtom is an atom that scatters anomalously.
type HeavyAtom struct {
	// Scatterer is the name of its kind. It may be "" if there is one.
	Scatterer string
	// Position is in fractions of the cell's axes.
	Position [3]float64
	// B is the isotropic displacement parameter in Å². It has to be 0 if that of the scatterer is given.
	B float64
	// Occupancy is the fraction of the cells in which the atom is there. 0 means 1.
	Occupancy float64
	// Order is the number of operations of Group that leave the atom where it is, by which its images are divided. 0 is that
	// of the position, found by distances up to structure.SpecialDistance; but 1 if the images together are one atom at most.
	Order int
}

// minSlope is the smallest slope × energy of an edge: the curve has to be flat at E = 0, where the integral begins.
const minSlope = 40

// complete returns a copy with defaults.
func (a *Anomalous) complete(cell Cell) *Anomalous {
	if a == nil {
		return nil
	}
	own := *a
	own.Scatterers, own.Atoms = slices.Clone(a.Scatterers), slices.Clone(a.Atoms)
	for i := range own.Scatterers {
		s := &own.Scatterers[i]
		s.FPrime, s.FDoublePrime = slices.Clone(s.FPrime), slices.Clone(s.FDoublePrime)
		if s.B != nil {
			b := *s.B
			s.B = &b
		}
		if s.Edge != nil {
			e := *s.Edge
			orElse(&e.Reference, e.Energy)
			s.Edge = &e
		}
	}
	for i := range own.Atoms {
		atom := &own.Atoms[i]
		orElse(&atom.Occupancy, 1)
		if len(own.Scatterers) == 1 && atom.Scatterer == "" {
			atom.Scatterer = own.Scatterers[0].Name
		}
		if atom.Order == 0 {
			atom.Order = 1
			if own.Group != nil && cell.Validate() == nil {
				if _, n := own.Group.Site(atom.Position, cell.Parameters(), structure.SpecialDistance); atom.Occupancy*float64(n) > 1 {
					atom.Order = n
				}
			}
		}
	}
	return &own
}

// kind returns the number of an atom's scatterer, −1 if there is none.
func (a *Anomalous) kind(atom HeavyAtom) int {
	return slices.IndexFunc(a.Scatterers, func(s Scatterer) bool { return s.Name == atom.Scatterer })
}

// operations are those of the group.
func (a *Anomalous) operations() []symmetry.Operation {
	if a.Group == nil {
		return []symmetry.Operation{symmetry.Identity()}
	}
	return a.Group.Operations
}

// check validates a completed configuration, but for numbers that have rows.
func (a *Anomalous) check(c *Config) error {
	if len(a.Atoms) == 0 {
		return refuse("anomalous.atoms", "anomalous scattering without atoms: list them, or leave it out")
	}
	for i, atom := range a.Atoms {
		field := fmt.Sprintf("anomalous.atoms.%d", i)
		k := a.kind(atom)
		switch {
		case k < 0:
			return refuse(field+".scatterer", "there is no scatterer %q", atom.Scatterer)
		case atom.Order < 0:
			return refuse(field+".order", "the order %d is negative", atom.Order)
		case atom.B != 0 && a.Scatterers[k].B != nil:
			return refuse(field+".b", "B of the atom and of its scatterer %q are both given", atom.Scatterer)
		}
	}
	for i, s := range a.Scatterers {
		field := fmt.Sprintf("anomalous.scatterers.%d", i)
		switch {
		case a.kind(HeavyAtom{Scatterer: s.Name}) != i:
			return refuse(field+".name", "the name %q is that of another scatterer too", s.Name)
		case !slices.ContainsFunc(a.Atoms, func(atom HeavyAtom) bool { return a.kind(atom) == i }):
			return refuse(field+".name", "no atom is of the scatterer %q", s.Name)
		case s.Edge != nil && len(s.FPrime)+len(s.FDoublePrime) > 0:
			return refuse(field+".edge", "both an edge and f' or f'' are given")
		case s.Edge == nil && (len(s.FPrime) == 0 || len(s.FDoublePrime) == 0):
			return refuse(field, "f' has %d numbers and f'' %d: give both, or an edge", len(s.FPrime), len(s.FDoublePrime))
		case s.Edge != nil && !(s.Edge.Slope*s.Edge.Energy >= minSlope):
			return refuse(field+".edge.slope", "an edge at %g eV with a slope of %g/eV reaches down to 0: the slope has to be %g/eV or more", s.Edge.Energy, s.Edge.Slope, minSlope/s.Edge.Energy)
		}
	}
	if c.Lookup == Tricubic {
		return refuse("structure.lookup", "structure factors that depend on heavy atoms are those of the nearest reflection: they are not interpolated")
	}
	if t := c.Structure; t != nil {
		for r := range t.Reflections() {
			if i, _ := t.Index(r.H, r.K, r.L); t.Phases != nil && math.IsNaN(t.Phases[i]) {
				return refuse("structure", "the phase of (%d, %d, %d) is unknown: with heavy atoms, every reflection needs one", r.H, r.K, r.L)
			}
		}
	}
	if c.Structure == nil && c.DMin == 0 && a.DMin == 0 {
		return refuse("anomalous.dmin", "heavy atoms need a table of structure factors or a resolution limit")
	}
	if box, err := a.box(c); err != nil {
		return refuse("anomalous.dmin", "heavy atoms with %v: %w", &box, err)
	}
	return nil
}

// box returns that in which the atoms scatter.
func (a *Anomalous) box(c *Config) (structure.Box, error) {
	var box structure.Box
	dmin := a.DMin
	if dmin == 0 {
		dmin = c.DMin
	}
	if dmin > 0 {
		var n [3]int
		for i, length := range []float64{c.Cell.A, c.Cell.B, c.Cell.C} {
			n[i] = int(min(length/dmin, structure.MaxIndex)) + 1 // cells may grow when they are refined
		}
		box = structure.Box{HMin: -n[0], HMax: n[0], KMin: -n[1], KMax: n[1], LMin: -n[2], LMax: n[2]}
	}
	if t := c.Structure; t != nil {
		if dmin == 0 {
			box = t.Box
		}
		box = structure.Box{HMin: min(box.HMin, t.HMin), HMax: max(box.HMax, t.HMax), KMin: min(box.KMin, t.KMin), KMax: max(box.KMax, t.KMax),
			LMin: min(box.LMin, t.LMin), LMax: max(box.LMax, t.LMax)}
	}
	_, err := box.Check(structure.MaxCells)
	return box, err
}

// rows are the limits of the numbers and of the nodes.
func (a *Anomalous) rows(n *AnomalousNodes) []config.Row {
	rows := []config.Row{config.Number("anomalous.dmin", "resolution of heavy atoms", "Å", config.NotNegative, a.DMin, nil)}
	if n == nil {
		n = a.emptyNodes()
	}
	for i, s := range a.Scatterers {
		field, nodes := fmt.Sprintf("anomalous.scatterers.%d", i), n.Scatterers[i]
		for j, v := range s.FPrime {
			rows = append(rows, config.Number(fmt.Sprintf("%s.f_prime.%d", field, j), "f'", "e", config.Finite, v, nodes.FPrime[j]))
		}
		for j, v := range s.FDoublePrime {
			rows = append(rows, config.Number(fmt.Sprintf("%s.f_double_prime.%d", field, j), "f''", "e", config.Finite, v, nodes.FDoublePrime[j]))
		}
		if s.B != nil {
			rows = append(rows, config.Number(field+".b", "B of heavy atoms", "Å²", config.Finite, *s.B, nodes.B))
		}
		if e := s.Edge; e != nil {
			field += ".edge"
			rows = append(rows,
				config.Number(field+".below", "f'' below the edge", "e", config.Finite, e.Below, nodes.Edge.Below),
				config.Number(field+".step", "step of f'' at the edge", "e", config.Finite, e.Step, nodes.Edge.Step),
				config.Number(field+".energy", "energy of the edge", "eV", config.Positive, e.Energy, nodes.Edge.Energy),
				config.Number(field+".slope", "slope of the edge", "1/eV", config.Positive, e.Slope, nodes.Edge.Slope),
				config.Number(field+".offset", "f' of other edges", "e", config.Finite, e.Offset, nodes.Edge.Offset),
				config.Number(field+".reference", "reference energy of the edge", "eV", config.Positive, e.Reference, nil))
		}
	}
	for i, atom := range a.Atoms {
		field, nodes := fmt.Sprintf("anomalous.atoms.%d", i), n.Atoms[i]
		for j, axis := range []string{"x", "y", "z"} {
			rows = append(rows, config.Number(field+"."+axis, "position of a heavy atom along "+axis, "", config.Finite, atom.Position[j], nodes.Position[j]))
		}
		if k := a.kind(atom); k < 0 || a.Scatterers[k].B == nil {
			rows = append(rows, config.Number(field+".b", "B of a heavy atom", "Å²", config.Finite, atom.B, nodes.B))
		}
		rows = append(rows, config.Number(field+".occupancy", "occupancy of a heavy atom", "", config.Finite, atom.Occupancy, nodes.Occupancy))
	}
	return rows
}
