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
	// Where an operation takes a vector, it is: of a choice, the condition; of a minimum, both.
	args = append([]ID(nil), args...)
	for k, a := range args {
		if f.target.Vectors && f.Code[a].Uniform() && (all && k == 0 || o == OpWhere && k == 0 || o == OpMin || o == OpMax) {
			args[k] = f.add(Instr{Op: OpFill, Args: []ID{a}})
		}
	}
	return f.add(Instr{Op: o, Args: args})
}

// fold finds a simpler way to a value. Only what keeps every bit is done, but for the sign of a zero, and for zero times
// what is not finite: an image with a pixel that is not finite is an error anyway.
func (f *Function) fold(o Op, args []ID) (ID, bool) {
	if v, ok := f.foldConstants(o, args); ok {
		return v, true
	}
	neg := func(v ID) (ID, bool) {
		if f.Code[v].Op == OpNeg {
			return f.Code[v].Args[0], true
		}
		return 0, false
	}
	switch o {
	case OpNeg:
		if x, ok := neg(args[0]); ok {
			return x, true
		}
	case OpAdd:
		x, y := args[0], args[1]
		switch {
		case f.isConst(x, 0):
			return y, true
		case f.isConst(y, 0):
			return x, true
		}
		if n, ok := neg(y); ok {
			return f.lanewise(OpSub, x, n), true
		}
		if n, ok := neg(x); ok {
			return f.lanewise(OpSub, y, n), true
		}
	case OpSub:
		x, y := args[0], args[1]
		if f.isConst(y, 0) {
			return x, true
		}
		if n, ok := neg(y); ok {
			return f.lanewise(OpAdd, x, n), true
		}
	case OpMul:
		x, y := args[0], args[1]
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
		// A sign goes to the end of a product, where it may meet a sum.
		nx, isX := neg(x)
		ny, isY := neg(y)
		switch {
		case isX && isY:
			return f.lanewise(OpMul, nx, ny), true
		case isX:
			return f.lanewise(OpNeg, f.lanewise(OpMul, nx, y)), true
		case isY:
			return f.lanewise(OpNeg, f.lanewise(OpMul, x, ny)), true
		}
	case OpDiv:
		x, y := args[0], args[1]
		if f.isConst(y, 1) {
			return x, true
		}
		if f.isConst(x, 1) {
			return f.lanewise(OpInverse, y), true
		}
		if n, ok := neg(x); ok {
			return f.lanewise(OpNeg, f.lanewise(OpDiv, n, y)), true
		}
	case OpWhere:
		if c := f.Code[args[0]]; c.Op == OpConst {
			if c.Value != 0 {
				return args[1], true
			}
			return args[2], true
		}
		if args[1] == args[2] {
			return args[1], true
		}
	}
	return 0, false
}

// foldConstants computes arithmetic of constants.
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
