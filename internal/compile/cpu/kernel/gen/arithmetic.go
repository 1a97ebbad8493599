package main

import "github.com/mmcloughlin/avo/operand"

// simple is the number of registers a turn of short loops, 16 lanes: enough to hide
// what the loop itself costs. Longer ones take one.
func (a *assembler) simple() int { return 16 / a.width }

type kernels map[string]kernel

func (a *assembler) arithmetic(all kernels) {
	// Operands of avo and of Go's assembler run the other way: b, a is a - b.
	binary := func(name string, operation func(...op), forms ...string) {
		for _, form := range forms {
			all[name+form] = kernel{form: form + ">V", unroll: a.simple(), body: func(in []op, out []operand.Mem) {
				v := a.vector()
				x := in[0]
				if operand.IsMem(x) {
					x = a.load(x)
				}
				operation(in[1], x, v)
				a.VMOVUPD(v, out[0])
			}}
		}
	}
	binary("Add", a.VADDPD, "VV", "VS")
	binary("Sub", a.VSUBPD, "VV", "VS", "SV")
	binary("Mul", a.VMULPD, "VV", "VS")
	binary("Div", a.VDIVPD, "VV", "VS", "SV")
	if a.neon != nil {
		binary("Min", a.neon.FMIN, "VV")
		binary("Max", a.neon.FMAX, "VV")
		return
	}
	// VMINPD gives its second source where one is NaN or both are zeros. Both orders
	// together give the NaN and the -0, if there is one.
	all["MinVV"] = kernel{form: "VV>V", unroll: 1, body: func(in []op, out []operand.Mem) {
		x, y, v := a.load(in[0]), a.load(in[1]), a.vector()
		a.VMINPD(x, y, v)
		a.VMINPD(y, x, x)
		a.VORPD(x, v, v)
		a.VMOVUPD(v, out[0])
	}}
	all["MaxVV"] = kernel{form: "VV>V", unroll: 1, body: func(in []op, out []operand.Mem) {
		x, y, v, w := a.load(in[0]), a.load(in[1]), a.vector(), a.vector()
		a.VMAXPD(x, y, v)
		a.VMAXPD(y, x, w)
		a.VANDPD(w, v, v)
		nan := a.compare(unordQ, x, y)
		a.VADDPD(y, x, x)
		a.VMOVUPD(a.choose(nan, x, v), out[0])
	}}
}

func (a *assembler) unary(all kernels) {
	one := func(name, form string, before func(), f func(x op, v vec)) {
		all[name] = kernel{form: form, unroll: a.simple(), before: func([]op) {
			if before != nil {
				before()
			}
		}, body: func(in []op, out []operand.Mem) {
			v := a.vector()
			f(in[0], v)
			a.VMOVUPD(v, out[0])
		}}
	}
	// bits keeps one constant a kernel in a register.
	var c vec
	constant := func(b uint64) func() {
		return func() { c = a.vector(); a.VBROADCASTSD(a.stored(b), c) }
	}
	one("Neg", "V>V", constant(signBit), func(x op, v vec) { a.VXORPD(x, c, v) })
	one("Abs", "V>V", constant(signBit-1), func(x op, v vec) { a.VANDPD(x, c, v) })
	one("Inverse", "V>V", constant(bitsOf(1)), func(x op, v vec) { a.VDIVPD(x, c, v) })
	one("Square", "V>V", nil, func(x op, v vec) { a.VMOVUPD(x, v); a.VMULPD(v, v, v) })
	one("Sqrt", "V>V", nil, func(x op, v vec) { a.VSQRTPD(x, v) })
	one("Floor", "V>V", nil, func(x op, v vec) { a.round(down, x, v) })
	one("Ceil", "V>V", nil, func(x op, v vec) { a.round(up, x, v) })
	one("Copy", "V>V", nil, func(x op, v vec) { a.VMOVUPD(x, v) })
	one("Nearest", "V>V", constant(bitsOf(-0.5)), func(x op, v vec) { a.VADDPD(x, c, v); a.round(up, v, v) })
	all["Fill"] = kernel{form: "S>V", unroll: a.simple(), body: func(in []op, out []operand.Mem) { a.VMOVUPD(in[0], out[0]) }}
	all["Split"] = kernel{form: "V>VV", unroll: a.simple(), before: func([]op) { constant(bitsOf(-0.5))() }, body: func(in []op, out []operand.Mem) {
		x, v := a.load(in[0]), a.vector()
		a.VADDPD(x, c, v)
		a.round(up, v, v)
		a.VSUBPD(v, x, x)
		a.VMOVUPD(x, out[0])
		a.VMOVUPD(v, out[1])
	}}
}

// Directions of rounding, without the inexact exception.
const (
	down = 0x9
	up   = 0xa
)

func (a *assembler) round(direction uint64, x op, v vec) {
	switch {
	case a.neon != nil && direction == down:
		a.neon.three("frintm", v, x)
	case a.neon != nil:
		a.neon.three("frintp", v, x)
	case a.wide():
		a.VRNDSCALEPD(operand.Imm(direction), x, v)
	default:
		a.VROUNDPD(operand.Imm(direction), x, v)
	}
}
