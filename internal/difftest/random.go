package difftest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Random is a random expression graph on the four axes.
type Random struct {
	Loss   *expr.Node
	Leaves []*expr.Node // every input that Loss depends on smoothly, of any of the shapes
	Inner  []*expr.Node // some nodes on the way, of any shape
	Pixels int
	pixel  map[*expr.Node]bool
}

// PixelLeaf reports whether an input lies on the pixel axis: an argument of plan.New.
func (r *Random) PixelLeaf(n *expr.Node) bool { return r.pixel[n] }

// NewRandom grows a graph from a seed: leaves on random subsets of the axes, elementwise operations with broadcasting,
// sums over axes, normalisations by a reduction (which feeds pixels again), choices and broadcasts. The same seed makes
// the same graph. All values are of the order of 1, and smooth enough for differences.
func NewRandom(t testing.TB, seed uint64, operations int) *Random {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 99))
	b := expr.New()
	dims := expr.Dims{1 + rnd.IntN(3), 1 + rnd.IntN(2), 1 + rnd.IntN(3), 1 + rnd.IntN(19)}
	r := &Random{Pixels: dims[expr.Pixel], pixel: map[*expr.Node]bool{}}
	var pool []*expr.Node
	for i := range 5 {
		shape := tensor.Shape{1, 1, 1, 1}
		for axis := range shape {
			// The first is a number, the second lies on the pixels, the others anywhere.
			if i == 1 && axis == expr.Pixel || i > 1 && rnd.IntN(2) == 0 {
				shape[axis] = dims[axis]
			}
		}
		if i == 0 {
			pool = append(pool, b.Scalar("x0", 0.2+rnd.Float64()))
			continue
		}
		data := make([]float64, shape.TotalSize())
		for k := range data {
			data[k] = 2*rnd.Float64() - 1
		}
		n := b.Leaf(fmt.Sprintf("x%d", i), data, shape...)
		r.pixel[n] = dims[expr.Pixel] > 1 && shape[expr.Pixel] > 1
		pool = append(pool, n)
	}
	r.Leaves = append(r.Leaves, pool...)
	pick := func() *expr.Node { return pool[rnd.IntN(len(pool))] }
	for range operations {
		x, y := pick(), pick()
		var n *expr.Node
		switch rnd.IntN(12) {
		case 0:
			n = b.Add(x, y)
		case 1:
			n = b.Sub(x, b.Scale(0.5, y))
		case 2, 3:
			n = b.Mul(x, y)
		case 4:
			n = b.Div(x, b.Add(b.Const(2), b.Square(y)))
		case 5:
			n = b.Exp(b.Sin(x))
		case 6:
			n = b.Cos(b.Add(x, y))
		case 7:
			n = b.SinRatio(b.Scale(0.3, b.Sin(x)), b.Const(3))
		case 8: // a choice that differences do not cross
			n = b.Where(b.Less(b.Const(float64(rnd.IntN(2))), b.Const(0.5)), x, b.Mul(x, y))
		case 9:
			var axes []int
			for axis := range expr.MaxRank {
				if rnd.IntN(2) == 0 {
					axes = append(axes, axis)
				}
			}
			n = b.Scale(0.3, b.SumAxes(x, axes...))
		case 10:
			n = b.BroadcastTo(x, tensor.Shape(dims[:]))
		case 11: // relative to all
			n = b.Div(b.Mul(x, y), b.Add(b.Const(1), b.Square(b.SumAll(b.Mul(x, x)))))
		}
		// Products of products would grow without a bound.
		pool = append(pool, b.Sin(n))
		if rnd.IntN(6) == 0 {
			r.Inner = append(r.Inner, pool[len(pool)-1])
		}
	}
	// The loss takes every leaf, and the latest nodes with a weight each.
	for i, n := range append(append([]*expr.Node{}, r.Leaves...), pool[len(pool)-5:]...) {
		term := b.Scale(1+0.3*float64(i), b.SumAll(b.Square(b.Sin(n))))
		if r.Loss == nil {
			r.Loss = term
		} else {
			r.Loss = b.Add(r.Loss, term)
		}
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return r
}
