package crystal

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/node"
)

// Block is the mosaic block, the piece of crystal that scatters coherently, as an ellipsoid: the
// principal axes of the block matrix in the laboratory, longest first.
type Block struct {
	Lengths    [3]float64    // Å
	Directions [3][3]float64 // unit vectors, each with its largest component above 0
}

// newBlock returns the block that the columns of a matrix span, by its singular values.
func newBlock(edges [3][3]float64) (out Block) {
	m := mat.NewDense(3, 3, nil)
	for i, row := range edges {
		m.SetRow(i, row[:])
	}
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDFullU) { // of numbers that are not finite, which At refuses
		return out
	}
	svd.Values(out.Lengths[:])
	var u mat.Dense
	svd.UTo(&u)
	for k := range out.Directions {
		d := [3]float64{u.At(0, k), u.At(1, k), u.At(2, k)}
		largest := d[0]
		for _, v := range d {
			if math.Abs(v) > math.Abs(largest) {
				largest = v
			}
		}
		out.Directions[k] = geom.Scale(math.Copysign(1, largest), d)
	}
	return out
}

// sheared reports whether the off-diagonal elements of the block matrix are parameters.
func (c *Config) sheared() bool {
	return c.Shape == Gauss || c.Shape == Sinc || c.Shear != [3]float64{}
}

// blockMatrix returns the matrix with a diagonal and the off-diagonal elements ab, bc, ac.
func blockMatrix(n, shear [3]float64) [3][3]float64 {
	return [3][3]float64{{n[0], shear[0], shear[2]}, {shear[0], n[1], shear[1]}, {shear[2], shear[1], n[2]}}
}

// cellsOf returns the number of cells in a block, the determinant of its matrix.
func cellsOf(n, shear [3]float64) float64 {
	m := blockMatrix(n, shear)
	return geom.Dot(geom.Column(m, 0), geom.Cross(geom.Column(m, 1), geom.Column(m, 2)))
}

// block is the block matrix as expressions. Without a shear, only its diagonal is there.
type block struct {
	n, shear expr.Vec
	sheared  bool
	cells    *expr.Node // its determinant, the number of cells
}

func (x *Crystal) block(b *node.Builder) block {
	m := block{n: b.InVec(x.N), sheared: x.Shear[0] != nil}
	if !m.sheared {
		m.cells = b.Product(m.n[0], m.n[1], m.n[2])
		return m
	}
	m.shear = b.InVec(x.Shear)
	rows := m.rows()
	m.cells = b.Dot(rows[0], b.Cross(rows[1], rows[2]))
	return m
}

// rows returns the matrix of a sheared block.
func (m *block) rows() [3]expr.Vec {
	n, ab, bc, ac := m.n, m.shear[0], m.shear[1], m.shear[2]
	return [3]expr.Vec{{n[0], ab, ac}, {ab, n[1], bc}, {ac, bc, n[2]}}
}

// times returns N δ.
func (m *block) times(b *node.Builder, delta expr.Vec) expr.Vec {
	if !m.sheared {
		return expr.Vec{b.Mul(delta[0], m.n[0]), b.Mul(delta[1], m.n[1]), b.Mul(delta[2], m.n[2])}
	}
	rows := m.rows()
	return expr.Vec{b.Dot(rows[0], delta), b.Dot(rows[1], delta), b.Dot(rows[2], delta)}
}

// form returns NᵀN, of the form |N δ|², which is the same for all pixels.
func (m *block) form(b *node.Builder) expr.Sym {
	rows := m.rows() // those of NᵀN are dot products of these, since N is symmetric
	gram := func(i, j int) *expr.Node { return b.Dot(rows[i], rows[j]) }
	return expr.Sym{XX: gram(0, 0), YY: gram(1, 1), ZZ: gram(2, 2), XY: gram(0, 1), XZ: gram(0, 2), YZ: gram(1, 2)}
}

// quadraticForm returns vᵀ m v, where m is the same for all pixels.
func quadraticForm(b *node.Builder, m expr.Sym, v expr.Vec) *expr.Node {
	x, y, z := v[0], v[1], v[2]
	return b.Sum(
		b.Mul(x, b.Sum(b.Mul(m.XX, x), b.Mul(b.Scale(2, m.XY), y), b.Mul(b.Scale(2, m.XZ), z))),
		b.Mul(y, b.Add(b.Mul(m.YY, y), b.Mul(b.Scale(2, m.YZ), z))),
		b.Mul(b.Square(z), m.ZZ))
}
