package crystal

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/geom"
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

// Numbers evaluates the crystal. bent is as in Lattice. Values that Check refuses, and nodes that come to more than one
// number or to none, are an error.
func (x *Crystal) Numbers(bent bool) (Numbers, error) {
	if err := x.Check(); err != nil {
		return Numbers{}, err
	}
	b := expr.On(x.g)
	lattice := x.unturned(b, bent)
	if b.Err() != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", b.Err())
	}
	nodes := append([]*G.Node{lattice.Volume}, x.N[:]...)
	for _, v := range [][3]*G.Node{lattice.A, lattice.B, lattice.C, lattice.AStar, lattice.BStar, lattice.CStar} {
		nodes = append(nodes, v[:]...)
	}
	t, err := tape.New(nodes...)
	if err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	if err := t.RunAll(); err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	at := func(n *G.Node) float64 {
		v, verr := t.Value(n)
		if verr != nil {
			err = verr
			return 0
		}
		a, verr := expr.ArrayOf(v)
		switch {
		case verr != nil:
			err = verr
			return 0
		case len(a.Data) != 1:
			err = fmt.Errorf("node %s has shape %v, want a scalar", n.Name(), n.Shape())
		case math.IsNaN(a.Data[0]) || math.IsInf(a.Data[0], 0):
			err = fmt.Errorf("node %s comes to %g", n.Name(), a.Data[0])
		}
		return a.Data[0]
	}
	vec := func(v [3]*G.Node) [3]float64 { return [3]float64{at(v[0]), at(v[1]), at(v[2])} }
	out := Numbers{
		Volume: at(lattice.Volume), N: vec(x.N),
		A: vec(lattice.A), B: vec(lattice.B), C: vec(lattice.C),
		AStar: vec(lattice.AStar), BStar: vec(lattice.BStar), CStar: vec(lattice.CStar),
	}
	if err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	out.Cell = cellOf(out.A, out.B, out.C)
	out.ReciprocalCell = cellOf(out.AStar, out.BStar, out.CStar)
	for i, v := range [][3]float64{out.A, out.B, out.C} {
		out.Size[i] = out.N[i] * geom.Norm(v)
	}
	return out, nil
}
