package main

import (
	"fmt"
	"hash"
	"hash/fnv"
	"math"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// hypotenuse is √(x² + y²) of two vectors, as a user of gorgonia writes an operation.
type hypotenuse struct{}

func (hypotenuse) Arity() int { return 2 }
func (hypotenuse) Type() hm.Type {
	v := G.TensorType{Dims: 1, Of: hm.TypeVariable('a')}
	return hm.NewFnType(v, v, v)
}
func (hypotenuse) InferShape(in ...G.DimSizer) (tensor.Shape, error) {
	n, err := in[0].DimSize(0)
	return tensor.Shape{n}, err
}
func (hypotenuse) Do(in ...G.Value) (G.Value, error) {
	x, y := in[0].Data().([]float64), in[1].Data().([]float64)
	z := make([]float64, len(x))
	for i := range z {
		z[i] = math.Hypot(x[i], y[i])
	}
	return tensor.New(tensor.WithShape(len(z)), tensor.WithBacking(z)), nil
}
func (hypotenuse) DiffWRT(int) []bool { return []bool{true, true} }
func (hypotenuse) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	shares := make(G.Nodes, len(in))
	for k, x := range in {
		slope, err := G.HadamardDiv(x, out)
		if err != nil {
			return nil, err
		}
		if shares[k], err = G.HadamardProd(grad, slope); err != nil {
			return nil, err
		}
	}
	return shares, nil
}
func (hypotenuse) ReturnsPtr() bool      { return false }
func (hypotenuse) CallsExtern() bool     { return false }
func (hypotenuse) OverwritesInput() int  { return -1 }
func (hypotenuse) WriteHash(h hash.Hash) { fmt.Fprint(h, "hypotenuse") }
func (hypotenuse) String() string        { return "hypotenuse" }
func (h hypotenuse) Hashcode() uint32 {
	f := fnv.New32a()
	h.WriteHash(f)
	return f.Sum32()
}

// own has the operation.
func own(g *graph) {
	x, y := g.input("x", 0.3, 0.9, 4), g.input("y", -0.8, 1.2, 4)
	g.add(g.of(G.ApplyOp(hypotenuse{}, g.of(G.Exp(x)), g.of(G.Sin(y)))))
	fixed := G.NewVector(g.g, G.Float64, G.WithName("fixed"), G.WithShape(4), G.WithValue(tensor.New(tensor.WithBacking([]float64{1, 2, 3, 4}))))
	z := g.input("z", 0.4, 1.1, 4)
	g.add(g.of(G.ApplyOp(hypotenuse{}, fixed, z)))
}
