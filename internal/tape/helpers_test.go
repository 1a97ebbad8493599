package tape_test

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// either is a node of a gorgonia graph or an expression.
type either interface{ *G.Node | *expr.Node }

// read gives expressions; nil where there is none.
func read[N either](nodes ...N) []*expr.Node {
	out := make([]*expr.Node, len(nodes))
	for i, n := range nodes {
		switch n := any(n).(type) {
		case *expr.Node:
			out[i] = n
		case *G.Node:
			if n != nil {
				out[i] = node.On(n.Graph()).In(n)
			}
		}
	}
	return out
}

func numbers(t testing.TB, v G.Value) []float64 {
	t.Helper()
	a, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return append([]float64(nil), a.Data...)
}

// onTape computes nodes on a tape of their own.
func onTape[N either](t testing.TB, nodes ...N) [][]float64 {
	t.Helper()
	tp := newTape(t, nodes...)
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(nodes))
	for i, n := range nodes {
		out[i] = numbers(t, value(t, tp, n))
	}
	return out
}

func newTape[N either](t testing.TB, nodes ...N) *tape.Tape {
	t.Helper()
	tp, err := tape.New(read(nodes...)...)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

func value[N either](t testing.TB, tp *tape.Tape, n N) G.Value {
	t.Helper()
	v, err := tp.Value(read(n)[0])
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func inBatches(t testing.TB, b *batches, workers int) [][]float64 {
	t.Helper()
	values, err := b.Run(context.Background(), workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(values))
	for i, v := range values {
		out[i] = numbers(t, v)
	}
	return out
}

// agree compares with a tolerance relative to the largest number.
func agree(got, want []float64, tol float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%d numbers, want %d", len(got), len(want))
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*(1e-300+largest)) {
			return fmt.Errorf("number %d is %.17g, want %.17g", i, got[i], want[i])
		}
	}
	return nil
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}

// foreign is an operation on one (2, 3) matrix that neither gorgonia nor internal/expr knows.
type foreign struct {
	name string
	do   func(in G.Value) (G.Value, error)
}

func (f foreign) Arity() int { return 1 }
func (f foreign) Type() hm.Type {
	m := G.TensorType{Dims: 2, Of: tensor.Float64}
	return hm.NewFnType(m, m)
}
func (f foreign) InferShape(...G.DimSizer) (tensor.Shape, error) { return tensor.Shape{2, 3}, nil }
func (f foreign) Do(in ...G.Value) (G.Value, error)              { return f.do(in[0]) }
func (f foreign) ReturnsPtr() bool                               { return true }
func (f foreign) CallsExtern() bool                              { return false }
func (f foreign) OverwritesInput() int                           { return 0 }
func (f foreign) WriteHash(h hash.Hash)                          { fmt.Fprint(h, f.name) }
func (f foreign) String() string                                 { return f.name }
func (f foreign) Hashcode() uint32 {
	h := fnv.New32a()
	f.WriteHash(h)
	return h.Sum32()
}

var errForeign = errors.New("the moon is in the way")

// overwriter triples its operand in place and gives it back, as gorgonia lets operations do.
func overwriter() foreign {
	return foreign{"overwriter", func(in G.Value) (G.Value, error) {
		data := in.Data().([]float64)
		for i := range data {
			data[i] *= 3
		}
		return in, nil
	}}
}

// panics is a rule that panics where its operand is above a limit.
type panics struct{ above float64 }

func (p panics) String() string                              { return fmt.Sprintf("panics above %g", p.above) }
func (panics) Shape(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil }
func (panics) Smooth(int) bool                               { return false }
func (panics) SumsPixels(expr.Dims) bool                     { return false }
func (panics) Diff(*expr.Builder, []*expr.Node, *expr.Node, *expr.Node) []*expr.Node {
	return []*expr.Node{nil}
}
func (p panics) Eval(out expr.Array, in []expr.Array) {
	for i, x := range in[0].Data {
		if x > p.above {
			panic(fmt.Sprintf("%g is too much", x))
		}
		out.Data[i] = x
	}
}
