package gradcheck

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/node"
)

// few is the number of scalars that a gradient is asked for at a time with CheapWays: as few as
// make a model choose the mode that is meant for few.
const few = 4

// user calls one view of a model as its users do.
type user struct {
	*check
	view  View
	point *point
	which []int // the parameters by which the view has derivatives
	full  bool  // every call is to be made
}

// users compares the derivatives that users of a model get.
func (c *check) users(ctx context.Context, p *point) error {
	if c.views == nil {
		return nil
	}
	if c.Gradient != nil {
		c.tally(c.views[0].String(), "Gradient").skip("the gradient that is checked is another (Options.Gradient)")
		return nil
	}
	for k, v := range c.views {
		u := &user{check: c, view: v, point: p, full: k == 0 || c.Ways == AllWays}
		for i, g := range c.grads {
			if g != nil && (c.by[i].IsInput() || !v.Compiled()) {
				u.which = append(u.which, i)
			}
		}
		if len(u.which) == 0 {
			c.tally(v.String(), "Gradient").skip("none of the nodes is an input")
			continue
		}
		if err := u.calls(ctx); err != nil {
			return fmt.Errorf("gradcheck: %w", err)
		}
	}
	return nil
}

// calls makes the calls and compares what they return.
func (u *user) calls(ctx context.Context) error {
	if err := u.gradient(ctx, "Gradient"); err != nil || !u.full {
		return err
	}
	for _, f := range []func(context.Context) error{u.parts, u.anotherLoss, u.batches, u.hessianVector, u.images, u.hessian, u.sets} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(ctx); err != nil {
			return err
		}
	}
	if u.Ways == AllWays {
		return u.asNodes(ctx)
	}
	return nil
}

// tally of one call.
func (u *user) tally(call string) *tally { return u.check.tally(u.view.String(), call) }

// nodesOf are the users' nodes of some parameters.
func (u *user) nodesOf(which []int) G.Nodes {
	out := make(G.Nodes, len(which))
	for k, i := range which {
		out[k] = u.nodes[i]
	}
	return out
}

// scalars returns those of the parameters that are scalars.
func (u *user) scalars() []int {
	var out []int
	for _, i := range u.which {
		if len(u.by[i].Shape()) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// gradient asks for the gradient by all nodes together.
func (u *user) gradient(ctx context.Context, call string) error {
	t := u.tally(call)
	defer t.done()
	return u.ask(ctx, t, u.view, u.root, 1, u.point, u.which)
}

// ask calls Gradient and compares what it returns. The loss is factor times that under test.
func (u *user) ask(ctx context.Context, t *tally, v View, loss *G.Node, factor float64, p *point, which []int) error {
	value, grads, err := v.Gradient(ctx, loss, u.nodesOf(which)...)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		t.blame("%v", err)
		return nil
	}
	return u.answer(ctx, t, value, grads, factor, p, which)
}

// answer compares what Gradient returns.
func (u *user) answer(ctx context.Context, t *tally, value float64, grads [][]float64, factor float64, p *point, which []int) error {
	if err := t.loss(p, value, factor); err != nil {
		return err
	}
	if len(grads) != len(which) {
		t.blame("derivatives by %d nodes, want %d", len(grads), len(which))
		return nil
	}
	for k, i := range which {
		if err := t.gradient(ctx, p, i, grads[k], factor); err != nil {
			return err
		}
	}
	return nil
}

// parts asks for the gradient by a few nodes at a time, which a model may compute in another mode.
func (u *user) parts(ctx context.Context) error {
	list, size, call := u.scalars(), few, fmt.Sprintf("by %d nodes at a time", few)
	if u.Ways == AllWays {
		list = u.which
	}
	if u.Ways == AllWays || len(list) <= few {
		size, call = 1, "by each node alone"
	}
	if len(list) == 0 || len(u.which) == 1 {
		return nil // the same calls as before
	}
	t := u.tally(call)
	defer t.done()
	for ; len(list) > 0; list = list[min(size, len(list)):] {
		if err := u.ask(ctx, t, u.view, u.root, 1, u.point, list[:min(size, len(list))]); err != nil {
			return err
		}
	}
	return nil
}

// anotherLoss asks for the gradient of another loss, and then once more for that under test.
func (u *user) anotherLoss(ctx context.Context) error {
	t := u.tally("after another loss")
	defer t.done()
	b := node.On(u.root.Graph())
	other := b.Out(b.Scale(2, u.loss))
	if err := b.Err(); err != nil {
		return err
	}
	if err := u.ask(ctx, t, u.view, other, 2, u.point, u.which); err != nil {
		return err
	}
	return u.ask(ctx, t, u.view, u.root, 1, u.point, u.which)
}

// batches asks for the gradient in three batches of pixels or more.
func (u *user) batches(ctx context.Context) error {
	size := max(1, u.view.Pixels()/3)
	t := u.tally(fmt.Sprintf("in batches of %d", size))
	if u.view.Pixels() == 1 {
		t.skip("there is one pixel")
		return nil
	}
	defer t.done()
	v, err := u.view.InBatches(size)
	if err != nil {
		return err
	}
	return u.ask(ctx, t, v, u.root, 1, u.point, u.which)
}

// asNodes asks for the derivatives as nodes and computes these.
func (u *user) asNodes(ctx context.Context) error {
	t := u.tally("GradientNodes")
	nodes, err := u.view.GradientNodes(u.root, u.nodesOf(u.which)...)
	values, err := u.compute(ctx, nodes, err)
	if err != nil {
		t.blame("%v", err)
	}
	for k, v := range values {
		if err := t.gradient(ctx, u.point, u.which[k], v, 1); err != nil {
			return err
		}
	}
	t.done()
	if err := u.imageNodes(ctx); err != nil {
		return err
	}
	return u.hessianNodes(ctx)
}

// compute computes nodes that a view has made, unless it has failed to.
func (u *user) compute(ctx context.Context, nodes G.Nodes, err error) ([][]float64, error) {
	if err != nil {
		return nil, err
	}
	list, err := node.Read(nodes...)
	if err != nil {
		return nil, err
	}
	values, why, err := u.view.Compute(ctx, list...)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, fmt.Errorf("not compiled: %s", why)
	}
	out := make([][]float64, len(values))
	for k, v := range values {
		if out[k], err = floats(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}
