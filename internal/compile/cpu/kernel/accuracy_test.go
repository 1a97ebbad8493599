package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Accuracy is that of the best backend; TestBackendsAgree extends it to the others.

// draws makes n arguments, the same ones every time.
func draws(n int, draw func(r *rand.Rand) float64) []float64 {
	r := rand.New(rand.NewPCG(2, 3))
	x := make([]float64, n)
	for i := range x {
		x[i] = draw(r)
	}
	return x
}

// between draws evenly.
func between(from, to float64) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return from + (to-from)*r.Float64() }
}

// nearQuarter draws the float64 next to a multiple of π/2 below limit, where sine or
// cosine loses most digits, or one beside it.
func nearQuarter(limit float64) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		k := math.Round(between(-limit, limit)(r) / (math.Pi / 2))
		x, _ := times(exact(k), over(exactPi(), exact(2))).Float64()
		for range r.IntN(3) {
			x = math.Nextafter(x, math.Inf(1))
		}
		return x
	}
}

// The project allows 2 ulp.
const allowedUlps = 2

func checkUlps(t *testing.T, k Kernel, name string, x, got []float64, want func(x float64) *big.Float) {
	t.Helper()
	worst, at := 0.0, 0.0
	for i := range x {
		if e := ulps(got[i], want(x[i])); !(e <= worst) {
			worst, at = e, x[i]
		}
	}
	if !(worst <= allowedUlps) {
		t.Errorf("%v, %s: error of %.3f ulp at %v, at most %v are allowed", k, name, worst, at, allowedUlps)
	}
	t.Logf("%v, %s: %.3f ulp", k, name, worst)
}

func TestSincosAccuracy(t *testing.T) {
	tests := []struct {
		name string
		draw func(r *rand.Rand) float64
		// The worst of 60000 draws, in ulp, for sine and cosine:
	}{
		{"|x| < π/4", between(-0.785, 0.785)},             // 0.66 0.73
		{"|x| < 300", between(-300, 300)},                 // 1.39 1.38
		{"|x| < 1e6", between(-1e6, 1e6)},                 // 1.43 1.40
		{"|x| < 2^30", between(-sinLimit, sinLimit)},      // 1.47 1.41
		{"near k π/2, |x| < 1e4", nearQuarter(1e4)},       // 0.99 1.00
		{"near k π/2, |x| < 2^30", nearQuarter(sinLimit)}, // 1.44 1.45
	}
	sin := func(x float64) *big.Float { s, _ := exactSincos(exact(x)); return s }
	cos := func(x float64) *big.Float { _, c := exactSincos(exact(x)); return c }
	for _, test := range tests {
		x := draws(600, test.draw)
		both := apply(t, Best(), Sincos, x, 0)
		checkUlps(t, Sincos, test.name, x, both[0], sin)
		checkUlps(t, Sincos, test.name, x, both[1], cos)
		for k, want := range map[Kernel][]float64{Sin: both[0], Cos: both[1]} {
			for i, v := range apply(t, Best(), k, x, 0)[0] {
				if !sameBits(v, want[i]) {
					t.Fatalf("%v(%v) = %v, by Sincos %v", k, x[i], v, want[i])
				}
			}
		}
	}
}

func TestSincosSpecial(t *testing.T) {
	inf, nan, negative0 := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	tests := []struct{ x, sin, cos float64 }{
		{0, 0, 1}, {negative0, negative0, 1}, {5e-324, 5e-324, 1}, {-1e-310, -1e-310, 1},
		{inf, nan, nan}, {-inf, nan, nan}, {nan, nan, nan}, {1e300, math.Sin(1e300), math.Cos(1e300)},
	}
	for _, b := range available() {
		for _, test := range tests {
			got := apply(t, b, Sincos, []float64{test.x}, 0)
			if !sameBits(got[0][0], test.sin) || !sameBits(got[1][0], test.cos) {
				t.Errorf("%v: sine and cosine of %v are %v and %v, want %v and %v", b, test.x, got[0][0], got[1][0], test.sin, test.cos)
			}
		}
	}
}

func TestExpAccuracy(t *testing.T) {
	tests := []struct {
		name string
		draw func(r *rand.Rand) float64
		// The worst of 100000 draws, in ulp:
	}{
		{"|x| < 1", between(-1, 1)},               // 1.02
		{"normal results", between(-708, 709.7)},  // 1.01
		{"denormal results", between(-746, -708)}, // 1.00
	}
	for _, test := range tests {
		x := draws(3000, test.draw)
		checkUlps(t, Exp, test.name, x, apply(t, Best(), Exp, x, 0)[0], exactExp)
	}
}

func TestExpSpecial(t *testing.T) {
	tests := []struct{ x, want float64 }{
		{0, 1}, {math.Copysign(0, -1), 1}, {5e-324, 1},
		{math.Inf(1), math.Inf(1)}, {math.Inf(-1), 0}, {math.NaN(), math.NaN()},
		{709.8, math.Inf(1)}, {1e300, math.Inf(1)}, {-745.2, 0}, {-1e300, 0},
		{-745.1, 5e-324}, // the smallest denormal, ln of it is -744.44
	}
	for _, b := range available() {
		for _, test := range tests {
			if got := apply(t, b, Exp, []float64{test.x}, 0)[0][0]; !sameBits(got, test.want) {
				t.Errorf("%v: e^%v is %v, want %v", b, test.x, got, test.want)
			}
		}
	}
}
