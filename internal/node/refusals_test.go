package node_test

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// images are uses of operations on images, of shape (images, channels, rows, columns).
func images() []use {
	var list []use
	add := func(row, name string, f func(in []*G.Node) (*G.Node, error), shapes ...tensor.Shape) {
		list = append(list, use{row: row, name: name, shapes: shapes, build: f})
	}
	for _, g := range []struct {
		kernel, pad, stride, dilation tensor.Shape
	}{
		{tensor.Shape{2, 2}, tensor.Shape{0, 0}, tensor.Shape{1, 1}, tensor.Shape{1, 1}},
		{tensor.Shape{3, 2}, tensor.Shape{1, 0}, tensor.Shape{2, 1}, tensor.Shape{1, 2}},
		{tensor.Shape{1, 3}, tensor.Shape{0, 2}, tensor.Shape{1, 2}, tensor.Shape{2, 1}},
	} {
		name := fmt.Sprint(g)
		add("im2colOp", name, func(in []*G.Node) (*G.Node, error) { return G.Im2Col(in[0], g.kernel, g.pad, g.stride, g.dilation) }, tensor.Shape{2, 3, 4, 5})
		add("im2colOp", "convolution "+name, func(in []*G.Node) (*G.Node, error) {
			return G.Conv2d(in[0], in[1], g.kernel, g.pad, g.stride, g.dilation)
		}, tensor.Shape{2, 2, 4, 5}, append(tensor.Shape{3, 2}, g.kernel...))
		add("maxPoolOp", name, func(in []*G.Node) (*G.Node, error) { return G.MaxPool2D(in[0], g.kernel, g.pad, g.stride) }, tensor.Shape{2, 3, 4, 5})
	}
	add("im2colOp", "convolution of rows", func(in []*G.Node) (*G.Node, error) { return G.Conv1d(in[0], in[1], 3, 1, 2, 1) }, tensor.Shape{2, 2, 1, 6}, tensor.Shape{3, 2, 1, 3})
	add("maxPoolOp", "more padding on one side", func(in []*G.Node) (*G.Node, error) {
		return G.MaxPool2D(in[0], tensor.Shape{2, 3}, []int{0, 1, 1, 0}, []int{1, 2})
	}, tensor.Shape{2, 2, 4, 5})
	add("maxPoolOp", "of rows", func(in []*G.Node) (*G.Node, error) { return G.MaxPool1D(in[0], 2, 0, 2) }, tensor.Shape{2, 2, 1, 6})
	for _, scale := range []int{1, 2, 3} {
		add("upsampleOp", fmt.Sprint(scale), func(in []*G.Node) (*G.Node, error) { return G.Upsample2D(in[0], scale) }, tensor.Shape{2, 2, 2, 3})
	}
	return list
}

// moves are uses of operations that move elements.
func moves() []use {
	var list []use
	add := func(row, name string, f func(in []*G.Node) (*G.Node, error), shapes ...tensor.Shape) {
		list = append(list, use{row: row, name: name, shapes: shapes, build: f})
	}
	slice := func(s ...tensor.Slice) func(in []*G.Node) (*G.Node, error) {
		return func(in []*G.Node) (*G.Node, error) { return G.Slice(in[0], s...) }
	}
	add("sliceOp", "part", slice(G.S(1, 3)), tensor.Shape{5})
	add("sliceOp", "element", slice(G.S(2)), tensor.Shape{5})
	add("sliceOp", "step", slice(G.S(0, 6, 2)), tensor.Shape{6})
	add("sliceOp", "inner axis", slice(nil, G.S(1, 3), G.S(1)), tensor.Shape{2, 4, 3})
	add("sliceOp", "a part of a part", func(in []*G.Node) (*G.Node, error) {
		n, err := G.Slice(in[0], G.S(1, 4))
		if err != nil {
			return nil, err
		}
		return G.Slice(n, G.S(1, 3))
	}, tensor.Shape{5, 2})
	list = append(list, use{row: "sliceOp", name: "a step that does not divide", shapes: of(tensor.Shape{3, 5}), build: slice(nil, G.S(0, 5, 2)), text: "does not divide"})
	add("atOp", "", func(in []*G.Node) (*G.Node, error) { return G.At(in[0], 2) }, tensor.Shape{5})
	add("atOp", "", func(in []*G.Node) (*G.Node, error) { return G.At(in[0], 1, 2) }, tensor.Shape{2, 3})
	for _, axes := range [][]int{{1, 0, 2, 3}, {3, 2, 1, 0}, {0, 2, 3, 1}} {
		add("transposeOp", fmt.Sprint(axes), func(in []*G.Node) (*G.Node, error) { return G.Transpose(in[0], axes...) }, tensor.Shape{2, 3, 1, 4})
	}
	add("transposeOp", "", func(in []*G.Node) (*G.Node, error) { return G.Transpose(in[0]) }, tensor.Shape{2, 3})
	add("concatOp", "0", func(in []*G.Node) (*G.Node, error) { return G.Concat(0, in...) }, tensor.Shape{2}, tensor.Shape{4}, tensor.Shape{3})
	add("concatOp", "1", func(in []*G.Node) (*G.Node, error) { return G.Concat(1, in[0], in[1], in[0]) }, tensor.Shape{3, 2, 2}, tensor.Shape{3, 1, 2})
	add("byIndicesOp", "twice", func(in []*G.Node) (*G.Node, error) {
		return G.ByIndices(in[0], integers(in[0], "indices", 3, 1, 3, 0), 0)
	}, tensor.Shape{4, 3})
	add("byIndicesOp", "last axis", func(in []*G.Node) (*G.Node, error) {
		return G.ByIndices(in[0], integers(in[0], "indices", 2, 1, 2), 1)
	}, tensor.Shape{4, 3})
	list = append(list, use{row: "byIndicesOp", name: "inner axis", shapes: of(tensor.Shape{2, 3, 2}), text: "gorgonia reads the wrong elements", build: func(in []*G.Node) (*G.Node, error) {
		return G.ByIndices(in[0], integers(in[0], "indices", 2, 1, 2), 1)
	}})
	add("repeatOp", "right", func(in []*G.Node) (*G.Node, error) { return G.BroadcastHadamardProd(in[0], in[1], nil, []byte{0}) }, tensor.Shape{3, 4}, tensor.Shape{4})
	add("repeatOp", "left", func(in []*G.Node) (*G.Node, error) { return G.BroadcastSub(in[0], in[1], []byte{1}, nil) }, tensor.Shape{3, 1}, tensor.Shape{3, 4})
	add("diagFlatOp", "", func(in []*G.Node) (*G.Node, error) { return G.DiagFlat(in[0]) }, tensor.Shape{2, 2})
	add("linAlgBinOp outer", "", func(in []*G.Node) (*G.Node, error) { return G.OuterProd(in[0], in[1]) }, tensor.Shape{3}, tensor.Shape{4})
	add("linAlgBinOp outer", "", func(in []*G.Node) (*G.Node, error) { return G.OuterProd(in[0], in[1]) }, tensor.Shape{3}, tensor.Shape{3})
	for _, p := range []struct {
		x, y   tensor.Shape
		ax, ay []int
	}{
		{tensor.Shape{2, 3}, tensor.Shape{3, 4}, []int{1}, []int{0}}, {tensor.Shape{3, 2}, tensor.Shape{4, 3}, []int{0}, []int{1}},
		{tensor.Shape{2, 3, 4}, tensor.Shape{4, 3}, []int{1, 2}, []int{1, 0}}, {tensor.Shape{2, 3, 4}, tensor.Shape{3, 2}, []int{1}, []int{0}},
		{tensor.Shape{4}, tensor.Shape{4}, []int{0}, []int{0}}, {tensor.Shape{2, 4}, tensor.Shape{4}, []int{1}, []int{0}},
	} {
		add("tensordotOp", fmt.Sprint(p.ax, p.ay), func(in []*G.Node) (*G.Node, error) { return G.Tensordot(p.ax, p.ay, in[0], in[1]) }, p.x, p.y)
	}
	return list
}

// integers is an input of integers in the graph of a node.
func integers(like *G.Node, name string, x ...int) *G.Node {
	return G.NewVector(like.Graph(), tensor.Int, G.WithName(name), G.WithShape(len(x)), G.WithValue(tensor.New(tensor.WithShape(len(x)), tensor.WithBacking(x))))
}

// refusals are uses of operations whose derivative is refused.
func refusals() []use {
	random := func(in []*G.Node) (*G.Node, error) {
		return G.GaussianRandomNode(in[0].Graph(), G.Float64, 0, 1, 3), nil
	}
	toIntegers := func(in []*G.Node) (*G.Node, error) { return G.ConvType(in[0], G.Float64, G.Int) }
	image := of(tensor.Shape{2, 3, 4, 4})
	return []use{
		{row: "randomOp", shapes: of(tensor.Shape{3}), build: random},
		{row: "dtConvOp", shapes: of(tensor.Shape{3}), build: toIntegers},
		{row: "avgPoolOp", shapes: image, build: func(in []*G.Node) (*G.Node, error) {
			return G.AveragePool2D(in[0], tensor.Shape{2, 2}, []int{0, 0}, []int{1, 1})
		}},
		{row: "dropoutOp", shapes: of(tensor.Shape{3, 4}), build: func(in []*G.Node) (*G.Node, error) { return G.Dropout(in[0], 0.5) }, text: "multiply by an input"},
		{row: "sparsemaxOp", shapes: of(tensor.Shape{3, 4}), build: func(in []*G.Node) (*G.Node, error) { return G.Sparsemax(in[0]) }},
		{row: "BatchNormOp", shapes: image, build: func(in []*G.Node) (*G.Node, error) {
			one := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(2, 3, 4, 4))
			scale := G.NodeFromAny(in[0].Graph(), one, G.WithName("scale"))
			bias := G.NodeFromAny(in[0].Graph(), one.Clone().(*tensor.Dense), G.WithName("bias"))
			y, _, _, _, err := G.BatchNorm(in[0], scale, bias, 0.9, 1e-5)
			return y, err
		}},
		{row: "GroupNormOp", shapes: of(tensor.Shape{2, 4, 3, 3}, tensor.Shape{1, 4, 1, 1}, tensor.Shape{1, 4, 1, 1}), build: func(in []*G.Node) (*G.Node, error) {
			return G.GroupNorm(in[0], in[1], in[2], 2, 4, 1e-5)
		}},
		{row: "ctcLossOp", shapes: of(tensor.Shape{5, 2, 4}), build: func(in []*G.Node) (*G.Node, error) {
			targets := G.NewMatrix(in[0].Graph(), tensor.Int, G.WithName("targets"), G.WithShape(2, 2), G.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]int{1, 2, 3, 1}))))
			return G.CTCLoss(in[0], targets, integers(in[0], "inputs", 5, 5), integers(in[0], "lengths", 2, 2), G.ReductionMean)
		}},
		{row: "yoloOp", shapes: of(tensor.Shape{1, 14, 2, 2}), build: func(in []*G.Node) (*G.Node, error) {
			return G.YOLOv3(in[0], []float32{10, 13, 16, 30}, []int{0, 1}, 32, 2, 0.7)
		}, fails: true},
	}
}
