package gradcheck_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

func narrowVector(g *G.ExprGraph, name string, x ...float32) *G.Node {
	return G.NewVector(g, G.Float32, G.WithName(name), G.WithShape(len(x)), G.WithValue(tensor.New(tensor.WithBacking(x))))
}

// TestFloat32: graphs of float32 are checked through a copy in float64, and their own gradient, gorgonia's, is held against
// that. Some of gorgonia's are wrong.
func TestFloat32(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(g *G.ExprGraph) (*G.Node, G.Nodes)
		text  string // of the error or the report; "" where all is well
	}{
		{"elementwise", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x, y := narrowVector(g, "x", 0.5, 1.5, 2.5), narrowVector(g, "y", 1.1, 0.7, 0.3)
			n := G.Must(G.HadamardProd(G.Must(G.Sin(x)), G.Must(G.Exp(G.Must(G.HadamardDiv(y, x))))))
			return G.Must(G.Sum(G.Must(G.Square(G.Must(G.Add(n, y)))))), G.Nodes{x, y}
		}, ""},
		{"with a constant", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			return G.Must(G.Sum(G.Must(G.Mul(G.NewConstant(float32(3)), G.Must(G.Tanh(x)))))), G.Nodes{x}
		}, ""},
		{"mean", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			return G.Must(G.Mean(G.Must(G.Square(x)))), G.Nodes{x}
		}, ""},
		{"matrices", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			a := G.NewMatrix(g, G.Float32, G.WithName("a"), G.WithShape(2, 3), G.WithValue(tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float32{1, 2, 3, 4, 5, 6}))))
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			return G.Must(G.Sum(G.Must(G.Sigmoid(G.Must(G.Mul(a, G.Must(G.Neg(x)))))))), G.Nodes{a, x}
		}, ""},
		{"gorgonia's log2", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			return G.Must(G.Sum(G.Must(G.Log2(x)))), G.Nodes{x}
		}, "in float32 the derivative by x[0] is"},
		{"an operation that is not known", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			return G.Must(G.Sum(G.Must(G.Sparsemax(x)))), G.Nodes{x}
		}, "is not known in float64"},
		{"an inner node", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := narrowVector(g, "x", 0.5, 1.5, 2.5)
			y := G.Must(G.Exp(x))
			return G.Must(G.Sum(y)), G.Nodes{y}
		}, "inner node of a float32 graph"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loss, by := c.build(G.NewGraph())
			r, err := gradcheck.Check(t.Context(), loss, by, gradcheck.Options{})
			text := ""
			if err != nil {
				text = err.Error()
			} else if !r.OK() {
				text = r.String()
			}
			if (text == "") != (c.text == "") || !strings.Contains(text, c.text) {
				t.Errorf("got %q, want %q", text, c.text)
			}
			if err == nil && r.Count(gradcheck.Pass) != len(r.Elements) {
				t.Errorf("in float64:\n%s", r)
			}
		})
	}
	// A gradient that is given is the one that is checked.
	g := G.NewGraph()
	x := narrowVector(g, "x", 0.5, 1.5, 2.5)
	loss := G.Must(G.Sum(G.Must(G.Square(x))))
	for factor, ok := range map[float32]bool{2: true, 2.001: false} {
		own := G.Must(G.Mul(G.NewConstant(factor), x))
		r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{own}}))
		if r.OK() != ok {
			t.Errorf("2x taken as %g x:\n%s", factor, r)
		}
	}
}
