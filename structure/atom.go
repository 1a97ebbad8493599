package structure

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/symmetry"
)

// Atom is an atom of a [Model].
type Atom struct {
	// Name says in messages which atom it is, for instance "CA of GLY 12 A".
	Name string
	// Scatterer is an element or an ion as [Scatterer] returns it.
	Scatterer string
	// Position is in fractions of the cell's axes.
	Position [3]float64
	// Occupancy is the fraction of the cells in which the atom is there, 1 for most.
	Occupancy float64
	// Order is the number of operations that leave the atom where it is, by which its images are
	// divided: 1 for a general position, more for a special one. 0 is that of the position, found by
	// distances up to [SpecialDistance]; but 1 if the images together are one atom at most, as with an
	// occupancy of 0.5 on a twofold axis. Files of proteins have occupancies of both meanings.
	Order int
	// B is the isotropic displacement parameter in Å², 8π² times the mean square displacement along
	// any direction. It does not count if U is not nil.
	B float64
	// U is the anisotropic displacement tensor in Å², as U11, U22, U33, U12, U13, U23 of small-molecule
	// CIFs: with respect to axes of unit length along a*, b*, c*. It is nil for isotropic atoms.
	U *[6]float64
	// Anomalous is f′ + i f″ in electrons.
	Anomalous complex128
}

// Model is a crystal structure as atoms of an asymmetric unit.
type Model struct {
	Cell  Cell
	Group *symmetry.Group
	Atoms []Atom
	// Notices are sentences, without their subject, the file, about how it was read that its user
	// should know.
	Notices []string
}

// SpecialDistance is the distance in Å up to which an atom and its image are taken as one atom on a
// special position.
const SpecialDistance = 0.5

// site is an atom, prepared for sums over the operations without centring.
type site struct {
	position [3]float64
	weight   float64 // occupancy times centring vectors, by the order of the site
	kind     int
	// h u h, with the symmetric tensor u = 2π² U* of indices, is the exponent of the displacement.
	u [6]float64
	b float64 // if isotropic
	// isotropic atoms have an exponent that depends on s² alone.
	isotropic bool
}

// kind is what atoms with the same form factor share.
type kind struct {
	factor    FormFactor
	anomalous complex128
}

// sites returns the atoms with a weight, and their kinds. It checks what a file may have wrong.
func (m *Model) sites() ([]site, []kind, error) {
	if m.Group == nil {
		return nil, nil, fmt.Errorf("structure: the space group of the model is unknown")
	}
	if err := m.Cell.Validate(); err != nil {
		return nil, nil, err
	}
	type sort struct {
		scatterer string
		anomalous complex128
	}
	numbers := map[sort]int{}
	var kinds []kind
	var sites []site
	star := m.Cell.Reciprocal()
	var lengths [3]float64
	for j := range 3 {
		lengths[j] = math.Sqrt(star[0][j]*star[0][j] + star[1][j]*star[1][j] + star[2][j]*star[2][j])
	}
	for i := range m.Atoms {
		a := &m.Atoms[i]
		finite := a.Occupancy + a.B + a.Position[0] + a.Position[1] + a.Position[2] + real(a.Anomalous) + imag(a.Anomalous)
		if a.U != nil {
			for _, u := range a.U {
				finite += u
			}
		}
		if finite-finite != 0 {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "structure: atom %s has a value that is not a finite number", a.Name)
		}
		if far := max(math.Abs(a.Position[0]), math.Abs(a.Position[1]), math.Abs(a.Position[2])); far > 1e6 {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "structure: atom %s is %.3g cells from the origin", a.Name, far)
		}
		if a.Order < 0 {
			return nil, nil, format.Errorf(format.ErrInvalidValue, "structure: atom %s has the order %d", a.Name, a.Order)
		}
		if a.Occupancy == 0 {
			continue
		}
		key := sort{a.Scatterer, a.Anomalous}
		n, known := numbers[key]
		if !known {
			factor, err := FormFactorOf(a.Scatterer)
			if err != nil {
				return nil, nil, format.Errorf(format.ErrInvalidValue, "structure: atom %s: there is no form factor of %.20q", a.Name, a.Scatterer)
			}
			n = len(kinds)
			numbers[key] = n
			kinds = append(kinds, kind{factor, a.Anomalous})
		}
		s := site{kind: n, b: a.B, isotropic: a.U == nil}
		order := a.Order
		s.position = a.Position
		if order == 0 {
			at, n := m.Group.Site(a.Position, m.Cell.Parameters(), SpecialDistance)
			if order = 1; a.Occupancy*float64(n) > 1 {
				s.position, order = at, n
			}
		}
		s.weight = a.Occupancy * float64(len(m.Group.Centrings())) / float64(order)
		if a.U != nil {
			for n, ij := range tensor {
				s.u[n] = 2 * math.Pi * math.Pi * a.U[n] * lengths[ij[0]] * lengths[ij[1]]
			}
		}
		sites = append(sites, s)
	}
	if len(sites) == 0 {
		return nil, nil, format.Errorf(format.ErrNoData, "structure: the model has no atoms with an occupancy")
	}
	return sites, kinds, nil
}

// tensor is the order of the elements of symmetric tensors.
var tensor = [6][2]int{{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}}

// CartesianU returns U of [Atom] from a tensor in Å² in Cartesian axes, of which the rows of
// fractional are the axes a*, b*, c* in Å⁻¹: the matrix that takes Cartesian coordinates to
// fractional ones.
func CartesianU(u [6]float64, fractional [3][3]float64) [6]float64 {
	var full [3][3]float64
	for n, ij := range tensor {
		full[ij[0]][ij[1]], full[ij[1]][ij[0]] = u[n], u[n]
	}
	var lengths [3]float64
	for i, row := range fractional {
		lengths[i] = math.Sqrt(row[0]*row[0] + row[1]*row[1] + row[2]*row[2])
	}
	var out [6]float64
	for n, ij := range tensor {
		sum := 0.0
		for p := range 3 {
			for q := range 3 {
				sum += fractional[ij[0]][p] * full[p][q] * fractional[ij[1]][q]
			}
		}
		out[n] = sum / (lengths[ij[0]] * lengths[ij[1]])
	}
	return out
}
