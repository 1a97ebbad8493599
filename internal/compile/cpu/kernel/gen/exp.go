package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

func bitsOf(x float64) uint64 { return math.Float64bits(x) }

// horner evaluates a polynomial at x. Its coefficients stay in memory: a load with
// each multiplication costs nothing, and leaves the registers to the rest.
func (a *assembler) horner(p []float64, x op) vec {
	if a.neon != nil {
		return a.neon.horner(p, x)
	}
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

// scaled multiplies by a number in memory.
func (a *assembler) scaled(by float64, from, to vec) {
	if m := a.stored(bitsOf(by)); a.wide() {
		a.VMULPD_BCST(m, from, to)
	} else {
		a.VMULPD(m, from, to)
	}
}

type expConstants struct{ lowest, highest, log2e, magic, high, low, one, half op }

func (c *expConstants) load(a *assembler) {
	c.lowest, c.highest = a.constant(expLowest), a.constant(expHighest)
	c.log2e, c.magic = a.constant(a.log2E), a.constant(roundingMagic)
	c.high, c.low, c.one = a.constant(a.ln2[0]), a.constant(a.ln2[1]), a.constant(1)
	if !a.wide() {
		c.half = a.constant(0.5)
	}
}

// exponential is func exponential of the package.
func (a *assembler) exponential(all kernels) {
	c := &expConstants{}
	all["Exp"] = kernel{form: "V>V", unroll: 1,
		before: func([]op) { c.load(a) },
		body:   func(in []op, out []operand.Mem) { a.VMOVUPD(a.exp(c, in[0]), out[0]) }}
}

// atLeast is the larger of x and a limit, atMost the lesser; a NaN x comes through. Zeros may take each other's place.
func (a *assembler) atLeast(x, limit op, to vec) {
	if a.neon != nil {
		a.neon.FMAX(x, limit, to)
	} else {
		a.VMAXPD(x, limit, to) // a NaN or a zero of the second source, which is x
	}
}

func (a *assembler) atMost(x, limit op, to vec) {
	if a.neon != nil {
		a.neon.FMIN(x, limit, to)
	} else {
		a.VMINPD(x, limit, to)
	}
}

// exp is e^x.
func (a *assembler) exp(c *expConstants, in op) vec {
	x, r := a.load(c.lowest), a.load(c.highest)
	a.atLeast(in, x, x)
	a.atMost(x, r, r)
	n := a.load(c.magic)
	a.VFMADD231PD(c.log2e, r, n)
	a.VSUBPD(c.magic, n, n)
	a.VFNMADD231PD(c.high, n, r)
	a.VFNMADD231PD(c.low, n, r)
	v := a.horner(a.constants.exp, r)
	square := a.vector()
	a.VMULPD(r, r, square)
	a.VFMADD213PD(r, square, v)
	a.VADDPD(c.one, v, v)
	if a.wide() {
		a.VSCALEFPD(n, v, v)
		return v
	}
	// The exponent of a power of two is in the lowest bits of what magic was added to.
	first := a.load(c.magic)
	a.VFMADD231PD(c.half, n, first)
	rounded := a.vector()
	a.VSUBPD(c.magic, first, rounded)
	a.VSUBPD(rounded, n, n)
	a.VADDPD(c.magic, n, n)
	for _, power := range []vec{first, n} {
		a.VPSLLQ(operand.Imm(52), power, power)
		a.VPADDQ(c.one, power, power)
		a.VMULPD(power, v, v)
	}
	return v
}
