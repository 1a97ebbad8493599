package special

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// MaxCells is the largest number of unit cells that [NewSincRatio] accepts.
const MaxCells = 1_000_000

// nearOneCells is the N below which derivatives are computed relative to N = 1, where all of them
// vanish.
const nearOneCells = 1.5

// SincRatio is a derivative with respect to d of sin(pi N d)/sin(pi d), the lattice transform of N
// unit cells along one axis at the distance d from an integer Miller index. N need not be an
// integer.
//
// For |d| <= 1/2 the error is below 1e-13 of the largest value over a period for orders up to 2,
// and below 1e-12 for order 4. Outside, if N is not an integer, the function has a pole at every
// integer d, and the error is relative to the value.
type SincRatio struct {
	n      float64
	order  int
	series evenSeries
	edge   float64 // the series covers |d| < edge
	chain  float64 // pi^order, the chain rule's factor for x = pi d
}

// sincRatioEdge returns the |pi N d| from which on the recurrence replaces the series. Each step of
// the recurrence divides its error by sin(pi d), so the series, whose cost grows with its range,
// covers a wider range for higher orders. The range ends below |pi d| = pi, the radius of
// convergence, which matters for the smallest N.
func sincRatioEdge(n float64, order int) float64 {
	switch {
	case order == 0:
		return 1e-3
	case order <= 2:
		return 1
	case order <= 4:
		return min(2, 1.25*n)
	default:
		return min(3, 1.25*n)
	}
}

// NewSincRatio prepares the derivative of the given order for n unit cells. It returns an error if
// n is outside 1 to [MaxCells] or order outside 0 to [MaxOrder].
func NewSincRatio(n float64, order int) (*SincRatio, error) {
	if !(n >= 1 && n <= MaxCells) {
		return nil, fmt.Errorf("special: number of unit cells %g is outside [1, %g]", n, float64(MaxCells))
	}
	if err := checkOrder("sin(pi N d)/sin(pi d)", order); err != nil {
		return nil, err
	}
	slot := recent(n, order)
	if r := slot.Load(); r != nil && r.n == n && r.order == order {
		return r, nil
	}
	edge := sincRatioEdge(n, order)
	scale := math.Pi * n
	r := &SincRatio{
		n:      n,
		order:  order,
		series: newEvenSeries(sincRatioCoefficients(n), scale, order, edge),
		edge:   edge / scale,
		chain:  math.Pow(math.Pi, float64(order)),
	}
	slot.Store(r)
	return r, nil
}

// recentRatios holds recent results of [NewSincRatio], which never change: a run asks for the same few
// again and again, and their coefficients take longer than some hundred values. A slot holds the
// latest of those whose hash it is.
var recentRatios [256]atomic.Pointer[SincRatio]

func recent(n float64, order int) *atomic.Pointer[SincRatio] {
	hash := (math.Float64bits(n) + uint64(order)) * 0x9e3779b97f4a7c15 // 2⁶⁴ times the golden ratio
	return &recentRatios[hash>>56]
}

// sincRatioCoefficients returns the coefficients of sin(N x)/sin x in (N x)^2.
func sincRatioCoefficients(n float64) powerSeries {
	c := slices.Clone(xOverSinCoefficients())
	if n >= nearOneCells {
		// n (sin z/z) (x/sin x) with z = n x.
		c = product(sincCoefficients(1), rescaled(c, 1/n))
		for m := range c {
			c[m] *= n
		}
		return c
	}
	// cos(M x) + cos x sin(M x)/sin x with M = n - 1; see nearOne.
	excess := n - 1
	c = product(cosCoefficients(1), product(sincCoefficients(excess), c))
	for m, v := range cosCoefficients(excess) {
		c[m] += v
	}
	return rescaled(c, 1/n)
}

// rescaled converts, in place, a series in x^2 to one in (x/factor)^2.
func rescaled(c powerSeries, factor float64) powerSeries {
	power := 1.0
	for m := range c {
		c[m] *= power
		power *= factor * factor
	}
	return c
}

// Into sets dst[i] to the value at d[i]. dst and d must have the same length and may be the same slice.
func (r *SincRatio) Into(dst, d []float64) {
	dst = dst[:len(d)]
	for i, v := range d {
		dst[i] = r.At(v)
	}
}

// At returns the value at d, for -1 < d < 1. Any other finite d is valid too, except the poles at
// integer d if N is not an integer, where it returns +Inf.
func (r *SincRatio) At(d float64) float64 {
	switch distance := math.Abs(d); {
	case distance < r.edge:
		return r.series.at(d)
	case distance <= 0.5:
		return r.recurrence(d)
	default:
		return r.nextPeriod(d)
	}
}

// recurrence evaluates away from d = 0, for |d| <= 1/2, with x = pi d. The lowest orders are
// divideBySine, unrolled.
func (r *SincRatio) recurrence(d float64) float64 {
	if r.order == 0 {
		return sinPi(r.n*d) / sinPi(d)
	}
	if r.n < nearOneCells {
		return r.nearOne(d)
	}
	sinN, cosN := sincosPi(r.n * d)
	sin, cos := sincosPi(d)
	inverse := 1 / sin
	value := sinN * inverse
	first := (float64(r.n*cosN) - float64(value*cos)) * inverse
	switch r.order {
	case 1:
		return r.chain * first
	case 2:
		return r.chain * (float64(value*(1-float64(r.n*r.n))) - float64(2*first*cos*inverse))
	}
	var buffer [MaxOrder + 1]float64
	jet := buffer[:r.order+1]
	waveJet(jet, r.n, sinN, cosN)
	divideBySine(jet, sin, cos)
	return r.chain * jet[r.order]
}

// nearOne replaces recurrence for N close to 1. There the derivatives are of the order of M = N - 1
// and would be lost in the rounding of terms of the order of 1. In
//
//	sin(N x)/sin x = cos(M x) + cos x sin(M x)/sin x
//
// every term of every derivative is of the order of M.
func (r *SincRatio) nearOne(d float64) float64 {
	excess := r.n - 1
	sinM, cosM := sincosPi(excess * d)
	sin, cos := sincosPi(d)
	var buffer, wave [MaxOrder + 1]float64
	jet := buffer[:r.order+1]
	waveJet(jet, excess, sinM, cosM)
	divideBySine(jet, sin, cos)
	waveJet(wave[:r.order+1], excess, cosM, -sinM)
	v := wave[r.order]
	waveJet(wave[:r.order+1], 1, cos, -sin)
	for j, q := range jet {
		v += float64(binomial[r.order][j] * q * wave[r.order-j])
	}
	return r.chain * v
}

// nextPeriod evaluates at d = e + m, where |e| <= 1/2 and m is a nonzero integer. With y = pi e the
// addition theorem gives
//
//	cos(pi (N-1) m) sin(N y)/sin y + sin(pi (N-1) m) cos(N y)/sin y.
func (r *SincRatio) nextPeriod(d float64) float64 {
	m := math.Round(d)
	e := d - m
	sinM, cosM := sincosPi(math.Mod((r.n-1)*m, 2))
	v := 0.0
	if math.Abs(e) < r.edge {
		v = r.series.at(e)
	} else {
		v = r.recurrence(e)
	}
	v = float64(v * cosM)
	if sinM == 0 {
		return v
	}
	if e == 0 {
		return math.Inf(1)
	}
	sinN, cosN := sincosPi(r.n * e)
	sin, cos := sincosPi(e)
	var buffer [MaxOrder + 1]float64
	jet := buffer[:r.order+1]
	waveJet(jet, r.n, cosN, -sinN)
	divideBySine(jet, sin, cos)
	return v + float64(sinM*r.chain*jet[r.order])
}
