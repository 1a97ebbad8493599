package expr_test

import (
	"math"
	"math/rand/v2"
	"slices"
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

// TestConvolveWorkers: convolutions and their derivatives, by a kernel for each panel, have the same bits for any number of
// workers, and those of each panel alone.
func TestConvolveWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	numbers := func(n int) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = r.Float64() - 0.3
		}
		return list
	}
	panel := func(fast, slow, kernel int) expr.RasterPanel {
		p := expr.RasterPanel{Fast: fast, Slow: slow, Kernel: kernel}
		for i := range fast * slow {
			if i%97 != 3 {
				p.From = append(p.From, int32(i))
			}
		}
		p.To = p.From
		return p
	}
	both := &expr.Raster{Panels: []expr.RasterPanel{panel(150, 260, 1), panel(40, 30, 0)}, Reach: 2, Kernels: 2}
	n, size := both.Elements(), 5
	first := len(both.Panels[0].From)
	array := func(data []float64, dims ...int) expr.Array { return expr.Array{Dims: expr.Dims(dims), Data: data} }
	vector := func(data []float64) expr.Array { return array(data, 1, 1, 1, len(data)) }
	zeros := func(d expr.Dims) expr.Array { return expr.Array{Dims: d, Data: make([]float64, d.Size())} }
	x, y, kernels := numbers(n), numbers(n), numbers(2*size*size)
	for name, c := range map[string]struct {
		rule expr.Rule
		in   []expr.Array
		out  expr.Dims
	}{
		"convolve":   {expr.Rule{Op: expr.OpConvolve, Raster: both}, []expr.Array{vector(x), array(kernels, 1, 1, 2*size, size)}, expr.Dims{1, 1, 1, n}},
		"transposed": {expr.Rule{Op: expr.OpConvolve, Raster: both, Transposed: [2]bool{true, false}}, []expr.Array{vector(x), array(kernels, 1, 1, 2*size, size)}, expr.Dims{1, 1, 1, n}},
		"correlate":  {expr.Rule{Op: expr.OpCorrelate, Raster: both}, []expr.Array{vector(x), vector(y)}, expr.Dims{1, 1, 2 * size, size}},
	} {
		want := zeros(c.out)
		c.rule.Eval(want, c.in)
		for _, workers := range []int{1, 2, 5} {
			got := zeros(c.out)
			c.rule.EvalNew(got, c.in, workers)
			if !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s: %d workers give other bits", name, workers)
			}
		}
		// Of the first panel alone, which has the second kernel.
		alone := both.Panels[0]
		alone.Kernel = 0
		rule, in, kept := c.rule, slices.Clone(c.in), want.Data[:min(first, len(want.Data))]
		rule.Raster = &expr.Raster{Panels: []expr.RasterPanel{alone}, Reach: 2}
		in[0] = vector(x[:first])
		out := expr.Dims{1, 1, 1, first}
		if c.rule.Op == expr.OpCorrelate {
			in[1], out, kept = vector(y[:first]), expr.Dims{1, 1, size, size}, want.Data[size*size:]
		} else {
			in[1] = array(kernels[size*size:], 1, 1, size, size)
		}
		got := zeros(out)
		rule.Eval(got, in)
		if !slices.Equal(got.Data, kept) {
			t.Errorf("%s: a panel of two is not that panel alone", name)
		}
	}
}
