package refine

import (
	"fmt"
	"math"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
)

// DefaultHuber is the usual bend of the Huber loss, which leaves it 95 % efficient where there are no outliers.
const DefaultHuber = 1.345

// DefaultGemanMcClure is the usual width of the Geman-McClure loss, in standard deviations.
const DefaultGemanMcClure = 4

// Huber is Σ ρ(z), z² = w (m − d)² with weights w that are the inverse variances of the data (nil: 1): ρ = z²/2 to |z| = k
// and k |z| − k²/2 beyond, so that outliers pull no harder than k standard deviations (P. J. Huber, Ann. Math. Stat. 35, 73
// (1964)). k of 0 means DefaultHuber. The curvature is ρ'(z)/z, as iteratively reweighted least squares have it.
func Huber(prediction, data, weights *G.Node, k float64) (*Loss, error) {
	if err := bend("huber", &k, DefaultHuber); err != nil {
		return nil, err
	}
	return robust("huber", prediction, data, weights, func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node) {
		inside := b.AtMost(z2, b.Const(k*k))
		z := b.Sqrt(b.Where(inside, b.Const(k*k), z2)) // |z|, never below k
		rho = b.Where(inside, b.Scale(0.5, z2), b.Sub(b.Scale(k, z), b.Const(k*k/2)))
		return rho, b.Scale(k, b.Inverse(z))
	})
}

// GemanMcClure is Σ ½ z² k²/(k² + z²), z as for Huber: outliers beyond a few k have no pull at all, and there may be minima
// besides the one sought (S. Geman and D. E. McClure, Bull. Int. Stat. Inst. 52, 5 (1987)). k of 0 means
// DefaultGemanMcClure. The curvature is ρ'(z)/z.
func GemanMcClure(prediction, data, weights *G.Node, k float64) (*Loss, error) {
	if err := bend("geman-mcclure", &k, DefaultGemanMcClure); err != nil {
		return nil, err
	}
	return robust("geman-mcclure", prediction, data, weights, func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node) {
		pull := b.Inverse(b.Add(b.Const(1), b.Scale(1/(k*k), z2)))
		return b.Scale(0.5, b.Mul(z2, pull)), b.Square(pull)
	})
}

func bend(name string, k *float64, usual float64) error {
	if *k == 0 {
		*k = usual
	}
	if !(*k > 0) || math.IsInf(*k, 0) {
		return fmt.Errorf("refine: %s: a bend at %g standard deviations; want more than 0", name, *k)
	}
	return nil
}

// robust weights the squared residuals, not their losses. A pixel of weight 0 has z = 0 and adds nothing.
func robust(name string, prediction, data, weights *G.Node, of func(b *expr.Builder, z2 *expr.Node) (rho, curvature *expr.Node)) (*Loss, error) {
	loss, err := newLoss(name, prediction, data, weights, false, func(b *expr.Builder, prediction, data, w *expr.Node) pixelwise {
		square := b.Square(b.Sub(prediction, data))
		rho, curvature := of(b, b.Mul(w, square))
		// newLoss weights by w; here that is in z already.
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

// Huber is the function Huber of the model's prediction, data and weights.
func (m *Model) Huber(k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return Huber(p, m.Data, m.Weight, k)
}

// GemanMcClure is the function GemanMcClure of the model's prediction, data and weights.
func (m *Model) GemanMcClure(k float64) (*Loss, error) {
	p, err := m.Prediction()
	if err != nil {
		return nil, err
	}
	return GemanMcClure(p, m.Data, m.Weight, k)
}
