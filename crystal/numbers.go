package crystal

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/config"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
	"github.com/gobragg/gobragg/internal/nanobragg"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// Numbers are the crystal's cell and vectors at the nodes' present values, with the misset, without phi and mosaicity.
type Numbers struct {
	Cell                Cell       // measured on A, B, C: differs from the nodes' where the lattice is bent
	ReciprocalCell      Cell       // lengths in Å⁻¹
	Volume              float64    // Å³
	A, B, C             [3]float64 // Å
	AStar, BStar, CStar [3]float64 // Å⁻¹
	N                   [3]float64
	Size                [3]float64 // Å
}

// At evaluates the crystal at the nodes' present values. Values that Check refuses, nodes that come to more than one number,
// and a lattice that is not finite are errors.
func (x *Crystal) At() (Numbers, error) { return x.AtWith(nanobragg.Deviations{}) }

// AtWith is At with the reference program's deviations, as in LatticeWith.
func (x *Crystal) AtWith(d nanobragg.Deviations) (Numbers, error) {
	if err := x.Check(); err != nil {
		return Numbers{}, err
	}
	b := node.On(x.g)
	lattice := x.unturned(b, d.BentCell)
	if b.Err() != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", b.Err())
	}
	cells := b.InVec(x.N)
	nodes := append([]*expr.Node{lattice.Volume}, cells[:]...)
	for _, v := range []expr.Vec{lattice.A, lattice.B, lattice.C, lattice.AStar, lattice.BStar, lattice.CStar} {
		nodes = append(nodes, v[:]...)
	}
	values, err := tape.Scalars(nodes...)
	if err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	for _, v := range values {
		if !config.IsFinite(v) {
			return Numbers{}, fmt.Errorf("crystal: the nodes make no lattice: its volume is %g Å³, and some number of it %g", values[0], v)
		}
	}
	vector := func(i int) [3]float64 { return [3]float64(values[i:]) }
	out := Numbers{Volume: values[0], N: vector(1), A: vector(4), B: vector(7), C: vector(10),
		AStar: vector(13), BStar: vector(16), CStar: vector(19)}
	out.Cell = cellOf(out.A, out.B, out.C)
	out.ReciprocalCell = cellOf(out.AStar, out.BStar, out.CStar)
	for i, v := range [][3]float64{out.A, out.B, out.C} {
		out.Size[i] = out.N[i] * geom.Norm(v)
	}
	return out, nil
}
