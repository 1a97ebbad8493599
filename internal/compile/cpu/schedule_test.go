package cpu_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/compile/compiletest"
	"github.com/gobragg/gobragg/internal/compile/cpu"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
)

// gradient returns the gradient of a loss.
func gradient(t *testing.T, loss *G.Node, by ...*G.Node) G.Nodes {
	t.Helper()
	g, err := nodetest.Gradient(loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestStages: each sum over the pixels on which pixels depend takes another sweep, and nodes that
// mix pixels are computed between sweeps. Losses, gradients and second derivatives agree with the
// tape.
func TestStages(t *testing.T) {
	mean := func(h *compiletest.Hand, image *G.Node) *G.Node { return h.Scale(1.0/33, h.SumAll(image)) }
	ok := func(t *testing.T, n *G.Node, err error) *G.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tt := range []struct {
		name           string
		loss           func(t *testing.T, h *compiletest.Hand) *G.Node
		sweeps, breaks int
	}{
		{"relative to the mean", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			return h.SumAll(h.Sin(h.Div(h.Image(), mean(h, h.Image()))))
		}, 2, 0},
		{"scaled to data by a ratio of sums", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			scale := h.Div(h.SumAll(h.Mul(h.Image(), h.X())), h.SumAll(h.Square(h.Image())))
			return h.SumAll(h.Square(h.Sub(h.Mul(scale, h.Image()), h.X())))
		}, 2, 0},
		{"two deep", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			once := h.Sin(h.Div(h.Image(), mean(h, h.Image())))
			return h.SumAll(h.Square(h.Div(once, mean(h, h.Exp(once)))))
		}, 3, 0},
		{"a sum by orientation, back into the sum over orientations", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			each := h.Exp(h.Mul(h.O(), h.Q()))
			total := h.SumTo(each, tensor.Shape{3, 1, 1, 1})
			return h.SumAll(h.Square(h.SumAxes(h.Div(each, total), expr.Orientation, expr.Point)))
		}, 2, 0},
		{"a matrix product", func(t *testing.T, h *compiletest.Hand) *G.Node {
			m := h.Leaf("matrix", []float64{1, 2, -1, 0.5, 3, 2, -2, 1, 1}, 3, 3)
			image := h.Reshape(h.Image(), tensor.Shape{3, 11})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			product, err := G.Mul(m, image)
			return h.SumAll(h.Square(ok(t, product, err)))
		}, 1, 1},
		{"the image by its transpose, and by itself", func(t *testing.T, h *compiletest.Hand) *G.Node {
			image := h.Reshape(h.Image(), tensor.Shape{3, 11})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			turned, err := G.Transpose(image)
			back := h.Reshape(ok(t, turned, err), tensor.Shape{33})
			return h.SumAll(h.Mul(h.Exp(back), h.Reshape(h.Image(), tensor.Shape{33})))
		}, 2, 1},
		{"an axis of two lengths", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			five := h.Leaf("five", []float64{1, 2, 3, 4, 5}, 5, 1, 1, 1)
			each := h.Exp(h.Mul(h.O(), h.Q()))
			return h.SumAll(h.Mul(h.SumAxes(h.Mul(five, h.X()), expr.Orientation), h.SumAxes(each, expr.Orientation, expr.Point)))
		}, 1, 0},
		{"an axis of three lengths, outside and inside of others", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			five := h.Leaf("five", []float64{1, 2, 3, 4, 5}, 1, 1, 5, 1)
			two := h.Leaf("two", []float64{-1, 2}, 1, 1, 2, 1)
			each := h.SumAxes(h.Exp(h.Mul(h.Add(h.O(), h.S()), h.Q())), expr.Orientation)
			other := h.SumAxes(h.Sin(h.Mul(h.Mul(five, h.X()), h.O())), expr.Orientation)
			third := h.SumAxes(h.Mul(two, h.Add(h.X(), h.S())), expr.Source)
			return h.SumAll(h.Mul(h.SumAxes(each, expr.Source, expr.Point), h.Add(h.SumAxes(other, expr.Point), h.SumAxes(third, expr.Point))))
		}, 1, 0},
		{"steps that move to another axis", func(_ *testing.T, h *compiletest.Hand) *G.Node {
			turned := h.Reshape(h.Exp(h.Mul(h.O(), h.Q())), tensor.Shape{1, 3, 4, 33})
			return h.SumAll(h.Square(h.SumAxes(turned, expr.Source)))
		}, 2, 1},
		{"a sum that drops an axis of steps between others", func(t *testing.T, h *compiletest.Hand) *G.Node {
			pairs := h.Leaf("pairs", []float64{1, 2, -1, 0.5, 3, 2}, 2, 3, 1)
			image := h.Reshape(h.Image(), tensor.Shape{1, 1, 33})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			sums, err := G.Sum(h.Mul(pairs, image), 1)
			return h.SumAll(h.Square(ok(t, sums, err)))
		}, 2, 1},
		{"an outer product with itself", func(t *testing.T, h *compiletest.Hand) *G.Node {
			image := h.Reshape(h.Image(), tensor.Shape{33})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			product, err := G.OuterProd(image, image)
			return h.SumAll(h.Exp(h.Scale(0.01, ok(t, product, err))))
		}, 2, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := compiletest.NewHand()
			loss := tt.loss(t, h)
			plan := h.Plan(t, loss)
			if got := len(plan.Breaks()); got != tt.breaks {
				t.Errorf("breaks %v, want %d", plan.Breaks(), tt.breaks)
			}
			sweeps := 0
			for _, s := range plan.Sweeps() {
				if len(s.Reduce)+len(s.Store) > 0 {
					sweeps++
				}
			}
			if sweeps != tt.sweeps {
				t.Errorf("%d sweeps, want %d", sweeps, tt.sweeps)
			}
			first := gradient(t, loss, h.O(), h.Q())
			second, err := nodetest.GradientOrZero(h.SumAll(first[0]), h.O())
			if err != nil {
				t.Fatal(err)
			}
			for _, nodes := range []G.Nodes{{loss}, first, second} {
				plan := h.Plan(t, nodes...)
				p, err := cpu.Compile(plan, cpu.Options{Lanes: 32})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := cpu.AuditPlan(plan); err != nil {
					t.Error(err)
				}
				want, err := compiletest.Run(plan, nil, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, workers := range []int{1, 2} {
					got, err := compiletest.Run(plan, p, workers)
					if err == nil {
						err = compiletest.Agree(got, want)
					}
					if err != nil {
						t.Errorf("%d workers: %v", workers, err)
					}
				}
			}
		})
	}
}

// TestRefused: the compiler says why it cannot compile a graph, and the tape can run it.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		root func(h *compiletest.Hand) *G.Node
		want []string
	}{
		{"two sums that want their loops in two orders", func(h *compiletest.Hand) *G.Node {
			both := h.Exp(h.Add(h.Q(), h.O()))
			byPoint, byOrientation := h.SumAxes(both, expr.Orientation), h.SumAxes(both, expr.Point)
			return h.Add(h.SumAxes(h.Sin(byPoint), expr.Point), h.SumAxes(h.Sin(byOrientation), expr.Orientation))
		}, []string{"sums over {", "and keeps {", "inside it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := compiletest.NewHand()
			plan := h.Plan(t, tt.root(h))
			p, err := cpu.Compile(plan, cpu.Options{})
			if err == nil {
				t.Fatalf("compiled to\n%s", p)
			}
			for _, part := range append(tt.want, "compile: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if _, err := compiletest.Run(plan, nil, 1); err != nil {
				t.Errorf("on the tape: %v", err)
			}
		})
	}
}

// TestLoopOrders: a sum that keeps an inner axis and drops an outer one reverses the order of the
// loops.
func TestLoopOrders(t *testing.T) {
	axes := []int{expr.Orientation, expr.Source, expr.Point}
	names := map[int]string{expr.Orientation: "orientation", expr.Source: "source", expr.Point: "point"}
	for _, outer := range axes {
		for _, inner := range axes {
			if inner == outer {
				continue
			}
			h := compiletest.NewHand()
			all := h.Exp(h.Scale(0.2, h.Add(h.Add(h.Q(), h.O()), h.S())))
			kept := h.SumAxes(all, inner)
			third := 3 - outer - inner
			image := h.SumAxes(h.Sin(h.SumAxes(kept, third)), outer) // keeps the outer alone
			plan := h.Plan(t, image)
			p, err := cpu.Compile(plan, cpu.Options{Lanes: 32})
			if err != nil {
				t.Errorf("%s kept: %v", names[outer], err)
				continue
			}
			if listing := p.String(); !strings.Contains(strings.SplitAfterN(listing, "for ", 2)[1], names[inner]) || strings.Index(listing, names[outer]+" in") > strings.Index(listing, names[inner]+" in") {
				t.Errorf("%s outside of %s:\n%s", names[outer], names[inner], listing)
			}
			want, err := compiletest.Run(plan, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := compiletest.Run(plan, p, 1)
			if err == nil {
				err = compiletest.Agree(got, want)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}
