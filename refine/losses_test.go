package refine_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/refine"
)

// Predictions far above and below the data, near them, and where next to nothing or less is expected; counts of 0 and of
// one where nothing is expected among them; one pixel masked.
var (
	predictions = []float64{12, 0.4, 150, 3, 7e-5, -0.02, 2e-5, 30, 5, 0.9}
	counted     = []float64{10, 2, 140, 0, 0, 0, 1, 90, 4, 1}
	weighted    = []float64{1, 0.5, 0.02, 2, 1, 1, 1, 0.1, 0, 0.7}
)

type lossCase struct {
	name string
	of   func(m, d, w *G.Node) (*refine.Loss, error)
	// share of one pixel, from its definition
	plain func(m, d, w float64) float64
	// expected second derivative by m
	curvature func(m, d, w float64) float64
	tolerance float64 // of derivatives by differences, relative to the largest
}

func lossCases() []lossCase {
	const gain, readout, k, width = 1.5, 2.5, 1.2, 3
	poisson := func(m, d float64) float64 {
		log := math.Log(math.Max(m, refine.PoissonFloor))
		if m < refine.PoissonFloor {
			t := m/refine.PoissonFloor - 1
			log += t - t*t/2
		}
		x := m - d*log
		if d > 0 {
			x -= d - d*math.Log(d)
		}
		return x
	}
	return []lossCase{
		{"least squares", refine.LeastSquares,
			func(m, d, w float64) float64 { return w * (m - d) * (m - d) / 2 },
			func(_, _, w float64) float64 { return w }, 1e-8},
		{"gaussian", func(m, d, w *G.Node) (*refine.Loss, error) {
			return refine.Gaussian(m, d, w, refine.Variance{Gain: gain, Readout: readout})
		},
			func(m, d, w float64) float64 {
				v := gain*math.Max(m, 0) + readout*readout
				return w * ((m-d)*(m-d)/v + math.Log(2*math.Pi*v)) / 2
			},
			func(m, _, w float64) float64 {
				v, slope := gain*math.Max(m, 0)+readout*readout, 0.0
				if m > 0 {
					slope = gain
				}
				return w * (1/v + slope*slope/(2*v*v)) // expected: E(m−d)² = v
			}, 1e-7},
		{"poisson", refine.Poisson,
			func(m, d, w float64) float64 { return w * poisson(m, d) },
			func(m, _, w float64) float64 { return w / math.Max(m, refine.PoissonFloor) }, 1e-7},
		{"huber", func(m, d, w *G.Node) (*refine.Loss, error) { return refine.Huber(m, d, w, k) },
			func(m, d, w float64) float64 {
				z := math.Abs(m-d) * math.Sqrt(w)
				if z <= k {
					return z * z / 2
				}
				return k*z - k*k/2
			},
			func(m, d, w float64) float64 {
				return w * math.Min(1, k/(math.Abs(m-d)*math.Sqrt(w)+1e-300))
			}, 1e-7},
		{"geman-mcclure", func(m, d, w *G.Node) (*refine.Loss, error) { return refine.GemanMcClure(m, d, w, width) },
			func(m, d, w float64) float64 {
				z2 := (m - d) * (m - d) * w
				return z2 / 2 * width * width / (width*width + z2)
			},
			func(m, d, w float64) float64 {
				z2 := (m - d) * (m - d) * w
				return w * math.Pow(width*width/(width*width+z2), 2)
			}, 1e-7},
	}
}

func TestLosses(t *testing.T) {
	for _, c := range lossCases() {
		for _, withWeights := range []bool{true, false} {
			b := nodetest.On(G.NewGraph())
			m, d := b.Leaf("m", append([]float64(nil), predictions...), len(predictions)), b.Leaf("d", append([]float64(nil), counted...), len(counted))
			var w *G.Node
			if withWeights {
				w = b.Leaf("w", append([]float64(nil), weighted...), len(weighted))
			}
			loss, err := c.of(m, d, w)
			check(t, err)
			value, chi, used := 0.0, 0.0, 0.0
			for i := range predictions {
				weight := 1.0
				if withWeights {
					weight = weighted[i]
				}
				if weight == 0 {
					continue
				}
				used++
				value += c.plain(predictions[i], counted[i], weight)
				got := difftest.Values(t, nodetest.Read(t, b.SumAll(b.Mul(loss.Curvature, only(b, i))))...)[0]
				if want := c.curvature(predictions[i], counted[i], weight); !(math.Abs(got-want) <= 1e-12*want) {
					t.Errorf("%s, weights %v: curvature at m = %g, d = %g is %.15g, want %.15g", c.name, withWeights, predictions[i], counted[i], got, want)
				}
				switch c.name {
				case "poisson":
					chi += weight * math.Pow(predictions[i]-counted[i], 2) / math.Max(predictions[i], refine.PoissonFloor)
				case "gaussian":
					chi += weight * math.Pow(predictions[i]-counted[i], 2) / (1.5*math.Max(predictions[i], 0) + 2.5*2.5)
				default:
					chi += weight * math.Pow(predictions[i]-counted[i], 2)
				}
			}
			for k, n := range []*G.Node{loss.Value, loss.ChiSquare, loss.Count} {
				want := []float64{value, chi, used}[k]
				if got := difftest.Values(t, nodetest.Read(t, n)...)[0]; !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
					t.Errorf("%s, weights %v: %s is %.15g, want %.15g", c.name, withWeights, []string{"loss", "chi square", "count"}[k], got, want)
				}
			}
		}
	}
}

// only is 1 at one pixel.
func only(b *nodetest.Builder, i int) *G.Node {
	v := make([]float64, len(predictions))
	v[i] = 1
	if list := b.Graph().ByName(name(i)); len(list) > 0 {
		return list[0]
	}
	return b.Leaf(name(i), v, len(v))
}

func name(i int) string { return "only " + string(rune('a'+i)) }

// TestLossDerivatives holds first and second derivatives by scalars that the prediction is made of against differences:
// m = s·p + f with p the predictions, away from the floor and the bends, whose places the steps would cross.
func TestLossDerivatives(t *testing.T) {
	for _, c := range lossCases() {
		b := nodetest.On(G.NewGraph())
		s, f := b.Scalar("s", 1.1), b.Scalar("f", 0.3)
		p := b.Leaf("p", []float64{12, 0.9, 150, 3, 30, 5}, 6)
		d := b.Leaf("d", []float64{10, 2, 140, 0, 90, 4}, 6)
		w := b.Leaf("w", []float64{1, 0.5, 0.02, 2, 0.1, 0}, 6)
		loss, err := c.of(b.Add(b.Mul(s, p), f), d, w)
		check(t, err)
		check(t, b.Err())
		by := nodetest.Read(t, loss.Value, s, f)
		difftest.Hessian(t, by[0], c.tolerance, by[1:]...)
	}
}

// TestLossFinite: no value or derivative is NaN or infinite where nothing, less than nothing or far too much is expected.
func TestLossFinite(t *testing.T) {
	for _, c := range lossCases() {
		for _, m := range []float64{0, math.Copysign(0, -1), -1e-300, 1e-300, -5, refine.PoissonFloor, 1e12} {
			for _, d := range []float64{0, 1, 1e6} {
				for _, w := range []float64{0, 1} {
					b := nodetest.On(G.NewGraph())
					x := b.Scalar("x", m)
					loss, err := c.of(b.BroadcastTo(x, []int{2}), b.Leaf("d", []float64{d, d}, 2), b.Leaf("w", []float64{w, w}, 2))
					check(t, err)
					first, err := nodetest.GradientOrZero(loss.Value, x)
					check(t, err)
					second, err := nodetest.GradientOrZero(first[0], x)
					check(t, err)
					for i, v := range difftest.Values(t, nodetest.Read(t, loss.Value, first[0], second[0], loss.ChiSquare)...) {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Errorf("%s at m = %g, d = %g, w = %g: %s is %g", c.name, m, d, w, []string{"value", "first derivative", "second derivative", "chi square"}[i], v)
						}
					}
				}
			}
		}
	}
}

func TestLossErrors(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	m, d, short := b.Leaf("m", []float64{1, 2}, 2), b.Leaf("d", []float64{1, 2}, 2), b.Leaf("short", []float64{1}, 1)
	for _, c := range []struct {
		of   func() (*refine.Loss, error)
		want string
	}{
		{func() (*refine.Loss, error) { return refine.Poisson(nil, d, nil) }, "refine: poisson: the prediction is not a node"},
		{func() (*refine.Loss, error) { return refine.Poisson(m, nil, nil) }, "refine: poisson: the data is not a node"},
		{func() (*refine.Loss, error) { return refine.LeastSquares(m, short, nil) }, "refine: least squares: the prediction has shape (2), the data (1)"},
		{func() (*refine.Loss, error) { return refine.LeastSquares(m, d, short) }, "the weights have shape (1), the data (2)"},
		{func() (*refine.Loss, error) { return refine.Gaussian(m, d, nil, refine.Variance{}) }, "refine: gaussian: the readout noise is 0; want a finite number of more than 0"},
		{func() (*refine.Loss, error) {
			return refine.Gaussian(m, d, nil, refine.Variance{Gain: -1, Readout: 1})
		}, "the gain is -1"},
		{func() (*refine.Loss, error) { return refine.Huber(m, d, nil, -1) }, "refine: huber: the tuning constant k is -1"},
		{func() (*refine.Loss, error) { return refine.GemanMcClure(m, d, nil, math.NaN()) }, "refine: geman-mcclure: the tuning constant k is NaN"},
	} {
		_, err := c.of()
		wantError(t, err, c.want)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}
