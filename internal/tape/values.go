package tape

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Values computes nodes at the current values of the leaves and returns the elements of each.
func Values(nodes ...*expr.Node) ([][]float64, error) {
	t, err := New(nodes...)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	if err := t.RunAll(); err != nil {
		return nil, err
	}
	values := make([][]float64, len(nodes))
	for i, n := range nodes {
		v, err := t.Value(n)
		if err != nil {
			return nil, err
		}
		a, err := node.ArrayOf(v)
		if err != nil {
			return nil, err
		}
		values[i] = append(values[i], a.Data...) // a copy: the tape's memory is released
	}
	return values, nil
}

// Scalars is [Values] for nodes of one number each.
func Scalars(nodes ...*expr.Node) ([]float64, error) {
	values, err := Values(nodes...)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(nodes))
	for i, v := range values {
		if len(v) != 1 {
			return nil, fmt.Errorf("%s has shape %v, want a scalar", nodes[i].Name(), nodes[i].Shape())
		}
		out[i] = v[0]
	}
	return out, nil
}
