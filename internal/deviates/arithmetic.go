package deviates

import "math"

// The deviates of a size and a seed have the same bits on every machine. Addition, subtraction, multiplication, division
// and the square root are rounded alike everywhere, but a compiler may fuse x*y + z, which rounds once, and package math
// has functions in assembly on some machines. Everything here is made of mul and of the other four operations.

// mul returns x*y, rounded. The conversion prevents a fused multiply-add.
func mul(x, y float64) float64 { return float64(x * y) }

// polynomial returns c[0] xⁿ⁻¹ + … + c[n−1].
func polynomial(x float64, c ...float64) float64 {
	sum := 0.0
	for _, v := range c {
		sum = mul(sum, x) + v
	}
	return sum
}

// log returns the natural logarithm of x > 0 to about 1e-15.
func log(x float64) float64 {
	fraction, exponent := math.Frexp(x) // fraction in [½, 1)
	if fraction < math.Sqrt2/2 {
		fraction, exponent = 2*fraction, exponent-1
	}
	t := (fraction - 1) / (fraction + 1) // at most 0.172: log(fraction) = 2 artanh(t)
	square, sum := mul(t, t), 0.0
	for k := 21; k >= 1; k -= 2 {
		sum = mul(sum, square) + 1/float64(k)
	}
	return mul(2*t, sum) + mul(float64(exponent), math.Ln2)
}

// quantile returns the number below which a standard normal deviate is with probability p, for p in (0, 1): P. J. Acklam's
// rational approximation, good to 1.2e-9 of the value.
func quantile(p float64) float64 {
	const tail = 0.02425
	switch {
	case p > 1-tail:
		return -quantile(1 - p)
	case p < tail:
		q := math.Sqrt(mul(-2, log(p)))
		return polynomial(q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
			4.374664141464968, 2.938163982698783) /
			polynomial(q, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1)
	}
	q := p - 0.5
	r := mul(q, q)
	return mul(q, polynomial(r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
		1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239)) /
		polynomial(r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
			-1.328068155288572e+01, 1)
}

// attraction returns two means over a standard normal point Y in three dimensions and a point z with |z|² = u: of 1/|z−Y|,
// and the factor of z in that of (z−Y)/|z−Y|. With r = √u they are
//
//	erf(r/√2)/r  and  [(1 − 1/u) erf(r/√2) + √(2/π) e^(−u/2)/r]/r,
//
// here as quotients of series of positive terms, which need no function and do not cancel.
func attraction(u float64) (inverse, pull float64) {
	const twoOverPi = 0.7978845608028654 // √(2/π)
	gauss, term := 1.0, 1.0              // e^(u/2)
	for k := 1.0; term > mul(1e-18, gauss); k++ {
		term = mul(term, u) / (2 * k)
		gauss += term
	}
	sum, rest := 1.0, 1.0/3 // Σ uᵏ/(2k+1)!!, and the same from k = 1 on, over u
	term = 1.0 / 3
	for k := 1.0; term > mul(1e-18, rest); k++ {
		power := mul(term, u) // uᵏ/(2k+1)!!
		sum += power
		term = power / (2*k + 3) // uᵏ/(2k+3)!!
		rest += term
	}
	scale := twoOverPi / gauss
	return mul(scale, sum), mul(scale, sum-rest)
}
