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
	// AStar, BStar, CStar are the reciprocal vectors in Å⁻¹, with misset and RotXYZ but without phi and
	// mosaicity.
	AStar, BStar, CStar expr.Vec
	// Volume of the cell in Å³.
	Volume *expr.Node
	// Metric holds the dot products of the reciprocal vectors in Å⁻². Rotations do not change it, so it does not depend on
	// the orientation. It has no elements with the reference program's deviations, whose rounding comes from the vectors.
	Metric expr.Sym
}

// Lattice returns the cell vectors of every orientation.
func (x *Crystal) Lattice() (*Lattice, error) { return x.LatticeWith(nanobragg.Deviations{}) }

// LatticeWith is [Crystal.Lattice] with the reference program's deviations: its c* slightly bends
// triclinic cells (physics.md, deviation 1; as in that program, a crystal given by a matrix is not
// affected), its mosaic rotations are float32 (deviation 8; rounded at the configured spread), and
// its phi steps and mosaic domains are what Automatic stands for (deviations 9 and 10). A crystal with
// Config.Orientation is not bent either.
func (x *Crystal) LatticeWith(d nanobragg.Deviations) (*Lattice, error) {
	b := node.On(x.g)
	l := x.atRest(b, d.BentCell)
	if d == (nanobragg.Deviations{}) {
		l.Metric = x.reciprocalMetric(b)
	}
	turn := x.orientations(b, d)
	for _, v := range []*expr.Vec{&l.A, &l.B, &l.C} {
		*v = turn(*v)
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("crystal: %w", b.Err())
	}
	return l, nil
}

// reciprocalMetric returns the dot products of the reciprocal vectors.
func (x *Crystal) reciprocalMetric(b *node.Builder) expr.Sym {
	var star [3]expr.Vec
	if x.cfg.Orientation != nil {
		real, volume := x.directVectors(b)
		for i := range star {
			star[i] = b.ScaleVec(b.Inverse(volume), b.Cross(real[(i+1)%3], real[(i+2)%3]))
		}
	} else {
		star, _ = x.reciprocalVectors(b, false)
	}
	dot := func(i, j int) *expr.Node { return b.Dot(star[i], star[j]) }
	return expr.Sym{XX: dot(0, 0), YY: dot(1, 1), ZZ: dot(2, 2), XY: dot(0, 1), XZ: dot(0, 2), YZ: dot(1, 2)}
}

// atRest returns the lattice with the misset and RotXYZ, before the rotations by phi and mosaicity.
func (x *Crystal) atRest(b *node.Builder, bent bool) *Lattice {
	l := x.unperturbed(b, bent)
	if x.RotXYZ[0] == nil {
		return l
	}
	for _, v := range []*expr.Vec{&l.A, &l.B, &l.C, &l.AStar, &l.BStar, &l.CStar} {
		*v = x.perturbed(b, *v)
	}
	return l
}

// perturbed returns a vector rotated by RotXYZ: left-handed about z, then y, then x.
func (x *Crystal) perturbed(b *node.Builder, v expr.Vec) expr.Vec {
	for axis := 2; axis >= 0; axis-- {
		t := b.Angle(b.Scale(geom.Degree, b.In(x.RotXYZ[axis])))
		j, k := (axis+1)%3, (axis+2)%3
		v[j], v[k] = b.Add(b.Mul(t.Cos, v[j]), b.Mul(t.Sin, v[k])), b.Sub(b.Mul(t.Cos, v[k]), b.Mul(t.Sin, v[j]))
	}
	return v
}

// unperturbed returns the lattice with the misset alone.
func (x *Crystal) unperturbed(b *node.Builder, bent bool) *Lattice {
	if x.cfg.Orientation != nil {
		return x.oriented(b)
	}
	bent = bent && x.cfg.Matrix == nil
	star, volume := x.reciprocalVectors(b, bent)
	turns := x.missetTurns(b)
	for i := range star {
		star[i] = x.inLaboratory(b, turns, star[i])
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

// oriented is unperturbed for a crystal with Config.Orientation.
func (x *Crystal) oriented(b *node.Builder) *Lattice {
	real, volume := x.directVectors(b)
	turns := x.missetTurns(b)
	for i := range real {
		real[i] = x.inLaboratory(b, turns, real[i])
	}
	var star [3]expr.Vec
	for i := range star {
		star[i] = b.ScaleVec(b.Inverse(volume), b.Cross(real[(i+1)%3], real[(i+2)%3]))
	}
	return &Lattice{A: real[0], B: real[1], C: real[2], AStar: star[0], BStar: star[1], CStar: star[2], Volume: volume}
}

// missetTurns returns the rotations of the misset.
func (x *Crystal) missetTurns(b *node.Builder) (turns [3]expr.Turn) {
	for i, n := range x.Misset {
		turns[i] = b.Angle(b.Scale(geom.Degree, b.In(n)))
	}
	return turns
}

// inLaboratory returns a vector of the crystal's frame, in which a* is along x and b* in the x-y plane,
// or with Config.Orientation a and b, in the laboratory at rest: rotated as the matrix or the
// orientation says, if there is one, and by the misset.
func (x *Crystal) inLaboratory(b *node.Builder, misset [3]expr.Turn, v expr.Vec) expr.Vec {
	if x.cfg.Matrix != nil || x.cfg.Orientation != nil {
		v = rotated(b, x.orientation, v)
	}
	return b.RotateXYZ(v, misset)
}

// rotated returns a numeric matrix times a vector of expressions.
func rotated(b *node.Builder, u [3][3]float64, v expr.Vec) (out expr.Vec) {
	for i, row := range u {
		out[i] = b.Dot(b.ConstVec(row), v)
	}
	return out
}
