package main

import "github.com/mmcloughlin/avo/operand"

// sinRatio is func sinRatio of the package.
func (a *assembler) sinRatio(all kernels) {
	for order, form := range []string{"VS>V", "VS>VV", "VS>VVV"} {
		var magnitude, least, magic, one, minus4, minus2, zero, curvature op
		var largest vec
		before := func(in []op) {
			cells := in[1]
			a.report(a.compare(ngeUQ, cells, a.constant(1)))
			a.report(a.compare(nleUQ, cells, a.constant(maxCells)))
			magnitude, least, magic = a.bits(signBit-1), a.constant(leastDistance), a.constant(roundingMagic)
			one, minus4 = a.constant(1), a.constant(-4)
			largest = a.zero()
			if order > 0 {
				// N between 1 and accurateCells is as near to their mean.
				const half = (accurateCells - 1) / 2
				near := a.load(cells)
				a.VSUBPD(a.constant(1+half), near, near)
				a.VANDPD(magnitude, near, near)
				a.report(a.compare(ltOQ, near, a.constant(half)))
				zero = a.constant(0)
			}
			if order > 1 {
				minus2 = a.constant(-2)
				v, w := a.load(one), a.load(one)
				a.VSUBPD(cells, v, v)
				a.VADDPD(cells, w, w)
				a.VMULPD(w, v, v)
				a.VMULPD(a.constant(a.piSquared), v, v)
				curvature = v
			}
		}
		body := func(in []op, out []operand.Mem) {
			d, cells := in[0], in[1]
			x := a.largest(largest, a.load(d), magnitude)
			clear := a.load(least)
			a.atLeast(x, clear, x)

			// The phase.
			phase, rounded, shifted, whole, r, tail := a.vector(), a.vector(), a.vector(), a.vector(), a.vector(), a.vector()
			a.VMULPD(cells, x, phase)
			a.VMOVAPD(phase, rounded)
			a.VFMSUB231PD(cells, x, rounded)
			a.VADDPD(magic, phase, shifted)
			a.VSUBPD(magic, shifted, whole)
			a.VSUBPD(whole, phase, phase)
			a.VADDPD(rounded, phase, r)
			a.VSUBPD(phase, r, tail)
			a.VSUBPD(tail, rounded, tail)
			a.VPSLLQ(operand.Imm(63), shifted, shifted) // (-1)^n

			// S(r) and S(d), and what rounding took from them.
			ur, ud := a.vector(), a.vector()
			a.VMULPD(r, r, ur)
			a.VMULPD(x, x, ud)
			qr, qd := a.horner(a.sinc, ur), a.horner(a.sinc, ud)
			sr, lowR := a.bent(r, ur, qr)
			sd, lowD := a.bent(x, ud, qd)
			weight := a.load(one)
			a.VFMADD231PD(minus4, ur, weight)
			a.VFMADD231PD(weight, tail, lowR)

			// R: the ratio, then what is left of it.
			inverse := a.load(one)
			a.VDIVPD(sd, inverse, inverse)
			ratio := a.vector()
			a.VMULPD(inverse, sr, ratio)
			a.VFNMADD231PD(ratio, sd, sr)
			a.VFNMADD231PD(ratio, lowD, lowR)
			a.VADDPD(lowR, sr, sr)
			a.VFMADD231PD(inverse, sr, ratio)
			a.VXORPD(shifted, ratio, ratio)
			a.VMOVUPD(ratio, out[0])
			if order == 0 {
				return
			}

			// R'.
			a.VFMADD213PD(one, ur, qr)
			a.VFMADD213PD(one, ud, qd)
			beyond := a.compare(neqUQ, whole, zero)
			cosR := a.keep(beyond, qr)
			a.VFMADD231PD(a.horner(a.bend, ur), ur, cosR)
			a.VMULPD(cells, cosR, cosR)
			a.VXORPD(shifted, cosR, cosR)
			bend, cosD := a.horner(a.bend, ud), a.keep(beyond, qd)
			a.VFMADD231PD(bend, ud, cosD)
			a.VFNMADD231PD(cosD, ratio, cosR)
			a.VMULPD(inverse, inverse, inverse)
			a.VMULPD(inverse, cosR, cosR)
			first := a.vector()
			a.VMULPD(d, qd, first)
			a.VMULPD(cosR, first, first)
			a.VMOVUPD(first, out[1])
			if order == 1 {
				return
			}

			// R''.
			a.VFMADD213PD(qd, ud, bend)
			a.VMULPD(minus2, bend, bend)
			a.VMULPD(curvature, ratio, ratio)
			a.VFMADD231PD(cosR, bend, ratio)
			a.VMOVUPD(ratio, out[2])
		}
		after := func() { a.report(a.compare(gtOQ, largest, a.constant(0.5))) }
		all["SinRatio"+"012"[:order+1]] = kernel{form: form, unroll: 1, before: before, body: body, after: after}
	}
}

// bent is func bent of the package; it changes r.
func (a *assembler) bent(r, u, q vec) (s, low vec) {
	cube := a.vector()
	a.VMULPD(u, r, cube)
	s = a.load(r)
	a.VFMADD231PD(q, cube, s)
	a.VSUBPD(s, r, r)
	a.VFMADD231PD(q, cube, r)
	return s, r
}
