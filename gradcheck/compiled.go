package gradcheck

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// compiled compares the compiled gradient, in reverse mode, with the tape's.
func (c *check) compiled(ctx context.Context, p *point) error {
	t := c.tally(c.compiler(), "reverse mode")
	roots := []*expr.Node{c.loss}
	var which []int
	for i, g := range c.grads {
		if g == nil {
			continue
		}
		if c.views != nil && !c.by[i].IsInput() {
			c.report.Notes = append(c.report.Notes, fmt.Sprintf("%s is an inner node: its gradient is not compared with a compiled one, which donates it", c.names[i]))
			continue
		}
		roots, which = append(roots, g), append(which, i)
	}
	values, why, err := c.program(ctx, roots)
	if err != nil {
		return err
	}
	if why != "" {
		t.skip(why)
		return nil
	}
	for k, v := range values {
		got, err := floats(v)
		if err != nil {
			return fmt.Errorf("gradcheck: compiled gradient: %w", err)
		}
		if k == 0 {
			err = t.loss(p, got[0], 1)
		} else {
			err = t.gradient(ctx, p, which[k-1], got, 1)
		}
		if err != nil {
			return err
		}
	}
	t.done()
	return nil
}

// compiler names what program computes on.
func (c *check) compiler() string {
	for _, v := range c.views {
		if v.Compiled() {
			return v.String()
		}
	}
	return "compiled"
}

// lastBits returns how much the numbers of a machine change where all parameters, and all other
// scalars that the loss depends on, change by up to 16 units in the last place. The derivative by
// one parameter may be as sensitive to another one, which is not checked.
func (c *check) lastBits(ctx context.Context, m *machine) (spread float64, err error) {
	sorted, err := expr.Sort(c.loss)
	if err != nil {
		return 0, fmt.Errorf("gradcheck: %w", err)
	}
	var leaves []*expr.Node
	for _, n := range sorted.Nodes {
		scalar := len(n.Shape()) == 0 && n.Dtype() == tensor.Float64
		if n.IsInput() && (scalar || slices.Contains(c.by, n)) {
			leaves = append(leaves, n)
		}
	}
	at, err := m.numbers(ctx)
	if err != nil {
		return 0, fmt.Errorf("gradcheck: %w", err)
	}
	subs, restore, err := substituteAll(leaves)
	if err != nil {
		return 0, err
	}
	defer func() { err = restore(err) }()
	r := rand.New(rand.NewPCG(c.Seed, 0xb175))
	for range 16 {
		for _, v := range subs {
			for e, x := range v.at {
				v.set(e, x*(1+32*epsilon*(r.Float64()-0.5)))
			}
		}
		moved, err := m.numbers(ctx)
		if err != nil {
			return 0, fmt.Errorf("gradcheck: %w", err)
		}
		for e, x := range at {
			if d := math.Abs(moved[e] - x); finite(d) {
				spread = max(spread, d)
			}
		}
	}
	return spread, nil
}

// size returns the size of parameter i: that of its largest element.
func (c *check) size(ctx context.Context, i int) (float64, error) {
	m, err := c.machine(c.by[i])
	if err != nil {
		return 0, err
	}
	x, err := m.numbers(ctx)
	if err != nil {
		return 0, fmt.Errorf("gradcheck: %w", err)
	}
	return typical(magnitude(x)), nil
}

// magnitude returns the largest absolute value among the finite numbers of x.
func magnitude(x []float64) float64 {
	largest := 0.0
	for _, v := range x {
		if finite(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	return largest
}

// furthest returns the index at which got and want differ most, and the difference there, relative
// to the largest of want and another.
func furthest(got, want []float64, another float64) (at int, off float64) {
	largest := magnitude(want)
	if finite(another) {
		largest = max(largest, another)
	}
	for i := range want {
		switch d := math.Abs(got[i] - want[i]); {
		case got[i] == want[i] || math.IsNaN(got[i]) && math.IsNaN(want[i]):
		case !finite(d):
			return i, d
		case d > off*largest:
			at, off = i, d/largest
		}
	}
	return at, off
}

// program computes nodes by a compiled program. Where there is none, the string says why.
func (c *check) program(ctx context.Context, roots []*expr.Node) ([]G.Value, string, error) {
	if c.views != nil {
		for _, v := range c.views {
			if !v.Compiled() {
				continue
			}
			values, why, err := v.Compute(ctx, roots...)
			if err != nil {
				return nil, "", fmt.Errorf("gradcheck: %w", err)
			}
			return values, why, nil
		}
		return nil, "the model is compiled on no executor", nil
	}
	leaves, pixels, err := pixelLeaves(roots)
	if err != nil {
		return nil, "", fmt.Errorf("gradcheck: %w", err)
	}
	if pixels == 0 {
		return nil, "the arrays of the graph have no last axis in common: there is nothing to compile", nil
	}
	run, err := plan.New(func(n *expr.Node) bool { return leaves[n] }, pixels, roots...)
	if err != nil {
		return nil, "", fmt.Errorf("gradcheck: %w", err)
	}
	work := 0
	for _, s := range run.Sweeps() {
		work += len(s.Reduce) + len(s.Store)
	}
	if work == 0 {
		return nil, "nothing runs along the arrays' last axis: there is nothing to compile", nil
	}
	p, err := cpu.Compile(run, cpu.Options{})
	if err != nil {
		return nil, err.Error(), nil
	}
	values, err := run.Run(ctx, p, runtime.GOMAXPROCS(0), nil)
	if err != nil {
		return nil, "", fmt.Errorf("gradcheck: compiled gradient: %w", err)
	}
	return values, "", nil
}

// pixelLeaves returns the inputs whose last axis is longer than 1, and its length if all of them
// have the same, else 0.
func pixelLeaves(roots []*expr.Node) (leaves map[*expr.Node]bool, length int, err error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, 0, err
	}
	leaves = map[*expr.Node]bool{}
	for i, n := range sorted.Nodes {
		shape := n.Shape()
		if len(sorted.Operands[i]) > 0 || len(shape) == 0 || n.Dtype() != tensor.Float64 || !n.IsInput() {
			continue
		}
		last := shape[len(shape)-1]
		if last == 1 {
			continue
		}
		if length != 0 && length != last {
			return nil, 0, nil
		}
		length = last
		leaves[n] = true
	}
	return leaves, length, nil
}
