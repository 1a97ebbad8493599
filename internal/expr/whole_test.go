package expr_test

import (
	"math"
	"testing"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
)

// TestSoftmax: values of Python's decimal arithmetic at 50 digits, also where exponentials of the elements themselves
// overflow or vanish; along each axis the result is that of the vectors along it.
func TestSoftmax(t *testing.T) {
	for _, test := range []struct{ x, want, log []float64 }{
		{[]float64{1, 2, 3}, []float64{0.090030573170380457, 0.24472847105479765, 0.66524095577482189}, []float64{-2.4076059644443803, -1.4076059644443803, -0.40760596444438036}},
		{[]float64{1000, 1001, 999}, []float64{0.24472847105479765, 0.66524095577482189, 0.090030573170380457}, []float64{-1.4076059644443803, -0.40760596444438036, -2.4076059644443803}},
		{[]float64{-1e300, 0, 800}, []float64{0, 0, 1}, []float64{-1e300, -800, 0}},
		{[]float64{5}, []float64{1}, []float64{0}},
		{[]float64{math.Inf(-1), 0}, []float64{0, 1}, []float64{math.Inf(-1), 0}},
	} {
		b := expr.New()
		n := len(test.x)
		for _, shape := range [][]int{{n}, {n, 1}, {1, n}, {1, n, 1, 1}} {
			x := b.Leaf("x", test.x, shape...)
			axis := 0
			for a, s := range shape {
				if s == n {
					axis = a
				}
			}
			got := difftest.Evaluate(t, b.Softmax(x, axis), b.LogSoftmax(x, axis))
			for i := range test.x {
				if math.Abs(got[0][i]-test.want[i]) > 2e-16 || math.Abs(got[1][i]-test.log[i]) > 1e-15*(1+math.Abs(test.log[i])) && got[1][i] != test.log[i] {
					t.Errorf("x = %v, shape %v, element %d: %v and %v, want %v and %v", test.x, shape, i, got[0][i], got[1][i], test.want[i], test.log[i])
				}
			}
		}
	}
}

// TestTies: equal elements share the derivative of their maximum, in both modes.
func TestTies(t *testing.T) {
	b := expr.New()
	s := b.Scalar("s", 2)
	x := b.Mul(s, b.Leaf("c", []float64{1, 3, 3, 2, -1, -1}, 2, 3))
	grads := difftest.Nodes(t, b.SumAll(b.Square(b.MaxTo(x, []int{2, 1}))), x)
	want := []float64{0, 6, 6, 8, 0, 0}
	for i, g := range difftest.Evaluate(t, grads...)[0] {
		if g != want[i] {
			t.Errorf("element %d: %v, want %v", i, g, want[i])
		}
	}
	if x := difftest.Evaluate(t, b.MaxTo(b.Leaf("n", []float64{1, math.NaN(), 2}, 3), nil)); !math.IsNaN(x[0][0]) {
		t.Errorf("the largest of 1, NaN, 2 is %v", x)
	}
}
