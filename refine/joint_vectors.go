package refine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gobragg/gobragg/internal/node"
)

// jointVectors are long vectors that the frames share, such as the scales of reflections: too many numbers for a matrix. They
// are held until the other parameters are found, and then part of Gauss-Newton steps with the diagonal of their Fisher matrix.
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
	// bound is a diagonal matrix that is not less than the Fisher matrix: its row sums. It is the diagonal where no pixel depends on two
	// numbers.
	bound    []float64
	loss     float64
	possible bool
}

// evaluateVectors sums the frames' losses, gradients and diagonals by the vectors, at the values of all other parameters.
func (j *Joint) evaluateVectors(ctx context.Context, others *jointPoint, values []float64) (*vectorPoint, error) {
	v := j.vectors
	pt := &vectorPoint{values: values, gradient: make([]float64, len(values)), diagonal: make([]float64, len(values)), bound: make([]float64, len(values))}
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
		bare := j.bare[f.Vectors]
		sums, err := bare.rowSums(ctx)
		if err != nil || sums == nil {
			return pt, err
		}
		counts := diagonal // without the restraints
		if p != bare {
			if counts, err = bare.diagonal(ctx, b, b.In(bare.loss.Curvature)); err != nil || counts == nil {
				return pt, err
			}
		}
		pt.loss += at.loss
		for k, n := range v.at[i] {
			pt.gradient[n] += at.gradient[k]
			pt.diagonal[n] += diagonal[k]
			pt.bound[n] += diagonal[k] + max(0, sums[k]-counts[k])
		}
	}
	for n, e := range v.each {
		if r := e.Restraint; r != nil {
			z := v.off(n, values[n])
			pt.loss += z * z / 2
			pt.gradient[n] += z / r.Sigma
			pt.diagonal[n] += 1 / (r.Sigma * r.Sigma)
			pt.bound[n] += 1 / (r.Sigma * r.Sigma)
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

// held reports which numbers the equations leave out, and by how much they change nevertheless: those of which the images know less than
// their size, which would go anywhere, stay, and those that would leave their bounds go nine tenths of the way there.
func (v *jointVectors) held(at *vectorPoint) (held []bool, change []float64) {
	held, change = make([]bool, len(at.values)), make([]float64, len(at.values))
	for n, d := range at.diagonal {
		if held[n] = !(d*v.start[n]*v.start[n] > 1); held[n] {
			continue
		}
		b, value := v.each[n].Bounds, at.values[n]
		switch next := value - at.gradient[n]/at.bound[n]; {
		case b.lower() && next <= b.Lower:
			held[n], change[n] = true, (b.Lower-value)*0.9
		case b.upper() && next >= b.Upper:
			held[n], change[n] = true, (b.Upper-value)*0.9
		}
	}
	return held, change
}

// moved are the values with a change, at most nine tenths of the way to a bound.
func (v *jointVectors) moved(change []float64) []float64 {
	values := slices.Clone(v.values)
	for n, c := range change {
		b, old := v.each[n].Bounds, values[n]
		values[n] += c
		if b.lower() {
			values[n] = max(values[n], b.Lower+(old-b.Lower)/10)
		}
		if b.upper() {
			values[n] = min(values[n], b.Upper-(b.Upper-old)/10)
		}
	}
	return values
}

// remember takes the uncertainties at a point.
func (v *jointVectors) remember(at *vectorPoint) {
	v.sigma = make([]float64, len(at.values))
	for n, d := range at.diagonal {
		v.sigma[n] = math.Inf(1)
		if d > 0 {
			v.sigma[n] = 1 / math.Sqrt(d)
		}
	}
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
