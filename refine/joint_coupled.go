package refine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// coupling is the part of the Fisher matrix that parameters and long vectors share, of each frame: the vectors' numbers that the frame
// depends on, and a row for each of its parameters.
type coupling struct {
	at   [][]int
	rows [][][]float64
}

// couple computes it, at a point and at the vectors' present values.
func (j *Joint) couple(ctx context.Context, pt *jointPoint) (*coupling, error) {
	v := j.vectors
	c := &coupling{at: make([][]int, len(j.frames)), rows: make([][][]float64, len(j.frames))}
	for i, f := range j.frames {
		if f.Vectors == nil {
			continue
		}
		if err := j.selectFrame(i); err != nil {
			return nil, err
		}
		if err := j.setVectors(i, v.values); err != nil {
			return nil, err
		}
		p, long := j.bare[f.Problem], j.bare[f.Vectors]
		if err := p.params.Set(j.variables.of(i, pt.values)); err != nil {
			return nil, err
		}
		rows, err := p.couple(ctx, long)
		if err != nil {
			return nil, fmt.Errorf("refine: %s: %w", f.Name, err)
		}
		if rows == nil {
			return nil, fmt.Errorf("refine: %s: %w", f.Name, errNotFinite)
		}
		for n, to := range v.at[i] {
			if !slices.ContainsFunc(rows, func(row []float64) bool { return row[n] != 0 }) {
				continue
			}
			c.at[i] = append(c.at[i], to)
			for k, row := range rows {
				if len(c.rows[i]) == k {
					c.rows[i] = append(c.rows[i], nil)
				}
				c.rows[i][k] = append(c.rows[i][k], row[n])
			}
		}
	}
	return c, nil
}

// couple computes Jᵀ W L at the present values, with J and L the derivatives of the prediction by the problem's parameters and by those
// of another of the same loss. It returns nil where a number is not finite.
func (p *Problem) couple(ctx context.Context, other *Problem) ([][]float64, error) {
	in, err := p.weigh()
	if err != nil {
		return nil, err
	}
	back, err := other.weigh()
	if err != nil {
		return nil, err
	}
	n := p.params.Len()
	direction, rows := make([]float64, n), make([][]float64, n)
	for k := range n {
		direction[k] = 1
		image, err := p.with(ctx, in.directions, direction, in.weighted)
		direction[k] = 0
		if err != nil || image == nil {
			return nil, err
		}
		if rows[k], err = other.with(ctx, []*expr.Node{back.image}, image, back.back...); err != nil || rows[k] == nil {
			return nil, err
		}
	}
	return rows, nil
}

// rowSums are those of the Fisher matrix, Lᵀ W L 1, at the present values; nil where a number is not finite.
func (p *Problem) rowSums(ctx context.Context) ([]float64, error) {
	in, err := p.weigh()
	if err != nil {
		return nil, err
	}
	image, err := p.with(ctx, in.directions, slices.Repeat([]float64{1}, p.params.Len()), in.weighted)
	if err != nil || image == nil {
		return nil, err
	}
	return p.with(ctx, []*expr.Node{in.image}, image, in.back...)
}

// weigh is linear, with W J d.
func (p *Problem) weigh() (*information, error) {
	b := node.On(p.sim.Graph())
	in, err := p.linear(b)
	if err != nil {
		return nil, fmt.Errorf("refine: %w", err)
	}
	if in.weighted == nil {
		if in.weighted = b.Mul(b.In(p.loss.Curvature), in.along); b.Err() != nil {
			return nil, fmt.Errorf("refine: %w", b.Err())
		}
	}
	return in, nil
}

// coupled is the quadratic model of the loss by parameters and vectors together, the latter with a diagonal matrix D that is not less
// than theirs: the model is nowhere below the loss's quadratic one, and with the vectors eliminated it is positive definite.
type coupled struct {
	*jointQuadratic
	*coupling
	variables *variables
	vectors   *vectorPoint
	held      []bool    // numbers of vectors that are left out
	fixed     []float64 // by how much these change nevertheless
}

// down is what a change of the parameters, in scaled units, adds to the gradient by the vectors.
func (c *coupled) down(x []float64) []float64 {
	out, values := make([]float64, len(c.held)), make([]float64, len(x))
	for i := range values {
		values[i] = x[i] * c.scaling[i]
	}
	for i, rows := range c.rows {
		for k, row := range rows {
			change := c.variables.frames[i][k].value(values)
			for m, n := range c.at[i] {
				out[n] += row[m] * change
			}
		}
	}
	return out
}

// up is what a change of the vectors adds to the gradient by the parameters, in scaled units.
func (c *coupled) up(change []float64) []float64 {
	out := make([]float64, len(c.scaling))
	for i, rows := range c.rows {
		own := make([]float64, len(rows))
		for k, row := range rows {
			for m, n := range c.at[i] {
				own[k] += row[m] * change[n]
			}
		}
		if rows != nil {
			c.variables.addGradient(i, own, out)
		}
	}
	for i := range out {
		out[i] *= c.scaling[i]
	}
	return out
}

// divided is a gradient by the vectors divided by D, 0 for numbers that stay.
func (c *coupled) divided(gradient []float64, damping float64) []float64 {
	out := make([]float64, len(gradient))
	for n, g := range gradient {
		if !c.held[n] {
			out[n] = g / (c.vectors.bound[n] * (1 + damping))
		}
	}
	return out
}

// step solves for both: the vectors are eliminated, and the equations of the parameters, (A − B D⁻¹ Bᵀ) x = B D⁻¹ g − f, solved by
// conjugate gradients, preconditioned with the arrow A.
func (c *coupled) step(damping float64) (step, change []float64, predicted float64, err error) {
	const precision, most = 1e-12, 500 // of the residual's square, and iterations
	damped := damping + 1e-10          // of directions in which parameters and vectors do the same
	f := c.fisher.factor(damped, 0)
	solver, ok := f.schurSolver()
	if !ok || slices.Contains(f.left, true) {
		return nil, nil, 0, nil
	}
	times := func(x []float64) []float64 {
		y := c.fisher.times(x)
		less := c.up(c.divided(c.down(x), damping))
		for i := range y {
			y[i] += damped*x[i] - less[i]
		}
		return y
	}
	residual := c.up(c.divided(c.vectors.gradient, damping))
	for i, g := range c.gradient {
		residual[i] -= g
	}
	x := make([]float64, len(residual))
	var direction []float64
	last, first := 0.0, 0.0
	for k := range most {
		z, err := f.solve(residual, solver)
		if err != nil {
			return nil, nil, 0, err
		}
		now := dot(residual, z)
		if k == 0 {
			first, direction = now, z
		} else {
			for i := range direction {
				direction[i] = z[i] + now/last*direction[i]
			}
		}
		if !(now > precision*first) {
			break
		}
		last = now
		product := times(direction)
		along := dot(direction, product)
		if !(along > 0) {
			break
		}
		for i := range x {
			x[i] += now / along * direction[i]
			residual[i] -= now / along * product[i]
		}
	}
	slope := c.down(x)
	for n, g := range c.vectors.gradient {
		slope[n] += g
	}
	change = c.divided(slope, damping)
	for n := range change {
		if c.held[n] {
			change[n] = c.fixed[n] / (1 + damping)
			predicted -= change[n] * (c.vectors.gradient[n] + c.vectors.bound[n]*change[n]/2)
			continue
		}
		change[n] = -change[n]
		predicted += change[n] * (damping*c.vectors.bound[n]*change[n] - c.vectors.gradient[n]) / 2
	}
	step = make([]float64, len(x))
	for i := range x {
		predicted += x[i] * (damping*x[i] - c.gradient[i]) / 2
		step[i] = x[i] * c.unit[i]
	}
	return step, change, predicted, nil
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// together searches by parameters and vectors, from where those have been found with the vectors held.
func (s *jointSearch) together() (Status, string, error) {
	v := s.vectors
	limit, damping, growth := s.number+s.settings.MaxIterations, s.damping, 2.0
	for {
		at := s.best
		point, err := s.evaluateVectors(s.ctx, at, v.values)
		if err != nil || !point.possible {
			return NoProgress, "a derivative by a vector is not finite", err
		}
		v.remember(point)
		part, err := s.couple(s.ctx, at)
		if err != nil {
			return Running, "", err
		}
		c := &coupled{jointQuadratic: s.quadratic(at), coupling: part, variables: s.variables, vectors: point}
		c.held, c.fixed = v.held(point)
		_, _, predicted, err := c.step(0)
		if err != nil {
			return Running, "", err
		}
		// The tolerance is in standard deviations, of each number of the vectors too.
		if predicted <= s.settings.Tolerance*s.settings.Tolerance/2*float64(1+len(v.values)) || predicted <= s.settings.Relative*math.Abs(at.loss) {
			return Converged, "", nil
		}
		for accepted := false; !accepted; {
			if s.number >= limit {
				return IterationLimit, "", nil
			}
			step, change, predicted, err := c.step(damping)
			if err != nil {
				return Running, "", err
			}
			ratio := math.Inf(-1)
			if step != nil {
				before := v.values
				v.values = v.moved(change)
				trial, err := s.evaluate(s.ctx, plus(at.x, step))
				if err != nil {
					v.values = before
					return Running, "", err
				}
				if trial.possible {
					ratio = (at.loss - trial.loss) / predicted
				}
				if accepted = ratio > 1e-4; accepted {
					s.best = trial
				} else {
					v.values = before
				}
			}
			if accepted {
				damping, growth = max(leastDamping, damping*max(1./10, 1-math.Pow(2*ratio-1, 3))), 2
				if renewed, err := s.renew(s.best); err != nil {
					return NoProgress, err.Error(), s.ctx.Err()
				} else if renewed && !s.best.possible {
					return Running, "", s.impossible()
				}
			} else {
				damping, growth = damping*growth, 2*growth
			}
			s.iterated(s.best, accepted)
			if damping > mostDamping {
				return NoProgress, "no damping gives a step that decreases the loss", nil
			}
		}
	}
}
