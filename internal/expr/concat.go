package expr

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"
)

// onAxis is the rule of an operation on one axis of operands of some rank.
func onAxis(o Op, axis, rank int) (Rule, error) {
	r := Rule{Op: o}
	if axis < 0 || axis >= rank || rank > MaxRank {
		return r, fmt.Errorf("expr: %s along axis %d of %d", o, axis, rank)
	}
	r.Axes[MaxRank-rank+axis] = true
	return r, nil
}

// axis is that of onAxis, among the four.
func (r Rule) axis() int { return slices.Index(r.Axes[:], true) }

func axisText(r Rule) string { return fmt.Sprintf("@%d", r.axis()) }

// rows are extents before an axis, and elements of one index of the axis.
func rows(d Dims, axis int) (outer, inner int) {
	outer, inner = 1, 1
	for a, n := range d {
		switch {
		case a < axis:
			outer *= n
		case a > axis:
			inner *= n
		}
	}
	return outer, inner
}

// A concatenation joins its operands along an axis, along which each may have another extent. Its derivatives are views of
// the gradient, and placements of the tangents.

func concatShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	if len(in) == 0 {
		return nil, fmt.Errorf("expr: a concatenation of nothing")
	}
	axis := r.axis() - MaxRank + len(in[0])
	if axis < 0 {
		return nil, fmt.Errorf("expr: cannot concatenate shape %v along axis %d", in[0], axis)
	}
	out := in[0].Clone()
	out[axis] = 0
	for _, s := range in {
		if len(s) != len(out) {
			return nil, fmt.Errorf("expr: cannot concatenate shapes %v", in)
		}
		for a := range s {
			if a != axis && s[a] != out[a] {
				return nil, fmt.Errorf("expr: cannot concatenate shapes %v along axis %d", in, axis)
			}
		}
		out[axis] += s[axis]
	}
	return out, nil
}

func concatEval(r Rule, out Array, in []Array) {
	axis := r.axis()
	outer, inner := rows(out.Dims, axis)
	to := 0
	for o := range outer {
		for _, x := range in {
			n := x.Dims[axis] * inner
			copy(out.Data[to:to+n], x.Data[o*n:])
			to += n
		}
	}
}

// parts are how each operand of a concatenation is read from the result.
func (r Rule) parts(in []*Node) [][]Reading {
	rank := len(in[0].Shape())
	axis := r.axis() - MaxRank + rank
	out := make([][]Reading, len(in))
	first := 0
	for k, x := range in {
		out[k] = make([]Reading, rank)
		for a := range rank {
			out[k][a] = Reading{Step: 1, By: a}
		}
		out[k][axis].First = first
		first += x.Shape()[axis]
	}
	return out
}

func concatDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for k, part := range r.parts(in) {
		shares[k] = b.View(grad, in[k].Shape(), part...)
	}
	return shares
}

func concatTangent(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	shapes := make([]tensor.Shape, len(in))
	for k, x := range in {
		shapes[k] = x.Shape()
	}
	whole, err := r.Shape(shapes)
	b.Fail(err)
	return b.Place(b.BroadcastTo(t, in[i].Shape()), whole, r.parts(in)[i]...)
}

// Concat joins nodes along an axis.
func (b *Builder) Concat(axis int, first *Node, rest ...*Node) *Node {
	if b.err != nil {
		return nil
	}
	r, err := onAxis(OpConcat, axis, len(first.Shape()))
	b.Fail(err)
	return b.Apply(r, append([]*Node{first}, rest...)...)
}
