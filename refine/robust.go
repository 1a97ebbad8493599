package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// DefaultHuber is the usual tuning constant of the [Huber] loss, in standard deviations. With it
// the loss is 95 % efficient where there are no outliers.
const DefaultHuber = 1.345

// DefaultGemanMcClure is the usual tuning constant of the [GemanMcClure] loss, in standard
// deviations.
const DefaultGemanMcClure = 4

// Huber returns the loss Σ ρ(z), where z² = w (m − d)² and the weights w are the inverse variances
// of the data; nil weights mean 1. ρ is z²/2 up to |z| = k and k |z| − k²/2 beyond, so that an
// outlier has no more influence than a residual of k standard deviations (P. J. Huber, Ann. Math.
// Stat. 35, 73 (1964)). A k of 0 means [DefaultHuber]. The curvature is ρ'(z)/z, as in iteratively
// reweighted least squares.
func Huber(prediction, data, weights *G.Node, k float64) (*Loss, error) {
	if err := tuning("huber", &k, DefaultHuber); err != nil {
		return nil, err
	}
	return robust("huber", prediction, data, weights, huberOf(k))
}

// rho is ρ of z², and ρ'(z)/z.
type rho func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node)

func huberOf(k float64) rho {
	return func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node) {
		inside := b.AtMost(z2, b.Const(k*k))
		z := b.Sqrt(b.Where(inside, b.Const(k*k), z2)) // |z|, never below k
		rho = b.Where(inside, b.Scale(0.5, z2), b.Sub(b.Scale(k, z), b.Const(k*k/2)))
		return rho, b.Scale(k, b.Inverse(z))
	}
}

func gemanMcClureOf(k float64) rho {
	return func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node) {
		fraction := b.Inverse(b.Add(b.Const(1), b.Scale(1/(k*k), z2))) // k²/(k² + z²)
		return b.Scale(0.5, b.Mul(z2, fraction)), b.Square(fraction)
	}
}

// GemanMcClure returns the loss Σ ½ z² k²/(k² + z²), with z as for [Huber]. Outliers beyond a few k
// have hardly any influence, and the loss may have several minima (S. Geman and D. E. McClure,
// Bull. Int. Stat. Inst. 52, 5 (1987)). A k of 0 means [DefaultGemanMcClure]. The curvature is
// ρ'(z)/z.
func GemanMcClure(prediction, data, weights *G.Node, k float64) (*Loss, error) {
	if err := tuning("geman-mcclure", &k, DefaultGemanMcClure); err != nil {
		return nil, err
	}
	return robust("geman-mcclure", prediction, data, weights, gemanMcClureOf(k))
}

// tuning completes and checks a tuning constant.
func tuning(name string, k *float64, usual float64) error {
	if *k == 0 {
		*k = usual
	}
	if !(*k > 0) || math.IsInf(*k, 0) {
		return fmt.Errorf("refine: %s: the tuning constant k is %g standard deviations; want a finite number of more than 0, or 0 for the default", name, *k)
	}
	return nil
}

// robust makes a loss whose weights multiply the squared residuals inside ρ. A pixel of weight 0
// has z = 0 and adds nothing.
func robust(name string, prediction, data, weights *G.Node, of rho) (*Loss, error) {
	loss, err := newLoss(name, prediction, data, weights, false, func(b *expr.Builder, prediction, data, w *expr.Node) pixelwise {
		square := b.Square(b.Sub(prediction, data))
		rho, curvature := of(b, b.Mul(w, square))
		// newLoss multiplies by w, which z contains already.
		used := b.Less(b.Const(0), w)
		unweigh := b.Div(used, b.Where(used, w, b.Const(1)))
		return pixelwise{share: b.Mul(unweigh, rho), curvature: curvature, chi: square}
	})
	if err != nil {
		return nil, err
	}
	loss.inverseVariance = true
	return loss, nil
}

// Huber returns the loss [Huber] of the model's prediction, data and weights.
func (m *Model) Huber(k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return Huber(p, m.Data, m.Weight, k)
}

// GemanMcClure returns the loss [GemanMcClure] of the model's prediction, data and weights.
func (m *Model) GemanMcClure(k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return GemanMcClure(p, m.Data, m.Weight, k)
}
