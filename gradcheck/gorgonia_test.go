package gradcheck_test

import (
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/gradcheck"
)

// array makes an input with random elements between −1 and 1.
func array(g *G.ExprGraph, name string, seed uint64, shape ...int) *G.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(random(seed, tensor.Shape(shape).TotalSize(), -1, 1)))
	return G.NewTensor(g, G.Float64, len(shape), G.WithName(name), G.WithShape(shape...), G.WithValue(v))
}

// TestClassifiers: what losses of machine learning end in passes to second order.
func TestClassifiers(t *testing.T) {
	g := G.NewGraph()
	images, filter := array(g, "images", 1, 3, 1, 4, 4), array(g, "filter", 2, 2, 1, 2, 2)
	w := array(g, "w", 3, 18, 4)
	hidden := G.Must(G.Tanh(G.Must(G.Conv2d(images, filter, tensor.Shape{2, 2}, []int{0, 0}, []int{1, 1}, []int{1, 1}))))
	scores := G.Must(G.Mul(G.Must(G.Reshape(hidden, tensor.Shape{3, 18})), w))
	labels := G.NewMatrix(g, G.Float64, G.WithName("labels"), G.WithShape(3, 4), G.WithValue(tensor.New(tensor.WithShape(3, 4), tensor.WithBacking([]float64{0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0}))))
	for name, f := range map[string]func(*G.Node, ...int) (*G.Node, error){"softmax": G.SoftMax, "log-softmax": G.LogSoftMax} {
		t.Run(name, func(t *testing.T) {
			loss := G.Must(G.Sum(G.Must(G.HadamardProd(labels, G.Must(f(scores, 1))))))
			r := must(t)(gradcheck.Check(t.Context(), loss, G.Nodes{filter, w}, gradcheck.Options{Second: true}))
			if !r.OK() {
				t.Errorf("%s", r)
			}
		})
	}
}

// TestRefused: what cannot be differentiated rightly is an error that names it.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(x *G.Node) (*G.Node, error)
		text  string
	}{
		{"batch normalization", func(x *G.Node) (*G.Node, error) {
			y, _, _, _, err := G.BatchNorm(x, nil, nil, 0.9, 1e-5)
			return y, err
		}, "gorgonia.BatchNorm is not differentiated: each evaluation changes its running mean"},
		{"dropout", func(x *G.Node) (*G.Node, error) { return G.Dropout(x, 0.3) }, "gorgonia.Dropout is not differentiated: it drops other elements"},
		{"sparsemax", func(x *G.Node) (*G.Node, error) { return G.Sparsemax(x) }, "gorgonia.Sparsemax is not differentiated"},
		{"five axes", func(x *G.Node) (*G.Node, error) { return G.Reshape(x, tensor.Shape{2, 1, 2, 1, 2}) }, "the result of Reshape(2, 1, 2, 1, 2) has shape (2, 1, 2, 1, 2): more than 4 axes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := array(G.NewGraph(), "x", 4, 4, 2)
			y, err := c.build(x)
			if err != nil {
				t.Fatal(err)
			}
			r, err := gradcheck.Check(t.Context(), G.Must(G.Sum(G.Must(G.Square(y)))), G.Nodes{x}, gradcheck.Options{Second: true})
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, report %v; want %q", err, r, c.text)
			}
		})
	}
}
