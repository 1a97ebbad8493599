package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// ShiftedPoisson returns the loss of counts d with readout noise σ in which d + σ² is taken for a
// Poisson variable of the mean m + σ², whose mean and variance are those of d:
//
//	Σ w [M − D − D log(M/D)],   M = m + σ²,  D = d + σ²
//
// Where D is not above 0, the term is M − D − D log M. Its gradient is linear in d, so that it is
// not biased by skewed counts, as [Gaussian] is. As in [Poisson], a term that depends on the data alone is left out, and the
// logarithm is continued by a polynomial where M is below [PoissonFloor]. nil weights mean 1. The
// curvature is the Fisher information 1/M. Of the variance only the readout noise is used: counts are
// photons, and the gain has to be 0 or 1.
func ShiftedPoisson(prediction, data, weights *G.Node, variance Variance) (*Loss, error) {
	noise, err := photonNoise("shifted poisson", data, variance)
	if err != nil {
		return nil, err
	}
	return newLoss("shifted poisson", prediction, data, weights, true, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		shift := noise.square(b)
		m, t := floored(b, b.Add(prediction, shift))
		d := b.Add(data, shift)
		counted := b.Less(b.Const(0), d)
		// The polynomial is t for D < 0, so that the loss is convex below the floor.
		log := b.Add(b.Log(b.Div(m, b.Where(counted, d, b.Const(1)))), b.Sub(t, b.Scale(0.5, b.Mul(counted, b.Square(t)))))
		inverse := b.Inverse(m)
		excess := b.Sub(prediction, data)
		return pixelwise{
			share:     b.Sub(excess, b.Mul(d, log)),
			curvature: inverse,
			chi:       b.Mul(b.Square(excess), inverse),
		}
	})
}

// MaxExactReadout is the largest readout noise, in photons, for which [PoissonGaussian] adds up its
// sum. Beyond it, counts are as good as those of [ShiftedPoisson].
const MaxExactReadout = 2

// PoissonGaussian returns the exact negative log likelihood of counts d with normal readout noise σ:
//
//	−Σ w log Σ_k m^k e^−m/k! · exp(−(d − k)²/2σ²)/(σ √2π)
//
// It is for small σ, at which the numbers of photons can be told apart. The inner sum is taken over
// the terms within 8σ of the largest, so that it is exact to rounding. The curvature is the observed
// information, whose mean is the Fisher information: the second derivative for the counts that were
// measured, (⟨k⟩ − var k)/m² with k distributed as the sum's terms, which is not negative. As in
// [Poisson], log m is continued by a polynomial below [PoissonFloor]; where that is concave, the
// curvature is taken as 0. nil weights mean 1. Of the variance only the readout noise is used, of at most [MaxExactReadout]
// photons; the gain has to be 0 or 1.
func PoissonGaussian(prediction, data, weights *G.Node, variance Variance) (*Loss, error) {
	noise, err := photonNoise("poisson and gaussian", data, variance)
	if err != nil {
		return nil, err
	}
	if noise.largest > MaxExactReadout {
		return nil, fmt.Errorf("refine: poisson and gaussian: the readout noise is %g photons; want at most %d, and ShiftedPoisson or Gaussian for more", noise.largest, MaxExactReadout)
	}
	return newLoss("poisson and gaussian", prediction, data, weights, true, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		variance := noise.square(b)
		share := convolved(b, prediction, data, variance, 1+int(math.Ceil(8*noise.largest)))
		slope, err := autodiff.Gradient(b.SumAll(share), prediction)
		b.Fail(err)
		if b.Err() != nil {
			return pixelwise{}
		}
		curvature, err := autodiff.Gradient(b.SumAll(slope[0]), prediction)
		b.Fail(err)
		if b.Err() != nil {
			return pixelwise{}
		}
		m, _ := floored(b, prediction)
		chi := b.Div(b.Square(b.Sub(prediction, data)), b.Add(m, variance))
		return pixelwise{share: share, curvature: b.Where(b.Less(b.Const(0), curvature[0]), curvature[0], b.Const(0)), chi: chi}
	})
}

// photonNoise is readoutOf for losses of counts of photons.
func photonNoise(loss string, data *G.Node, v Variance) (readout, error) {
	if v.Gain != 0 && v.Gain != 1 {
		return readout{}, fmt.Errorf("refine: %s: the gain is %g; counts are photons, so leave it 0", loss, v.Gain)
	}
	return readoutOf(loss, data, v.Readout, v.Readouts)
}

// convolved returns −log Σ_k Poisson(k|m) N(d|k, σ) over 2·reach + 1 numbers k, or as many of them as
// are not below 0.
func convolved(b *expr.Builder, prediction, data, variance *expr.Node, reach int) *expr.Node {
	m, t := floored(b, prediction)
	log := b.Add(b.Log(m), b.Sub(t, b.Scale(0.5, b.Square(t))))
	first := b.Sub(middle(b, log, data, variance), b.Const(float64(reach)))
	first = b.Where(b.Less(first, b.Const(0)), b.Const(0), first)
	// The logarithm of a term, and of its ratio to the one before: log m − log k + ((d−k+1)² − (d−k)²)/2σ².
	halved := b.Inverse(b.Scale(2, variance))
	away := b.Sub(data, first)
	term := b.Sub(b.Mul(first, log), b.Add(logFactorial(b, first), b.Mul(b.Square(away), halved)))
	sum := term
	for i := 1; i <= 2*reach; i++ {
		k := b.Add(first, b.Const(float64(i)))
		closer := b.Sub(b.Scale(2, away), b.Const(float64(2*i-1))) // (d−k+1)² − (d−k)²
		term = b.Add(term, b.Add(b.Sub(log, b.Log(k)), b.Mul(closer, halved)))
		sum = b.Add(sum, b.Apply(expr.Rule{Op: expr.OpSoftplus}, b.Sub(term, sum))) // log(e^sum + e^term)
	}
	return b.Sub(b.Add(prediction, b.Scale(0.5, b.Log(b.Scale(2*math.Pi, variance)))), sum)
}

// middle returns the number k of the largest term, to one or so: the solution of k + σ² log k = d +
// σ² log m by Newton's method, which converges from below without passing it. It is rounded, and so
// has no derivative.
func middle(b *expr.Builder, log, data, variance *expr.Node) *expr.Node {
	const least = 0.01 // photons
	floor := b.Const(least)
	above := func(x *expr.Node) *expr.Node { return b.Where(b.Less(x, floor), floor, x) }
	goal := b.Add(data, b.Mul(variance, log))
	k := above(data)
	for range 6 {
		off := b.Sub(b.Add(k, b.Mul(variance, b.Log(k))), goal)
		k = above(b.Sub(k, b.Div(b.Mul(off, k), b.Add(k, variance))))
	}
	return b.Nearest(k)
}

// logFactorial returns log k! for k ≥ 0 by Stirling's series at k + 9 (NIST DLMF 5.11.1), with an
// error below 1e-14.
func logFactorial(b *expr.Builder, k *expr.Node) *expr.Node {
	const shift = 9
	below := b.Add(k, b.Const(1))
	for i := 2; i < shift; i++ {
		below = b.Mul(below, b.Add(k, b.Const(float64(i))))
	}
	x := b.Add(k, b.Const(shift))
	inverse := b.Inverse(x)
	square := b.Square(inverse)
	series := b.Const(-691.0 / 360360)
	for _, c := range []float64{1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12} {
		series = b.Add(b.Const(c), b.Mul(square, series))
	}
	log := b.Add(b.Sub(b.Mul(b.Sub(x, b.Const(0.5)), b.Log(x)), x), b.Add(b.Const(0.5*math.Log(2*math.Pi)), b.Mul(inverse, series)))
	return b.Sub(log, b.Log(below))
}

// ShiftedPoisson returns the loss [ShiftedPoisson] of the model's prediction, data and weights.
func (m *Model) ShiftedPoisson(v Variance) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return ShiftedPoisson(p, m.Data, m.Weight, v)
}

// PoissonGaussian returns the loss [PoissonGaussian] of the model's prediction, data and weights.
func (m *Model) PoissonGaussian(v Variance) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return PoissonGaussian(p, m.Data, m.Weight, v)
}
