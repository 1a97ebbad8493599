package cpu_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestSinRatiosOfOneDistance: lattice sums of one distance are computed together with their
// derivatives if they have the same number of cells, and only then.
func TestSinRatiosOfOneDistance(t *testing.T) {
	h := compiletest.NewHand()
	b := h.Builder
	d := b.Scale(0.05, h.Q())
	three, four := b.Scalar("three", 3), b.Scalar("four", 4)
	loss := b.SumAll(b.Mul(b.SinRatio(d, three), b.Square(b.SinRatio(d, four))))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	grads, err := nodetest.Gradient(loss, h.Q(), three, four)
	if err != nil {
		t.Fatal(err)
	}
	plan := h.Plan(t, append(G.Nodes{loss}, grads...)...)
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
