package expr

import (
	"fmt"
	"runtime"

	"gorgonia.org/tensor"
)

// An axis is read at indices that the second operand lists:
//
//	take: out[…, j, …] = x[…, index[j], …]
//	put:  out[…, k, …] = Σ x[…, j, …] over the j with index[j] = k, in their order
//
// Each is the other's transpose, so the two are closed under differentiation. An index may be listed any number of times.

func takeShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	axis := r.axis() - MaxRank + len(in[0])
	if axis < 0 {
		return nil, fmt.Errorf("expr: shape %v has no axis to read at indices", in[0])
	}
	out := in[0].Clone()
	out[axis] = in[1].TotalSize()
	return out, nil
}

func putText(r Rule) string { return axisText(r) + targetText(r) }

func putShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	part, err := takeShape(r, []tensor.Shape{r.to.shape(), in[1]})
	if err == nil && !sameShape(part, in[0]) {
		err = fmt.Errorf("expr: shape %v at %d indices of shape %v", in[0], in[1].TotalSize(), r.to.shape())
	}
	return r.to.shape(), err
}

// place is index j as an integer. A rule panics at a value that it does not expect (see plan.Node.Eval).
func place(index Array, j, extent int) int {
	k := int(index.Data[j])
	if k < 0 || k >= extent || float64(k) != index.Data[j] {
		panic(fmt.Sprintf("index %v, at %d of the list, is not one of the %d elements along the axis", index.Data[j], j, extent))
	}
	return k
}

func takeEval(r Rule, out Array, in []Array) {
	x, index, axis := in[0], in[1], r.axis()
	outer, inner := rows(out.Dims, axis)
	n, m := out.Dims[axis], x.Dims[axis]
	for j := range n {
		k := place(index, j, m)
		for o := range outer {
			copy(out.Data[(o*n+j)*inner:][:inner], x.Data[(o*m+k)*inner:])
		}
	}
}

func putEval(r Rule, out Array, in []Array) {
	clear(out.Data)
	putInto(r, out, in)
}

// putInto adds to elements that putEval clears before.
func putInto(r Rule, out Array, in []Array) {
	x, index, axis := in[0], in[1], r.axis()
	outer, inner := rows(out.Dims, axis)
	n, m := x.Dims[axis], out.Dims[axis]
	if outer == 1 && inner == 1 {
		r.PutPart(out, in, 0, n)
		return
	}
	for j := range n {
		k := place(index, j, m)
		for o := range outer {
			to := out.Data[(o*m+k)*inner:][:inner]
			for i, v := range x.Data[(o*n+j)*inner:][:inner] {
				to[i] += v
			}
		}
	}
}

// PutsParts reports whether [Rule.PutPart] computes a rule for operands and a result of some extents: an OpPut along the only axis.
func (r Rule) PutsParts(in, out Dims) bool {
	return r.Op == OpPut && in[r.axis()] == in.Size() && out[r.axis()] == out.Size()
}

// PutPart adds the elements from … to−1 of the first operand. Parts that follow each other are the whole.
func (r Rule) PutPart(out Array, in []Array, from, to int) {
	x, index, sums := in[0].Data[from:to], in[1].Data[from:to], out.Data
	touch(sums, index)
	for j, v := range x {
		at := index[j]
		k := int(at)
		if uint(k) >= uint(len(sums)) || float64(k) != at {
			place(in[1], from+j, len(sums)) // which panics
		}
		sums[k] += v
	}
}

// touch reads one of the sums in each line of the cache or so, most of which are not in it yet: loads that nothing waits for
// overlap, while those of sums each wait for the one before.
func touch(sums, index []float64) {
	seen := 0.0
	for j := 0; j < len(index); j += 8 {
		if k := int(index[j]); uint(k) < uint(len(sums)) {
			seen += sums[k]
		}
	}
	runtime.KeepAlive(seen)
}

func takeDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	to, err := targetOf(in[0].Shape())
	b.Fail(err)
	return []*Node{b.Apply(Rule{Op: OpPut, Axes: r.Axes, to: to}, grad, in[1]), nil}
}

func putDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	if grad.Rule().Op == OpBroadcast {
		// The same along the axis, as the gradient of a sum is: so are the elements taken, and a whole image need not be made.
		whole := grad.Args()[0]
		if d, err := DimsOf(whole.Shape()); err == nil && d[r.axis()] == 1 {
			return []*Node{b.BroadcastTo(whole, in[0].Shape()), nil}
		}
	}
	return []*Node{b.Apply(Rule{Op: OpTake, Axes: r.Axes}, grad, in[1]), nil}
}

// listed is the tangent of a rule that is linear in its first operand and has none by the second.
func listed(r Rule, b *Builder, in []*Node, _ int, t *Node) *Node {
	return b.Apply(r, b.BroadcastTo(t, in[0].Shape()), in[1])
}

// Take reads an axis of x at indices, whole numbers from 0 on, of which index may list one any number of times.
func (b *Builder) Take(x, index *Node, axis int) *Node {
	if b.err != nil {
		return nil
	}
	r, err := onAxis(OpTake, axis, len(x.Shape()))
	b.Fail(err)
	return b.Apply(r, x, index)
}

// Put sums x into an axis of the given length at indices, whole numbers from 0 on, one for each element of x along
// that axis; it is [Builder.Take] transposed.
func (b *Builder) Put(x, index *Node, axis, length int) *Node {
	if b.err != nil {
		return nil
	}
	r, err := onAxis(OpPut, axis, len(x.Shape()))
	b.Fail(err)
	shape := x.Shape().Clone()
	if err == nil {
		shape[axis] = length
	}
	to, err := targetOf(shape)
	b.Fail(err)
	r.to = to
	return b.Apply(r, x, index)
}
