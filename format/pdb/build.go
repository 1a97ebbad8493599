package pdb

import (
	"fmt"
	"math"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/structure"
)

// builder makes a model of what a file has.
type builder struct {
	name string
	m    structure.Model

	positions           [][3]float64       // Cartesian, in Å
	fractionalPositions bool               // positions are fractional
	tensors             map[int][6]float64 // displacements of atoms in Å², Cartesian
	crystalTensors      bool               // tensors are those of [structure.Atom]
	scale               [3][4]float64      // the matrix from Cartesian to fractional coordinates, and a shift
	scaleRows           [3]bool            // which rows the file gives
	models              int
	blank               int // atoms without an occupancy or B
}

// errorf returns an error about the whole file.
func (b *builder) errorf(class error, text string, args ...any) error {
	return format.Errorf(class, "pdb: %s: "+text, append([]any{b.name}, args...)...)
}

// checkCell returns an error, without a prefix, if the cell is none of a crystal.
func (b *builder) checkCell() error {
	if b.m.Cell == (structure.Cell{A: 1, B: 1, C: 1, Alpha: 90, Beta: 90, Gamma: 90}) {
		return format.Errorf(format.ErrNoData, "a cell of 1 Å means that the model is not of a crystal")
	}
	if err := b.m.Cell.Validate(); err != nil {
		return format.Errorf(format.ErrInvalidValue, "%w", err)
	}
	return nil
}

// place turns Cartesian coordinates into fractional ones and says what a user should know.
func (b *builder) place() error {
	fractional, origin, err := b.fractional()
	if err != nil {
		return err
	}
	for i, x := range b.positions {
		a := &b.m.Atoms[i]
		if a.Position = x; !b.fractionalPositions {
			a.Position = geom.Add(geom.Apply(fractional, x), origin)
		}
		if u, anisotropic := b.tensors[i]; anisotropic {
			if !b.crystalTensors {
				u = structure.CartesianU(u, fractional)
			}
			a.U = &u
		}
	}
	if b.models > 1 {
		b.notice("has %d models: the first is taken", b.models)
	}
	if b.blank > 0 {
		b.notice("has %d atoms without an occupancy or a B factor: 1 and 0 Å² are taken", b.blank)
	}
	if text := b.m.Group.CheckCell(b.m.Cell.Parameters()); text != "" {
		b.notice("may have a wrong cell or space group: %s", text)
	}
	return nil
}

func (b *builder) notice(text string, args ...any) {
	b.m.Notices = append(b.m.Notices, fmt.Sprintf(text, args...))
}

// fractional returns the matrix and the shift from Cartesian to fractional coordinates: those of the
// cell, with a along x and b in the plane of x and y, unless the file has others.
func (b *builder) fractional() (m [3][3]float64, origin [3]float64, err error) {
	m = fractionalizing(b.m.Cell)
	if b.scaleRows != [3]bool{true, true, true} {
		return m, origin, nil
	}
	var given [3][3]float64
	differs := false
	for i := range 3 {
		for j := range 3 {
			given[i][j] = b.scale[i][j]
			// Six decimals, of a cell that is rounded itself.
			differs = differs || math.Abs(given[i][j]-m[i][j]) > 1e-5+2e-4*math.Abs(m[i][j])
		}
		origin[i] = b.scale[i][3]
		differs = differs || math.Abs(origin[i]) > 1e-4
	}
	if !differs {
		return m, [3]float64{}, nil
	}
	if err := sameCell(given, b.m.Cell); err != nil {
		return m, origin, b.errorf(format.ErrInconsistent, "the matrix to fractional coordinates (SCALE1 to SCALE3) contradicts the cell: %w", err)
	}
	b.notice("has a matrix to fractional coordinates (SCALE1 to SCALE3) that puts the axes elsewhere than a along x, b in the plane of x and y: it is followed")
	return given, origin, nil
}

// fractionalizing returns the matrix from Cartesian coordinates, with a along x and b in the plane of
// x and y, to fractional ones.
func fractionalizing(c structure.Cell) [3][3]float64 {
	cosine := func(degrees float64) float64 {
		if degrees == 90 {
			return 0
		}
		return math.Cos(degrees * geom.Degree)
	}
	ca, cb, cg := cosine(c.Alpha), cosine(c.Beta), cosine(c.Gamma)
	sg := math.Sin(c.Gamma * geom.Degree)
	return geom.Inverse([3][3]float64{
		{c.A, c.B * cg, c.C * cb},
		{0, c.B * sg, c.C * (ca - cb*cg) / sg},
		{0, 0, c.Volume() / (c.A * c.B * sg)},
	})
}

// sameCell returns an error if the rows of a matrix to fractional coordinates are not the reciprocal
// axes of the cell.
func sameCell(fractional [3][3]float64, c structure.Cell) error {
	got, err := structure.CellOf([3][3]float64{
		{fractional[0][0], fractional[1][0], fractional[2][0]},
		{fractional[0][1], fractional[1][1], fractional[2][1]},
		{fractional[0][2], fractional[1][2], fractional[2][2]},
	})
	if err != nil {
		return err
	}
	a, b := got.Parameters(), c.Parameters()
	for i := range a {
		limit := 1.0
		if i < 3 {
			limit = 0.01 * b[i]
		}
		if !(math.Abs(a[i]-b[i]) <= limit) {
			return fmt.Errorf("their cell is %.5g, %.5g, %.5g Å, %.4g, %.4g, %.4g°", a[0], a[1], a[2], a[3], a[4], a[5])
		}
	}
	return nil
}
