package gradcheck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Check compares the derivatives of a scalar node by other nodes of its graph, inputs or inner
// ones, with finite differences. The graph may be made of any of gorgonia's operations. Check
// returns an error where the check cannot be done. What it finds is in the report; [Report.Err] is
// nil if all derivatives are right.
//
// The values of inputs are changed during the check and restored afterwards, so nothing else may
// use the graph meanwhile. For a loss of type float32 a copy of the graph in float64 is checked,
// and the gradient in float32, gorgonia's own unless Options.Gradient gives one, is compared with
// that of the copy.
func Check(ctx context.Context, loss *G.Node, by G.Nodes, options Options) (*Report, error) {
	return run(ctx, nil, loss, by, options)
}

// check is the state of one check.
type check struct {
	Options
	views    []View  // of a model: first on its own executor
	tape     View    // the model's view on the tape; nil for a graph that is not a model's
	root     *G.Node // the loss as users know it
	nodes    G.Nodes // the parameters, as Options knows them
	names    []string
	loss     *expr.Node
	by       []*expr.Node
	grads    []*expr.Node                // nil where there is no derivative
	ways     map[*expr.Node]expr.Foreign // gorgonia's own operations in a gradient that was given
	analytic [][]float64
	drawn    map[int][]int // the elements of each parameter that are checked
	verified *curvature    // second derivatives on the tape, with Options.Second
	at       map[place]int // indices of elements in the report
	astray   []astray      // directions that do not pass
	given    inputs        // the values before the check

	roughLoss, roughGradients *[]float64 // the effects of rounding, once they are known

	report *Report
}

func run(ctx context.Context, views []View, loss *G.Node, by G.Nodes, options Options) (report *Report, err error) {
	if err := admissible(loss, by); err != nil {
		return nil, err
	}
	if err := options.complete(by); err != nil {
		return nil, err
	}
	guard, err := guarded(options.RequireGuard)
	if err != nil {
		return nil, err
	}
	c := &check{Options: options, views: views, tape: tapeOf(views), root: loss, nodes: by, at: map[place]int{}}
	if err := c.read(loss); err != nil {
		return nil, err
	}
	if c.given, err = inputsOf(slices.Concat(G.Nodes{loss}, by, options.Gradient)...); err != nil {
		return nil, err
	}
	defer func() { err = c.given.restore(err) }() // after a panic too
	c.report = &Report{Loss: c.loss.Name(), Executor: "the uncompiled tape", Guard: guard}
	if loss.Dtype() == tensor.Float32 {
		return c.float32(ctx)
	}
	return c.report, c.all(ctx)
}

// read finds the expressions of the graph's nodes.
func (c *check) read(loss *G.Node) error {
	b := node.On(loss.Graph())
	c.loss = b.In(loss)
	used := map[string]int{}
	for _, n := range c.nodes {
		e := b.In(n)
		if b.Err() != nil {
			break
		}
		name := e.Name()
		if used[name]++; used[name] > 1 {
			name = fmt.Sprintf("%s, number %d", name, used[name]) // of inner nodes, which have no names of their own
		}
		c.by, c.names = append(c.by, e), append(c.names, name)
	}
	if c.Gradient != nil {
		c.grads = make([]*expr.Node, len(c.Gradient))
		for i, n := range c.Gradient {
			if n != nil && n.Graph() != loss.Graph() {
				return fmt.Errorf("gradcheck: the gradient %s is a node of another graph than %s", node.Describe(n), c.names[i])
			}
			c.grads[i] = b.In(n)
		}
		c.ways = node.Builtins(append(G.Nodes{loss}, c.Gradient...)...)
	}
	if b.Err() != nil {
		return fmt.Errorf("gradcheck: %w", b.Err())
	}
	return nil
}

// admissible returns an error for a loss or nodes that cannot be checked.
func admissible(loss *G.Node, by G.Nodes) error {
	switch {
	case loss == nil:
		return errors.New("gradcheck: the loss is a nil node")
	case len(loss.Shape()) != 0:
		return fmt.Errorf("gradcheck: the loss %s has shape %v, want a scalar", node.Describe(loss), loss.Shape())
	case loss.Dtype() != tensor.Float64 && loss.Dtype() != tensor.Float32:
		return fmt.Errorf("gradcheck: the loss %s is of type %v, want float64 or float32", node.Describe(loss), loss.Dtype())
	case len(by) == 0:
		return errors.New("gradcheck: no nodes to differentiate by")
	}
	for i, n := range by {
		switch {
		case n == nil:
			return fmt.Errorf("gradcheck: node %d to differentiate by is nil", i)
		case n.Graph() != loss.Graph():
			return fmt.Errorf("gradcheck: %s is a node of another graph than the loss", node.Describe(n))
		case n.Dtype() != loss.Dtype():
			return fmt.Errorf("gradcheck: %s is of type %v, the loss of %v", node.Describe(n), n.Dtype(), loss.Dtype())
		case isConstant(n):
			return fmt.Errorf("gradcheck: %s is a constant", node.Describe(n))
		case slices.Contains(by[:i], n):
			return fmt.Errorf("gradcheck: %s is given twice", node.Describe(n))
		}
	}
	return nil
}

// isConstant reports whether a node is one of gorgonia's constants, which have an operation without
// operands, and a value.
func isConstant(n *G.Node) bool { return n.Op() != nil && n.Op().Arity() == 0 }

// all runs every part of the check.
func (c *check) all(ctx context.Context) error {
	if err := c.differentiate(ctx); err != nil {
		return err
	}
	if err := c.first(ctx); err != nil {
		return err
	}
	if c.Second {
		if err := c.second(ctx); err != nil {
			return err
		}
	}
	if c.Taylor {
		if err := c.taylor(ctx); err != nil {
			return err
		}
	}
	c.expectations()
	if err := c.compareWays(ctx); err != nil {
		return err
	}
	return c.locate(ctx)
}

// differentiate builds the derivatives and computes them, twice.
func (c *check) differentiate(ctx context.Context) error {
	var err error
	if c.grads == nil {
		if c.grads, err = autodiff.GradientOrNil(c.loss, c.by...); err != nil {
			return fmt.Errorf("gradcheck: %w", err)
		}
	}
	for i, g := range c.grads {
		if g != nil && (g.Graph() != c.loss.Graph() || g.Size() != c.by[i].Size()) {
			return fmt.Errorf("gradcheck: the gradient %s, of shape %v, is not one by %s, of shape %v", g, g.Shape(), c.names[i], c.by[i].Shape())
		}
	}
	m, err := c.machine(c.derivatives()...)
	if err != nil {
		return err
	}
	values, err := c.repeat(ctx, m)
	if err != nil {
		return fmt.Errorf("gradcheck: %w", err)
	}
	c.report.Value = Number(values[0])
	c.analytic = make([][]float64, len(c.by))
	at := 1
	for i, n := range c.by {
		size := n.Size()
		if c.grads[i] == nil {
			c.analytic[i] = make([]float64, size)
			continue
		}
		c.analytic[i] = values[at : at+size]
		at += size
	}
	return nil
}

// derivatives returns the loss and those derivatives that exist.
func (c *check) derivatives() []*expr.Node {
	out := []*expr.Node{c.loss}
	for _, g := range c.grads {
		if g != nil {
			out = append(out, g)
		}
	}
	return out
}

// first checks the first derivatives.
func (c *check) first(ctx context.Context) error {
	drill := c.Directions == 0
	if !drill {
		agree, err := c.directions(ctx)
		if err != nil {
			return err
		}
		drill = !agree
	}
	if !drill {
		return nil
	}
	for i := range c.by {
		if err := c.elements(ctx, i, c.chosen(i)); err != nil {
			return err
		}
	}
	if err := c.explain(ctx); err != nil {
		return err
	}
	c.zeros()
	return nil
}

// zeros turns vacuous elements into zeros where that is allowed and other elements of their node
// pass. What differences cannot tell from a derivative of some size, compared with the others', stays
// vacuous.
func (c *check) zeros() {
	for i, n := range c.nodes {
		if !c.Zeros && c.Expect[n] != Zero {
			continue
		}
		scale := 0.0 // of the derivatives that pass
		for _, e := range c.report.Elements {
			if e.Parameter == c.names[i] && e.Verdict == Pass {
				scale = max(scale, math.Abs(float64(e.Analytic)))
			}
		}
		for k := range c.report.Elements {
			e := &c.report.Elements[k]
			trusted := c.Trust * float64(e.Estimate)
			if e.Parameter == c.names[i] && e.Verdict == Vacuous && scale > 0 && trusted <= max(c.Atol, coarsest*c.Rtol*scale) {
				e.Verdict, e.Allowed, e.Why = Zero, true, "no effect, unlike other elements of "+e.Parameter
			}
		}
	}
}

// expectations reports the declared verdicts that no element has.
func (c *check) expectations() {
	if len(c.report.Elements) == 0 {
		return // the fast mode has judged only directions
	}
	for i, n := range c.nodes {
		want, ok := c.Expect[n]
		if !ok {
			continue
		}
		met := slices.ContainsFunc(c.report.Elements, func(e Element) bool { return e.Parameter == c.names[i] && e.Verdict == want })
		if !met {
			c.report.Problems = append(c.report.Problems, fmt.Sprintf("%s is declared %v, and is not", c.names[i], want))
		}
	}
}
