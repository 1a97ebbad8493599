package autodiff_test

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
)

func gradient(t testing.TB, of *expr.Node, by ...*expr.Node) []*expr.Node {
	t.Helper()
	grads, err := autodiff.Gradient(of, by...)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range grads {
		if !sameShape(g.Shape(), by[i].Shape()) {
			t.Errorf("the derivative by %s has shape %v, the node %v", by[i].Name(), g.Shape(), by[i].Shape())
		}
	}
	return grads
}

func sameShape(a, b tensor.Shape) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func near(t testing.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-14*(1+math.Abs(want))) {
		t.Errorf("%s: got %.17g, want %.17g", what, got, want)
	}
}

// TestRepeated: gradients of several losses of one graph, in any order and again, where gorgonia's own Grad is wrong from
// the second call on. Each is differentiated further.
func TestRepeated(t *testing.T) {
	b := expr.New()
	x, y := b.Scalar("x", 0.8), b.Scalar("y", 1.7)
	xy := b.Mul(x, y)
	losses := []struct {
		node       *expr.Node
		dx, dy     float64
		dxx        float64
		dxy, dxxx  float64
		constantBy string
	}{
		// sin(xy)
		{b.Sin(xy), 1.7 * math.Cos(1.36), 0.8 * math.Cos(1.36), -1.7 * 1.7 * math.Sin(1.36), math.Cos(1.36) - 1.36*math.Sin(1.36), -1.7 * 1.7 * 1.7 * math.Cos(1.36), ""},
		// (xy)²
		{b.Square(xy), 2 * 0.8 * 1.7 * 1.7, 2 * 0.8 * 0.8 * 1.7, 2 * 1.7 * 1.7, 4 * 0.8 * 1.7, 0, ""},
		// x² + y·x
		{b.Add(b.Mul(x, x), xy), 2*0.8 + 1.7, 0.8, 2, 1, 0, ""},
	}
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	for round := range 3 {
		for i, l := range losses {
			what := fmt.Sprintf("round %d, loss %d", round, i)
			first := gradient(t, l.node, x, y)
			second, err := autodiff.GradientOrZero(first[0], x, y)
			if err != nil {
				t.Fatal(err)
			}
			third, err := autodiff.GradientOrZero(second[0], x)
			if err != nil {
				t.Fatal(err)
			}
			got := difftest.Evaluate(t, first[0], first[1], second[0], second[1], third[0])
			near(t, what+", x", got[0][0], l.dx)
			near(t, what+", y", got[1][0], l.dy)
			near(t, what+", xx", got[2][0], l.dxx)
			near(t, what+", xy", got[3][0], l.dxy)
			near(t, what+", xxx", got[4][0], l.dxxx)
			if again := gradient(t, l.node, x, y); again[0] != first[0] || again[1] != first[1] {
				t.Errorf("%s: asked again, other nodes", what)
			}
		}
	}
}

// TestShared: a subexpression used many times counts every time, without the work doubling at every use.
func TestShared(t *testing.T) {
	b := expr.New()
	x := b.Scalar("x", 1)
	n := x
	for range 60 { // 2⁶⁰ paths
		n = b.Scale(0.5, b.Add(n, n))
	}
	before := b.Graph().Len()
	near(t, "60 doublings", difftest.Evaluate(t, gradient(t, n, x)...)[0][0], 1)
	if made := b.Graph().Len() - before; made > 400 {
		t.Errorf("%d nodes for the gradient", made)
	}

	y := b.Mul(x, x)
	z := b.Mul(y, y)
	loss := b.Sum(z, y, b.Mul(z, y), x) // x⁴ + x² + x⁶ + x
	let(t, x, 1.5)
	near(t, "powers", difftest.Evaluate(t, gradient(t, loss, x)...)[0][0], 4*math.Pow(1.5, 3)+3+6*math.Pow(1.5, 5)+1)
}

func let(t testing.TB, n *expr.Node, v float64) {
	t.Helper()
	if _, err := n.Leaf().Lend([]float64{v}); err != nil {
		t.Fatal(err)
	}
}

// TestInner: by inner nodes, alone and with what they are made of, by the loss itself, and by one node twice.
func TestInner(t *testing.T) {
	b := expr.New()
	x := b.Leaf("x", []float64{0.3, -0.4, 1.2}, 3)
	s := b.Scalar("s", 0.9)
	u := b.Mul(x, s)
	v := b.Sin(u)
	loss := b.SumAll(b.Mul(v, u)) // Σ u sin u
	grads := gradient(t, loss, v, u, x, s, loss, x)
	got := difftest.Evaluate(t, grads...)
	sum := 0.0
	for i, xi := range []float64{0.3, -0.4, 1.2} {
		ui := 0.9 * xi
		du := math.Sin(ui) + ui*math.Cos(ui)
		near(t, "by v", got[0][i], ui)
		near(t, "by u", got[1][i], du)
		near(t, "by x", got[2][i], 0.9*du)
		near(t, "by x again", got[5][i], 0.9*du)
		sum += xi * du
	}
	near(t, "by s", got[3][0], sum)
	near(t, "by itself", got[4][0], 1)
	// A node that is asked for does not hide those before it, nor the other way round.
	if alone := gradient(t, loss, x); alone[0] != grads[2] {
		t.Error("the derivative by x depends on what else is asked for")
	}
}

// TestDetached: no path, and paths that all pass a step. Where one path is smooth, it counts alone.
func TestDetached(t *testing.T) {
	b := expr.New()
	x, y, other := b.Scalar("x", 0.8), b.Scalar("y", 1.7), b.Leaf("other", []float64{1, 2}, 2)
	loss := b.Mul(x, b.Nearest(y))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	check := func(by *expr.Node, stepwise bool, parts ...string) {
		t.Helper()
		for _, nodes := range [][]*expr.Node{{by}, {x, by}} {
			grads, err := autodiff.Gradient(loss, nodes...)
			var detached *autodiff.Detached
			if !errors.As(err, &detached) || grads != nil {
				t.Fatalf("by %s: %v", by.Name(), err)
			}
			if detached.Of != loss || detached.By != by || detached.Stepwise != stepwise {
				t.Errorf("by %s: %+v", by.Name(), detached)
			}
			for _, p := range parts {
				if !strings.Contains(err.Error(), p) {
					t.Errorf("error %q lacks %q", err, p)
				}
			}
		}
		grads, err := autodiff.GradientOrZero(loss, by, x)
		if err != nil {
			t.Fatal(err)
		}
		got := difftest.Evaluate(t, grads...)
		if len(got[0]) != by.Shape().TotalSize() || !sameShape(grads[0].Shape(), by.Shape()) || got[0][0] != 0 || got[1][0] != 2 {
			t.Errorf("by %s: zero is %v, by x %v", by.Name(), got[0], got[1])
		}
	}
	check(other, false, "autodiff: ", "does not depend on other")
	check(y, true, "autodiff: ", "by y is zero almost everywhere", "rounding", "here nearest")

	z := b.Mul(y, b.Nearest(y))
	near(t, "y · nearest y", difftest.Evaluate(t, gradient(t, z, y)...)[0][0], 2)
	// A constant has a derivative of zero by anything: it does not depend on it.
	_, err := autodiff.Gradient(b.Const(3), x)
	var detached *autodiff.Detached
	if !errors.As(err, &detached) || detached.Stepwise {
		t.Errorf("a constant: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	b := expr.New()
	x := b.Leaf("x", []float64{1, 2}, 2)
	one := b.Leaf("one", []float64{1}, 1, 1, 1, 1)
	loss := b.SumAll(b.Square(x))
	stranger := expr.New().Scalar("stranger", 1)
	for _, tt := range []struct {
		of   *expr.Node
		by   []*expr.Node
		want string
	}{
		{nil, []*expr.Node{x}, "autodiff: nil node"},
		{loss, []*expr.Node{x, nil}, "autodiff: nil node"},
		{b.Square(x), []*expr.Node{x}, "has shape (2), want a scalar"},
		{b.Square(one), []*expr.Node{one}, "has shape (1, 1, 1, 1), want a scalar"},
		{loss, []*expr.Node{stranger}, "autodiff: " + loss.Name() + " and stranger are of different graphs"},
	} {
		for _, f := range []func(*expr.Node, ...*expr.Node) ([]*expr.Node, error){autodiff.Gradient, autodiff.GradientOrZero} {
			grads, err := f(tt.of, tt.by...)
			if err == nil || !strings.Contains(err.Error(), tt.want) || grads != nil {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		}
	}
	if grads, err := autodiff.Gradient(loss); err != nil || len(grads) != 0 {
		t.Errorf("by nothing: %v, %v", grads, err)
	}
}

// foreign is an operation on a vector of 2 that only has what gorgonia asks of every operation: y = 2x.
type foreign struct{ name string }

func (f foreign) Arity() int { return 1 }
func (f foreign) Type() hm.Type {
	v := G.TensorType{Dims: 1, Of: tensor.Float64}
	return hm.NewFnType(v, v)
}
func (f foreign) InferShape(...G.DimSizer) (tensor.Shape, error) { return tensor.Shape{2}, nil }
func (f foreign) Do(in ...G.Value) (G.Value, error) {
	x := in[0].Data().([]float64)
	return tensor.New(tensor.WithBacking([]float64{2 * x[0], 2 * x[1]})), nil
}
func (f foreign) ReturnsPtr() bool      { return false }
func (f foreign) CallsExtern() bool     { return false }
func (f foreign) OverwritesInput() int  { return -1 }
func (f foreign) WriteHash(h hash.Hash) { fmt.Fprint(h, f.name) }
func (f foreign) String() string        { return f.name }
func (f foreign) Hashcode() uint32 {
	h := fnv.New32a()
	f.WriteHash(h)
	return h.Sum32()
}

// symbolic is foreign with a derivative of the test's own.
type symbolic struct {
	foreign
	smooth []bool
	diff   func(in G.Nodes, out, grad *G.Node) (G.Nodes, error)
}

func (s symbolic) DiffWRT(int) []bool { return s.smooth }
func (s symbolic) SymDiff(in G.Nodes, out, grad *G.Node) (G.Nodes, error) {
	return s.diff(in, out, grad)
}

// TestForeign: gorgonia's own derivatives of gorgonia's own operations, and of a user's; what has none is an error, not
// a share left out in silence.
func TestForeign(t *testing.T) {
	errDiff := errors.New("not today")
	double := func(_ G.Nodes, _, grad *G.Node) (G.Nodes, error) {
		n, err := G.Add(grad, grad)
		return G.Nodes{n}, err
	}
	for _, tt := range []struct {
		name string
		op   G.Op
		want string // error, "" for the derivative 2
	}{
		{"symbolic", symbolic{foreign{"symbolic"}, []bool{true}, double}, ""},
		{"without a derivative", foreign{"bare"}, "autodiff: derivative of bare: autodiff_test.foreign has no symbolic derivative"},
		{"failing", symbolic{foreign{"failing"}, []bool{true}, func(G.Nodes, *G.Node, *G.Node) (G.Nodes, error) { return nil, errDiff }}, "autodiff: derivative of failing: not today"},
		{"panicking", symbolic{foreign{"panicking"}, []bool{true}, func(G.Nodes, *G.Node, *G.Node) (G.Nodes, error) { panic("oh no") }}, "autodiff: derivative of panicking: oh no"},
		{"too many", symbolic{foreign{"too many"}, []bool{true}, func(_ G.Nodes, _, g *G.Node) (G.Nodes, error) { return G.Nodes{g, g}, nil }}, "gave 2 derivatives for 1 operands"},
		{"stepwise", symbolic{foreign{"stepwise"}, []bool{false}, nil}, "zero almost everywhere"},
		{"says nothing", symbolic{foreign{"silent"}, nil, nil}, "zero almost everywhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := difftest.New(t)
			x := b.Leaf("x", []float64{0.3, 0.7}, 2)
			n := b.Op(tt.op, x)
			loss := b.SumAll(b.Square(n))
			grads, err := autodiff.Gradient(loss, x)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				got := difftest.Evaluate(t, grads...)[0]
				near(t, "8 x", got[0], 8*0.3)
				near(t, "8 x", got[1], 8*0.7)
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			// A smooth path beside it does not hide what cannot be differentiated; a step has no part in it.
			grads, err = autodiff.Gradient(b.Add(loss, b.SumAll(x)), x)
			if strings.Contains(tt.want, "almost everywhere") {
				if err != nil {
					t.Fatal(err)
				}
				near(t, "beside a step", difftest.Evaluate(t, grads...)[0][0], 1)
			} else if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("beside a smooth path: got %v, want %q", err, tt.want)
			}
			// By the node itself there is one in any case.
			grads, err = autodiff.Gradient(loss, n)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "by the node", difftest.Evaluate(t, grads...)[0][0], 4*0.3)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			// The lock on graph building is free again.
			b.Neg(x)
		})
	}
}

// TestGorgonia differentiates operations that only gorgonia knows, against differences.
func TestGorgonia(t *testing.T) {
	for name, build := range map[string]func(x, y *G.Node) (*G.Node, error){
		"matrix product":    func(x, y *G.Node) (*G.Node, error) { return G.Mul(x, y) },
		"slice":             func(x, _ *G.Node) (*G.Node, error) { return G.Slice(x, G.S(1)) },
		"slice of a column": func(x, _ *G.Node) (*G.Node, error) { return G.Slice(x, nil, G.S(1)) },
		"transpose":         func(x, _ *G.Node) (*G.Node, error) { return G.Transpose(x, 1, 0) },
		"concat":            func(x, _ *G.Node) (*G.Node, error) { return G.Concat(0, x, x) },
	} {
		t.Run(name, func(t *testing.T) {
			b := difftest.New(t)
			x := b.Leaf("x", []float64{0.5, 1.25, 0.75, 2, 1.5, 0.3}, 2, 3)
			y := b.Leaf("y", []float64{1.1, 0.4, 0.9, 1.7, 0.6, 1.3}, 3, 2)
			n := b.Outside(func(in G.Nodes) (*G.Node, error) { return build(in[0], in[1]) }, x, y)
			difftest.Gradient(t, b.SumAll(b.Square(b.Sin(n))), 1e-8, x)
		})
	}
}

// TestRandomGraphs holds gradients of random graphs, by all their inputs, against differences.
func TestRandomGraphs(t *testing.T) {
	graphs := 60
	if testing.Short() {
		graphs = 10
	}
	for seed := range graphs {
		r := difftest.NewRandom(t, uint64(1000+seed), 12)
		difftest.Gradient(t, r.Loss, 3e-8, r.Leaves...)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
