package gradcheck

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// inputs are the values that the inputs of a graph have before a check. An operation may overwrite
// its operands; they are put back.
type inputs []given

// given is an input's value, and a copy of it.
type given struct {
	node      *G.Node
	own, copy G.Value
}

// inputsOf returns the inputs that some nodes depend on.
func inputsOf(nodes ...*G.Node) (inputs, error) {
	nodes = slices.DeleteFunc(nodes, func(n *G.Node) bool { return n == nil })
	list, err := node.Read(nodes...)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	sorted, err := expr.Sort(list...)
	if err != nil {
		return nil, fmt.Errorf("gradcheck: %w", err)
	}
	var in inputs
	for _, e := range sorted.Nodes {
		n := node.Of(e)
		if n == nil || n.Value() == nil {
			continue
		}
		v, err := G.CloneValue(n.Value())
		if err != nil {
			return nil, fmt.Errorf("gradcheck: value of %s: %w", node.Describe(n), err)
		}
		in = append(in, given{n, n.Value(), v})
	}
	return in, nil
}

// changed names an input whose value is not what it was; "" if there is none.
func (in inputs) changed() string {
	for _, g := range in {
		if what := overwritten(g.copy.Data(), g.own.Data()); what != "" {
			return g.node.Name() + what
		}
	}
	return ""
}

// restore puts all values back, into the memory that they had. It returns the error that it is
// given, or else the first of its own.
func (in inputs) restore(err error) error {
	for _, g := range in {
		e := g.putBack()
		if e != nil && err == nil {
			err = fmt.Errorf("gradcheck: value of %s: %w", node.Describe(g.node), e)
		}
	}
	return err
}

func (g given) putBack() error {
	if g.node.Value() != g.own {
		if err := G.Let(g.node, g.own); err != nil {
			return err
		}
	}
	if overwritten(g.copy.Data(), g.own.Data()) == "" {
		return nil
	}
	if own, ok := g.own.(*tensor.Dense); ok {
		return tensor.Copy(own, g.copy.(*tensor.Dense))
	}
	reflect.ValueOf(g.own).Elem().Set(reflect.ValueOf(g.copy).Elem()) // gorgonia's scalars are pointers to numbers
	return nil
}

// overwritten says where two backing arrays, or scalars, differ; "" if they do not. Numbers that
// are not a number are equal.
func overwritten(was, is any) string {
	switch was := was.(type) {
	case []float64:
		return differs(was, is.([]float64))
	case []float32:
		return differs(was, is.([]float32))
	case float64:
		if now := is.(float64); was != now && !(math.IsNaN(was) && math.IsNaN(now)) {
			return fmt.Sprintf(": %v becomes %v", was, now)
		}
		return ""
	}
	if !reflect.DeepEqual(was, is) {
		return fmt.Sprintf(": %v becomes %v", was, is)
	}
	return ""
}

func differs[T float32 | float64](was, is []T) string {
	for i, x := range was {
		if y := is[i]; x != y && !(x != x && y != y) {
			return fmt.Sprintf("[%d]: %v becomes %v", i, x, y)
		}
	}
	return ""
}
