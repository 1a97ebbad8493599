package compiletest

import (
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/structure"
)

// choose picks numbers by an index on some axes.
func (r *Graph) choose() {
	on := r.IntN(16)
	shape := tensor.Shape{1, 1, 1, 1}
	for axis := range shape {
		if on&(1<<axis) != 0 {
			shape[axis] = r.Dims[axis]
		}
	}
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = float64(r.numbers.IntN(3))
	}
	index := r.Leaf(r.name("index"), data, shape...)
	r.pixel[index] = on&(1<<expr.Pixel) != 0
	if r.IntN(4) == 0 {
		index = r.BroadcastTo(index, tensor.Shape(r.Dims[:]))
	}
	r.add(r.Pick(index, r.pool[0].Node, r.pool[1].Node, r.number), 5)
}

// lookup reads a table at indices, some of which may not vary.
func (r *Graph) lookup(x, y bounded) {
	grid := &expr.Grid{Box: structure.Box{HMin: -4, HMax: 5, KMin: -5, KMax: 4, LMin: -4, LMax: 4}, Tricubic: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		grid.Present = make([]bool, grid.Cells())
		for i := range grid.Present {
			grid.Present[i] = i%7 != 3
		}
	}
	table := r.Leaf(r.name("table"), r.values(grid.Cells()), grid.Cells())
	h, k, l := r.Scale(0.4, x.Node), r.Scale(2, r.Sin(y.Node)), r.Scale(1.5, r.Cos(r.pick().Node))
	if r.IntN(4) == 0 {
		l = r.Const(1.3)
	}
	switch r.IntN(4) {
	case 0:
		r.add(r.Share(grid, h, k, l), 2)
	case 1: // as the crystal does it
		r.leaves = append(r.leaves, table)
		r.add(r.Add(r.Gather(grid, h, k, l, table), r.Mul(r.pool[0].Node, r.Share(grid, h, k, l))), 3)
	default:
		r.leaves = append(r.leaves, table)
		r.add(r.Gather(grid, h, k, l, table), 3)
	}
}

// spread repeats x along axes that it does not vary along.
func (r *Graph) spread(x bounded) {
	d, err := expr.DimsOf(x.Shape())
	r.Fail(err)
	set := r.IntN(16)
	for a := range d {
		if set&(1<<a) != 0 {
			d[a] = r.Dims[a]
		}
	}
	n := r.BroadcastTo(x.Node, tensor.Shape(d[:]))
	r.add(n, x.bound)
	if r.IntN(2) == 0 && r.Err() == nil {
		m := r.mean(bounded{n, x.bound}, r.axes()...)
		r.add(m.Node, m.bound)
	}
}

// called applies a function that has no kernel.
func (r *Graph) called(x bounded) {
	positive := r.Add(r.Const(1.2), r.Square(x.Node))
	switch r.IntN(10) {
	case 0:
		r.add(r.outside(G.Tanh, x.Node), 1)
	case 1:
		r.add(r.outside(G.Sigmoid, x.Node), 1)
	case 2:
		r.add(r.outside(G.Softplus, x.Node), 1+x.bound)
	case 3:
		r.add(r.outside(G.Log2, positive), 3)
	case 4:
		r.add(r.outside(G.Cube, r.Sin(x.Node)), 1)
	case 5:
		r.add(r.Log(positive), 3)
	case 6:
		r.add(r.outside(G.Floor, r.Scale(1.3, x.Node)), 2*x.bound+1)
	case 7:
		r.add(r.outside(G.Ceil, r.Scale(1.3, x.Node)), 2*x.bound+1)
	case 8:
		r.add(r.Pow(positive, r.pool[0].Node), 20)
	default:
		r.add(r.outside(G.Sign, r.Add(x.Node, r.Const(0.3*r.value()))), 1)
	}
}

// mix applies an operation that only gorgonia has to the whole image.
func (r *Graph) mix(x bounded) {
	pixels := r.Dims[expr.Pixel]
	m := r.mean(x, expr.Orientation, expr.Source, expr.Point)
	if d, err := expr.DimsOf(m.Shape()); err != nil || d[expr.Pixel] != pixels || pixels < 4 {
		return
	}
	image := r.Reshape(m.Node, tensor.Shape{pixels})
	side := 1
	for k := 2; k < pixels; k++ {
		if pixels%k == 0 {
			side = k
			break
		}
	}
	switch r.IntN(3) {
	case 0: // the image by its transpose, back to an image
		turned := r.outside(func(n *G.Node) (*G.Node, error) { return G.Transpose(n) }, r.Reshape(image, tensor.Shape{side, pixels / side}))
		if r.Err() == nil {
			r.add(r.Reshape(r.Mul(turned, turned), tensor.Shape{pixels}), x.bound*x.bound)
		}
	case 1: // a product of matrices
		row := r.Reshape(image, tensor.Shape{side, pixels / side})
		matrix := r.Leaf(r.name("matrix"), r.values(side*side), side, side)
		product := r.outside(func(n *G.Node) (*G.Node, error) { return G.Mul(matrix, n) }, row)
		if r.Err() == nil {
			r.add(r.Reshape(r.Scale(1/float64(side), product), tensor.Shape{pixels}), x.bound)
		}
	default: // a part of it
		part := r.outside(func(n *G.Node) (*G.Node, error) { return G.Slice(n, G.S(0, pixels/2)) }, image)
		if r.Err() == nil {
			r.add(r.Scale(1/float64(pixels), r.SumAll(part)), x.bound)
		}
	}
}
