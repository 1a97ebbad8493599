// Package special has the functions of one variable in the lattice transform of a nanocrystal, each
// with its derivatives to order [MaxOrder]:
//
//	SincRatio  sin(pi N d)/sin(pi d), N unit cells along one axis
//	XOverSin   pi d/sin(pi d), the derivative of SincRatio by N
//	Sinc3      3 (sin x/x - cos x)/x^2 of u = x^2, a sphere's transform
//
// The textbook formulas suffer from cancellation near zero, where a Bragg peak is brightest: the
// quotient loses every digit of its first derivative at d = 1e-8, and of its second far earlier.
// Here a power series covers the neighbourhood of zero and a recurrence the rest; the boundary
// between them was chosen by measurement.
//
// A function is prepared once for its order (and N) and then evaluated any number of times.
// Evaluation does not allocate and is safe for concurrent use.
package special

import "fmt"

// MaxOrder is the highest order of derivative. The error of [SincRatio] grows from about 1e-15 of
// the largest value at order 5 to 1e-9 at this order, or 1e-5 for N = 2.
const MaxOrder = 16

// binomial[n][k] is the binomial coefficient of n and k, for the Leibniz rule.
var binomial = pascal()

func pascal() (rows [MaxOrder + 1][MaxOrder + 1]float64) {
	for n := range rows {
		rows[n][0] = 1
		for k := 1; k <= n; k++ {
			rows[n][k] = rows[n-1][k-1] + rows[n-1][k]
		}
	}
	return rows
}

func checkOrder(function string, order int) error {
	if order < 0 || order > MaxOrder {
		return fmt.Errorf("special: derivative order %d of %s is outside [0, %d]", order, function, MaxOrder)
	}
	return nil
}

// Indices into the slice that Prepared returns: a prepared function as numbers, for other code that
// evaluates it as At does.
//
//	[PreparedCells]   N; 0 for XOverSin and Sinc3
//	[PreparedOrder]   order of the derivative
//	[PreparedEdge]    the series covers arguments of smaller magnitude
//	[PreparedScale]   the series is in (scale d)^2; 1 for Sinc3, whose series is in u
//	[PreparedOdd]     1 if the series is multiplied by scale d, else 0
//	[PreparedFactor]  pi^order; 3 (-1/2)^order for Sinc3
//	[PreparedTerms]   number of coefficients of the series
//	[PreparedSeries]  the coefficients, constant first, padded with zeros to PreparedLen
const (
	PreparedCells = iota
	PreparedOrder
	PreparedEdge
	PreparedScale
	PreparedOdd
	PreparedFactor
	PreparedTerms
	PreparedSeries
	PreparedLen = PreparedSeries + seriesTerms
)

// Prepared returns the [PreparedLen] numbers that At uses.
func (r *SincRatio) Prepared() []float64 {
	return prepared(r.n, r.order, r.edge, r.chain, r.series)
}

// Prepared returns the [PreparedLen] numbers that At uses.
func (x *XOverSin) Prepared() []float64 {
	return prepared(0, x.order, x.edge, x.chain, x.series)
}

// Prepared returns the [PreparedLen] numbers that At uses.
func (s *Sinc3) Prepared() []float64 {
	return prepared(0, s.order, s.edge, s.factor, evenSeries{p: s.series, scale: 1})
}

func prepared(n float64, order int, edge, factor float64, e evenSeries) []float64 {
	p := make([]float64, PreparedLen)
	p[PreparedCells] = n
	p[PreparedOrder] = float64(order)
	p[PreparedEdge] = edge
	p[PreparedScale] = e.scale
	if e.odd {
		p[PreparedOdd] = 1
	}
	p[PreparedFactor] = factor
	p[PreparedTerms] = float64(len(e.p))
	copy(p[PreparedSeries:], e.p)
	return p
}
