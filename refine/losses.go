package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// PoissonFloor is the number of expected photons a pixel below which the [Poisson] loss is
// continued by its second-order Taylor polynomial. The loss is thus finite, with two continuous
// derivatives, where 0 or fewer photons are expected.
const PoissonFloor = 1e-4

// LeastSquares returns the loss ½ Σ w (m − d)² of a prediction m, data d and weights w. nil weights
// mean 1. The most precise weights are the inverse variances of the data, up to a common factor;
// the uncertainties of a fit are those of the sandwich covariance ([Uncertainty]).
func LeastSquares(prediction, data, weights *G.Node) (*Loss, error) {
	return newLoss("least squares", prediction, data, weights, false, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		square := b.Square(b.Sub(prediction, data))
		return pixelwise{share: b.Scale(0.5, square), curvature: b.BroadcastTo(b.Const(1), data.Shape()), chi: square}
	})
}

// Variance is the variance of the count of a pixel in which m photons are expected: Gain · m +
// Readout².
type Variance struct {
	// Gain is the variance per photon. 0 means 1, for a detector that counts photons.
	Gain float64
	// Readout is the standard deviation of the readout noise, in photons. It has to be more than 0.
	Readout float64
	// Readouts, instead of Readout, has that of each pixel: an input in the order of the prediction, such
	// as [Model].Readout.
	Readouts *G.Node
}

// Gaussian returns the loss ½ Σ w [(m − d)²/v + log 2πv], in which the variance v depends on the
// prediction m: the negative log likelihood of counts with readout noise (D. W. Mendez et al.,
// IUCrJ 7, 1151 (2020), whose program is diffBragg). nil weights mean 1. Where m is below 0, v is
// the variance at m = 0, and so never 0 or less. The curvature is the Fisher information 1/v + ½ (v'/v)².
//
// At a few photons a pixel counts are skewed, not normal, and a parameter that few pixels determine is
// biased: see [ShiftedPoisson] and [PoissonGaussian].
func Gaussian(prediction, data, weights *G.Node, variance Variance) (*Loss, error) {
	if variance.Gain == 0 {
		variance.Gain = 1
	}
	if v := variance.Gain; !(v > 0) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("refine: gaussian: the gain is %g; want a finite number of more than 0", v)
	}
	noise, err := readoutOf("gaussian", data, variance.Readout, variance.Readouts)
	if err != nil {
		return nil, err
	}
	return newLoss("gaussian", prediction, data, weights, true, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		lit := b.Less(b.Const(0), prediction)
		v := b.Add(b.Scale(variance.Gain, b.Where(lit, prediction, b.Const(0))), noise.square(b))
		inverse := b.Inverse(v)
		chi := b.Mul(b.Square(b.Sub(prediction, data)), inverse)
		follows := b.Scale(variance.Gain, b.Mul(lit, inverse)) // v'/v
		return pixelwise{
			share:     b.Scale(0.5, b.Add(chi, b.Log(b.Scale(2*math.Pi, v)))),
			curvature: b.Add(inverse, b.Scale(0.5, b.Square(follows))),
			chi:       chi,
		}
	})
}

// Poisson returns the loss Σ w [m − d − d log(m/d)], half the deviance of counts d where m are
// expected. nil weights mean
// 1. It is the negative log likelihood Σ w [m − d log m] less a term that depends on the data alone, which would cost
// digits. Below [PoissonFloor] it is continued by a polynomial. The curvature is the Fisher
// information 1/m.
func Poisson(prediction, data, weights *G.Node) (*Loss, error) {
	return newLoss("poisson", prediction, data, weights, true, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		m, t := floored(b, prediction)
		counted := b.Less(b.Const(0), data)
		d := b.Where(counted, data, b.Const(1)) // 0 · log is 0, whatever the log
		log := b.Add(b.Log(b.Div(m, d)), b.Sub(t, b.Scale(0.5, b.Square(t))))
		inverse := b.Inverse(m)
		excess := b.Sub(prediction, data)
		return pixelwise{
			share:     b.Sub(excess, b.Mul(data, log)),
			curvature: inverse,
			chi:       b.Mul(b.Square(excess), inverse),
		}
	})
}

// floored returns a prediction m that is not below [PoissonFloor], and t, which is m/floor − 1 below
// it and 0 above: log m is continued by t − t²/2.
func floored(b *expr.Builder, prediction *expr.Node) (m, t *expr.Node) {
	floor := b.Const(PoissonFloor)
	below := b.Less(prediction, floor)
	t = b.Where(below, b.Sub(b.Scale(1/PoissonFloor, prediction), b.Const(1)), b.Const(0))
	return b.Where(below, floor, prediction), t
}

// LeastSquares returns the loss [LeastSquares] of the model's prediction, data and weights.
func (m *Model) LeastSquares() (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return LeastSquares(p, m.Data, m.Weight)
}

// Gaussian returns the loss [Gaussian] of the model's prediction, data and weights.
func (m *Model) Gaussian(v Variance) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return Gaussian(p, m.Data, m.Weight, v)
}

// Poisson returns the loss [Poisson] of the model's prediction, data and weights.
func (m *Model) Poisson() (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return Poisson(p, m.Data, m.Weight)
}
