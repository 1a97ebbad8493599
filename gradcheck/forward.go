package gradcheck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// onTape names the executor of the derivatives under test.
const onTape = "the uncompiled tape"

// forward compares forward mode with reverse mode, on the tape and compiled. In forward mode all
// parameters move at once along a random direction; where that differs, each by itself.
func (c *check) forward(ctx context.Context, p *point) error {
	var which []int
	for i, g := range c.grads {
		if g != nil {
			which = append(which, i)
		}
	}
	directions, err := c.moves(ctx, which)
	if err != nil {
		return err
	}
	tape, compiled := c.tally(onTape, "forward mode"), c.tally(c.compiler(), "forward mode")
	tape.against = "in reverse mode"
	root, err := c.tangent(which, directions)
	if err != nil {
		why := err.Error()
		if !errors.Is(err, autodiff.ErrNoTangent) {
			tape.blame("%s", why)
		}
		tape.skip(why)
		return nil
	}
	m, err := c.machine(root)
	if err != nil {
		return err
	}
	got, err := m.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: forward mode: %w", err)
	}
	want, terms := along(p, which, directions)
	if _, off := furthest(got, []float64{want}, terms); !(off <= wayTolerance) && len(which) > 1 {
		// Name the parameter.
		for k := range which {
			if err := c.forwardBy(ctx, tape, p, which[k:k+1], directions[k:k+1]); err != nil {
				return err
			}
		}
	}
	if tape.Failed == 0 {
		if err := c.tangentHolds(ctx, tape, m, got[0], want, terms, c.manyNames(which)); err != nil {
			return err
		}
	}
	tape.done()
	values, why, err := c.program(ctx, []*expr.Node{root})
	switch {
	case err != nil:
		return err
	case why != "":
		return nil // compiled says so of the gradient
	}
	x, err := floats(values[0])
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	if err := c.tangentHolds(ctx, compiled, m, x[0], want, terms, c.manyNames(which)); err != nil {
		return err
	}
	compiled.done()
	return nil
}

// forwardBy compares forward mode by some parameters.
func (c *check) forwardBy(ctx context.Context, t *tally, p *point, which []int, directions [][]float64) error {
	root, err := c.tangent(which, directions)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	m, err := c.machine(root)
	if err != nil {
		return err
	}
	got, err := m.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: forward mode: %w", err)
	}
	want, terms := along(p, which, directions)
	return c.tangentHolds(ctx, t, m, got[0], want, max(terms, p.largest), c.manyNames(which))
}

// tangentHolds compares one number of forward mode.
func (c *check) tangentHolds(ctx context.Context, t *tally, m *machine, got, want, terms float64, name string) error {
	return t.hold(func(int) string { return name }, []float64{got}, []float64{want}, terms, func() (float64, error) { return c.lastBits(ctx, m) })
}

// manyNames names a direction of some parameters.
func (c *check) manyNames(which []int) string {
	if len(which) == 1 && len(c.by[which[0]].Shape()) == 0 {
		return "the change of the loss by " + c.names[which[0]]
	}
	if len(which) == 1 {
		return "the change of the loss along a random direction of " + c.names[which[0]]
	}
	return fmt.Sprintf("the change of the loss along a random direction of %d parameters", len(which))
}

// moves draws a direction for each of some parameters.
func (c *check) moves(ctx context.Context, which []int) ([][]float64, error) {
	r := rand.New(rand.NewPCG(c.Seed, 0xf0))
	out := make([][]float64, len(which))
	for k, i := range which {
		m, err := c.machine(c.by[i])
		if err != nil {
			return nil, err
		}
		x, err := m.numbers(ctx)
		if err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
		out[k] = draw(r, x)
	}
	return out, nil
}

// along returns the change of the loss along directions by reverse mode, and the sum of the
// magnitudes of its terms.
func along(p *point, which []int, directions [][]float64) (change, terms float64) {
	for k, i := range which {
		for e, d := range directions[k] {
			change += p.grads[i][e] * d
			terms += math.Abs(p.grads[i][e] * d)
		}
	}
	return change, terms
}

// tangent builds the derivative of the loss along directions of some parameters in forward mode. It
// is by a scalar t that is 0: each parameter is replaced by itself plus t times its direction.
func (c *check) tangent(which []int, directions [][]float64) (*expr.Node, error) {
	b := expr.On(c.loss.Graph())
	t := b.Scalar("distance", 0)
	step := map[*expr.Node]*expr.Node{}
	for k, i := range which {
		n := c.by[i]
		step[n] = b.Mul(t, b.Leaf("direction of "+c.names[i], directions[k], n.Shape()...))
	}
	if b.Err() != nil {
		return nil, b.Err()
	}
	var moved *expr.Node
	of, err := expr.Rewrite([]*expr.Node{c.loss}, func(n *expr.Node, args []*expr.Node) (*expr.Node, error) {
		s := step[n]
		if s == nil {
			return nil, nil
		}
		own := n
		if n.Rule().Exists() {
			own = b.Apply(n.Rule(), args...)
		} else if n.Foreign() != nil {
			own = n.Graph().Foreign(n.Foreign(), n.Shape(), n.Dtype(), args...)
		}
		return b.Add(own, s), b.Err()
	})
	if err != nil {
		return nil, err
	}
	moved = of[c.loss]
	tangents, err := autodiff.Tangents([]*expr.Node{moved}, t)
	if err != nil {
		return nil, err
	}
	if tangents[0] == nil {
		return b.Const(0), nil
	}
	return tangents[0], b.Err()
}
