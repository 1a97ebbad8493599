package special

import (
	"fmt"
	"math"
)

// GaussMean returns a derivative of the mean of exp(−t²/2) over the interval of a width g around o,
//
//	M(o, g) = ∫ exp(−(o + g x)²/2) dx, x from −½ to ½:
//
// the one of the orders byO by o and byG by g. It is smooth everywhere, at g = 0 too, where it is
// exp(−o²/2). The family of these derivatives is ∫ xᵏ φ⁽ⁿ⁾(o + g x) dx with φ(t) = exp(−t²/2), n = byO + byG
// and k = byG.
func GaussMean(o, g float64, byO, byG int) float64 {
	if math.Abs(g) < gaussNarrow {
		return gaussNodes(o, g, byO+byG, byG)
	}
	return gaussParts(o, g, byO+byG, byG)
}

// MaxGaussOrder is the highest order of a derivative of GaussMean.
const MaxGaussOrder = 8

// CheckGaussOrder returns an error if a derivative of [GaussMean] is of too high an order.
func CheckGaussOrder(byO, byG int) error {
	if byO+byG > MaxGaussOrder {
		return fmt.Errorf("special: derivative of order %d of a mean Gaussian, %d at most", byO+byG, MaxGaussOrder)
	}
	return nil
}

// gaussNarrow is the width below which a quadrature is used: of twelve nodes, exact to rounding errors up to
// there for the orders that first and second derivatives of a model need. Integration by parts loses a digit
// for every order where the interval is narrow.
const gaussNarrow = 1.5

// gaussNodes integrates by Gauss and Legendre.
func gaussNodes(o, g float64, n, k int) float64 {
	sum := 0.0
	for i, x := range legendreNodes {
		for _, x := range [2]float64{-x / 2, x / 2} {
			sum += float64(legendreWeights[i] / 2 * power(x, k) * gaussDerivative(o+float64(g*x), n))
		}
	}
	return sum
}

// gaussParts integrates by parts until the rest is an error function.
func gaussParts(o, g float64, n, k int) float64 {
	low, high := o-g/2, o+g/2
	if n == 0 {
		return math.Sqrt(math.Pi/2) / g * gaussBetween(low, high)
	}
	ends := float64(power(0.5, k)*gaussDerivative(high, n-1)) - float64(power(-0.5, k)*gaussDerivative(low, n-1))
	if k > 0 {
		ends -= float64(float64(k) * gaussParts(o, g, n-1, k-1))
	}
	return ends / g
}

// gaussBetween returns erf(high/√2) − erf(low/√2) without loss of digits in the tails.
func gaussBetween(low, high float64) float64 {
	if low+high < 0 {
		low, high = -high, -low
	}
	low, high = low/math.Sqrt2, high/math.Sqrt2
	if min(low, high) > 0 {
		return math.Erfc(low) - math.Erfc(high)
	}
	return math.Erf(high) - math.Erf(low)
}

// gaussDerivative is the n-th derivative of exp(−t²/2): (−1)ⁿ Heₙ(t) exp(−t²/2).
func gaussDerivative(t float64, n int) float64 {
	last, he := 0.0, 1.0
	for m := range n {
		last, he = he, float64(t*he)-float64(float64(m)*last)
	}
	if n%2 == 1 {
		he = -he
	}
	return he * math.Exp(-t*t/2)
}

func power(x float64, k int) float64 {
	p := 1.0
	for range k {
		p *= x
	}
	return p
}

// The positive nodes of twelve on (−1, 1), and their weights (Abramowitz and Stegun, table 25.4).
var (
	legendreNodes = [6]float64{
		0.125233408511468915, 0.367831498998180194, 0.587317954286617447,
		0.769902674194304687, 0.904117256370474857, 0.981560634246719251,
	}
	legendreWeights = [6]float64{
		0.249147045813402785, 0.233492536538354809, 0.203167426723065922,
		0.160078328543346226, 0.106939325995318431, 0.047175336386511827,
	}
)
