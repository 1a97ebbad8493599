package refine_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

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
	const gain, readout, small, k, width = 1.5, 2.5, 0.4, 1.2, 3
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
	return append(countsCases(), []lossCase{
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
		{"shifted poisson", func(m, d, w *G.Node) (*refine.Loss, error) {
			return refine.ShiftedPoisson(m, d, w, refine.Variance{Readout: readout})
		},
			func(m, d, w float64) float64 { return w * poisson(m+readout*readout, d+readout*readout) },
			func(m, _, w float64) float64 { return w / math.Max(m+readout*readout, refine.PoissonFloor) }, 1e-7},
		{"poisson and gaussian", func(m, d, w *G.Node) (*refine.Loss, error) {
			return refine.PoissonGaussian(m, d, w, refine.Variance{Readout: small})
		},
			func(m, d, w float64) float64 { value, _ := convolution(m, d, small); return w * value },
			func(m, d, w float64) float64 { _, second := convolution(m, d, small); return w * math.Max(second, 0) }, 1e-7},
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
	}...)
}

// convolution is −log Σ_k Poisson(k|m) N(d|k, σ) by the plain sum over all k, with its second derivative by m.
func convolution(m, d, sigma float64) (value, second float64) {
	low := math.Max(m, refine.PoissonFloor)
	t := math.Min(m/refine.PoissonFloor-1, 0)
	log := math.Log(low) + t - t*t/2
	slope, bend := 1/low, -1/(low*low) // of log m
	if t < 0 {
		slope, bend = (1-t)/refine.PoissonFloor, -1/(refine.PoissonFloor*refine.PoissonFloor)
	}
	most := math.Inf(-1)
	term := func(k int) float64 {
		gamma, _ := math.Lgamma(float64(k) + 1)
		return float64(k)*log - gamma - (d-float64(k))*(d-float64(k))/(2*sigma*sigma)
	}
	const last = 400
	for k := range last {
		most = math.Max(most, term(k))
	}
	var sum, mean, square float64
	for k := range last {
		p := math.Exp(term(k) - most)
		sum, mean, square = sum+p, mean+p*float64(k), square+p*float64(k)*float64(k)
	}
	mean, square = mean/sum, square/sum
	value = m + math.Log(sigma*math.Sqrt(2*math.Pi)) - most - math.Log(sum)
	return value, -mean*bend - (square-mean*mean)*slope*slope
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
				if want := c.curvature(predictions[i], counted[i], weight); !(math.Abs(got-want) <= 1e-12*math.Max(want, 1e-4)) {
					t.Errorf("%s, weights %v: curvature at m = %g, d = %g is %.15g, want %.15g", c.name, withWeights, predictions[i], counted[i], got, want)
				}
				switch c.name {
				case "poisson":
					chi += weight * math.Pow(predictions[i]-counted[i], 2) / math.Max(predictions[i], refine.PoissonFloor)
				case "shifted poisson":
					chi += weight * math.Pow(predictions[i]-counted[i], 2) / (predictions[i] + 2.5*2.5)
				case "poisson and gaussian":
					chi += weight * math.Pow(predictions[i]-counted[i], 2) / (math.Max(predictions[i], refine.PoissonFloor) + 0.4*0.4)
				case "huber of counts", "geman-mcclure of counts":
					z, _ := anscombe(predictions[i], counted[i], anscombeNoise[c.name])
					chi += weight * z * z
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
	two, flat := b.Leaf("two", []float64{1, 2}, 2), b.Leaf("flat", []float64{1, 0}, 2)
	for _, c := range []struct {
		variance refine.Variance
		exact    bool
		want     string
	}{
		{refine.Variance{Gain: 2, Readout: 1}, false, "the gain is 2; counts are photons"},
		{refine.Variance{Readout: 1, Readouts: two}, false, "both a readout noise of 1 and one for each pixel"},
		{refine.Variance{Readouts: short}, false, "the readout noise has shape (1), the data (2)"},
		{refine.Variance{Readouts: flat}, false, "the readout noise of pixel 1 is 0"},
		{refine.Variance{Readouts: b.Add(two, flat)}, false, "computed"},
		{refine.Variance{Readout: 3}, true, "want at most 2, and ShiftedPoisson or Gaussian for more"},
		{refine.Variance{}, true, "the readout noise is 0"},
	} {
		of := refine.ShiftedPoisson
		if c.exact {
			of = refine.PoissonGaussian
		}
		_, err := of(m, d, nil, c.variance)
		wantError(t, err, c.want)
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}

// TestReadoutMap: a model's losses take the readout noise of each pixel, and other measurements have theirs.
func TestReadoutMap(t *testing.T) {
	e := tiny().build(t, nil)
	data := refine.Data{Counts: []*tensor.Dense{flat(6, 8, 3)}, Readout: []*tensor.Dense{with(flat(6, 8, 0.5), 2, 3, 1.5)}}
	m, err := refine.NewModel(e.Simulator, data, refine.ModelConfig{Background: refine.Flat, Level: 2})
	check(t, err)
	exact, err := m.PoissonGaussian(refine.Variance{Readouts: m.Readout})
	check(t, err)
	prediction, err := m.Prediction()
	check(t, err)
	total := func(counts, sigma []float64) (sum float64) {
		for i, p := range numbers(t, e, prediction) {
			value, _ := convolution(p, counts[i], sigma[i])
			sum += value
		}
		return sum
	}
	compare := func() {
		t.Helper()
		want := total(data.Counts[0].Float64s(), data.Readout[0].Float64s())
		if got := numbers(t, e, exact.Value)[0]; !(math.Abs(got-want) <= 1e-12*math.Abs(want)) {
			t.Errorf("loss %.15g, want %.15g", got, want)
		}
	}
	compare()
	data.Readout = []*tensor.Dense{with(flat(6, 8, 0.3), 0, 0, 1.2)}
	check(t, m.Replace(data))
	compare()
	data.Readout = []*tensor.Dense{with(flat(6, 8, 0.3), 0, 0, 1.7)}
	wantError(t, m.Replace(data), "refine: the readout noise is up to 1.7 photons, that of the model up to 1.5: make another model")
	data.Readout = []*tensor.Dense{with(flat(6, 8, 0.3), 0, 0, 0)}
	wantError(t, m.Replace(data), "refine: the readout noise of simulated pixel 0 is 0 photons")
	data.Readout = nil
	wantError(t, m.Replace(data), "in one of the two measurements only")
}
