package refine

import (
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// HuberCounts returns the loss Σ w ρ(z) of counts d with readout noise σ, with ρ that of [Huber] and z the residual on
// Anscombe's scale, on which counts of any mean have a variance of 1:
//
//	z = 2 √(d + 3/8 + σ²) − 2 √(m + 1/8 + σ²)
//
// (F. J. Anscombe, Biometrika 35, 246 (1948); with readout noise F. Murtagh et al., Astron. Astrophys. Suppl. 112, 179
// (1995)). So no variance has to be known before, and a wrong pixel, such as one of a cosmic ray, has no more
// influence than one k standard deviations off. The scale is good to 1 % of σ from about 10 photons on; a background of one or
// fewer is biased, and [Poisson] better. The second root is continued by its tangent where m is below 0. Of the variance only
// the readout noise is used, which may be 0. nil weights mean 1, a k of 0 [DefaultHuber]. The curvature is ρ'(z)/z · (dz/dm)².
func HuberCounts(prediction, data, weights *G.Node, variance Variance, k float64) (*Loss, error) {
	if err := tuning("huber", &k, DefaultHuber); err != nil {
		return nil, err
	}
	return robustCounts("huber", prediction, data, weights, variance, huberOf(k))
}

// GemanMcClureCounts is [HuberCounts] with ρ of [GemanMcClure]. A k of 0 means [DefaultGemanMcClure].
func GemanMcClureCounts(prediction, data, weights *G.Node, variance Variance, k float64) (*Loss, error) {
	if err := tuning("geman-mcclure", &k, DefaultGemanMcClure); err != nil {
		return nil, err
	}
	return robustCounts("geman-mcclure", prediction, data, weights, variance, gemanMcClureOf(k))
}

func robustCounts(name string, prediction, data, weights *G.Node, variance Variance, of rho) (*Loss, error) {
	noise := readout{}
	if variance.Readout != 0 || variance.Readouts != nil {
		var err error
		if noise, err = photonNoise(name, data, variance); err != nil {
			return nil, err
		}
	} else if variance.Gain != 0 && variance.Gain != 1 {
		return nil, fmt.Errorf("refine: %s: the gain is %g; counts are photons, so leave it 0", name, variance.Gain)
	}
	return newLoss(name, prediction, data, weights, false, func(b *expr.Builder, prediction, data, _ *expr.Node) pixelwise {
		square := noise.square(b)
		counted := b.Add(data, b.Add(square, b.Const(3.0/8)))
		counted = b.Where(b.Less(counted, b.Const(0)), b.Const(0), counted)
		shift := b.Add(square, b.Const(1.0/8))
		below := b.Less(prediction, b.Const(0))
		base := b.Sqrt(b.Add(shift, b.Where(below, b.Const(0), prediction)))
		slope := b.Inverse(base)
		expected := b.Add(base, b.Where(below, b.Scale(0.5, b.Mul(prediction, slope)), b.Const(0)))
		z2 := b.Scale(4, b.Square(b.Sub(b.Sqrt(counted), expected)))
		share, curvature := of(b, z2)
		return pixelwise{share: share, curvature: b.Mul(curvature, b.Square(slope)), chi: z2}
	})
}

// HuberCounts returns the loss [HuberCounts] of the model's prediction, data and weights.
func (m *Model) HuberCounts(v Variance, k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return HuberCounts(p, m.Data, m.Weight, v, k)
}

// GemanMcClureCounts returns the loss [GemanMcClureCounts] of the model's prediction, data and weights.
func (m *Model) GemanMcClureCounts(v Variance, k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return GemanMcClureCounts(p, m.Data, m.Weight, v, k)
}
