package kernel

import "math"

const signBit = 1 << 63

// sincos is accurate to |x| = sinLimit. It takes away n quarter turns with π/2 in
// three parts (Cody and Waite; the first product is exact, for it is fused),
// leaving |r| ≤ π/4, and evaluates
//
//	sin r = r + r³ p(r²), cos r = 1 - r²/2 + r⁴ q(r²).
//
// Adding a number of 2^52 to x 2/π leaves n in the lowest bits of the sum.
func sincos(x float64) (sin, cos float64) {
	shifted := math.FMA(x, twoOverPi, roundingMagic)
	n := shifted - roundingMagic
	r := math.FMA(-n, halfPi1, x)
	r = math.FMA(-n, halfPi2, r)
	r = math.FMA(-n, halfPi3, r)
	square := float64(r * r)

	// The sum gives 0 where r is -0; or-ing r's sign in mends that.
	sin = math.FMA(horner(sinPoly[:], square), float64(r*square), r)
	sin = math.Float64frombits(math.Float64bits(sin) | math.Float64bits(r)&signBit)

	// rest is what rounding took from 1 - r²/2.
	most := math.FMA(-0.5, square, 1)
	rest := math.FMA(-0.5, square, 1-most)
	cos = most + math.FMA(horner(cosPoly[:], square), float64(square*square), rest)

	turns := math.Float64bits(shifted)
	if turns&1 != 0 {
		sin, cos = cos, sin
	}
	return flip(sin, turns<<62), flip(cos, (turns+1)<<62)
}

// flip changes the sign of v where the highest bit of sign is set.
func flip(v float64, sign uint64) float64 {
	return math.Float64frombits(math.Float64bits(v) ^ sign&signBit)
}

func sines(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i], _ = sincos(src[0].at(i))
	}
}

func cosines(dst results, src sources) {
	for i := range dst[0] {
		_, dst[0][i] = sincos(src[0].at(i))
	}
}

func sincosines(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i], dst[1][i] = sincos(src[0].at(i))
	}
}

func redoSines(dst results, src sources) {
	for i, x := range src[0].data {
		if math.Abs(x) > sinLimit {
			dst[0][i] = math.Sin(x)
		}
	}
}

func redoCosines(dst results, src sources) {
	for i, x := range src[0].data {
		if math.Abs(x) > sinLimit {
			dst[0][i] = math.Cos(x)
		}
	}
}

func redoSincosines(dst results, src sources) {
	for i, x := range src[0].data {
		if math.Abs(x) > sinLimit {
			dst[0][i], dst[1][i] = math.Sincos(x)
		}
	}
}
