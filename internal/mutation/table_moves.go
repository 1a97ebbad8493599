package mutation

// moves are mistakes in the derivatives of operations that move, choose or multiply elements.
var moves = []Mutant{
	{Name: "slice: its beginning lost in the derivative", Kind: Swapped, File: "internal/expr/view.go",
		Old: `		return []*Node{b.Apply(Rule{Op: o, to: to, at: r.at}, grad)}`, New: `		at := r.at
		at.first[MaxRank-1] = 0
		return []*Node{b.Apply(Rule{Op: o, to: to, at: at}, grad)}`},
	{Name: "slice: the derivative of its derivative is once more one of the operand", Kind: SecondOrder, File: "internal/expr/view.go",
		Old: `		return []*Node{b.Apply(Rule{Op: o, to: to, at: r.at}, grad)}`, New: `		part := b.Apply(Rule{Op: o, to: to, at: r.at}, grad)
		if r.Op == OpPlace {
			part = b.Scale(2, part)
		}
		return []*Node{part}`},
	{Name: "repeated elements: the last share overwrites", Kind: ChainRule, File: "internal/expr/view.go",
		Old: `				out.Data[from+i*step] += v`, New: `				out.Data[from+i*step] = v`,
		Blind: "No operation of gorgonia's is read as a view that has an element twice: what is repeated is broadcast."},
	{Name: "slice: the last element of a row lost in the derivative", Kind: Element, File: "internal/expr/view.go",
		Old: `			copy(out.Data[from:], row)`, New: `			copy(out.Data[from:], row[:max(1, len(row)-1)])`},
	{Name: "concatenation: the first operand's share for all", Kind: Swapped, File: "internal/expr/concat.go",
		Old: `		first += x.Shape()[axis]`, New: `		first += 0 * x.Shape()[axis]`},
	{Name: "concatenation: wrong sign of the tangents", Kind: Forward, File: "internal/expr/concat.go",
		Old: `	return b.Place(b.BroadcastTo(t, in[i].Shape()), whole, r.parts(in)[i]...)`, New: `	return b.Neg(b.Place(b.BroadcastTo(t, in[i].Shape()), whole, r.parts(in)[i]...))`},
	{Name: "repeated indices: the last share overwrites", Kind: ChainRule, File: "internal/expr/take.go",
		Old: `				to[i] += v`, New: `				to[i] = v`},
	{Name: "indices: the derivative of the derivative detached", Kind: SecondOrder, File: "internal/expr/take.go",
		Old: `	return []*Node{b.Apply(Rule{Op: OpTake, Axes: r.Axes}, grad, in[1]), nil}`, New: `	return []*Node{b.Scale(0, b.Apply(Rule{Op: OpTake, Axes: r.Axes}, grad, in[1])), nil}`},
	{Name: "maximum: the derivative goes to all elements", Kind: Mean, File: "internal/expr/maximum.go",
		Old: `	return []*Node{b.Mul(grad, largest(b, in[0], out))}`, New: `	return []*Node{b.Mul(grad, b.Add(b.Const(1), b.Scale(0, largest(b, in[0], out))))}`},
	{Name: "maximum: equal elements do not share the derivative", Kind: Local, File: "internal/expr/maximum.go",
		Old: `	return b.Div(equal, b.SumTo(equal, out.Shape()))`, New: `	return b.Div(equal, b.Square(b.Div(out, out)))`,
		Blind: "Where elements are equal the maximum has a kink, and which derivative is chosen there is a convention."},
	{Name: "softmax: wrong sign of what the sum passes on", Kind: Sign, File: "internal/expr/maximum.go",
		Old: `	return shifted, b.reduceTo(OpSumTo, b.Exp(shifted), kept)`, New: `	sum = b.reduceTo(OpSumTo, b.Exp(shifted), kept)
	negative := &Altered{Rule: Rule{Op: OpNeg}, Name: "planted", Eval: func(out Array, in []Array) { copy(out.Data, in[0].Data[:len(out.Data)]) }}
	return shifted, b.Apply(Alter(negative), sum)`},
	{Name: "product of matrices: wrong sign of the first", Kind: Sign, File: "internal/expr/product.go",
		Old: `		shares[0] = b.MatMul(grad, y, false, !ty)`, New: `		shares[0] = b.Neg(b.MatMul(grad, y, false, !ty))`},
	{Name: "product of matrices: the second not transposed in the derivative", Kind: Swapped, File: "internal/expr/product.go",
		Old: `		shares[1] = b.MatMul(x, grad, !tx, false)`, New: `		square := x.Shape()[len(x.Shape())-1] == x.Shape()[len(x.Shape())-2]
		shares[1] = b.MatMul(x, grad, !tx && !square, false)`},
	{Name: "product of matrices: forward derivative of the other operand", Kind: Forward, File: "internal/expr/product.go",
		Old: `	with[i] = b.BroadcastTo(t, in[i].Shape())`, New: `	with[i] = b.Add(in[i], b.Scale(0, b.BroadcastTo(t, in[i].Shape())))`},
}
