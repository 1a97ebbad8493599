package compiletest

import (
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node/nodetest"
	"github.com/gobragg/gobragg/internal/plan"
)

// Hand has the leaves of graphs written by hand: an image of 33 pixels with 3 orientations, 2
// sources and 4 points. A leaf is made when it is first used.
type Hand struct {
	*nodetest.Builder
	Pixel map[*G.Node]bool
	Made  map[string]*G.Node
}

var HandDims = expr.Dims{3, 2, 4, 33}

func NewHand() *Hand {
	return &Hand{Builder: nodetest.On(G.NewGraph()), Pixel: map[*G.Node]bool{}, Made: map[string]*G.Node{}}
}

// Input returns an input on some of the axes "ospx"; "" is a number.
func (h *Hand) Input(name, axes string) *G.Node {
	if n := h.Made[name]; n != nil {
		return n
	}
	if axes == "" {
		h.Made[name] = h.Scalar(name, 0.3+0.1*float64(len(h.Made)))
		return h.Made[name]
	}
	shape := tensor.Shape{1, 1, 1, 1}
	for i, letter := range "ospx" {
		if strings.ContainsRune(axes, letter) {
			shape[i] = HandDims[i]
		}
	}
	data := make([]float64, shape.TotalSize())
	for i := range data {
		data[i] = 0.2 + math.Mod(0.37*float64(i+len(h.Made)), 0.7)
	}
	h.Made[name] = h.Leaf(name, data, shape...)
	h.Pixel[h.Made[name]] = strings.Contains(axes, "x")
	return h.Made[name]
}

func (h *Hand) O() *G.Node { return h.Input("o", "o") }
func (h *Hand) S() *G.Node { return h.Input("s", "s") }
func (h *Hand) X() *G.Node { return h.Input("x", "x") }
func (h *Hand) Q() *G.Node { return h.Input("q", "px") }
func (h *Hand) K() *G.Node { return h.Input("k", "") }

// Image returns Σ_points Σ_orientations sin(q)·cos(q + o), with some work for each point and some
// in the innermost loop.
func (h *Hand) Image() *G.Node {
	inner := h.SumAxes(h.Cos(h.Add(h.Q(), h.O())), expr.Orientation)
	return h.SumAxes(h.Mul(h.Sqrt(h.Q()), inner), expr.Point)
}

func (h *Hand) Plan(t testing.TB, roots ...*G.Node) *plan.Plan {
	t.Helper()
	if h.Err() != nil {
		t.Fatal(h.Err())
	}
	plan, err := plan.New(nodetest.Leaves(func(n *G.Node) bool { return h.Pixel[n] }), HandDims[expr.Pixel], nodetest.Read(t, roots...)...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
