package compile_test

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// hand is what the graphs below are made of: an image of 33 pixels by 3 orientations, 2 sources and 4 points. Leaves are
// made when they are first asked for.
type hand struct {
	*expr.Builder
	pixel map[*G.Node]bool
	made  map[string]*G.Node
}

var handDims = expr.Dims{3, 2, 4, 33}

func newHand() *hand {
	return &hand{Builder: expr.On(G.NewGraph()), pixel: map[*G.Node]bool{}, made: map[string]*G.Node{}}
}

// leaf is an input on some axes, "ospx" or fewer; "" is a number.
func (h *hand) leaf(name, axes string) *G.Node {
	if n := h.made[name]; n != nil {
		return n
	}
	if axes == "" {
		h.made[name] = h.Scalar(name, 0.3+0.1*float64(len(h.made)))
		return h.made[name]
	}
	shape := tensor.Shape{1, 1, 1, 1}
	for i, letter := range "ospx" {
		if strings.ContainsRune(axes, letter) {
			shape[i] = handDims[i]
		}
	}
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = 0.2 + math.Mod(0.37*float64(i+len(h.made)), 0.7)
	}
	h.made[name] = h.Leaf(name, data, shape...)
	h.pixel[h.made[name]] = strings.Contains(axes, "x")
	return h.made[name]
}

func (h *hand) o() *G.Node { return h.leaf("o", "o") }
func (h *hand) s() *G.Node { return h.leaf("s", "s") }
func (h *hand) x() *G.Node { return h.leaf("x", "x") }
func (h *hand) q() *G.Node { return h.leaf("q", "px") }
func (h *hand) k() *G.Node { return h.leaf("k", "") }

// image is Σ_points Σ_orientations sin(q)·cos(q + o): some work a point, some in the innermost loop.
func (h *hand) image() *G.Node {
	inner := h.SumAxes(h.Cos(h.Add(h.q(), h.o())), expr.Orientation)
	return h.SumAxes(h.Mul(h.Sqrt(h.q()), inner), expr.Point)
}

func (h *hand) plan(t testing.TB, roots ...*G.Node) *plan.Plan {
	t.Helper()
	if h.Err() != nil {
		t.Fatal(h.Err())
	}
	plan, err := plan.New(func(n *G.Node) bool { return h.pixel[n] }, handDims[expr.Pixel], roots...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// gradient is that of a loss.
func gradient(t *testing.T, loss *G.Node, by ...*G.Node) G.Nodes {
	t.Helper()
	g, err := autodiff.Gradient(loss, by...)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestStages: sums over the pixels that go back into pixels take another sweep each; what mixes pixels is done between
// sweeps. Losses, gradients and second derivatives are the tape's.
func TestStages(t *testing.T) {
	mean := func(h *hand, image *G.Node) *G.Node { return h.Scale(1.0/33, h.SumAll(image)) }
	ok := func(t *testing.T, n *G.Node, err error) *G.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tt := range []struct {
		name           string
		loss           func(t *testing.T, h *hand) *G.Node
		sweeps, breaks int
	}{
		{"relative to the mean", func(_ *testing.T, h *hand) *G.Node {
			return h.SumAll(h.Sin(h.Div(h.image(), mean(h, h.image()))))
		}, 2, 0},
		{"scaled to data by a ratio of sums", func(_ *testing.T, h *hand) *G.Node {
			scale := h.Div(h.SumAll(h.Mul(h.image(), h.x())), h.SumAll(h.Square(h.image())))
			return h.SumAll(h.Square(h.Sub(h.Mul(scale, h.image()), h.x())))
		}, 2, 0},
		{"two deep", func(_ *testing.T, h *hand) *G.Node {
			once := h.Sin(h.Div(h.image(), mean(h, h.image())))
			return h.SumAll(h.Square(h.Div(once, mean(h, h.Exp(once)))))
		}, 3, 0},
		{"a sum by orientation, back into the sum over orientations", func(_ *testing.T, h *hand) *G.Node {
			each := h.Exp(h.Mul(h.o(), h.q()))
			total := h.SumTo(each, tensor.Shape{3, 1, 1, 1})
			return h.SumAll(h.Square(h.SumAxes(h.Div(each, total), expr.Orientation, expr.Point)))
		}, 2, 0},
		{"a matrix product", func(t *testing.T, h *hand) *G.Node {
			m := h.Leaf("matrix", []float64{1, 2, -1, 0.5, 3, 2, -2, 1, 1}, 3, 3)
			image := h.Reshape(h.image(), tensor.Shape{3, 11})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			product, err := G.Mul(m, image)
			return h.SumAll(h.Square(ok(t, product, err)))
		}, 1, 1},
		{"the image by its transpose, and by itself", func(t *testing.T, h *hand) *G.Node {
			image := h.Reshape(h.image(), tensor.Shape{3, 11})
			if h.Err() != nil {
				t.Fatal(h.Err())
			}
			turned, err := G.Transpose(image)
			back := h.Reshape(ok(t, turned, err), tensor.Shape{33})
			return h.SumAll(h.Mul(h.Exp(back), h.Reshape(h.image(), tensor.Shape{33})))
		}, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHand()
			loss := tt.loss(t, h)
			plan := h.plan(t, loss)
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
			first := gradient(t, loss, h.o(), h.q())
			second, err := autodiff.GradientOrZero(h.SumAll(first[0]), h.o())
			if err != nil {
				t.Fatal(err)
			}
			for _, nodes := range []G.Nodes{{loss}, first, second} {
				plan := h.plan(t, nodes...)
				p, err := compile.Compile(plan, compile.Options{Lanes: 32})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := compile.AuditPlan(plan); err != nil {
					t.Error(err)
				}
				want, err := run(plan, nil, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, workers := range []int{1, 2} {
					got, err := run(plan, p, workers)
					if err == nil {
						err = agree(got, want)
					}
					if err != nil {
						t.Errorf("%d workers: %v", workers, err)
					}
				}
			}
		})
	}
}

// TestRefused: what the compiler cannot do it says, and the tape does it.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		root func(h *hand) *G.Node
		want []string
	}{
		{"two sums that want their loops in two orders", func(h *hand) *G.Node {
			both := h.Exp(h.Add(h.q(), h.o()))
			byPoint, byOrientation := h.SumAxes(both, expr.Orientation), h.SumAxes(both, expr.Point)
			return h.Add(h.SumAxes(h.Sin(byPoint), expr.Point), h.SumAxes(h.Sin(byOrientation), expr.Orientation))
		}, []string{"sums over {", "and keeps {", "inside of it"}},
		{"an axis of two lengths", func(h *hand) *G.Node {
			five := h.Leaf("five", []float64{1, 2, 3, 4, 5}, 5, 1, 1, 1)
			return h.Add(h.SumAxes(h.Mul(five, h.x()), expr.Orientation), h.SumAxes(h.Mul(h.o(), h.x()), expr.Orientation))
		}, []string{"elements on the {orientation pixel} axis", "others have"}},
		{"steps that change places", func(h *hand) *G.Node {
			turned := h.Reshape(h.Exp(h.Mul(h.o(), h.x())), tensor.Shape{1, 1, 3, 33})
			return h.SumAxes(turned, expr.Point)
		}, []string{"moves the axes of steps"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHand()
			plan := h.plan(t, tt.root(h))
			p, err := compile.Compile(plan, compile.Options{})
			if err == nil {
				t.Fatalf("compiled to\n%s", p)
			}
			for _, part := range append(tt.want, "compile: node ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if _, err := run(plan, nil, 1); err != nil {
				t.Errorf("on the tape: %v", err)
			}
		})
	}
}

// TestLoopOrders: a sum that keeps an inner axis and drops an outer one turns the loops round.
func TestLoopOrders(t *testing.T) {
	axes := []int{expr.Orientation, expr.Source, expr.Point}
	names := map[int]string{expr.Orientation: "orientation", expr.Source: "source", expr.Point: "point"}
	for _, outer := range axes {
		for _, inner := range axes {
			if inner == outer {
				continue
			}
			h := newHand()
			all := h.Exp(h.Scale(0.2, h.Add(h.Add(h.q(), h.o()), h.s())))
			kept := h.SumAxes(all, inner)
			third := 3 - outer - inner
			image := h.SumAxes(h.Sin(h.SumAxes(kept, third)), outer) // keeps the outer alone
			plan := h.plan(t, image)
			p, err := compile.Compile(plan, compile.Options{Lanes: 32})
			if err != nil {
				t.Errorf("%s kept: %v", names[outer], err)
				continue
			}
			if listing := p.String(); !strings.Contains(strings.SplitAfterN(listing, "for ", 2)[1], names[inner]) || strings.Index(listing, names[outer]+" in") > strings.Index(listing, names[inner]+" in") {
				t.Errorf("%s outside of %s:\n%s", names[outer], names[inner], listing)
			}
			want, err := run(plan, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			got, err := run(plan, p, 1)
			if err == nil {
				err = agree(got, want)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}
