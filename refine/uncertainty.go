package refine

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/node"
)

// Uncertainty is what the data say about the free parameters at a point, in the parameters' own units. Restraints count as
// data; bounds do not.
//
// For likelihoods (Loss.Likelihood) the covariance is the inverse of the Fisher matrix F = JᵀWJ. For other losses it is
// H⁻¹ K H⁻¹ with H = Σ ∂²L/∂m² ∂m/∂θ ∂m/∂θᵀ and K = Σ (∂L/∂m)² ∂m/∂θ ∂m/∂θᵀ, which takes the variance of each pixel from its
// residual and so holds for any weights (P. J. Huber, Proc. 5th Berkeley Symp. 1, 221 (1967)), where many pixels have a part in
// each parameter: a few bright ones, unweighted, are fitted too well to show their variance.
type Uncertainty struct {
	Names []string
	// Values of the parameters that this is about.
	Values []float64
	// Sigma are standard uncertainties; +Inf for a parameter that the data do not determine.
	Sigma []float64
	// Covariance and Correlation, of the directions that are determined.
	Covariance, Correlation *mat.SymDense
	// Fisher matrix, restraints included; H for losses that are no likelihoods.
	Fisher *mat.SymDense
	// ChiSquare is Σ w (prediction − data)²/variance, and Reduced that over Freedom, the number of pixels with a weight less
	// that of parameters that are determined without restraints. NaN for a loss without ChiSquare and Count.
	ChiSquare, Reduced float64
	Freedom            int
	// Undetermined are directions that change nothing in the image.
	Undetermined []Direction
}

// scale gives a matrix a diagonal of 1, or 0 where it is 0. unit is what each variable is measured in then.
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
	for _, d := range u.Undetermined {
		fmt.Fprintln(&b, d)
	}
	return b.String()
}

// Uncertainty computes uncertainties at the present values of the parameters.
func (p *Problem) Uncertainty(ctx context.Context) (*Uncertainty, error) {
	x, err := p.params.FreeVector()
	if err != nil {
		return nil, err
	}
	values, err := p.params.Values()
	if err != nil {
		return nil, err
	}
	pt, err := p.compute(ctx, x, fisher)
	if err != nil {
		return nil, err
	}
	if !pt.possible {
		return nil, fmt.Errorf("refine: no uncertainties: the loss or a derivative is not finite at the present values")
	}
	if err := p.params.Set(values); err != nil { // not a rounding of them
		return nil, err
	}
	n := len(x)
	u := &Uncertainty{Names: p.params.Names(), Values: values, Fisher: pt.fisher, ChiSquare: math.NaN(), Reduced: math.NaN()}
	_, _, stiffness := p.params.restraint(values)
	for i := range n {
		u.Fisher.SetSym(i, i, u.Fisher.At(i, i)+stiffness[i])
	}
	var middle *mat.SymDense
	if !p.loss.Likelihood {
		if middle, u.Fisher, err = p.scatter(ctx, stiffness); err != nil {
			return nil, err
		}
	}
	u.invert(middle)
	return u, p.chiSquare(ctx, u)
}

// scatter are K and H, with the restraints' shares.
func (p *Problem) scatter(ctx context.Context, stiffness []float64) (k, h *mat.SymDense, err error) {
	nodes, err := p.build(scatter)
	if err != nil {
		return nil, nil, err
	}
	sums, err := p.numbers(ctx, nodes)
	if err != nil {
		return nil, nil, err
	}
	if sums == nil {
		return nil, nil, fmt.Errorf("refine: no uncertainties: the residuals are not finite")
	}
	n := len(stiffness)
	k, h = symmetric(n, sums[:len(sums)/2]), symmetric(n, sums[len(sums)/2:])
	for i, s := range stiffness {
		k.SetSym(i, i, k.At(i, i)+s)
		h.SetSym(i, i, h.At(i, i)+s)
	}
	return k, h, nil
}

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
	u.Freedom = int(sums[1]) - max(0, len(u.Names)-len(u.Undetermined)-p.params.restraints())
	if u.Freedom > 0 {
		u.Reduced = u.ChiSquare / float64(u.Freedom)
	}
	return nil
}

// invert computes covariances from the Fisher matrix, and what it does not determine.
func (u *Uncertainty) invert(middle *mat.SymDense) {
	n := len(u.Names)
	unit, scaled := scale(u.Fisher)
	values, vectors := eigen(scaled)
	inverse := mat.NewDense(n, n, nil) // of what is determined, in units of each
	loose := make([]float64, n)        // share of each parameter in what is not
	var null [][]float64
	for k, v := range values {
		column := mat.Col(nil, k, vectors)
		if v <= undeterminedBelow {
			for i, c := range column {
				loose[i] += c * c
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
	const takesPart = 1e-4 // rounding leaves less
	for i := range n {
		if loose[i] > takesPart {
			u.Sigma[i] = math.Inf(1)
		}
	}
	u.Undetermined = directions(u.Names, unit, null, 0.01)
}
