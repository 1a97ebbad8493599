package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
)

// place is an element of a parameter.
type place struct{ parameter, element int }

// moved returns parameter i as a variable, and a machine that computes roots as functions of it. An
// inner node is replaced by an input.
func (c *check) moved(ctx context.Context, i int, roots []*expr.Node) (*variable, *machine, error) {
	leaf := c.by[i]
	if !leaf.IsInput() {
		own, err := c.machine(leaf)
		if err != nil {
			return nil, nil, err
		}
		x, err := own.numbers(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("gradcheck: %w", err)
		}
		b := expr.On(leaf.Graph())
		cut := b.Leaf("cut: "+c.names[i], x, leaf.Shape()...)
		if b.Err() != nil {
			return nil, nil, fmt.Errorf("gradcheck: %w", b.Err())
		}
		of, err := expr.Rewrite(roots, func(n *expr.Node, _ []*expr.Node) (*expr.Node, error) {
			if n == leaf {
				return cut, nil
			}
			return nil, nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("gradcheck: %w", err)
		}
		roots = slices.Clone(roots)
		for k := range roots {
			roots[k] = of[roots[k]]
		}
		leaf = cut
	}
	m, err := c.machine(roots...)
	if err != nil {
		return nil, nil, err
	}
	v, err := substitute(leaf)
	return v, m, err
}

// elements checks some elements of parameter i and adds them to the report.
func (c *check) elements(ctx context.Context, i int, chosen []int) (err error) {
	v, m, err := c.moved(ctx, i, []*expr.Node{c.loss})
	if err != nil {
		return err
	}
	defer func() {
		if e := v.restore(); err == nil {
			err = e
		}
	}()
	at, err := m.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	slopes := make([]slope, len(chosen))
	scale := 0.0
	for k, e := range chosen {
		if slopes[k], err = c.slope(ctx, m, v, i, e, at); err != nil {
			return err
		}
		for _, x := range []float64{c.analytic[i][e], slopes[k].value} {
			if finite(x) && finite(slopes[k].estimate) {
				scale = max(scale, math.Abs(x))
			}
		}
	}
	for k, e := range chosen {
		element := c.element(i, e, v.at[e], c.analytic[i][e], slopes[k])
		element.Verdict, element.Why = c.judge(c.analytic[i][e], slopes[k], scale)
		if !finite(at[0]) {
			element.Verdict, element.Why = NonFinite, "the loss is"
		}
		if element.Verdict == Fail && c.grads[i] == nil {
			element.Why = c.detached(i)
		}
		element.Allowed = c.Expect[c.nodes[i]] == element.Verdict
		c.at[place{i, e}] = len(c.report.Elements)
		c.report.Elements = append(c.report.Elements, element)
	}
	return nil
}

// slope measures the derivative of the loss by one element.
func (c *check) slope(ctx context.Context, m *machine, v *variable, i, e int, at []float64) (slope, error) {
	slopes, err := c.measure(ctx, m.along(ctx, v, e), at, c.firstStep(c.nodes[i], v.at[e]), leastStep(v.at[e]), []float64{c.analytic[i][e]}, c.exact(ctx, i, e))
	if err != nil {
		return slope{}, err
	}
	return slopes[0], nil
}

// exact returns the analytic derivative by an element as a function of that element, or nil where
// there is none.
func (c *check) exact(ctx context.Context, i, e int) line {
	if c.grads[i] == nil {
		return nil
	}
	return func(t float64) (out []float64, err error) {
		v, m, err := c.moved(ctx, i, []*expr.Node{c.grads[i]})
		if err != nil {
			return nil, err
		}
		defer func() {
			if e := v.restore(); err == nil {
				err = e
			}
		}()
		all, err := m.along(ctx, v, e)(t)
		if err != nil {
			return nil, err
		}
		return all[e : e+1], nil
	}
}

// chosen returns the elements of parameter i to check, in order. Where they are drawn, most are
// among those with a derivative, since a derivative of 0 tests no rule; some are not, since a
// derivative may be missing.
func (c *check) chosen(i int) []int {
	if list, ok := c.drawn[i]; ok {
		return list
	}
	n := len(c.analytic[i])
	list := make([]int, n)
	for e := range list {
		list[e] = e
	}
	if c.Elements > 0 && c.Elements < n {
		c.report.Notes = append(c.report.Notes, fmt.Sprintf("%d of the %d elements of %s are checked", c.Elements, n, c.names[i]))
		var flat, steep []int
		for _, e := range rand.New(rand.NewPCG(c.Seed, uint64(i))).Perm(n) {
			if c.analytic[i][e] == 0 {
				flat = append(flat, e)
			} else {
				steep = append(steep, e)
			}
		}
		first := min(len(steep), max(1, c.Elements-min(len(flat), c.Elements/4)))
		list = slices.Concat(steep[:first], flat, steep[first:])[:c.Elements]
		slices.Sort(list)
	}
	if c.drawn == nil {
		c.drawn = map[int][]int{}
	}
	c.drawn[i] = list
	return list
}

// element returns the entry of the report for an element, without its verdict.
func (c *check) element(i, e int, at, analytic float64, s slope) Element {
	index := e
	if len(c.by[i].Shape()) == 0 {
		index = -1
	}
	return Element{Parameter: c.names[i], Index: index, Value: Number(at), Analytic: Number(analytic), Numeric: Number(s.value),
		Estimate: Number(s.estimate), Relative: Number(relative(analytic, s.value)), Step: Number(s.step)}
}

// detached says why the loss has no derivative by parameter i.
func (c *check) detached(i int) string {
	_, err := autodiff.Gradient(c.loss, c.by[i])
	if err == nil {
		return "there is no derivative"
	}
	return err.Error()
}
