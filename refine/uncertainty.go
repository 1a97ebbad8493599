package refine

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/node"
)

// Uncertainty is how precisely the data determine the free parameters at a point, in the
// parameters' own units. Restraints count as data; bounds do not.
//
// For likelihoods ([Loss].Likelihood) the covariance is the inverse of the Fisher matrix F = JᵀWJ.
// For other losses it is the sandwich covariance H⁻¹ K H⁻¹ with H = Σ ∂²L/∂m² ∂m/∂θ ∂m/∂θᵀ and K =
// Σ (∂L/∂m)² ∂m/∂θ ∂m/∂θᵀ, which takes the variance of each pixel from its residual and so holds
// for any weights (P. J. Huber, Proc. 5th Berkeley Symp. 1, 221 (1967)). It assumes that many
// pixels contribute to each parameter: a few bright pixels, unweighted, are fitted too well for
// their residuals to show their variance.
type Uncertainty struct {
	// Names of the free parameters, and their values at the point.
	Names  []string
	Values []float64
	// Sigma are the standard uncertainties; +Inf for a parameter that the data do not determine.
	Sigma []float64
	// Diagonal says that there are too many numbers for a matrix (see [MatrixLimit]). Sigma is from the diagonal of the
	// Fisher matrix then: the uncertainty of each number if all others were known, a lower limit. Covariance, Correlation and
	// Fisher are nil, and directions are not known; Unseen is the number of those without an effect on the image, which have
	// a Sigma of +Inf.
	Diagonal bool
	Unseen   int
	// Sandwich says that the covariance is that of [Problem.Sandwich], whatever the loss.
	Sandwich bool
	// Covariance and Correlation of the parameters, along the directions that the data determine.
	Covariance, Correlation *mat.SymDense
	// Fisher is the Fisher matrix, restraints included; for losses that are not likelihoods it is
	// H.
	Fisher *mat.SymDense
	// ChiSquare is Σ w (prediction − data)²/variance, and Reduced is ChiSquare/Freedom. Both are
	// NaN for a loss without ChiSquare and Count.
	ChiSquare, Reduced float64
	// Freedom is the number of degrees of freedom: pixels that have a weight, less parameters that
	// the data determine without restraints.
	Freedom int
	// Undetermined are the directions in which the image does not change.
	Undetermined []Direction
}

// scale returns the matrix scaled to a diagonal of 1, or 0 where the diagonal is 0. unit is the
// unit of each variable after scaling.
func scale(m *mat.SymDense) (unit []float64, scaled *mat.SymDense) {
	n := m.SymmetricDim()
	unit, scaled = make([]float64, n), mat.NewSymDense(n, nil)
	for i := range n {
		if d := m.At(i, i); d > 0 {
			unit[i] = 1 / math.Sqrt(d)
		}
	}
	for i := range n {
		for j := i; j < n; j++ {
			scaled.SetSym(i, j, m.At(i, j)*unit[i]*unit[j])
		}
	}
	return unit, scaled
}

func (u *Uncertainty) summary() string {
	var b strings.Builder
	if !math.IsNaN(u.Reduced) {
		fmt.Fprintf(&b, "chi square %.6g of %d degrees of freedom, %.4f each\n", u.ChiSquare, u.Freedom, u.Reduced)
	}
	if u.Diagonal {
		fmt.Fprintln(&b, u.aboutDiagonal())
	}
	for _, d := range u.Undetermined {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}

// aboutDiagonal says what uncertainties from the diagonal are.
func (u *Uncertainty) aboutDiagonal() string {
	return fmt.Sprintf("sigma is from the diagonal of the Fisher matrix, of each number if all others were known: %d are too many for a matrix; %d do not change the image", len(u.Names), u.Unseen)
}

// Uncertainty computes the uncertainties at the present values of the parameters. It returns an
// error for a loss without Prediction and Curvature, and where the loss or a derivative is not
// finite.
func (p *Problem) Uncertainty(ctx context.Context) (*Uncertainty, error) {
	x, err := p.params.FreeVector()
	if err != nil {
		return nil, err
	}
	values, err := p.params.Values()
	if err != nil {
		return nil, err
	}
	if !p.hasMatrix() {
		return p.diagonalUncertainty(ctx, values)
	}
	pt, err := p.compute(ctx, x, fisher)
	if err != nil {
		return nil, err
	}
	if !pt.possible {
		return nil, fmt.Errorf("refine: no uncertainties: the loss or a derivative is not finite at the present values")
	}
	if err := p.params.Set(values); err != nil { // compute has set them to within rounding
		return nil, err
	}
	n := len(x)
	u := &Uncertainty{Names: p.params.Names(), Values: values, Fisher: pt.fisher, ChiSquare: math.NaN(), Reduced: math.NaN()}
	_, _, curvature := p.params.restraint(values)
	for i := range n {
		u.Fisher.SetSym(i, i, u.Fisher.At(i, i)+curvature[i])
	}
	var middle *mat.SymDense
	if !p.loss.Likelihood {
		if middle, u.Fisher, err = p.sandwich(ctx, curvature); err != nil {
			return nil, err
		}
	}
	u.invert(middle)
	return u, p.chiSquare(ctx, u)
}

// sandwich computes the matrices K and H of the sandwich covariance, and adds the curvature of the
// restraints to both.
func (p *Problem) sandwich(ctx context.Context, restraint []float64) (k, h *mat.SymDense, err error) {
	n := len(restraint)
	if !p.columnwise() {
		b := node.On(p.sim.Graph())
		wk, wh, err := p.sandwichWeights(b)
		if err != nil {
			return nil, nil, err
		}
		m, err := p.matrices(ctx, b, wk, wh)
		if err != nil {
			return nil, nil, err
		}
		if m != nil {
			k, h = m[0], m[1]
		}
	} else {
		nodes, err := p.build(sandwich)
		if err != nil {
			return nil, nil, err
		}
		sums, err := p.numbers(ctx, nodes)
		if err != nil {
			return nil, nil, err
		}
		if sums != nil {
			k, h = symmetric(n, sums[:len(sums)/2]), symmetric(n, sums[len(sums)/2:])
		}
	}
	if k == nil {
		return nil, nil, fmt.Errorf("refine: no uncertainties: the residuals are not finite")
	}
	for i, c := range restraint {
		k.SetSym(i, i, k.At(i, i)+c)
		h.SetSym(i, i, h.At(i, i)+c)
	}
	return k, h, nil
}

// chiSquare computes χ² and the number of degrees of freedom, for losses that have them.
func (p *Problem) chiSquare(ctx context.Context, u *Uncertainty) error {
	if p.loss.ChiSquare == nil || p.loss.Count == nil {
		return nil
	}
	nodes, err := node.Read(p.loss.ChiSquare, p.loss.Count)
	if err != nil {
		return fmt.Errorf("refine: %w", err)
	}
	sums, err := p.numbers(ctx, nodes)
	if err != nil {
		return err
	}
	if sums == nil {
		return nil
	}
	u.ChiSquare = sums[0]
	u.Freedom = int(sums[1]) - max(0, len(u.Names)-len(u.Undetermined)-u.Unseen-p.params.restraints())
	if u.Freedom > 0 {
		u.Reduced = u.ChiSquare / float64(u.Freedom)
	}
	return nil
}

// invert computes the covariances from the Fisher matrix, and the directions that it does not
// determine. middle is the matrix K of a sandwich covariance, or nil.
func (u *Uncertainty) invert(middle *mat.SymDense) {
	n := len(u.Names)
	unit, scaled := scale(u.Fisher)
	values, vectors := eigen(scaled)
	inverse := mat.NewDense(n, n, nil) // the pseudo-inverse, scaled
	undetermined := make([]float64, n) // how much of each parameter lies in undetermined directions
	var null [][]float64
	for k, v := range values {
		column := mat.Col(nil, k, vectors)
		if v <= undeterminedBelow {
			for i, c := range column {
				undetermined[i] += c * c
			}
			null = append(null, column)
			continue
		}
		inverse.RankOne(inverse, 1/v, mat.NewVecDense(n, column), mat.NewVecDense(n, column))
	}
	covariance := inverse
	if middle != nil {
		k := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				k.Set(i, j, middle.At(i, j)*unit[i]*unit[j])
			}
		}
		var half, full mat.Dense
		half.Mul(inverse, k)
		full.Mul(&half, inverse)
		covariance = &full
	}
	u.Sigma = make([]float64, n)
	u.Covariance, u.Correlation = mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	for i := range n {
		u.Sigma[i] = math.Sqrt(max(0, covariance.At(i, i))) * unit[i]
		for j := i; j < n; j++ {
			u.Covariance.SetSym(i, j, covariance.At(i, j)*unit[i]*unit[j])
			if d := covariance.At(i, i) * covariance.At(j, j); d > 0 {
				u.Correlation.SetSym(i, j, covariance.At(i, j)/math.Sqrt(d))
			}
		}
	}
	const takesPart = 1e-4 // rounding errors are smaller
	for i := range n {
		if undetermined[i] > takesPart {
			u.Sigma[i] = math.Inf(1)
		}
	}
	u.Undetermined = directions(u.Names, unit, null, 0.01)
}
