package node

import (
	"fmt"
	"reflect"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// foreign is an operation that has no rule: one of gorgonia's that is not differentiated, or a user's own.
type foreign struct {
	op G.Op
	of *G.Node // where the operation has no operands: a random number is the node's own
	// unchecked means that gorgonia's own derivative is wanted, right or wrong.
	unchecked bool
}

var _ expr.Foreign = foreign{}

func (f foreign) String() string { return fmt.Sprint(f.op) }

// foreignKey is what distinguishes gorgonia's operations.
type foreignKey struct {
	kind reflect.Type
	text string
	hash uint32
	of   *G.Node

	unchecked bool
}

func (f foreign) Key() any {
	return foreignKey{reflect.TypeOf(f.op), f.String(), f.op.Hashcode(), f.of, f.unchecked}
}

// row is the table's row of one of gorgonia's operations, if it has one; gorgonias is false for a user's own.
func (f foreign) row() (row *operation, gorgonias bool) {
	if f.unchecked {
		return nil, false
	}
	return rowOf(f.op), kindOf(f.op) != ""
}

// Smooth is what the table says of gorgonia's operations, and a user's own of itself. It is true for operations that report
// nothing, or that are refused: Backward then returns an error, which is better than a gradient without their share.
func (f foreign) Smooth(i, n int) (smooth bool) {
	if row, gorgonias := f.row(); gorgonias {
		return row == nil || row.way != constant
	}
	op, ok := f.op.(G.SDOp)
	if !ok {
		return true
	}
	defer func() {
		if recover() != nil {
			smooth = true
		}
	}()
	d := op.DiffWRT(n)
	return i < len(d) && d[i]
}

// refusal is the error for the derivative of an operation that is not vouched for; nil if it is.
func (f foreign) refusal(in []*expr.Node) error {
	row, gorgonias := f.row()
	switch {
	case !gorgonias:
		return nil
	case row == nil:
		return fmt.Errorf("gorgonia's %T is not among the operations whose derivatives are vouched for; docs/differentiability.md lists them", f.op)
	case row.read != nil && slices.ContainsFunc(in, func(e *expr.Node) bool { return e.Dtype() != tensor.Float64 }):
		return fmt.Errorf("gorgonia.%s is differentiated in float64 only", row.made)
	case row.made == "":
		return fmt.Errorf("gorgonia's %s is not differentiated: %s", row.kind, row.why)
	}
	return fmt.Errorf("gorgonia.%s is not differentiated: %s", row.made, row.why)
}

// Backward has a user's own operation differentiated as it says, in a separate graph, where inputs stand for operands, result
// and gradient, and reads the derivatives as expressions. gorgonia's are refused.
func (f foreign) Backward(in []*expr.Node, out, grad *expr.Node) ([]*expr.Node, error) {
	if err := f.refusal(in); err != nil {
		return nil, err
	}
	op, ok := f.op.(G.SDOp)
	if !ok {
		return nil, fmt.Errorf("%T has no symbolic derivative", f.op)
	}
	defer making.take()()
	scratch := G.NewGraph()
	known := map[*G.Node]*expr.Node{}
	stands := map[*expr.Node]*G.Node{}
	standIn := func(e *expr.Node) (*G.Node, error) {
		if n := stands[e]; n != nil {
			return n, nil
		}
		n, err := placeholder(scratch, fmt.Sprintf("stand-in %d", len(stands)), e)
		if err == nil {
			known[n], stands[e] = e, n
		}
		return n, err
	}
	nodes := make(G.Nodes, 0, len(in)+2)
	for _, e := range append(slices.Clone(in), out, grad) {
		n, err := standIn(e)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	parts, err := symDiff(op, nodes[:len(in)], nodes[len(in)], nodes[len(in)+1])
	if err != nil {
		return nil, err
	}
	if len(parts) != len(in) {
		return nil, fmt.Errorf("%T gave %d derivatives for %d operands", f.op, len(parts), len(in))
	}
	shares := make([]*expr.Node, len(parts))
	for i, p := range parts {
		if p == nil {
			continue
		}
		if shares[i], err = readInto(out.Graph(), p, known); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

func placeholder(g *G.ExprGraph, name string, e *expr.Node) (*G.Node, error) {
	if v, ok := e.Constant(); ok {
		return newConstant(g, v)
	}
	if shape := e.Shape(); len(shape) > 0 {
		return G.NewTensor(g, e.Dtype(), len(shape), G.WithName(name), G.WithShape(shape.Clone()...)), nil
	}
	return G.NewScalar(g, e.Dtype(), G.WithName(name)), nil
}

// symDiff is SymDiff with panics as errors: gorgonia's operations panic on unexpected shapes.
func symDiff(op G.SDOp, in G.Nodes, out, grad *G.Node) (parts G.Nodes, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return op.SymDiff(in, out, grad)
}

// readInto is the expression of a node of another graph, some of whose nodes are known.
func readInto(g *expr.Graph, n *G.Node, known map[*G.Node]*expr.Node) (*expr.Node, error) {
	if e := known[n]; e != nil {
		return e, nil
	}
	args := make([]*expr.Node, len(Children(n)))
	for i, c := range Children(n) {
		var err error
		if args[i], err = readInto(g, c, known); err != nil {
			return nil, err
		}
	}
	e, err := meaning(g, n, args)
	known[n] = e
	return e, err
}

// Do runs a foreign operation on values. The result is copied, since it may share an operand's memory, and so is an operand
// that the operation overwrites. The other operands are passed as views, since a matrix product transposes its operands while
// it runs and others may read an input's value meanwhile.
func Do(e *expr.Node, args []G.Value) (v G.Value, err error) {
	f, ok := e.Foreign().(foreign)
	if !ok {
		return nil, fmt.Errorf("%s cannot be run", e)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	args = slices.Clone(args)
	for k, a := range args {
		if r, ok := a.(*ramps); ok {
			args[k] = r.dense()
		}
		if d, ok := a.(*tensor.Dense); ok {
			// Some of gorgonia's operations take the elements of a view for those of the whole, in goroutines, whose panics
			// nothing can recover.
			if d.RequiresIterator() || !d.DataOrder().IsRowMajor() {
				args[k] = d.Materialize()
				continue
			}
			args[k] = d.ShallowClone()
		}
	}
	if k := f.op.OverwritesInput(); k >= 0 && k < len(args) {
		if args[k], err = G.CloneValue(args[k]); err != nil {
			return nil, fmt.Errorf("operand %d: %w", k, err)
		}
	}
	if v, err = f.op.Do(args...); err == nil {
		v, err = G.CloneValue(v)
	}
	return v, err
}
