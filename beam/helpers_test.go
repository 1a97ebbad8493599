package beam

import (
	"fmt"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/tape"
)

func newBeam(t testing.TB, cfg Config) *Beam {
	t.Helper()
	s, err := New(G.NewGraph(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbers(t testing.TB, s *Beam) []Numbers {
	t.Helper()
	n, err := s.Numbers()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// evaluate gives the elements of each node.
func evaluate(t testing.TB, nodes ...*G.Node) [][]float64 {
	t.Helper()
	tp, err := tape.New(nodes...)
	if err != nil {
		t.Fatal(err)
	}
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	out := make([][]float64, len(nodes))
	for i, n := range nodes {
		v, err := tp.Value(n)
		if err != nil {
			t.Fatal(err)
		}
		a, err := expr.ArrayOf(v)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = append([]float64(nil), a.Data...)
	}
	return out
}

func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: got %.15g, want %.15g (tolerance %g)", what, got, want, tol)
	}
}

func let(t testing.TB, n *G.Node, v float64) {
	t.Helper()
	if err := G.Let(n, v); err != nil {
		t.Fatal(err)
	}
}

// weighed is a scalar that every element of some nodes enters with a weight of its own, so that no error cancels.
func weighed(t testing.TB, g *G.ExprGraph, nodes ...*G.Node) *G.Node {
	t.Helper()
	b := expr.On(g)
	var sum *G.Node
	for k, n := range nodes {
		if len(n.Shape()) > 0 {
			data := make([]float64, n.Shape().TotalSize())
			for i := range data {
				data[i] = 1 + 0.4*math.Sin(float64(5*i+3*k+1))
			}
			n = b.SumAll(b.Mul(n, b.Leaf(fmt.Sprintf("weight %d %d", k, n.ID()), data, n.Shape()...)))
		} else {
			n = b.Scale(1+0.4*math.Sin(float64(3*k+1)), n)
		}
		if sum == nil {
			sum = n
		} else {
			sum = b.Add(sum, n)
		}
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	return sum
}

func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}
