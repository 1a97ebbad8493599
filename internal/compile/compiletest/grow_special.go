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

// mix applies an operation that mixes pixels or moves elements.
func (r *Graph) mix(x bounded) {
	if r.IntN(3) == 0 {
		r.move(x)
		return
	}
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
	switch r.IntN(6) {
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
	case 2: // by the image in another order, in which one pixel may be twice
		index := make([]float64, pixels)
		for i := range index {
			index[i] = float64(r.numbers.IntN(pixels))
		}
		taken := r.Take(image, r.Leaf(r.name("order"), index, pixels), 0)
		r.add(r.Mul(taken, image), x.bound*x.bound)
	case 3: // turned round, by parts
		cut := pixels / 3
		first := r.outside(func(n *G.Node) (*G.Node, error) { return G.Slice(n, G.S(0, cut)) }, r.Mul(image, image))
		rest := r.outside(func(n *G.Node) (*G.Node, error) { return G.Slice(n, G.S(cut, pixels)) }, image)
		if r.Err() == nil && cut > 1 {
			r.add(r.Concat(0, rest, first), max(x.bound, x.bound*x.bound))
		}
	case 4: // by some other pixels
		few := r.View(image, tensor.Shape{2}, expr.Reading{First: pixels - 1, Step: -2, By: 0})
		product := r.outside(func(n *G.Node) (*G.Node, error) { return G.OuterProd(n, few) }, image)
		if r.Err() == nil {
			r.add(r.Scale(0.5, r.outside(func(n *G.Node) (*G.Node, error) { return G.Sum(n, 1) }, product)), x.bound*x.bound)
		}
	default: // a part of it
		part := r.outside(func(n *G.Node) (*G.Node, error) { return G.Slice(n, G.S(0, pixels/2)) }, image)
		if r.Err() == nil {
			r.add(r.Scale(1/float64(pixels), r.SumAll(part)), x.bound)
		}
	}
}

// move moves elements of any value along any of its axes.
func (r *Graph) move(x bounded) {
	d, err := expr.DimsOf(x.Shape())
	if r.Fail(err); r.Err() != nil || len(x.Shape()) == 0 {
		return
	}
	rank := len(x.Shape())
	axis := r.IntN(rank)
	n := x.Shape()[axis]
	all := make([]expr.Reading, rank)
	for a := range all {
		all[a] = expr.Reading{Step: 1, By: a}
	}
	whole, part := x.Shape().Clone(), x.Shape().Clone()
	switch r.IntN(5) {
	case 0: // in the other order
		all[axis] = expr.Reading{First: n - 1, Step: -1, By: axis}
		r.add(r.View(x.Node, part, all...), x.bound)
	case 1: // part of an axis, summed, so that other values broadcast with it
		part[axis] = (n + 1) / 2
		all[axis].Step = 2
		part := r.View(r.Mul(x.Node, x.Node), part, all...)
		r.add(r.SumAxes(part, expr.MaxRank-rank+axis), x.bound*x.bound*float64(n))
	case 2: // among zeros, and back to the same extents
		whole[axis] = n + 2
		all[axis].First = 1
		placed := r.Sin(r.Add(r.Place(x.Node, whole, all...), r.Const(0.4)))
		all[axis].First = 2
		r.add(r.View(placed, part, all...), 1)
	case 3: // one axis in place of another, if both are as long
		if other := r.IntN(rank); x.Shape()[other] == n {
			all[axis].By, all[other].By = other, axis
		}
		r.add(r.View(x.Node, part, all...), x.bound)
	default: // by an axis of twice the length
		both := r.Concat(axis, x.Node, r.Sin(x.Node))
		r.add(r.Scale(1/float64(2*d[expr.MaxRank-rank+axis]), r.SumAxes(both, expr.MaxRank-rank+axis)), max(1, x.bound))
	}
}
