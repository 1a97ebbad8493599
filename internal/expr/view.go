package expr

import (
	"fmt"
	"strings"

	"gorgonia.org/tensor"
)

// A view reads some elements of an array, the whole, as an array of their own, the part; a placement puts a part among
// zeros. Each is the other's transpose, so the two are closed under differentiation. They are slices, transpositions, single
// elements and diagonals:
//
//	view:  part[i]         = whole[place(i)]
//	place: whole[place(i)] = Σ part[i], 0 elsewhere

// places maps the index of an element of the part to its index in the whole: along axis a of the whole, first[a] +
// step[a]·i, where i is the part's index along its axis by[a], or 0 if that is none.
type places struct {
	first, step [MaxRank]int32
	by          [MaxRank]int8
}

// none means that an axis of the whole is read at one index.
const none = -1

// String gives, for each axis of the whole, its first index, the step, and the part's axis.
func (p places) String() string {
	axes := make([]string, MaxRank)
	for a := range axes {
		axes[a] = fmt.Sprint(p.first[a])
		if p.by[a] != none {
			axes[a] += fmt.Sprintf("+%d·i%d", p.step[a], p.by[a])
		}
	}
	return "[" + strings.Join(axes, ", ") + "]"
}

func placesText(r Rule) string { return r.at.String() + targetText(r) }

// check returns an error if some element of a part has no place in a whole.
func (p places) check(whole, part Dims) error {
	for a := range whole {
		first, last := int(p.first[a]), int(p.first[a])
		if p.by[a] != none {
			last += int(p.step[a]) * (part[p.by[a]] - 1)
		}
		if min(first, last) < 0 || max(first, last) >= whole[a] {
			return fmt.Errorf("expr: elements %d to %d of an axis of %d", first, last, whole[a])
		}
	}
	return nil
}

// each visits the rows of a part: n elements from at, whose places in the whole begin at from and are step apart.
func (p places) each(whole, part Dims, visit func(at, n, from, step int)) {
	start := 0
	var stride Dims // in the whole, along the axes of the part
	for a, size := MaxRank-1, 1; a >= 0; a-- {
		start += size * int(p.first[a])
		if p.by[a] != none {
			stride[p.by[a]] += size * int(p.step[a])
		}
		size *= whole[a]
	}
	n := part[MaxRank-1]
	var index Dims
	for at := 0; at < part.Size(); at += n {
		from := start
		for a := range MaxRank - 1 {
			from += index[a] * stride[a]
		}
		visit(at, n, from, stride[MaxRank-1])
		for a := MaxRank - 2; a >= 0; a-- {
			if index[a]++; index[a] < part[a] {
				break
			}
			index[a] = 0
		}
	}
}

func viewShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	whole, err := DimsOf(in[0])
	if err == nil {
		err = r.at.check(whole, r.to.dims)
	}
	return r.to.shape(), err
}

func placeShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	part, err := DimsOf(in[0])
	if err == nil {
		err = r.at.check(r.to.dims, part)
	}
	return r.to.shape(), err
}

func viewEval(r Rule, out Array, in []Array) {
	x := in[0].Data
	r.at.each(in[0].Dims, out.Dims, func(at, n, from, step int) {
		row := out.Data[at : at+n]
		if step == 1 {
			copy(row, x[from:])
			return
		}
		for i := range row {
			row[i] = x[from+i*step]
		}
	})
}

// distinct reports whether no two elements of a part have one place.
func (p places) distinct(part Dims) bool {
	for k, n := range part {
		apart := n == 1
		for a, by := range p.by {
			apart = apart || int(by) == k && p.step[a] != 0
		}
		if !apart {
			return false
		}
	}
	return true
}

// placeEval keeps the bits of elements that it need not add, such as a negative zero.
func placeEval(r Rule, out Array, in []Array) {
	clear(out.Data)
	distinct := r.at.distinct(in[0].Dims)
	r.at.each(out.Dims, in[0].Dims, func(at, n, from, step int) {
		row := in[0].Data[at : at+n]
		switch {
		case distinct && step == 1:
			copy(out.Data[from:], row)
		case distinct:
			for i, v := range row {
				out.Data[from+i*step] = v
			}
		default:
			for i, v := range row {
				out.Data[from+i*step] += v
			}
		}
	})
}

// transposedDiff is the derivative of a view or a placement: the other of the two.
func transposedDiff(o Op) func(Rule, *Builder, []*Node, *Node, *Node) []*Node {
	return func(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
		to, err := targetOf(in[0].Shape())
		b.Fail(err)
		return []*Node{b.Apply(Rule{Op: o, to: to, at: r.at}, grad)}
	}
}

// Reading is how a view reads an axis of the whole: at index First + Step·i, where i is the index along axis By of the part.
type Reading struct{ First, Step, By int }

// Single reads one element of an axis, and so drops it.
func Single(index int) Reading { return Reading{First: index, By: none} }

// View reads the part of a shape from x, each of whose axes is read as given.
func (b *Builder) View(x *Node, part tensor.Shape, axes ...Reading) *Node {
	if b.err != nil {
		return nil
	}
	r, err := movement(OpView, x.Shape(), part, axes)
	b.Fail(err)
	r.to, _ = targetOf(part)
	return b.Apply(r, x)
}

// Place puts x, as the part, among the zeros of a whole of a shape, each of whose axes is read as given.
func (b *Builder) Place(x *Node, whole tensor.Shape, axes ...Reading) *Node {
	if b.err != nil {
		return nil
	}
	r, err := movement(OpPlace, whole, x.Shape(), axes)
	b.Fail(err)
	r.to, _ = targetOf(whole)
	return b.Apply(r, x)
}

// movement is a view or a placement without its target.
func movement(o Op, whole, part tensor.Shape, axes []Reading) (Rule, error) {
	r := Rule{Op: o}
	for a := range r.at.by {
		r.at.by[a] = none
	}
	if len(whole) > MaxRank || len(part) > MaxRank {
		return r, fmt.Errorf("expr: shapes %v and %v, of more than %d axes", whole, part, MaxRank)
	}
	if len(axes) != len(whole) {
		return r, fmt.Errorf("expr: %d axes of shape %v are read", len(axes), whole)
	}
	for a, x := range axes {
		at := MaxRank - len(whole) + a
		if x.By >= len(part) || x.First != int(int32(x.First)) || x.Step != int(int32(x.Step)) {
			return r, fmt.Errorf("expr: axis %d of shape %v is read by %+v for shape %v", a, whole, x, part)
		}
		r.at.first[at], r.at.step[at] = int32(x.First), int32(x.Step)
		if x.By >= 0 {
			r.at.by[at] = int8(MaxRank - len(part) + x.By)
		}
	}
	return r, nil
}
