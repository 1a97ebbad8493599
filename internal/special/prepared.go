package special

// A prepared function as numbers, for code elsewhere that evaluates it as At does:
//
//	[PreparedCells]   N; 0 for XOverSin and Sinc3
//	[PreparedOrder]   order of the derivative
//	[PreparedEdge]    the series covers arguments smaller in size than this
//	[PreparedScale]   the series is one in (scale d)^2; 1 for Sinc3, whose series is one in u
//	[PreparedOdd]     1 where the series is multiplied by scale d, else 0
//	[PreparedFactor]  pi^order; 3 (-1/2)^order for Sinc3
//	[PreparedTerms]   number of coefficients of the series
//	[PreparedSeries]  the coefficients, the constant first; zeros up to PreparedLen
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

// Prepared gives the PreparedLen numbers that At works with.
func (r *SincRatio) Prepared() []float64 {
	return prepared(r.n, r.order, r.edge, r.chain, r.series)
}

// Prepared gives the PreparedLen numbers that At works with.
func (x *XOverSin) Prepared() []float64 {
	return prepared(0, x.order, x.edge, x.chain, x.series)
}

// Prepared gives the PreparedLen numbers that At works with.
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
