package gradcheck

import (
	"context"
	"fmt"
	"math"

	"github.com/gobragg/gobragg/internal/expr"
)

// mostSecond bounds the second derivatives of one check.
const mostSecond = 1 << 16

// coordinate is an element of a parameter.
type coordinate struct {
	parameter, element int
	place              int // in the gradient of all parameters that have one
}

// second compares the gradient of the gradient with differences of the gradient, for all pairs of
// elements, and checks that the Hessian is symmetric.
func (c *check) second(ctx context.Context) error {
	var which []int
	var coordinates []coordinate
	offset := 0
	for i := range c.by {
		if c.grads[i] == nil {
			continue
		}
		which = append(which, i)
		for _, e := range c.chosen(i) {
			coordinates = append(coordinates, coordinate{i, e, offset + e})
		}
		offset += len(c.analytic[i])
	}
	if n := len(coordinates); n*n > mostSecond {
		return fmt.Errorf("gradcheck: second derivatives of %d elements are %d; set Options.Elements to draw some", n, n*n)
	}
	if len(which) == 0 {
		return nil // the first order has failed already
	}
	hessian, err := c.hessian(ctx, which, coordinates)
	if err != nil {
		return err
	}
	c.verified = &curvature{which: which, coordinates: coordinates, rows: hessian}
	vacuous := true
	for j, by := range coordinates {
		slopes, value, err := c.column(ctx, which, by, expected(hessian, j, coordinates, offset))
		if err != nil {
			return err
		}
		for k, of := range coordinates {
			a, s := hessian[k][j], slopes[of.place]
			e := c.element(by.parameter, by.element, value, a, s)
			e.Of, e.OfIndex = c.names[of.parameter], of.element
			if len(c.by[of.parameter].Shape()) == 0 {
				e.OfIndex = -1
			}
			e.Verdict, e.Why = c.judge(a, s, math.Sqrt(math.Abs(hessian[k][k]*hessian[j][j])))
			if e.Verdict == Vacuous {
				e.Allowed, e.Why = true, "no second derivative"
			} else {
				vacuous = false
			}
			c.report.Second = append(c.report.Second, e)
		}
	}
	if vacuous {
		c.report.Problems = append(c.report.Problems, "all second derivatives are 0: the second order is not tested")
	}
	c.symmetry(coordinates, hessian)
	return nil
}

// hessian computes the analytic second derivatives row by row, as products with unit vectors.
func (c *check) hessian(ctx context.Context, which []int, coordinates []coordinate) (rows [][]float64, err error) {
	p, err := c.product(which)
	if err != nil {
		return nil, err
	}
	m, err := c.machine(p.by...)
	if err != nil {
		return nil, err
	}
	subs, restore, err := substituteAll(p.directions)
	if err != nil {
		return nil, err
	}
	defer func() { err = restore(err) }()
	of, part := map[int]*variable{}, m.part(subs...)
	for k, i := range which {
		of[i] = subs[k]
		for e := range subs[k].at {
			subs[k].set(e, 0)
		}
	}
	for _, x := range coordinates {
		v := of[x.parameter]
		v.set(x.element, 1)
		all, err := m.again(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("gradcheck: %w", err)
		}
		v.set(x.element, 0)
		row := make([]float64, len(coordinates))
		for j, y := range coordinates {
			row[j] = all[y.place]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// expected returns column j of the Hessian with an entry for each element of the gradient: NaN
// where it is not computed.
func expected(hessian [][]float64, j int, coordinates []coordinate, size int) []float64 {
	out := make([]float64, size)
	for i := range out {
		out[i] = math.NaN()
	}
	for k, of := range coordinates {
		out[of.place] = hessian[k][j]
	}
	return out
}

// column measures the derivative of the whole gradient by one element.
func (c *check) column(ctx context.Context, which []int, by coordinate, analytic []float64) (slopes []slope, value float64, err error) {
	var roots []*expr.Node
	for _, i := range which {
		roots = append(roots, c.grads[i])
	}
	leaf, roots, err := c.moved(ctx, by.parameter, roots)
	if err != nil {
		return nil, 0, err
	}
	m, err := c.machine(roots...)
	if err != nil {
		return nil, 0, err
	}
	v, err := substitute(leaf)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if e := v.restore(); err == nil {
			err = e
		}
	}()
	at, err := m.numbers(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("gradcheck: %w", err)
	}
	value = v.at[by.element]
	h := c.firstStep(c.nodes[by.parameter], value)
	of := measurement{Options: &c.Options, curve: curve{f: m.along(ctx, v, by.element), at: at, least: leastStep(value)}, analytic: analytic, h: h}
	if slopes, err = of.measure(ctx); err != nil || !of.doubts().fails {
		return slopes, value, err
	}
	// Rounding errors of gradients may be large. They take long to measure, and count only where they
	// may be the reason of a failure.
	if of.rough, err = c.roughnessOfGradients(ctx); err == nil {
		slopes, err = of.measure(ctx)
	}
	return slopes, value, err
}

// symmetry compares the Hessian with its transpose, for inputs: inner nodes depend on them and on
// each other.
func (c *check) symmetry(coordinates []coordinate, hessian [][]float64) {
	for k, of := range coordinates {
		for j, by := range coordinates[:k] {
			if !c.by[of.parameter].IsInput() || !c.by[by.parameter].IsInput() {
				continue
			}
			a, b := hessian[k][j], hessian[j][k]
			// Where terms cancel, their rounding errors remain.
			if math.Abs(a-b) <= 1e-12*math.Sqrt(math.Abs(hessian[k][k]*hessian[j][j])) {
				continue
			}
			off := relative(a, b)
			c.report.Asymmetry = max(c.report.Asymmetry, Number(off))
			if !(off <= c.Rtol) {
				c.report.Problems = append(c.report.Problems, fmt.Sprintf("the Hessian is not symmetric: %g by %s and %s, %g the other way round",
					a, indexed(c.names[of.parameter], of.element), indexed(c.names[by.parameter], by.element), b))
			}
		}
	}
}
