package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

func bitsOf(x float64) uint64 { return math.Float64bits(x) }

// horner evaluates a polynomial at x. Its coefficients stay in memory: a load with
// each multiplication costs nothing, and leaves the registers to the rest.
func (a *assembler) horner(p []float64, x op) vec {
	v := a.vector()
	last := a.stored(bitsOf(p[len(p)-1]))
	if a.wide() {
		a.VBROADCASTSD(last, v)
	} else {
		a.VMOVUPD(last, v)
	}
	for i := len(p) - 2; i >= 0; i-- {
		c := a.stored(bitsOf(p[i]))
		if a.wide() {
			a.VFMADD213PD_BCST(c, x, v)
		} else {
			a.VFMADD213PD(c, x, v)
		}
	}
	return v
}

// exponential is func exponential of the package.
func (a *assembler) exponential(all kernels) {
	var lowest, highest, log2e, magic, high, low, one, half op
	all["Exp"] = kernel{form: "V>V", unroll: 1, before: func([]op) {
		lowest, highest = a.constant(expLowest), a.constant(expHighest)
		log2e, magic = a.constant(a.log2E), a.constant(roundingMagic)
		high, low, one = a.constant(a.ln2[0]), a.constant(a.ln2[1]), a.constant(1)
		if !a.wide() {
			half = a.constant(0.5)
		}
	}, body: func(in []op, out []operand.Mem) {
		// A NaN comes through: VMAXPD and VMINPD give their second source then.
		x, r := a.load(lowest), a.load(highest)
		a.VMAXPD(in[0], x, x)
		a.VMINPD(x, r, r)
		n := a.load(magic)
		a.VFMADD231PD(log2e, r, n)
		a.VSUBPD(magic, n, n)
		a.VFNMADD231PD(high, n, r)
		a.VFNMADD231PD(low, n, r)
		v := a.horner(a.exp, r)
		square := a.vector()
		a.VMULPD(r, r, square)
		a.VFMADD213PD(r, square, v)
		a.VADDPD(one, v, v)
		if a.wide() {
			a.VSCALEFPD(n, v, v)
		} else {
			// The exponent of a power of two is in the lowest bits of what magic was added to.
			first := a.load(magic)
			a.VFMADD231PD(half, n, first)
			rounded := a.vector()
			a.VSUBPD(magic, first, rounded)
			a.VSUBPD(rounded, n, n)
			a.VADDPD(magic, n, n)
			for _, power := range []vec{first, n} {
				a.VPSLLQ(operand.Imm(52), power, power)
				a.VPADDQ(one, power, power)
				a.VMULPD(power, v, v)
			}
		}
		a.VMOVUPD(v, out[0])
	}}
}
