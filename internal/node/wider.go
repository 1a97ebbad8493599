package node

import (
	"fmt"
	"reflect"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Wider is a foreign operation on operands of type float64, of which one of gorgonia's is an operation of its own: most
// have a rule there, and products of matrices are foreign again. Other nodes are nil: they are what they are.
func Wider(n *expr.Node, args []*expr.Node) (*expr.Node, error) {
	f, ok := n.Foreign().(foreign)
	if !ok {
		return nil, nil
	}
	b := expr.On(n.Graph())
	r, known := ruleOf(f.op, n.Shape(), args)
	if axis, ok := intsField(f.op, "axis"); !known && ok && kindOf(f.op) == "sizeOp" && len(args) == 1 {
		r, known = expr.FixedAt(float64(args[0].Shape()[axis[0]])), true
	}
	if known {
		e := b.Apply(r, args...)
		if b.Err() == nil && !e.Shape().Eq(n.Shape()) {
			b.Fail(fmt.Errorf("operation %s gives shape %v in float64, %v in float32", f, e.Shape(), n.Shape()))
		}
		return e, b.Err()
	}
	if kindOf(f.op) != "linAlgBinOp" || !isProduct(f.op, args) {
		return nil, fmt.Errorf("operation %s is not known in float64", f)
	}
	defer making.take()()
	scratch := G.NewGraph()
	known64 := map[*G.Node]*expr.Node{}
	nodes := make(G.Nodes, len(args))
	for i, a := range args {
		var err error
		if nodes[i], err = placeholder(scratch, fmt.Sprintf("operand %d", i), a); err != nil {
			return nil, err
		}
		known64[nodes[i]] = a
	}
	product, err := G.Mul(nodes[0], nodes[1])
	if err != nil {
		return nil, err
	}
	return readInto(n.Graph(), product, known64)
}

// kindOf is the name of the type of one of gorgonia's operations; "" for others.
func kindOf(op G.Op) string {
	t := reflect.TypeOf(op)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() != reflect.TypeFor[G.ExprGraph]().PkgPath() {
		return ""
	}
	return t.Name()
}

// isProduct reports whether an operation is a product of matrices and vectors as they are, without transposing any.
func isProduct(op G.Op, args []*expr.Node) bool {
	v := reflect.ValueOf(op)
	for _, name := range []string{"transA", "transB"} {
		if f := v.FieldByName(name); !f.IsValid() || f.Kind() != reflect.Bool || f.Bool() {
			return false
		}
	}
	return len(args) == 2 && len(args[0].Shape()) >= 1 && len(args[1].Shape()) >= 1 && args[0].Dtype() == tensor.Float64
}

// Copy makes nodes of expressions in another graph, inputs and all. The lock is held (see Locked).
func Copy(g *G.ExprGraph, list ...*expr.Node) (G.Nodes, error) {
	sorted, err := expr.Sort(list...)
	if err != nil {
		return nil, err
	}
	of := map[*expr.Node]*G.Node{}
	for _, e := range sorted.Nodes {
		args := make(G.Nodes, len(e.Args()))
		for k, a := range e.Args() {
			args[k] = of[a]
		}
		if of[e], err = made(g, e, args); err != nil {
			return nil, err
		}
	}
	out := make(G.Nodes, len(list))
	for i, e := range list {
		out[i] = of[e]
	}
	return out, nil
}

// Builtins are the operations that gorgonia made itself, of all that some nodes need, though they have a rule.
func Builtins(nodes ...*G.Node) map[*expr.Node]expr.Foreign {
	out := map[*expr.Node]expr.Foreign{}
	seen := map[*G.Node]bool{}
	var walk func(n *G.Node)
	walk = func(n *G.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		children := Children(n)
		for _, c := range children {
			walk(c)
		}
		if n.Op() == nil || len(children) == 0 || kindOf(n.Op()) == "" {
			return
		}
		if e := On(n.Graph()).In(n); e != nil && e.Rule().Exists() {
			out[e] = foreign{op: n.Op()}
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	return out
}
