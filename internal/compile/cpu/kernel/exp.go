package kernel

import "math"

// exponential is e^x over the whole range. With x = n ln 2 + r, |r| ≤ ln 2/2,
// it is 2^n (1 + r + r² p(r)).
func exponential(x float64) float64 {
	x = min(max(x, expLowest), expHighest)
	n := math.FMA(x, log2E, roundingMagic) - roundingMagic
	r := math.FMA(-n, ln2High, x)
	r = math.FMA(-n, ln2Low, r)
	p := horner(expPoly[:], r)
	p = 1 + math.FMA(p, float64(r*r), r)
	// 2^n in two steps, of which the first is exact and the second rounds, once, a
	// result that is denormal or infinite.
	half := math.Floor(n / 2)
	return float64(p * powerOfTwo(half) * powerOfTwo(n-half))
}

func powerOfTwo(n float64) float64 {
	if n != n {
		return n
	}
	return math.Float64frombits(uint64(int64(n)+1023) << 52)
}

func horner(p []float64, x float64) float64 {
	v := p[len(p)-1]
	for i := len(p) - 2; i >= 0; i-- {
		v = math.FMA(v, x, p[i])
	}
	return v
}

func exponentials(dst results, src sources) {
	for i := range dst[0] {
		dst[0][i] = exponential(src[0].at(i))
	}
}
