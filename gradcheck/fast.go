package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gobragg/gobragg/internal/expr"
)

// directions is the fast mode: it compares derivatives along random directions with differences
// along them. All inputs move together, inner nodes one by one. It reports whether all agree; if
// not, elements have to be checked one by one.
func (c *check) directions(ctx context.Context) (bool, error) {
	agree := true
	together := c.inputs()
	single := map[int]bool{}
	for _, i := range together {
		single[i] = true
	}
	for i, n := range c.by {
		if c.grads[i] == nil || vanishes(c.analytic[i]) {
			agree = false // a parameter without effect would be hidden by the others
		}
		if n.IsInput() || c.grads[i] == nil {
			continue
		}
		ok, err := c.direction(ctx, []int{i})
		if err != nil {
			return false, err
		}
		agree = agree && ok
	}
	if len(together) > 0 {
		ok, err := c.direction(ctx, together)
		if err != nil {
			return false, err
		}
		agree = agree && ok
	}
	return agree, nil
}

func vanishes(x []float64) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}

// direction checks some parameters at once, along c.Directions directions.
func (c *check) direction(ctx context.Context, which []int) (agree bool, err error) {
	subs, m, restore, err := c.group(ctx, which)
	if err != nil {
		return false, err
	}
	defer func() { err = restore(err) }()
	at, err := m.numbers(ctx)
	if err != nil {
		return false, fmt.Errorf("gradcheck: %w", err)
	}
	rough, err := c.roughness(ctx)
	if err != nil {
		return false, err
	}
	agree = true
	r := rand.New(rand.NewPCG(c.Seed, uint64(which[0])+1))
	var p pairs
	for d := range c.Directions {
		directions := make([][]float64, len(subs))
		analytic := 0.0
		for k, v := range subs {
			directions[k] = draw(r, v.at)
			analytic += dot(c.analytic[which[k]], directions[k])
		}
		f := m.ray(ctx, subs, directions)
		var s slope
		if d == 0 {
			// The first direction is measured with many steps, which shows the best step for the
			// others.
			of := measurement{Options: &c.Options, curve: curve{f: f, at: at, rough: rough, opaque: m.opaque(subs...), least: leastStep(1)}, h: 1.0 / 1024}
			if of.slopes, err = of.differentiate(ctx, of.h); err != nil {
				return false, err
			}
			if err := of.staircases(ctx); err != nil {
				return false, err
			}
			s = of.slopes[0]
			if p, err = suit(f, s); err != nil {
				return false, fmt.Errorf("gradcheck: %w", err)
			}
		} else if s, err = p.slope(f); err != nil {
			return false, fmt.Errorf("gradcheck: %w", err)
		}
		e := Element{Parameter: fmt.Sprintf("direction %d of %d parameters", d, len(which)), Index: -1, Analytic: Number(analytic), Numeric: Number(s.value),
			Estimate: Number(s.estimate), Relative: Number(relative(analytic, s.value)), Step: Number(s.step)}
		e.Verdict, e.Why = c.judge(analytic, s, 0)
		if e.Verdict != Pass {
			agree = false
			c.astray = append(c.astray, astray{row: len(c.report.Directions), which: which, directions: directions, pairs: p})
		}
		c.report.Directions = append(c.report.Directions, e)
	}
	return agree, nil
}

// group substitutes parameters: several inputs, or a single parameter of any kind.
func (c *check) group(ctx context.Context, which []int) ([]*variable, *machine, func(error) error, error) {
	if len(which) == 1 {
		leaf, of, err := c.moved(ctx, which[0], []*expr.Node{c.loss})
		if err != nil {
			return nil, nil, nil, err
		}
		m, err := c.machine(of...)
		if err != nil {
			return nil, nil, nil, err
		}
		v, err := substitute(leaf)
		if err != nil {
			return nil, nil, nil, err
		}
		return []*variable{v}, m, func(err error) error {
			if e := v.restore(); err == nil {
				err = e
			}
			return err
		}, nil
	}
	var leaves []*expr.Node
	for _, i := range which {
		leaves = append(leaves, c.by[i])
	}
	m, err := c.machine(c.loss)
	if err != nil {
		return nil, nil, nil, err
	}
	subs, restore, err := substituteAll(leaves)
	return subs, m, restore, err
}

// pairs computes single central differences with a step that has been found to suit.
type pairs struct {
	step float64
	off  float64 // their relative error
}

// suit finds the step whose central difference comes closest to a known derivative.
func suit(f line, known slope) (pairs, error) {
	best := pairs{step: known.step, off: math.Inf(1)}
	last := math.Inf(1)
	for h := 1.0 / 512; h > 1e-7; h /= 2 {
		s, err := pairs{step: h}.slope(f)
		if err != nil {
			return best, err
		}
		off := math.Abs(s.value-known.value) + known.estimate
		// A single step may be right by chance, so its neighbour counts too.
		if with := max(off, last/4) / math.Abs(known.value); with < best.off {
			best = pairs{step: h, off: with}
		}
		last = off
	}
	return best, nil
}

func (p pairs) slope(f line) (slope, error) {
	up, err := f(p.step)
	if err != nil {
		return slope{}, err
	}
	down, err := f(-p.step)
	if err != nil {
		return slope{}, err
	}
	d := (up[0] - down[0]) / (2 * p.step)
	ok := finite(d)
	return slope{value: d, estimate: p.off * math.Abs(d), step: p.step, rise: math.Abs(d), found: ok,
		constant: up[0] == down[0], forward: d, backward: d}, nil
}
