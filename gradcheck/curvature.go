package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gobragg/gobragg/internal/expr"
)

// curvature holds the second derivatives on the tape.
type curvature struct {
	which       []int // parameters with a derivative
	coordinates []coordinate
	rows        [][]float64 // by coordinates
}

// largest returns the largest change of the loss, to second order, where two coordinates change by
// their parameters' sizes.
func (c *curvature) largest(p *point) float64 {
	largest := 0.0
	for k, row := range c.rows {
		for j, h := range row {
			if v := math.Abs(h) * p.size[c.coordinates[k].parameter] * p.size[c.coordinates[j].parameter]; finite(v) {
				largest = max(largest, v)
			}
		}
	}
	return largest
}

// productSpread returns the effect of the parameters' last bits on the Hessian's product with a
// vector, whose parts are by parameter.
func (c *check) productSpread(ctx context.Context, which []int, vector [][]float64) (spread float64, err error) {
	p, err := c.product(which)
	if err != nil {
		return 0, err
	}
	err = c.withVector(p, vector, func(m *machine) error {
		spread, err = c.lastBits(ctx, m)
		return err
	})
	return spread, err
}

// hessian asks for the second derivatives by the scalars, where those on the tape are known.
func (u *user) hessian(ctx context.Context) error {
	c, which, at := u.verified, u.scalars(), map[int]int{}
	if c == nil || len(which) == 0 {
		return nil
	}
	t := u.tally("Hessian")
	h, err := u.view.Hessian(ctx, u.root, u.nodesOf(which)...)
	if err != nil {
		t.skip(err.Error())
		return ctx.Err()
	}
	defer t.done()
	for k, x := range c.coordinates {
		at[x.parameter] = k // of a scalar the only one
	}
	if n, _ := h.Dims(); n != len(which) {
		t.blame("%d rows, want %d", n, len(which))
		return nil
	}
	for a, i := range which {
		for b, j := range which[a:] {
			if err := u.secondHolds(ctx, t, i, j, at, h.At(a, a+b)); err != nil {
				return err
			}
		}
	}
	return nil
}

// secondHolds compares a second derivative by two scalars, whose coordinates are given.
func (u *user) secondHolds(ctx context.Context, t *tally, i, j int, at map[int]int, got float64) error {
	c, k, l := u.verified, at[i], at[j]
	scale := max(math.Sqrt(math.Abs(c.rows[k][k]*c.rows[l][l])), c.largest(u.point)/u.point.size[i]/u.point.size[j])
	name := func(int) string { return fmt.Sprintf("the second derivative by %s and %s", u.names[i], u.names[j]) }
	return t.hold(name, []float64{got}, []float64{c.rows[k][l]}, scale, func() (float64, error) {
		unit := make([][]float64, len(c.which))
		for q, parameter := range c.which {
			unit[q] = make([]float64, u.by[parameter].Size())
			if parameter == i {
				unit[q][0] = 1
			}
		}
		return u.productSpread(ctx, c.which, unit)
	})
}

// hessianNodes asks for the second derivatives as nodes and computes these.
func (u *user) hessianNodes(ctx context.Context) error {
	which, at := u.scalars(), map[int]int{}
	if u.verified == nil || len(which) == 0 {
		return nil
	}
	for k, x := range u.verified.coordinates {
		at[x.parameter] = k
	}
	t := u.tally("HessianNodes")
	nodes, err := u.view.HessianNodes(u.root, u.nodesOf(which)...)
	values, err := u.compute(ctx, nodes, err)
	if err != nil {
		t.skip(err.Error())
		return ctx.Err()
	}
	defer t.done()
	n := len(which)
	if len(values) != n*(n+1)/2 {
		t.blame("%d nodes, want %d", len(values), n*(n+1)/2)
		return nil
	}
	for a, i := range which {
		for _, j := range which[a:] {
			if err := u.secondHolds(ctx, t, i, j, at, values[0][0]); err != nil {
				return err
			}
			values = values[1:]
		}
	}
	return nil
}

// hessianVector asks for the product of the Hessian and a random vector. It is compared with the
// product on the tape where the second derivatives there have been verified, and otherwise with
// differences of the gradient on the tape along the vector.
func (u *user) hessianVector(ctx context.Context) error {
	var which []int
	for _, i := range u.which {
		if u.by[i].IsInput() {
			which = append(which, i)
		}
	}
	t := u.tally("HessianVector")
	if len(which) == 0 {
		t.skip("none of the nodes is an input")
		return nil
	}
	vector, err := u.vector(which)
	if err != nil {
		return err
	}
	var flat []float64
	for _, v := range vector {
		flat = append(flat, v...)
	}
	got, err := u.view.HessianVector(ctx, u.root, flat, u.nodesOf(which)...)
	if err != nil {
		t.skip(err.Error())
		return ctx.Err()
	}
	if len(got) != len(flat) {
		t.blame("%d numbers, want %d", len(got), len(flat))
		t.done()
		return nil
	}
	if u.verified != nil {
		return u.productHolds(ctx, t, which, vector, got)
	}
	return u.productByDifferences(ctx, t, which, vector, got)
}

// vector draws a direction for each parameter; where second derivatives are known, among the
// elements whose they are.
func (u *user) vector(which []int) ([][]float64, error) {
	r := rand.New(rand.NewPCG(u.Seed, 0x4e))
	out := make([][]float64, len(which))
	for k, i := range which {
		a, err := u.by[i].Array()
		if err != nil {
			return nil, err
		}
		out[k] = draw(r, a.Data)
		if u.verified == nil {
			continue
		}
		drawn := out[k]
		out[k] = make([]float64, len(drawn))
		for _, e := range u.chosen(i) {
			out[k][e] = drawn[e]
		}
	}
	return out, nil
}

// elementsOf lists the elements of parameters, in order.
func (c *check) elementsOf(which []int) []place {
	var out []place
	for _, i := range which {
		for e := range c.by[i].Size() {
			out = append(out, place{i, e})
		}
	}
	return out
}

func (c *check) productName(p place) string {
	if len(c.by[p.parameter].Shape()) == 0 {
		p.element = -1
	}
	return "the product by " + indexed(c.names[p.parameter], p.element)
}

// productHolds compares a product with that of the Hessian on the tape.
func (u *user) productHolds(ctx context.Context, t *tally, which []int, vector [][]float64, got []float64) error {
	defer t.done()
	c := u.verified
	at, along := map[place]int{}, map[place]float64{}
	for k, x := range c.coordinates {
		at[place{x.parameter, x.element}] = k
	}
	places := u.elementsOf(which)
	n := 0
	for _, v := range vector {
		for _, d := range v {
			along[places[n]] = d
			n++
		}
	}
	want, terms := make([]float64, len(c.coordinates)), make([]float64, len(c.coordinates))
	largest := 0.0
	for j, y := range c.coordinates {
		for k, x := range c.coordinates {
			h := c.rows[k][j] * along[place{x.parameter, x.element}]
			want[j] += h
			terms[j] += math.Abs(h)
		}
		largest = max(largest, terms[j]*u.point.size[y.parameter])
	}
	known, spread := false, 0.0
	for n, p := range places {
		j, ok := at[p]
		if !ok {
			continue
		}
		if err := t.hold(func(int) string { return u.productName(p) }, got[n:n+1], want[j:j+1], max(terms[j], largest/u.point.size[p.parameter]), func() (float64, error) {
			var err error
			if !known {
				known = true
				spread, err = u.productSpread(ctx, which, vector)
			}
			return spread, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// productByDifferences compares a product with differences of the gradient.
func (u *user) productByDifferences(ctx context.Context, t *tally, which []int, vector [][]float64, got []float64) (err error) {
	t.Tolerance = Number(u.Rtol)
	var roots, leaves []*expr.Node
	for _, i := range which {
		roots, leaves = append(roots, u.grads[i]), append(leaves, u.by[i])
	}
	m, err := u.machine(roots...)
	if err != nil {
		return err
	}
	subs, restore, err := substituteAll(leaves)
	if err != nil {
		return err
	}
	defer func() { err = restore(err) }()
	at, err := m.numbers(ctx)
	if err != nil {
		return err
	}
	places := u.elementsOf(which)
	largest := 0.0
	for n, p := range places {
		largest = max(largest, math.Abs(got[n])*u.point.size[p.parameter])
	}
	scale := func(n int, s slope) float64 {
		return max(math.Abs(s.value), math.Abs(got[n]), largest/u.point.size[places[n].parameter])
	}
	ray := curve{f: m.ray(ctx, subs, vector), at: at, least: leastStep(1)}
	settled := func(n int, s slope) bool { return u.Trust*s.estimate <= 0.1*u.Rtol*scale(n, s) }
	slopes, err := ray.differentiate(ctx, 1.0/512, settled)
	if err != nil {
		return err
	}
	allowed := func(n int, s slope) float64 { return max(u.Atol, u.Rtol*scale(n, s), u.Trust*s.estimate) }
	again := slopes
	for n, s := range slopes {
		if u.comparable(s, scale(n, s)) && !(math.Abs(got[n]-s.value) <= allowed(n, s)) {
			// Believe it only after steps of another size: see [measurement.confirmFailures].
			if again, err = ray.differentiate(ctx, 0.1875/512, settled); err != nil {
				return err
			}
			break
		}
	}
	for n, s := range slopes {
		s = reconcile(s, again[n])
		if !u.comparable(s, scale(n, s)) {
			continue
		}
		if s.constant {
			s.value, s.estimate = 0, 0
		}
		t.Compared++
		off := math.Abs(got[n] - s.value)
		if off > 0 {
			off /= scale(n, s)
		}
		t.worst(off, u.productName(places[n]))
		if !(math.Abs(got[n]-s.value) <= allowed(n, s)) {
			t.blame("%s is %.12g, by differences of the gradient on the tape %.12g ± %.1g", u.productName(places[n]), got[n], s.value, s.estimate)
		}
	}
	if t.Compared == 0 {
		t.skip("differences of the gradient are too coarse")
		return nil
	}
	t.done()
	return nil
}

// comparable reports whether differences of a gradient are good enough to compare with, and do not
// straddle an edge.
func (o *Options) comparable(s slope, scale float64) bool {
	switch {
	case s.constant:
		return true
	case !s.found || s.jumps || o.kink(s, math.Abs(s.forward-s.backward), false):
		return false
	}
	return o.Trust*s.estimate <= coarsest*o.Rtol*scale
}
