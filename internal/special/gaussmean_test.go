package special

import (
	"math"
	"testing"
)

// gaussBySimpson is the same integral by Simpson's rule with many steps, where the integrand is smooth.
func gaussBySimpson(o, g float64, n, k int) float64 {
	const steps = 20000
	f := func(i int) float64 {
		x := float64(i)/steps - 0.5
		return math.Pow(x, float64(k)) * gaussDerivative(o+g*x, n)
	}
	sum, lost := f(0)+f(steps), 0.0 // Kahan's sum
	for i := 1; i < steps; i++ {
		term := float64(2+2*(i%2))*f(i) - lost
		next := sum + term
		lost = next - sum - term
		sum = next
	}
	return sum / (3 * steps)
}

func TestGaussMean(t *testing.T) {
	for _, o := range []float64{0, -0.3, 1, -2.5, 6, -9} {
		for _, g := range []float64{0, 1e-8, 0.01, 0.3, 1, 1.4999, 1.5, 1.6, 3, 10, 40} {
			for byO := range 4 {
				for byG := range 4 - byO {
					got, want := GaussMean(o, g, byO, byG), gaussBySimpson(o, g, byO+byG, byG)
					// The derivatives are of the order of 1. In their parts 1/g³ grows to 0.3.
					if !(math.Abs(got-want) <= 2e-14) {
						t.Errorf("o %g, g %g, orders %d and %d: got %.17g, want %.17g, off by %.1g", o, g, byO, byG, got, want, got-want)
					}
				}
			}
		}
	}
}

// TestGaussMeanTails: far from the interval the mean keeps its relative precision.
func TestGaussMeanTails(t *testing.T) {
	for _, tt := range []struct{ o, g float64 }{{12, 2}, {-12, 2}, {20, 10}, {-30, 3}} {
		low := math.Abs(tt.o) - tt.g/2
		// erfc(x) = exp(-x²)/(x√π) (1 − 1/(2x²) + 3/(4x⁴) − …): NIST DLMF 7.12.1, to 1e-3 at x = 7.
		x := low / math.Sqrt2
		want := math.Sqrt(math.Pi/2) / tt.g * math.Exp(-x*x) / (x * math.Sqrt(math.Pi)) * (1 - 1/(2*x*x) + 3/(4*x*x*x*x))
		if got := GaussMean(tt.o, tt.g, 0, 0); !(math.Abs(got/want-1) < 1e-3) {
			t.Errorf("o %g, g %g: got %g, want about %g", tt.o, tt.g, got, want)
		}
	}
	if err := CheckGaussOrder(4, 4); err != nil {
		t.Error(err)
	}
	if err := CheckGaussOrder(5, 4); err == nil {
		t.Error("order 9 is accepted")
	}
}
