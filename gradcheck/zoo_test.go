package gradcheck_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/structure"
)

// specimen is a small graph with a rule of the family in the middle.
type specimen struct {
	name    string
	loss    *G.Node
	by      G.Nodes
	subject *G.Node
	some    int // of the elements of each input are looked at; 0 for all
}

// zookeeper makes specimens. Each is in a graph of its own.
type zookeeper struct {
	t testing.TB
	*nodetest.Builder
	by  G.Nodes
	off bool // multiply all by an F of 0
}

func (z *zookeeper) open() {
	z.Builder = nodetest.On(G.NewGraph())
	z.by = nil
}

// in makes an input with values between lo and hi, and something that depends on it with about those values.
func (z *zookeeper) in(name string, lo, hi float64, shape ...int) *G.Node {
	n := 1
	for _, s := range shape {
		n *= s
	}
	x := random(uint64(len(z.by)+7), n, lo, hi)
	var leaf *G.Node
	if len(shape) == 0 {
		leaf = z.Scalar(name, x[0])
	} else {
		leaf = z.Leaf(name, x, shape...)
	}
	z.by = append(z.by, leaf)
	return z.Scale(0.99, leaf)
}

// of is in, of values that are given.
func (z *zookeeper) of(name string, x []float64, shape ...int) *G.Node {
	leaf := z.Leaf(name, x, shape...)
	z.by = append(z.by, leaf)
	return z.Scale(0.99, leaf)
}

// specimen finishes a graph around a node: a loss that every element of it enters with a weight of its own, as does every
// input.
func (z *zookeeper) specimen(name string, subject *G.Node) specimen {
	z.t.Helper()
	loss := z.weigh("weights", subject)
	for _, x := range z.by {
		loss = z.Add(loss, z.Scale(0.1, z.SumAll(z.Sin(x))))
	}
	if z.off {
		loss = z.Mul(loss, z.Square(z.Scalar("zero F", 0)))
	}
	if z.Err() != nil {
		z.t.Fatalf("%s: %v", name, z.Err())
	}
	return specimen{name: name, loss: loss, by: z.by, subject: subject}
}

func (z *zookeeper) weigh(name string, n *G.Node) *G.Node {
	w := z.Leaf(name, random(99, n.Shape().TotalSize(), 0.5, 1.5), append([]int{1}, n.Shape()...)...)
	if len(n.Shape()) == expr.MaxRank {
		z.t.Fatal("four axes are too many")
	}
	return z.SumAll(z.Mul(w, z.Sin(z.Scale(0.3, n))))
}

// functions are all elementwise functions of so many operands that have no attributes.
func functions(operands int) []expr.Rule {
	var out []expr.Rule
	for _, o := range expr.Ops() {
		if o.Plain() && o.Operands() == operands {
			out = append(out, expr.Rule{Op: o})
		}
	}
	return out
}

// find is a node of the graph below some roots, by how its rule's name begins.
func (z *zookeeper) find(prefix string, roots ...*G.Node) *G.Node {
	z.t.Helper()
	s, err := expr.Sort(nodetest.Read(z.t, roots...)...)
	if err != nil {
		z.t.Fatal(err)
	}
	for _, n := range s.Nodes {
		if n.Rule().Exists() && strings.HasPrefix(n.Rule().String(), prefix) {
			return nodetest.Write(z.t, roots[0].Graph(), n)[0]
		}
	}
	z.t.Fatalf("no %s", prefix)
	return nil
}

// derived finishes a graph around a rule that is met in derivatives of something alone.
func (z *zookeeper) derived(prefix string, of, by *G.Node, order int) specimen {
	z.t.Helper()
	for range order {
		of = derivatives(z.t, z.SumAll(of), by)[0]
	}
	return z.specimen(prefix, of).about(z.find(prefix, of))
}

func (s specimen) about(n *G.Node) specimen {
	s.subject = n
	return s
}

// zoo has every rule of the family.
func zoo(t testing.TB, off bool) []specimen {
	z := &zookeeper{t: t, off: off}
	var all []specimen
	add := func(s specimen) { all = append(all, s) }
	for _, u := range functions(1) {
		z.open()
		lo := 0.2
		if u.String() == "abs" {
			lo = -0.8
		}
		add(z.specimen(u.String(), z.Apply(u, z.in("x", lo, 0.8, 5))))
	}
	for _, f := range functions(2) {
		z.open()
		add(z.specimen(f.String(), z.Apply(f, z.of("x", []float64{0.6, 1.1, 1.8}, 3, 1), z.of("y", []float64{1.5, 0.9, 1.9, 0.8}, 4))))
	}
	z.open()
	x := z.in("x", 0, 1, 3, 1)
	add(z.specimen("where", z.Where(z.Mul(x, z.Less(x, z.Const(0.5))), z.in("y", 1, 2, 4), z.Mul(x, z.in("w", 1, 2, 3, 4)))))
	z.open()
	add(z.specimen("pick", z.Pick(z.Leaf("index", []float64{0, 1, 1, 2, 0}, 5), z.in("x", 1, 2), z.in("y", 1, 2), z.in("w", 1, 2))))

	z.open()
	add(z.specimen("sinratio'0", z.SinRatio(z.in("d", 0.02, 0.4, 5), z.in("n", 3, 4))))
	for order, prefix := range []string{1: "sinratio'1", 2: "sinratio'2"} {
		if order > 0 {
			z.open()
			d, n := z.in("d", 0.02, 0.4, 5), z.in("n", 3, 4)
			add(z.derived(prefix, z.SinRatio(d, n), d, order))
		}
	}
	z.open()
	d, n := z.in("d", 0.02, 0.4, 5), z.in("n", 3, 4)
	add(z.derived("oversin'0", z.SinRatio(d, n), n, 1))
	z.open()
	add(z.specimen("sinc3'0", z.Sinc3(z.in("u", 0.1, 5, 5))))
	z.open()
	u := z.in("u", 0.1, 5, 5)
	add(z.derived("sinc3'1", z.Sinc3(u), u, 1))
	z.open()
	add(z.specimen("gaussmean'00", z.GaussMean(z.in("o", 0.2, 1.5, 5), z.in("g", 0.5, 2))))
	for _, order := range []string{"gaussmean'10", "gaussmean'01"} {
		z.open()
		o, g := z.in("o", 0.2, 1.5, 5), z.in("g", 0.5, 2)
		by := o
		if order == "gaussmean'01" {
			by = g
		}
		add(z.derived(order, z.GaussMean(o, g), by, 1))
	}

	for _, tricubic := range []bool{true, false} {
		grid := &expr.Grid{Box: structure.Box{HMin: -2, HMax: 3, KMin: -2, KMax: 3, LMin: -2, LMax: 3}, Tricubic: tricubic, Present: make([]bool, 216)}
		for i := range grid.Present {
			grid.Present[i] = i%5 != 2
		}
		name := map[bool]string{true: ", tricubic", false: ", nearest"}[tricubic]
		index := func() (h, k, l *G.Node) {
			z.open()
			return z.in("h", 0.1, 0.9, 2, 1), z.in("k", 0.1, 0.9, 3), z.in("l", 0.1, 0.9)
		}
		h, k, l := index()
		s := z.specimen("gather'000"+name, z.Gather(grid, h, k, l, z.in("F", 1, 9, grid.Cells())))
		add(s)
		h, k, l = index()
		add(z.specimen("share'000"+name, z.Share(grid, h, k, l)))
		h, k, l = index()
		f := z.in("F", 1, 9, grid.Cells())
		s = z.derived("scatter'000", z.Square(z.Gather(grid, h, k, l, f)), f, 1)
		s.name += name
		add(s)
		if tricubic {
			h, k, l = index()
			s = z.derived("gather'100", z.Square(z.Gather(grid, h, k, l, z.in("F", 1, 9, grid.Cells()))), h, 1)
			s.name += name
			add(s)
			h, k, l = index()
			s = z.derived("share'010", z.Square(z.Share(grid, h, k, l)), k, 1)
			s.name += name
			add(s)
		}
	}

	z.open()
	// Squares are made for numbers and not differentiated: of no weight, their derivative is 0 indeed.
	labels, weightless := z.Leaf("labels", []float64{2, 0, 0, 1, 2, 2}, 2, 3), z.Leaf("w", make([]float64, 3), 3)
	add(z.specimen("squares", z.Out(z.Expr().Squares(3, z.In(weightless), z.In(labels), z.In(z.in("x", 0.1, 5.9, 2, 3))))))

	z.open()
	add(z.specimen("sum->", z.SumAxes(z.in("x", 0, 1, 3, 4), expr.Point)))
	z.open()
	add(z.specimen("broadcast->", z.BroadcastTo(z.in("x", 0, 1, 3, 1), tensor.Shape{3, 4})))
	z.open()
	add(z.specimen("sum along", G.Must(G.Sum(z.in("x", 0, 1, 3, 4), 1))))
	z.open()
	add(z.specimen("reshape", z.Reshape(z.in("x", 0, 1, 3, 4), tensor.Shape{12})))
	z.open()
	add(z.specimen("largest", z.Out(z.Expr().MaxTo(z.In(z.in("x", 0, 1, 3, 4)), tensor.Shape{3, 1}))))
	z.open()
	peak := z.In(z.find("peak", z.Out(z.Expr().Softmax(z.In(z.in("x", 0, 1, 3, 4)), 1)))).Rule()
	z.open()
	above := z.Leaf("cap", []float64{-9, 2, -9, -9}, 4) // above all x: what is taken as constant is
	add(z.specimen("peak", z.Apply(peak, z.Apply(expr.Rule{Op: expr.OpMax}, z.in("x", 0, 1, 3, 4), above))))
	z.open()
	add(z.specimen("matmul", z.Out(z.Expr().MatMul(z.In(z.in("x", 0, 1, 2, 3)), z.In(z.in("y", 0, 1, 4, 3)), false, true))))
	z.open()
	add(z.specimen("view", z.View(z.in("x", 0, 1, 3, 4), tensor.Shape{4, 2}, expr.Reading{First: 2, Step: -2, By: 1}, expr.Reading{Step: 1, By: 0})))
	z.open()
	add(z.specimen("place", z.Place(z.in("x", 0, 1, 2, 3), tensor.Shape{3, 4}, expr.Reading{Step: 1, By: 1}, expr.Reading{First: 3, Step: -2, By: 0})))
	z.open()
	add(z.specimen("concat", z.Concat(1, z.in("x", 0, 1, 2, 3), z.in("y", 0, 1, 2, 1))))
	z.open()
	add(z.specimen("take", z.Take(z.in("x", 0, 1, 2, 4), z.Leaf("index", []float64{3, 1, 1, 0, 3}, 5), 1)))
	z.open()
	x = z.in("x", 0, 1, 4)
	add(z.derived("put", z.Square(z.Take(x, z.Leaf("index", []float64{3, 1, 1}, 3), 0)), x, 1))
	raster := &expr.Raster{Reach: 1, Panels: []expr.RasterPanel{
		{Fast: 3, Slow: 2, From: []int32{0, 1, 2, 4, 5}, To: []int32{1, 3, 4}}, {Fast: 1, Slow: 2, From: []int32{1}, To: []int32{0, 1}}}}
	z.open()
	x, w := z.in("x", 0, 1, 6), z.in("w", 0, 1, 3, 3)
	convolved := z.Apply(expr.Rule{Op: expr.OpConvolve, Raster: raster}, x, w)
	add(z.specimen("convolve", convolved))
	z.open()
	x, w = z.in("x", 0, 1, 6), z.in("w", 0, 1, 3, 3)
	add(z.derived("convolveᵀ", z.Square(z.Apply(expr.Rule{Op: expr.OpConvolve, Raster: raster}, x, w)), x, 1))
	z.open()
	add(z.specimen("correlate", z.Apply(expr.Rule{Op: expr.OpCorrelate, Raster: raster}, z.in("x", 0, 1, 6), z.in("y", 0, 1, 5))))
	z.open()
	mean := G.Must(G.Mean(z.in("x", 0, 1, 6)))
	add(z.specimen("fixed", mean).about(z.find("fixed", mean)))
	return all
}
