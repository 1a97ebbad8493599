package node_test

import (
	"errors"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// choices makes decisions of bytes; when they are used up, always the first.
type choices struct {
	data []byte
	at   int
}

// of is a number from 0 to n−1.
func (c *choices) of(n int) int {
	if c.at >= len(c.data) || n < 2 {
		c.at++
		return 0
	}
	c.at++
	return int(c.data[c.at-1]) % n
}

// number is one of those that functions are special at, or any between −2 and 2.
func (c *choices) number() float64 {
	const specials = 24
	b := c.of(256)
	if b < specials {
		return []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 2, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -5e-324, 1e-310, 1e308, -1e308, 1e-8, -1e-8, 3, 700, -700, 40, 1e16, 0, 1, 2}[b]
	}
	x := float64(b-specials) / (255 - specials)
	return 4*(x+math.Sin(91*float64(c.at))/500) - 2
}

// loss is a random loss: the gorgonia graph that some bytes describe.
type loss struct {
	g      *G.ExprGraph
	scalar *G.Node   // s; leaf k and s times direction k make an operand
	leaves []*G.Node // x
	along  [][]float64
	pool   []*G.Node // all nodes of type float64 made so far
	whole  bool      // some element is a whole number, where functions have kinks: of abs(x²) the second derivative is taken as 0 at 0
	large  bool      // some element is so large that adding a step to it is inexact
	huge   bool      // some element is so large that terms of second derivatives cancel but for their rounding errors
	names  []string  // of the functions applied
	loss   *G.Node
}

// grow makes the loss.
func grow(c *choices) (*loss, error) {
	l := &loss{g: G.NewGraph()}
	l.scalar = G.NewScalar(l.g, G.Float64, G.WithName("s"), G.WithValue(0.0))
	base := make(tensor.Shape, 6)
	for a := range base {
		base[a] = 1 + c.of(5)
	}
	ordinary := c.of(3) > 0
	for k := range 2 + c.of(2) {
		rank := []int{2, 1, 3, 4, 2, 1, 0, 2, 3, 4, 1, 5, 2, 4, 6, 2}[c.of(16)]
		shape := slices.Clone(base[6-rank:])
		if rank > 4 || shape.TotalSize() > 200 {
			for a := range shape {
				shape[a] = min(shape[a], 2)
			}
		}
		data, along := make([]float64, shape.TotalSize()), make([]float64, shape.TotalSize())
		for i := range data {
			data[i] = c.number()
			for ordinary && (math.Abs(data[i]) > 3 || math.Abs(data[i]) < 0.1 || math.IsNaN(data[i])) {
				data[i] = 0.7 + 0.2*math.Sin(float64(3*i+k))
			}
			l.whole = l.whole || data[i] == math.Trunc(data[i])
			l.large = l.large || math.Abs(data[i]) > 10
			l.huge = l.huge || math.Abs(data[i]) > 1e6
			along[i] = math.Cos(float64(7*i + 5*k))
		}
		if !l.operand(k, shape, data, along) {
			return nil, fmt.Errorf("a leaf of shape %v", shape)
		}
	}
	for k := range 1 + c.of(7) {
		if k == 0 || c.at < len(c.data) {
			l.apply(c)
		}
	}
	return l, l.sum(c)
}

// operand adds x + s·direction.
func (l *loss) operand(k int, shape tensor.Shape, x, along []float64) bool {
	leaf := func(name string, data []float64) *G.Node {
		v := node.AsValue(shape, data)
		if len(shape) == 0 {
			return G.NewScalar(l.g, G.Float64, G.WithName(name), G.WithValue(v))
		}
		return G.NewTensor(l.g, G.Float64, len(shape), G.WithName(name), G.WithShape(shape.Clone()...), G.WithValue(v))
	}
	n := leaf(fmt.Sprint("x", k), x)
	step, err := G.HadamardProd(l.scalar, leaf(fmt.Sprint("d", k), along))
	if err != nil {
		return false
	}
	moved, err := G.Add(n, step)
	if err != nil {
		return false
	}
	l.leaves, l.along, l.pool = append(l.leaves, n), append(l.along, along), append(l.pool, moved)
	return true
}

// apply applies a function, unless gorgonia refuses to.
func (l *loss) apply(c *choices) {
	f := functions[c.of(len(functions))]
	x := l.pool[len(l.pool)-1-c.of(len(l.pool))]
	n, err := made(func() (*G.Node, error) { return f.build(l, c, x) })
	if err != nil || n == nil || n.Type() == nil || n.Dtype() != tensor.Float64 || n.Shape().TotalSize() > 4000 {
		return
	}
	l.pool, l.names = append(l.pool, n), append(l.names, f.name)
}

// made is what gorgonia makes; it panics at many a shape.
func made(build func() (*G.Node, error)) (n *G.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return build()
}

// another is a node of the pool of the same shape as x; x itself if there is no other.
func (l *loss) another(c *choices, x *G.Node) *G.Node {
	from := c.of(len(l.pool))
	for i := range l.pool {
		if y := l.pool[(from+i)%len(l.pool)]; y != x && slices.Equal(y.Shape(), x.Shape()) {
			return y
		}
	}
	return x
}

// image is x as images of one channel, if it is no array of images already.
func image(x *G.Node) (*G.Node, error) {
	if len(x.Shape()) == 4 {
		return x, nil
	}
	n := x.Shape().TotalSize()
	rows := 1
	for k := 2; k*k <= n; k++ {
		if n%k == 0 {
			rows = k
		}
	}
	return G.Reshape(x, tensor.Shape{1, 1, rows, n / rows})
}

// any is any node of the pool.
func (l *loss) any(c *choices) *G.Node { return l.pool[c.of(len(l.pool))] }

// sum makes the loss of the nodes made last.
func (l *loss) sum(c *choices) error {
	for k := range min(2, len(l.pool)) {
		n, err := made(func() (*G.Node, error) {
			n, err := G.Sum(l.pool[len(l.pool)-1-k])
			if err == nil && k > 0 {
				n, err = G.Mul(n, G.NewConstant(0.6))
			}
			if err == nil && k > 0 {
				n, err = G.Add(l.loss, n)
			}
			return n, err
		})
		if err != nil {
			return err
		}
		l.loss = n
	}
	return nil
}

// function is one of gorgonia's as a random graph applies it.
type function struct {
	name  string
	build func(l *loss, c *choices, x *G.Node) (*G.Node, error)
}

var functions = func() []function {
	var list []function
	one := func(name string, f func(*G.Node) (*G.Node, error)) {
		list = append(list, function{name, func(_ *loss, _ *choices, x *G.Node) (*G.Node, error) { return f(x) }})
	}
	two := func(name string, f func(a, b *G.Node) (*G.Node, error)) {
		list = append(list, function{name, func(l *loss, c *choices, x *G.Node) (*G.Node, error) { return f(x, l.another(c, x)) }})
	}
	free := func(name string, f func(l *loss, c *choices, x *G.Node) (*G.Node, error)) {
		list = append(list, function{name, f})
	}
	for name, f := range map[string]func(*G.Node) (*G.Node, error){"Abs": G.Abs, "Sign": G.Sign, "Ceil": G.Ceil, "Floor": G.Floor, "Sin": G.Sin, "Cos": G.Cos, "Exp": G.Exp,
		"Log": G.Log, "Log2": G.Log2, "Neg": G.Neg, "Square": G.Square, "Sqrt": G.Sqrt, "Inverse": G.Inverse, "InverseSqrt": G.InverseSqrt, "Cube": G.Cube, "Tanh": G.Tanh,
		"Sigmoid": G.Sigmoid, "Log1p": G.Log1p, "Expm1": G.Expm1, "Softplus": G.Softplus, "Rectify": G.Rectify, "Mish": G.Mish, "DiagFlat": G.DiagFlat,
		"GlobalAveragePool2D": func(x *G.Node) (*G.Node, error) {
			x, err := image(x)
			if err != nil {
				return nil, err
			}
			return G.GlobalAveragePool2D(x)
		}, "Sparsemax": func(x *G.Node) (*G.Node, error) { return G.Sparsemax(x) },
		"LeakyRelu": func(x *G.Node) (*G.Node, error) { return G.LeakyRelu(x, 0.1) }, "Dropout of nothing": func(x *G.Node) (*G.Node, error) { return G.Dropout(x, 0) },
		"Dropout": func(x *G.Node) (*G.Node, error) { return G.Dropout(x, 0.5) }, "Iop": func(x *G.Node) (*G.Node, error) { return G.ApplyOp(G.Iop{}, x) },
		"Ravel": G.Ravel,
	} {
		one(name, f)
	}
	for name, f := range map[string]func(a, b *G.Node) (*G.Node, error){"Add": G.Add, "Sub": G.Sub, "HadamardProd": G.HadamardProd, "HadamardDiv": G.HadamardDiv, "Pow": G.Pow,
		"MinBetween": G.MinBetween, "MaxBetween": G.MaxBetween, "BinaryXent": G.BinaryXent, "Mul": G.Mul} {
		two(name, f)
		free(name+" of any", func(l *loss, c *choices, x *G.Node) (*G.Node, error) { return f(x, l.any(c)) })
	}
	for name, f := range map[string]func(a, b *G.Node, same bool) (*G.Node, error){"Lt": G.Lt, "Gt": G.Gt, "Lte": G.Lte, "Gte": G.Gte, "Eq": G.Eq, "Ne": G.Ne} {
		two(name, func(a, b *G.Node) (*G.Node, error) { return f(a, b, true) })
	}
	for name, f := range map[string]func(a *G.Node, along ...int) (*G.Node, error){"Sum": G.Sum, "Max": G.Max, "Mean": G.Mean} {
		free(name, func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
			var axes []int
			for a := range x.Shape() {
				if c.of(2) == 1 {
					axes = append(axes, a)
				}
			}
			return f(x, axes...)
		})
	}
	for name, f := range map[string]func(x *G.Node, axes ...int) (*G.Node, error){"SoftMax": G.SoftMax, "LogSoftMax": G.LogSoftMax} {
		free(name, func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
			if a := c.of(len(x.Shape())+1) - 1; a >= 0 {
				return f(x, a)
			}
			return f(x)
		})
	}
	free("Norm", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.Norm(x, c.of(max(1, len(x.Shape()))), 1+c.of(3))
	})
	free("LogSumExp", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.LogSumExp(x, c.of(max(1, len(x.Shape()))))
	})
	free("Reshape", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		rest := x.Shape().TotalSize()
		var to tensor.Shape
		for range 1 + c.of(5) {
			for _, d := range []int{2 + c.of(4), 1} {
				if rest%d == 0 {
					to, rest = append(to, d), rest/d
					break
				}
			}
		}
		return G.Reshape(x, append(to, rest))
	})
	free("Slice", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		var s []tensor.Slice
		for _, n := range x.Shape() {
			switch from := c.of(n); c.of(3) {
			case 0:
				s = append(s, nil)
			case 1:
				s = append(s, G.S(from))
			default:
				s = append(s, G.S(from, from+1+c.of(n-from), 1+c.of(2)))
			}
		}
		return G.Slice(x, s...)
	})
	free("Transpose", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		axes := make([]int, len(x.Shape()))
		for i := range axes {
			axes[i] = i
		}
		for i := range axes {
			j := i + c.of(len(axes)-i)
			axes[i], axes[j] = axes[j], axes[i]
		}
		return G.Transpose(x, axes...)
	})
	free("Concat", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.Concat(c.of(max(1, len(x.Shape()))), x, l.another(c, x), x)
	})
	free("Unconcat", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		parts, err := G.Unconcat(x, c.of(max(1, len(x.Shape()))), 1+c.of(3))
		if err != nil || len(parts) == 0 {
			return nil, err
		}
		return parts[c.of(len(parts))], nil
	})
	free("At", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		at := make([]int, len(x.Shape()))
		for a, n := range x.Shape() {
			at[a] = c.of(n)
		}
		return G.At(x, at...)
	})
	free("ByIndices", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		if len(x.Shape()) == 0 {
			return nil, nil
		}
		axis := c.of(len(x.Shape()))
		list := make([]int, 2+c.of(3))
		for i := range list {
			list[i] = c.of(x.Shape()[axis])
		}
		return G.ByIndices(x, integers(x, fmt.Sprint("indices ", len(l.pool)), list...), axis)
	})
	free("OuterProd", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		x, err := G.Ravel(x)
		if err != nil {
			return nil, err
		}
		y, err := G.Ravel(l.any(c))
		if err != nil {
			return nil, err
		}
		return G.OuterProd(x, y)
	})
	images := func(name string, f func(l *loss, c *choices, x *G.Node) (*G.Node, error)) {
		free(name, func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
			x, err := image(x)
			if err != nil {
				return nil, err
			}
			return f(l, c, x)
		})
	}
	free("BatchedMatMul", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		y := l.another(c, x)
		if c.of(2) == 0 {
			return G.BatchedMatMul(x, y, false, true)
		}
		return G.BatchedMatMul(x, y, true, false)
	})
	free("Tensordot", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		y := l.any(c)
		a, b := c.of(max(1, len(x.Shape()))), c.of(max(1, len(y.Shape())))
		return G.Tensordot([]int{a}, []int{b}, x, y)
	})
	for name, f := range map[string]func(a, b *G.Node, left, right []byte) (*G.Node, error){"BroadcastAdd": G.BroadcastAdd, "BroadcastHadamardProd": G.BroadcastHadamardProd, "BroadcastHadamardDiv": G.BroadcastHadamardDiv} {
		free(name, func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
			if len(x.Shape()) == 0 {
				return nil, nil
			}
			a := c.of(len(x.Shape()))
			small, err := G.Sum(x, a)
			if err != nil {
				return nil, err
			}
			if c.of(2) == 0 {
				return f(x, small, nil, []byte{byte(a)})
			}
			return f(small, x, []byte{byte(a)}, nil)
		})
	}
	images("Upsample2D", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) { return G.Upsample2D(x, 1+c.of(3)) })
	images("Im2Col", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.Im2Col(x, tensor.Shape{1 + c.of(3), 1 + c.of(3)}, tensor.Shape{c.of(2), c.of(2)}, tensor.Shape{1 + c.of(2), 1 + c.of(2)}, tensor.Shape{1 + c.of(2), 1 + c.of(2)})
	})
	images("Conv2d", func(l *loss, c *choices, x *G.Node) (*G.Node, error) {
		y, err := image(l.any(c))
		if err != nil {
			return nil, err
		}
		return G.Conv2d(x, y, y.Shape()[2:].Clone(), []int{c.of(2), c.of(2)}, []int{1 + c.of(2), 1 + c.of(2)}, []int{1, 1})
	})
	images("MaxPool2D", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.MaxPool2D(x, tensor.Shape{1 + c.of(3), 1 + c.of(3)}, []int{c.of(2), c.of(2)}, []int{1 + c.of(2), 1 + c.of(2)})
	})
	images("AveragePool2D", func(_ *loss, c *choices, x *G.Node) (*G.Node, error) {
		return G.AveragePool2D(x, tensor.Shape{1 + c.of(3), 1 + c.of(3)}, []int{c.of(2), c.of(2)}, []int{1 + c.of(2), 1 + c.of(2)})
	})
	slices.SortFunc(list, func(a, b function) int { // the same bytes make the same graph
		switch {
		case a.name < b.name:
			return -1
		case a.name > b.name:
			return 1
		}
		return 0
	})
	return list
}()

// outcome of a random loss.
type outcome int

const (
	unmade    outcome = iota // gorgonia refuses to make the graph
	refused                  // an error
	detached                 // the loss does not depend on s
	notFinite                // some value is not
	agreed                   // derivatives agree with each other
	confirmed                // and with differences
	outcomes
)

var outcomeNames = [outcomes]string{"not made", "refused", "detached", "not finite", "agreed", "agreed with differences"}

// exercise makes a loss of bytes, differentiates it in every way and computes it on the tape, and compiled if that is asked for.
// The error says what is wrong: derivatives that differ.
func exercise(data []byte, compile bool) (result outcome, l *loss, err error) {
	c := &choices{data: data}
	l, err = grow(c)
	if err != nil {
		return unmade, l, nil
	}
	in, err := node.Read(append([]*G.Node{l.loss, l.scalar}, l.leaves...)...)
	if err != nil {
		return refused, l, nil
	}
	value, s, by := in[0], in[1], in[2:]
	d, err := differentiated(value, s, by, l.along)
	var none *autodiff.Detached
	switch {
	case errors.As(err, &none):
		return detached, l, nil
	case err != nil:
		return refused, l, nil
	}
	result, err = d.compare(l, compile)
	return result, l, err
}

// ways are the derivatives of a loss along s, in different ways.
type ways struct {
	value, s      *expr.Node
	first, second []*expr.Node // numbers that are to be equal
	roots         []*expr.Node
	by            []*expr.Node
}

func differentiated(value, s *expr.Node, by []*expr.Node, along [][]float64) (*ways, error) {
	b := expr.On(value.Graph())
	w := &ways{value: value, s: s, by: by}
	reverse, err := autodiff.Gradient(value, s)
	if err != nil {
		return nil, err
	}
	forward, err := autodiff.Tangents([]*expr.Node{value}, s)
	if err != nil {
		return nil, err
	}
	gradient, err := autodiff.GradientOrNil(value, by...)
	if err != nil {
		return nil, err
	}
	directions := make([]*expr.Node, len(by))
	component := func(grads []*expr.Node) *expr.Node {
		sum := b.Const(0)
		for k, g := range grads {
			if directions[k] == nil {
				directions[k] = b.Leaf("direction", along[k], by[k].Shape()...)
			}
			if g != nil {
				sum = b.Add(sum, b.SumAll(b.Mul(g, directions[k])))
			}
		}
		return sum
	}
	slope := component(gradient)
	w.first = []*expr.Node{reverse[0], forward[0], slope}
	product, err := autodiff.GradientOrNil(slope, by...)
	if err != nil {
		return nil, err
	}
	again, err := autodiff.GradientOrZero(reverse[0], s)
	if err != nil {
		return nil, err
	}
	mixed, err := autodiff.Tangents([]*expr.Node{reverse[0], forward[0]}, s)
	if err != nil {
		return nil, err
	}
	w.second = []*expr.Node{again[0], component(product)}
	for _, m := range mixed {
		if m == nil {
			m = b.Const(0)
		}
		w.second = append(w.second, m)
	}
	w.roots = slices.Concat([]*expr.Node{value}, w.first, w.second)
	for _, list := range [][]*expr.Node{gradient, product} {
		for _, n := range list {
			if n != nil {
				w.roots = append(w.roots, n)
			}
		}
	}
	return w, b.Err()
}

// compare computes everything and holds it against each other.
func (w *ways) compare(l *loss, compile bool) (outcome, error) {
	t, err := tape.New(w.roots...)
	if err != nil {
		return refused, nil
	}
	if err := t.RunAll(); err != nil {
		return refused, nil
	}
	values, largest, ordinary, err := numbersOf(t, w.roots)
	if err != nil {
		return refused, err
	}
	if compile && !l.uses(redrawn) {
		compiled, err := compiled(w.roots...)
		if err != nil {
			return refused, fmt.Errorf("compiled: %w, though the tape computes it", err)
		}
		if err := w.same(t, l, values, compiled, largest, ordinary); err != nil {
			return refused, err
		}
	}
	if !ordinary {
		return notFinite, nil
	}
	if compile { // and gorgonia's value
		if err := l.asGorgonia(values[0][0], largest); err != nil {
			return refused, err
		}
	}
	if err := w.equal(t, l, values, largest); err != nil {
		return refused, err
	}
	if l.large {
		return agreed, nil
	}
	result, err := w.differences(l, values, largest, 1)
	if err != nil && (l.whole || l.uses(steps)) {
		return agreed, nil
	}
	for _, scale := range []float64{0.03, 1e-3, 1e-6, 1e-8} { // fast oscillations can look smooth at the larger steps
		if err != nil {
			result, err = w.differences(l, values, largest, scale)
		}
	}
	return result, err
}

// uses reports whether the loss is made of one of some functions.
func (l *loss) uses(some map[string]bool) bool {
	return slices.ContainsFunc(l.names, func(name string) bool { return some[name] })
}

var (
	// steps are functions that make a last bit a whole number. Of something steep they are stairs, whose derivative is 0 and
	// whose differences are the slope of what was rounded.
	steps = map[string]bool{"Sign": true, "Ceil": true, "Floor": true,
		"Lt": true, "Lte": true, "Gt": true, "Gte": true, "Eq": true, "Ne": true}
	// redrawn are functions of which each evaluation has another value. A loss has no derivative through them, but may have them
	// elsewhere.
	redrawn = map[string]bool{"Dropout": true}
	// otherwise are functions of which gorgonia's value is x for large x already, or NaN where an element is large.
	otherwise = map[string]bool{"Softplus": true, "Mish": true, "SoftMax": true, "LogSoftMax": true}
)

// asGorgonia holds the value against what gorgonia computes, if it does.
func (l *loss) asGorgonia(x, largest float64) error {
	v, err := computed(l.loss)
	if err != nil || l.uses(steps) || l.uses(redrawn) || l.uses(otherwise) {
		return nil
	}
	a, err := node.ArrayOf(v)
	if err != nil {
		return err
	}
	if !near(x, a.Data[0], 1e-11*largest) {
		return fmt.Errorf("%v: value %v, gorgonia computes %v", l.names, x, a.Data[0])
	}
	return nil
}

// numbersOf are the values of some nodes; ordinary if none that they depend on is infinite, not a number, or so large or small
// that a product of two of them is; largest is the
// largest magnitude of the finite ones.
func numbersOf(t *tape.Tape, roots []*expr.Node) (out [][]float64, largest float64, ordinary bool, err error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, 0, false, err
	}
	ordinary = true
	arrays := map[*expr.Node][]float64{}
	for _, n := range sorted.Nodes {
		if n.Dtype() != tensor.Float64 {
			continue
		}
		v, err := t.Value(n)
		if err != nil {
			return nil, 0, false, err
		}
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, 0, false, err
		}
		arrays[n] = a.Data
		for _, x := range a.Data {
			if y := math.Abs(x); y <= math.MaxFloat64 {
				largest = max(largest, y)
			}
			ordinary = ordinary && math.Abs(x) < 1e100 && (x == 0 || math.Abs(x) > 1e-100)
		}
	}
	for _, n := range roots {
		out = append(out, slices.Clone(arrays[n]))
	}
	return out, largest, ordinary, nil
}

// close reports whether two numbers are equal up to rounding, which cancellation may make as large as noise.
func near(x, y, noise float64) bool {
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-10*(math.Abs(x)+math.Abs(y))+noise
}

// noise is how much each element of the roots changes when the inputs do by a few roundings.
func (w *ways) noise(t *tape.Tape, values [][]float64) ([][]float64, error) {
	out := make([][]float64, len(values))
	for k := range out {
		out[k] = make([]float64, len(values[k]))
	}
	for try := range 6 {
		var backs []func() error
		for k, n := range append([]*expr.Node{w.s}, w.by...) {
			a, err := n.Array()
			if err != nil {
				return nil, err
			}
			x := slices.Clone(a.Data)
			for i := range x {
				r := math.Sin(float64(100*try + 31*k + 17*i + 1))
				x[i] += 2e-15 * r * x[i]
				if n == w.s {
					x[i] += 1e-16 * r
				}
			}
			back, err := n.Leaf().Lend(x)
			if err != nil {
				return nil, err
			}
			backs = append(backs, back)
		}
		err := t.RunAll()
		for _, back := range backs {
			err = errors.Join(err, back())
		}
		if err != nil {
			return nil, err
		}
		moved, _, _, err := numbersOf(t, w.roots)
		if err != nil {
			return nil, err
		}
		for k := range moved {
			for i, x := range moved[k] {
				if d := math.Abs(x - values[k][i]); d > out[k][i] || math.IsNaN(d) {
					out[k][i] = d
				}
			}
		}
	}
	return out, nil
}

// same holds compiled values against the tape's.
func (w *ways) same(t *tape.Tape, l *loss, values, compiled [][]float64, largest float64, ordinary bool) error {
	var noise [][]float64
	for k := range values {
		for i, x := range compiled[k] {
			want := values[k][i]
			if near(x, want, 1e-13*largest) {
				continue
			}
			switch {
			case largest > math.MaxFloat64/1e4:
				continue // a sum may be infinite on the way, which depends on its order
			case l.huge && l.uses(otherwise) && math.IsNaN(x):
				continue // a compiled x² − max x², in one rounding, is that of x² where it should be 0, and its exponential infinite
			}
			if noise == nil {
				var err error
				if noise, err = w.noise(t, values); err != nil {
					return err
				}
			}
			if !near(x, want, 1e3*noise[k][i]) && !math.IsNaN(noise[k][i]) {
				return fmt.Errorf("%v: root %d (%s), element %d: compiled %v, on the tape %v ± %v (all ordinary: %t)", l.names, k, w.roots[k], i, x, want, noise[k][i], ordinary)
			}
		}
	}
	return nil
}

// equal holds the derivatives of each order along s against each other.
func (w *ways) equal(t *tape.Tape, l *loss, values [][]float64, largest float64) error {
	var noise [][]float64
	from := 1
	for order, list := range [][]*expr.Node{w.first, w.second} {
		if order == 1 && l.huge {
			break
		}
		for k := range list {
			x, want := values[from+k][0], values[from][0]
			if near(x, want, 1e-13*largest) {
				continue
			}
			if noise == nil {
				var err error
				if noise, err = w.noise(t, values); err != nil {
					return err
				}
			}
			if n := noise[from+k][0] + noise[from][0]; !near(x, want, 1e3*n) && !math.IsNaN(n) {
				return fmt.Errorf("%v: derivative of order %d, way %d: %v, in reverse mode %v ± %v", l.names, order+1, k, x, want, n)
			}
		}
		from += len(list)
	}
	return nil
}

// differences holds the derivatives along s against those of values, where the loss is smooth.
func (w *ways) differences(l *loss, values [][]float64, largest, scale float64) (outcome, error) {
	t, err := tape.New(w.value, w.first[0])
	if err != nil {
		return refused, err
	}
	step := []float64{0}
	back, err := w.s.Leaf().Lend(step)
	if err != nil {
		return refused, err
	}
	defer back()
	at := func(h float64) (x [2]float64, ok bool) {
		step[0] = h
		if t.RunAll() != nil {
			return x, false
		}
		for k, n := range []*expr.Node{w.value, w.first[0]} {
			v, err := t.Value(n)
			if err != nil {
				return x, false
			}
			a, err := node.ArrayOf(v)
			if err != nil {
				return x, false
			}
			x[k] = a.Data[0]
			ok = k == 0 || ok
			ok = ok && math.Abs(x[k]) < 1e100
		}
		return x, ok
	}
	here := [2]float64{values[0][0], values[1][0]}
	steps := []float64{7e-3 * scale, 2.3e-3 * scale, 0.8e-3 * scale}
	var slope, left, right [3][2]float64
	for i, h := range steps {
		up, ok1 := at(h)
		down, ok2 := at(-h)
		if !ok1 || !ok2 {
			return agreed, nil
		}
		for k := range 2 {
			slope[i][k] = (up[k] - down[k]) / (2 * h)
			right[i][k], left[i][k] = (up[k]-here[k])/h, (here[k]-down[k])/h
		}
	}
	result := confirmed
	for k, found := range [2]float64{values[1][0], values[1+len(w.first)][0]} {
		extrapolate := func(i int) float64 {
			r := steps[i] * steps[i] / (steps[i+1] * steps[i+1])
			return (r*slope[i+1][k] - slope[i][k]) / (r - 1)
		}
		first, last := extrapolate(0), extrapolate(1)
		size := math.Abs(found) + math.Abs(last)
		rounding := 1e-12 * (math.Abs(here[k]) + 1e-3) / steps[2]
		switch off := math.Abs(found - last); {
		case off <= 1e-5*size+10*math.Abs(first-last)+rounding:
		case math.Abs(first-last) > 0.01*math.Abs(last): // not settled, as near a pole
			result = agreed
		case off > 1e-2*size+100*math.Abs(first-last)+1e3*rounding+1e-12*largest && math.Abs(right[2][k]-left[2][k]) < 0.02*math.Abs(last)+rounding && math.Abs(right[1][k]-left[1][k]) < 0.06*math.Abs(last)+rounding:
			return refused, fmt.Errorf("%v: derivative of order %d: %v, differences give %v, %v", l.names, k+1, found, first, last)
		default:
			result = agreed
		}
	}
	return result, nil
}
