package gradcheck_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

// tensorOf is an input of a shape.
func tensorOf(g *G.ExprGraph, name string, x []float64, shape ...int) *G.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
	return G.NewTensor(g, G.Float64, len(shape), G.WithShape(shape...), G.WithName(name), G.WithValue(v))
}

// TestZeros: the graphs of machine learning, whose derivatives are 0 by many elements. Undeclared, these are vacuous; allowed,
// they are zero, and the check passes, but for nodes without any effect and for gradients that lose elements.
func TestZeros(t *testing.T) {
	sum := func(n *G.Node) *G.Node { return G.Must(G.Sum(n)) }
	for _, c := range []struct {
		name  string
		build func(g *G.ExprGraph) (loss *G.Node, by G.Nodes)
		zeros int
	}{
		{"maximum", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := tensorOf(g, "x", random(1, 8, -1, 1), 8)
			return G.Must(G.Max(x)), G.Nodes{x}
		}, 7},
		{"one element", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			x := tensorOf(g, "x", random(2, 5, 1, 2), 5)
			return sum(G.Must(G.Exp(G.Must(G.Slice(x, G.S(2, 3)))))), G.Nodes{x}
		}, 4},
		{"embedding", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			table := tensorOf(g, "table", random(3, 12, -1, 1), 6, 2)
			rows := G.NewVector(g, tensor.Int, G.WithName("rows"), G.WithShape(3), G.WithValue(tensor.New(tensor.WithBacking([]int{4, 1, 0}))))
			return sum(G.Must(G.Square(G.Must(G.ByIndices(table, rows, 0))))), G.Nodes{table}
		}, 6},
		{"network", func(g *G.ExprGraph) (*G.Node, G.Nodes) {
			// Two samples, two inputs, three hidden units of which the last is off for both, two classes.
			in := tensorOf(g, "in", []float64{0.5, 1, -0.7, 0.4}, 2, 2)
			first := tensorOf(g, "first", []float64{1, -0.5, -1, 0.3, 0.8, -2}, 2, 3)
			bias := tensorOf(g, "bias", []float64{0.1, 0.2, -3}, 1, 3)
			second := tensorOf(g, "second", []float64{0.4, -0.3, 0.9, 0.2, 0.5, -0.6}, 3, 2)
			target := tensorOf(g, "target", []float64{1, 0, 0, 1}, 2, 2)
			hidden := G.Must(G.Rectify(G.Must(G.BroadcastAdd(G.Must(G.Mul(in, first)), bias, nil, []byte{0}))))
			chance := G.Must(G.SoftMax(G.Must(G.Mul(hidden, second))))
			return G.Must(G.Neg(sum(G.Must(G.HadamardProd(target, G.Must(G.Log(chance))))))), G.Nodes{first, bias, second}
		}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			loss, by := c.build(G.NewGraph())
			options := gradcheck.Options{Ways: gradcheck.NoWays}
			r := must(t)(gradcheck.Check(t.Context(), loss, by, options))
			if r.OK() || r.Count(gradcheck.Vacuous) != c.zeros || r.Count(gradcheck.Pass)+c.zeros != len(r.Elements) {
				t.Errorf("want %d vacuous elements, others pass:\n%s", c.zeros, r)
			}
			options.Zeros = true
			r = must(t)(gradcheck.Check(t.Context(), loss, by, options))
			if !r.OK() || r.Count(gradcheck.Zero) != c.zeros || !strings.Contains(r.String(), "zero (allowed)") {
				t.Errorf("want %d zeros:\n%s", c.zeros, r)
			}
			// Declared for each node by itself.
			options.Zeros, options.Expect = false, map[*G.Node]gradcheck.Verdict{}
			for _, n := range by {
				options.Expect[n] = gradcheck.Zero
			}
			if r := must(t)(gradcheck.Check(t.Context(), loss, by, options)); !r.OK() || r.Count(gradcheck.Zero) != c.zeros {
				t.Errorf("want %d declared zeros:\n%s", c.zeros, r)
			}
			// What has no effect at all is vacuous.
			idle := tensorOf(loss.Graph(), "idle", []float64{1, 2}, 2)
			loss = G.Must(G.Add(loss, G.Must(G.Mul(G.NewConstant(0.0), sum(idle)))))
			r = must(t)(gradcheck.Check(t.Context(), loss, append(by, idle), gradcheck.Options{Ways: gradcheck.NoWays, Zeros: true}))
			if r.OK() || r.Count(gradcheck.Vacuous) != 2 || r.Count(gradcheck.Zero) != c.zeros {
				t.Errorf("an idle node:\n%s", r)
			}
		})
	}
}

// TestZerosLost: a gradient that is 0 where it should not be is no zero: it fails, or is vacuous where differences cannot tell.
func TestZerosLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		offset float64
		want   string
	}{{"seen", 0, "pass FAIL pass "}, {"lost in an offset", 1e16, "undecided vacuous undecided "}} {
		g := G.NewGraph()
		x := tensorOf(g, "x", []float64{1, 2, 3}, 3)
		loss := G.Must(G.Add(G.Must(G.Sum(G.Must(G.Square(x)))), G.NewConstant(c.offset)))
		gradient := tensorOf(g, "gradient", []float64{2, 0, 6}, 3)
		r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{gradient}, Zeros: true, Ways: gradcheck.NoWays}))
		if got := verdicts(r); r.OK() || got != c.want {
			t.Errorf("%s: %s, want %s:\n%s", c.name, got, c.want, r)
		}
	}
	// A loss of 0, whose rounding errors are 0, too.
	dark := G.NewGraph()
	none := tensorOf(dark, "x", []float64{1, 2}, 2)
	black := G.Must(G.Mul(G.NewConstant(0.0), G.Must(G.Sum(none))))
	if r := must(t)(gradcheck.Check(t.Context(), black, G.Nodes{none}, gradcheck.Options{Zeros: true, Ways: gradcheck.NoWays})); r.OK() || r.Count(gradcheck.Vacuous) != 2 {
		t.Errorf("a loss of 0:\n%s", r)
	}
	// One element has a large effect, that of another is lost in the rounding of the loss.
	g := G.NewGraph()
	x := tensorOf(g, "x", []float64{1, 2}, 2)
	weights := tensorOf(g, "weights", []float64{1, 1e-3}, 2)
	loss := G.Must(G.Add(G.Must(G.Sum(G.Must(G.HadamardProd(weights, x)))), G.NewConstant(1e9)))
	gradient := tensorOf(g, "gradient", []float64{1, 0}, 2)
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{gradient}, Zeros: true, Ways: gradcheck.NoWays}))
	if r.OK() || r.Count(gradcheck.Zero) > 0 {
		t.Errorf("an effect that is lost:\n%s", r)
	}
}
