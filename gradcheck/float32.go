package gradcheck

import (
	"context"
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// float32Tolerance is the difference allowed between a float32 gradient and the float64 one,
// relative to its largest element: some thousand roundings of 2⁻²⁴.
const float32Tolerance = 1e-4

// float32 checks a copy of the graph in float64, in which differences are precise enough, and
// compares the gradient of the float32 graph itself (the one given, or gorgonia's own) with that of
// the copy.
func (c *check) float32(ctx context.Context) (*Report, error) {
	for i, n := range c.by {
		if !n.IsInput() {
			return nil, fmt.Errorf("gradcheck: %s is an inner node of a float32 graph: only inputs can be checked there", c.names[i])
		}
	}
	wide, err := expr.Rewrite(append([]*expr.Node{c.loss}, c.by...), wider)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: copy of %w (float32 graphs are checked through a copy in float64)", err)
	}
	by := make([]*expr.Node, len(c.by))
	for i, n := range c.by {
		by[i] = wide[n]
	}
	c.report.Notes = append(c.report.Notes, "the graph is of float32: elements are those of a copy in float64")
	in64 := &check{Options: c.Options, nodes: c.nodes, names: c.names, loss: wide[c.loss], by: by, at: map[place]int{}, report: c.report}
	in64.Gradient = nil
	if err := in64.all(ctx); err != nil {
		return nil, err
	}
	return c.report, c.narrow(ctx, in64)
}

// wider returns a node in float64, on operands in float64.
func wider(n *expr.Node, args []*expr.Node) (*expr.Node, error) {
	if !n.IsInput() {
		return node.Wider(n, args)
	}
	if n.Dtype() != tensor.Float32 {
		return n, nil
	}
	v, err := node.Value(n)
	if err != nil {
		return nil, err
	}
	x, err := floats(v)
	if err != nil {
		return nil, err
	}
	b := expr.On(n.Graph())
	if of := node.Of(n); of != nil && of.Op() != nil && len(x) == 1 {
		return b.Const(x[0]), nil
	}
	return b.Leaf(n.Name(), x, n.Shape()...), b.Err()
}

// narrow compares the float32 gradient with the float64 one.
func (c *check) narrow(ctx context.Context, in64 *check) error {
	roots := c.grads
	if roots == nil {
		// gorgonia's Grad marks the graph and is wrong the second time, so it gets a copy.
		var err error
		if roots, err = gorgonias(c.loss, c.by); err != nil {
			return fmt.Errorf("gradcheck: gorgonia's gradient of a float32 graph: %w", err)
		}
	}
	m, err := c.machine(roots...)
	if err != nil {
		return err
	}
	all, err := m.numbers(ctx)
	if err != nil {
		return fmt.Errorf("gradcheck: gradient of a float32 graph: %w", err)
	}
	at := 0
	for i, name := range c.names {
		want := in64.analytic[i]
		got := all[at : at+m.size[i]]
		at += m.size[i]
		if len(got) != len(want) {
			return fmt.Errorf("gradcheck: %d numbers for the gradient by %s, want %d", len(got), name, len(want))
		}
		if e, off := furthest(got, want, 0); !(off <= float32Tolerance) {
			c.report.Problems = append(c.report.Problems, fmt.Sprintf("in float32 the derivative by %s is %.8g, in float64 %.10g: off by %.1g of the largest",
				indexed(name, e), got[e], want[e], off))
		}
	}
	return nil
}

// gorgonias returns gorgonia's own gradient, of a copy of the graph.
func gorgonias(loss *expr.Node, by []*expr.Node) ([]*expr.Node, error) {
	g := G.NewGraph()
	var grads G.Nodes
	err := node.Locked(func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v", r)
			}
		}()
		copies, err := node.Copy(g, append([]*expr.Node{loss}, by...)...)
		if err != nil {
			return err
		}
		grads, err = G.Grad(copies[0], copies[1:]...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return node.Read(grads...)
}
