package tape

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Tape is a gorgonia.VM that computes a part of a graph node by node. Every node keeps its own buffer, so every value
// can be read after a run. A Tape belongs to one goroutine; several tapes may share a graph whose inputs do not
// change meanwhile.
type Tape struct {
	plan   *plan
	values []G.Value // of each step; a buffer that the next run writes into again
	arrays []expr.Array
	ran    bool
}

var _ G.VM = (*Tape)(nil)

// New plans the execution of all that the roots need. Operations that are not of internal/expr or a gorgonia
// built-in that means the same are run through their own Do.
func New(roots ...*G.Node) (*Tape, error) {
	p, err := newPlan(roots)
	if err != nil {
		return nil, err
	}
	return &Tape{plan: p, values: make([]G.Value, len(p.steps)), arrays: make([]expr.Array, len(p.steps))}, nil
}

// Bytes is the memory that the values of a run take.
func (t *Tape) Bytes() int64 {
	var n int64
	for i := range t.plan.steps {
		if !t.plan.steps[i].leaf() {
			n += 8 * int64(t.plan.steps[i].dims.Size())
		}
	}
	return n
}

// RunAll computes every value from the inputs' present ones.
func (t *Tape) RunAll() error {
	t.ran = false
	for i := range t.plan.steps {
		s := &t.plan.steps[i]
		var err error
		switch {
		case s.leaf():
			err = t.read(i, s)
		case s.rule != nil:
			err = t.eval(i, s)
		default:
			err = t.do(i, s)
		}
		if err != nil {
			return err
		}
	}
	t.ran = true
	return nil
}

func (t *Tape) read(i int, s *step) error {
	var err error
	if t.values[i], err = s.leafValue(); err != nil || s.node.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = s.leafArray(t.values[i])
	return err
}

func (t *Tape) eval(i int, s *step) error {
	if t.arrays[i].Data == nil {
		t.arrays[i] = expr.Array{Dims: s.dims, Data: make([]float64, s.dims.Size())}
	}
	args := make([]expr.Array, len(s.args))
	for k, a := range s.args {
		args[k] = t.arrays[a]
	}
	return s.eval(t.arrays[i], args)
}

func (t *Tape) do(i int, s *step) error {
	args := make([]G.Value, len(s.args))
	for k, a := range s.args {
		args[k] = t.value(a)
	}
	var err error
	if t.values[i], err = s.do(args); err != nil || s.node.Dtype() != tensor.Float64 {
		return err
	}
	t.arrays[i], err = s.array(t.values[i])
	return err
}

// value is a step's value as gorgonia's operations want it.
func (t *Tape) value(i int) G.Value {
	s := &t.plan.steps[i]
	if s.rule == nil {
		return t.values[i]
	}
	return asValue(s.node.Shape(), t.arrays[i].Data)
}

// asValue wraps numbers as a gorgonia value of a shape, without a copy where it is not a scalar.
func asValue(shape tensor.Shape, data []float64) G.Value {
	if len(shape) == 0 {
		return G.NewF64(data[0])
	}
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(data))
}

// Value is the value of any node that the roots need, after a run. It is a view: the next run overwrites it.
func (t *Tape) Value(n *G.Node) (G.Value, error) {
	i, ok := t.plan.index[n]
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
