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

// numbers are integers as an expression of type float64, which is what rules work on.
func numbers(integers *expr.Node) *expr.Node {
	if integers.Dtype() == tensor.Float64 {
		return integers
	}
	op := toFloat64{len(integers.Shape()), integers.Dtype()}
	return integers.Graph().Foreign(foreign{op: op}, integers.Shape(), tensor.Float64, integers)
}

// toFloat64 is the operation of numbers. Its derivative is zero.
type toFloat64 struct {
	rank int
	from tensor.Dtype
}

var _ G.SDOp = toFloat64{}

func (o toFloat64) Arity() int { return 1 }

func (o toFloat64) Type() hm.Type {
	if o.rank == 0 {
		return hm.NewFnType(o.from, tensor.Float64)
	}
	return hm.NewFnType(G.TensorType{Dims: o.rank, Of: o.from}, nodeType(make(tensor.Shape, o.rank)))
}

func (o toFloat64) InferShape(in ...G.DimSizer) (tensor.Shape, error) {
	if s, ok := in[0].(tensor.Shape); ok {
		return s.Clone(), nil
	}
	return nil, fmt.Errorf("%v of %v", o, in)
}

func (o toFloat64) Do(in ...G.Value) (G.Value, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("%v of %d operands", o, len(in))
	}
	out := NewValue(in[0].Shape())
	switch x := in[0].Data().(type) {
	case int:
		out = AsValue(in[0].Shape(), []float64{float64(x)})
	case []int:
		for i, v := range x {
			out.Data().([]float64)[i] = float64(v)
		}
	default:
		return nil, fmt.Errorf("%v of type %T, want int", o, x)
	}
	return out, nil
}

func (o toFloat64) ReturnsPtr() bool     { return false }
func (o toFloat64) CallsExtern() bool    { return false }
func (o toFloat64) OverwritesInput() int { return -1 }

func (o toFloat64) String() string        { return fmt.Sprintf("float64 of %v", o.from) }
func (o toFloat64) WriteHash(h hash.Hash) { fmt.Fprintf(h, "%v of rank %d", o, o.rank) }

func (o toFloat64) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o toFloat64) DiffWRT(n int) []bool { return make([]bool, n) }

func (o toFloat64) SymDiff(G.Nodes, *G.Node, *G.Node) (G.Nodes, error) {
	return nil, fmt.Errorf("%v has no derivative", o)
}
