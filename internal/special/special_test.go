package special

import (
	"math"
	"strings"
	"testing"
)

// checkDerivative compares order+1 with a central difference of order, of step h, over [-to, to].
// The step's own error is that of h^2/6 and two more orders, and of rounding by 1/h.
func checkDerivative(t *testing.T, name string, to, h float64, function func(order int) (func(float64) float64, error), order int) {
	t.Helper()
	var f [4]func(float64) float64
	for i := range f {
		var err error
		if f[i], err = function(order + i); err != nil {
			t.Fatal(err)
		}
	}
	var size [4]float64
	for step := -50.0; step <= 50; step++ {
		for i := range f {
			size[i] = max(size[i], math.Abs(f[i](to*step/50)))
		}
	}
	tolerance := 2*size[3]*h*h/6 + 1e-11*size[0]/h
	for step := -50.0; step <= 50; step++ {
		x := to * step / 50
		difference := (f[0](x+h) - f[0](x-h)) / ((x + h) - (x - h))
		if got := f[1](x); math.Abs(got-difference) > tolerance {
			t.Errorf("%s at %g: next order %v, difference %v, tolerance %v", name, x, got, difference, tolerance)
		}
	}
}

func TestIntoMatchesAt(t *testing.T) {
	r, err := NewSincRatio(8, 1)
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewXOverSin(2)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSinc3(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]struct {
		into func(dst, d []float64)
		at   func(float64) float64
	}{"SincRatio": {r.Into, r.At}, "XOverSin": {x.Into, x.At}, "Sinc3": {s.Into, s.At}} {
		d := []float64{-0.5, -0.01, 0, 1e-9, 0.2, 0.7}
		dst := make([]float64, len(d)+1)
		dst[len(d)] = 99
		f.into(dst, d)
		if dst[len(d)] != 99 {
			t.Errorf("%s: Into wrote beyond len(d)", name)
		}
		for i, v := range d {
			if dst[i] != f.at(v) {
				t.Errorf("%s: Into gives %v at %g, At %v", name, dst[i], v, f.at(v))
			}
		}
		if allocations := testing.AllocsPerRun(10, func() { f.into(d, d) }); allocations != 0 {
			t.Errorf("%s: Into allocates %v times", name, allocations)
		}
	}
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		n     float64
		order int
		want  string
	}{
		{0.5, 0, "special: number of unit cells 0.5 is outside [1, 1e+06]"},
		{math.NaN(), 0, "number of unit cells NaN"},
		{math.Inf(1), 0, "number of unit cells +Inf"},
		{1e7, 0, "number of unit cells 1e+07"},
		{2, -1, "special: derivative order -1 of sin(pi N d)/sin(pi d) is outside [0, 16]"},
		{2, MaxOrder + 1, "derivative order 17"},
	} {
		if _, err := NewSincRatio(c.n, c.order); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewSincRatio(%v, %d): error %v, want %q", c.n, c.order, err, c.want)
		}
	}
	for _, order := range []int{-1, MaxOrder + 1} {
		if _, err := NewXOverSin(order); err == nil || !strings.Contains(err.Error(), "of pi d/sin(pi d) is outside") {
			t.Errorf("NewXOverSin(%d): error %v", order, err)
		}
		if _, err := NewSinc3(order); err == nil || !strings.Contains(err.Error(), "of 3 (sin x/x - cos x)/x^2 is outside") {
			t.Errorf("NewSinc3(%d): error %v", order, err)
		}
	}
}
