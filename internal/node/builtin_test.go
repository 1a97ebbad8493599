package node_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// leaf fills an array with numbers between lo and hi.
func leaf(b *nodetest.Builder, name string, lo, hi float64, shape ...int) *G.Node {
	r := rand.New(rand.NewPCG(uint64(len(name)), 7))
	n := 1
	for _, s := range shape {
		n *= s
	}
	data := make([]float64, n)
	for i := range data {
		data[i] = lo + (hi-lo)*r.Float64()
	}
	if len(shape) == 0 {
		return b.Scalar(name, data[0])
	}
	return b.Leaf(name, data, shape...)
}

// builtin is a use of one of gorgonia's own operations.
type builtin struct {
	name  string
	build func(x, y, s *G.Node) (*G.Node, error) // x, y of shape (2, 3), s a scalar, all in (0.5, 2)
	// stepwise operations have no derivative.
	stepwise bool
}

func unaryBuiltin(name string, f func(*G.Node) (*G.Node, error)) builtin {
	return builtin{name: name, build: func(x, _, _ *G.Node) (*G.Node, error) { return f(x) }}
}

func stepwise(b builtin) builtin { b.stepwise = true; return b }

func builtins() []builtin {
	list := []builtin{
		unaryBuiltin("abs", G.Abs), stepwise(unaryBuiltin("sign", G.Sign)), stepwise(unaryBuiltin("ceil", G.Ceil)), stepwise(unaryBuiltin("floor", G.Floor)),
		unaryBuiltin("sin", G.Sin), unaryBuiltin("cos", G.Cos), unaryBuiltin("exp", G.Exp), unaryBuiltin("log", G.Log), unaryBuiltin("log2", G.Log2),
		unaryBuiltin("neg", G.Neg), unaryBuiltin("square", G.Square), unaryBuiltin("sqrt", G.Sqrt), unaryBuiltin("inverse", G.Inverse),
		unaryBuiltin("inverse sqrt", G.InverseSqrt), unaryBuiltin("cube", G.Cube), unaryBuiltin("tanh", G.Tanh), unaryBuiltin("sigmoid", G.Sigmoid),
		unaryBuiltin("log1p", G.Log1p), unaryBuiltin("expm1", G.Expm1), unaryBuiltin("softplus", G.Softplus),
		unaryBuiltin("sum of all", func(x *G.Node) (*G.Node, error) { return G.Sum(x) }),
		unaryBuiltin("sum along 0", func(x *G.Node) (*G.Node, error) { return G.Sum(x, 0) }),
		unaryBuiltin("sum along 1", func(x *G.Node) (*G.Node, error) { return G.Sum(x, 1) }),
		unaryBuiltin("mean", func(x *G.Node) (*G.Node, error) { return G.Mean(x) }),
		unaryBuiltin("reshape", func(x *G.Node) (*G.Node, error) { return G.Reshape(x, tensor.Shape{3, 2}) }),
	}
	list = append(list,
		builtin{name: "min", build: func(x, y, _ *G.Node) (*G.Node, error) { return G.MinBetween(x, y) }},
		builtin{name: "max", build: func(x, y, _ *G.Node) (*G.Node, error) { return G.MaxBetween(x, y) }})
	for name, f := range map[string]func(a, b *G.Node) (*G.Node, error){"add": G.Add, "sub": G.Sub, "mul": G.HadamardProd, "div": G.HadamardDiv, "pow": G.Pow} {
		list = append(list,
			builtin{name: name, build: func(x, y, _ *G.Node) (*G.Node, error) { return f(x, y) }},
			builtin{name: name + ", scalar left", build: func(x, _, s *G.Node) (*G.Node, error) { return f(s, x) }},
			builtin{name: name + ", scalar right", build: func(x, _, s *G.Node) (*G.Node, error) { return f(x, s) }})
	}
	for name, f := range map[string]func(a, b *G.Node, retSame bool) (*G.Node, error){"lt": G.Lt, "gt": G.Gt, "lte": G.Lte, "gte": G.Gte, "eq": G.Eq, "ne": G.Ne} {
		list = append(list, stepwise(builtin{name: name, build: func(x, y, _ *G.Node) (*G.Node, error) { return f(x, y, true) }}))
	}
	return list
}

// TestBuiltinsMean runs every built-in of gorgonia that is read as a rule through the rule and through gorgonia's own
// Do, and its derivative by the rule against differences: also of Log2 and InverseSqrt, which gorgonia has wrong.
func TestBuiltinsMean(t *testing.T) {
	for _, bi := range builtins() {
		t.Run(bi.name, func(t *testing.T) {
			b := nodetest.On(G.NewGraph())
			x, y, s := leaf(b, "x", 0.5, 2, 2, 3), leaf(b, "yy", 0.5, 2, 2, 3), leaf(b, "sss", 0.5, 2)
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			n, err := bi.build(x, y, s)
			if err != nil {
				t.Fatal(err)
			}
			r := b.In(n).Rule()
			if !r.Exists() {
				t.Fatalf("%v (%T) has no meaning", n.Op(), n.Op())
			}
			children := node.Children(n)
			var args []expr.Array
			var values []G.Value
			for _, c := range children {
				v := c.Value()
				if v == nil { // an inner node of Mean: a sum, then a count
					v = G.NewF64(sumOf(t, x))
					if len(values) == 1 {
						v = G.NewF64(6)
					}
				}
				a, err := node.ArrayOf(v)
				if err != nil {
					t.Fatal(err)
				}
				args, values = append(args, a), append(values, v)
			}
			d, err := expr.DimsOf(n.Shape())
			if err != nil {
				t.Fatal(err)
			}
			got := expr.Array{Dims: d, Data: make([]float64, d.Size())}
			r.Eval(got, args)
			v, err := n.Op().Do(cloned(t, values)...)
			if err != nil {
				t.Fatal(err)
			}
			want, err := node.ArrayOf(v)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got.Data {
				if math.Abs(got.Data[i]-want.Data[i]) > 1e-15*(1+math.Abs(want.Data[i])) {
					t.Errorf("element %d: rule %v, gorgonia %v", i, got.Data[i], want.Data[i])
				}
			}
			if bi.stepwise {
				if r.Smooth(0) {
					t.Error("has a derivative")
				}
				return
			}
			by := []*G.Node{}
			for _, c := range []*G.Node{x, y, s} {
				for _, k := range children {
					if k == c {
						by = append(by, c)
					}
				}
			}
			if len(by) == 0 {
				by = append(by, x)
			}
			difftest.Hessian(t, difftest.Weighed(t, b.In(b.Square(n))), 3e-8, nodetest.Read(t, by...)...)
		})
	}
}

func sumOf(t *testing.T, x *G.Node) (sum float64) {
	a, err := node.ArrayOf(x.Value())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range a.Data {
		sum += v
	}
	return sum
}

// cloned protects inputs: gorgonia's operations may work in place.
func cloned(t *testing.T, in []G.Value) []G.Value {
	out := make([]G.Value, len(in))
	for i, v := range in {
		var err error
		if out[i], err = G.CloneValue(v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestForeign: operations without a meaning are left to gorgonia.
func TestForeign(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := leaf(b, "x", 0.5, 2, 2, 3), leaf(b, "yy", 0.5, 2, 3, 2)
	for _, n := range []*G.Node{G.Must(G.Sparsemax(x)), G.Must(G.Gt(x, x, false))} {
		if r := b.In(n).Rule(); r.Exists() {
			t.Errorf("%v is read as %v", n.Op(), r)
		}
	}
	loss := G.Must(G.Sum(G.Must(G.Square(G.Must(G.Mul(x, y))))))
	difftest.Gradient(t, b.In(loss), 1e-8, nodetest.Read(t, x, y)...)
}

// TestManyNodes: different expressions are different nodes and equal ones the same, though gorgonia merges nodes by a
// 32-bit hash. Random expressions of few leaves are the hard case for it.
func TestManyNodes(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Scalar("x", 1)
	seen := map[*G.Node]string{}
	for i := range 1500 {
		a := b.Add(x, b.Const(float64(i)))
		for k, node := range []*G.Node{a, b.Mul(a, x), b.Mul(x, a), b.Square(a), b.Sub(x, a), b.Sin(a), b.Mul(a, a)} {
			if b.Err() != nil {
				t.Fatal(b.Err())
			}
			id := fmt.Sprintf("%d.%d", i, k)
			if old, ok := seen[node]; ok {
				t.Fatalf("%s is the node of %s", id, old)
			}
			seen[node] = id
		}
		if b.Add(x, b.Const(float64(i))) != a {
			t.Fatal("the same expression made another node")
		}
	}
}
