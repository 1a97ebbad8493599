package node

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Op is an operation with a rule, as gorgonia sees it.
type Op struct {
	node *expr.Node
	// id makes the operation's identity that of the expression: gorgonia merges nodes whose operations have the same hash
	// without looking at their children.
	id string
}

var (
	_ G.SDOp            = Op{}
	_ G.UsePreallocDoer = Op{}
)

func (o Op) String() string { return o.node.Operation() }

func nodeType(s tensor.Shape) hm.Type {
	if len(s) == 0 {
		return tensor.Float64
	}
	return G.TensorType{Dims: len(s), Of: tensor.Float64}
}

// Arity is the number of operands.
func (o Op) Arity() int { return len(o.node.Args()) }

// Type is made anew at each call: gorgonia returns it to a pool.
func (o Op) Type() hm.Type {
	types := make([]hm.Type, 0, o.Arity()+1)
	for _, a := range o.node.Args() {
		types = append(types, nodeType(a.Shape()))
	}
	return hm.NewFnType(append(types, nodeType(o.node.Shape()))...)
}

// InferShape gives the shape of the expression.
func (o Op) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.node.Shape().Clone(), nil }

// ReturnsPtr is false, so that gorgonia's own machines never overwrite a value that this operation made or read.
func (o Op) ReturnsPtr() bool     { return false }
func (o Op) CallsExtern() bool    { return false }
func (o Op) OverwritesInput() int { return -1 }

func (o Op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%s%s", o, o.id) }

func (o Op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// DiffWRT says by which operands the rule can be differentiated.
func (o Op) DiffWRT(n int) []bool {
	d := make([]bool, n)
	for i := range d {
		d[i] = o.node.Rule().Smooth(i)
	}
	return d
}

// SymDiff is gorgonia's way to ask for the derivative. gorgonia.Grad calls it; whoever calls that holds the lock.
func (o Op) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	b := On(out.Graph())
	args := make([]*expr.Node, len(in))
	for i, n := range in {
		args[i] = b.In(n)
	}
	y, g := b.In(out), b.In(grad)
	if b.Err() != nil {
		return nil, b.Err()
	}
	shares, err := expr.Backward(o.node.Rule(), args, y, g)
	if err != nil {
		return nil, err
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	parts := make(G.Nodes, len(shares))
	for i, e := range shares {
		if e == nil {
			continue
		}
		if parts[i], err = b.s.write(b.g, e); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// Do runs the operation on gorgonia's values.
func (o Op) Do(in ...G.Value) (G.Value, error) {
	return o.UsePreallocDo(NewValue(o.node.Shape()), in...)
}

// UsePreallocDo runs the operation into a value of its shape. A rule panics at a value that it does not expect, which is
// returned as an error.
func (o Op) UsePreallocDo(prealloc G.Value, in ...G.Value) (v G.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", o, r)
		}
	}()
	arrays := make([]expr.Array, len(in))
	for i, v := range in {
		if arrays[i], err = ArrayOf(v); err != nil {
			return nil, fmt.Errorf("%s: operand %d: %w", o, i, err)
		}
	}
	out, err := ArrayOf(prealloc)
	if err != nil {
		return nil, fmt.Errorf("%s: result: %w", o, err)
	}
	o.node.Rule().Eval(out, arrays)
	if s, ok := prealloc.(*G.F64); ok {
		*s = G.F64(out.Data[0])
	}
	return prealloc, nil
}
