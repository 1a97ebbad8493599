package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/special"
)

// aroundPeaks draws half of the distances over the whole period, half in the central
// peak of n cells, at any distance from its top.
func aroundPeaks(n float64) func(r *rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		d := 0.5 * r.Float64()
		if r.IntN(2) == 0 {
			d = min(0.5, math.Exp(-30*max(0, r.Float64()-0.5))/n)
		}
		return math.Copysign(d, r.Float64()-0.5)
	}
}

// R is accurate in ulp wherever it is, its derivatives relative to their largest over
// a period. Of 20000 draws for each N here, the worst were 1.69 ulp, 6.8e-16 and 2.2e-15.
func TestSinRatioAccuracy(t *testing.T) {
	tolerance := [3]float64{1: 2e-15, 2: 4e-15}
	cells := []float64{1, 1.001, 1.1, 1.49, 1.5, 2, 3, 5, 7.3, 8, 20, 100, 999.5, 1000, 12345.6, 1e6}
	for _, n := range cells {
		d := draws(300, aroundPeaks(n))
		got := apply(t, Best(), SinRatio012, d, n)
		// The largest first derivative is near the flank of the peak, the largest second at its top.
		largest := [3]float64{2: math.Abs(secondAtPeak(n))}
		var worst [3]float64
		for i := range d {
			want := exactSinRatio(n, d[i])
			worst[0] = max(worst[0], ulps(got[0][i], want[0]))
			first, _ := want[1].Float64()
			largest[1] = max(largest[1], math.Abs(first))
			for k := 1; k < 3; k++ {
				e, _ := minus(exact(got[k][i]), want[k]).Float64()
				worst[k] = max(worst[k], math.Abs(e))
			}
		}
		if !(worst[0] <= allowedUlps) {
			t.Errorf("N = %g: R is off by %.3f ulp, at most %v are allowed", n, worst[0], allowedUlps)
		}
		for k := 1; k < 3; k++ {
			if !(worst[k] <= tolerance[k]*largest[k]) {
				t.Errorf("N = %g: derivative %d is off by %.2g, its largest is %.2g", n, k, worst[k], largest[k])
			}
		}
		t.Logf("N = %-7g R %.3f ulp, R' %.2g, R'' %.2g of the largest", n, worst[0], worst[1]/largest[1], worst[2]/largest[2])
	}
}

// secondAtPeak is R”(0), from sin(Nx)/sin x = N (1 - (N²-1) x²/6 + …).
func secondAtPeak(n float64) float64 { return -math.Pi * math.Pi * n * (n - 1) * (n + 1) / 3 }

func TestSinRatioAtPeak(t *testing.T) {
	for _, b := range available() {
		for _, n := range []float64{1, 2, 5, 7.3, 100, 1e6} {
			for _, d := range []float64{0, math.Copysign(0, -1), 5e-324, -1e-310, 0x1p-501, -0x1p-500, 0x1p-499, 1e-40} {
				r := apply(t, b, SinRatio012, []float64{d}, n)
				second := secondAtPeak(n)
				if r[0][0] != n || math.Abs(r[1][0]-d*second) > 2e-15*math.Abs(d*second)+5e-324 || math.Abs(r[2][0]-second) > 2e-15*math.Abs(second) {
					t.Errorf("%v, N = %g, d = %g: %g, %g, %g, want %g, %g, %g", b, n, d, r[0][0], r[1][0], r[2][0], n, d*second, second)
				}
			}
		}
	}
}

func TestSinRatioOfOneCell(t *testing.T) {
	d := append(draws(1000, between(-0.5, 0.5)), 0.5, -0.5, 0)
	for _, b := range available() {
		r := apply(t, b, SinRatio012, d, 1)
		for i := range d {
			if r[0][i] != 1 || r[1][i] != 0 || r[2][i] != 0 {
				t.Fatalf("%v, d = %v: %v, %v, %v, want 1, 0, 0", b, d[i], r[0][i], r[1][i], r[2][i])
			}
		}
	}
}

func TestSinRatioSymmetry(t *testing.T) {
	d := draws(320, between(0, 0.5))
	mirrored := make([]float64, len(d))
	for i := range d {
		mirrored[i] = -d[i]
	}
	for _, n := range []float64{1.1, 6, 33.3} {
		a, b := apply(t, Best(), SinRatio012, d, n), apply(t, Best(), SinRatio012, mirrored, n)
		for i := range d {
			if a[0][i] != b[0][i] || a[1][i] != -b[1][i] || a[2][i] != b[2][i] {
				t.Fatalf("N = %g, d = %v: %v %v %v, mirrored %v %v %v", n, d[i], a[0][i], a[1][i], a[2][i], b[0][i], b[1][i], b[2][i])
			}
		}
	}
}

// Where the kernels do not reach, package special's values come out.
func TestSinRatioBeyond(t *testing.T) {
	tests := []struct{ n, d float64 }{
		{7, 0.6}, {3.5, -0.75}, {1e6, 1.2}, {2, 3}, {2.5, 1}, {1, 0.7}, {9, math.Inf(1)},
		{0.5, 0.1}, {0, 0}, {-3, 0.2}, {1e6 + 1, 0.2}, {math.NaN(), 0.3}, {math.Inf(1), 0.3}, {7, math.NaN()},
	}
	for _, b := range available() {
		for _, test := range tests {
			got := apply(t, b, SinRatio012, []float64{0.25, test.d, 0.25}, test.n)
			for k := range got {
				want := math.NaN()
				if ratio, err := special.NewSincRatio(test.n, k); err == nil {
					want = ratio.At(test.d)
				}
				if !sameBits(got[k][1], want) {
					t.Errorf("%v, N = %g, d = %g: derivative %d is %g, want %g", b, test.n, test.d, k, got[k][1], want)
				}
			}
		}
	}
}
