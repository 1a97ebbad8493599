// Package difftest holds derivatives of graphs against differences of their values, on the tape. It is for the tests of
// the packages that gradcheck, which users have, is built on.
package difftest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/tape"
)

// Gradient checks the derivatives of a scalar by every element of some inputs against Richardson-extrapolated central
// differences, and the derivative along one direction of all of them, in forward mode, against the gradient, unless an
// operation has none. tol is relative to the largest derivative by the input, plus tol itself.
func Gradient(t testing.TB, loss *expr.Node, tol float64, by ...*expr.Node) {
	t.Helper()
	grads, err := autodiff.Gradient(loss, by...)
	if err != nil {
		t.Fatalf("gradient: %v", err)
	}
	nodes(t, loss, grads, tol, by)
	forward(t, loss, grads, by)
}

// Hessian checks the second derivatives of a scalar by scalar inputs against differences of the first, and Gradient.
func Hessian(t testing.TB, loss *expr.Node, tol float64, by ...*expr.Node) {
	t.Helper()
	Gradient(t, loss, tol, by...)
	grads, err := autodiff.Gradient(loss, by...)
	if err != nil {
		t.Fatalf("gradient: %v", err)
	}
	b := expr.On(loss.Graph())
	for i, g := range grads {
		g = b.SumAll(g)
		if b.Err() != nil {
			t.Fatal(b.Err())
		}
		second, err := autodiff.GradientOrZero(g, by...)
		if err != nil {
			t.Fatalf("second derivative, row %s: %v", by[i].Name(), err)
		}
		nodes(t, g, second, tol, by)
		forward(t, g, second, by)
	}
}

// forward moves all inputs along a direction at once.
func forward(t testing.TB, loss *expr.Node, grads, by []*expr.Node) {
	t.Helper()
	b := expr.On(loss.Graph())
	along := b.Scalar("along", 0)
	directions := make([]*expr.Node, len(by))
	for k, n := range by {
		data := make([]float64, n.Size())
		for i := range data {
			data[i] = math.Cos(float64(7*i + 3*k + 1))
		}
		directions[k] = b.Leaf(fmt.Sprintf("direction %d", k), data, n.Shape()...)
	}
	moved, err := expr.Rewrite([]*expr.Node{loss}, func(n *expr.Node, _ []*expr.Node) (*expr.Node, error) {
		if k := slices.Index(by, n); k >= 0 {
			return b.Add(n, b.Mul(along, directions[k])), b.Err()
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tangents, err := autodiff.Tangents([]*expr.Node{moved[loss]}, along)
	if errors.Is(err, autodiff.ErrNoTangent) {
		return
	}
	if err != nil {
		t.Fatalf("forward mode: %v", err)
	}
	got := 0.0
	if tangents[0] != nil {
		got = Values(t, tangents[0])[0]
	}
	want, size := 0.0, 0.0
	for k, g := range Evaluate(t, grads...) {
		for i, v := range g {
			term := v * math.Cos(float64(7*i+3*k+1))
			want += term
			size += math.Abs(term)
		}
	}
	if !(math.Abs(got-want) <= 1e-12*(1+size)) {
		t.Errorf("derivative of %s along a direction: forward mode gives %.15g, reverse mode %.15g", loss.Name(), got, want)
	}
}

func nodes(t testing.TB, loss *expr.Node, grads []*expr.Node, tol float64, by []*expr.Node) {
	t.Helper()
	all, err := tape.New(append([]*expr.Node{loss}, grads...)...)
	if err != nil {
		t.Fatal(err)
	}
	only, err := tape.New(loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := all.RunAll(); err != nil {
		t.Fatal(err)
	}
	for k, n := range by {
		if !n.IsInput() {
			t.Fatalf("%s is not an input", n.Name())
		}
		got := numbers(t, all, grads[k])
		want := make([]float64, len(got))
		largest := 0.0
		for i := range got {
			want[i] = difference(t, only, loss, n, i)
			largest = max(largest, math.Abs(want[i]))
		}
		for i := range got {
			if !(math.Abs(got[i]-want[i]) <= tol*(1+largest)) {
				t.Errorf("derivative of %s by %s[%d]: got %.15g, differences give %.15g (tolerance %g)", loss.Name(), n.Name(), i, got[i], want[i], tol*(1+largest))
			}
		}
	}
}

// difference moves one element of an input.
func difference(t testing.TB, only *tape.Tape, loss, n *expr.Node, i int) float64 {
	t.Helper()
	a, err := n.Array()
	if err != nil {
		t.Fatal(err)
	}
	moved := append([]float64(nil), a.Data...)
	back, err := n.Leaf().Lend(moved)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := back(); err != nil {
			t.Fatal(err)
		}
	}()
	at := func(step float64) float64 {
		moved[i] = a.Data[i] + step
		if err := only.RunAll(); err != nil {
			t.Fatal(err)
		}
		return numbers(t, only, loss)[0]
	}
	// Three steps, extrapolated twice: the error falls with the sixth power of the step.
	h := 2e-3 * (1 + math.Abs(a.Data[i]))
	var d [3]float64
	for k := range d {
		d[k] = (at(h) - at(-h)) / (2 * h)
		h /= 2
	}
	d[0], d[1] = (4*d[1]-d[0])/3, (4*d[2]-d[1])/3
	return (16*d[1] - d[0]) / 15
}

func numbers(t testing.TB, tp *tape.Tape, n *expr.Node) []float64 {
	t.Helper()
	v, err := tp.Value(n)
	if err != nil {
		t.Fatal(err)
	}
	a, err := node.ArrayOf(v)
	if err != nil {
		t.Fatal(err)
	}
	return append([]float64(nil), a.Data...)
}

// Nodes are the derivatives of a scalar by nodes, as nodes.
func Nodes(t testing.TB, of *expr.Node, by ...*expr.Node) []*expr.Node {
	t.Helper()
	grads, err := autodiff.Gradient(of, by...)
	if err != nil {
		t.Fatalf("gradient: %v", err)
	}
	return grads
}

// Values computes scalar nodes on the tape.
func Values(t testing.TB, of ...*expr.Node) []float64 {
	t.Helper()
	out := make([]float64, len(of))
	for i, v := range Evaluate(t, of...) {
		out[i] = v[0]
	}
	return out
}
