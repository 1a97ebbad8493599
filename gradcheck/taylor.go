package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gobragg/gobragg/internal/expr"
)

// Taylor is the order with which the remainders of a loss's Taylor polynomials fall as the step h
// along a random direction v is halved:
//
//	|L(x + hv) − L(x) − h g·v|                 with the order 2
//	|L(x + hv) − L(x) − h g·v − h²/2 v·H·v|    with the order 3
//
// A wrong gradient makes both orders 1, a wrong Hessian the second 2.
type Taylor struct {
	// First and Second are the orders found. +Inf means that the remainder consists of rounding
	// errors alone.
	First  Number `json:"first"`
	Second Number `json:"second"`
	// Steps h, and the remainders at each.
	Steps           []Number `json:"steps"`
	FirstRemainder  []Number `json:"first_remainder"`
	SecondRemainder []Number `json:"second_remainder"`
}

// OK reports whether the orders are those of right derivatives, to within a tenth.
func (t *Taylor) OK() bool { return t.First > 1.9 && t.Second > 2.9 }

func (t *Taylor) String() string {
	return fmt.Sprintf("Taylor remainders fall with h^%.2f (first order, want 2) and h^%.2f (second order, want 3)", t.First, t.Second)
}

// taylor runs the test, for inputs.
func (c *check) taylor(ctx context.Context) (err error) {
	which := c.inputs()
	if len(which) == 0 {
		c.report.Notes = append(c.report.Notes, "no Taylor test: no input has a derivative")
		return nil
	}
	p, err := c.product(which)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(c.Seed, 0x7a71))
	var leaves []*expr.Node
	for _, i := range which {
		leaves = append(leaves, c.by[i])
	}
	subs, restore, err := substituteAll(leaves)
	if err != nil {
		return err
	}
	defer func() { err = restore(err) }()
	directions := make([][]float64, len(which))
	slope := 0.0
	for k, i := range which {
		directions[k] = draw(r, subs[k].at)
		slope += dot(c.analytic[i], directions[k])
	}
	curvature, err := c.curvature(ctx, p, directions)
	if err != nil {
		return err
	}
	m, err := c.machine(c.loss)
	if err != nil {
		return err
	}
	f := m.ray(ctx, subs, directions)
	t := &Taylor{}
	c.report.Taylor = t
	at := float64(c.report.Value)
	var first, second remainders
	for h := 1.0 / 128; h > 1e-7; h /= 2 {
		v, err := f(h)
		if err != nil {
			return fmt.Errorf("gradcheck: %w", err)
		}
		noise := 64 * epsilon * max(math.Abs(at), math.Abs(v[0]))
		r1 := math.Abs(v[0] - at - h*slope)
		r2 := math.Abs(v[0] - at - h*slope - h*h/2*curvature)
		t.Steps = append(t.Steps, Number(h))
		t.FirstRemainder, t.SecondRemainder = append(t.FirstRemainder, Number(r1)), append(t.SecondRemainder, Number(r2))
		first.push(r1, noise)
		second.push(r2, noise)
	}
	t.First, t.Second = first.order(), second.order()
	if !t.OK() {
		c.report.Problems = append(c.report.Problems, t.String())
	}
	return nil
}

// curvature returns v·H·v.
func (c *check) curvature(ctx context.Context, p *product, directions [][]float64) (sum float64, err error) {
	var hv []float64
	err = c.withVector(p, directions, func(m *machine) error {
		if hv, err = m.numbers(ctx); err != nil {
			return fmt.Errorf("gradcheck: %w", err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	at := 0
	for _, d := range directions {
		sum += dot(hv[at:at+len(d)], d)
		at += len(d)
	}
	return sum, nil
}

// withVector runs compute with a machine of the Hessian's product with a vector, whose parts are by
// parameter.
func (c *check) withVector(p *product, vector [][]float64, compute func(*machine) error) (err error) {
	m, err := c.machine(p.by...)
	if err != nil {
		return err
	}
	subs, restore, err := substituteAll(p.directions)
	if err != nil {
		return err
	}
	defer func() { err = restore(err) }()
	for k, v := range subs {
		for e, x := range vector[k] {
			v.set(e, x)
		}
	}
	return compute(m)
}

// remainders holds the remainders that exceed the rounding errors, as steps are halved.
type remainders struct{ seen []float64 }

// push keeps a remainder that is more than a thousand times the noise. An order is then precise to
// 1/700.
func (r *remainders) push(x, noise float64) {
	if x > 1000*noise {
		r.seen = append(r.seen, x)
	}
}

// order returns the order of the last three remainders.
func (r *remainders) order() Number {
	n := len(r.seen)
	if n < 3 {
		return Number(math.Inf(1))
	}
	return Number(math.Log2(r.seen[n-3]/r.seen[n-1]) / 2)
}
