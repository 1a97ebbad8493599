package special

import (
	"math"
	"sync"
)

// powerSeries holds the coefficients of a polynomial, constant first.
type powerSeries []float64

func (p powerSeries) at(t float64) float64 {
	v := 0.0
	for i := len(p) - 1; i >= 0; i-- {
		v = float64(v*t) + p[i]
	}
	return v
}

// trimmed drops the coefficients that contribute less than 2^-58 of the largest term for every |t|
// <= edge.
func (p powerSeries) trimmed(edge float64) powerSeries {
	term := func(i int) float64 { return math.Abs(p[i]) * math.Pow(edge, float64(i)) }
	largest := 0.0
	for i := range p {
		largest = max(largest, term(i))
	}
	n := len(p)
	for n > 1 && term(n-1) <= largest*0x1p-58 {
		n--
	}
	return p[:n]
}

// evenSeries is a derivative with respect to d of an even function, sum c[m] (scale d)^(2m). It is
// a series in (scale d)^2, times scale d if the order is odd.
type evenSeries struct {
	p     powerSeries
	scale float64
	odd   bool
}

// newEvenSeries differentiates the series term by term. edge is the largest |scale d| at which it
// will be evaluated.
func newEvenSeries(c powerSeries, scale float64, order int, edge float64) evenSeries {
	var p powerSeries
	chain := math.Pow(scale, float64(order))
	for m := (order + 1) / 2; m < len(c); m++ {
		v := c[m] * chain
		for i := 2 * m; i > 2*m-order; i-- {
			v *= float64(i)
		}
		p = append(p, v)
	}
	return evenSeries{p: p.trimmed(edge * edge), scale: scale, odd: order%2 == 1}
}

func (e *evenSeries) at(d float64) float64 {
	z := e.scale * d
	v := e.p.at(z * z)
	if e.odd {
		return v * z
	}
	return v
}

// seriesTerms is more than enough for every order at the widest range of a series, half the
// distance to the nearest pole; series are trimmed.
const seriesTerms = 80

// sincCoefficients returns the coefficients of sin(w z)/z in z^2: (-1)^m w^(2m+1)/(2m+1)!.
func sincCoefficients(w float64) powerSeries {
	c := make(powerSeries, seriesTerms)
	c[0] = w
	for m := 1; m < seriesTerms; m++ {
		c[m] = -c[m-1] * w * w / float64(2*m*(2*m+1))
	}
	return c
}

// cosCoefficients returns the coefficients of cos(w z) in z^2: (-1)^m w^(2m)/(2m)!.
func cosCoefficients(w float64) powerSeries {
	c := make(powerSeries, seriesTerms)
	c[0] = 1
	for m := 1; m < seriesTerms; m++ {
		c[m] = -c[m-1] * w * w / float64(2*m*(2*m-1))
	}
	return c
}

// xOverSinCoefficients returns the coefficients of x/sin x in x^2, from (x/sin x) (sin x/x) = 1.
// All are positive, and they decrease by a factor of pi^2 from one to the next. Callers must not
// change them.
var xOverSinCoefficients = sync.OnceValue(func() powerSeries {
	sinc := sincCoefficients(1)
	c := make(powerSeries, seriesTerms)
	c[0] = 1
	for k := 1; k < seriesTerms; k++ {
		for j := 1; j <= k; j++ {
			c[k] -= float64(sinc[j] * c[k-j])
		}
	}
	return c
})

// product multiplies two series of the same length and truncates the result to it.
func product(a, b powerSeries) powerSeries {
	c := make(powerSeries, len(a))
	for m := range c {
		for k := 0; k <= m; k++ {
			c[m] += float64(a[k] * b[m-k])
		}
	}
	return c
}
