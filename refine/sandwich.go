package refine

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Sandwich computes the uncertainties at the present values of the parameters by the sandwich covariance H⁻¹ K H⁻¹, whatever
// the loss. It holds for a model that does not fit, where the inverse of the Fisher matrix is too small: for what the search
// converges to, which is not the truth then.
//
// H is the Fisher matrix (see [Uncertainty]). K is the sum of the outer products of the gradients of groups of pixels, since the
// residuals of neighbouring pixels are alike where the model is wrong (G. Kauermann & R. J. Carroll, J. Am. Stat. Assoc. 96,
// 1387 (2001), of clusters). groups has the number of the group, from 0, of each simulated pixel in the order of the intensity;
// pixels of a negative one are groups by themselves, and all are where groups is nil. A factor of G/(G − n) for G groups and n
// parameters allows for residuals that the fit has made small.
//
// Where there are too many numbers for a matrix, pixels count one by one, and the uncertainty is of each number if all others were
// known.
func (p *Problem) Sandwich(ctx context.Context, groups []int) (*Uncertainty, error) {
	u, err := p.Uncertainty(ctx)
	if err != nil {
		return nil, err
	}
	u.Sandwich = true
	b := node.On(p.sim.Graph())
	_, _, restraint := p.params.restraint(u.Values)
	if u.Diagonal {
		slope, err := p.slope(b)
		if err != nil {
			return nil, err
		}
		return u, p.diagonalSandwich(ctx, b, u, slope, restraint)
	}
	k, used, err := p.outerProducts(ctx, b, groups)
	if err != nil {
		return nil, err
	}
	if n := p.params.Len(); k != nil && used > n {
		k.ScaleSym(float64(used)/float64(used-n), k)
	}
	own, err := p.restraintGradients(ctx, b)
	if err != nil {
		return nil, err
	}
	if k == nil || own == nil {
		return nil, errNotFinite
	}
	for _, z := range own {
		k.SymRankOne(k, 1, mat.NewVecDense(len(z), z))
	}
	for i, c := range restraint {
		k.SetSym(i, i, k.At(i, i)+c)
	}
	u.invert(k)
	return u, nil
}

var errNotFinite = fmt.Errorf("refine: no uncertainties: a derivative is not finite at the present values")

// slope is the derivative of the loss by the prediction, pixel by pixel.
func (p *Problem) slope(b *node.Builder) (*expr.Node, error) {
	first, err := autodiff.Gradient(b.In(p.loss.Value), b.In(p.loss.Prediction))
	if err != nil {
		return nil, fmt.Errorf("refine: the loss by its prediction: %w", err)
	}
	return first[0], nil
}

// outerProducts computes the sum over groups of the outer products of their gradients, nil where a number is not finite, and the
// number of groups that have one.
func (p *Problem) outerProducts(ctx context.Context, b *node.Builder, groups []int) (k *mat.SymDense, used int, err error) {
	in, err := p.linear(b)
	if err != nil {
		return nil, 0, fmt.Errorf("refine: %w", err)
	}
	if n := p.loss.Prediction.Shape().TotalSize(); groups != nil && len(groups) != n {
		return nil, 0, fmt.Errorf("refine: %d groups for %d simulated pixels", len(groups), n)
	}
	if in.share == nil {
		slope, err := p.slope(b)
		if err != nil {
			return nil, 0, err
		}
		if in.share = b.Mul(slope, in.along); b.Err() != nil {
			return nil, 0, fmt.Errorf("refine: %w", b.Err())
		}
	}
	n := p.params.Len()
	direction := make([]float64, n)
	number := map[int]int{} // of each group
	var sums *mat.Dense     // a row for each group
	place := []int(nil)     // of each pixel in sums
	for j := range n {
		direction[j] = 1
		image, err := p.with(ctx, in.directions, direction, in.share)
		direction[j] = 0
		if err != nil || image == nil {
			return nil, 0, err
		}
		if sums == nil {
			place = make([]int, len(image))
			count := 0
			for i := range image {
				if groups == nil || groups[i] < 0 {
					place[i] = count
					count++
					continue
				}
				at, known := number[groups[i]]
				if !known {
					at = count
					number[groups[i]] = at
					count++
				}
				place[i] = at
			}
			sums = mat.NewDense(count, n, nil)
		}
		for i, v := range image {
			sums.Set(place[i], j, sums.At(place[i], j)+v)
		}
	}
	k = mat.NewSymDense(n, nil)
	rows, _ := sums.Dims()
	for g := range rows {
		row := sums.RowView(g)
		if mat.Norm(row, 1) > 0 {
			used++
			k.SymRankOne(k, 1, row)
		}
	}
	return k, used, nil
}

// diagonalSandwich replaces the uncertainties of a diagonal by those of the sandwich.
func (p *Problem) diagonalSandwich(ctx context.Context, b *node.Builder, u *Uncertainty, slope *expr.Node, restraint []float64) error {
	k, err := p.diagonal(ctx, b, b.Square(slope))
	if err != nil {
		return err
	}
	f, err := p.diagonal(ctx, b, b.In(p.loss.Curvature))
	if err != nil {
		return err
	}
	if k == nil || f == nil {
		return errNotFinite
	}
	for i, c := range restraint {
		if d := f[i] + c; d > 0 {
			u.Sigma[i] = math.Sqrt(max(0, k[i]+c)) / d
		}
	}
	return nil
}
