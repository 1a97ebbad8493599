package cpu_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestMinMax: gorgonia's minimum and maximum of two operands, for which internal/expr has no
// builder, of two arrays and of an array and a number.
func TestMinMax(t *testing.T) {
	h := compiletest.NewHand()
	q, x, k := h.Q(), h.X(), h.K()
	b := h.Builder
	wide := b.BroadcastTo(x, q.Shape())
	lesser := G.Must(G.MinBetween(q, wide))
	greater := G.Must(G.MaxBetween(lesser, b.BroadcastTo(k, q.Shape())))
	loss := b.SumAll(b.Mul(greater, q))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	grads, err := nodetest.Gradient(loss, q, k)
	if err != nil {
		t.Fatal(err)
	}
	plan := h.Plan(t, append(G.Nodes{greater, loss}, grads...)...)
	want, err := compiletest.Run(plan, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := compiletest.Run(plan, compiletest.MustCompile(t, plan), 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiletest.Agree(got, want); err != nil {
		t.Error(err)
	}
}
