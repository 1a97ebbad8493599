package node

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// ramps is the value of an input whose elements are computed where they are needed. For gorgonia it is an array, whose
// elements are stored once they are asked for.
type ramps struct {
	*expr.Ramps
	shape  tensor.Shape
	stored func() []float64
}

var _ G.Value = (*ramps)(nil)

// Ramps makes a named input on the pixel axis whose elements are computed where they are needed.
func (b *Builder) Ramps(name string, of *expr.Ramps) *G.Node {
	return b.input(name, &ramps{of, tensor.Shape{1, 1, 1, of.Len()}, sync.OnceValue(func() []float64 {
		data := make([]float64, of.Len())
		of.Fill(data, 0)
		return data
	})})
}

// RampsOf returns the ramps of an input that has some.
func RampsOf(v G.Value) (*expr.Ramps, bool) {
	r, ok := v.(*ramps)
	if !ok {
		return nil, false
	}
	return r.Ramps, true
}

// Store gives an input whose elements are ramps an array of them.
func Store(n *G.Node) {
	if r, ok := n.Value().(*ramps); ok {
		_ = G.Let(n, r.dense()) // of the shape and the type that it has
	}
}

// dense is the value as an array in memory.
func (r *ramps) dense() *tensor.Dense {
	return tensor.New(tensor.WithShape(r.shape.Clone()...), tensor.WithBacking(r.stored()))
}

func (r *ramps) Shape() tensor.Shape { return r.shape }
func (r *ramps) Size() int           { return r.Len() }
func (r *ramps) Dtype() tensor.Dtype { return tensor.Float64 }
func (r *ramps) Data() any           { return r.stored() }
func (r *ramps) Type() hm.Type       { return G.TensorType{Dims: len(r.shape), Of: tensor.Float64} }
func (r *ramps) MemSize() uintptr    { return 8 * uintptr(r.Len()) }
func (r *ramps) Uintptr() uintptr    { return uintptr(unsafe.Pointer(&r.stored()[0])) }
func (r *ramps) Clone() any          { return r.dense().Clone() }

func (r *ramps) Format(s fmt.State, verb rune) { r.dense().Format(s, verb) }
