package gradcheck_test

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

// greedy is an operation that overwrites its operand and does not say so.
type greedy struct {
	own
	panics bool
}

func (o greedy) InferShape(in ...G.DimSizer) (tensor.Shape, error) { return in[0].(tensor.Shape), nil }
func (o greedy) Do(in ...G.Value) (G.Value, error) {
	switch v := in[0].(type) {
	case *tensor.Dense:
		v.Set(1, 2.5)
	case *G.F64:
		*v = 2.5
	}
	if o.panics {
		panic("greedy")
	}
	return G.CloneValue(in[0])
}

// TestOverwritten: inputs have the values after a check that they had before, in the same memory, even where an operation
// overwrites them: also where the check fails, is cancelled, or the operation panics.
func TestOverwritten(t *testing.T) {
	for _, c := range []struct {
		name   string
		panics bool
		cancel bool
		scalar bool
	}{{"array", false, false, false}, {"scalar", false, false, true}, {"panic", true, false, false}, {"cancelled", false, true, false}} {
		t.Run(c.name, func(t *testing.T) {
			g := G.NewGraph()
			x := tensorOf(g, "x", []float64{1, 3, math.NaN()}, 3)
			if c.scalar {
				x = number(g, "x", 1)
			}
			op := greedy{own{name: "greedy"}, c.panics}
			loss := G.Must(G.Square(G.Must(G.ApplyOp(op, x))))
			if !c.scalar {
				loss = G.Must(G.Sum(loss))
			}
			slope := tensorOf(g, "slope", []float64{2, 6, 1}, 3)
			if c.scalar {
				slope = number(g, "slope", 2)
			}
			before := x.Value()
			kept, err := G.CloneValue(before)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.cancel {
				cancel()
			}
			r, err := gradcheck.Check(ctx, loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{slope}, Ways: gradcheck.NoWays})
			if (c.panics || c.cancel) != (err != nil) {
				t.Errorf("error %v", err)
			}
			if err == nil && (r.OK() || !strings.Contains(r.String(), "an operation overwrites its operand x")) {
				t.Errorf("not named:\n%s", r)
			}
			same := reflect.DeepEqual(x.Value(), kept)
			if !c.scalar {
				got, want := x.Value().Data().([]float64), kept.Data().([]float64)
				same = got[0] == want[0] && got[1] == want[1] && math.IsNaN(got[2])
			}
			if x.Value() != before || !same {
				t.Errorf("x is %v after the check, was %v", x.Value(), kept)
			}
		})
	}
}

// TestNonFiniteInputs: an input that is no number is named, and so is an infinite one, unless an operation makes the first NaN.
func TestNonFiniteInputs(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		f    func(x *G.Node) *G.Node
		want string
	}{
		{"NaN", []float64{1, 2, 3, math.NaN()}, func(x *G.Node) *G.Node { return G.Must(G.Exp(x)) }, "x[3] is NaN before the check"},
		{"infinite", []float64{1, math.Inf(1)}, func(x *G.Node) *G.Node { return G.Must(G.Exp(x)) }, "x[1] is +Inf before the check"},
		{"difference of infinities", []float64{1, math.Inf(-1)}, func(x *G.Node) *G.Node { return G.Must(G.Sub(x, x)) }, "first operation with a result that is not finite: sub"},
	} {
		g := G.NewGraph()
		x := tensorOf(g, "x", c.x, len(c.x))
		r := must(t)(gradcheck.Check(t.Context(), G.Must(G.Sum(c.f(x))), G.Nodes{x}, gradcheck.Options{Ways: gradcheck.NoWays}))
		if r.OK() || !strings.Contains(r.String(), c.want) || strings.Contains(r.String(), "<nil>") {
			t.Errorf("%s: want %q:\n%s", c.name, c.want, r)
		}
	}
}
