package compiletest

import (
	"fmt"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
)

// Chooser decides the structure of a graph: a generator of random numbers, or a fuzzer's bytes.
type Chooser interface{ IntN(n int) int }

// Bytes takes its choices from bytes, and chooses 0 when they are used up.
type Bytes []byte

func (f *Bytes) IntN(n int) int {
	if len(*f) == 0 {
		return 0
	}
	k := int((*f)[0]) % n
	*f = (*f)[1:]
	return k
}

// bounded is a node and a bound of its magnitude.
type bounded struct {
	*G.Node
	bound float64
}

// Graph is a random graph on the four axes, with all values of the order of 1. Its structure comes
// from a Chooser, its numbers from a generator of their own, so that there are no ties and hardly
// any cancellations, whatever the structure.
type Graph struct {
	*nodetest.Builder
	Chooser
	numbers *rand.Rand
	Dims    expr.Dims
	pool    []bounded
	leaves  G.Nodes // leaves to differentiate by
	pixel   map[*G.Node]bool
	number  *G.Node // of unit cells
	foreign bool    // has operations of gorgonia's that mix pixels
	named   int
}

// pixelCounts are extents of the pixel axis: one, as many as sources, and around the 32 lanes of
// the smallest block.
var pixelCounts = []int{33, 1, 2, 31, 65, 5, 300}

func NewGraph(c Chooser, seed uint64, operations int, foreign bool) *Graph {
	r := &Graph{Builder: nodetest.On(G.NewGraph()), Chooser: c, numbers: rand.New(rand.NewPCG(seed, 7)), pixel: map[*G.Node]bool{}, foreign: foreign}
	r.Dims = expr.Dims{3, 2, 4, pixelCounts[c.IntN(len(pixelCounts)-1)]}
	switch c.IntN(8) {
	case 0:
		r.Dims[c.IntN(3)] = 1
	case 1:
		r.Dims = expr.Dims{1, 1, 1, pixelCounts[c.IntN(len(pixelCounts))]}
	}
	for range 2 {
		r.add(r.Scalar(r.name("scalar"), r.value()), 1)
		r.leaves = append(r.leaves, r.pool[len(r.pool)-1].Node)
	}
	r.number = r.Scalar("N", 1.5+3*r.numbers.Float64())
	for k := range 4 {
		on := c.IntN(16) // axes, by bit
		if k == 0 {
			on |= 1 << expr.Pixel
		}
		r.leaf(on)
	}
	for range operations {
		r.grow()
	}
	return r
}

func (r *Graph) name(of string) string {
	r.named++
	return fmt.Sprintf("%s %d", of, r.named)
}

// value returns a number of magnitude 0.1 to 1, of either sign.
func (r *Graph) value() float64 {
	v := 0.1 + 0.9*r.numbers.Float64()
	if r.numbers.IntN(2) == 0 {
		return -v
	}
	return v
}

func (r *Graph) values(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.value()
	}
	return out
}

func (r *Graph) leaf(on int) {
	shape := tensor.Shape{1, 1, 1, 1}
	for axis := range shape {
		if on&(1<<axis) != 0 {
			shape[axis] = r.Dims[axis]
		}
	}
	if shape[0] == 1 && r.IntN(2) == 0 {
		shape = shape[1:]
	}
	n := r.Leaf(r.name("leaf"), r.values(shape.TotalSize()), shape...)
	r.pixel[n] = on&(1<<expr.Pixel) != 0
	r.add(n, 1)
	r.leaves = append(r.leaves, n)
}

// isPixelLeaf reports whether the last axis of a leaf is the pixels.
func (r *Graph) isPixelLeaf(n *G.Node) bool { return r.pixel[n] }

// add puts a node into the pool, or its sine if the node is too large.
func (r *Graph) add(n *G.Node, bound float64) {
	if r.Err() != nil {
		return
	}
	if bound > 10 {
		n, bound = r.Sin(n), 1
	}
	r.pool = append(r.pool, bounded{n, bound})
}

func (r *Graph) pick() bounded { return r.pool[r.IntN(len(r.pool))] }

// recent picks one of the latest nodes, so that graphs grow deep too.
func (r *Graph) recent() bounded {
	if r.IntN(2) == 0 {
		return r.pick()
	}
	return r.pool[len(r.pool)-1-r.IntN(min(3, len(r.pool)))]
}

// Roots are values of several kinds, a loss with its gradient, and second derivatives.
type Roots struct{ Values, First, Second G.Nodes }

func (r Roots) All() G.Nodes {
	return append(append(append(G.Nodes{}, r.Values...), r.First...), r.Second...)
}

// Roots picks some values, and builds a loss of others with its derivatives.
func (r *Graph) Roots(derivatives int) (out Roots, err error) {
	for range 1 + r.IntN(3) {
		out.Values = append(out.Values, r.recent().Node)
	}
	loss := r.Const(0)
	for range 1 + r.IntN(4) {
		x := r.recent()
		loss = r.Add(loss, r.Scale(r.value()/extent(x.Node, 0, 1, 2, 3), r.SumAll(r.Square(r.Sin(x.Node)))))
	}
	// A loss as for a measurement: a value summed over the steps is compared with data at each
	// pixel.
	if r.IntN(2) == 0 {
		m := r.mean(r.recent(), r.axes()...)
		data := r.pool[2+r.IntN(4)].Node
		loss = r.Add(loss, r.Scale(1/extent(m.Node, 0, 1, 2, 3), r.SumAll(r.Square(r.Sub(m.Node, data)))))
	}
	out.Values = append(out.Values, loss)
	if r.Err() != nil || derivatives == 0 {
		return out, r.Err()
	}
	by := make(G.Nodes, 0, 4)
	for range 1 + r.IntN(4) {
		by = append(by, r.leaves[r.IntN(len(r.leaves))])
	}
	if out.First, err = nodetest.GradientOrZero(loss, by...); err != nil || derivatives == 1 {
		return out, err
	}
	along := r.Const(0)
	for _, g := range out.First {
		along = r.Add(along, r.Scale(r.value(), r.SumAll(g)))
	}
	if r.Err() != nil {
		return out, r.Err()
	}
	if out.Second, err = nodetest.GradientOrZero(along, by[:min(2, len(by))]...); err != nil {
		return out, err
	}
	return out, r.Err()
}

func (r *Graph) Plan(nodes G.Nodes) (*plan.Plan, error) {
	list, err := node.Read(nodes...)
	if err != nil {
		return nil, err
	}
	return plan.New(nodetest.Leaves(r.isPixelLeaf), r.Dims[expr.Pixel], list...)
}
