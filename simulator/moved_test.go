package simulator_test

import (
	"context"
	"math"
	"strings"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/simulator"
)

// movedLosses are losses of parts of the image, of 6 rows of 8 pixels, by every operation of gorgonia's that moves elements.
// I is the image in units of its mean; w has a weight for each pixel.
var movedLosses = []struct {
	name string
	loss func(t *testing.T, m model, I, w *G.Node) *G.Node
}{
	{"slice", func(_ *testing.T, _ model, I, w *G.Node) *G.Node { return dot(part(I, G.S(3, 9)), part(w, G.S(3, 9))) }},
	{"slice with a step", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		return dot(must(G.Square(part(I, G.S(1, 47, 5)))), part(w, G.S(0, 9)))
	}},
	{"a pixel, squared", func(_ *testing.T, _ model, I, _ *G.Node) *G.Node { return must(G.Square(part(I, G.S(20)))) }},
	{"slice of rows and columns", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		rectangle := func(n *G.Node) *G.Node { return part(must(G.Reshape(n, tensor.Shape{6, 8})), G.S(1, 4), G.S(2, 7)) }
		return dot(must(G.Exp(rectangle(I))), rectangle(w))
	}},
	{"two slices", func(_ *testing.T, _ model, I, _ *G.Node) *G.Node {
		return must(G.Sum(must(G.Square(must(G.Add(part(I, G.S(2, 20)), part(I, G.S(25, 43))))))))
	}},
	{"concat of slices", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		return dot(must(G.Square(must(G.Concat(0, part(I, G.S(30, 48)), part(I, G.S(5, 15)))))), part(w, G.S(0, 28)))
	}},
	{"concat of the image", func(_ *testing.T, _ model, I, w *G.Node) *G.Node { // as long as the pixels again
		turned := must(G.Concat(0, part(I, G.S(30, 48)), part(I, G.S(0, 30))))
		return dot(must(G.Square(must(G.HadamardProd(turned, I)))), w)
	}},
	{"unconcat", func(t *testing.T, _ model, I, _ *G.Node) *G.Node {
		parts, err := G.Unconcat(I, 0, 3)
		if err != nil {
			t.Fatal(err)
		}
		return must(G.Sum(must(G.HadamardProd(parts[0], must(G.Square(parts[2]))))))
	}},
	{"outer product", func(_ *testing.T, m model, I, w *G.Node) *G.Node {
		product := must(G.OuterProd(I, w))
		return must(G.Sum(must(G.Square(must(G.Add(product, must(G.OuterProd(w, I))))))))
	}},
	{"outer product of unequal lengths", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		return must(G.Sum(must(G.Square(must(G.OuterProd(I, part(I, G.S(10, 14))))))))
	}},
	{"by indices, some twice", func(_ *testing.T, m model, I, _ *G.Node) *G.Node {
		return must(G.Sum(must(G.Square(must(G.ByIndices(I, m.indices(13, 21, 24, 21, 35), 0))))))
	}},
	{"rows by indices", func(_ *testing.T, m model, I, w *G.Node) *G.Node {
		rows := must(G.ByIndices(must(G.Reshape(I, tensor.Shape{6, 8})), m.indices(3, 3, 1, 4), 0))
		return dot(must(G.Square(must(G.Ravel(rows)))), part(w, G.S(0, 32)))
	}},
	{"at", func(_ *testing.T, _ model, I, _ *G.Node) *G.Node {
		return must(G.HadamardProd(must(G.At(I, 19)), must(G.At(must(G.Reshape(I, tensor.Shape{6, 8})), 3, 4))))
	}},
	{"transpose", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		turned := must(G.Ravel(must(G.Transpose(must(G.Reshape(I, tensor.Shape{6, 8}))))))
		return dot(must(G.HadamardProd(turned, I)), w)
	}},
	{"relative to the rows' sums", func(_ *testing.T, _ model, I, w *G.Node) *G.Node {
		rows := must(G.Reshape(I, tensor.Shape{6, 8}))
		relative := must(G.BroadcastHadamardDiv(rows, must(G.Sum(rows, 1)), nil, []byte{1}))
		return dot(must(G.Square(must(G.Ravel(relative)))), w)
	}},
	{"every pixel by three numbers", func(_ *testing.T, m model, I, _ *G.Node) *G.Node {
		three := G.NewVector(m.Graph(), G.Float64, G.WithShape(3), G.WithName("three"), G.WithValue(tensor.New(tensor.WithBacking([]float64{0.5, -1, 2}))))
		return must(G.Sum(must(G.Exp(must(G.BroadcastHadamardProd(must(G.Reshape(three, tensor.Shape{3, 1})), must(G.Reshape(I, tensor.Shape{1, 48})), []byte{1}, []byte{0}))))))
	}},
	{"upsampled", func(_ *testing.T, _ model, I, _ *G.Node) *G.Node {
		large := must(G.Upsample2D(must(G.Reshape(I, tensor.Shape{1, 1, 6, 8})), 2))
		return must(G.Sum(must(G.HadamardProd(must(G.Square(large)), must(G.Sigmoid(large))))))
	}},
}

func part(n *G.Node, s ...tensor.Slice) *G.Node { return must(G.Slice(n, s...)) }

func dot(x, y *G.Node) *G.Node { return must(G.Sum(must(G.HadamardProd(x, y)))) }

func (m model) indices(list ...int) *G.Node {
	v := tensor.New(tensor.WithShape(len(list)), tensor.WithBacking(list))
	return G.NewTensor(m.Graph(), tensor.Int, 1, G.WithShape(len(list)), G.WithName("indices"), G.WithValue(v))
}

// moved is a small simulator with a loss, the parameters that it is differentiated by, and the sizes of their steps.
func moved(t *testing.T, option simulator.Option, build func(t *testing.T, m model, I, w *G.Node) *G.Node) (m model, loss *G.Node, by G.Nodes, scale []float64) {
	m = smooth().with(func(s *setup) {
		s.detector.Region, s.crystal.Mosaic.Domains, s.crystal.PhiSteps = nil, 2, 2
		s.beam.Dispersion.Steps, s.beam.Horizontal.Steps, s.beam.Vertical.Steps = 1, 2, 1
	}).build(t, option)
	I := must(G.HadamardDiv(m.Intensity(), must(G.Mean(m.Intensity()))))
	loss = build(t, m, I, m.data(t, "weights", func(i int) float64 { return 1 + 0.3*math.Sin(2.1*float64(i)) }))
	by = G.Nodes{m.crystal.Cell.A, m.detector.Distance, m.crystal.Misset[2], m.crystal.Cell.Beta, m.beam.Wavelength, m.detector.RotX, m.detector.RotY}
	for _, n := range by {
		scale = append(scale, 1+math.Abs(n.Value().Data().(float64)))
	}
	return m, loss, by, scale
}

// TestMovedLosses: losses of parts of the image have right gradients, by few parameters (in forward mode) and by more (in
// reverse mode), Hessians and products with them. They keep the sweeps compiled, and take no array with the model's steps
// whole. The tape gives the same.
func TestMovedLosses(t *testing.T) {
	ctx := context.Background()
	for _, c := range movedLosses {
		t.Run(c.name, func(t *testing.T) {
			m, loss, by, scale := moved(t, simulator.On(simulator.CPU()), c.loss)
			var got, want []float64
			all := m.gradient(t, loss, by...).Scalars()
			for i, n := range by {
				got = append(got, all[i]*scale[i])
				want = append(want, m.difference(t, loss, n, 0, 1e-6*scale[i])*scale[i])
			}
			same(t, "gradient", got, want, 1e-6)
			few := by[:2]
			same(t, "gradient by few", m.gradient(t, loss, few...).Scalars(), all[:2], 1e-11)

			h, err := m.Hessian(ctx, loss, few...)
			if err != nil {
				t.Fatal(err)
			}
			grads, err := m.GradientNodes(loss, few...)
			if err != nil {
				t.Fatal(err)
			}
			rows := func(k int, of func(i int) float64) []float64 { return []float64{of(0) * scale[k], of(1) * scale[k]} }
			for k, n := range few {
				same(t, "second derivatives by "+n.Name(), rows(k, func(i int) float64 { return h.At(i, k) }),
					rows(k, func(i int) float64 { return m.difference(t, grads[i], n, 0, 1e-5*scale[k]) }), 1e-6)
			}
			product, err := m.HessianVector(ctx, loss, []float64{0.3, -0.7}, few...)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "product with the Hessian", product, []float64{0.3*h.At(0, 0) - 0.7*h.At(0, 1), 0.3*h.At(1, 0) - 0.7*h.At(1, 1)}, 1e-9)

			if grads, err = m.GradientNodes(loss, by...); err != nil {
				t.Fatal(err)
			}
			r, err := m.Report(append(G.Nodes{loss}, grads...)...)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Compiled || r.Why != "" || len(r.Breaks) > 40 {
				t.Errorf("compiled: %t, since %s; %d breaks", r.Compiled, r.Why, len(r.Breaks))
			}
			for _, b := range r.Breaks {
				if strings.Contains(b, "(4, ") || strings.Contains(b, "(1, 2, ") {
					t.Errorf("an array with the steps of the model is whole: %s", b)
				}
			}

			m, loss, by, _ = moved(t, simulator.On(simulator.Tape()), c.loss)
			same(t, "gradient on the tape", m.gradient(t, loss, by...).Scalars(), all, 1e-11)
			tape, err := m.Hessian(ctx, loss, by[:2]...)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Hessian on the tape", tape.RawSymmetric().Data, h.RawSymmetric().Data, 1e-10)
		})
	}
}
