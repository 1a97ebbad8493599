package node_test

import (
	"fmt"
	"math/rand/v2"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// use is a use of one of gorgonia's operations on tensors of given shapes.
type use struct {
	row    string // of the table: kind and symbol
	name   string
	shapes []tensor.Shape
	build  func(in []*G.Node) (*G.Node, error)
	lo, hi float64 // of the elements; 0.5 and 2 if both are 0
	text   string  // what the error for the derivative, or for reading it, says besides the table; "" if there is none
	fails  bool    // whether the value cannot be computed either
}

func of(shapes ...tensor.Shape) []tensor.Shape { return shapes }

func unary(f func(*G.Node) (*G.Node, error)) func([]*G.Node) (*G.Node, error) {
	return func(in []*G.Node) (*G.Node, error) { return f(in[0]) }
}

func binary(f func(a, b *G.Node) (*G.Node, error)) func([]*G.Node) (*G.Node, error) {
	return func(in []*G.Node) (*G.Node, error) { return f(in[0], in[1]) }
}

// inputs makes leaves with elements of a fixed random order, no two equal, and what is used: each plus 0.3 times a scalar s in
// a direction of its own, so that all operands move together along s.
func (u use) inputs(b *nodetest.Builder) (leaves, used []*G.Node, s *G.Node) {
	s = b.Scalar("s", 0.1)
	lo, hi := u.lo, u.hi
	if lo == 0 && hi == 0 {
		lo, hi = 0.5, 2
	}
	for k, shape := range u.shapes {
		r := rand.New(rand.NewPCG(uint64(k), 11))
		n := shape.TotalSize()
		data, along := make([]float64, n), make([]float64, n)
		for i, p := range r.Perm(n) {
			data[i] = lo + (hi-lo)*(float64(p)+0.3+0.4*r.Float64())/float64(n)
			along[i] = 2*r.Float64() - 1
		}
		name := fmt.Sprintf("x%d", k)
		var x, d *G.Node
		if len(shape) == 0 {
			x, d = b.Scalar(name, data[0]), b.Const(along[0])
		} else {
			x, d = b.Leaf(name, data, shape...), b.Leaf(name+" direction", along, shape...)
		}
		leaves = append(leaves, x)
		used = append(used, b.Add(x, b.Mul(b.Scale(0.01*(hi-lo), s), d)))
	}
	return leaves, used, s
}

// elements are uses of the elementwise operations.
func elements() []use {
	var list []use
	for symbol, f := range map[string]func(*G.Node) (*G.Node, error){
		"abs": G.Abs, "sign": G.Sign, "ceil": G.Ceil, "floor": G.Floor, "sin": G.Sin, "cos": G.Cos, "exp": G.Exp, "ln": G.Log, "log2": G.Log2, "neg": G.Neg,
		"square": G.Square, "sqrt": G.Sqrt, "inv": G.Inverse, "invSqrt": G.InverseSqrt, "cube": G.Cube, "tanh": G.Tanh, "sigmoid": G.Sigmoid,
		"log1p": G.Log1p, "expm1": G.Expm1, "softplus": G.Softplus,
	} {
		for _, shape := range of(nil, tensor.Shape{5}, tensor.Shape{2, 3, 1, 2}) {
			list = append(list, use{row: "elemUnaryOp " + symbol, shapes: of(shape), build: unary(f)})
		}
	}
	list = append(list, use{row: "elemUnaryOp abs", name: "of negative numbers", shapes: of(tensor.Shape{4}), build: unary(G.Abs), lo: -2, hi: -0.1})
	pairs := [][]tensor.Shape{{{}, {}}, {{3}, {3}}, {{2, 3}, {2, 3}}, {{}, {4}}, {{2, 1, 3, 2}, {}}}
	for symbol, f := range map[string]func(a, b *G.Node) (*G.Node, error){"+": G.Add, "-": G.Sub, "⊙": G.HadamardProd, "÷": G.HadamardDiv, "^": G.Pow} {
		for _, p := range pairs {
			list = append(list, use{row: "elemBinOp " + symbol, shapes: p, build: binary(f)})
		}
	}
	for symbol, f := range map[string]func(a, b *G.Node, same bool) (*G.Node, error){"<": G.Lt, ">": G.Gt, "<=": G.Lte, ">=": G.Gte, "==": G.Eq, "!=": G.Ne} {
		for _, p := range pairs {
			list = append(list, use{row: "elemBinOp " + symbol, shapes: p, build: func(in []*G.Node) (*G.Node, error) { return f(in[0], in[1], true) }})
		}
		list = append(list, use{row: "elemBinOp " + symbol, name: "as truth", shapes: of(tensor.Shape{3}, tensor.Shape{3}),
			build: func(in []*G.Node) (*G.Node, error) { return f(in[0], in[1], false) }})
	}
	for row, f := range map[string]func(a, b *G.Node) (*G.Node, error){"minBetween": G.MinBetween, "maxBetween": G.MaxBetween} {
		list = append(list, use{row: row, shapes: of(tensor.Shape{2, 3}, tensor.Shape{2, 3}), build: binary(f)}, use{row: row, shapes: of(tensor.Shape{5}, tensor.Shape{5}), build: binary(f)})
	}
	return list
}

// reductions are uses of sums, maxima, lengths and shapes.
func reductions() []use {
	var list []use
	add := func(row, name string, shape tensor.Shape, f func(*G.Node) (*G.Node, error)) {
		list = append(list, use{row: row, name: name, shapes: of(shape), build: unary(f)})
	}
	for _, axes := range [][]int{nil, {0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}} {
		add("sumOp", fmt.Sprint(axes), tensor.Shape{2, 3, 4}, func(x *G.Node) (*G.Node, error) { return G.Sum(x, axes...) })
		add("maxOp", fmt.Sprint(axes), tensor.Shape{2, 3, 4}, func(x *G.Node) (*G.Node, error) { return G.Max(x, axes...) })
		add("elemBinOp ÷", fmt.Sprint("mean ", axes), tensor.Shape{2, 3, 4}, func(x *G.Node) (*G.Node, error) { return G.Mean(x, axes...) })
	}
	for _, axis := range []int{0, 1} {
		add("maxOp", fmt.Sprint("matrix ", axis), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Max(x, axis) })
		add("sumOp", fmt.Sprint("matrix ", axis), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Sum(x, axis) })
		add("sizeOp", fmt.Sprint(axis), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.SizeOf(axis, x) })
		add("elemUnaryOp sqrt", fmt.Sprint("norm ", axis), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Norm(x, axis, 2) })
		add("elemBinOp ^", fmt.Sprint("norm ", axis), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Norm(x, axis, 3) })
	}
	for _, to := range of(tensor.Shape{12}, tensor.Shape{4, 3}, tensor.Shape{1, 6, 2, 1}) {
		add("reshapeOp", fmt.Sprint(to), tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Reshape(x, to.Clone()) })
	}
	for _, shape := range of(tensor.Shape{4}, tensor.Shape{4, 1}, tensor.Shape{1, 4}, tensor.Shape{3, 4}, tensor.Shape{2, 3, 4}, tensor.Shape{2, 3, 2, 3}) {
		for axis := -1; axis < len(shape); axis++ {
			var axes []int
			if axis >= 0 {
				axes = []int{axis}
			}
			name := fmt.Sprintf("%v along %v", shape, axes)
			add("softmaxOp", name, shape, func(x *G.Node) (*G.Node, error) { return G.SoftMax(x, axes...) })
			add("softmaxOp", "log, "+name, shape, func(x *G.Node) (*G.Node, error) { return G.LogSoftMax(x, axes...) })
		}
	}
	add("globalAveragePoolOp", "", tensor.Shape{2, 3, 2, 3}, G.GlobalAveragePool2D)
	add("dropoutOp", "of nothing", tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.Dropout(x, 0) })
	add("Iop", "", tensor.Shape{3, 4}, func(x *G.Node) (*G.Node, error) { return G.ApplyOp(G.Iop{}, x) })
	return list
}

// products are uses of linear algebra.
func products() []use {
	var list []use
	add := func(row string, f func(a, b *G.Node) (*G.Node, error), a, b tensor.Shape) {
		list = append(list, use{row: "linAlgBinOp " + row, shapes: of(a, b), build: binary(f)})
	}
	for _, s := range [][2]tensor.Shape{{{2, 3}, {3, 4}}, {{1, 3}, {3, 3}}, {{3, 3}, {3, 1}}} {
		if s[0].IsMatrix() && s[1].IsMatrix() {
			add("matrices", G.Mul, s[0], s[1])
		}
	}
	add("matrix and vector", G.Mul, tensor.Shape{2, 3}, tensor.Shape{3})
	add("matrix and vector", G.Mul, tensor.Shape{3, 3}, tensor.Shape{3})
	add("matrix and vector", G.Mul, tensor.Shape{3}, tensor.Shape{3, 2})
	add("matrix and vector", G.Mul, tensor.Shape{4}, tensor.Shape{4, 4})
	add("inner", G.Mul, tensor.Shape{4}, tensor.Shape{4})
	for mode := range 4 {
		x, y := tensor.Shape{2, 3, 4}, tensor.Shape{2, 4, 5}
		if mode&1 > 0 {
			x = tensor.Shape{2, 4, 3}
		}
		if mode&2 > 0 {
			y = tensor.Shape{2, 5, 4}
		}
		f := func(a, b *G.Node) (*G.Node, error) { return G.BatchedMatMul(a, b, mode&1 > 0, mode&2 > 0) }
		add("batches", f, x, y)
		add("batches", f, append(tensor.Shape{2}, x...), append(tensor.Shape{2}, y...))
	}
	return list
}
