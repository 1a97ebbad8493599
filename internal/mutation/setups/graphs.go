package main

import (
	"context"
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

// graph is a loss made of gorgonia's operations alone, and what it is a function of. Calls after the first error do nothing.
type graph struct {
	g    *G.ExprGraph
	err  error
	loss *G.Node
	by   G.Nodes
}

func newGraph() *graph { return &graph{g: G.NewGraph()} }

// input makes an input with values between lo and hi that follow no pattern.
func (g *graph) input(name string, lo, hi float64, shape ...int) *G.Node {
	n := tensor.Shape(shape).TotalSize()
	values := make([]float64, n)
	for i := range values {
		values[i] = lo + (hi-lo)*math.Abs(math.Sin(1.9+float64(len(g.by))+2.3*float64(i)))
	}
	node := G.NewTensor(g.g, G.Float64, len(shape), G.WithName(name), G.WithShape(shape...),
		G.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))))
	g.by = append(g.by, node)
	return node
}

// of returns the node that a function of gorgonia's made.
func (g *graph) of(n *G.Node, err error) *G.Node {
	if g.err == nil {
		g.err = err
	}
	return n
}

// add adds Σ w sin(n) to the loss, with weights w that have no pattern.
func (g *graph) add(n *G.Node) {
	if g.err != nil {
		return
	}
	w := make([]float64, n.Shape().TotalSize())
	for i := range w {
		w[i] = 1 + 0.7*math.Sin(float64(i*i)+0.4)
	}
	name := fmt.Sprintf("weights of %d", n.ID())
	weights := G.NewTensor(g.g, G.Float64, n.Dims(), G.WithName(name), G.WithShape(n.Shape()...),
		G.WithValue(tensor.New(tensor.WithShape(n.Shape()...), tensor.WithBacking(w))))
	sum := g.of(G.Sum(g.of(G.HadamardProd(weights, g.of(G.Sin(n))))))
	if g.loss == nil {
		g.loss = sum
		return
	}
	g.loss = g.of(G.Add(g.loss, sum))
}

// checked checks the graph that a function builds.
func checked(build func(g *graph), options gradcheck.Options) func(context.Context) (finding, error) {
	return func(ctx context.Context) (finding, error) {
		g := newGraph()
		build(g)
		if g.err != nil {
			return finding{}, g.err
		}
		return found(gradcheck.Check(ctx, g.loss, g.by, options))
	}
}

// elementwise has every elementwise function that gorgonia and this library both know.
func elementwise(g *graph) {
	x, y := g.input("x", 0.3, 0.9, 5), g.input("y", 1.1, 1.9, 5)
	for _, f := range []func(*G.Node) (*G.Node, error){G.Neg, G.Abs, G.Sin, G.Cos, G.Exp, G.Expm1, G.Log, G.Log1p, G.Log2, G.Sqrt, G.Inverse, G.InverseSqrt,
		G.Square, G.Cube, G.Tanh, G.Sigmoid, G.Softplus} {
		g.add(g.of(f(x)))
	}
	for _, f := range []func(a, b *G.Node) (*G.Node, error){G.Add, G.Sub, G.HadamardProd, G.HadamardDiv, G.Pow} {
		g.add(g.of(f(x, y)))
		g.add(g.of(f(y, x)))
	}
	for _, f := range []func(a, b *G.Node, retSame bool) (*G.Node, error){G.Lt, G.Gt, G.Lte, G.Gte} {
		g.add(g.of(G.HadamardProd(x, g.of(f(x, g.of(G.Sub(y, g.of(G.Square(x)))), true)))))
	}
	g.add(g.of(G.HadamardProd(x, x))) // one operand twice
	z := g.input("z", -0.9, 0.8, 5)
	for _, f := range []func(*G.Node) (*G.Node, error){G.Abs, G.Exp, G.Tanh, G.Square} {
		g.add(g.of(f(z)))
	}
	for _, f := range []func(a, b *G.Node) (*G.Node, error){G.MinBetween, G.MaxBetween} {
		g.add(g.of(f(z, g.of(G.Sub(x, y)))))
	}
}

// network is a small network with a softplus and a mean squared error.
func network(g *graph) {
	x, w1, w2 := g.input("x", -1, 1, 4, 3), g.input("w1", -0.8, 0.9, 3, 5), g.input("w2", -0.7, 0.8, 5, 2)
	bias := g.input("bias", -0.3, 0.4, 4, 5)
	hidden := g.of(G.Tanh(g.of(G.Add(g.of(G.Mul(x, w1)), bias))))
	out := g.of(G.Softplus(g.of(G.Mul(hidden, w2))))
	g.loss = g.of(G.Mean(g.of(G.Square(out))))
	g.add(g.of(G.Sum(out, 0)))
	g.add(g.of(G.Reshape(g.of(G.Sum(hidden, 1)), tensor.Shape{2, 2})))
}

// movements have slices, transpositions, concatenations, indices listed twice, maxima, softmax and products of matrices.
func movements(g *graph) {
	x, square := g.input("x", -0.8, 0.9, 3, 4), g.input("square", -0.7, 0.8, 3, 3)
	g.add(g.of(G.Slice(x, G.S(1), G.S(1, 3))))
	g.add(g.of(G.Exp(g.of(G.Slice(x, nil, G.S(2, 4))))))
	g.add(g.of(G.HadamardProd(g.of(G.Transpose(square, 1, 0)), square)))
	g.add(g.of(G.Square(g.of(G.Concat(1, x, square)))))
	flat := g.of(G.Reshape(x, tensor.Shape{12}))
	indices := G.NewTensor(g.g, tensor.Int, 1, G.WithName("indices"), G.WithShape(5),
		G.WithValue(tensor.New(tensor.WithShape(5), tensor.WithBacking([]int{3, 1, 4, 1, 11}))))
	g.add(g.of(G.Exp(g.of(G.ByIndices(flat, indices, 0)))))
	g.add(g.of(G.BroadcastHadamardProd(x, g.of(G.Slice(x, nil, G.S(1))), nil, []byte{1})))
	g.add(g.of(G.Max(g.of(G.Square(x)), 1)))
	g.add(g.of(G.SoftMax(x)))
	g.add(g.of(G.LogSoftMax(square)))
	g.add(g.of(G.Mul(square, x)))
	g.add(g.of(G.Mul(square, g.of(G.Mul(square, square)))))
	g.add(g.of(G.OuterProd(g.of(G.Slice(x, nil, G.S(0))), g.of(G.Slice(x, G.S(2))))))
}

// axes has arrays that are repeated along an axis and summed over it, so that derivatives are sums of equal terms.
func axes(g *graph) {
	z, row, column := g.input("z", -0.4, 0.5, 3, 5), g.input("row", 0.1, 0.9, 1, 5), g.input("column", 0.2, 0.7, 3, 1)
	sum := g.of(G.BroadcastAdd(g.of(G.BroadcastAdd(row, z, []byte{0}, nil)), column, nil, []byte{1}))
	g.add(g.of(G.Sum(g.of(G.Add(sum, g.number("number", 0.3))), 0)))
}

// number makes a scalar input.
func (g *graph) number(name string, v float64) *G.Node {
	n := G.NewScalar(g.g, G.Float64, G.WithName(name), G.WithValue(v))
	g.by = append(g.by, n)
	return n
}
