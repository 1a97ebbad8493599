package nanobragg

import (
	"math"
	"testing"
)

// TestOversample: set-ups of round numbers in which three samples per fringe are a whole number of sub-pixels, or would be
// but for the last bits. wants are what nanoBragg printed, built by the line of its README (gcc -O -O, 12.2, glibc 2.36);
// the lengths of the crystal's vectors give another number in every row.
func TestOversample(t *testing.T) {
	for _, c := range []struct {
		edges, angles, misset       [3]float64
		n                           float64
		wavelength, distance, pixel float64 // Å, mm, mm
		want                        int
	}{
		{[3]float64{150, 150, 150}, [3]float64{90, 90, 90}, [3]float64{}, 10, 1.5, 100, 0.1, 4},
		{[3]float64{150, 150, 150}, [3]float64{90, 90, 90}, [3]float64{}, 10, 1.5, 50, 0.05, 4},
		{[3]float64{150, 150, 150}, [3]float64{90, 90, 90}, [3]float64{}, 20, 1.5, 100, 0.1, 7},
		{[3]float64{150, 150, 150}, [3]float64{90, 90, 90}, [3]float64{}, 20, 1.5, 200, 0.1, 4},
		{[3]float64{150, 60, 60}, [3]float64{90, 90, 90}, [3]float64{45, 0, 0}, 5, 0.5, 150, 0.2, 7},
		{[3]float64{100, 100, 100}, [3]float64{90, 100, 90}, [3]float64{0, -30, 45}, 10, 1, 150, 0.05, 1},
		{[3]float64{75, 30, 30}, [3]float64{60, 60, 60}, [3]float64{-30, 10, 0}, 20, 1.5, 150, 0.05, 2},
		{[3]float64{100, 50, 50}, [3]float64{85, 95, 105}, [3]float64{-30, -30, 0}, 5, 0.75, 50, 0.05, 3},
		{[3]float64{150, 150, 50}, [3]float64{90, 100, 90}, [3]float64{45, 0, 45}, 10, 1.5, 50, 0.1, 7},
		{[3]float64{90, 100, 100}, [3]float64{90, 90, 90}, [3]float64{45, 10, -30}, 20, 0.75, 200, 0.05, 2},
		{[3]float64{50, 50, 50}, [3]float64{60, 60, 60}, [3]float64{0, -30, 10}, 5, 0.5, 50, 0.1, 4},
		{[3]float64{75, 75, 30}, [3]float64{90, 100, 90}, [3]float64{0, 0, 10}, 20, 1.5, 200, 0.2, 4},
		{[3]float64{75, 75, 30}, [3]float64{90, 90, 90}, [3]float64{0, 0, 10}, 20, 0.5, 150, 0.1, 7},
		{[3]float64{100, 100, 40}, [3]float64{90, 90, 90}, [3]float64{-30, 10, 0}, 5, 0.5, 50, 0.1, 7},
		{[3]float64{150, 30, 30}, [3]float64{85, 95, 105}, [3]float64{0, 10, 45}, 20, 0.75, 200, 0.2, 13},
		{[3]float64{60, 100, 100}, [3]float64{90, 100, 90}, [3]float64{0, -30, 45}, 5, 0.5, 50, 0.05, 4},
		{[3]float64{100, 40, 40}, [3]float64{90, 90, 90}, [3]float64{45, -30, 0}, 5, 1.5, 200, 0.2, 1},
		{[3]float64{150, 30, 30}, [3]float64{90, 100, 90}, [3]float64{}, 20, 1, 150, 0.05, 4},
		{[3]float64{1000, 1000, 1000}, [3]float64{90, 90, 90}, [3]float64{}, 5, 1.5, 100, 0.1, 11},
		{[3]float64{100, 100, 100}, [3]float64{90, 90, 89.999999}, [3]float64{}, 5, 1.5, 100, 0.1, 2},
	} {
		edges := Edges(c.edges, c.angles, c.misset)
		longest := 0.0
		for i, x := range edges {
			if want := c.edges[i] * 1e-10; math.Abs(x-want) > 1e-14*want {
				t.Errorf("edge %d of %v is %g m", i, c.edges, x)
			}
			longest = max(longest, x*c.n)
		}
		if got := Oversample(longest, c.wavelength/1e10, c.distance/1000, c.pixel/1000); got != c.want {
			t.Errorf("%v, %v, misset %v: %d, nanoBragg %d", c.edges, c.angles, c.misset, got, c.want)
		}
	}
	for _, c := range []struct {
		size float64
		want int
	}{{0, 1}, {math.NaN(), 1}, {math.Inf(1), math.MaxInt32}} {
		if got := Oversample(c.size, 1e-10, 0.1, 1e-4); got != c.want {
			t.Errorf("size %g: %d, want %d", c.size, got, c.want)
		}
	}
}

// TestSincos: package math is right to the last bit but one, and exact values are exact.
func TestSincos(t *testing.T) {
	for _, x := range []float64{0, 1e-9, 0.5, -0.7, math.Pi / 6, math.Pi / 2, 2, math.Pi, -5, 30, 63.9, 1e3} {
		s, c := sincos(x)
		if ws, wc := math.Sincos(x); math.Abs(s-ws) > 3e-16 || math.Abs(c-wc) > 3e-16 {
			t.Errorf("%g: %g, %g; want %g, %g", x, s, c, ws, wc)
		}
	}
	// By 40 digits of the sine and cosine of the float64 nearest to π/2 and of 1.
	if _, c := sincos(math.Pi / 2); c != 6.123233995736766035868820147291983023128e-17 {
		t.Errorf("cos(π/2) is %.17g", c)
	}
	if s, _ := sincos(1); s != 0.8414709848078965066525023216302989996226 {
		t.Errorf("sin(1) is %.17g", s)
	}
}

// TestRounded: domains whose product of spread and magnitude rounds to another float32 than the float64 product.
func TestRounded(t *testing.T) {
	for _, spread := range []float64{60, 0.5, 1e-3} {
		for i, d := range Domains(DefaultMosaicSeed, 20) {
			r := d.Rounded(spread)
			got := r.Magnitude * (spread * math.Pi / 180)
			if want := float64(float32(spread*math.Pi/180) * float32(d.Magnitude)); math.Abs(got-want) > 4e-16*want || r.Axis != d.Axis {
				t.Errorf("spread %g, domain %d: a rotation of %.12g, want %.12g", spread, i, got, want)
			}
		}
	}
	if d := Domains(1, 2)[1]; d.Rounded(0) != d {
		t.Error("no spread, and another domain")
	}
}
