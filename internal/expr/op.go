package expr

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	_ "go4.org/unsafe/assume-no-moving-gc" // gorgonia's tensors check it at start; an old one panics on today's Go
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Op is a Rule applied to operands of given shapes, as gorgonia sees it.
type Op struct {
	Rule
	in  []tensor.Shape
	out tensor.Shape
	// id names the operands. gorgonia merges nodes whose operations have the same hash without looking at their
	// children, so the children are made a part of the operation's identity.
	id string
}

var (
	_ G.SDOp            = Op{}
	_ G.UsePreallocDoer = Op{}
)

func nodeType(s tensor.Shape) hm.Type {
	if len(s) == 0 {
		return tensor.Float64
	}
	return G.TensorType{Dims: len(s), Of: tensor.Float64}
}

// Arity is the number of operands.
func (o Op) Arity() int { return len(o.in) }

// Type is made anew at each call: gorgonia returns it to a pool.
func (o Op) Type() hm.Type {
	types := make([]hm.Type, 0, len(o.in)+1)
	for _, s := range o.in {
		types = append(types, nodeType(s))
	}
	return hm.NewFnType(append(types, nodeType(o.out))...)
}

// InferShape gives the shape found when the operation was made.
func (o Op) InferShape(...G.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

// ReturnsPtr is false, so that gorgonia's own machines never overwrite a value that this operation made or read.
func (o Op) ReturnsPtr() bool     { return false }
func (o Op) CallsExtern() bool    { return false }
func (o Op) OverwritesInput() int { return -1 }

func (o Op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%s%v%s", o.Rule, o.out, o.id) }

func (o Op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// DiffWRT tells by which operands the rule can be differentiated.
func (o Op) DiffWRT(n int) []bool {
	d := make([]bool, n)
	for i := range d {
		d[i] = o.Smooth(i)
	}
	return d
}

// SymDiff is gorgonia's way to ask for the derivative.
func (o Op) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	return Backward(o.Rule, in, out, grad)
}

// Backward gives the gradient's share of each operand, in the operand's shape; nil where the rule is not smooth.
func Backward(r Rule, in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	b := On(out.Graph())
	shares := r.Diff(b, in, out, grad)
	for i, s := range shares {
		if s != nil {
			shares[i] = b.SumTo(s, in[i].Shape())
		}
	}
	return shares, b.Err()
}

// Do runs the operation on gorgonia's values.
func (o Op) Do(in ...G.Value) (G.Value, error) {
	return o.UsePreallocDo(NewValue(o.out), in...)
}

// UsePreallocDo runs the operation into a value of its shape.
func (o Op) UsePreallocDo(prealloc G.Value, in ...G.Value) (G.Value, error) {
	arrays := make([]Array, len(in))
	for i, v := range in {
		var err error
		if arrays[i], err = ArrayOf(v); err != nil {
			return nil, fmt.Errorf("%s: operand %d: %w", o, i, err)
		}
	}
	out, err := ArrayOf(prealloc)
	if err != nil {
		return nil, fmt.Errorf("%s: result: %w", o, err)
	}
	o.Eval(out, arrays)
	if s, ok := prealloc.(*G.F64); ok {
		*s = G.F64(out.Data[0])
	}
	return prealloc, nil
}

// NewValue makes a zero value of a shape, as gorgonia wants it: *F64 for scalars, *tensor.Dense otherwise.
func NewValue(shape tensor.Shape) G.Value {
	if len(shape) == 0 {
		return G.NewF64(0)
	}
	return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(shape.Clone()...))
}

// ArrayOf views a gorgonia value as an array. A scalar's array is a copy.
func ArrayOf(v G.Value) (Array, error) {
	switch t := v.(type) {
	case nil:
		return Array{}, fmt.Errorf("expr: no value")
	case *G.F64:
		return Array{Dims{1, 1, 1, 1}, []float64{float64(*t)}}, nil
	case *tensor.Dense:
		data, ok := t.Data().([]float64)
		if !ok {
			if x, isScalar := t.Data().(float64); isScalar {
				data, ok = []float64{x}, true
			}
		}
		if !ok {
			return Array{}, fmt.Errorf("expr: value of type %v, want float64", t.Dtype())
		}
		if t.RequiresIterator() || !t.DataOrder().IsRowMajor() {
			return ArrayOf(t.Materialize().(*tensor.Dense))
		}
		d, err := DimsOf(t.Shape())
		if err == nil && d.Size() != len(data) {
			err = fmt.Errorf("expr: value of shape %v holds %d numbers", t.Shape(), len(data))
		}
		return Array{d, data}, err
	}
	return Array{}, fmt.Errorf("expr: value of type %T, want a float64 scalar or *tensor.Dense", v)
}
