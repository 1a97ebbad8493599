package nodetest

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Foreign is an operation on a (2, 3) matrix that neither gorgonia nor internal/expr has. Compute computes
// it.
type Foreign struct {
	Name    string
	Compute func(in G.Value) (G.Value, error)
}

func (f Foreign) Arity() int { return 1 }
func (f Foreign) Type() hm.Type {
	m := G.TensorType{Dims: 2, Of: tensor.Float64}
	return hm.NewFnType(m, m)
}
func (f Foreign) InferShape(...G.DimSizer) (tensor.Shape, error) { return tensor.Shape{2, 3}, nil }
func (f Foreign) Do(in ...G.Value) (G.Value, error)              { return f.Compute(in[0]) }
func (f Foreign) ReturnsPtr() bool                               { return true }
func (f Foreign) CallsExtern() bool                              { return false }
func (f Foreign) OverwritesInput() int                           { return 0 }
func (f Foreign) WriteHash(h hash.Hash)                          { fmt.Fprint(h, f.Name) }
func (f Foreign) String() string                                 { return f.Name }
func (f Foreign) Hashcode() uint32 {
	h := fnv.New32a()
	f.WriteHash(h)
	return h.Sum32()
}

// Panics is the identity, as a rule that panics if an element of its operand is above a limit.
func Panics(above float64) expr.Rule {
	return expr.Alter(&expr.Altered{Rule: expr.Rule{Op: expr.OpCeil}, Name: fmt.Sprintf("panics above %g", above), Eval: func(out expr.Array, in []expr.Array) {
		for i, x := range in[0].Data {
			if x > above {
				panic(fmt.Sprintf("%g is too much", x))
			}
			out.Data[i] = x
		}
	}})
}
