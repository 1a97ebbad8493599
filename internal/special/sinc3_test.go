package special

import (
	"fmt"
	"math"
	"testing"
)

// sinc3Peak is the value at u = 0 of the derivative of the given order,
// 3 (-1/2)^order/(2 order+3)!! (NIST DLMF 10.53.1).
func sinc3Peak(order int) float64 {
	v := 3.0
	for odd := 3; odd <= 2*order+3; odd += 2 {
		v /= float64(odd)
	}
	return v * math.Pow(-0.5, float64(order))
}

// The project asks for 1e-12 of the value at 0 up to order 2 and 1e-10 for 3 and 4.
func TestSinc3AgainstExact(t *testing.T) {
	tolerances := []float64{1e-15, 2e-15, 2e-15, 2e-15, 5e-15}
	arguments := []float64{
		1e-30, 1e-20, 1e-15, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 1, 2, 3, 5, 7, 8, 12, 20, 20.19 /* the first zero of order 0 */, 30, 50,
		99.9, 1e3, 1e4, 123456.789, 1e6, 1e7, 1e8,
	}
	for order := range tolerances {
		edge := sinc3Edge(order) * sinc3Edge(order)
		arguments = append(arguments, edge*(1-1e-9), edge, edge*(1+1e-9), edge*1.1)
	}
	for _, u := range arguments {
		exact := exactSinc3(u, len(tolerances)-1)
		for order, tolerance := range tolerances {
			s, err := NewSinc3(order)
			if err != nil {
				t.Fatal(err)
			}
			peak := math.Abs(sinc3Peak(order))
			if got, want := s.At(u), exact[order]; !(math.Abs(got-want) <= tolerance*peak) {
				t.Errorf("order %d, u = %g: got %v, want %v, off by %.1e of the peak", order, u, got, want, math.Abs(got-want)/peak)
			}
		}
	}
}

func TestSinc3AtZero(t *testing.T) {
	for order := range MaxOrder + 1 {
		s, err := NewSinc3(order)
		if err != nil {
			t.Fatal(err)
		}
		want := sinc3Peak(order)
		for _, u := range []float64{0, 5e-324, -5e-324, 1e-300, -1e-300, -1e-17} {
			if got := s.At(u); math.Abs(got-want) > 1e-15*math.Abs(want) {
				t.Errorf("order %d, u = %g: got %v, want %v", order, u, got, want)
			}
		}
	}
}

// Negative u continues with 3 (cosh x - sinh x/x)/x^2, x^2 = -u, on either side
// of the border between series and closed form.
func TestSinc3NegativeArgument(t *testing.T) {
	s, err := NewSinc3(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []float64{-1, -3.9, -4.1, -9, -100} {
		x := math.Sqrt(-u)
		want := 3 * (math.Cosh(x) - math.Sinh(x)/x) / -u
		if got := s.At(u); math.Abs(got-want) > 5e-15*want {
			t.Errorf("u = %g: got %v, want %v", u, got, want)
		}
	}
}

func TestSinc3OrdersAreDerivatives(t *testing.T) {
	for order := range 6 {
		checkDerivative(t, fmt.Sprintf("order %d", order), 60, 1e-3, func(order int) (func(float64) float64, error) {
			s, err := NewSinc3(order)
			if err != nil {
				return nil, err
			}
			return s.At, nil
		}, order)
	}
}

func TestSinc3IsFinite(t *testing.T) {
	for order := range 5 {
		s, err := NewSinc3(order)
		if err != nil {
			t.Fatal(err)
		}
		for exponent := -1074; exponent < 1024; exponent++ {
			u := math.Ldexp(1, exponent)
			if v := s.At(u); math.IsNaN(v) || math.Abs(v) > math.Abs(sinc3Peak(order))*(1+1e-15) {
				t.Fatalf("order %d, u = %g: %v", order, u, v)
			}
		}
		if v := s.At(math.Inf(1)); v != 0 {
			t.Errorf("order %d at infinity: %v, want 0", order, v)
		}
	}
}
