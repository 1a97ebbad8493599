// Package tape executes graphs node by node: uncompiled, one buffer a node, never in place. It is the reference that
// every faster way of running a graph is compared with, and derivatives are checked on it.
//
// [Tape] runs a whole graph and keeps every value readable. [Engine] runs the sweeps of a plan, in batches of pixels.
package tape

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Tape is a gorgonia.VM that computes a part of a graph node by node. Every node keeps its own buffer, so every value
// can be read after a run. A Tape belongs to one goroutine; several tapes may share a graph whose inputs do not
// change meanwhile.
type Tape struct {
	order  *plan.Order
	values []G.Value // of each step; a buffer that the next run writes into again
	arrays []expr.Array
	ran    bool
}

var _ G.VM = (*Tape)(nil)

// New plans the execution of all that the roots need. Operations that are not of internal/expr or a gorgonia
// built-in that means the same are run through their own Do.
func New(roots ...*expr.Node) (*Tape, error) {
	order, err := plan.Sort(roots...)
	if err != nil {
		return nil, err
	}
	return &Tape{order: order, values: make([]G.Value, order.Len()), arrays: make([]expr.Array, order.Len())}, nil
}

// Bytes is the memory that the values of a run take.
func (t *Tape) Bytes() int64 {
	var n int64
	for i := range t.order.Len() {
		if s := t.order.Step(i); !s.Leaf() {
			n += 8 * int64(s.Dims.Size())
		}
	}
	return n
}

// RunAll computes every value from the inputs' present ones.
func (t *Tape) RunAll() error {
	t.ran = false
	for i := range t.order.Len() {
		s := t.order.Step(i)
		var err error
		switch {
		case s.Leaf():
			err = t.read(i, s)
		case s.Rule != nil:
			err = t.eval(i, s)
		default:
			err = t.do(i, s)
		}
		if err != nil {
			return fmt.Errorf("tape: %w", err)
		}
	}
	t.ran = true
	return nil
}

func (t *Tape) read(i int, s *plan.Step) error {
	var err error
	if t.values[i], err = s.Read(); err != nil || s.Node.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = s.View(t.values[i])
	return err
}

func (t *Tape) eval(i int, s *plan.Step) error {
	if t.arrays[i].Data == nil {
		t.arrays[i] = expr.Array{Dims: s.Dims, Data: make([]float64, s.Dims.Size())}
	}
	args := make([]expr.Array, len(s.Args))
	for k, a := range s.Args {
		args[k] = t.arrays[a]
	}
	return s.Eval(t.arrays[i], args)
}

func (t *Tape) do(i int, s *plan.Step) error {
	args := make([]G.Value, len(s.Args))
	for k, a := range s.Args {
		args[k] = t.value(a)
	}
	var err error
	if t.values[i], err = s.Do(args); err != nil || s.Node.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = s.Array(t.values[i])
	return err
}

// value is a step's value as gorgonia's operations want it.
func (t *Tape) value(i int) G.Value {
	s := t.order.Step(i)
	if s.Rule == nil {
		return t.values[i]
	}
	return s.Value(t.arrays[i].Data)
}

// Value is the value of any node that the roots need, after a run. It is a view: the next run overwrites it.
func (t *Tape) Value(n *expr.Node) (G.Value, error) {
	i, ok := t.order.Find(n)
	if !ok {
		return nil, fmt.Errorf("tape: node %s is not needed by the roots of this tape", n.Name())
	}
	if !t.ran {
		return nil, fmt.Errorf("tape: node %s has no value before a successful run", n.Name())
	}
	return t.value(i), nil
}

// Reset forgets the values; their memory is kept for the next run.
func (t *Tape) Reset() { t.ran = false }

// Close forgets the values and gives their memory back.
func (t *Tape) Close() error {
	t.Reset()
	clear(t.values)
	clear(t.arrays)
	return nil
}
