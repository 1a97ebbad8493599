package main

import "github.com/mmcloughlin/avo/operand"

// gaussMean is func gaussMean of the package. Lanes of a register are mostly all wide or all narrow, so it computes
// the one or the other only if there are such.
func (a *assembler) gaussMean(all kernels) {
	for order, form := range []string{"VV>V", "VV>VVV"} {
		c := &gaussConstants{}
		all["GaussMean"+[]string{"0", "01"}[order]] = kernel{form: form, unroll: 1,
			before: func([]op) { c.load(a) },
			body: func(in []op, out []operand.Mem) {
				results := []vec{a.zero(), a.zero(), a.zero()}[:len(out)]
				a.jumpIfAll(a.gaussNarrow(c, in[1]), "narrow")

				a.gaussEnds(c, in, results)
				a.jumpIfNone(a.gaussNarrow(c, in[1]), "done")

				a.Label("narrow")
				series := a.gaussSeries(c, in, len(out) > 1)
				lanes := a.gaussNarrow(c, in[1])
				for k := range results {
					a.VMOVAPD(a.choose(lanes, series[k], results[k]), results[k])
				}

				a.Label("done")
				if len(out) > 1 {
					sign := a.load(in[0])
					a.VANDNPD(c.sign, sign, sign)
					a.VXORPD(sign, results[1], results[1])
					sign = a.load(in[1])
					a.VANDPD(c.sign, sign, sign)
					a.VXORPD(sign, results[2], results[2])
				}
				for k := range results {
					a.VMOVUPD(results[k], out[k])
				}
			}}
	}
}

type gaussConstants struct {
	expConstants
	magnitude, sign, limit, narrow, minusHalf, scale, minus2Scale, two op
}

func (c *gaussConstants) load(a *assembler) {
	c.expConstants.load(a)
	if a.wide() {
		c.half = a.constant(0.5)
	}
	c.magnitude, c.sign = a.bits(signBit-1), a.bits(signBit)
	c.limit, c.narrow, c.minusHalf = a.constant(gaussLimit), a.constant(gaussNarrow), a.constant(-0.5)
	c.scale, c.minus2Scale, c.two = a.constant(tailScale), a.constant(-2*tailScale), a.constant(2)
}

// gaussNarrow chooses the lanes of narrow intervals.
func (a *assembler) gaussNarrow(c *gaussConstants, g op) mask {
	return a.compare(ltOQ, a.size(c, g), c.narrow)
}

func (a *assembler) size(c *gaussConstants, x op) vec {
	v := a.load(x)
	a.VANDPD(c.magnitude, v, v)
	return v
}

// limited is min(x, limit); a NaN comes through.
func (a *assembler) limited(c *gaussConstants, x vec) vec {
	v := a.load(c.limit)
	a.atMost(x, v, v)
	return v
}

// peak is e^(-x²/2).
func (a *assembler) peak(c *gaussConstants, x vec) vec {
	v := a.vector()
	a.VMULPD(x, x, v)
	a.VMULPD(c.minusHalf, v, v)
	return a.exp(&c.expConstants, v)
}

func (a *assembler) gaussTail(c *gaussConstants, x vec) (peak, tail vec) {
	x = a.limited(c, x)
	peak = a.peak(c, x)
	inverse, t := a.load(c.one), a.load(c.one)
	a.VADDPD(c.scale, x, x)
	a.VDIVPD(x, inverse, inverse)
	a.VFMADD231PD(c.minus2Scale, inverse, t)
	tail = a.horner(a.tail, t)
	a.VMULPD(inverse, tail, tail)
	return peak, tail
}

func (a *assembler) gaussEnds(c *gaussConstants, in []op, out []vec) {
	width := a.size(c, in[1])
	a.VMULPD(c.half, width, width)
	low, high := a.size(c, in[0]), a.size(c, in[0])
	a.VSUBPD(width, low, low)
	a.VADDPD(width, high, high)
	peakHigh, tailHigh := a.gaussTail(c, high)
	size := a.vector()
	a.VANDPD(c.magnitude, low, size)
	peakLow, area := a.gaussTail(c, size)
	a.VMULPD(peakLow, area, area)
	rest := a.load(c.two)
	a.VSUBPD(area, rest, rest)
	area = a.choose(a.compare(ltOQ, low, a.zero()), rest, area)
	a.VFNMADD231PD(peakHigh, tailHigh, area)
	inverse := a.load(c.one)
	a.VDIVPD(a.size(c, in[1]), inverse, inverse)
	a.scaled(a.rootHalfPi, area, area)
	a.VMULPD(inverse, area, out[0])
	if len(out) == 1 {
		return
	}
	a.VSUBPD(peakHigh, peakLow, out[1])
	a.VMULPD(inverse, out[1], out[1])
	a.VADDPD(peakHigh, peakLow, out[2])
	a.VMULPD(c.half, out[2], out[2])
	a.VSUBPD(out[0], out[2], out[2])
	a.VMULPD(inverse, out[2], out[2])
}

func (a *assembler) gaussSeries(c *gaussConstants, in []op, derivatives bool) []vec {
	x := a.limited(c, a.size(c, in[0]))
	square := a.size(c, in[1])
	a.VMULPD(c.half, square, square)
	a.VMULPD(square, square, square)
	before, hermite, power := a.load(c.one), a.load(x), a.load(c.one)
	mean, byX, byWidth := a.load(c.one), a.load(x), a.zero()
	v := a.vector()
	next := func(n int) {
		a.scaled(float64(n), before, before)
		a.VFMSUB231PD(x, hermite, before)
		before, hermite = hermite, before
	}
	for j, weight := range a.gauss {
		next(2*j + 1)
		if derivatives {
			a.scaled(float64(j+1)*weight, power, v)
			a.VFMADD231PD(hermite, v, byWidth)
		}
		a.VMULPD(square, power, power)
		a.scaled(weight, power, v)
		a.VFMADD231PD(hermite, v, mean)
		if j == len(a.gauss)-1 && !derivatives {
			break
		}
		next(2*j + 2)
		if derivatives {
			a.VFMADD231PD(hermite, v, byX)
		}
	}
	peak := a.peak(c, x)
	a.VMULPD(peak, mean, mean)
	if !derivatives {
		return []vec{mean}
	}
	a.VMULPD(peak, byX, byX)
	half := a.size(c, in[1])
	a.VMULPD(c.half, half, half)
	a.VMULPD(half, byWidth, byWidth)
	a.VMULPD(peak, byWidth, byWidth)
	return []vec{mean, byX, byWidth}
}
