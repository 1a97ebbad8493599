package kernel

import "math"

// gaussMean is the mean of exp(-t²/2) over the interval of width g around o, and its derivatives by o
// and by g; package special has all orders of them.
//
// Of an interval as wide as gaussNarrow or wider, it takes what is below the ends: with
// w(x) = e^(x²/2) erfc(x/√2), which varies slowly, nothing is lost in the tails. Of a narrower one it
// takes Taylor's series about its middle,
//
//	e^(-o²/2) Σ He₂ⱼ(o) (g/2)²ʲ/(2j+1)!
//
// with the derivatives that this has by o and g.
func gaussMean(o, g float64) (mean, byO, byG float64) {
	x, width := math.Abs(o), math.Abs(g)
	half := float64(0.5 * width)
	if width < gaussNarrow {
		mean, byO, byG = gaussSeries(x, half)
	} else {
		mean, byO, byG = gaussEnds(x, half, width)
	}
	// Mean is even in both, byO falls as x grows, byG is odd in g.
	byO = math.Float64frombits(math.Float64bits(byO) ^ signBit&^math.Float64bits(o))
	byG = flip(byG, math.Float64bits(g)&signBit)
	return mean, byO, byG
}

// gaussEnds is the mean, minus its derivative by x, and the one by the width.
func gaussEnds(x, half, width float64) (mean, byX, byWidth float64) {
	low, high := x-half, x+half
	peakLow, tailLow := gaussTail(math.Abs(low))
	peakHigh, tailHigh := gaussTail(high)
	area := float64(peakLow * tailLow)
	if low < 0 {
		area = 2 - area
	}
	area = math.FMA(-peakHigh, tailHigh, area)
	inverse := 1 / width
	mean = float64(float64(area*rootHalfPi) * inverse)
	byX = (peakLow - peakHigh) * inverse
	byWidth = (float64((peakLow+peakHigh)*0.5) - mean) * inverse
	return mean, byX, byWidth
}

// gaussTail is e^(-x²/2), and w(x), for x ≥ 0. With t = (x-4)/(x+4) w(x) is p(t)/(x+4).
func gaussTail(x float64) (peak, tail float64) {
	x = min(x, gaussLimit)
	peak = exponential(-0.5 * float64(x*x))
	inverse := 1 / (x + tailScale)
	return peak, horner(tailPoly[:], math.FMA(-2*tailScale, inverse, 1)) * inverse
}

// gaussSeries gives what gaussEnds does.
func gaussSeries(x, half float64) (mean, byX, byWidth float64) {
	x = min(x, gaussLimit)
	square := float64(half * half)
	before, hermite, power := 1.0, x, 1.0
	mean, byX = 1, x
	for j, weight := range gaussWeights {
		n := float64(2*j + 1)
		before, hermite = hermite, math.FMA(x, hermite, -float64(n*before))
		byWidth = math.FMA(float64(power*(float64(j+1)*weight)), hermite, byWidth)
		power *= square
		share := float64(power * weight)
		mean = math.FMA(share, hermite, mean)
		before, hermite = hermite, math.FMA(x, hermite, -float64((n+1)*before))
		byX = math.FMA(share, hermite, byX)
	}
	peak := exponential(-0.5 * float64(x*x))
	return mean * peak, byX * peak, float64(byWidth*half) * peak
}

func gaussMeans(dst results, src sources) {
	for i := range dst[0] {
		mean, byO, byG := gaussMean(src[0].at(i), src[1].at(i))
		dst[0][i] = mean
		if dst[1] != nil {
			dst[1][i], dst[2][i] = byO, byG
		}
	}
}
