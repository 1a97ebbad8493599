package crystal

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/structure"
)

// decompose splits a matrix with columns a*, b*, c* into a cell and the rotation from the cell's
// default orientation.
func decompose(m [3][3]float64) (cell Cell, u [3][3]float64, err error) {
	if cell, err = structure.CellOf(m); err != nil {
		return cell, u, err
	}
	// U = A B⁻¹, and the rows of B⁻¹ are the real-space vectors of the default orientation.
	return cell, geom.Mul(m, geom.Inverse(cell.Reciprocal())), nil
}

// reciprocalVectors returns a*, b*, c* in the default orientation as expressions of the cell
// (physics.md, Crystal), and the cell volume. The z component of c* is 1/c, since c is along z in
// that orientation; bent selects the reference program's formula instead.
func (x *Crystal) reciprocalVectors(b *node.Builder, bent bool) (star [3]expr.Vec, volume *expr.Node) {
	cellA, cellB, cellC := b.In(x.Cell.A), b.In(x.Cell.B), b.In(x.Cell.C)
	rad := func(n *G.Node) *expr.Node { return b.Scale(geom.Degree, b.In(n)) }
	al, be, ga := rad(x.Cell.Alpha), rad(x.Cell.Beta), rad(x.Cell.Gamma)
	sa, sb, sg := b.Sin(al), b.Sin(be), b.Sin(ga)
	ca, cb, cg := b.Cos(al), b.Cos(be), b.Cos(ga)
	s := b.Scale(0.5, b.Sum(al, be, ga))
	lengths := b.Product(cellA, cellB, cellC)
	skew := b.Product(b.Sin(s), b.Sin(b.Sub(s, al)), b.Sin(b.Sub(s, be)), b.Sin(b.Sub(s, ga)))
	volume = b.Product(b.Const(2), lengths, b.Sqrt(skew))

	as := b.Div(b.Product(cellB, cellC, sa), volume)
	bs := b.Div(b.Product(cellC, cellA, sb), volume)
	cs := b.Div(b.Product(cellA, cellB, sg), volume)
	cosAs := b.Div(b.Sub(b.Mul(cb, cg), ca), b.Mul(sb, sg))
	cosBs := b.Div(b.Sub(b.Mul(cg, ca), cb), b.Mul(sg, sa))
	cosGs := b.Div(b.Sub(b.Mul(ca, cb), cg), b.Mul(sa, sb))
	sinGs := b.Div(volume, b.Product(lengths, sa, sb))
	cz := b.Inverse(cellC)
	if bent {
		cz = b.Div(b.Mul(cs, volume), b.Mul(lengths, sinGs))
	}
	zero := b.Const(0)
	star = [3]expr.Vec{
		{as, zero, zero},
		{b.Mul(bs, cosGs), b.Mul(bs, sinGs), zero},
		{b.Mul(cs, cosBs), b.Mul(cs, b.Div(b.Sub(cosAs, b.Mul(cosBs, cosGs)), sinGs)), cz},
	}
	return star, volume
}

// directVectors returns a, b, c as expressions of the cell in the frame in which a is along x and b in
// the x-y plane (physics.md, Crystal), and the cell volume.
func (x *Crystal) directVectors(b *node.Builder) (real [3]expr.Vec, volume *expr.Node) {
	cellA, cellB, cellC := b.In(x.Cell.A), b.In(x.Cell.B), b.In(x.Cell.C)
	turn := func(n *G.Node) expr.Turn { return b.Angle(b.Scale(geom.Degree, b.In(n))) }
	al, be, ga := turn(x.Cell.Alpha), turn(x.Cell.Beta), turn(x.Cell.Gamma)
	// c = |c| (cos β, y, z).
	y := b.Div(b.Sub(al.Cos, b.Mul(be.Cos, ga.Cos)), ga.Sin)
	z := b.Sqrt(b.Sub(b.Square(be.Sin), b.Square(y)))
	zero := b.Const(0)
	real = [3]expr.Vec{
		{cellA, zero, zero},
		{b.Mul(cellB, ga.Cos), b.Mul(cellB, ga.Sin), zero},
		{b.Mul(cellC, be.Cos), b.Mul(cellC, y), b.Mul(cellC, z)},
	}
	return real, b.Product(cellA, real[1][1], real[2][2])
}

// RotateMisset returns the misset angles (about x, then y, then z, in degrees) after a further
// right-handed rotation of the crystal about axis, in degrees. The axis may have any length except
// 0.
func RotateMisset(misset, axis [3]float64, degrees float64) [3]float64 {
	own := geom.RotationXYZ(misset[0]*geom.Degree, misset[1]*geom.Degree, misset[2]*geom.Degree)
	x, y, z := geom.AnglesXYZ(geom.Mul(geom.Rotation(geom.Unit(axis), degrees*geom.Degree), own))
	return geom.Scale(1/geom.Degree, [3]float64{x, y, z})
}
