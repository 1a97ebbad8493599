package refine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// at returns the point x, computed at least to the level wanted. The point computed last is kept.
func (p *Problem) at(x []float64, want level) (*point, error) {
	if p.err != nil {
		return nil, p.err
	}
	if p.last != nil && slices.Equal(p.last.x, x) && p.last.has(want) {
		return p.last, nil
	}
	pt, err := p.compute(p.ctx, x, want)
	if err != nil {
		p.err = err
		return nil, err
	}
	p.last = pt
	return pt, nil
}

func (pt *point) has(want level) bool {
	switch {
	case !pt.possible:
		return true
	case want == fisher || want == framed:
		return pt.fisher != nil
	case want == secondDerivatives:
		return pt.hessian != nil
	case want == gradients:
		return pt.gradient != nil
	}
	return true
}

// compute sets the parameters' nodes and evaluates what the level needs. Parameters that are not
// valid together, and results that are not finite, make the point impossible; they are not an
// error.
func (p *Problem) compute(ctx context.Context, x []float64, want level) (*point, error) {
	if len(x) != p.params.Len() {
		return nil, fmt.Errorf("refine: %d numbers for %d free parameters", len(x), p.params.Len())
	}
	pt, err := p.evaluate(ctx, p.params.At(x), want)
	if pt != nil {
		pt.x = slices.Clone(x)
	}
	return pt, err
}

// evaluate is compute at values of the free parameters in their own units.
func (p *Problem) evaluate(ctx context.Context, values []float64, want level) (*point, error) {
	level := want
	whole := (want == fisher || want == framed) && !p.columnwise()
	if whole {
		level = gradients
	}
	nodes, err := p.build(level)
	if err != nil {
		return nil, err
	}
	if want == framed {
		own, err := node.Read(p.loss.ChiSquare, p.loss.Count)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		nodes = slices.Concat(nodes, own)
	}
	pt := &point{values: values}
	if p.params.Set(pt.values) != nil || p.sim.Check() != nil {
		return pt, ctx.Err()
	}
	p.evaluations++
	numbers, err := p.numbers(ctx, nodes)
	if err != nil || numbers == nil {
		return pt, err
	}
	pt.possible, pt.loss = true, numbers[0]
	if want == framed {
		end := len(numbers) - 2
		pt.chiSquare, pt.count = numbers[end], int(numbers[end+1])
		numbers = numbers[:end]
	}
	n := len(values)
	if want != onlyLoss {
		pt.gradient = numbers[1 : 1+n]
	}
	switch {
	case whole:
		if pt.fisher, err = p.fisherWithVectors(ctx); err != nil {
			return nil, err
		}
		pt.possible = pt.fisher != nil
	case want == fisher || want == framed:
		pt.fisher = symmetric(n, numbers[1+n:])
	case want == secondDerivatives:
		pt.hessian = symmetric(n, numbers[1+n:])
	}
	return pt, nil
}

// numbers returns the values of scalar nodes and the elements of vectors, one after the other, or nil where one of them is
// not finite.
func (p *Problem) numbers(ctx context.Context, nodes []*expr.Node) ([]float64, error) {
	values, err := p.sim.Expressions().Values(ctx, nodes...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, 0, len(values))
	for _, v := range values {
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, fmt.Errorf("refine: %w", err)
		}
		for _, f := range a.Data {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, nil
			}
		}
		out = append(out, a.Data...)
	}
	return out, nil
}

// symmetric returns the matrix with the given upper triangle, row by row.
func symmetric(n int, upper []float64) *mat.SymDense {
	m := mat.NewSymDense(n, nil)
	k := 0
	for i := range n {
		for j := i; j < n; j++ {
			m.SetSym(i, j, upper[k])
			k++
		}
	}
	return m
}
