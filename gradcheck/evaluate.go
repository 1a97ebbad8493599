package gradcheck

import (
	"context"
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// machine computes some nodes at the present values of the inputs.
type machine struct {
	nodes   []*expr.Node
	tape    *tape.Tape // nil where not every value is kept
	batches View       // computes the nodes where tape is nil
	size    []int      // elements of each node
	runs    *int       // counts
}

// machine plans the execution of nodes on the uncompiled tape, with one buffer a node. Where that
// takes too much memory, a model computes them in batches of pixels.
func (c *check) machine(nodes ...*expr.Node) (*machine, error) {
	t, err := tape.New(nodes...)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	m := &machine{nodes: nodes, tape: t, runs: &c.report.Evaluations}
	for _, n := range nodes {
		m.size = append(m.size, n.Size())
	}
	if t.Bytes() <= c.Memory {
		return m, nil
	}
	if c.tape == nil || nodes[0].Graph() != c.loss.Graph() {
		return nil, fmt.Errorf("gradcheck: the values take %d bytes, more than the limit of %d (Options.Memory)", t.Bytes(), c.Memory)
	}
	m.tape, m.batches = nil, c.tape
	return m, nil
}

// numbers computes all nodes and returns all their elements, one node after the other.
func (m *machine) numbers(ctx context.Context) ([]float64, error) {
	if m.tape == nil {
		values, _, err := m.batches.Compute(ctx, m.nodes...)
		return m.elements(values, err)
	}
	return m.kept(ctx, m.tape.RunAll)
}

// part returns what depends on some inputs.
func (m *machine) part(inputs ...*variable) tape.Part {
	if m.tape == nil {
		return nil
	}
	var leaves []*expr.Node
	for _, v := range inputs {
		leaves = append(leaves, v.leaf)
	}
	return m.tape.Part(leaves...)
}

// opaque reports whether an operation that a user wrote depends on some inputs.
func (m *machine) opaque(inputs ...*variable) bool {
	return m.tape != nil && slices.ContainsFunc(m.tape.Nodes(m.part(inputs...)), node.IsOwn)
}

// again returns the numbers after the inputs of a part have changed.
func (m *machine) again(ctx context.Context, p tape.Part) ([]float64, error) {
	if m.tape == nil {
		return m.numbers(ctx)
	}
	return m.kept(ctx, func() error { return m.tape.RunPart(p, nil) })
}

// kept runs the tape and returns the elements of the nodes.
func (m *machine) kept(ctx context.Context, run func() error) ([]float64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := run(); err != nil {
		return nil, err
	}
	values := make([]G.Value, len(m.nodes))
	for i, n := range m.nodes {
		var err error
		if values[i], err = m.tape.Value(n); err != nil {
			return nil, err
		}
	}
	return m.elements(values, nil)
}

// elements returns the elements of some values, and counts the run that gave them.
func (m *machine) elements(values []G.Value, err error) ([]float64, error) {
	*m.runs++
	if err != nil {
		return nil, err
	}
	var out []float64
	for i, v := range values {
		x, err := floats(v)
		if err != nil {
			return nil, err
		}
		if len(x) != m.size[i] {
			return nil, fmt.Errorf("gradcheck: %d numbers where %d are expected", len(x), m.size[i])
		}
		out = append(out, x...)
	}
	return out, nil
}

// floats returns the elements of a value of either floating-point type, in row-major order.
func floats(v G.Value) ([]float64, error) {
	switch t := v.(type) {
	case *G.F32:
		return []float64{float64(*t)}, nil
	case *tensor.Dense:
		if t.Dtype() != tensor.Float32 {
			break
		}
		if t.RequiresIterator() || !t.DataOrder().IsRowMajor() {
			t = t.Materialize().(*tensor.Dense)
		}
		data, ok := t.Data().([]float32)
		if !ok {
			return []float64{float64(t.Data().(float32))}, nil
		}
		out := make([]float64, len(data))
		for i, x := range data {
			out[i] = float64(x)
		}
		return out, nil
	}
	a, err := node.ArrayOf(v)
	return a.Data, err
}

// variable is an input whose value is varied. Between substitute and restore the input has a copy
// of its value.
type variable struct {
	leaf    *expr.Node
	at      []float64 // the input's own value
	set     func(i int, x float64)
	restore func() error // gives the input its own value again
}

// substitute gives an input a copy of its value, which may be varied.
func substitute(leaf *expr.Node) (*variable, error) {
	a, err := leaf.Array()
	if err != nil {
		return nil, fmt.Errorf("gradcheck: value of %s: %w", leaf, err)
	}
	v := &variable{leaf: leaf, at: slices.Clone(a.Data)}
	data := slices.Clone(a.Data)
	v.restore, err = leaf.Leaf().Lend(data)
	v.set = func(i int, x float64) { data[i] = x }
	return v, err
}

// substituteAll substitutes several inputs. The function that it returns restores them all; it
// returns the error that it is given, or else the first of its own.
func substituteAll(leaves []*expr.Node) (subs []*variable, restore func(err error) error, err error) {
	restore = func(err error) error {
		for _, v := range subs {
			if e := v.restore(); err == nil && e != nil {
				err = fmt.Errorf("gradcheck: %w", e)
			}
		}
		return err
	}
	for _, n := range leaves {
		v, err := substitute(n)
		if v != nil && v.restore != nil {
			subs = append(subs, v)
		}
		if err != nil {
			return nil, nil, restore(err)
		}
	}
	return subs, restore, nil
}

// along returns a machine's numbers as a function of one element of a variable.
func (m *machine) along(ctx context.Context, v *variable, i int) line {
	part := m.part(v)
	return func(t float64) ([]float64, error) {
		v.set(i, v.at[i]+t)
		defer v.set(i, v.at[i])
		return m.again(ctx, part)
	}
}
