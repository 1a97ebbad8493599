package beam

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
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
	n, err := s.At()
	if err != nil {
		t.Fatal(err)
	}
	return n
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
