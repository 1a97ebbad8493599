// Package tape executes graphs node by node: uncompiled, with one buffer for each node, never in
// place. It is the reference for every faster way of running a graph, and derivatives are checked
// on it.
//
// [Tape] runs a whole graph and keeps every value readable. [Engine] runs the sweeps of a plan, in
// batches of pixels.
package tape

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Tape is a gorgonia.VM that computes part of a graph node by node. Every node has its own buffer,
// so every value can be read after a run. Only one goroutine may use a Tape at a time; several
// tapes may share a graph as long as its inputs do not change.
type Tape struct {
	order  *plan.Order
	values []G.Value // by node: buffers, which every run overwrites
	arrays []expr.Array
	args   []expr.Array // of the operation that runs
	ran    bool
}

var _ G.VM = (*Tape)(nil)

// New prepares the execution of all nodes that the roots need. Gorgonia's own Do runs the
// operations for which internal/expr has no rule.
func New(roots ...*expr.Node) (*Tape, error) {
	order, err := plan.Sort(roots...)
	if err != nil {
		return nil, err
	}
	return &Tape{order: order, values: make([]G.Value, order.Len()), arrays: make([]expr.Array, order.Len())}, nil
}

// Bytes returns the memory that the values of a run take.
func (t *Tape) Bytes() int64 {
	var bytes int64
	for i := range t.order.Len() {
		if n := t.order.Node(i); !n.Leaf() {
			bytes += 8 * int64(n.Dims.Size())
		}
	}
	return bytes
}

// RunAll computes every value from the current values of the inputs.
func (t *Tape) RunAll() error {
	t.ran = false
	for i := range t.order.Len() {
		if err := t.run(i); err != nil {
			return err
		}
	}
	t.ran = true
	return nil
}

// Part is a part of a tape: some nodes and those that depend on them, in order.
type Part []int

// All returns the whole tape as a part of it.
func (t *Tape) All() Part {
	p := make(Part, t.order.Len())
	for i := range p {
		p[i] = i
	}
	return p
}

// Part returns some nodes and those that depend on them.
func (t *Tape) Part(nodes ...*expr.Node) Part {
	in := make([]bool, t.order.Len())
	for _, n := range nodes {
		if i, ok := t.order.Find(n); ok {
			in[i] = true
		}
	}
	var p Part
	for i := range in {
		for _, a := range t.order.Node(i).Args {
			in[i] = in[i] || in[a]
		}
		if in[i] {
			p = append(p, i)
		}
	}
	return p
}

// Nodes returns the nodes of a part.
func (t *Tape) Nodes(p Part) []*expr.Node {
	nodes := make([]*expr.Node, len(p))
	for k, i := range p {
		nodes[k] = t.order.Node(i).Expr
	}
	return nodes
}

// RunPart computes the values of a part after inputs in it have changed. The values of all other
// nodes are those of the last run; without one, or after an error, RunPart computes every value.
//
// If blur is not nil, it may change the result of every operation of the part.
func (t *Tape) RunPart(p Part, blur func(n *expr.Node, result []float64)) error {
	if !t.ran {
		if err := t.RunAll(); err != nil || blur == nil {
			return err
		}
	}
	t.ran = false
	for _, i := range p {
		if err := t.run(i); err != nil {
			return err
		}
		if n := t.order.Node(i); blur != nil && !n.Leaf() && n.Expr.Dtype() == tensor.Float64 {
			blur(n.Expr, t.arrays[i].Data)
			if !n.Rule.Exists() {
				t.values[i] = n.Value(t.arrays[i].Data)
			}
		}
	}
	t.ran = true
	return nil
}

// run computes the value of node i.
func (t *Tape) run(i int) error {
	n := t.order.Node(i)
	var err error
	switch {
	case n.Leaf():
		err = t.read(i, n)
	case n.Rule.Exists():
		err = t.eval(i, n)
	default:
		err = t.do(i, n)
	}
	if err != nil {
		return fmt.Errorf("tape: %w", err)
	}
	return nil
}

func (t *Tape) read(i int, n *plan.Node) error {
	var err error
	if t.values[i], err = n.Read(); err != nil || n.Expr.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = n.View(t.values[i])
	return err
}

func (t *Tape) eval(i int, n *plan.Node) error {
	if t.arrays[i].Data == nil {
		t.arrays[i] = expr.Array{Dims: n.Dims, Data: make([]float64, n.Dims.Size())}
	}
	t.args = t.args[:0]
	for _, a := range n.Args {
		t.args = append(t.args, t.arrays[a])
	}
	return n.Eval(t.arrays[i], t.args)
}

func (t *Tape) do(i int, n *plan.Node) error {
	args := make([]G.Value, len(n.Args))
	for k, a := range n.Args {
		args[k] = t.value(a)
	}
	var err error
	if t.values[i], err = n.Do(args); err != nil || n.Expr.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = n.Array(t.values[i])
	return err
}

// value returns the value of a node as a gorgonia value.
func (t *Tape) value(i int) G.Value {
	n := t.order.Node(i)
	if !n.Rule.Exists() {
		return t.values[i]
	}
	return n.Value(t.arrays[i].Data)
}

// Value returns the value, after a run, of any node that the roots need. It is a view: the next run
// overwrites it.
func (t *Tape) Value(n *expr.Node) (G.Value, error) {
	i, ok := t.order.Find(n)
	if !ok {
		return nil, fmt.Errorf("tape: %s is not needed by the roots of this tape", n.Name())
	}
	if !t.ran {
		return nil, fmt.Errorf("tape: %s has no value before a successful run", n.Name())
	}
	return t.value(i), nil
}

// Reset discards the values and keeps their memory for the next run.
func (t *Tape) Reset() { t.ran = false }

// Close discards the values and releases their memory.
func (t *Tape) Close() error {
	t.Reset()
	clear(t.values)
	clear(t.arrays)
	return nil
}
