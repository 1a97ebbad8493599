package main

import "github.com/mmcloughlin/avo/operand"

// sincos is func sincos of the package.
func (a *assembler) sincos(all kernels) {
	var (
		turn, magic, h1, h2, h3, one, half, sign, magnitude, oneBit op
		largest                                                     vec
	)
	before := func([]op) {
		turn, magic = a.constant(a.twoOverPi), a.constant(roundingMagic)
		h1, h2, h3 = a.constant(a.halfPi[0]), a.constant(a.halfPi[1]), a.constant(a.halfPi[2])
		one, half = a.constant(1), a.constant(0.5)
		sign, magnitude, oneBit = a.bits(signBit), a.bits(signBit-1), a.bits(1)
		largest = a.zero()
	}
	after := func() { a.report(a.compare(gtOQ, largest, a.constant(sinLimit))) }
	body := func(x op, sin, cos *operand.Mem) {
		r := a.load(x)
		a.largest(largest, r, magnitude)
		shifted := a.load(magic)
		a.VFMADD231PD(turn, r, shifted)
		n := a.vector()
		a.VSUBPD(magic, shifted, n)
		a.VFNMADD231PD(h1, n, r)
		a.VFNMADD231PD(h2, n, r)
		a.VFNMADD231PD(h3, n, r)
		square := a.vector()
		a.VMULPD(r, r, square)

		s := a.horner(a.sin, square)
		cube := a.vector()
		a.VMULPD(square, r, cube)
		a.VFMADD213PD(r, cube, s)
		a.VANDPD(sign, r, r)
		a.VORPD(r, s, s)

		c := a.horner(a.cos, square)
		most, rest := a.load(one), a.load(one)
		a.VFNMADD231PD(half, square, most)
		a.VSUBPD(most, rest, rest)
		a.VFNMADD231PD(half, square, rest)
		a.VMULPD(square, square, square)
		a.VFMADD213PD(rest, square, c)
		a.VADDPD(most, c, c)

		odd := a.vector()
		a.VPSLLQ(operand.Imm(63), shifted, odd)
		swap := a.highest(odd)
		// The second bit of n, or of n + 1 for the cosine, is the sign.
		signed := func(v, turns vec) vec {
			bit := a.vector()
			a.VPSLLQ(operand.Imm(62), turns, bit)
			a.VANDPD(sign, bit, bit)
			a.VXORPD(bit, v, v)
			return v
		}
		if sin != nil {
			a.VMOVUPD(signed(a.choose(swap, c, s), shifted), *sin)
		}
		if cos != nil {
			a.VPADDQ(oneBit, shifted, shifted)
			a.VMOVUPD(signed(a.choose(swap, s, c), shifted), *cos)
		}
	}
	all["Sin"] = kernel{form: "V>V", unroll: 1, before: before, after: after,
		body: func(in []op, out []operand.Mem) { body(in[0], &out[0], nil) }}
	all["Cos"] = kernel{form: "V>V", unroll: 1, before: before, after: after,
		body: func(in []op, out []operand.Mem) { body(in[0], nil, &out[0]) }}
	all["Sincos"] = kernel{form: "V>VV", unroll: 1, before: before, after: after,
		body: func(in []op, out []operand.Mem) { body(in[0], &out[0], &out[1]) }}
}

// largest keeps the largest |x| of each lane in so. A NaN does not count.
func (a *assembler) largest(so, x vec, magnitude op) vec {
	v := a.vector()
	a.VANDPD(magnitude, x, v)
	a.VMAXPD(so, v, so)
	return v
}
