package refine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/node"
)

// jointVectors are long vectors that the frames share, such as the scales of reflections: too many numbers for a matrix. They
// are held during the Gauss-Newton steps, and changed in between by steps with the diagonal of their Fisher matrix.
type jointVectors struct {
	each   []element // of the first frame that has them
	names  []string
	at     [][]int // of each frame: where its numbers are among all
	start  []float64
	values []float64
	sigma  []float64
}

// VectorResult is a number of a long vector that the frames of a [Joint] problem share, as [Frame].Vectors names it.
type VectorResult struct {
	Name string
	// Sigma is from the diagonal of the Fisher matrix: the uncertainty if all others were known, a lower limit; +Inf where no image
	// depends on the number.
	Start, Value, Sigma float64
}

// addVectors lists the numbers of the frames' long vectors, or returns nil if there are none.
func (j *Joint) addVectors() error {
	v := &jointVectors{at: make([][]int, len(j.frames))}
	known := map[string]int{}
	for i, f := range j.frames {
		if f.Vectors == nil {
			continue
		}
		if f.Vectors.loss != f.Problem.loss {
			return fmt.Errorf("refine: %s: the problem of the vectors has another loss", f.Name)
		}
		if err := j.selectFrame(i); err != nil {
			return err
		}
		values, err := f.Vectors.params.Values()
		if err != nil {
			return err
		}
		for k, name := range f.Vectors.params.Names() {
			n, there := known[name]
			if !there {
				n = len(v.names)
				known[name] = n
				v.names, v.start, v.each = append(v.names, name), append(v.start, values[k]), append(v.each, f.Vectors.params.each[k])
			}
			v.at[i] = append(v.at[i], n)
		}
	}
	if v.names != nil {
		v.values = slices.Clone(v.start)
		j.vectors = v
	}
	return nil
}

// setVectors gives a frame's vectors values of all.
func (j *Joint) setVectors(i int, values []float64) error {
	p := j.frames[i].Vectors
	if p == nil {
		return nil
	}
	own := make([]float64, len(j.vectors.at[i]))
	for k, n := range j.vectors.at[i] {
		own[k] = values[n]
	}
	return p.params.Set(own)
}

// vectorPoint is what has been computed at values of the vectors.
type vectorPoint struct {
	values, gradient, diagonal []float64
	loss                       float64
	possible                   bool
}

// evaluateVectors sums the frames' losses, gradients and diagonals by the vectors, at the values of all other parameters.
func (j *Joint) evaluateVectors(ctx context.Context, others *jointPoint, values []float64) (*vectorPoint, error) {
	v := j.vectors
	pt := &vectorPoint{values: values, gradient: make([]float64, len(values)), diagonal: make([]float64, len(values))}
	j.evaluations++
	restrained := false
	for i, f := range j.frames {
		if err := j.selectFrame(i); err != nil {
			return nil, err
		}
		if err := f.Problem.params.Set(j.variables.of(i, others.values)); err != nil {
			return nil, err
		}
		if f.Vectors == nil { // its loss is not changed by them
			pt.loss += others.frames[i].Loss
			continue
		}
		own := make([]float64, len(v.at[i]))
		for k, n := range v.at[i] {
			own[k] = values[n]
		}
		p := f.Vectors // with the restraints within its loss, which count once
		if restrained {
			p = j.bare[p]
		}
		restrained = true
		at, err := p.evaluate(ctx, own, gradients)
		if err != nil {
			return nil, fmt.Errorf("refine: %s: %w", f.Name, err)
		}
		if !at.possible {
			return pt, ctx.Err()
		}
		b := node.On(p.sim.Graph())
		diagonal, err := p.diagonal(ctx, b, b.In(p.loss.Curvature))
		if err != nil {
			return nil, fmt.Errorf("refine: %s: %w", f.Name, err)
		}
		if diagonal == nil {
			return pt, nil
		}
		pt.loss += at.loss
		for k, n := range v.at[i] {
			pt.gradient[n] += at.gradient[k]
			pt.diagonal[n] += diagonal[k]
		}
	}
	for n, e := range v.each {
		if r := e.Restraint; r != nil {
			z := v.off(n, values[n])
			pt.loss += z * z / 2
			pt.gradient[n] += z / r.Sigma
			pt.diagonal[n] += 1 / (r.Sigma * r.Sigma)
		}
	}
	pt.possible = true
	return pt, nil
}

// off is how far a number is from the centre of its restraint, in standard deviations.
func (v *jointVectors) off(n int, value float64) float64 {
	r, centre := v.each[n].Restraint, v.each[n].Restraint.Centre
	if r.ToStart {
		centre = v.start[n]
	}
	return (value - centre) / r.Sigma
}

// restraint is what the restraints of the numbers add to the loss, 0 without vectors.
func (v *jointVectors) restraint() (loss float64) {
	if v == nil {
		return 0
	}
	for n, e := range v.each {
		if e.Restraint != nil {
			z := v.off(n, v.values[n])
			loss += z * z / 2
		}
	}
	return loss
}

// step goes to the minimum along each number by itself, damped, and at most nine tenths of the way to a bound. Numbers of which
// the images know less than their size are held: they would go anywhere.
func (v *jointVectors) step(at *vectorPoint, damping float64) (values []float64, predicted float64) {
	values = slices.Clone(at.values)
	for n, d := range at.diagonal {
		if !(d*v.start[n]*v.start[n] > 1) {
			continue
		}
		e := v.each[n]
		next := at.values[n] - at.gradient[n]/(d*(1+damping))
		if e.Bounds.lower() {
			next = max(next, e.Bounds.Lower+(at.values[n]-e.Bounds.Lower)/10)
		}
		if e.Bounds.upper() {
			next = min(next, e.Bounds.Upper-(e.Bounds.Upper-at.values[n])/10)
		}
		s := next - at.values[n]
		values[n] = next
		predicted -= at.gradient[n]*s + d*s*s/2
	}
	return values, predicted
}

// vectorSteps is how many steps are taken by vectors between searches by the other parameters.
const vectorSteps = 8

// alternate takes steps by the vectors, and reports by how much they decrease the loss.
func (s *jointSearch) alternate() (gained float64, err error) {
	v := s.vectors
	at, err := s.evaluateVectors(s.ctx, s.best, v.values)
	if err != nil || !at.possible {
		return 0, err
	}
	first, damping := at.loss, 0.0
	for range vectorSteps {
		next, predicted := v.step(at, damping)
		if predicted <= s.settings.Tolerance*s.settings.Tolerance/2*float64(len(v.values)) || predicted <= s.settings.Relative*math.Abs(at.loss) {
			break
		}
		trial, err := s.evaluateVectors(s.ctx, s.best, next)
		if err != nil {
			return first - at.loss, err
		}
		if trial.possible && trial.loss < at.loss {
			if trial.loss > at.loss-predicted/4 { // neighbours overlap
				damping = max(0.5, 2*damping)
			} else {
				damping /= 4
			}
			at = trial
			continue
		}
		damping = max(1, 4*damping)
	}
	v.values, v.sigma = at.values, make([]float64, len(at.values))
	for n, d := range at.diagonal {
		v.sigma[n] = math.Inf(1)
		if d > 0 {
			v.sigma[n] = 1 / math.Sqrt(d)
		}
	}
	return first - at.loss, nil
}

// results lists the numbers.
func (v *jointVectors) results() (list []VectorResult) {
	if v == nil {
		return nil
	}
	for n, name := range v.names {
		r := VectorResult{Name: name, Start: v.start[n], Value: v.values[n], Sigma: math.NaN()}
		if v.sigma != nil {
			r.Sigma = v.sigma[n]
		}
		list = append(list, r)
	}
	return list
}
