package compiletest

import (
	"math"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// ok unwraps a result of gorgonia's.
func (r *Graph) ok(n *G.Node, err error) *G.Node {
	r.Fail(err)
	return n
}

// outside applies an operation of gorgonia's, which needs a node that exists.
func (r *Graph) outside(f func(*G.Node) (*G.Node, error), x *G.Node) *G.Node {
	if r.Err() != nil {
		return nil
	}
	var n *G.Node
	err := node.Locked(func() (err error) {
		n, err = f(x)
		return err
	})
	return r.ok(n, err)
}

var constants = []float64{0, 1, -1, 0.5, 2, -0.75, 3}

func (r *Graph) constant() *G.Node { return r.Const(constants[r.IntN(len(constants))]) }

// ties compares halves with halves, many of which are equal.
func (r *Graph) ties() *G.Node {
	shape := tensor.Shape{1, 1, 1, r.Dims[expr.Pixel]}
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

// condition returns a comparison that holds for some elements.
func (r *Graph) condition() *G.Node {
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

// same returns a node of the same shape and another value, for gorgonia's own operations, which do
// not broadcast. The caller holds the lock of the graph, since this is an operation of gorgonia's
// too.
func (r *Graph) same(n *G.Node) *G.Node { return r.ok(G.Tanh(n)) }

// axes returns a random subset of the step axes.
func (r *Graph) axes() (list []int) {
	set := 1 + r.IntN(7)
	for a := range expr.Pixel {
		if set&(1<<a) != 0 {
			list = append(list, a)
		}
	}
	return list
}

// extent returns how many elements of x a sum over some axes adds.
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

// mean returns the mean over some axes.
func (r *Graph) mean(x bounded, axes ...int) bounded {
	if r.Err() != nil {
		return x
	}
	return bounded{r.Scale(1/extent(x.Node, axes...), r.SumAxes(x.Node, axes...)), x.bound}
}

// grow adds one value to the pool, or a few.
func (r *Graph) grow() {
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
	case 6: // a product that fuses, on either side
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
		if x.Node.ID()%2 == 0 {
			r.add(r.GaussMean(x.Node, r.Scale(2, y.Node)), 1)
			break
		}
		r.add(r.Sinc3(r.Square(x.Node)), 1)
	case 23:
		r.lookup(x, y)
	case 24:
		m := r.mean(x, r.axes()...)
		r.add(m.Node, m.bound)
	case 25: // a plain sum of a product, whose factors may not vary along all of the axes
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
	case 27: // relative to the mean of all
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
		if d, err := expr.DimsOf(m.Shape()); err == nil && d[expr.Pixel] == r.Dims[expr.Pixel] {
			r.add(r.Reshape(m.Node, tensor.Shape{r.Dims[expr.Pixel]}), m.bound)
		}
	default:
		r.add(r.Scale(r.value(), x.Node), x.bound)
	}
	if r.foreign && r.IntN(4) == 0 {
		r.mix(r.recent())
	}
}
