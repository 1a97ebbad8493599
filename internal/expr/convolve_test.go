package expr_test

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
)

// TestConvolve compares convolutions on two images with holes, whose values are sums over all pairs of elements, and their
// second derivatives with differences.
func TestConvolve(t *testing.T) {
	raster := &expr.Raster{Reach: 2, Panels: []expr.RasterPanel{
		{Fast: 4, Slow: 3, From: []int32{0, 1, 2, 3, 5, 6, 8, 11}, To: []int32{0, 3, 4, 6, 7, 10, 11}},
		{Fast: 1, Slow: 2, From: []int32{0, 1}, To: []int32{1}},
	}}
	values := func(n int, phase float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = 1 + math.Sin(phase+2.3*float64(i))
		}
		return out
	}
	x, y, kernel := values(10, 0.3), values(8, 1.1), values(25, 2.4)
	var there, back []float64
	match := make([]float64, 25)
	there, back = make([]float64, 8), make([]float64, 10)
	i, j := 0, 0
	for _, p := range raster.Panels {
		for a, from := range p.From {
			for c, to := range p.To {
				ds, df := int(to)/p.Fast-int(from)/p.Fast, int(to)%p.Fast-int(from)%p.Fast
				if max(ds, -ds, df, -df) > 2 {
					continue
				}
				k := (ds+2)*5 + df + 2
				there[j+c] += kernel[k] * x[i+a]
				back[i+a] += kernel[k] * y[j+c]
				match[k] += x[i+a] * y[j+c]
			}
		}
		i, j = i+len(p.From), j+len(p.To)
	}
	b := expr.New()
	xs, ys, w := b.Leaf("x", x, 10), b.Leaf("y", y, 8), b.Leaf("w", kernel, 5, 5)
	convolved := b.Convolve(raster, xs, w)
	transposed := b.Apply(expr.Rule{Op: expr.OpConvolve, Raster: raster, Transposed: [2]bool{true, false}}, ys, w)
	correlated := b.Apply(expr.Rule{Op: expr.OpCorrelate, Raster: raster}, xs, ys)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	got := difftest.Evaluate(t, convolved, transposed, correlated)
	for n, want := range [][]float64{there, back, match} {
		for i, v := range want {
			if math.Abs(got[n][i]-v) > 1e-14*(1+math.Abs(v)) {
				t.Errorf("result %d, element %d: %g, want %g", n, i, got[n][i], v)
			}
		}
	}
	// A loss of third degree in each operand, so that no second derivative is zero or constant.
	loss := b.Sum(b.SumAll(b.Sin(b.Scale(0.2, convolved))), b.SumAll(b.Sin(b.Scale(0.2, transposed))), b.SumAll(b.Sin(b.Scale(0.2, correlated))))
	difftest.Hessian(t, loss, 1e-6, xs, ys, w)
	for _, wrong := range [][2]*expr.Node{{ys, w}, {xs, ys}} {
		b := expr.On(b.Graph())
		if b.Convolve(raster, wrong[0], wrong[1]); b.Err() == nil {
			t.Error("operands of the wrong shapes are accepted")
		}
	}
}

// TestAtanErf: values, and derivatives to second order.
func TestAtanErf(t *testing.T) {
	b := expr.New()
	x := b.Leaf("x", []float64{-3, -0.4, 0, 0.7, 20}, 5)
	got := difftest.Evaluate(t, b.Atan(x), b.Erf(x))
	// Of Python's math.
	for n, want := range [][]float64{{-1.2490457723982544, -0.3805063771123649, 0, 0.6107259643892086, 1.5208379310729538}, {-0.9999779095030014, -0.42839235504666845, 0, 0.6778011938374185, 1}} {
		for i, v := range want {
			if math.Abs(got[n][i]-v) > 2e-16 {
				t.Errorf("function %d of element %d: %.17g, want %.17g", n, i, got[n][i], v)
			}
		}
	}
	y := b.Leaf("y", []float64{-1.3, -0.4, 0, 0.7, 2}, 5)
	difftest.Hessian(t, b.SumAll(b.Mul(b.Sin(y), b.Add(b.Atan(y), b.Erf(y)))), 1e-7, y)
}
