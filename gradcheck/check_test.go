package gradcheck_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
	"github.com/gobragg/gobragg/gradcheck/gradtest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/structure"
)

// TestVerdicts: functions of one number x whose behaviour is known.
func TestVerdicts(t *testing.T) {
	const pass, fail, kink, vacuous, nonFinite, undecided = gradcheck.Pass, gradcheck.Fail, gradcheck.Kink, gradcheck.Vacuous, gradcheck.NonFinite, gradcheck.Undecided
	for _, c := range []struct {
		name string
		x    float64
		f    func(b *nodetest.Builder, x *G.Node) *G.Node
		want gradcheck.Verdict
	}{
		{"sine", 1.3, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(x) }, pass},
		{"at 0", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(x) }, pass},
		{"parabola at its minimum", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Square(x) }, vacuous},
		{"cosine at its maximum", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Cos(b.Scale(1000, x)) }, vacuous},
		{"linear", 3, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Scale(1e-30, x) }, pass},

		// Badly scaled: as photons per m², ångströms in metres, nearly 0 among ones.
		{"a huge number", 1e29, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(b.Scale(3e-29, x)) }, pass},
		{"a tiny number", 1e-10, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(b.Scale(3e10, x)) }, pass},
		{"tiny where the function is not", 1e-12, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Exp(x) }, pass},
		{"0 where the function is fast", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(b.Scale(1e9, x)) }, pass},
		{"a large offset", 2, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Add(b.Const(1e6), b.Sin(x)) }, pass},

		// Stiff: far steeper than the first step can resolve.
		{"ten thousand periods", 1, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(b.Scale(6e4, x)) }, pass},
		{"a period of a power of two", 1.0 / 3, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sin(b.Scale(2*math.Pi*4096, x)) }, pass},
		{"a steep front", 0.5, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Inverse(b.Add(b.Const(1), b.Exp(b.Scale(-1e5, b.Sub(x, b.Const(0.50001))))))
		}, pass},
		{"near a pole", 1e-7, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Inverse(x) }, pass},
		{"near the end of a domain", 1e-9, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Log(x) }, pass},

		{"|x| at 0", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Abs(x) }, kink},
		{"|x| next to 0", 1e-5, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Abs(x) }, pass},
		{"a kink of a slope of 1", 2, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Add(x, b.Abs(b.Sub(x, b.Const(2)))) }, kink},
		{"a slight kink on a curve", 2, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Add(b.Exp(x), b.Scale(1e-3, b.Abs(b.Sub(x, b.Const(2)))))
		}, kink},
		{"a kink, derivative of one side", 2, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Where(b.AtMost(x, b.Const(2)), b.Scale(3, x), b.Add(b.Const(2), b.Scale(2, x)))
		}, kink},
		{"a step at an integer", 3, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Mul(x, b.Nearest(b.Add(x, b.Const(0.5)))) }, kink},
		{"between steps", 3.1, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Mul(x, b.Nearest(x)) }, pass},
		{"a step nearby", 2.5001, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Mul(b.Sin(x), b.Nearest(x)) }, pass},

		{"whole numbers compared", 3.1, func(b *nodetest.Builder, x *G.Node) *G.Node {
			sum := b.Sin(x)
			for k := 1.0; k < 8; k++ {
				sum = b.Add(sum, b.Where(b.AtMost(b.Nearest(b.Scale(k, x)), b.Const(math.Round(k*3.1))), b.Sin(x), b.Exp(x)))
			}
			return sum
		}, pass},

		{"a constant", 3, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Scale(0, x) }, vacuous},
		{"between steps, nothing else", 3.1, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Nearest(x) }, vacuous},
		{"independent", 3, func(b *nodetest.Builder, _ *G.Node) *G.Node { return b.Scalar("y", 1) }, vacuous},
		{"a difference of equals", 0.3, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Sub(b.Mul(x, b.Const(3)), b.Mul(b.Const(3), x))
		}, vacuous},

		{"infinite", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Inverse(x) }, nonFinite},
		{"infinite slope", 0, func(b *nodetest.Builder, x *G.Node) *G.Node { return b.Sqrt(x) }, nonFinite},
		{"a finite end of a domain", 0, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Where(b.Less(x, b.Const(0)), b.Sqrt(x), b.Add(x, b.Const(1)))
		}, nonFinite},

		{"lost in an offset", 2, func(b *nodetest.Builder, x *G.Node) *G.Node {
			return b.Add(b.Const(1e14), b.Sin(b.Scale(100, x)))
		}, undecided},
		{"noise", 2, func(b *nodetest.Builder, x *G.Node) *G.Node {
			// Some whole number up to ±50, another with every bit of x.
			return b.Add(b.Scale(1e-9, x), b.Scale(1e-9, b.Nearest(b.Scale(50, b.Sin(b.Scale(1e15, x))))))
		}, undecided},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := nodetest.On(G.NewGraph())
			x := b.Scalar("x", c.x)
			loss := c.f(b, x)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{}))
			if got := r.Elements[0].Verdict; got != c.want {
				t.Errorf("%v, want %v:\n%s", got, c.want, r)
			}
			if r.OK() != (c.want == pass) {
				t.Errorf("OK is %v:\n%s", r.OK(), r)
			}
			if got := x.Value().Data().(float64); got != c.x {
				t.Errorf("x is left at %g, was %g", got, c.x)
			}
			// A gradient that is off by 2e-6 is seen wherever the right one passes.
			if c.want == pass && r.Elements[0].Analytic != 0 {
				off := b.Scale(1+2e-6, gradient(t, loss, x))
				wrong := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{off}, Ways: gradcheck.NoWays}))
				if v := wrong.Elements[0].Verdict; v != fail && c.name != "a large offset" {
					t.Errorf("off by 2e-6: %v\n%s", v, wrong)
				}
			}
		})
	}
}

func gradient(t testing.TB, loss, by *G.Node) *G.Node {
	t.Helper()
	grads := derivatives(t, loss, by)
	return grads[0]
}

// TestOfOthers checks derivatives that are given: gorgonia's own, some of which are wrong in v0.9.18.
func TestOfOthers(t *testing.T) {
	for _, c := range []struct {
		name    string
		f       func(x *G.Node) (*G.Node, error)
		located string // "" where gorgonia is right
	}{
		{"square", G.Square, ""},
		{"tanh", G.Tanh, ""},
		{"log2", G.Log2, "log2"},
		{"inverse square root", G.InverseSqrt, "invSqrt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			build := func() (loss, x *G.Node) {
				g := G.NewGraph()
				x = G.NewVector(g, G.Float64, G.WithName("x"), G.WithShape(3), G.WithValue(tensor.New(tensor.WithBacking([]float64{0.7, 1.4, 2.2}))))
				return G.Must(G.Sum(G.Must(G.Sin(G.Must(c.f(x)))))), x
			}
			loss, x := build()
			gradtest.Check(t, loss, G.Nodes{x}, gradcheck.Options{}) // by this library's rules all are right
			loss, x = build()
			grads, err := G.Grad(loss, x)
			if err != nil {
				t.Fatal(err)
			}
			r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: grads}))
			switch {
			case c.located == "":
				if !r.OK() {
					t.Error(r.Err())
				}
			case r.OK():
				t.Errorf("gorgonia's derivative passes:\n%s", r)
			case r.Located == nil || r.Located.Op != c.located:
				t.Errorf("located %v, want %s:\n%s", r.Located, c.located, r)
			}
		})
	}
}

// TestArrays: elements of arrays, by index, with those that nothing reads declared.
func TestArrays(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Leaf("x", random(1, 6, -1, 1), 2, 3)
	table := b.Leaf("table", random(2, 5, 1, 2), 5)
	grid := &expr.Grid{Box: structure.Box{HMax: 4}}
	h := b.Leaf("h", []float64{0.1, 2.2, 1.9}, 3)
	loss := b.Add(b.SumAll(b.Exp(b.Mul(x, h))), b.SumAll(b.Square(b.Gather(grid, h, b.Const(0), b.Const(0), table))))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	by := G.Nodes{x, table, h}
	r := must(t)(gradcheck.Check(t.Context(), loss, by, gradcheck.Options{Second: true}))
	if got, want := verdicts(r), "pass pass pass pass pass pass pass vacuous pass vacuous vacuous pass pass pass "; got != want {
		t.Errorf("%s, want %s:\n%s", got, want, r)
	}
	if r.OK() {
		t.Error("elements that nothing reads pass")
	}
	if got := r.Failures(); len(got) != 3 || got[0].Name() != "table[1]" {
		t.Errorf("failures %v", got)
	}
	declared := gradcheck.Options{Expect: map[*G.Node]gradcheck.Verdict{table: gradcheck.Vacuous}, Second: true, Taylor: true}
	gradtest.Check(t, loss, by, declared)
	for _, wrong := range []gradcheck.Options{
		{Expect: map[*G.Node]gradcheck.Verdict{table: gradcheck.Vacuous, x: gradcheck.Vacuous}},
		{Expect: map[*G.Node]gradcheck.Verdict{table: gradcheck.Vacuous, h: gradcheck.Kink}},
	} {
		if r := must(t)(gradcheck.Check(t.Context(), loss, by, wrong)); r.OK() || !strings.Contains(r.String(), "and is not") {
			t.Errorf("a declaration that nothing bears out:\n%s", r)
		}
	}
	some := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Elements: 2, Seed: 3}))
	if len(some.Elements) != 2 || !some.OK() || !strings.Contains(some.String(), "2 of the 6 elements") {
		t.Errorf("two elements:\n%s", some)
	}
}

// TestInner: by nodes that are no inputs, of first and second order. The Hessian by an inner node and what it is made of is
// not symmetric, and need not be.
func TestInner(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Leaf("x", random(4, 3, 0.5, 1), 3), b.Scalar("y", 0.7)
	u := b.Mul(x, y)
	v := b.Sin(u)
	loss := b.SumAll(b.Mul(v, b.Add(u, y)))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	r := gradtest.Check(t, loss, G.Nodes{u, v, x, y}, gradcheck.Options{Second: true, Taylor: true})
	if n := r.Count(gradcheck.Pass); n < 10 {
		t.Errorf("%d pass:\n%s", n, r)
	}
	gradtest.Check(t, loss, G.Nodes{u, x}, gradcheck.Options{Directions: 3})
}

// TestFast: random directions alone where all is well, every element where it is not.
func TestFast(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	var by G.Nodes
	loss := b.Const(0)
	for i, x := range random(5, 8, 0.5, 2) {
		n := b.Scalar(fmt.Sprintf("x%d", i), x*math.Pow(10, float64(3*i-9)))
		by = append(by, n)
		loss = b.Add(loss, b.Sin(b.Scale(math.Pow(10, float64(9-3*i)), n)))
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	options := gradcheck.Options{Directions: 4, Seed: 1, Ways: gradcheck.NoWays}
	r := gradtest.Check(t, loss, by, options)
	if len(r.Elements) != 0 || len(r.Directions) != 4 {
		t.Errorf("%d elements, %d directions:\n%s", len(r.Elements), len(r.Directions), r)
	}
	// The first direction and its step take some evaluations, the others a pair each.
	more := options
	more.Directions = 14
	if again := gradtest.Check(t, loss, by, more); again.Evaluations != r.Evaluations+20 {
		t.Errorf("%d evaluations for 4 directions, %d for 14", r.Evaluations, again.Evaluations)
	}
	all := gradtest.Check(t, loss, by, gradcheck.Options{Ways: gradcheck.NoWays})
	if all.Evaluations < r.Evaluations {
		t.Errorf("%d evaluations for 4 directions, %d for all elements", r.Evaluations, all.Evaluations)
	}
	// One of eight is off by 1e-4: every seed sees it, and names it.
	for seed := range uint64(10) {
		options.Seed = seed
		options.Gradient = derivatives(t, loss, by...)
		options.Gradient[5] = b.Scale(1.0001, options.Gradient[5])
		r := must(t)(gradcheck.Check(t.Context(), loss, by, options))
		if r.OK() || len(r.Elements) != 8 || r.Elements[5].Verdict != gradcheck.Fail || r.Count(gradcheck.Fail) != 1 {
			t.Errorf("seed %d: a wrong derivative:\n%s", seed, r)
		}
	}
	// A parameter without effect does not hide behind the others.
	options.Gradient = nil
	idle := b.Scalar("idle", 1)
	r = must(t)(gradcheck.Check(t.Context(), loss, append(by, idle), options))
	if r.OK() || r.Count(gradcheck.Vacuous) != 1 {
		t.Errorf("a parameter without effect:\n%s", r)
	}
}

// TestAstray: where some elements are checked, and the wrong ones are not among them, the directions lead to them.
func TestAstray(t *testing.T) {
	x := make([]float64, 100)
	for i := range x {
		x[i] = 0.3 + 0.01*float64(i)
	}
	for _, c := range []struct {
		name  string
		wrong map[int]float64 // factors of the gradient's elements
	}{{"one", map[int]float64{57: 1.25}}, {"two", map[int]float64{3: 0.5, 98: -1}}, {"all right", nil}} {
		for seed := range uint64(5) {
			b := nodetest.On(G.NewGraph())
			n := b.Leaf("x", x, 100)
			loss := b.SumAll(b.Square(n))
			factors := make([]float64, 100)
			for i := range factors {
				factors[i] = 2
				if f, ok := c.wrong[i]; ok {
					factors[i] = 2 * f
				}
			}
			slope := b.Mul(n, b.Leaf("factors", factors, 100))
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{n}, gradcheck.Options{Directions: 3, Elements: 5, Seed: seed, Gradient: G.Nodes{slope}, Ways: gradcheck.NoWays}))
			if r.OK() != (c.wrong == nil) {
				t.Errorf("%s, seed %d: OK is %v:\n%s", c.name, seed, r.OK(), r)
			}
			failed := map[int]bool{}
			for _, e := range r.Elements {
				if e.Verdict == gradcheck.Fail {
					failed[e.Index] = true
				}
			}
			if len(failed) != len(c.wrong) {
				t.Errorf("%s, seed %d: elements %v fail:\n%s", c.name, seed, failed, r)
			}
			for i := range c.wrong {
				if !failed[i] {
					t.Errorf("%s, seed %d: element %d is not named:\n%s", c.name, seed, i, r)
				}
			}
			if !slices.IsSortedFunc(r.Elements, func(a, b gradcheck.Element) int { return a.Index - b.Index }) {
				t.Errorf("%s, seed %d: elements are out of order:\n%s", c.name, seed, r)
			}
		}
	}
}

// TestSecond: a wrong second derivative beside a right first one, found and located.
func TestSecond(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Scalar("x", 0.6), b.Scalar("y", 1.2)
	loss := b.Add(b.Mul(b.Sin(x), b.Square(y)), b.Exp(b.Mul(x, y)))
	r := gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{Second: true, Taylor: true})
	if r.Taylor == nil || !r.Taylor.OK() || len(r.Second) != 4 {
		t.Errorf("second order:\n%s", r)
	}
	// A loss that is linear has no second order to test.
	linear := b.Add(b.Scale(3, x), y)
	if r := must(t)(gradcheck.Check(t.Context(), linear, G.Nodes{x, y}, gradcheck.Options{Second: true})); r.OK() || !strings.Contains(r.String(), "second order is not tested") {
		t.Errorf("a linear loss:\n%s", r)
	}
	// Gradients that are right in value, but have a derivative of something else: x² + y² where y is taken as 1.2.
	wrong := G.Nodes{b.Add(b.Mul(b.Cos(x), b.Const(1.44)), b.Mul(y, b.Exp(b.Mul(x, y)))), derivatives(t, loss, y)[0]}
	r = must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x, y}, gradcheck.Options{Gradient: wrong, Second: true, Ways: gradcheck.NoWays}))
	text := r.String()
	if r.OK() || !strings.Contains(text, "not symmetric") {
		t.Errorf("a gradient that loses its second derivative:\n%s", text)
	}
}

// TestTaylor: the orders of remainders tell a wrong gradient (1) and a wrong Hessian (2) from right ones.
func TestTaylor(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Leaf("x", random(8, 4, 0.4, 1), 4)
	loss := b.SumAll(b.Exp(b.Square(x)))
	right := derivatives(t, loss, x)[0]
	frozen := b.Leaf("frozen", random(8, 4, 0.4, 1), 4) // the same numbers, that do not move
	constant := b.Mul(b.Mul(b.Const(2), frozen), b.Exp(b.Square(x)))
	for _, c := range []struct {
		name          string
		gradient      *G.Node
		first, second float64
	}{{"right", right, 2, 3}, {"gradient off by 1 %", b.Scale(1.01, right), 1, 1}, {"Hessian wrong", constant, 2, 2}} {
		r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{c.gradient}, Taylor: true, Ways: gradcheck.NoWays}))
		got := r.Taylor
		if math.Abs(float64(got.First)-c.first) > 0.1 || math.Abs(float64(got.Second)-c.second) > 0.1 {
			t.Errorf("%s: %s, want %g and %g", c.name, got, c.first, c.second)
		}
		if r.OK() != (c.name == "right") {
			t.Errorf("%s:\n%s", c.name, r)
		}
	}
	// What has no remainder has an infinite order.
	quadratic := b.SumAll(b.Square(x))
	r := gradtest.Check(t, quadratic, G.Nodes{x}, gradcheck.Options{Taylor: true})
	if !math.IsInf(float64(r.Taylor.Second), 1) {
		t.Errorf("a parabola: %s", r.Taylor)
	}
}

// TestUnrepeatable: random numbers in a graph are no function.
func TestUnrepeatable(t *testing.T) {
	g := G.NewGraph()
	x := number(g, "x", 2)
	noise := G.UniformRandomNode(g, G.Float64, 0, 1)
	loss := G.Must(G.Mul(x, G.Must(G.Add(x, noise))))
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{}))
	if r.OK() || r.Unrepeated == "" || !strings.Contains(r.String(), "the same inputs give different numbers") {
		t.Errorf("a random loss:\n%s", r)
	}
}

// TestNonFinite names the operation that makes the first number that is not finite.
func TestNonFinite(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Leaf("x", []float64{1, 0, 2}, 3)
	loss := b.SumAll(b.Exp(b.Neg(b.Log(b.Add(x, b.Const(0))))))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x}, gradcheck.Options{}))
	if r.OK() || r.Located == nil || r.Located.Op != "log" || !strings.Contains(r.String(), "not finite") {
		t.Errorf("log 0:\n%s", r)
	}
}

// TestCompiledGraph: a graph whose arrays share their last axis is compiled, too; others say why not.
func TestCompiledGraph(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, w, s := b.Leaf("x", random(6, 100, 0, 1), 100), b.Leaf("w", random(7, 200, 0, 1), 2, 100), b.Scalar("s", 0.3)
	loss := b.SumAll(b.Exp(b.Mul(b.Sin(b.Mul(x, s)), w)))
	r := gradtest.Check(t, loss, G.Nodes{s}, gradcheck.Options{})
	if w := way(t, r, "compiled", "reverse mode"); w.Why != "" || w.Compared != 2 || !(w.Worst <= w.Tolerance) {
		t.Errorf("not compiled:\n%s", r)
	}
	y := b.Leaf("y", random(7, 7, 0, 1), 7)
	for _, c := range []struct {
		loss    *G.Node
		options gradcheck.Options
		why     string
	}{
		{b.Exp(s), gradcheck.Options{}, "nothing to compile"},
		{b.Add(loss, b.Mul(s, b.SumAll(y))), gradcheck.Options{}, "no last axis in common"},
		{loss, gradcheck.Options{Ways: gradcheck.NoWays}, "not asked for"},
	} {
		r := gradtest.Check(t, c.loss, G.Nodes{s}, c.options)
		compared := slices.ContainsFunc(r.Ways, func(w gradcheck.Way) bool { return w.Executor == "compiled" && w.Why == "" })
		if compared || !strings.Contains(r.String(), c.why) {
			t.Errorf("want %q:\n%s", c.why, r)
		}
	}
}

// TestReport: the table holds what it should, and JSON keeps everything, numbers that are not finite too.
func TestReport(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Leaf("x", []float64{0, 1}, 2), b.Scalar("y", 3)
	loss := b.Add(b.SumAll(b.Sqrt(x)), b.Abs(b.Sub(y, b.Const(3))))
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x, y}, gradcheck.Options{Second: true, Taylor: true}))
	text := r.String()
	for _, want := range []string{"FAIL", "x[0]", "x[1]", "+Inf", "non-finite", "kink", "one-sided slopes are -1 and 1", "± estimate", "the uncompiled tape", "NANOBRAGG_DISABLE_COMPILE"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	roundTrip(t, r)
	// Reports with directions, ways and what is located, and with nothing but what is always there.
	wrong := G.Nodes{b.Scale(2, gradient(t, loss, y))}
	for _, o := range []gradcheck.Options{{Directions: 2}, {Gradient: wrong}} {
		roundTrip(t, must(t)(gradcheck.Check(t.Context(), b.Add(loss, b.Square(y)), G.Nodes{y}, o)))
	}
	roundTrip(t, &gradcheck.Report{})
	for v := gradcheck.Verdict(0); v <= gradcheck.Zero; v++ {
		text, err := v.MarshalText()
		var back gradcheck.Verdict
		if err != nil || back.UnmarshalText(text) != nil || back != v {
			t.Errorf("verdict %v: %s, %v", v, text, err)
		}
	}
	var v gradcheck.Verdict
	if v.UnmarshalText([]byte("perhaps")) == nil {
		t.Error("an unknown verdict is read")
	}
	var n gradcheck.Number
	if json.Unmarshal([]byte(`"many"`), &n) == nil || json.Unmarshal([]byte(`{}`), &n) == nil {
		t.Error("an unknown number is read")
	}
	// A table of many rows is cut, failures first.
	many := &gradcheck.Report{}
	for i := range 200 {
		e := gradcheck.Element{Parameter: "x", Index: i, Verdict: gradcheck.Pass}
		if i == 150 {
			e.Verdict = gradcheck.Fail
		}
		many.Elements = append(many.Elements, e)
	}
	if text := many.String(); !strings.Contains(text, "x[150]") || strings.Contains(text, "x[151]") || !strings.Contains(text, "and 140 more") {
		t.Errorf("200 rows:\n%s", text)
	}
}

// roundTrip wants a report to survive JSON, in which other programs find the names that the documentation has.
func roundTrip(t *testing.T, r *gradcheck.Report) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back gradcheck.Report
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(data) {
		t.Errorf("JSON (%v):\n%s\n%s", err, data, again)
	}
	if back.String() != r.String() || back.OK() != r.OK() {
		t.Errorf("the report read back:\n%s\n%s", &back, r)
	}
	var names map[string]any
	if err := json.Unmarshal(data, &names); err != nil {
		t.Fatal(err)
	}
	if names["ok"] != r.OK() || names["version"] != 1.0 {
		t.Errorf("ok is %v, version %v", names["ok"], names["version"])
	}
	page, err := os.ReadFile("../docs/gradcheck.md")
	if err != nil {
		t.Fatal(err)
	}
	documented(t, string(page), names)
}

// documented wants every field of a JSON object in the documentation.
func documented(t *testing.T, page string, object map[string]any) {
	t.Helper()
	for name, value := range object {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the documentation lacks the field %s", name)
		}
		if inner, ok := value.(map[string]any); ok {
			documented(t, page, inner)
		}
		list, _ := value.([]any)
		for _, v := range list {
			if inner, ok := v.(map[string]any); ok {
				documented(t, page, inner)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Scalar("x", 1), b.Leaf("y", []float64{1, 2}, 2)
	loss := b.Add(b.Square(x), b.SumAll(y))
	other := nodetest.On(G.NewGraph()).Scalar("other", 1)
	whole := G.NewScalar(b.Graph(), G.Int, G.WithName("whole"), G.WithValue(1))
	narrow := G.NewScalar(b.Graph(), G.Float32, G.WithName("narrow"), G.WithValue(float32(1)))
	empty := G.NewScalar(b.Graph(), G.Float64, G.WithName("empty"))
	bare := b.Mul(empty, x)
	nodes := map[*G.Node]gradcheck.Verdict{}
	nodes[other] = gradcheck.Kink
	for _, c := range []struct {
		loss    *G.Node
		by      G.Nodes
		options gradcheck.Options
		want    string
	}{
		{nil, G.Nodes{x}, gradcheck.Options{}, "the loss is a nil node"},
		{y, G.Nodes{x}, gradcheck.Options{}, "the loss y has shape (2), want a scalar"},
		{whole, G.Nodes{x}, gradcheck.Options{}, "is of type int"},
		{loss, nil, gradcheck.Options{}, "no nodes to differentiate by"},
		{loss, G.Nodes{x, nil}, gradcheck.Options{}, "node 1 to differentiate by is nil"},
		{loss, G.Nodes{other}, gradcheck.Options{}, "other is a node of another graph"},
		{loss, G.Nodes{narrow}, gradcheck.Options{}, "narrow is of type float32, the loss of float64"},
		{loss, G.Nodes{b.Const(2)}, gradcheck.Options{}, "is a constant"},
		{loss, G.Nodes{x, y, x}, gradcheck.Options{}, "x is given twice"},
		{loss, G.Nodes{x}, gradcheck.Options{Rtol: -1}, "Rtol is -1"},
		{loss, G.Nodes{x}, gradcheck.Options{Atol: math.NaN()}, "Atol is NaN"},
		{loss, G.Nodes{x}, gradcheck.Options{Trust: math.Inf(1)}, "Trust is +Inf"},
		{loss, G.Nodes{x}, gradcheck.Options{Elements: -1}, "none may be negative"},
		{loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{x, y}}, "2 gradients are given for 1 parameters"},
		{loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{y}}, "the gradient y, of shape (2), is not one by x"},
		{loss, G.Nodes{x}, gradcheck.Options{Gradient: G.Nodes{other}}, "the gradient other is a node of another graph than x"},
		{loss, G.Nodes{x}, gradcheck.Options{Steps: map[*G.Node]float64{y: 1}}, "a step is given for y, which is not checked"},
		{loss, G.Nodes{x}, gradcheck.Options{Steps: map[*G.Node]float64{x: 0}}, "step 0 of x is not positive"},
		{loss, G.Nodes{x}, gradcheck.Options{Expect: nodes}, "kink is expected of other, which is not checked"},
		{loss, G.Nodes{x}, gradcheck.Options{Expect: map[*G.Node]gradcheck.Verdict{x: gradcheck.Fail}}, "FAIL cannot be expected of x"},
		{bare, G.Nodes{x}, gradcheck.Options{}, `input "empty" has no value`},
		{bare, G.Nodes{empty}, gradcheck.Options{}, `input "empty" has no value`},
		{loss, G.Nodes{x, y}, gradcheck.Options{Memory: 8}, "more than the limit of 8"},
	} {
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		if r, err := gradcheck.Check(t.Context(), c.loss, c.by, c.options); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "gradcheck: ") {
			t.Errorf("got %v (%v), want %q", err, r, c.want)
		}
	}
}

// TestLeavesValues: whatever happens, the inputs have their own values after a check, the very same ones.
func TestLeavesValues(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Scalar("x", 1.5), b.Leaf("y", []float64{1, 2}, 2)
	loss := b.Add(b.Square(x), b.SumAll(b.Mul(y, x)))
	before := []G.Value{x.Value(), y.Value()}
	gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{Second: true, Taylor: true})
	gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{Directions: 3})
	for i, n := range (G.Nodes{x, y}) {
		if n.Value() != before[i] || !reflect.DeepEqual(n.Value(), before[i]) {
			t.Errorf("%s is %v, was %v", n.Name(), n.Value(), before[i])
		}
	}
	// The graph does not grow with every check.
	n := len(b.Graph().AllNodes())
	gradtest.Check(t, loss, G.Nodes{x, y}, gradcheck.Options{Second: true, Taylor: true})
	if more := len(b.Graph().AllNodes()); more != n {
		t.Errorf("%d nodes, after the same check again %d", n, more)
	}
}

// TestSecondLocated: a rule whose own derivative is wrong, met in the second order alone, is named there.
func TestSecondLocated(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	d, n := b.Leaf("d", []float64{0.05, 0.21, 0.33}, 3), b.Const(5)
	slope := derivatives(t, b.SumAll(b.SinRatio(d, n)), d)[0]
	z := &zookeeper{t: t, Builder: b}
	wrong := z.find("sinratio'1", slope)
	loss := b.SumAll(b.SinRatio(d, n))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	rule := nodetest.Read(t, wrong)[0].Rule()
	replaced, err := gradcheck.Replace(wrong, mutant{rule, lostFactor, 0, 0}.planted(), loss, slope, d)
	if err != nil {
		t.Fatal(err)
	}
	options := gradcheck.Options{Gradient: G.Nodes{replaced[slope]}, Second: true, Ways: gradcheck.NoWays}
	r := must(t)(gradcheck.Check(t.Context(), replaced[loss], G.Nodes{replaced[d]}, options))
	for _, e := range r.Elements {
		if e.Verdict != gradcheck.Pass {
			t.Errorf("first order: %v", e)
		}
	}
	if r.OK() || r.Located == nil || r.Located.ID != nodetest.Read(t, replaced[wrong])[0].ID() || r.Located.Operand != 0 {
		t.Errorf("want %d:\n%s", replaced[wrong].ID(), r)
	}
}

// TestPeakIsNotBlamed: softmax takes the largest element as constant, which is right, since it cancels. Where another
// derivative is wrong, it is not named.
func TestPeakIsNotBlamed(t *testing.T) {
	g := G.NewGraph()
	x := G.NewVector(g, G.Float64, G.WithName("x"), G.WithShape(3), G.WithValue(tensor.New(tensor.WithBacking([]float64{0.3, 1.2, -0.4}))))
	y := G.NewVector(g, G.Float64, G.WithName("y"), G.WithShape(3), G.WithValue(tensor.New(tensor.WithBacking([]float64{2, -1, 0.7}))))
	loss := G.Must(G.Sum(G.Must(G.HadamardProd(G.Must(G.SoftMax(x)), y))))
	by := derivatives(t, loss, x, y)
	r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{x, y}, gradcheck.Options{Gradient: G.Nodes{by[1], by[0]}}))
	if r.OK() || r.Located != nil {
		t.Errorf("nothing is wrong by itself:\n%s", r)
	}
}
