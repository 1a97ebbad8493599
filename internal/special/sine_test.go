package special

import (
	"math"
	"testing"
)

func TestSincosPi(t *testing.T) {
	for _, c := range []struct{ y, sin, cos float64 }{
		{0, 0, 1}, {0.5, 1, 0}, {-0.5, -1, 0}, {1, 0, -1}, {1.5, -1, 0}, {2, 0, 1}, {-3, 0, -1}, {1e6 + 0.5, 1, 0},
	} {
		if sin, cos := sincosPi(c.y); sin != c.sin || cos != c.cos {
			t.Errorf("y = %v: got %v, %v, want exactly %v, %v", c.y, sin, cos, c.sin, c.cos)
		}
	}
	e := exactNear(1e-9, 0)
	for i := range 2000 {
		y := math.Ldexp(float64(i)*math.Phi-1500, -i%12)
		bigSin, bigCos := e.sincos(e.mul(e.pi, e.num(y)))
		wantSin, _ := bigSin.Float64()
		wantCos, _ := bigCos.Float64()
		sin, cos := sincosPi(y)
		// A few units in the last place, 1.1e-16: relative for the sine.
		if math.Abs(sin-wantSin) > 4e-16*math.Abs(wantSin) || math.Abs(cos-wantCos) > 3e-16 {
			t.Errorf("y = %v: got %v, %v, want %v, %v", y, sin, cos, wantSin, wantCos)
		}
		if got := sinPi(y); got != sin {
			t.Errorf("sinPi(%v) = %v, sincosPi has %v", y, got, sin)
		}
	}
}
