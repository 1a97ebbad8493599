package cpu_test

import (
	"math"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
	"github.com/gobragg/gobragg/internal/plan"
	"github.com/gobragg/gobragg/internal/tape"
)

// TestRuns: values of the runs, sums over them and what depends on those, pixels in their runs and sums over each run, with
// derivatives, are those of the tape, whether the values of the runs are computed by a program of their own or on
// whole arrays.
func TestRuns(t *testing.T) {
	const runs, pixels = 45, 1000
	b := node.On(G.NewGraph())
	data := func(n int, phase float64) []float64 {
		list := make([]float64, n)
		for i := range list {
			list[i] = 1 + 0.5*math.Sin(phase+float64(7*i))
		}
		return list
	}
	numbers := make([]float64, pixels)
	for i := range numbers {
		numbers[i] = math.Floor(math.Sqrt(float64(2 * i))) // 0, 1, 2, 2, 3, 3, … one more pixel each
	}
	scalar := b.Scalar("scalar", 0.7)
	ofRun := b.Leaf("of_run", data(2*runs, 1), 1, 2, 1, runs)
	x, number := b.Leaf("x", data(pixels, 2), 1, 1, 1, pixels), b.Leaf("number", numbers, pixels)
	in := b.In
	u := b.Mul(b.Square(in(ofRun)), in(scalar))
	v := b.Div(u, b.SumAll(u))        // a value of the runs that depends on a sum over them
	w := b.Mul(v, b.SumAll(b.Exp(v))) // and again
	pair := b.SumAxes(b.Exp(b.Neg(b.Mul(b.Square(in(x)), b.Take(w, in(number), expr.Pixel)))), expr.Source)
	ofEach := b.Put(b.Reshape(pair, tensor.Shape{1, 1, 1, pixels}), in(number), expr.Pixel, runs)
	total := b.SumAll(b.Mul(b.Square(ofEach), w))
	if b.Err() != nil {
		t.Fatal(b.Err())
	}
	roots := []*expr.Node{total, ofEach, w}
	for range 2 {
		grads, err := autodiff.Gradient(total, in(scalar), in(ofRun), in(x))
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, grads...)
		total = b.SumAll(b.Square(grads[1]))
		roots = append(roots, total)
	}
	want, err := tape.Values(roots...)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.NewInRuns(func(n *expr.Node) bool { return n == in(x) || n == in(number) }, pixels, in(number), roots...)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Inner()); n < 4 {
		t.Errorf("%d plans of the values of the runs, want one for each stage and each sum that they depend on", n)
	}
	program := compiletest.MustCompile(t, p)
	for name, engine := range map[string]plan.Engine{"program": program, "whole arrays": struct{ plan.Engine }{program}, "tape": tape.NewEngine(p, tape.Options{Batch: 64})} {
		one, err := compiletest.Run(p, engine, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiletest.Agree(one, want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		several, err := compiletest.Run(p, engine, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiletest.SameBits(several, one); err != nil {
			t.Errorf("%s, 3 workers: %v", name, err)
		}
	}
}
