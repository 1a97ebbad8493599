package special

import (
	"fmt"
	"math"
	"testing"
)

// The project asks for 1e-13 up to order 2 and 1e-10 for 3 and 4, relative to the
// largest value for |d| <= 1/2, which is the one at 1/2, or to the value beyond.
func TestXOverSinAgainstExact(t *testing.T) {
	tolerances := []float64{1e-15, 2e-15, 3e-15, 3e-15, 3e-15}
	offsets := []float64{
		0, 5e-324, 1e-300, 1e-15, 1e-12, 1e-9, 1e-8, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.49999, 0.5,
		0.51, 0.6, 0.75, 0.9, 0.999, 1 - 1e-6, 1 - 1e-12, 1 - 0x1p-53,
	}
	for order := range tolerances {
		edge := xOverSinEdge(order) / math.Pi
		offsets = append(offsets, edge*(1-1e-9), edge, edge*(1+1e-9))
	}
	scale := exactXOverSin(0.5, len(tolerances)-1)
	for _, d := range offsets {
		exact := exactXOverSin(d, len(tolerances)-1)
		for order, tolerance := range tolerances {
			x, err := NewXOverSin(order)
			if err != nil {
				t.Fatal(err)
			}
			got, want := x.At(d), exact[order]
			if size := max(scale[order], math.Abs(want)); !(math.Abs(got-want) <= tolerance*size) {
				t.Errorf("order %d, d = %v: got %v, want %v, off by %.1e", order, d, got, want, math.Abs(got-want)/size)
			}
			sign := float64(1 - 2*(order%2))
			if mirror := x.At(-d); mirror != sign*got {
				t.Errorf("order %d: %v at %v but %v at %v", order, got, d, mirror, -d)
			}
		}
	}
}

func TestXOverSinOrdersAreDerivatives(t *testing.T) {
	for order := range 8 {
		checkDerivative(t, fmt.Sprintf("order %d", order), 0.5, 1e-4, func(order int) (func(float64) float64, error) {
			x, err := NewXOverSin(order)
			if err != nil {
				return nil, err
			}
			return x.At, nil
		}, order)
	}
}

// The derivative of sin(pi N d)/sin(pi d) by N is pi d/sin(pi d) cos(pi N d).
func TestXOverSinIsDerivativeByCells(t *testing.T) {
	const h = 1e-5
	x, err := NewXOverSin(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []float64{1.2, 2.5, 8} {
		above, err := NewSincRatio(n+h, 0)
		if err != nil {
			t.Fatal(err)
		}
		below, err := NewSincRatio(n-h, 0)
		if err != nil {
			t.Fatal(err)
		}
		for d := -0.5; d <= 0.5; d += 0.0625 {
			difference := (above.At(d) - below.At(d)) / ((n + h) - (n - h))
			// The difference is off by h^2 (pi d)^2/6 and by rounding over h.
			if got := x.At(d) * math.Cos(math.Pi*n*d); math.Abs(got-difference) > 1e-9 {
				t.Errorf("N = %g, d = %g: got %v, difference %v", n, d, got, difference)
			}
		}
	}
}

func TestXOverSinPole(t *testing.T) {
	for order := range 3 {
		x, err := NewXOverSin(order)
		if err != nil {
			t.Fatal(err)
		}
		if v := x.At(1); !math.IsInf(v, 1) {
			t.Errorf("order %d at the pole: got %v, want +Inf", order, v)
		}
	}
}
