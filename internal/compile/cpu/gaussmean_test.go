package cpu_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// TestGaussMeans: a mean Gaussian and its first derivatives are one kernel; second derivatives are called.
func TestGaussMeans(t *testing.T) {
	h := compiletest.NewHand()
	b := h.Builder
	middle, width := b.Scalar("middle", 0.3), b.Scalar("width", 2)
	mean := b.GaussMean(b.Mul(middle, h.Q()), width)
	loss := b.SumAll(b.Square(mean))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	grads, err := nodetest.Gradient(loss, middle, width)
	if err != nil {
		t.Fatal(err)
	}
	second, err := nodetest.Gradient(grads[1], middle)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		roots          G.Nodes
		kernels, calls int
	}{
		{G.Nodes{loss}, 1, 0},
		{append(G.Nodes{loss}, grads...), 1, 0},
		{second, 1, 1}, // of the orders 1 and 1
	} {
		plan := h.Plan(t, test.roots...)
		program := compiletest.MustCompile(t, plan)
		listing := program.String()
		if n, m := strings.Count(listing, "= gaussmean'"), strings.Count(listing, "call gaussmean'"); n != test.kernels || m != test.calls {
			t.Errorf("%d kernels and %d calls, want %d and %d:\n%s", n, m, test.kernels, test.calls, listing)
		}
		want, err := compiletest.Run(plan, nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := compiletest.Run(plan, program, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiletest.Agree(got, want); err != nil {
			t.Error(err)
		}
	}
}
