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

// moved returns the input that stands for parameter i, and roots as functions of it. An inner node is
// replaced by an input.
func (c *check) moved(ctx context.Context, i int, roots []*expr.Node) (leaf *expr.Node, of []*expr.Node, err error) {
	leaf = c.by[i]
	if leaf.IsInput() {
		return leaf, roots, nil
	}
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
	replaced, err := expr.Rewrite(roots, func(n *expr.Node, _ []*expr.Node) (*expr.Node, error) {
		if n == leaf {
			return cut, nil
		}
		return nil, nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("gradcheck: %w", err)
	}
	of = slices.Clone(roots)
	for k := range of {
		of[k] = replaced[of[k]]
	}
	return cut, of, nil
}

// subject is a parameter whose elements are moved one by one.
type subject struct {
	index    int
	loss     *machine
	gradient *expr.Node // nil where there is none
	exact    *machine   // of the gradient, once it is needed
	variable *variable
	at       []float64 // the loss
	rough    []float64 // the effect of rounding on the loss
	opaque   bool      // the loss depends on the parameter by way of an operation that a user wrote
	own      bool      // rough is of the operations that depend on this parameter alone
}

// elements checks some elements of parameter i and adds them to the report.
func (c *check) elements(ctx context.Context, i int, chosen []int) (err error) {
	roots := []*expr.Node{c.loss}
	if c.grads[i] != nil {
		roots = append(roots, c.grads[i])
	}
	leaf, roots, err := c.moved(ctx, i, roots)
	if err != nil {
		return err
	}
	p := &subject{index: i}
	if c.grads[i] != nil {
		p.gradient = roots[1]
	}
	if p.rough, err = c.roughness(ctx); err != nil {
		return err
	}
	if p.loss, err = c.machine(roots[0]); err != nil {
		return err
	}
	if p.variable, err = substitute(leaf); err != nil {
		return err
	}
	v := p.variable
	defer func() {
		if e := v.restore(); err == nil {
			err = e
		}
	}()
	at, err := p.loss.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	p.at, p.opaque = at, p.loss.opaque(v)
	slopes := make([]slope, len(chosen))
	scale := 0.0
	for k, e := range chosen {
		if slopes[k], err = c.slope(ctx, p, e); err != nil {
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
func (c *check) slope(ctx context.Context, p *subject, e int) (slope, error) {
	i, x := p.index, p.variable.at[e]
	m := measurement{
		Options:  &c.Options,
		curve:    curve{f: p.loss.along(ctx, p.variable, e), at: p.at, rough: p.rough, opaque: p.opaque, least: leastStep(x)},
		analytic: c.analytic[i][e : e+1],
		exact:    c.exact(ctx, p, e),
		errors:   func() ([]float64, error) { return c.roughnessOfGradient(ctx, i, e) },
		h:        c.firstStep(c.nodes[i], x),
	}
	slopes, err := m.measure(ctx)
	if err != nil {
		return slope{}, err
	}
	if c.settled(slopes[0]) || slopes[0].constant && c.analytic[i][e] == 0 || p.own || p.rough == nil {
		return slopes[0], nil
	}
	// Operations that do not depend on this parameter do not add to the noise.
	own, err := c.scatter(ctx, p.loss, p.loss.part(p.variable), []*variable{p.variable})
	if err != nil {
		return slope{}, err
	}
	if p.own = true; !(own[0] < 0.5*p.rough[0]) {
		return slopes[0], nil
	}
	p.rough, m.rough = own, own
	if slopes, err = m.measure(ctx); err != nil {
		return slope{}, err
	}
	return slopes[0], nil
}

// exact returns the analytic derivative by an element as a function of that element, or nil where
// there is none.
func (c *check) exact(ctx context.Context, p *subject, e int) line {
	if p.gradient == nil {
		return nil
	}
	return func(t float64) (out []float64, err error) {
		if p.exact == nil {
			if p.exact, err = c.machine(p.gradient); err != nil {
				return nil, err
			}
		}
		all, err := p.exact.along(ctx, p.variable, e)(t)
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
