package node

import (
	"fmt"
	"math"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Readers of convolutions' and poolings' windows over images, and of contractions.

// windows are how a kernel goes over the rows and columns of an image, of which pad are added before the first.
type windows struct{ kernel, pad, stride, dilation, count [2]int }

// fields reads a pair of fields of integers.
func fields(op G.Op, names ...string) (out [2]int, err error) {
	for i, name := range names {
		v, ok := intsField(op, name)
		if !ok || len(v) != 1 {
			return out, fmt.Errorf("no field %s", name)
		}
		out[i] = v[0]
	}
	return out, nil
}

// read gives, for each window and each place of the kernel in it, the index of an element of one plane of an image; outside,
// where nothing is.
func (w windows) read(rows, columns int, visit func(window, place, index int)) {
	for window := range w.count[0] * w.count[1] {
		for place := range w.kernel[0] * w.kernel[1] {
			row := window/w.count[1]*w.stride[0] - w.pad[0] + place/w.kernel[1]*w.dilation[0]
			column := window%w.count[1]*w.stride[1] - w.pad[1] + place%w.kernel[1]*w.dilation[1]
			index := outside
			if row >= 0 && row < rows && column >= 0 && column < columns {
				index = row*columns + column
			}
			visit(window, place, index)
		}
	}
}

const outside = -1

// taken reads elements of x at indices of its elements in their order; where the index is outside, fill.
func taken(b *expr.Builder, x *expr.Node, index []float64, fill float64) *expr.Node {
	if b.Err() != nil {
		return nil
	}
	n := x.Size()
	flat := b.Reshape(x, tensor.Shape{n})
	if slices.Contains(index, outside) {
		flat = b.Concat(0, flat, b.Reshape(b.Const(fill), tensor.Shape{1}))
		for i := range index {
			if index[i] == outside {
				index[i] = float64(n)
			}
		}
	}
	return b.Take(flat, b.Leaf("indices", index, len(index)), 0)
}

// imageToColumns gives a row of the elements of each window, in the order of channels, then of the kernel's rows and columns.
func imageToColumns(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	s := args[0].Shape()
	if len(s) != 4 || len(shape) != 4 {
		return nil, fmt.Errorf("an image of shape %v, want four axes", s)
	}
	w := windows{count: [2]int{shape[1], shape[2]}}
	var err error
	for _, f := range []struct {
		to    *[2]int
		names [2]string
	}{{&w.kernel, [2]string{"h", "w"}}, {&w.pad, [2]string{"padH", "padW"}}, {&w.stride, [2]string{"strideH", "strideW"}}, {&w.dilation, [2]string{"dilationH", "dilationW"}}} {
		if *f.to, err = fields(op, f.names[:]...); err != nil {
			return nil, err
		}
	}
	images, channels, plane, places := s[0], s[1], s[2]*s[3], w.kernel[0]*w.kernel[1]
	index := make([]float64, shape.TotalSize())
	w.read(s[2], s[3], func(window, place, at int) {
		for i := range images {
			for c := range channels {
				k := ((i*w.count[0]*w.count[1]+window)*channels+c)*places + place
				if index[k] = outside; at != outside {
					index[k] = float64((i*channels+c)*plane + at)
				}
			}
		}
	})
	return b.Reshape(taken(b, args[0], index, 0), shape), nil
}

// maximumPool is the largest element of each window.
func maximumPool(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	s := args[0].Shape()
	if len(s) != 4 || len(shape) != 4 {
		return nil, fmt.Errorf("an image of shape %v, want four axes", s)
	}
	w := windows{dilation: [2]int{1, 1}, count: [2]int{shape[2], shape[3]}}
	before := []string{"padNorth", "padWest"}
	if boolField(op, "explicitPadding") {
		before = []string{"padSouth", "padEast"} // so does gorgonia
	}
	var err error
	if w.kernel, err = fields(op, "h", "w"); err == nil {
		if w.stride, err = fields(op, "strideH", "strideW"); err == nil {
			w.pad, err = fields(op, before...)
		}
	}
	if err != nil {
		return nil, err
	}
	planes, plane, count, places := s[0]*s[1], s[2]*s[3], w.count[0]*w.count[1], w.kernel[0]*w.kernel[1]
	index := make([]float64, planes*count*places)
	w.read(s[2], s[3], func(window, place, at int) {
		for p := range planes {
			k := (p*count+window)*places + place
			if index[k] = outside; at != outside {
				index[k] = float64(p*plane + at)
			}
		}
	})
	x := b.Reshape(taken(b, args[0], index, -math.MaxFloat64), tensor.Shape{planes * count, places})
	return b.Reshape(b.MaxTo(x, tensor.Shape{planes * count, 1}), shape), nil
}

// contraction sums the products of two operands' elements over pairs of their axes.
func contraction(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	x, ok := intsField(op, "aAxes")
	y, also := intsField(op, "bAxes")
	if !ok || !also || len(x) != len(y) {
		return nil, fmt.Errorf("no axes")
	}
	left, err := flattened(b, args[0], x, false)
	if err != nil {
		return nil, err
	}
	right, err := flattened(b, args[1], y, true)
	if err != nil {
		return nil, err
	}
	return b.Reshape(b.MatMul(left, right, false, false), shape), nil
}

// flattened is an operand of a contraction as a matrix, whose columns are the axes summed over; or rows, if these are first.
func flattened(b *expr.Builder, x *expr.Node, summed []int, first bool) (*expr.Node, error) {
	s := x.Shape()
	var free []int
	for a := range s {
		if !slices.Contains(summed, a) {
			free = append(free, a)
		}
	}
	order := append(slices.Clone(free), summed...)
	if first {
		order = append(slices.Clone(summed), free...)
	}
	part, axes := make(tensor.Shape, len(s)), wholly(len(s))
	size := 1
	for by, a := range order {
		if a < 0 || a >= len(s) || len(order) != len(s) {
			return nil, fmt.Errorf("contracts shape %v along axes %v", s, summed)
		}
		part[by], axes[a].By = s[a], by
	}
	for _, a := range summed {
		size *= s[a]
	}
	matrix := tensor.Shape{x.Size() / size, size}
	if first {
		matrix = tensor.Shape{size, x.Size() / size}
	}
	return b.Reshape(b.View(x, part, axes...), matrix), nil
}
