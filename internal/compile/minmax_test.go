package compile_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
)

// TestMinMax: gorgonia's two-operand minimum and maximum, which internal/expr has no builder for, of arrays and of an array
// with a number.
func TestMinMax(t *testing.T) {
	h := newHand()
	q, x, k := h.q(), h.x(), h.k()
	b := h.Builder
	wide := b.BroadcastTo(x, q.Shape())
	lesser := G.Must(G.MinBetween(q, wide))
	greater := G.Must(G.MaxBetween(lesser, b.BroadcastTo(k, q.Shape())))
	loss := b.SumAll(b.Mul(greater, q))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	grads, err := autodiff.Gradient(loss, q, k)
	if err != nil {
		t.Fatal(err)
	}
	plan := h.plan(t, append(G.Nodes{greater, loss}, grads...)...)
	want, err := run(plan, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := run(plan, mustCompile(t, plan), 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := agree(got, want); err != nil {
		t.Error(err)
	}
}
