package tape_test

import (
	"fmt"
	"math"
	"sync"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/tape"
)

// inputs returns a (2, 3) matrix, a (3, 2) matrix and a scalar, all positive.
func inputs(b *nodetest.Builder) (x, y, s *G.Node) {
	x = b.Leaf("x", []float64{0.5, 1.25, 0.75, 2, 1.5, 0.3}, 2, 3)
	y = b.Leaf("y", []float64{1.1, 0.4, 0.9, 1.7, 0.6, 1.3}, 3, 2)
	s = b.Scalar("s", 1.4)
	return x, y, s
}

// graphs returns graphs of gorgonia's operations and of internal/expr's.
func graphs() map[string]func(b *nodetest.Builder) (G.Nodes, error) {
	one := func(n *G.Node, err error) (G.Nodes, error) { return G.Nodes{n}, err }
	return map[string]func(b *nodetest.Builder) (G.Nodes, error){
		"elementwise": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, s := inputs(b)
			n := G.Must(G.HadamardProd(G.Must(G.Exp(x)), G.Must(G.Add(s, G.Must(G.Log(x))))))
			return G.Nodes{n, G.Must(G.Tanh(n)), G.Must(G.Sigmoid(n)), G.Must(G.Sqrt(x)), G.Must(G.Neg(x)), G.Must(G.Cube(x))}, nil
		},
		"sums": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, _ := inputs(b)
			return G.Nodes{G.Must(G.Sum(x)), G.Must(G.Sum(x, 0)), G.Must(G.Sum(x, 1)), G.Must(G.Mean(x))}, nil
		},
		"matrix product": func(b *nodetest.Builder) (G.Nodes, error) {
			x, y, _ := inputs(b)
			n := G.Must(G.Mul(x, y))
			return G.Nodes{n, G.Must(G.Sum(G.Must(G.Square(n))))}, nil
		},
		"slice": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, _ := inputs(b)
			return one(G.Square(G.Must(G.Slice(x, G.S(1)))))
		},
		"slice of a column": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, _ := inputs(b)
			return one(G.Exp(G.Must(G.Slice(x, nil, G.S(1)))))
		},
		"transpose": func(b *nodetest.Builder) (G.Nodes, error) {
			x, y, _ := inputs(b)
			return one(G.HadamardProd(y, G.Must(G.Transpose(x, 1, 0))))
		},
		"concat": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, _ := inputs(b)
			return one(G.Square(G.Must(G.Concat(0, x, x))))
		},
		"reshape": func(b *nodetest.Builder) (G.Nodes, error) {
			x, y, _ := inputs(b)
			return one(G.Add(y, G.Must(G.Reshape(x, tensor.Shape{3, 2}))))
		},
		"rules and built-ins": func(b *nodetest.Builder) (G.Nodes, error) {
			x, _, s := inputs(b)
			n := b.SinRatio(b.Scale(0.2, b.Mul(x, s)), b.Const(4))
			m := G.Must(G.Sum(G.Must(G.Square(b.Where(b.Less(n, b.Const(2)), n, b.Neg(x)))), 1))
			return G.Nodes{m, b.SumAll(b.BroadcastTo(m, []int{3, 2}))}, b.Err()
		},
		"a gradient": func(b *nodetest.Builder) (G.Nodes, error) {
			x, y, s := inputs(b)
			loss := b.SumAll(b.Square(b.Mul(b.Sin(G.Must(G.Mul(x, y))), s)))
			return nodetest.Gradient(loss, x, y, s)
		},
	}
}

// TestAgainstTapeMachine compares the tape with gorgonia's machine. Each has a graph of its own,
// since gorgonia's may work in place.
func TestAgainstTapeMachine(t *testing.T) {
	for name, build := range graphs() {
		t.Run(name, func(t *testing.T) {
			b := nodetest.On(G.NewGraph())
			roots, err := build(b)
			if err != nil {
				t.Fatal(err)
			}
			got := onTape(t, roots...)

			b = nodetest.On(G.NewGraph())
			if roots, err = build(b); err != nil {
				t.Fatal(err)
			}
			// Read into copies: gorgonia reuses the memory of a node.
			values := make([]G.Value, len(roots))
			for i, r := range roots {
				G.Read(r, &values[i])
			}
			vm := G.NewTapeMachine(b.Graph())
			if err := vm.RunAll(); err != nil {
				t.Fatal(err)
			}
			if err := vm.Close(); err != nil {
				t.Fatal(err)
			}
			for i := range roots {
				if err := agree(got[i], numbers(t, values[i]), 1e-14); err != nil {
					t.Errorf("root %d: %v", i, err)
				}
			}
		})
	}
}

// TestNeverInPlace: a run leaves the inputs as they were, and every node has the value that a tape
// for it alone computes.
func TestNeverInPlace(t *testing.T) {
	for name, build := range graphs() {
		t.Run(name, func(t *testing.T) {
			b := nodetest.On(G.NewGraph())
			roots, err := build(b)
			if err != nil {
				t.Fatal(err)
			}
			sorted, err := expr.Sort(nodetest.Expressions(roots...)...)
			if err != nil {
				t.Fatal(err)
			}
			var leaves [][]float64
			for _, n := range sorted.Nodes {
				if n.IsInput() {
					leaves = append(leaves, numbers(t, node.Of(n).Value()))
				}
			}
			tp := newTape(t, roots...)
			for range 2 {
				if err := tp.RunAll(); err != nil {
					t.Fatal(err)
				}
			}
			for i, n := range sorted.Nodes {
				if err := agree(numbers(t, value(t, tp, n)), onTape(t, n)[0], 0); err != nil {
					t.Errorf("node %d, %v: %v", i, n.Operation(), err)
				}
				if n.IsInput() {
					if err := agree(numbers(t, node.Of(n).Value()), leaves[0], 0); err != nil {
						t.Errorf("input %s was overwritten: %v", n.Name(), err)
					}
					leaves = leaves[1:]
				}
			}
		})
	}
}

// TestViews: values follow the inputs from run to run, and a value that was read is a view of the
// latest run.
func TestViews(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Scalar("x", 3)
	y, z := b.Square(x), b.Leaf("z", []float64{1, 2}, 2)
	n := b.Mul(y, z)
	tp := newTape(t, n)
	if _, err := tp.Value(nodetest.Expressions(n)[0]); err == nil {
		t.Error("a value before the first run")
	}
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	view := value(t, tp, n)
	let(t, x, G.NewF64(5))
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	for _, v := range []G.Value{view, value(t, tp, n)} {
		if err := agree(numbers(t, v), []float64{25, 50}, 0); err != nil {
			t.Error(err)
		}
	}
	if err := agree(numbers(t, value(t, tp, y)), []float64{25}, 0); err != nil {
		t.Error(err)
	}
	if got := tp.Bytes(); got != 8+16 { // y and n; not the inputs
		t.Errorf("Bytes is %d", got)
	}
	other := b.Neg(x)
	_, err := tp.Value(nodetest.Expressions(other)[0])
	wantError(t, err, "tape: a scalar negative", "not needed by the roots")

	tp.Reset()
	_, err = tp.Value(nodetest.Expressions(n)[0])
	wantError(t, err, "no value before a successful run")
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = tp.Value(nodetest.Expressions(n)[0])
	wantError(t, err, "no value before a successful run")
	if err := tp.RunAll(); err != nil { // closed, not dead
		t.Fatal(err)
	}
	if err := agree(numbers(t, value(t, tp, n)), []float64{25, 50}, 0); err != nil {
		t.Error(err)
	}
}

func let(t testing.TB, n *G.Node, v G.Value) {
	t.Helper()
	if err := G.Let(n, v); err != nil {
		t.Fatal(err)
	}
}

// TestLeaves runs inputs and constants with and without a value, and numbers that gorgonia draws.
func TestLeaves(t *testing.T) {
	g := G.NewGraph()
	b := nodetest.On(g)
	empty := G.NewScalar(g, G.Float64, G.WithName("empty"))
	tp := newTape(t, b.Square(empty))
	wantError(t, tp.RunAll(), `tape: input "empty" has no value`)
	let(t, empty, G.NewF64(4))
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}

	x := b.Leaf("x", []float64{1, 2, 3}, 3)
	n := b.Square(x)
	tp = newTape(t, n)
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	// A user's own solver may set a value of any shape.
	if err := G.Let(x, tensor.New(tensor.WithShape(4), tensor.WithBacking([]float64{1, 2, 3, 4}))); err == nil {
		wantError(t, tp.RunAll(), `tape: value of "x" has shape (4), the node (3)`)
		_, err := tp.Value(nodetest.Expressions(n)[0])
		wantError(t, err, "no value before a successful run")
	}

	single := G.NewVector(g, G.Float32, G.WithName("single"), G.WithShape(2), G.WithValue(tensor.New(tensor.WithBacking([]float32{1, 2}))))
	squared := G.Must(G.Square(single)) // computed by gorgonia
	tp = newTape(t, squared)
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := value(t, tp, squared).Data().([]float32); got[0] != 1 || got[1] != 4 {
		t.Errorf("float32 squares are %v", got)
	}
	if got := single.Value().Data().([]float32); got[1] != 2 {
		t.Errorf("the float32 input was overwritten: %v", got)
	}
	unset := G.NewVector(g, G.Float32, G.WithName("unset"), G.WithShape(2))
	wantError(t, newTape(t, G.Must(G.Square(unset))).RunAll(), `tape: input "unset" has no value`)

	noise := G.UniformRandomNode(g, tensor.Float64, 1, 2, 2, 3)
	tp = newTape(t, noise, b.Square(noise))
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	drawn := numbers(t, value(t, tp, noise))
	squares := numbers(t, value(t, tp, b.Square(noise)))
	for i, v := range drawn {
		if !(v >= 1 && v <= 2) || squares[i] != v*v {
			t.Errorf("drawn %g, its square %g", v, squares[i])
		}
	}
}

// TestForeign: errors and panics of operations without a rule become errors, and an operation that
// works in place gets a copy of its operand.
func TestForeign(t *testing.T) {
	for _, tt := range []struct {
		name  string
		do    func(in G.Value) (G.Value, error)
		parts []string
	}{
		{"fails", func(G.Value) (G.Value, error) { return nil, errForeign }, []string{"tape: the result of fails of shape (2, 3)", errForeign.Error()}},
		{"falls over", func(G.Value) (G.Value, error) { panic("oh no") }, []string{"tape: the result of falls over of shape (2, 3)", "oh no"}},
		{"nothing", func(G.Value) (G.Value, error) { return nil, nil }, []string{"tape: the result of nothing of shape (2, 3)"}},
		{"shrinks", func(G.Value) (G.Value, error) { return G.NewF64(1), nil }, []string{"tape: the result of shrinks of shape (2, 3)", "1 numbers for shape (2, 3)"}},
		{"integers", func(G.Value) (G.Value, error) {
			return tensor.New(tensor.WithShape(2, 3), tensor.WithBacking(make([]int, 6))), nil
		}, []string{"tape: the result of integers of shape (2, 3)", "int"}},
	} {
		b := nodetest.On(G.NewGraph())
		x, _, _ := inputs(b)
		n, err := G.ApplyOp(nodetest.Foreign{Name: tt.name, Compute: tt.do}, x)
		if err != nil {
			t.Fatal(err)
		}
		tp := newTape(t, b.Square(n))
		wantError(t, tp.RunAll(), tt.parts...)
		if _, err := tp.Value(nodetest.Expressions(n)[0]); err == nil {
			t.Errorf("%s: a value after a failed run", tt.name)
		}
	}

	b := nodetest.On(G.NewGraph())
	x, _, s := inputs(b)
	for _, operand := range []*G.Node{x, b.Mul(x, s), G.Must(G.Mul(x, b.Leaf("eye", []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3)))} {
		before := onTape(t, operand)[0]
		n, err := G.ApplyOp(overwriter(), operand)
		if err != nil {
			t.Fatal(err)
		}
		after := b.Neg(operand)
		tp := newTape(t, n, after)
		for range 2 {
			if err := tp.RunAll(); err != nil {
				t.Fatal(err)
			}
		}
		if err := agree(numbers(t, value(t, tp, operand)), before, 0); err != nil {
			t.Errorf("operand %v of an operation in place: %v", operand.Op(), err)
		}
		tripled := make([]float64, len(before))
		for i := range before {
			tripled[i] = 3 * before[i]
		}
		if err := agree(numbers(t, value(t, tp, n)), tripled, 0); err != nil {
			t.Errorf("in place on %v: %v", operand.Op(), err)
		}
	}
}

// TestRulePanics: a panic of a rule becomes an error that names the rule and the value.
func TestRulePanics(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Scalar("x", 1)
	n := b.Apply(nodetest.Panics(2), x)
	tp := newTape(t, n)
	if err := tp.RunAll(); err != nil {
		t.Fatal(err)
	}
	let(t, x, G.NewF64(3))
	wantError(t, tp.RunAll(), "tape: a scalar result of panics above 2", "3 is too much")
	if _, err := tp.Value(nodetest.Expressions(n)[0]); err == nil {
		t.Error("a value after a failed run")
	}
	let(t, x, G.NewF64(2))
	if err := tp.RunAll(); err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := tape.New(nil)
	wantError(t, err, "nil node")
	g := G.NewGraph()
	five := G.NewTensor(g, G.Float64, 5, G.WithShape(1, 1, 1, 1, 1), G.WithName("five axes"))
	_, err = node.Read(five)
	wantError(t, err, "node: five axes", "more than 4 axes")
}

// TestConcurrent runs tapes of one graph at once.
func TestConcurrent(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y, s := inputs(b)
	loss := b.SumAll(b.Square(b.Mul(b.Sin(G.Must(G.Mul(x, y))), s)))
	grads, err := nodetest.Gradient(loss, x, s)
	if err != nil {
		t.Fatal(err)
	}
	roots := append(G.Nodes{loss}, grads...)
	want := onTape(t, roots...)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			tp, err := tape.New(nodetest.Expressions(roots...)...)
			for range 50 {
				if err == nil {
					err = tp.RunAll()
				}
			}
			for i, r := range roots {
				if err == nil {
					var v G.Value
					if v, err = tp.Value(nodetest.Expressions(r)[0]); err == nil {
						var a expr.Array
						if a, err = node.ArrayOf(v); err == nil {
							err = agree(a.Data, want[i], 0)
						}
					}
				}
			}
			errs <- err
		}()
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestNaN: the tape hands on a NaN.
func TestNaN(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x := b.Scalar("x", -1)
	if got := onTape(t, b.Sqrt(x))[0][0]; !math.IsNaN(got) {
		t.Error(fmt.Sprint("√−1 is ", got))
	}
}

// TestRunPart: a part has the values of a whole run; what does not depend on its inputs is not computed again, and results
// can be changed on the way.
func TestRunPart(t *testing.T) {
	b := nodetest.On(G.NewGraph())
	x, y := b.Scalar("x", 0.5), b.Scalar("y", 2)
	side := b.Exp(y)
	root := b.Add(b.Sin(x), side)
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	nodes := nodetest.Expressions(x, y, side, root)
	tp := newTape(t, root)
	part := tp.Part(nodes[0])
	if got := tp.Nodes(part); len(got) != 3 || len(tp.All()) != 5 {
		t.Errorf("the part is %v, the whole has %d nodes", got, len(tp.All()))
	}
	run := func(blur func(*expr.Node, []float64)) float64 {
		t.Helper()
		if err := tp.RunPart(part, blur); err != nil {
			t.Fatal(err)
		}
		return numbers(t, value(t, tp, root))[0]
	}
	if got, want := run(nil), math.Sin(0.5)+math.Exp(2); got != want { // the first run is of all
		t.Errorf("got %v, want %v", got, want)
	}
	let := func(n *G.Node, v float64) {
		t.Helper()
		if err := G.Let(n, v); err != nil {
			t.Fatal(err)
		}
	}
	let(x, 0.75)
	let(y, 3)
	if got, want := run(nil), math.Sin(0.75)+math.Exp(2); got != want { // y is no part
		t.Errorf("got %v, want %v", got, want)
	}
	var seen []*expr.Node
	got := run(func(n *expr.Node, result []float64) {
		seen = append(seen, n)
		result[0]++
	})
	if want := math.Sin(0.75) + 1 + math.Exp(2) + 1; got != want || len(seen) != 2 {
		t.Errorf("got %v, want %v, from %v", got, want, seen)
	}
	tp.Reset()
	if got, want := run(nil), math.Sin(0.75)+math.Exp(3); got != want {
		t.Errorf("after Reset: got %v, want %v", got, want)
	}
}
