package gradcheck

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// replica is a copy of a part of a graph in a graph of its own, with some things changed.
type replica struct {
	of map[*G.Node]*G.Node // by the original
}

// changes are what is different in a replica.
type changes struct {
	// cut makes nodes inputs of the given values: what they are made of is left out.
	cut map[*G.Node]G.Value
	// rule replaces a node's rule; nil keeps them.
	rule func(n *G.Node, r expr.Rule) expr.Rule
	// op makes a node of gorgonia's operations anew; nil applies the same operation.
	op func(n *G.Node, operands G.Nodes) (*G.Node, error)
	// value converts inputs and constants; nil copies them.
	value func(v G.Value) (G.Value, error)
}

// replicate copies all that the roots need.
func replicate(roots G.Nodes, c changes) (*replica, error) {
	sorted, err := expr.Sort(roots...)
	if err != nil {
		return nil, err
	}
	if c.value == nil {
		c.value = G.CloneValue
	}
	if c.op == nil {
		c.op = sameOp
	}
	needed := c.neededIn(sorted, roots)
	b := expr.On(G.NewGraph())
	r := &replica{of: map[*G.Node]*G.Node{}}
	for i, n := range sorted.Nodes {
		if !needed[i] {
			continue
		}
		operands := make(G.Nodes, len(sorted.Operands[i]))
		for k, o := range sorted.Operands[i] {
			operands[k] = r.of[sorted.Nodes[o]]
		}
		if r.of[n], err = c.node(b, n, operands); err != nil {
			return nil, fmt.Errorf("gradcheck: copy of %s: %w", n.Name(), err)
		}
	}
	return r, nil
}

// neededIn marks what is left of a graph that is cut.
func (c *changes) neededIn(sorted *expr.Sorted, roots G.Nodes) []bool {
	needed := make([]bool, len(sorted.Nodes))
	for _, n := range roots {
		needed[sorted.Index[n]] = true
	}
	for i := len(sorted.Nodes) - 1; i >= 0; i-- {
		if _, cut := c.cut[sorted.Nodes[i]]; cut || !needed[i] {
			continue
		}
		for _, o := range sorted.Operands[i] {
			needed[o] = true
		}
	}
	return needed
}

func (c *changes) node(b *expr.Builder, n *G.Node, operands G.Nodes) (*G.Node, error) {
	if v, ok := c.cut[n]; ok {
		return input(b.Graph(), "cut: "+n.Name(), v)
	}
	switch {
	case n.Op() == nil:
		if n.Value() == nil {
			return nil, fmt.Errorf("an input without a value")
		}
		v, err := c.value(n.Value())
		if err != nil {
			return nil, err
		}
		return input(b.Graph(), n.Name(), v)
	case len(operands) == 0 && n.Value() != nil:
		v, err := c.value(n.Value())
		if err != nil {
			return nil, err
		}
		var out *G.Node
		expr.Locked(func() {
			out = b.Graph().AddNode(G.NewConstant(v, G.WithName(fmt.Sprintf("%s %v", n.Name(), v.Dtype()))))
		})
		return out, nil
	}
	if rule, ok := expr.Meaning(n); ok {
		own := false
		if _, own = n.Op().(expr.Op); !own && c.rule == nil {
			return c.op(n, operands)
		}
		if c.rule != nil {
			rule = c.rule(n, rule)
		}
		return b.Apply(rule, operands...), b.Err()
	}
	return c.op(n, operands)
}

// sameOp applies a node's operation to other operands.
func sameOp(n *G.Node, operands G.Nodes) (out *G.Node, err error) {
	expr.Locked(func() {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v: %v", n.Op(), r)
			}
		}()
		out, err = G.ApplyOp(n.Op(), operands...)
	})
	if err != nil {
		return nil, err
	}
	got, err := expr.Children(out)
	if err != nil {
		return nil, err
	}
	for k := range operands {
		if len(got) != len(operands) || got[k] != operands[k] {
			return nil, fmt.Errorf("gorgonia merges %v with another node", n.Op())
		}
	}
	return out, nil
}

// input makes a leaf.
func input(g *G.ExprGraph, name string, v G.Value) (out *G.Node, err error) {
	expr.Locked(func() {
		if len(g.ByName(name)) > 0 {
			err = fmt.Errorf("there are two inputs %q", name)
			return
		}
		if shape := v.Shape(); len(shape) == 0 {
			out = G.NewScalar(g, v.Dtype(), G.WithName(name), G.WithValue(v))
		} else {
			out = G.NewTensor(g, v.Dtype(), len(shape), G.WithName(name), G.WithShape(shape.Clone()...), G.WithValue(v))
		}
	})
	return out, err
}

// valueOf makes a gorgonia value of numbers.
func valueOf(shape tensor.Shape, data []float64) G.Value {
	if len(shape) == 0 {
		return G.NewF64(data[0])
	}
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(append([]float64(nil), data...)))
}
