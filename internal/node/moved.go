package node

import (
	"fmt"
	"slices"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Readers of the operations that only select, repeat, join, permute or place elements, and of the outer product. gorgonia
// v0.9.18 has some of their derivatives wrong: the second of Slice, the first of ByIndices where an index is listed twice and
// of OuterProd.
//
// An operation whose value in gorgonia contradicts the shape that gorgonia infers, or what the operation is said to do, is an
// error.

// wholly reads an array as it is.
func wholly(rank int) []expr.Reading {
	axes := make([]expr.Reading, rank)
	for a := range axes {
		axes[a] = expr.Reading{Step: 1, By: a}
	}
	return axes
}

// cut is the part of an array that gorgonia's slice reads, and how. The slice drops an axis of which it reads one element.
// all is a slice that reads everything.
func cut(op G.Op, whole tensor.Shape) (part tensor.Shape, axes []expr.Reading, all bool, err error) {
	along, ok := intsField(op, "along")
	s, sliced := op.(interface{ IsSlice() tensor.Slice })
	if !ok || !sliced || along[0] < 0 || along[0] >= len(whole) {
		return nil, nil, false, fmt.Errorf("a slice of shape %v along axis %v", whole, along)
	}
	axes = wholly(len(whole))
	if s.IsSlice() == nil {
		return whole, axes, true, nil
	}
	a := along[0]
	first, last, step := s.IsSlice().Start(), min(s.IsSlice().End(), whole[a]), s.IsSlice().Step()
	if first < 0 || last <= first {
		return nil, nil, false, fmt.Errorf("elements %d to %d of an axis of %d", first, last, whole[a])
	}
	step = max(step, 1) // as gorgonia takes it
	n := max((last-first)/step, 1)
	if a > 0 && n > 1 && (last-first)%step > 0 {
		// gorgonia computes one element more than it infers.
		return nil, nil, false, fmt.Errorf("step %d does not divide elements %d to %d; end at %d", step, first, last, first+n*step)
	}
	part = slices.Clone(whole)
	part[a] = n
	axes[a].First, axes[a].Step = first, step
	if n == 1 {
		part = slices.Delete(part, a, a+1)
		axes[a] = expr.Single(first)
		for k := a + 1; k < len(axes); k++ {
			axes[k].By--
		}
	}
	return part, axes, false, nil
}

func slice(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	part, axes, all, err := cut(op, args[0].Shape())
	if err != nil || all {
		return args[0], err
	}
	return b.View(args[0], part, axes...), nil
}

// increment is what gorgonia makes as the derivative of a slice: zeros of the shape of the first operand, whose values do not
// count, to a part of which it adds the second.
func increment(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	part, axes, _, err := cut(op, args[0].Shape())
	if err != nil {
		return nil, err
	}
	return b.Place(b.Add(b.Const(0), b.BroadcastTo(args[1], part)), args[0].Shape(), axes...), nil
}

func at(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	index, ok := intsField(op, "coordinates")
	whole := args[0].Shape()
	if !ok || len(index) != len(whole) {
		return nil, fmt.Errorf("%d coordinates in shape %v", len(index), whole)
	}
	axes := make([]expr.Reading, len(index))
	for a, i := range index {
		if i < 0 || i >= whole[a] {
			return nil, fmt.Errorf("element %d of an axis of %d", i, whole[a])
		}
		axes[a] = expr.Single(i)
	}
	return b.View(args[0], shape, axes...), nil
}

func transpose(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	pattern, ok := intsField(op, "pattern")
	axes := wholly(len(args[0].Shape()))
	if !ok || len(pattern) != len(axes) {
		return nil, fmt.Errorf("%v permutes the axes of shape %v", pattern, args[0].Shape())
	}
	for by, a := range pattern {
		axes[a].By = by
	}
	return b.View(args[0], shape, axes...), nil
}

func concat(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	axis, ok := intsField(op, "axis")
	if !ok || len(args) == 0 {
		return nil, fmt.Errorf("%d operands", len(args))
	}
	return b.Concat(axis[0], args[0], args[1:]...), nil
}

func byIndices(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	axis, ok := intsField(op, "axis")
	shape := args[0].Shape()
	if !ok || axis[0] >= len(shape) {
		return nil, fmt.Errorf("axis %v of shape %v", axis, shape)
	}
	a, n := axis[0], args[1].Size()
	if shape.TotalSize() == 1 && n != 1 || a > 0 && a < len(shape)-1 && shape[a] != 2 && shape[:a].TotalSize() > 1 {
		return nil, fmt.Errorf("gorgonia reads the wrong elements along axis %d of shape %v: transpose it, so that the axis is the first", a, shape)
	}
	return b.Take(args[0], numbers(args[1]), a), nil
}

// repeated repeats each element along an axis.
func repeated(b *expr.Builder, x *expr.Node, axis, times int) *expr.Node {
	if b.Err() != nil {
		return nil
	}
	shape := x.Shape().Clone()
	outer, n, inner := shape[:axis].TotalSize(), shape[axis], shape[axis+1:].TotalSize()
	shape[axis] *= times
	if n == 1 {
		return b.BroadcastTo(x, shape)
	}
	return b.Reshape(b.BroadcastTo(b.Reshape(x, tensor.Shape{outer, n, 1, inner}), tensor.Shape{outer, n, times, inner}), shape)
}

// repeat is what gorgonia's broadcasting makes. How often comes from the shape, not from the second operand.
func repeat(b *expr.Builder, op G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	along, ok := intsField(op, "along")
	from := args[0].Shape().Clone()
	for len(from) < len(shape) {
		from = append(from, 1)
	}
	if !ok || len(from) != len(shape) || along[0] < 0 || along[0] >= len(shape) || shape[along[0]]%from[along[0]] != 0 {
		return nil, fmt.Errorf("shape %v is repeated along axis %v to %v", args[0].Shape(), along, shape)
	}
	return repeated(b, b.Reshape(args[0], from), along[0], shape[along[0]]/from[along[0]]), nil
}

func upsample(b *expr.Builder, op G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	stride, ok := intsField(op, "stride") // less than the scale by one
	if shape := args[0].Shape(); !ok || len(shape) != 4 {
		return nil, fmt.Errorf("an image of shape %v, want four axes", shape)
	}
	return repeated(b, repeated(b, args[0], 3, stride[0]+1), 2, stride[0]+1), nil
}

func diagonal(b *expr.Builder, _ G.Op, shape tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	n := args[0].Size()
	return b.Place(b.Reshape(args[0], tensor.Shape{n}), shape, expr.Reading{Step: 1}, expr.Reading{Step: 1}), nil
}

// outer is the product of each element of a vector with each of another, which gorgonia adds to zeros.
func outer(b *expr.Builder, _ G.Op, _ tensor.Shape, args []*expr.Node) (*expr.Node, error) {
	column, row := b.Reshape(args[0], tensor.Shape{args[0].Size(), 1}), b.Reshape(args[1], tensor.Shape{1, args[1].Size()})
	return b.Add(b.Const(0), b.Mul(column, row)), nil
}
