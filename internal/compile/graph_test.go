package compile_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

// chooser decides the structure of a graph: a generator of random numbers, or a fuzzer's bytes.
type chooser interface{ IntN(n int) int }

// fuzzed takes its choices from bytes, and 0 when they are used up.
type fuzzed []byte

func (f *fuzzed) IntN(n int) int {
	if len(*f) == 0 {
		return 0
	}
	k := int((*f)[0]) % n
	*f = (*f)[1:]
	return k
}

// bounded is a node with a bound for its magnitude.
type bounded struct {
	*G.Node
	bound float64
}

// random is a random graph on the four axes, all values of the order of 1. Structure comes from a chooser, numbers from
// a generator of their own: so there are no ties and hardly any cancellations, whatever the structure.
type random struct {
	*expr.Builder
	chooser
	numbers *rand.Rand
	dims    expr.Dims
	pool    []bounded
	leaves  G.Nodes // those that can be differentiated by
	pixel   map[*G.Node]bool
	number  *G.Node // of unit cells
	foreign bool    // operations of gorgonia's that mix pixels
	named   int
}

// Extents of the pixel axis: one, as many as sources, and around the 32 lanes of the smallest block.
var pixelCounts = []int{33, 1, 2, 31, 65, 5, 300}

func newRandom(c chooser, seed uint64, operations int, foreign bool) *random {
	r := &random{Builder: expr.On(G.NewGraph()), chooser: c, numbers: rand.New(rand.NewPCG(seed, 7)), pixel: map[*G.Node]bool{}, foreign: foreign}
	r.dims = expr.Dims{3, 2, 4, pixelCounts[c.IntN(len(pixelCounts)-1)]}
	switch c.IntN(8) {
	case 0:
		r.dims[c.IntN(3)] = 1
	case 1:
		r.dims = expr.Dims{1, 1, 1, pixelCounts[c.IntN(len(pixelCounts))]}
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

func (r *random) name(of string) string {
	r.named++
	return fmt.Sprintf("%s %d", of, r.named)
}

// value is a number between 0.1 and 1, of either sign.
func (r *random) value() float64 {
	v := 0.1 + 0.9*r.numbers.Float64()
	if r.numbers.IntN(2) == 0 {
		return -v
	}
	return v
}

func (r *random) values(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.value()
	}
	return out
}

func (r *random) leaf(on int) {
	shape := tensor.Shape{1, 1, 1, 1}
	for axis := range shape {
		if on&(1<<axis) != 0 {
			shape[axis] = r.dims[axis]
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

// isPixelLeaf is what tape.NewBatches asks.
func (r *random) isPixelLeaf(n *G.Node) bool { return r.pixel[n] }

// add puts a node into the pool; what is too large goes through a sine first.
func (r *random) add(n *G.Node, bound float64) {
	if r.Err() != nil {
		return
	}
	if bound > 10 {
		n, bound = r.Sin(n), 1
	}
	r.pool = append(r.pool, bounded{n, bound})
}

func (r *random) pick() bounded { return r.pool[r.IntN(len(r.pool))] }

// recent prefers what was made last, so that graphs grow deep too.
func (r *random) recent() bounded {
	if r.IntN(2) == 0 {
		return r.pick()
	}
	return r.pool[len(r.pool)-1-r.IntN(min(3, len(r.pool)))]
}

// ok unwraps what gorgonia made.
func (r *random) ok(n *G.Node, err error) *G.Node {
	r.Fail(err)
	return n
}

// outside wraps one of gorgonia's own operations, which want nodes that exist.
func (r *random) outside(f func(*G.Node) (*G.Node, error), x *G.Node) *G.Node {
	if r.Err() != nil {
		return nil
	}
	var n *G.Node
	var err error
	expr.Locked(func() { n, err = f(x) })
	return r.ok(n, err)
}

var constants = []float64{0, 1, -1, 0.5, 2, -0.75, 3}

func (r *random) constant() *G.Node { return r.Const(constants[r.IntN(len(constants))]) }

// ties compares halves with halves, so that many are equal.
func (r *random) ties() *G.Node {
	shape := tensor.Shape{1, 1, 1, r.dims[expr.Pixel]}
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = float64(r.numbers.IntN(5)-2) / 2
	}
	x := r.Leaf(r.name("halves"), data, shape...)
	r.pixel[x] = true
	y := r.constant()
	if r.IntN(2) == 0 {
		x, y = y, x
	}
	switch r.IntN(2) {
	case 0:
		return r.Less(x, y)
	default:
		return r.AtMost(x, y)
	}
}

// condition is a comparison that holds here and there.
func (r *random) condition() *G.Node {
	if r.IntN(4) == 0 {
		return r.ties()
	}
	x := r.Add(r.pick().Node, r.Const(0.5*r.value()))
	y := r.pick().Node
	switch r.IntN(8) {
	case 0:
		return r.Less(x, y)
	case 1:
		return r.AtMost(x, y)
	case 2:
		return r.Less(x, r.Const(0.3*r.value()))
	case 3:
		return r.AtMost(r.Const(0.3*r.value()), x)
	case 4:
		return r.Less(r.pool[r.IntN(2)].Node, x) // a number and anything
	case 5:
		return r.outside(func(n *G.Node) (*G.Node, error) { return G.Gt(n, r.same(n), true) }, x)
	case 6:
		return r.outside(func(n *G.Node) (*G.Node, error) { return G.Gte(n, r.same(n), true) }, x)
	default:
		f := G.Eq
		if r.IntN(2) == 0 {
			f = G.Ne
		}
		return r.outside(func(n *G.Node) (*G.Node, error) { return f(n, n, true) }, x)
	}
}

// same is a node of another value and the same shape, for gorgonia's own operations, which do not broadcast. The graph
// is locked: it is made of gorgonia's operations too.
func (r *random) same(n *G.Node) *G.Node { return r.ok(G.Tanh(n)) }

// axes are a random subset of the step axes.
func (r *random) axes() (list []int) {
	set := 1 + r.IntN(7)
	for a := range expr.Pixel {
		if set&(1<<a) != 0 {
			list = append(list, a)
		}
	}
	return list
}

// extent is how many elements of x its sum over some axes takes together.
func extent(x *G.Node, axes ...int) float64 {
	d, err := expr.DimsOf(x.Shape())
	if err != nil {
		return 1
	}
	n := 1
	for _, a := range axes {
		n *= d[a]
	}
	return float64(n)
}

// mean is a sum over axes that keeps the magnitude.
func (r *random) mean(x bounded, axes ...int) bounded {
	if r.Err() != nil {
		return x
	}
	return bounded{r.Scale(1/extent(x.Node, axes...), r.SumAxes(x.Node, axes...)), x.bound}
}

// grow makes one more value, or a few.
func (r *random) grow() {
	if r.Err() != nil {
		return
	}
	x, y := r.recent(), r.pick()
	switch r.IntN(32) {
	case 0, 1:
		r.add(r.Add(x.Node, y.Node), x.bound+y.bound)
	case 2:
		r.add(r.Sub(x.Node, y.Node), x.bound+y.bound)
	case 3, 4, 5:
		r.add(r.Mul(x.Node, y.Node), x.bound*y.bound)
	case 6: // what fuses, on either side
		z := r.pick()
		product := r.Mul(x.Node, y.Node)
		switch r.IntN(5) {
		case 0:
			product = r.Add(product, z.Node)
		case 1:
			product = r.Add(z.Node, product)
		case 2:
			product = r.Sub(product, z.Node)
		case 3:
			product = r.Sub(z.Node, product)
		default:
			product = r.Sub(r.Neg(product), z.Node)
		}
		r.add(product, x.bound*y.bound+z.bound)
	case 7: // a projection onto numbers
		z := r.pick()
		s, t := r.pool[r.IntN(2)].Node, r.Const(r.value())
		r.add(r.Add(r.Add(r.Mul(x.Node, s), r.Mul(y.Node, t)), r.Mul(z.Node, r.pool[r.IntN(2)].Node)), x.bound+y.bound+z.bound)
	case 8:
		n := r.Neg(x.Node)
		r.add(n, x.bound)
		if r.IntN(2) == 0 { // signs that meet
			r.add(r.Mul(n, r.Neg(y.Node)), x.bound*y.bound)
		}
	case 9:
		c := r.constant()
		switch r.IntN(5) {
		case 0:
			r.add(r.Mul(c, x.Node), 3*x.bound)
		case 1:
			r.add(r.Add(x.Node, c), 3+x.bound)
		case 2:
			r.add(r.Sub(x.Node, c), 3+x.bound)
		case 3:
			r.add(r.Sub(c, x.Node), 3+x.bound)
		default:
			r.add(r.Div(c, r.Add(r.Const(2), r.Square(x.Node))), 3)
		}
	case 10:
		r.add(r.Div(x.Node, r.Add(r.Const(1.5), r.Square(y.Node))), x.bound)
	case 11:
		r.add(r.Inverse(r.Add(r.Square(x.Node), r.Const(1.5))), 1)
	case 12:
		r.add(r.Sin(x.Node), 1)
		if r.IntN(2) == 0 {
			r.add(r.Cos(x.Node), 1)
		}
	case 13:
		r.add(r.Exp(r.Sin(x.Node)), math.E)
	case 14:
		r.add(r.Sqrt(r.Add(r.Const(1), r.Square(x.Node))), 1+x.bound)
	case 15:
		r.add(r.Abs(r.Add(x.Node, r.Const(0.3*r.value()))), 1+x.bound)
	case 16, 17:
		r.add(r.Where(r.condition(), x.Node, y.Node), max(x.bound, y.bound))
	case 18:
		r.add(r.condition(), 1)
	case 19:
		r.choose()
	case 20:
		h := r.Scale(1.7, x.Node)
		n := r.Nearest(h)
		r.add(r.Sub(h, n), 0.5)
		if r.IntN(2) == 0 {
			r.add(n, 2*x.bound)
		}
	case 21:
		h := r.Scale(1.7, x.Node)
		number := r.number
		if r.IntN(4) == 0 {
			number = r.Const(float64(1 + r.IntN(4)))
		}
		r.add(r.Scale(0.2, r.SinRatio(r.Sub(h, r.Nearest(h)), number)), 1)
	case 22:
		r.add(r.Sinc3(r.Square(x.Node)), 1)
	case 23:
		r.lookup(x, y)
	case 24:
		m := r.mean(x, r.axes()...)
		r.add(m.Node, m.bound)
	case 25: // a plain sum of a product, of what may not vary along some of the axes
		axes := r.axes()
		p := r.Mul(x.Node, y.Node)
		if r.Err() == nil {
			r.add(r.SumAxes(p, axes...), x.bound*y.bound*extent(p, axes...))
		}
	case 26: // over the pixels, and some of the steps
		m := r.mean(x, append(r.axes(), expr.Pixel)...)
		if r.IntN(2) == 0 {
			m = r.mean(x, expr.Pixel)
		}
		r.add(m.Node, m.bound)
	case 27: // relative to all
		m := r.mean(bounded{r.Square(x.Node), x.bound * x.bound}, expr.Orientation, expr.Source, expr.Point, expr.Pixel)
		if r.Err() == nil {
			r.add(r.Div(r.Mul(x.Node, y.Node), r.Add(r.Const(1), r.Reshape(m.Node, tensor.Shape{}))), x.bound*y.bound)
		}
	case 28:
		r.spread(x)
	case 29:
		r.called(x)
	case 30:
		m := r.mean(x, expr.Orientation, expr.Source, expr.Point)
		if d, err := expr.DimsOf(m.Shape()); err == nil && d[expr.Pixel] == r.dims[expr.Pixel] {
			r.add(r.Reshape(m.Node, tensor.Shape{r.dims[expr.Pixel]}), m.bound)
		}
	default:
		r.add(r.Scale(r.value(), x.Node), x.bound)
	}
	if r.foreign && r.IntN(12) == 0 {
		r.mix(r.recent())
	}
}

// choose takes numbers by an index that lies on some axes.
func (r *random) choose() {
	on := r.IntN(16)
	shape := tensor.Shape{1, 1, 1, 1}
	for axis := range shape {
		if on&(1<<axis) != 0 {
			shape[axis] = r.dims[axis]
		}
	}
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = float64(r.numbers.IntN(3))
	}
	index := r.Leaf(r.name("index"), data, shape...)
	r.pixel[index] = on&(1<<expr.Pixel) != 0
	if r.IntN(4) == 0 {
		index = r.BroadcastTo(index, tensor.Shape(r.dims[:]))
	}
	r.add(r.Pick(index, r.pool[0].Node, r.pool[1].Node, r.number), 5)
}

// lookup reads a table at indices of which some may not vary.
func (r *random) lookup(x, y bounded) {
	grid := &expr.Grid{HMin: -4, HMax: 5, KMin: -5, KMax: 4, LMin: -4, LMax: 4, Tricubic: r.IntN(2) == 0}
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

// spread repeats along axes that x does not vary along.
func (r *random) spread(x bounded) {
	d, err := expr.DimsOf(x.Shape())
	r.Fail(err)
	set := r.IntN(16)
	for a := range d {
		if set&(1<<a) != 0 {
			d[a] = r.dims[a]
		}
	}
	n := r.BroadcastTo(x.Node, tensor.Shape(d[:]))
	r.add(n, x.bound)
	if r.IntN(2) == 0 && r.Err() == nil {
		m := r.mean(bounded{n, x.bound}, r.axes()...)
		r.add(m.Node, m.bound)
	}
}

// called are functions that have no kernel.
func (r *random) called(x bounded) {
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

// mix does something with the whole image that gorgonia alone knows.
func (r *random) mix(x bounded) {
	pixels := r.dims[expr.Pixel]
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
	case 0: // the image by its transpose, back to one
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

// roots are values of several kinds, the gradient of a loss, and second derivatives.
type roots struct{ values, first, second G.Nodes }

func (r roots) all() G.Nodes {
	return append(append(append(G.Nodes{}, r.values...), r.first...), r.second...)
}

// roots picks some values and builds a loss of some more, with its derivatives.
func (r *random) roots(derivatives int) (out roots, err error) {
	for range 1 + r.IntN(3) {
		out.values = append(out.values, r.recent().Node)
	}
	loss := r.Const(0)
	for range 1 + r.IntN(4) {
		x := r.recent()
		loss = r.Add(loss, r.Scale(r.value()/extent(x.Node, 0, 1, 2, 3), r.SumAll(r.Square(r.Sin(x.Node)))))
	}
	// One as of measurements: what is summed is compared with data at each pixel first.
	if r.IntN(2) == 0 {
		m := r.mean(r.recent(), r.axes()...)
		data := r.pool[2+r.IntN(4)].Node
		loss = r.Add(loss, r.Scale(1/extent(m.Node, 0, 1, 2, 3), r.SumAll(r.Square(r.Sub(m.Node, data)))))
	}
	out.values = append(out.values, loss)
	if r.Err() != nil || derivatives == 0 {
		return out, r.Err()
	}
	by := make(G.Nodes, 0, 4)
	for range 1 + r.IntN(4) {
		by = append(by, r.leaves[r.IntN(len(r.leaves))])
	}
	if out.first, err = autodiff.GradientOrZero(loss, by...); err != nil || derivatives == 1 {
		return out, err
	}
	along := r.Const(0)
	for _, g := range out.first {
		along = r.Add(along, r.Scale(r.value(), r.SumAll(g)))
	}
	if r.Err() != nil {
		return out, r.Err()
	}
	if out.second, err = autodiff.GradientOrZero(along, by[:min(2, len(by))]...); err != nil {
		return out, err
	}
	return out, r.Err()
}

func (r *random) plan(nodes G.Nodes) (*tape.Batches, error) {
	return tape.NewBatches(r.isPixelLeaf, r.dims[expr.Pixel], nodes...)
}
