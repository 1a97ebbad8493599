package gradtest_test

import (
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
)

// The test of a loss is one line: it fails with the report where a derivative is wrong.
func ExampleCheck() {
	// func TestLoss(t *testing.T)
	var _ = func(t *testing.T) {
		g := G.NewGraph()
		x := G.NewScalar(g, G.Float64, G.WithName("x"), G.WithValue(0.3))
		y := G.NewScalar(g, G.Float64, G.WithName("y"), G.WithValue(-1.2))
		loss := G.Must(G.Mul(G.Must(G.Sin(x)), G.Must(G.Exp(y))))
		gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{})
	}
}

// The tests of a package run on the uncompiled tape.
func ExampleMain() {
	// func TestMain(m *testing.M)
	var _ = func(m *testing.M) { gradtest.Main(m) }
}
