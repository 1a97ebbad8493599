package crystal

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
)

// Lattice holds the vectors of the crystal's lattice as expressions.
type Lattice struct {
	// A, B, C are the real-space cell vectors (x, y, z) in Å on the orientation axis, with the
	// mosaic domain innermost and the phi step outermost. They are scalars if there is one
	// orientation.
	A, B, C expr.Vec
	// AStar, BStar, CStar are the reciprocal vectors in Å⁻¹, with the misset but without phi and
	// mosaicity.
	AStar, BStar, CStar expr.Vec
	// Volume of the cell in Å³.
	Volume *expr.Node
}

// Lattice returns the cell vectors of every orientation.
func (x *Crystal) Lattice() (*Lattice, error) { return x.LatticeWith(nanobragg.Deviations{}) }

// LatticeWith is [Crystal.Lattice] with the reference program's deviations: its c* slightly bends
// triclinic cells (physics.md, deviation 1; as in that program, a crystal given by a matrix is not
// affected), and its mosaic rotations are float32 (deviation 8; rounded at the configured spread).
func (x *Crystal) LatticeWith(d nanobragg.Deviations) (*Lattice, error) {
	b := node.On(x.g)
	l := x.atRest(b, d.BentCell)
	for _, v := range []*expr.Vec{&l.A, &l.B, &l.C} {
		*v = x.oriented(b, *v, d.RoundedDomains)
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w", b.Err())
	}
	return l, nil
}

// atRest returns the lattice with the misset, before the rotations by phi and mosaicity.
func (x *Crystal) atRest(b *node.Builder, bent bool) *Lattice {
	bent = bent && x.cfg.Matrix == nil
	star, volume := x.reciprocalVectors(b, bent)
	turns := [3]expr.Turn{}
	for i, n := range x.Misset {
		turns[i] = b.Angle(b.Scale(geom.Degree, b.In(n)))
	}
	for i := range star {
		if x.cfg.Matrix != nil {
			star[i] = rotated(b, x.orientation, star[i])
		}
		star[i] = b.RotateXYZ(star[i], turns)
	}
	var real [3]expr.Vec
	for i, length := range []*G.Node{x.Cell.A, x.Cell.B, x.Cell.C} {
		real[i] = b.Cross(star[(i+1)%3], star[(i+2)%3])
		if bent {
			real[i] = b.ScaleVec(b.In(length), b.Unit(real[i]))
		} else {
			real[i] = b.ScaleVec(volume, real[i]) // its length is that of the cell's axis already
		}
	}
	if bent {
		for i := range star {
			star[i] = b.ScaleVec(b.Inverse(volume), b.Cross(real[(i+1)%3], real[(i+2)%3]))
		}
	}
	return &Lattice{A: real[0], B: real[1], C: real[2], AStar: star[0], BStar: star[1], CStar: star[2], Volume: volume}
}

// rotated returns a numeric matrix times a vector of expressions.
func rotated(b *node.Builder, u [3][3]float64, v expr.Vec) (out expr.Vec) {
	for i, row := range u {
		out[i] = b.Dot(b.ConstVec(row), v)
	}
	return out
}

// oriented rotates a vector to every orientation: by phi about the spindle, then by each mosaic
// domain's rotation, rounded as in the reference program or not.
func (x *Crystal) oriented(b *node.Builder, v expr.Vec, rounded bool) expr.Vec {
	phis, domains := x.Orientations()
	phi := b.In(x.Phi)
	if phis > 1 {
		fraction := x.orientationLeaf(b, "phi.fraction", func(t, _ int) float64 { return x.cfg.phiFraction() * float64(t) })
		phi = b.Add(phi, b.Mul(b.In(x.Osc), fraction))
	}
	v = b.RotateAxis(v, b.ConstVec(x.cfg.Spindle), b.Angle(b.Scale(geom.Degree, phi)))
	if domains == 1 {
		return v // the first domain is not rotated
	}
	var axis expr.Vec
	for i, name := range []string{"x", "y", "z"} {
		axis[i] = x.orientationLeaf(b, "mosaic.axis."+name, func(_, m int) float64 { return x.domains[m].Axis[i] })
	}
	name, domain := "mosaic.magnitude", func(m int) nanobragg.Domain { return x.domains[m] }
	if rounded {
		name, domain = "mosaic.magnitude.rounded", func(m int) nanobragg.Domain { return x.domains[m].Rounded(x.cfg.Mosaic.Spread) }
	}
	magnitude := x.orientationLeaf(b, name, func(_, m int) float64 { return domain(m).Magnitude })
	return b.RotateAxis(v, axis, b.Angle(b.Scale(geom.Degree, b.Mul(b.In(x.MosaicSpread), magnitude))))
}

// orientationLeaf returns a constant array on the orientation axis, created once per name.
func (x *Crystal) orientationLeaf(b *node.Builder, name string, at func(phi, domain int) float64) *expr.Node {
	if n := x.leaves[name]; n != nil {
		return b.In(n)
	}
	phis, domains := x.Orientations()
	data := make([]float64, 0, phis*domains)
	for t := range phis {
		for m := range domains {
			data = append(data, at(t, m))
		}
	}
	n := b.Leaf(x.prefix+name, data, len(data), 1, 1, 1)
	x.leaves[name] = n
	return b.In(n)
}
