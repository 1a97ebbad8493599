package compile

import "math"

// lanewise adds an elementwise instruction, simplified.
func (f *Function) lanewise(o Op, args ...ID) ID {
	if v, ok := f.fold(o, args); ok {
		return v
	}
	all := true
	for _, a := range args {
		all = all && f.Code[a].Uniform()
	}
	// An operation's vectors must be its first operand, the condition of a choice, and both
	// operands of a minimum or maximum.
	args = append([]ID(nil), args...)
	for k, a := range args {
		if f.target.Vectors && f.Code[a].Uniform() && (all && k == 0 || o == OpWhere && k == 0 || o == OpMin || o == OpMax) {
			args[k] = f.add(Instr{Op: OpFill, Args: []ID{a}})
		}
	}
	return f.add(Instr{Op: o, Args: args})
}

// fold finds a simpler way to compute a value. The result has the same bits, except for the sign of
// a zero, and except for zero times a number that is not finite: an image with a pixel that is not
// finite is an error anyway.
func (f *Function) fold(o Op, args []ID) (ID, bool) {
	if v, ok := f.foldConstants(o, args); ok {
		return v, true
	}
	switch o {
	case OpNeg:
		return f.negated(args[0])
	case OpAdd:
		return f.foldAdd(args[0], args[1])
	case OpSub:
		return f.foldSub(args[0], args[1])
	case OpMul:
		return f.foldMul(args[0], args[1])
	case OpDiv:
		return f.foldDiv(args[0], args[1])
	case OpWhere:
		return f.foldWhere(args[0], args[1], args[2])
	}
	return 0, false
}

// negated returns x if the value is −x.
func (f *Function) negated(v ID) (ID, bool) {
	if f.Code[v].Op == OpNeg {
		return f.Code[v].Args[0], true
	}
	return 0, false
}

func (f *Function) foldAdd(x, y ID) (ID, bool) {
	switch {
	case f.isConst(x, 0):
		return y, true
	case f.isConst(y, 0):
		return x, true
	}
	if n, ok := f.negated(y); ok {
		return f.lanewise(OpSub, x, n), true
	}
	if n, ok := f.negated(x); ok {
		return f.lanewise(OpSub, y, n), true
	}
	return 0, false
}

func (f *Function) foldSub(x, y ID) (ID, bool) {
	if f.isConst(y, 0) {
		return x, true
	}
	if n, ok := f.negated(y); ok {
		return f.lanewise(OpAdd, x, n), true
	}
	return 0, false
}

func (f *Function) foldMul(x, y ID) (ID, bool) {
	switch {
	case f.isConst(x, 1) || f.isConst(y, 0):
		return y, true
	case f.isConst(y, 1) || f.isConst(x, 0):
		return x, true
	case f.isConst(x, -1):
		return f.lanewise(OpNeg, y), true
	case f.isConst(y, -1):
		return f.lanewise(OpNeg, x), true
	case x == y:
		return f.lanewise(OpSquare, x), true
	}
	// A sign moves behind the product, where a sum may absorb it.
	nx, isX := f.negated(x)
	ny, isY := f.negated(y)
	switch {
	case isX && isY:
		return f.lanewise(OpMul, nx, ny), true
	case isX:
		return f.lanewise(OpNeg, f.lanewise(OpMul, nx, y)), true
	case isY:
		return f.lanewise(OpNeg, f.lanewise(OpMul, x, ny)), true
	}
	return 0, false
}

func (f *Function) foldDiv(x, y ID) (ID, bool) {
	switch {
	case f.isConst(y, 1):
		return x, true
	case f.isConst(x, 1):
		return f.lanewise(OpInverse, y), true
	}
	if n, ok := f.negated(x); ok {
		return f.lanewise(OpNeg, f.lanewise(OpDiv, n, y)), true
	}
	return 0, false
}

func (f *Function) foldWhere(condition, then, otherwise ID) (ID, bool) {
	if c := &f.Code[condition]; c.Op == OpConst {
		if c.Value != 0 {
			return then, true
		}
		return otherwise, true
	}
	return then, then == otherwise
}

// foldConstants computes an operation whose operands are all constants.
func (f *Function) foldConstants(o Op, args []ID) (ID, bool) {
	var x [2]float64
	if len(args) > len(x) {
		return 0, false
	}
	for i, a := range args {
		if f.Code[a].Op != OpConst {
			return 0, false
		}
		x[i] = f.Code[a].Value
	}
	switch o {
	case OpNeg:
		return f.constant(-x[0]), true
	case OpAdd:
		return f.constant(x[0] + x[1]), true
	case OpSub:
		return f.constant(x[0] - x[1]), true
	case OpMul:
		return f.constant(x[0] * x[1]), true
	case OpDiv:
		return f.constant(x[0] / x[1]), true
	case OpSquare:
		return f.constant(x[0] * x[0]), true
	case OpInverse:
		return f.constant(1 / x[0]), true
	case OpSqrt:
		return f.constant(math.Sqrt(x[0])), true
	}
	return 0, false
}
