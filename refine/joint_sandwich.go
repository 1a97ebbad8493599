package refine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/node"
)

// Sandwich computes the uncertainties of a result by the sandwich covariance H⁻¹ K H⁻¹, whatever the loss: those of the shared
// parameters, and the own ones as in [JointResult].Own. It is what [Problem.Sandwich] is for one image, of the matrices summed over the
// images: K of the outer products of the gradients of groups of pixels. groups returns the number of the group of each simulated pixel
// of a frame, whose problem holds the frame's values then; nil, or where it returns nil, each pixel is a group. Pixels of different
// images are never in one.
func (j *Joint) Sandwich(ctx context.Context, r *JointResult, groups func(frame int) []int) (*Uncertainty, []OwnResult, error) {
	if r == nil || len(r.values) != len(j.variables.list) {
		return nil, nil, fmt.Errorf("refine: a sandwich covariance needs a result of the joint problem")
	}
	pt, err := j.pointOf(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	middle, used := pt.fisher.like(), 0
	for i, f := range j.frames {
		if err := j.Set(r, i); err != nil {
			return nil, nil, err
		}
		p := j.bare[f.Problem]
		b := node.On(p.sim.Graph())
		var list []int
		if groups != nil {
			list = groups(i)
		}
		k, n, err := p.outerProducts(ctx, b, list)
		if err != nil {
			return nil, nil, fmt.Errorf("refine: %s: %w", f.Name, err)
		}
		if k == nil {
			return nil, nil, fmt.Errorf("refine: %s: %w", f.Name, errNotFinite)
		}
		used += n
		j.variables.addMatrix(i, k, middle)
	}
	if n := len(j.variables.list); used > n {
		middle.scale(float64(used) / float64(used-n))
	}
	if err := j.restrainMatrix(ctx, pt, middle); err != nil {
		return nil, nil, err
	}
	u, c, err := j.uncertainty(pt, middle)
	if err != nil {
		return nil, nil, err
	}
	u.Sandwich = true
	own := slices.Clone(r.Own)
	for k := range own {
		own[k].Sigma = slices.Clone(own[k].Sigma)
	}
	j.ownSigma(own, c)
	for i := range j.frames {
		if err := j.Set(r, i); err != nil {
			return nil, nil, err
		}
	}
	return u, own, nil
}

// Shift returns by how many of its standard uncertainties each parameter would move, by name, if the gradients of the frames' losses at
// the result changed by given numbers, which are by the values of each frame's parameters; nil for a frame whose does not. It tells
// what pixels that are suspected do to the parameters, without another search. An own parameter has the name of its image after it.
func (j *Joint) Shift(ctx context.Context, r *JointResult, change [][]float64) (map[string]float64, error) {
	if r == nil || len(r.values) != len(j.variables.list) || len(change) != len(j.frames) {
		return nil, fmt.Errorf("refine: a shift needs a result of the joint problem, and a change for each frame")
	}
	pt, err := j.pointOf(ctx, r)
	if err != nil {
		return nil, err
	}
	clear(pt.gradient)
	for i, own := range change {
		if own != nil {
			j.variables.addGradient(i, own, pt.gradient)
		}
	}
	_, c, err := j.uncertainty(pt, nil)
	if err != nil {
		return nil, err
	}
	b := slices.Clone(pt.gradient)
	for i := range b {
		b[i] *= c.unit[i]
	}
	out := map[string]float64{}
	for i, x := range c.inverseOf(b) {
		if c.undetermined[i] {
			continue
		}
		if sigma := c.sigma(combination{{i, 1}}); sigma > 0 {
			out[j.variables.list[i].name] = -x * c.unit[i] / sigma
		}
	}
	return out, nil
}

// pointOf computes the point of a result.
func (j *Joint) pointOf(ctx context.Context, r *JointResult) (*jointPoint, error) {
	x := make([]float64, len(r.values))
	for i, v := range j.variables.list {
		x[i] = v.free(r.values[i])
	}
	for i := range j.frames { // of the vectors too
		if err := j.Set(r, i); err != nil {
			return nil, err
		}
	}
	pt, err := j.evaluate(ctx, x)
	if err == nil && !pt.possible {
		err = errNotFinite
	}
	return pt, err
}

// sandwich replaces the matrix of a point by Σ ∂²L/∂m² ∂m/∂θ ∂m/∂θᵀ and returns Σ (∂L/∂m)² ∂m/∂θ ∂m/∂θᵀ: the matrices H and K of
// the sandwich covariance of losses that are no likelihoods. It returns nil where all are.
func (j *Joint) sandwich(ctx context.Context, pt *jointPoint) (*arrow, error) {
	if !slices.ContainsFunc(j.frames, func(f Frame) bool { return !f.Problem.loss.Likelihood }) {
		return nil, nil
	}
	middle, outer := pt.fisher.like(), pt.fisher.like()
	for i, f := range j.frames {
		p := j.bare[f.Problem]
		k, h := mat.Symmetric(pt.each[i].fisher), mat.Symmetric(pt.each[i].fisher)
		if !p.loss.Likelihood {
			if err := j.selectFrame(i); err != nil {
				return nil, err
			}
			if j.vectors != nil {
				if err := j.setVectors(i, j.vectors.values); err != nil {
					return nil, err
				}
			}
			if err := p.params.Set(j.variables.of(i, pt.values)); err != nil {
				return nil, err
			}
			var err error
			if k, h, err = p.sandwich(ctx, make([]float64, p.params.Len())); err != nil {
				return nil, fmt.Errorf("refine: %s: %w", f.Name, err)
			}
		}
		j.variables.addMatrix(i, k, middle)
		j.variables.addMatrix(i, h, outer)
	}
	for _, m := range []*arrow{middle, outer} {
		if err := j.restrainMatrix(ctx, pt, m); err != nil {
			return nil, err
		}
	}
	pt.fisher = outer
	return middle, nil
}

// restrainMatrix adds what the restraints add to the Fisher matrix to a matrix of the frames' losses without them.
func (j *Joint) restrainMatrix(ctx context.Context, pt *jointPoint, m *arrow) error {
	j.variables.restrain(pt.values, make([]float64, len(pt.values)), m)
	for i := range j.frames {
		if len(j.restraints[i]) == 0 {
			continue
		}
		if err := j.selectFrame(i); err != nil {
			return err
		}
		if err := j.frames[i].Problem.params.Set(j.variables.of(i, pt.values)); err != nil {
			return err
		}
		z, rows, err := j.restraintRows(ctx, i)
		if err != nil {
			return err
		}
		if z == nil {
			return errNotFinite
		}
		n := len(j.variables.frames[i])
		own := mat.NewSymDense(n, nil)
		for _, row := range rows {
			own.SymRankOne(own, 1, mat.NewVecDense(n, row))
		}
		j.variables.addMatrix(i, own, m)
	}
	return nil
}

// between is the covariance of two sums of variables, of which H⁻¹ sum is given, in scaled units.
func (c *jointCovariance) between(one, other []float64) (v float64) {
	for i, y := range c.middle.times(other) {
		v += one[i] * y
	}
	return v
}

// inverseOf returns H⁻¹ b along the directions that the data determine.
func (c *jointCovariance) inverseOf(b []float64) []float64 {
	x, _ := c.solve(b, func(b []float64) ([]float64, error) {
		out := mat.NewVecDense(len(b), nil)
		out.MulVec(c.rest, mat.NewVecDense(len(b), b))
		return out.RawVector().Data, nil
	})
	return x
}

// sandwichOf replaces the covariances of the border's variables by those of the sandwich.
func (c *jointCovariance) sandwichOf(u *Uncertainty) {
	n := c.shared
	list := make([][]float64, n)
	for i := range list {
		e := make([]float64, c.len())
		e[c.along+i] = 1
		list[i] = c.inverseOf(e)
	}
	for i := range n {
		for k := i; k < n; k++ {
			u.Covariance.SetSym(i, k, c.between(list[i], list[k])*c.unit[c.along+i]*c.unit[c.along+k])
		}
		if !math.IsInf(u.Sigma[i], 1) {
			u.Sigma[i] = math.Sqrt(max(0, u.Covariance.At(i, i)))
		}
	}
	for i := range n {
		for k := i; k < n; k++ {
			if d := u.Covariance.At(i, i) * u.Covariance.At(k, k); d > 0 {
				u.Correlation.SetSym(i, k, u.Covariance.At(i, k)/math.Sqrt(d))
			}
		}
	}
}
