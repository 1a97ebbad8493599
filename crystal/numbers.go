package crystal

import (
	"fmt"

	G "gorgonia.org/gorgonia"

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

// Numbers evaluates the crystal. bent is as in Lattice.
func (x *Crystal) Numbers(bent bool) (Numbers, error) {
	still := *x // the same crystal before it is turned
	still.phis, still.domains = 1, x.domains[:1]
	lattice, err := still.Lattice(bent)
	if err != nil {
		return Numbers{}, err
	}
	// A, B, C follow from the reciprocal vectors, which no rotation about the spindle has touched.
	nodes := append([]*G.Node{lattice.Volume}, lattice.AStar[:]...)
	nodes = append(nodes, lattice.BStar[:]...)
	nodes = append(nodes, lattice.CStar[:]...)
	nodes = append(nodes, x.N[:]...)
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
		return v.Data().(float64)
	}
	vec := func(v [3]*G.Node) [3]float64 { return [3]float64{at(v[0]), at(v[1]), at(v[2])} }
	out := Numbers{Volume: at(lattice.Volume), AStar: vec(lattice.AStar), BStar: vec(lattice.BStar), CStar: vec(lattice.CStar), N: vec(x.N)}
	if err != nil {
		return Numbers{}, fmt.Errorf("crystal: %w", err)
	}
	vstar := dot(out.AStar, cross(out.BStar, out.CStar))
	out.A, out.B, out.C = scale(1/vstar, cross(out.BStar, out.CStar)), scale(1/vstar, cross(out.CStar, out.AStar)), scale(1/vstar, cross(out.AStar, out.BStar))
	out.Cell = cellOf(out.A, out.B, out.C)
	out.ReciprocalCell = cellOf(out.AStar, out.BStar, out.CStar)
	for i, v := range [][3]float64{out.A, out.B, out.C} {
		out.Size[i] = out.N[i] * norm(v)
	}
	return out, nil
}
