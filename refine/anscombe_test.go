package refine_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/noise"
	"github.com/gobragg/gobragg/refine"
)

// anscombeNoise is the readout noise of the cases.
var anscombeNoise = map[string]float64{"huber of counts": 0.7, "geman-mcclure of counts": 0}

// anscombe is the residual on Anscombe's scale, and its derivative by m.
func anscombe(m, d, sigma float64) (z, slope float64) {
	root, s := math.Sqrt(math.Max(m, 0)+1./8+sigma*sigma), 0.0
	if m < 0 {
		s = m / (2 * root)
	}
	return 2*math.Sqrt(d+3./8+sigma*sigma) - 2*(root+s), 1 / root
}

func countsCases() []lossCase {
	const k, width = 1.2, 3
	huber, geman := anscombeNoise["huber of counts"], anscombeNoise["geman-mcclure of counts"]
	return []lossCase{
		{"huber of counts", func(m, d, w *G.Node) (*refine.Loss, error) {
			return refine.HuberCounts(m, d, w, refine.Variance{Readout: huber}, k)
		},
			func(m, d, w float64) float64 {
				z, _ := anscombe(m, d, huber)
				if z = math.Abs(z); z > k {
					return w * (k*z - k*k/2)
				}
				return w * z * z / 2
			},
			func(m, d, w float64) float64 {
				z, slope := anscombe(m, d, huber)
				return w * math.Min(1, k/math.Abs(z)) * slope * slope
			}, 1e-7},
		{"geman-mcclure of counts", func(m, d, w *G.Node) (*refine.Loss, error) {
			return refine.GemanMcClureCounts(m, d, w, refine.Variance{}, width)
		},
			func(m, d, w float64) float64 {
				z, _ := anscombe(m, d, geman)
				return w * z * z / 2 * width * width / (width*width + z*z)
			},
			func(m, d, w float64) float64 {
				z, slope := anscombe(m, d, geman)
				return w * math.Pow(width*width/(width*width+z*z), 2) * slope * slope
			}, 1e-7},
	}
}

// TestAnscombe: the scale's residuals have a mean of 0 and a variance of 1, to about 0.01 from ten photons on.
func TestAnscombe(t *testing.T) {
	for _, test := range []struct{ m, readout float64 }{{10, 0}, {40, 0}, {10, 2}} {
		const n = 200000
		expected := make([]float64, n)
		for i := range expected {
			expected[i] = test.m
		}
		counts, err := noise.Poisson(expected, 5)
		check(t, err)
		if test.readout > 0 {
			counts, err = noise.Readout(counts, test.readout, 6)
			check(t, err)
		}
		sum, square := 0.0, 0.0
		for _, d := range counts {
			z, _ := anscombe(test.m, d, test.readout)
			sum, square = sum+z, square+z*z
		}
		if mean := sum / n; math.Abs(mean) > 0.012 || math.Abs(square/n-mean*mean-1) > 0.025 {
			t.Errorf("%+v: a mean of %.4f, a variance of %.4f", test, mean, square/n-mean*mean)
		}
	}
}
