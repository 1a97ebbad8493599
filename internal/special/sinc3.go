package special

import "math"

// Sinc3 is a derivative with respect to u of
//
//	s3(u) = 3 (sin x/x - cos x)/x^2, x = sqrt(u),
//
// the transform of a sphere, 1 at u = 0. Its order-th derivative is
// 3 (-1/2)^order j_n(x)/x^n with n = order+1 and j_n the spherical Bessel
// function (NIST Digital Library of Mathematical Functions, 10.51.3).
//
// The error is below 1e-13 of the value at u = 0 for orders up to 4 and any u >= 0. For u < 0 it is
// the analytic continuation, in terms of hyperbolic functions.
type Sinc3 struct {
	order  int
	series powerSeries
	edge   float64 // the series covers |u| < edge
	factor float64 // 3 (-1/2)^order
}

// sinc3Edge returns the x from which on the upward recurrence replaces the series; its error
// decreases as x^-(2n+1).
func sinc3Edge(order int) float64 {
	return 2 + 0.75*float64(order)
}

// NewSinc3 prepares the derivative of the given order. It returns an error if order is outside 0 to
// [MaxOrder].
func NewSinc3(order int) (*Sinc3, error) {
	if err := checkOrder("3 (sin x/x - cos x)/x^2", order); err != nil {
		return nil, err
	}
	factor := 3 * math.Pow(-0.5, float64(order))
	edge := sinc3Edge(order) * sinc3Edge(order)
	return &Sinc3{
		order:  order,
		series: sinc3Coefficients(order+1, factor).trimmed(edge),
		edge:   edge,
		factor: factor,
	}, nil
}

// sinc3Coefficients returns the coefficients of factor j_n(x)/x^n in u = x^2,
// factor (-1/2)^m/(m! (2n+2m+1)!!) (NIST DLMF 10.53.1).
func sinc3Coefficients(n int, factor float64) powerSeries {
	c := make(powerSeries, seriesTerms)
	c[0] = factor
	for odd := 3; odd <= 2*n+1; odd += 2 {
		c[0] /= float64(odd)
	}
	for m := 1; m < seriesTerms; m++ {
		c[m] = -c[m-1] / float64(2*m*(2*n+2*m+1))
	}
	return c
}

// Into sets dst[i] to the value at u[i]. dst and u must have the same length and may be the same slice.
func (s *Sinc3) Into(dst, u []float64) {
	dst = dst[:len(u)]
	for i, v := range u {
		dst[i] = s.At(v)
	}
}

// At returns the value at u.
func (s *Sinc3) At(u float64) float64 {
	if math.Abs(u) < s.edge {
		return s.series.at(u)
	}
	if math.IsInf(u, 1) {
		return 0
	}
	// f_n = j_n(x)/x^n: f_(n+1) = ((2n+1) f_n - f_(n-1))/u (NIST DLMF 10.51.1).
	x := math.Sqrt(math.Abs(u))
	sin, cos := 0.0, 0.0
	if u > 0 {
		sin, cos = math.Sincos(x)
	} else {
		sin, cos = math.Sinh(x), math.Cosh(x)
	}
	previous, f := sin/x, (sin/x-cos)/u
	for n := 1; n <= s.order; n++ {
		previous, f = f, (float64(float64(2*n+1)*f)-previous)/u
	}
	return s.factor * f
}
