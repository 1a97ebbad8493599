package refine

import (
	"context"
	"fmt"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// jointRestraint is a restraint within the loss of a frame ([Loss].Restrain, [Loss.RestrainReflections]) that counts there: those
// that depend on own parameters count in each frame, the others once, in the first frame whose loss has one of the name.
type jointRestraint struct {
	index    int
	gradient []*expr.Node // of a scalar, by the frame's parameters
}

// addRestraints lists the restraints within the frames' losses, and makes problems without them, which are evaluated.
func (j *Joint) addRestraints() error {
	j.restraints, j.bare = make([][]jointRestraint, len(j.frames)), map[*Problem]*Problem{}
	type key struct {
		name  string
		which int // of those of the name in a loss
	}
	known := map[key]bool{}
	for i, f := range j.frames {
		for _, p := range []*Problem{f.Problem, f.Vectors} {
			if p == nil || j.bare[p] != nil {
				continue
			}
			j.bare[p] = p
			if len(p.loss.restraints) == 0 {
				continue
			}
			bare, err := NewProblem(p.sim, p.loss.unrestrained(), p.params)
			if err != nil {
				return fmt.Errorf("refine: %s, without restraints: %w", f.Name, err)
			}
			j.bare[p] = bare
		}
		p := f.Problem
		b := node.On(p.sim.Graph())
		by := p.by(b)
		seen := map[string]int{}
		for k, r := range p.loss.restraints {
			below, err := expr.Sort(r.z)
			if err != nil {
				return fmt.Errorf("refine: %s: %w", f.Name, err)
			}
			own := false
			for n, node := range by {
				own = own || below.Has(node) && j.own[p.params.list[p.params.free[n]].Name] != nil
			}
			name := key{r.name, seen[r.name]}
			seen[r.name]++
			if !own && known[name] {
				continue
			}
			known[name] = true
			x := jointRestraint{index: k}
			if r.of == nil {
				if x.gradient, err = autodiff.GradientOrZero(r.z, by...); err != nil {
					return fmt.Errorf("refine: %s: %w", f.Name, err)
				}
			}
			j.restraints[i] = append(j.restraints[i], x)
		}
		if b.Err() != nil {
			return fmt.Errorf("refine: %s: %w", f.Name, b.Err())
		}
	}
	return nil
}

// restraintRows computes the restraints z of a frame that count there, at the present values of the parameters, and their gradients by
// the frame's parameters. It returns nil where a number is not finite.
func (j *Joint) restraintRows(ctx context.Context, i int) (z []float64, rows [][]float64, err error) {
	p := j.frames[i].Problem
	b := node.On(p.sim.Graph())
	z = []float64{}
	for _, r := range j.restraints[i] {
		own, err := p.numbers(ctx, []*expr.Node{p.loss.restraints[r.index].z})
		if err != nil || own == nil {
			return nil, nil, err
		}
		var gradients [][]float64
		if r.gradient != nil {
			row, err := p.numbers(ctx, r.gradient)
			if err != nil || row == nil {
				return nil, nil, err
			}
			gradients = [][]float64{row}
		} else if gradients, err = p.restraintRows(ctx, b, r.index); err != nil || gradients == nil {
			return nil, nil, err
		}
		z, rows = append(z, own...), append(rows, gradients...)
	}
	return z, rows, nil
}

// countRestraints is the number of restraints within the losses that count.
func (j *Joint) countRestraints() (n int) {
	for i, list := range j.restraints {
		for _, r := range list {
			n += j.frames[i].Problem.loss.restraints[r.index].z.Size()
		}
	}
	return n
}
