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

// MatrixLimit is the largest number of free scalars and elements together for which a problem with vectors has a Fisher
// matrix, so that Gauss-Newton can search and covariances are known. It takes two sweeps over the pixels for each.
const MatrixLimit = 200

// hasMatrix reports whether the problem has a Fisher matrix.
func (p *Problem) hasMatrix() bool {
	return p.params.Vectors() == nil || p.params.Len() <= MatrixLimit
}

// shortVector is the largest number of elements of vectors together for which each has a column of the Jacobian, so that
// a Fisher matrix takes one sweep.
const shortVector = 24

// columnwise reports whether the Jacobian has a column for each free number. Restraints in the loss are differentiated by
// scalars alone.
func (p *Problem) columnwise() bool {
	elements := 0
	for _, v := range p.params.Vectors() {
		elements += v.Len
	}
	return elements == 0 || elements <= shortVector && len(p.loss.restraints) == 0
}

// needMatrix returns an error for a problem without a Fisher matrix, which a method needs.
func (p *Problem) needMatrix(method string) error {
	if p.hasMatrix() {
		return nil
	}
	return fmt.Errorf("refine: %s needs the Fisher matrix, and %d free numbers, of which vectors are part, are too many for it (%d at most): use LBFGS",
		method, p.params.Len(), MatrixLimit)
}

// information computes Fisher matrices by vectors, of which there are no columns of a Jacobian as expressions: F d = Jᵀ (W (J d))
// for one direction d after the other.
type information struct {
	directions []*expr.Node // inputs, one for each parameter
	along      *expr.Node   // J d, pixel by pixel
	image      *expr.Node   // an input u, pixel by pixel
	back       []*expr.Node // Jᵀ u, by parameter
	weighted   *expr.Node   // W J d, pixel by pixel; made when first needed, as is share
	share      *expr.Node   // (∂L/∂m) J d, pixel by pixel; made when first needed
}

// linear returns the expressions of the products with J and Jᵀ.
func (p *Problem) linear(b *node.Builder) (*information, error) {
	if p.information != nil {
		return p.information, nil
	}
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return nil, errNoPrediction
	}
	prediction, by := b.In(p.loss.Prediction), p.by(b)
	if b.Err() != nil {
		return nil, b.Err()
	}
	in := &information{image: b.Builder.Leaf("refine.image", make([]float64, prediction.Size()), prediction.Shape()...)}
	var err error
	// J d is the derivative by u of (Jᵀ u) · d, which does not depend on u.
	if in.back, err = autodiff.GradientOrZero(b.SumAll(b.Mul(in.image, prediction)), by...); err != nil {
		return nil, err
	}
	total := b.Const(0)
	for i, n := range by {
		d := b.Builder.Leaf("refine.direction", make([]float64, n.Size()), n.Shape()...)
		in.directions = append(in.directions, d)
		total = b.Add(total, b.SumAll(b.Mul(in.back[i], d)))
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	along, err := autodiff.GradientOrZero(total, in.image)
	if err != nil {
		return nil, err
	}
	in.along = along[0]
	p.information = in
	return in, nil
}

// with computes nodes with other numbers in some inputs.
func (p *Problem) with(ctx context.Context, inputs []*expr.Node, vector []float64, nodes ...*expr.Node) ([]float64, error) {
	back, err := expr.Lend(inputs, vector)
	defer back()
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	return p.numbers(ctx, nodes)
}

// matrices computes JᵀWJ + Σ ∂z ∂zᵀ, with z the loss's restraints, for each of some weights W of the pixels, at the present
// values of the parameters. It returns nil where an element is not finite.
func (p *Problem) matrices(ctx context.Context, b *node.Builder, weights ...*expr.Node) ([]*mat.SymDense, error) {
	in, err := p.linear(b)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	own, err := p.restraintGradients(ctx, b)
	if err != nil || own == nil {
		return nil, err
	}
	n := p.params.Len()
	direction := make([]float64, n)
	out := make([]*mat.SymDense, len(weights))
	for k, w := range weights {
		out[k] = mat.NewSymDense(n, nil)
		weighted := b.Mul(w, in.along)
		if b.Err() != nil {
			return nil, fmt.Errorf("refine: %w", b.Err())
		}
		for i := range n {
			direction[i] = 1
			image, err := p.with(ctx, in.directions, direction, weighted)
			direction[i] = 0
			if err != nil || image == nil {
				return nil, err
			}
			row, err := p.with(ctx, []*expr.Node{in.image}, image, in.back...)
			if err != nil || row == nil {
				return nil, err
			}
			for j := i; j < n; j++ {
				v := row[j]
				for _, z := range own {
					v += z[i] * z[j]
				}
				out[k].SetSym(i, j, v)
			}
		}
	}
	return out, nil
}

// restraintGradients computes the gradient of each of the loss's restraints z, of vectors element by element. It returns nil
// where one is not finite.
func (p *Problem) restraintGradients(ctx context.Context, b *node.Builder) ([][]float64, error) {
	out := [][]float64{}
	for k, r := range p.loss.restraints {
		if r.of != nil {
			rows, err := p.restraintRows(ctx, b, k)
			if err != nil || rows == nil {
				return nil, err
			}
			out = append(out, rows...)
			continue
		}
		row, err := p.restraintRow(ctx, b, r)
		if err != nil || row == nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// restraintRow computes the gradient of a scalar restraint.
func (p *Problem) restraintRow(ctx context.Context, b *node.Builder, r restraint) ([]float64, error) {
	d, err := autodiff.GradientOrZero(r.z, p.by(b)...)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	return p.numbers(ctx, d)
}

// restraintRows computes the gradients of the elements of restraint k, a vector z, from the changes of z by each number that
// it depends on.
func (p *Problem) restraintRows(ctx context.Context, b *node.Builder, k int) ([][]float64, error) {
	r := p.loss.restraints[k]
	first := 0
	for _, n := range p.by(b) {
		if n == r.of {
			break
		}
		first += n.Size()
	}
	rows := make([][]float64, r.z.Size())
	for i := range rows {
		rows[i] = make([]float64, p.params.Len())
	}
	if first == p.params.Len() {
		return rows, nil // the vector is not free
	}
	if p.changes == nil {
		p.changes = map[int][2]*expr.Node{}
	}
	in, known := p.changes[k]
	if !known {
		u := b.Builder.Leaf("refine.row", make([]float64, r.z.Size()), r.z.Shape()...)
		d := b.Builder.Leaf("refine.direction", make([]float64, r.of.Size()), r.of.Shape()...)
		back, err := autodiff.GradientOrZero(b.SumAll(b.Mul(u, r.z)), r.of)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		along, err := autodiff.GradientOrZero(b.SumAll(b.Mul(back[0], d)), u)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		in = [2]*expr.Node{d, along[0]}
		p.changes[k] = in
	}
	direction := make([]float64, r.of.Size())
	for j := range direction {
		direction[j] = 1
		column, err := p.with(ctx, []*expr.Node{in[0]}, direction, in[1])
		direction[j] = 0
		if err != nil || column == nil {
			return nil, err
		}
		for i, v := range column {
			rows[i][first+j] = v
		}
	}
	return rows, nil
}

// fisherWithVectors computes the Fisher matrix of a problem with vectors, nil where it is not finite.
func (p *Problem) fisherWithVectors(ctx context.Context) (*mat.SymDense, error) {
	if err := p.needMatrix("the search"); err != nil {
		return nil, err
	}
	b := node.On(p.sim.Graph())
	if p.loss.Curvature == nil {
		return nil, fmt.Errorf("refine: %w", errNoPrediction)
	}
	m, err := p.matrices(ctx, b, b.In(p.loss.Curvature))
	if err != nil || m == nil {
		return nil, err
	}
	return m[0], nil
}

// sandwichWeights returns (∂L/∂m)² and ∂²L/∂m², pixel by pixel: the weights of the two matrices of a sandwich covariance.
func (p *Problem) sandwichWeights(b *node.Builder) (k, h *expr.Node, err error) {
	prediction := b.In(p.loss.Prediction)
	first, err := autodiff.Gradient(b.In(p.loss.Value), prediction)
	if err != nil {
		return nil, nil, fmt.Errorf("refine: the loss by its prediction: %w", err)
	}
	second, err := autodiff.GradientOrZero(b.SumAll(first[0]), prediction)
	if err != nil {
		return nil, nil, fmt.Errorf("refine: %w", err)
	}
	return b.Square(first[0]), second[0], b.Err()
}

// diagonal computes Σ w (∂m/∂θ)² for each free number θ, and adds the squares of the derivatives of the loss's restraints: the
// diagonal of the Fisher matrix. Scalars take one sweep, as does each vector that tables are made of; others take one
// for each element. It returns nil where a number is not finite.
func (p *Problem) diagonal(ctx context.Context, b *node.Builder, weight *expr.Node) ([]float64, error) {
	if err := p.linearise(b); err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	prediction := b.In(p.loss.Prediction)
	columns := p.jacobian
	var out []float64
	for _, n := range p.by(b) {
		var square *expr.Node
		if len(n.Shape()) == 0 {
			square, columns = b.SumAll(b.Mul(weight, b.Square(columns[0]))), columns[1:]
		} else if p.sim.Expressions().Pixelwise(prediction) == nil {
			square, _ = autodiff.Squares(prediction, weight, n) // nil for a vector that is no table's
		}
		if b.Err() != nil {
			return nil, fmt.Errorf("refine: %w", b.Err())
		}
		numbers, err := []float64(nil), error(nil)
		if square != nil {
			numbers, err = p.numbers(ctx, []*expr.Node{square})
		} else {
			numbers, err = p.squaresOneByOne(ctx, b, weight, len(out), n.Size())
		}
		if err != nil || numbers == nil {
			return nil, err
		}
		out = append(out, numbers...)
	}
	for _, r := range p.loss.restraints {
		if r.of == nil {
			row, err := p.restraintRow(ctx, b, r)
			if err != nil || row == nil {
				return nil, err
			}
			for i, d := range row {
				out[i] += d * d
			}
			continue
		}
		squares, err := p.numbers(ctx, []*expr.Node{r.squares})
		if err != nil || squares == nil {
			return nil, err
		}
		at := 0
		for _, n := range p.by(b) {
			if n == r.of {
				for i, v := range squares {
					out[at+i] += v
				}
			}
			at += n.Size()
		}
	}
	return out, nil
}

// squaresOneByOne computes Σ w (∂m/∂θ)² of n free numbers from the first on.
func (p *Problem) squaresOneByOne(ctx context.Context, b *node.Builder, weight *expr.Node, first, n int) ([]float64, error) {
	in, err := p.linear(b)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	square := b.SumAll(b.Mul(weight, b.Square(in.along)))
	if b.Err() != nil {
		return nil, fmt.Errorf("refine: %w", b.Err())
	}
	direction := make([]float64, p.params.Len())
	out := make([]float64, 0, n)
	for i := first; i < first+n; i++ {
		direction[i] = 1
		v, err := p.with(ctx, in.directions, direction, square)
		direction[i] = 0
		if err != nil || v == nil {
			return nil, err
		}
		out = append(out, v[0])
	}
	return out, nil
}

// diagonalUncertainty computes the uncertainties from the diagonal of the Fisher matrix.
func (p *Problem) diagonalUncertainty(ctx context.Context, values []float64) (*Uncertainty, error) {
	b := node.On(p.sim.Graph())
	if p.loss.Prediction == nil || p.loss.Curvature == nil {
		return nil, fmt.Errorf("refine: %w", errNoPrediction)
	}
	middle, weight := (*expr.Node)(nil), b.In(p.loss.Curvature)
	if !p.loss.Likelihood {
		var err error
		if middle, weight, err = p.sandwichWeights(b); err != nil {
			return nil, err
		}
	}
	finite := func(d []float64, err error) ([]float64, error) {
		if err == nil && d == nil {
			err = fmt.Errorf("refine: no uncertainties: a derivative is not finite at the present values")
		}
		return d, err
	}
	f, err := finite(p.diagonal(ctx, b, weight))
	if err != nil {
		return nil, err
	}
	k := f
	if middle != nil {
		if k, err = finite(p.diagonal(ctx, b, middle)); err != nil {
			return nil, err
		}
	}
	u := &Uncertainty{Names: p.params.Names(), Values: values, Diagonal: true, Sigma: make([]float64, len(f)), ChiSquare: math.NaN(), Reduced: math.NaN()}
	_, _, curvature := p.params.restraint(values)
	for i, c := range curvature {
		u.Sigma[i] = math.Inf(1)
		if d := f[i] + c; d > 0 {
			u.Sigma[i] = math.Sqrt(max(0, k[i]+c)) / d
		} else {
			u.Unseen++
		}
	}
	return u, p.chiSquare(ctx, u)
}
