package kernel

import (
	"math"

	"github.com/gobragg/gobragg/internal/special"
)

// sinRatio is R(d) = sin(πNd)/sin(πd) and its first two derivatives, for |d| ≤ ½.
// It works with two functions of r, |r| ≤ ½, u = r²:
//
//	S(r) = sin(πr)/π = r + r u q(u)
//	cos(πr) = S(r)/r + u g(u).
//
// The phase Nd = n + r, n whole, is exact: tail is what rounding took from r. So
//
//	R = (-1)^n S(r)/S(d)
//	R' = ((-1)^n N cos(πr) - R cos(πd))/S(d).
//
// In the central peak, n = 0, the two terms of R' cancel; there the equal terms
// N S(r)/r and R S(d)/d are left out of both cosines, which leaves two small ones.
// Last, R s = sin(πNd)/π with s = S(d), differentiated twice, is
//
//	R'' = π² (1 - N²) R - 2 cos(πd) R'/s.
//
// R is even. At d = 0 it is evaluated at 2^-500, where it has the same value.
func sinRatio(d, n float64, order int) (r0, r1, r2 float64) {
	x := max(math.Abs(d), leastDistance)
	phase := float64(n * x)
	shifted := phase + roundingMagic
	whole := shifted - roundingMagic
	sign := math.Float64bits(shifted) << 63
	fraction, rounded := phase-whole, math.FMA(n, x, -phase)
	r := fraction + rounded
	tail := rounded - (r - fraction)

	// The tail's share of S(r) is tail cos(πr), for which 1 - 4u is near enough.
	ur, ud := float64(r*r), float64(x*x)
	qr, qd := horner(sincPoly[:], ur), horner(sincPoly[:], ud)
	sr, lowR := bent(r, ur, qr)
	sd, lowD := bent(x, ud, qd)
	lowR = math.FMA(tail, math.FMA(-4, ur, 1), lowR)

	// The quotient, then what is left of it: the remainder, and the low parts' share.
	inverse := 1 / sd
	r0 = float64(sr * inverse)
	rest := math.FMA(-r0, sd, sr) + math.FMA(-r0, lowD, lowR)
	r0 = flip(math.FMA(rest, inverse, r0), sign)
	if order == 0 {
		return r0, 0, 0
	}

	sincR, sincD := math.FMA(ur, qr, 1), math.FMA(ud, qd, 1)
	bendR, bendD := horner(bendPoly[:], ur), horner(bendPoly[:], ud)
	cosR, cosD := 0.0, 0.0
	if whole != 0 {
		cosR, cosD = sincR, sincD
	}
	cosR, cosD = math.FMA(ur, bendR, cosR), math.FMA(ud, bendD, cosD)
	quotient := math.FMA(-r0, cosD, flip(float64(n*cosR), sign)) * float64(inverse*inverse)
	r1 = quotient * float64(d*sincD)
	cos := math.FMA(ud, bendD, sincD)
	r2 = math.FMA(float64(-2*cos), quotient, float64(curvature(n)*r0))
	return r0, r1, r2
}

// curvature is π² (1 - N²).
func curvature(n float64) float64 { return (1 - n) * (1 + n) * piSquared }

// bent is S(r) = r + r u q, and what rounding took from it. The difference r - s is
// exact, for s is between r/2 and r.
func bent(r, u, q float64) (s, low float64) {
	cube := float64(u * r)
	s = math.FMA(cube, q, r)
	return s, math.FMA(cube, q, r-s)
}

// sinRatios is the loop for derivatives up to order.
func sinRatios(order int) func(dst results, src sources) {
	return func(dst results, src sources) {
		n := src[1].at(0)
		for i, d := range src[0].data {
			r0, r1, r2 := sinRatio(d, n, order)
			dst[0][i] = r0
			if order > 0 {
				dst[1][i] = r1
			}
			if order > 1 {
				dst[2][i] = r2
			}
		}
	}
}

// redoSinRatios mends lanes with |d| > ½, all lanes where N is no number of cells,
// and the derivatives where N is close to 1: they are small there, the errors are not.
func redoSinRatios(order int) func(dst results, src sources) {
	return func(dst results, src sources) {
		n := src[1].at(0)
		for k := range order + 1 {
			all := !(n >= 1 && n <= maxCells) || k > 0 && n > 1 && n < accurateCells
			var at func(d float64) float64 // made when the first lane needs it
			for i, d := range src[0].data {
				if !all && !(math.Abs(d) > 0.5) {
					continue
				}
				if at == nil {
					at = slowSinRatio(n, k)
				}
				dst[k][i] = at(d)
			}
		}
	}
}

// slowSinRatio is a derivative of R from package special, or NaN where N is no
// number of cells.
func slowSinRatio(n float64, order int) func(d float64) float64 {
	ratio, err := special.NewSincRatio(n, order)
	if err != nil {
		return func(float64) float64 { return math.NaN() }
	}
	return ratio.At
}
