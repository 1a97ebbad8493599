package node_test

import (
	"runtime"
	"testing"

	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// TestChildren: operands are read from where gorgonia keeps them, in order; a new version of gorgonia is found out here.
func TestChildren(t *testing.T) {
	g := G.NewGraph()
	x, y := G.NewScalar(g, G.Float64, G.WithName("x")), G.NewScalar(g, G.Float64, G.WithName("y"))
	n := G.Must(G.Sub(y, x))
	if c := node.Children(n); len(c) != 2 || c[0] != y || c[1] != x {
		t.Errorf("operands %v", c)
	}
	if c := node.Children(x); len(c) != 0 {
		t.Errorf("an input has operands %v", c)
	}
}

// TestRoundTrip: a node read and made again is the same node, and an expression made and read is the same expression.
func TestRoundTrip(t *testing.T) {
	g := G.NewGraph()
	b := node.On(g)
	x := b.Scalar("x", 2)
	square := G.Must(G.Square(x))
	if again := b.Out(b.In(square)); again != square {
		t.Errorf("%v became %v", square, again)
	}
	e := b.Sin(b.Mul(b.In(square), b.In(x)))
	n := b.Out(e)
	if b.In(n) != e || b.Out(e) != n {
		t.Error("an expression and its node differ")
	}
	if e.Args()[0].Args()[0] != b.In(square) {
		t.Error("gorgonia's square is another expression than its rule's")
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
}

// TestGarbage: expressions that nothing refers to are freed, and the graph forgets them.
func TestGarbage(t *testing.T) {
	b := expr.New()
	x := b.Scalar("x", 1)
	for i := range 20_000 {
		b.Sin(b.Add(x, b.Const(float64(i))))
		if i%1000 == 0 {
			runtime.GC()
		}
	}
	if n := b.Graph().Len(); n > 15_000 {
		t.Errorf("%d of 60000 expressions are known still", n)
	}
	if once, again := b.Sin(x), b.Sin(x); once != again {
		t.Error("the same expression is made twice")
	}
}
