package special

import "math"

// xOverSinEdge returns the |pi d| from which on the recurrence replaces the series. The recurrence
// divides its error by sin(pi d) for every order; the cost of the series grows towards its radius
// of convergence, pi.
func xOverSinEdge(order int) float64 {
	switch {
	case order == 0:
		return 1e-3
	case order <= 2:
		return 0.5
	default:
		return 1
	}
}

// XOverSin is a derivative with respect to d of pi d/sin(pi d). The derivative of sin(pi N
// d)/sin(pi d) with respect to N is pi d/sin(pi d) cos(pi N d).
//
// For |d| <= 1/2 the error is below 1e-14 of the largest value there for orders up to 2, and below
// 1e-13 for order 4; towards the poles at d = -1 and 1 it is relative to the value.
type XOverSin struct {
	order  int
	series evenSeries
	edge   float64 // the series covers |d| < edge
	chain  float64 // pi^order
}

// NewXOverSin prepares the derivative of the given order. It returns an error if order is outside 0
// to [MaxOrder].
func NewXOverSin(order int) (*XOverSin, error) {
	if err := checkOrder("pi d/sin(pi d)", order); err != nil {
		return nil, err
	}
	edge := xOverSinEdge(order)
	return &XOverSin{
		order:  order,
		series: newEvenSeries(xOverSinCoefficients(), math.Pi, order, edge),
		edge:   edge / math.Pi,
		chain:  math.Pow(math.Pi, float64(order)),
	}, nil
}

// Into sets dst[i] to the value at d[i]. dst and d must have the same length and may be the same slice.
func (x *XOverSin) Into(dst, d []float64) {
	dst = dst[:len(d)]
	for i, v := range d {
		dst[i] = x.At(v)
	}
}

// At returns the value at d, for -1 < d < 1. Any other |d| < 2^51 is valid too, except the poles at
// integer d, where it returns +Inf.
func (x *XOverSin) At(d float64) float64 {
	if math.Abs(d) < x.edge {
		return x.series.at(d)
	}
	sin, cos := sincosPi(d)
	if sin == 0 {
		return math.Inf(1)
	}
	if x.order == 0 {
		return math.Pi * d / sin
	}
	var buffer [MaxOrder + 1]float64
	jet := buffer[:x.order+1]
	jet[0] = math.Pi * d
	jet[1] = 1
	divideBySine(jet, sin, cos)
	return x.chain * jet[x.order]
}
