package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// draw returns a random direction at x. Each number moves by about its own size, and numbers that
// are 0 by about the size of the others.
func draw(r *rand.Rand, x []float64) []float64 {
	largest := typical(magnitude(x))
	out := make([]float64, len(x))
	for i, v := range x {
		size := math.Abs(v)
		if size < 0.01*largest {
			size = largest
		}
		out[i] = size * (0.5 + r.Float64())
		if r.IntN(2) == 0 {
			out[i] = -out[i]
		}
	}
	return out
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

// ray returns a machine's numbers as a function of the distance along a direction in which all
// elements of some variables move at once.
func (m *machine) ray(ctx context.Context, subs []*variable, directions [][]float64) line {
	put := func(t float64) {
		for k, v := range subs {
			for i, d := range directions[k] {
				v.set(i, v.at[i]+t*d)
			}
		}
	}
	part := m.part(subs...)
	return func(t float64) ([]float64, error) {
		put(t)
		defer put(0)
		return m.again(ctx, part)
	}
}

// inputs returns the indices of the parameters that are inputs and have a derivative.
func (c *check) inputs() []int {
	var out []int
	for i, n := range c.by {
		if n.IsInput() && c.grads[i] != nil {
			out = append(out, i)
		}
	}
	return out
}

// product is the derivative of the gradient's component along a direction: the product of the
// Hessian and a vector.
type product struct {
	which      []int // the parameters
	directions []*expr.Node
	along      *expr.Node   // Σ gradient · direction
	by         []*expr.Node // ∂ along/∂ parameter
}

// product builds the product for some parameters, each of which has to have a derivative.
func (c *check) product(which []int) (*product, error) {
	p := &product{which: which}
	b := expr.On(c.loss.Graph())
	var nodes []*expr.Node
	for _, i := range which {
		n := c.by[i]
		nodes = append(nodes, n)
		d := b.Leaf("direction of "+c.names[i], make([]float64, n.Size()), n.Shape()...)
		p.directions = append(p.directions, d)
		if b.Err() != nil {
			break
		}
		term := b.SumAll(b.Mul(c.grads[i], d))
		if p.along == nil {
			p.along = term
		} else {
			p.along = b.Add(p.along, term)
		}
	}
	if b.Err() != nil {
		return nil, fmt.Errorf("gradcheck: %w", b.Err())
	}
	var err error
	if p.by, err = autodiff.GradientOrZero(p.along, nodes...); err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	return p, nil
}
