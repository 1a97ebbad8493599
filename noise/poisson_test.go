package noise

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func constant(n int, x float64) []float64 {
	image := make([]float64, n)
	for i := range image {
		image[i] = x
	}
	return image
}

// moments returns the mean and the variance (n−1) of x less shift, for accuracy.
func moments(x []float64, shift float64) (mean, variance float64) {
	for _, v := range x {
		mean += v - shift
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - shift - mean) * (v - shift - mean)
	}
	return mean, variance / float64(len(x)-1)
}

// Over n pixels the sample mean has the variance λ/n and the sample variance (λ + 2λ²)/n, the
// fourth central moment of a Poisson variable being λ + 3λ². All are to lie within 5 sigma.
func TestPoissonMoments(t *testing.T) {
	for _, test := range []struct {
		mean float64
		n    int
	}{
		{0.1, 1e6},
		{3, 1e6},
		{9.9, 1e5}, // either side of the change of method in distuv, at 10
		{10.1, 1e5},
		{40, 1e6},
		{1e4, 1e6},
		{1e6, 1e5},
		{normalMean, 1e5}, // either side of the change of method here
		{1.01 * normalMean, 1e5},
		{1e12, 1e5},
		{MaxMean, 1e5},
	} {
		photons, err := Poisson(constant(test.n, test.mean), 7)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range photons {
			if x < 0 || x != math.Trunc(x) {
				t.Fatalf("mean %g: pixel %d holds %g photons", test.mean, i, x)
			}
		}
		mean, variance := moments(photons, test.mean)
		n := float64(test.n)
		if sigma := math.Sqrt(test.mean / n); math.Abs(mean) > 5*sigma {
			t.Errorf("mean %g: off by %g, sigma %g", test.mean, mean, sigma)
		}
		if sigma := math.Sqrt((test.mean + 2*test.mean*test.mean) / n); math.Abs(variance-test.mean) > 5*sigma {
			t.Errorf("mean %g: variance %g, sigma %g", test.mean, variance, sigma)
		}
	}
}

// The frequencies themselves, of which two moments say little, follow
// exp(−λ) λᵏ/k!: chi-squared over the counts that are expected 10 times or more
// has a mean of their number and a variance of twice that.
func TestPoissonFrequencies(t *testing.T) {
	const n = 200_000
	for _, mean := range []float64{0.5, 3, 15, 200} {
		photons, err := Poisson(constant(n, mean), 11)
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[float64]float64)
		for _, x := range photons {
			seen[x]++
		}
		chi2, bins := 0.0, 0.0
		for k := range 400 {
			lgamma, _ := math.Lgamma(float64(k) + 1)
			expected := n * math.Exp(float64(k)*math.Log(mean)-mean-lgamma)
			if expected >= 10 {
				chi2 += (seen[float64(k)] - expected) * (seen[float64(k)] - expected) / expected
				bins++
			}
		}
		if math.Abs(chi2-bins) > 5*math.Sqrt(2*bins) {
			t.Errorf("mean %g: chi-squared %g over %g counts", mean, chi2, bins)
		}
	}
}

func TestPoissonSeeds(t *testing.T) {
	image := []float64{0, 0.5, 20, 1e3, 1e10, 0, 7, 1e6}
	draw := func(seed uint64) []float64 {
		photons, err := Poisson(image, seed)
		if err != nil {
			t.Fatal(err)
		}
		return photons
	}
	first := draw(1)
	if !reflect.DeepEqual(draw(1), first) {
		t.Error("the same seed gave other photons")
	}
	if reflect.DeepEqual(draw(2), first) {
		t.Error("another seed gave the same photons")
	}
	if first[0] != 0 || first[5] != 0 {
		t.Error("photons in a pixel that expects none")
	}
}

func TestPoissonErrors(t *testing.T) {
	for _, test := range []struct {
		bad  float64
		want string
	}{
		{-1e-9, "noise: pixel 2 expects a negative number of photons, -1e-09"},
		{math.NaN(), "noise: pixel 2 expects NaN photons"},
		{math.Inf(1), "noise: pixel 2 expects +Inf photons"},
		{1.1e15, "noise: pixel 2 expects 1.1e+15 photons; the limit is 1e+15"},
	} {
		if _, err := Poisson([]float64{0, 1, test.bad, 2}, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
	if photons, err := Poisson[float64](nil, 1); err != nil || len(photons) != 0 {
		t.Errorf("no pixels: %v, %v", photons, err)
	}
}

// Images with seeds one after the other, such as those of a sweep, have independent noise: their correlation over n pixels
// has the standard deviation 1/√n, and so have those of a pixel with the next ones in the other image.
func TestPoissonNeighbouringSeeds(t *testing.T) {
	const n = 200000
	for _, mean := range []float64{0.1, 3, 40, 1e12} {
		var images [][]float64
		for _, seed := range []uint64{1, 2, 3, math.MaxUint64, 0} {
			photons, err := Poisson(constant(n, mean), seed)
			if err != nil {
				t.Fatal(err)
			}
			images = append(images, photons)
		}
		for i, a := range images {
			for _, b := range images[:i] {
				for shift := range 3 {
					sum := 0.0
					for k := range n - shift {
						sum += (a[k+shift] - mean) * (b[k] - mean)
					}
					if r := sum / (mean * n); math.Abs(r)*math.Sqrt(n) > 4.5 { // 120 comparisons
						t.Errorf("mean %g, image %d, shift %d: correlation %g", mean, i, shift, r)
					}
				}
			}
		}
	}
}

// TestReadout: mean and variance of 10⁵ pixels are within 4σ of those that were asked for.
func TestReadout(t *testing.T) {
	const n, sigma = 100000, 2.5
	photons := make([]float64, n)
	for i := range photons {
		photons[i] = 7
	}
	out, err := Readout(photons, sigma, 3)
	if err != nil {
		t.Fatal(err)
	}
	sum, squares := 0.0, 0.0
	for _, v := range out {
		sum += v - 7
		squares += (v - 7) * (v - 7)
	}
	if mean := sum / n; math.Abs(mean) > 4*sigma/math.Sqrt(n) {
		t.Errorf("the mean is off by %g", mean)
	}
	if v := squares / n / (sigma * sigma); math.Abs(v-1) > 4*math.Sqrt(2.0/n) {
		t.Errorf("the variance is %g times that asked for", v)
	}
	again, err := Readout(photons[:10], sigma, 3)
	if err != nil || again[9] != out[9] {
		t.Errorf("another image has %v, not %v; %v", again[9], out[9], err)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := Readout(photons, bad, 1); err == nil {
			t.Errorf("σ %v", bad)
		}
	}
}

// TestReadoutMap: each pixel has its own noise, drawn as Readout draws it.
func TestReadoutMap(t *testing.T) {
	photons, sigma := make([]float64, 1000), make([]float64, 1000)
	for i := range sigma {
		sigma[i] = float64(i % 3)
	}
	one, err := Readout(photons, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadoutMap(photons, sigma, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v != sigma[i]*one[i] {
			t.Fatalf("pixel %d of noise %g has %g, want %g times %g", i, sigma[i], v, sigma[i], one[i])
		}
	}
	for _, bad := range [][]float64{sigma[:3], {-1}, {math.NaN()}, {math.Inf(1)}} {
		if _, err := ReadoutMap(photons[:1], bad, 1); err == nil {
			t.Errorf("noise of %v is accepted", bad)
		}
	}
}
