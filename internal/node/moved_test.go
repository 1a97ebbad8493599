package node_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/difftest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

// mover is a use of gorgonia's operations that move elements, on inputs of some shapes.
type mover struct {
	name  string
	in    []tensor.Shape
	build func(in G.Nodes, index func(list ...int) *G.Node) (G.Nodes, error)
}

// one is a mover of one operand and one result.
func one(name string, shape tensor.Shape, build func(x *G.Node, index func(list ...int) *G.Node) (*G.Node, error)) mover {
	return mover{name, []tensor.Shape{shape}, func(in G.Nodes, index func(list ...int) *G.Node) (G.Nodes, error) {
		n, err := build(in[0], index)
		return G.Nodes{n}, err
	}}
}

func movers() (list []mover) {
	add := func(m mover) { list = append(list, m) }
	shapes := []tensor.Shape{{5}, {1}, {4, 3}, {1, 4}, {4, 1}, {2, 3, 4}, {3, 1, 2}, {2, 3, 1, 4}}
	for _, shape := range shapes {
		for axis, n := range shape {
			for _, s := range [][3]int{{0, n, 1}, {0, 1, 1}, {n - 1, n, 0}, {1, n, 1}, {0, n - 1, 1}, {0, 4, 2}, {1, n, 2}, {0, n + 7, 1}, {0, n, -1}, {n - 1, n, 9}} {
				slice := make([]tensor.Slice, axis+1)
				slice[axis] = G.S(s[0], s[1], s[2])
				add(one(fmt.Sprintf("slice %v along %d by %v", shape, axis, s), shape, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) {
					return G.Slice(x, slice...)
				}))
			}
			if n > 1 {
				add(one(fmt.Sprintf("by indices %v along %d", shape, axis), shape, func(x *G.Node, index func(...int) *G.Node) (*G.Node, error) {
					return G.ByIndices(x, index(n-1, 0, n-1, n/2, n-1), axis)
				}))
			}
			add(mover{fmt.Sprintf("concat %v along %d", shape, axis), []tensor.Shape{shape, shape}, func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
				n, err := G.Concat(axis, in[0], in[1], in[0])
				return G.Nodes{n}, err
			}})
			if n%2 == 0 {
				add(mover{fmt.Sprintf("unconcat %v along %d", shape, axis), []tensor.Shape{shape}, func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
					return G.Unconcat(in[0], axis, 2)
				}})
			}
		}
		last := make([]int, len(shape))
		for a, n := range shape {
			last[a] = n - 1 - a%min(n, 2)
		}
		add(one(fmt.Sprintf("at %v", shape), shape, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.At(x, last...) }))
		add(one(fmt.Sprintf("ravel %v", shape), shape, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.Ravel(x) }))
		if shape.TotalSize() > 1 {
			add(one(fmt.Sprintf("diag flat %v", shape), shape, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.DiagFlat(x) }))
		}
		for _, p := range permutations(len(shape)) {
			add(one(fmt.Sprintf("transpose %v by %v", shape, p), shape, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.Transpose(x, p...) }))
		}
	}
	all := func(axis int) tensor.Slice { return nil }
	add(one("slices along three axes", tensor.Shape{3, 4, 5}, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) {
		return G.Slice(x, G.S(1), all(1), G.S(1, 5, 2))
	}))
	add(one("an element by slices", tensor.Shape{3, 4}, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.Slice(x, G.S(2), G.S(1)) }))
	add(one("upsample", tensor.Shape{1, 2, 3, 2}, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.Upsample2D(x, 3) }))
	add(one("upsample by 1", tensor.Shape{2, 1, 3, 2}, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) { return G.Upsample2D(x, 1) }))
	add(one("keep dims", tensor.Shape{3, 4}, func(x *G.Node, _ func(...int) *G.Node) (*G.Node, error) {
		return G.KeepDims(x, true, func(x *G.Node) (*G.Node, error) { return G.Sum(x, 0) })
	}))
	for _, s := range [][2]tensor.Shape{{{3}, {3}}, {{3}, {2}}, {{1}, {4}}, {{4}, {1}}} {
		add(mover{fmt.Sprintf("outer product %v", s), s[:], func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
			n, err := G.OuterProd(in[0], in[1])
			return G.Nodes{n}, err
		}})
	}
	for _, b := range []struct {
		x, y        tensor.Shape
		left, right []byte
	}{
		{tensor.Shape{3}, tensor.Shape{2, 3}, []byte{0}, nil}, {tensor.Shape{3, 2}, tensor.Shape{3}, nil, []byte{1}},
		{tensor.Shape{2, 1}, tensor.Shape{2, 3}, []byte{1}, nil}, {tensor.Shape{2, 3}, tensor.Shape{1, 3}, nil, []byte{0}},
		{tensor.Shape{}, tensor.Shape{2, 3}, []byte{0, 1}, nil}, {tensor.Shape{1}, tensor.Shape{2, 3}, []byte{0, 1}, nil},
		{tensor.Shape{1, 3, 1}, tensor.Shape{2, 3, 2}, []byte{0, 2}, nil}, {tensor.Shape{2, 1}, tensor.Shape{1, 3}, []byte{1}, []byte{0}},
		{tensor.Shape{2, 1, 4, 1}, tensor.Shape{2, 3, 4, 2}, []byte{1, 3}, nil},
	} {
		for name, f := range map[string]func(a, b *G.Node, l, r []byte) (*G.Node, error){"add": G.BroadcastAdd, "sub": G.BroadcastSub,
			"mul": G.BroadcastHadamardProd, "div": G.BroadcastHadamardDiv, "pow": G.BroadcastPow} {
			add(mover{fmt.Sprintf("broadcast %s %v %v", name, b.x, b.y), []tensor.Shape{b.x, b.y}, func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
				n, err := f(in[0], in[1], b.left, b.right)
				return G.Nodes{n}, err
			}})
		}
	}
	add(mover{"auto", []tensor.Shape{{2, 1, 3}, {2, 4, 3}}, func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
		n, err := G.Auto(G.BroadcastHadamardProd, in[0], in[1])
		return G.Nodes{n}, err
	}})
	add(mover{"repeated elements", []tensor.Shape{{2, 3, 2}, {4, 4, 2}}, func(in G.Nodes, _ func(...int) *G.Node) (G.Nodes, error) {
		x, _, err := G.Broadcast(in[0], in[1], G.NewBroadcastPattern([]byte{1}, nil)) // gorgonia repeats an axis that is longer than 1
		return G.Nodes{x}, err
	}})
	return list
}

// permutations are those of n axes.
func permutations(n int) (list [][]int) {
	if n == 1 {
		return [][]int{{0}}
	}
	for _, p := range permutations(n - 1) {
		for at := range n {
			list = append(list, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return list
}

// doing is what gorgonia's own Do gives.
func doing(t *testing.T, n *G.Node) G.Value {
	t.Helper()
	if n.Op() == nil || n.Value() != nil {
		v, err := G.CloneValue(n.Value())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var in []G.Value
	for _, c := range node.Children(n) {
		in = append(in, doing(t, c))
	}
	v, err := n.Op().Do(in...)
	if err != nil {
		t.Fatalf("%v: %v", n.Op(), err)
	}
	return v
}

// try returns gorgonia's panics, with which it refuses some slices, as errors.
func try(f func() (G.Nodes, error)) (n G.Nodes, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// TestMoved holds the operations that move elements against gorgonia's Do, bit for bit, and their first and second
// derivatives against differences. What gorgonia refuses or does not compute as it infers it is refused.
func TestMoved(t *testing.T) {
	built, refused := 0, 0
	for _, m := range movers() {
		b := nodetest.On(G.NewGraph())
		var in G.Nodes
		for k, s := range m.in {
			in = append(in, leaf(b, strings.Repeat("x", k+1), 0.5, 2, s...))
		}
		if x, err := node.ArrayOf(in[0].Value()); err != nil {
			t.Fatal(err)
		} else if len(in[0].Shape()) > 0 {
			x.Data[0] = math.Copysign(0, -1)
		}
		index := func(list ...int) *G.Node {
			v := tensor.New(tensor.WithShape(len(list)), tensor.WithBacking(list))
			return G.NewTensor(b.Graph(), tensor.Int, 1, G.WithShape(len(list)), G.WithName("index"), G.WithValue(v))
		}
		nodes, err := try(func() (G.Nodes, error) { return m.build(in, index) })
		if err != nil {
			continue // gorgonia does not make it
		}
		list, err := node.Read(nodes...)
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), "T[") && !strings.Contains(err.Error(), "ByIndices") || !strings.HasPrefix(err.Error(), "node: ") {
				t.Errorf("%s is refused: %v", m.name, err)
			}
			continue
		}
		built++
		values, err := tape.Values(list...)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		for k, n := range nodes {
			want, err := node.ArrayOf(doing(t, n))
			if err != nil {
				t.Fatal(err)
			}
			same := slices.EqualFunc(values[k], want.Data, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
			if !same || len(values[k]) != n.Shape().TotalSize() {
				t.Errorf("%s: %v, gorgonia computes %v", m.name, values[k], want.Data)
			}
		}
		if x, err := node.ArrayOf(in[0].Value()); err == nil && len(in[0].Shape()) > 0 {
			x.Data[0] = 0.7
		}
		bb := b.Expr()
		for k, e := range list {
			list[k] = bb.Mul(bb.Square(e), bb.Exp(bb.Scale(0.3, e)))
		}
		loss := difftest.Weighed(t, list...)
		var by []*expr.Node
		for _, x := range nodetest.Read(t, in...) {
			s, err := expr.Sort(loss)
			if err != nil {
				t.Fatal(err)
			}
			if s.Has(x) {
				by = append(by, x)
			}
		}
		t.Run(m.name, func(t *testing.T) { difftest.Hessian(t, loss, 1e-8, by...) })
	}
	t.Logf("%d built, %d refused", built, refused)
	if built < 250 || refused == 0 || refused > 20 {
		t.Errorf("%d uses are read, %d refused", built, refused)
	}
}

// TestMovedRefused: what gorgonia gets wrong or panics at is an error that names the operation.
func TestMovedRefused(t *testing.T) {
	index := func(g *G.ExprGraph, list ...int) *G.Node {
		v := tensor.New(tensor.WithShape(len(list)), tensor.WithBacking(list))
		return G.NewTensor(g, tensor.Int, 1, G.WithShape(len(list)), G.WithName("index"), G.WithValue(v))
	}
	for _, tt := range []struct {
		name  string
		build func(b *nodetest.Builder) *G.Node
		want  []string
	}{
		{"a step that does not divide an inner axis", func(b *nodetest.Builder) *G.Node {
			return G.Must(G.Slice(leaf(b, "x", 0, 1, 3, 5), nil, G.S(0, 5, 2)))
		}, []string{"node: T[:, 0:5:2...]", "step 2 does not divide elements 0 to 5; end at 4"}},
		{"at, negative", func(b *nodetest.Builder) *G.Node { return G.Must(G.At(leaf(b, "x", 0, 1, 4), -1)) }, []string{"node: At([-1])", "element -1 of an axis of 4"}},
		{"at, beyond", func(b *nodetest.Builder) *G.Node { return G.Must(G.At(leaf(b, "x", 0, 1, 3, 4), 1, 4)) }, []string{"node: At([1 4])", "element 4 of an axis of 4"}},
		{"at, too few", func(b *nodetest.Builder) *G.Node { return G.Must(G.At(leaf(b, "x", 0, 1, 3, 4), 1)) }, []string{"node: At([1])", "1 coordinates in shape (3, 4)"}},
		{"concat along -1", func(b *nodetest.Builder) *G.Node {
			x := leaf(b, "x", 0, 1, 3, 4)
			return G.Must(G.Concat(-1, x, x))
		}, []string{"node: Concat(axis=-1)", "along axis -1 of 2"}},
		{"by indices along a middle axis", func(b *nodetest.Builder) *G.Node {
			return G.Must(G.ByIndices(leaf(b, "x", 0, 1, 2, 3, 4), index(b.Graph(), 1, 0), 1))
		}, []string{"node: ByIndicesOp{axis=1}", "gorgonia reads the wrong elements along axis 1", "transpose"}},
		{"by an index beyond", func(b *nodetest.Builder) *G.Node {
			return G.Must(G.ByIndices(leaf(b, "x", 0, 1, 5), index(b.Graph(), 1, 5), 0))
		}, []string{"selection by indices", "index 5, at 1 of the list, is not one of the 5 elements"}},
		{"by a negative index", func(b *nodetest.Builder) *G.Node {
			return G.Must(G.ByIndices(leaf(b, "x", 0, 1, 5), index(b.Graph(), -1, 2), 0))
		}, []string{"selection by indices", "index -1, at 0 of the list"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := tt.build(nodetest.On(G.NewGraph()))
			list, err := node.Read(n)
			if err == nil {
				_, err = tape.Values(list...)
			}
			difftest.WantError(t, err, tt.want...)
		})
	}
}

// TestDoRefuses: gorgonia's own machines get an error too, not a panic.
func TestDoRefuses(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, index := leaf(b, "x", 0, 1, 4), b.Leaf("index", []float64{2, 4}, 2)
	n := b.Take(x, index, 0)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	_, err := n.Op().Do(x.Value(), index.Value())
	difftest.WantError(t, err, "take", "index 4, at 1 of the list")
}

// TestIndicesChange: indices are read at each run, and there is no derivative by them.
func TestIndicesChange(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := leaf(b, "x", 0.5, 2, 5)
	index := G.NewTensor(b.Graph(), tensor.Int, 1, G.WithShape(2), G.WithName("index"), G.WithValue(tensor.New(tensor.WithShape(2), tensor.WithBacking([]int{4, 4}))))
	taken := nodetest.Read(t, G.Must(G.ByIndices(x, index, 0)))[0]
	data, err := node.ArrayOf(x.Value())
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]int{{4, 4}, {0, 3}} {
		if err := G.Let(index, tensor.New(tensor.WithShape(2), tensor.WithBacking(list))); err != nil {
			t.Fatal(err)
		}
		if got := difftest.Evaluate(t, taken)[0]; got[0] != data.Data[list[0]] || got[1] != data.Data[list[1]] {
			t.Errorf("elements %v are %v of %v", list, got, data.Data)
		}
	}
	_, err = autodiff.Gradient(b.Expr().SumAll(taken), nodetest.Read(t, index)...)
	difftest.WantError(t, err, "by index is zero almost everywhere")
}
