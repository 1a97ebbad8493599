package expr_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/structure"
)

// weigh makes a scalar of a value that every element enters with its own weight, so that no error can cancel.
func weigh(b *expr.Builder, n *expr.Node) *expr.Node {
	shape := n.Shape()
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = 1 + 0.3*math.Sin(float64(3*i+1))
	}
	if len(shape) == 0 {
		return b.Scale(1.7, n)
	}
	return b.SumAll(b.Mul(n, b.Leaf(fmt.Sprintf("weight %d", n.ID()), data, shape...)))
}

// leaf fills an array with numbers between lo and hi.
func leaf(b *expr.Builder, name string, lo, hi float64, shape ...int) *expr.Node {
	r := rand.New(rand.NewPCG(uint64(len(name)), 7))
	n := 1
	for _, s := range shape {
		n *= s
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = lo + (hi-lo)*r.Float64()
	}
	if len(shape) == 0 {
		return b.Scalar(name, data[0])
	}
	return b.Leaf(name, data, shape...)
}

// TestDerivatives holds the first and second derivatives of every operation against differences. Tolerances are those
// of the differences: about (rounding 1e-16 / step 1e-3) for first, as much again for functions that vary fast.
func TestDerivatives(t *testing.T) {
	table := &expr.Grid{Box: structure.Box{HMin: -2, HMax: 4, KMin: -3, KMax: 4, LMin: -2, LMax: 5}, Tricubic: true}
	table.Present = make([]bool, table.Cells())
	for i := range table.Present {
		table.Present[i] = i%7 != 3
	}
	nearest := *table
	nearest.Tricubic = false
	tests := []struct {
		name  string
		build func(b *expr.Builder) (y *expr.Node, by []*expr.Node)
		tol   float64
	}{
		{"neg abs", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 0.5, 2, 3)
			return b.Mul(b.Neg(x), b.Abs(b.Sub(x, b.Const(5)))), []*expr.Node{x}
		}, 1e-9},
		{"sin cos", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", -3, 3, 2, 3)
			return b.Mul(b.Sin(x), b.Cos(b.Scale(2, x))), []*expr.Node{x}
		}, 1e-9},
		{"exp log sqrt", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 0.5, 2, 4)
			return b.Sum(b.Exp(x), b.Log(x), b.Sqrt(x)), []*expr.Node{x}
		}, 1e-9},
		{"inverse square", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 0.5, 2, 4)
			return b.Add(b.Inverse(x), b.Square(b.Square(x))), []*expr.Node{x}
		}, 1e-8},
		{"arithmetic, broadcast on all axes", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", 1, 2, 2, 1, 3, 1), leaf(b, "yy", 1, 2, 1, 2, 1, 4)
			z, w, v := leaf(b, "zzz", 1, 2, 4), leaf(b, "wwww", 1, 2), leaf(b, "vvvvv", 1, 2, 3, 1)
			return b.Div(b.Sub(b.Mul(x, y), b.Add(z, w)), b.Mul(v, y)), []*expr.Node{x, y, z, w, v}
		}, 1e-8},
		{"pow", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", 0.5, 2, 3), leaf(b, "yy", 1, 3, 2, 3)
			return b.Pow(x, y), []*expr.Node{x, y}
		}, 1e-8},
		{"where", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", -2, 2, 2, 3), leaf(b, "yy", -1, 1, 3)
			return b.Where(b.Less(x, b.Const(0.3)), b.Square(x), b.Mul(x, y)), []*expr.Node{x, y}
		}, 1e-9},
		{"pick", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", 1, 2), leaf(b, "yy", 1, 2)
			index := b.Leaf("index", []float64{0, 1, 1, 2, 0}, 1, 1, 1, 5)
			return b.Square(b.Pick(index, x, y, b.Mul(x, y))), []*expr.Node{x, y}
		}, 1e-9},
		{"sums", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 2, 3, 2, 3)
			a, c := b.SumAxes(x, expr.Orientation, expr.Point), b.SumAxes(b.Square(x), expr.Pixel)
			return b.Mul(b.Square(a), c), []*expr.Node{x}
		}, 1e-8},
		{"reshape, broadcast", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 1, 1, 2, 3)
			return b.Square(b.BroadcastTo(b.Reshape(x, []int{6}), []int{2, 6})), []*expr.Node{x}
		}, 1e-8},
		{"softmax along each axis", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", -2, 2, 2, 3, 2, 3)
			return b.Sum(b.Softmax(x, 0), b.Softmax(x, 1), b.LogSoftmax(x, 2), b.LogSoftmax(x, 3), b.Softmax(x, 1, 3)), []*expr.Node{x}
		}, 1e-8},
		{"largest", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 2, 3, 2, 3)
			return b.Mul(b.Square(b.MaxTo(x, []int{2, 1, 2, 1})), b.MaxTo(x, []int{1, 3, 1, 1})), []*expr.Node{x}
		}, 1e-8},
		{"products of matrices", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", -1, 1, 3, 2), leaf(b, "yy", -1, 1, 2, 3)
			p := b.Sum(b.MatMul(x, y, false, false), b.MatMul(x, x, false, true), b.MatMul(y, y, true, false), b.MatMul(y, x, true, true))
			return b.MatMul(b.Square(p), p, false, false), []*expr.Node{x, y}
		}, 1e-8},
		{"products of many matrices, some repeated", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y, z := leaf(b, "x", -1, 1, 2, 3, 2, 4), leaf(b, "yy", -1, 1, 3, 4, 5), leaf(b, "zzz", -1, 1, 2, 1, 1, 5)
			return b.MatMul(b.MatMul(x, y, false, false), z, false, true), []*expr.Node{x, y, z}
		}, 1e-8},
		{"view: slice with a step, transposed", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 2, 5, 3)
			y := b.View(x, []int{2, 2}, expr.Reading{First: 1, Step: -1, By: 1}, expr.Reading{First: 1, Step: 3, By: 0}, expr.Single(2))
			return b.Square(y), []*expr.Node{x}
		}, 1e-8},
		{"view: diagonal, repeated", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 3, 3)
			y := b.View(x, []int{3, 2}, expr.Reading{Step: 1, By: 0}, expr.Reading{Step: 1, By: 0})
			return b.Mul(b.Square(y), leaf(b, "yy", 1, 2, 3, 2)), []*expr.Node{x}
		}, 1e-8},
		{"place", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y := leaf(b, "x", 1, 2, 2, 3), leaf(b, "yy", 1, 2, 3, 4, 2)
			z := b.Place(b.Square(x), []int{3, 4, 2}, expr.Reading{Step: 1, By: 1}, expr.Reading{First: 3, Step: -2, By: 0}, expr.Single(1))
			return b.Square(b.Mul(b.Exp(y), b.Add(z, y))), []*expr.Node{x, y}
		}, 1e-8},
		{"concat", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y, z := leaf(b, "x", 1, 2, 2, 3, 2), leaf(b, "yy", 1, 2, 2, 1, 2), leaf(b, "zzz", 1, 2, 2, 2, 2)
			return b.Square(b.Concat(1, b.Square(x), y, z, y)), []*expr.Node{x, y, z}
		}, 1e-8},
		{"take, an index twice", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 2, 4, 3)
			return b.Square(b.Take(b.Square(x), b.Leaf("index", []float64{3, 1, 1, 0, 3, 3}, 6), 1)), []*expr.Node{x}
		}, 1e-8},
		{"put, an index twice", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x := leaf(b, "x", 1, 2, 4)
			picked := b.Square(b.Take(x, b.Leaf("index", []float64{3, 1, 1}, 3), 0))
			put := difftest.Nodes(t, b.SumAll(b.Mul(picked, b.Leaf("w", []float64{1, 2, 3}, 3))), x)[0] // of a gradient
			return b.Mul(put, b.Exp(x)), []*expr.Node{x}
		}, 1e-8},
		{"sin ratio", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			d, n := b.Leaf("d", []float64{0.003, -0.0411, 0.17, 0.31, -0.49}, 5), b.Scalar("n", 5)
			return b.SinRatio(d, n), []*expr.Node{d, n}
		}, 3e-8},
		{"sin ratio at 0", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			d, n := b.Leaf("d", []float64{0, 1e-12}, 2), b.Scalar("n", 7)
			return b.SinRatio(d, n), []*expr.Node{d, n}
		}, 3e-8},
		{"sinc3", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			u := b.Leaf("u", []float64{0.01, 0.4, 3, 20, 90}, 5)
			return b.Sinc3(u), []*expr.Node{u}
		}, 1e-8},
		{"tricubic lookup", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			h, k, l := leaf(b, "h", 0.1, 1.9, 2, 1, 1, 1), leaf(b, "kk", -0.9, 0.9, 1, 1, 1, 3), leaf(b, "lll", 0.2, 2.2)
			f, def := leaf(b, "table", 1, 9, table.Cells()), leaf(b, "default", 1, 2)
			y := b.Add(b.Gather(table, h, k, l, f), b.Mul(def, b.Share(table, h, k, l)))
			return b.Square(y), []*expr.Node{h, k, l, f, def}
		}, 3e-8},
		{"nearest lookup", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			h, k, l := b.Leaf("h", []float64{-1.2, 0.3, 9}, 3), b.Const(1.2), b.Const(2.9)
			f, def := leaf(b, "table", 1, 9, nearest.Cells()), leaf(b, "default", 1, 2)
			y := b.Add(b.Gather(&nearest, h, k, l, f), b.Mul(def, b.Share(&nearest, h, k, l)))
			return b.Mul(b.Square(y), b.Add(h, b.Const(11))), []*expr.Node{h, f, def}
		}, 1e-8},
		{"vectors", func(b *expr.Builder) (*expr.Node, []*expr.Node) {
			x, y, z := leaf(b, "x", 1, 2), leaf(b, "yy", 1, 2, 3), leaf(b, "zzz", -1, 1)
			v := b.RotateXYZ(expr.Vec{x, y, z}, [3]expr.Turn{b.Angle(x), b.Angle(z), b.Angle(y)})
			v = b.RotateAxis(v, b.ConstVec([3]float64{0.6, 0, 0.8}), b.Angle(z))
			return b.Dot(b.Unit(v), b.Cross(v, expr.Vec{z, y, x})), []*expr.Node{x, y, z}
		}, 1e-8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := expr.New()
			y, by := tt.build(b)
			loss := weigh(b, y)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			difftest.Hessian(t, loss, tt.tol, by...)
		})
	}
}

// TestThirdDerivatives differentiates a gradient of a gradient once more.
func TestThirdDerivatives(t *testing.T) {
	b := expr.New()
	d, n := b.Scalar("d", 0.061), b.Scalar("n", 4)
	y := b.Square(b.SinRatio(d, n))
	third := y
	for range 2 {
		grads := difftest.Nodes(t, third, d)
		third = grads[0]
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	difftest.Gradient(t, third, 1e-7, d, n)
}

// TestNearestLookup holds the fast path of nearest lookups against the definition: at halves, outside, at absent cells.
func TestNearestLookup(t *testing.T) {
	grid := &expr.Grid{Box: structure.Box{HMin: -2, HMax: 3, KMin: 0, KMax: 0, LMin: -1, LMax: 1}}
	grid.Present = make([]bool, grid.Cells())
	table := make([]float64, grid.Cells())
	for i := range table {
		grid.Present[i], table[i] = i%5 != 2, float64(10+i)
	}
	places := []float64{-2.5, -2.49, -2, -1.5, -0.5, 0, 0.2, 0.5, 0.51, 2.5, 3, 3.5, 3.51, 1e300, -1e300, math.Inf(1), math.NaN()}
	for _, h := range places {
		for _, l := range []float64{-1, -0.5, 0.4, 1, 1.5, 1.6} {
			b := expr.New()
			hn, kn, ln := b.Scalar("h", h), b.Scalar("k", 0), b.Scalar("l", l)
			f := b.Leaf("table", table, len(table))
			got, missing := b.Gather(grid, hn, kn, ln, f), b.Share(grid, hn, kn, ln)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			want, wantMissing := 0.0, 1.0
			if h0, l0 := math.Ceil(h-0.5), math.Ceil(l-0.5); h0 >= -2 && h0 <= 3 && l0 >= -1 && l0 <= 1 {
				if i := int(h0+2)*3 + int(l0) + 1; grid.Present[i] {
					want, wantMissing = table[i], 0
				}
			}
			v := difftest.Values(t, got, missing)
			if v[0] != want || v[1] != wantMissing {
				t.Errorf("h %v, l %v: %v and %v missing, want %v and %v", h, l, v[0], v[1], want, wantMissing)
			}
		}
	}
}
