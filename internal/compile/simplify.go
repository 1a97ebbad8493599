package compile

import "math"

// lanewise adds an elementwise instruction, simplified.
func (f *function) lanewise(o op, args ...id) id {
	if v, ok := f.fold(o, args); ok {
		return v
	}
	all := true
	for _, a := range args {
		all = all && f.code[a].uniform()
	}
	// Kernels need a vector among their operands: where they choose, the condition; of a minimum, both.
	args = append([]id(nil), args...)
	for k, a := range args {
		if f.code[a].uniform() && (all && k == 0 || o == opWhere && k == 0 || o == opMin || o == opMax) {
			args[k] = f.add(instr{op: opFill, args: []id{a}})
		}
	}
	return f.add(instr{op: o, args: args})
}

// fold finds a simpler way to a value. Only what keeps every bit is done, but for the sign of a zero, and for zero times
// what is not finite: an image with a pixel that is not finite is an error anyway.
func (f *function) fold(o op, args []id) (id, bool) {
	if v, ok := f.foldConstants(o, args); ok {
		return v, true
	}
	neg := func(v id) (id, bool) {
		if f.code[v].op == opNeg {
			return f.code[v].args[0], true
		}
		return 0, false
	}
	switch o {
	case opNeg:
		if x, ok := neg(args[0]); ok {
			return x, true
		}
	case opAdd:
		x, y := args[0], args[1]
		switch {
		case f.isConst(x, 0):
			return y, true
		case f.isConst(y, 0):
			return x, true
		}
		if n, ok := neg(y); ok {
			return f.lanewise(opSub, x, n), true
		}
		if n, ok := neg(x); ok {
			return f.lanewise(opSub, y, n), true
		}
	case opSub:
		x, y := args[0], args[1]
		if f.isConst(y, 0) {
			return x, true
		}
		if n, ok := neg(y); ok {
			return f.lanewise(opAdd, x, n), true
		}
	case opMul:
		x, y := args[0], args[1]
		switch {
		case f.isConst(x, 1) || f.isConst(y, 0):
			return y, true
		case f.isConst(y, 1) || f.isConst(x, 0):
			return x, true
		case f.isConst(x, -1):
			return f.lanewise(opNeg, y), true
		case f.isConst(y, -1):
			return f.lanewise(opNeg, x), true
		case x == y:
			return f.lanewise(opSquare, x), true
		}
		// A sign goes to the end of a product, where it may meet a sum.
		nx, isX := neg(x)
		ny, isY := neg(y)
		switch {
		case isX && isY:
			return f.lanewise(opMul, nx, ny), true
		case isX:
			return f.lanewise(opNeg, f.lanewise(opMul, nx, y)), true
		case isY:
			return f.lanewise(opNeg, f.lanewise(opMul, x, ny)), true
		}
	case opDiv:
		x, y := args[0], args[1]
		if f.isConst(y, 1) {
			return x, true
		}
		if f.isConst(x, 1) {
			return f.lanewise(opInverse, y), true
		}
		if n, ok := neg(x); ok {
			return f.lanewise(opNeg, f.lanewise(opDiv, n, y)), true
		}
	case opWhere:
		if c := f.code[args[0]]; c.op == opConst {
			if c.value != 0 {
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
func (f *function) foldConstants(o op, args []id) (id, bool) {
	var x [2]float64
	if len(args) > len(x) {
		return 0, false
	}
	for i, a := range args {
		if f.code[a].op != opConst {
			return 0, false
		}
		x[i] = f.code[a].value
	}
	switch o {
	case opNeg:
		return f.constant(-x[0]), true
	case opAdd:
		return f.constant(x[0] + x[1]), true
	case opSub:
		return f.constant(x[0] - x[1]), true
	case opMul:
		return f.constant(x[0] * x[1]), true
	case opDiv:
		return f.constant(x[0] / x[1]), true
	case opSquare:
		return f.constant(x[0] * x[0]), true
	case opInverse:
		return f.constant(1 / x[0]), true
	case opSqrt:
		return f.constant(math.Sqrt(x[0])), true
	}
	return 0, false
}
