package special

import (
	"math"
	"math/big"
	"sync"
)

// exact is arithmetic of a chosen precision for the reference values of these
// tests. Its derivatives come from the plain quotient and recurrence, with the
// precision raised by what those lose near zero.
type exact struct {
	prec uint
	pi   *big.Float
}

// basePrecision is what is left, in bits, after cancellation.
const basePrecision = 200

// exactNear prepares for quotients at distance d from their zero, to the given
// order: each division costs the digits of d.
func exactNear(d float64, order int) exact {
	lost := 0
	if d != 0 {
		_, exponent := math.Frexp(d)
		lost = max(0, -exponent) * (order + 3)
	}
	prec := uint(basePrecision + lost + 80)
	return exact{prec: prec, pi: bigPi(prec)}
}

func (e exact) num(v float64) *big.Float { return e.new().SetFloat64(v) }
func (e exact) new() *big.Float          { return new(big.Float).SetPrec(e.prec) }
func (e exact) sub(a, b *big.Float) *big.Float {
	return e.new().Sub(a, b)
}
func (e exact) mul(a, b *big.Float) *big.Float {
	return e.new().Mul(a, b)
}
func (e exact) quo(a, b *big.Float) *big.Float {
	return e.new().Quo(a, b)
}

var piCache struct {
	sync.Mutex
	prec uint
	pi   *big.Float
}

// bigPi is Machin's 16 atan(1/5) - 4 atan(1/239).
func bigPi(prec uint) *big.Float {
	piCache.Lock()
	defer piCache.Unlock()
	if piCache.prec < prec {
		bits := max(prec, 8192) + 64
		one := new(big.Int).Lsh(big.NewInt(1), bits)
		arctan := func(inverse int64) *big.Int {
			power := new(big.Int).Quo(one, big.NewInt(inverse))
			square := big.NewInt(inverse * inverse)
			sum := new(big.Int).Set(power)
			term := new(big.Int)
			for k := int64(1); power.Sign() != 0; k++ {
				power.Quo(power, square)
				term.Quo(power, big.NewInt(2*k+1))
				if k%2 == 1 {
					sum.Sub(sum, term)
				} else {
					sum.Add(sum, term)
				}
			}
			return sum
		}
		scaled := new(big.Int).Mul(big.NewInt(16), arctan(5))
		scaled.Sub(scaled, new(big.Int).Mul(big.NewInt(4), arctan(239)))
		pi := new(big.Float).SetPrec(bits).SetInt(scaled)
		piCache.pi = pi.SetMantExp(pi, -int(bits))
		piCache.prec = bits - 64
	}
	return new(big.Float).SetPrec(prec).Set(piCache.pi)
}

// sincos sums the Taylor series after taking away whole quarter turns.
func (e exact) sincos(x *big.Float) (sin, cos *big.Float) {
	half := e.quo(e.pi, e.num(2))
	turns, _ := e.quo(x, half).Float64()
	n := math.Round(turns)
	r := e.sub(x, e.mul(e.num(n), half))
	square := e.mul(r, r)
	series := func(first *big.Float, from int) *big.Float {
		sum, term := e.new().Set(first), e.new().Set(first)
		for k := from; ; k += 2 {
			term.Mul(term, square)
			term.Quo(term, e.num(float64(-k*(k+1))))
			if term.Sign() == 0 || term.MantExp(nil) < sum.MantExp(nil)-int(e.prec)-8 {
				return sum
			}
			sum.Add(sum, term)
		}
	}
	sin, cos = series(r, 2), series(e.num(1), 1)
	for range int(math.Mod(n, 4)+4) % 4 {
		sin, cos = cos, e.new().Neg(sin)
	}
	return sin, cos
}

// overSine turns the derivatives by x of f into those of f/sin x.
func (e exact) overSine(f []*big.Float, sin, cos *big.Float) []*big.Float {
	cycle := []*big.Float{sin, cos, e.new().Neg(sin), e.new().Neg(cos)}
	q := make([]*big.Float, len(f))
	for k := range f {
		v := f[k]
		for j := range k {
			c := e.new().SetInt(new(big.Int).Binomial(int64(k), int64(j)))
			v = e.sub(v, e.mul(c, e.mul(q[j], cycle[(k-j)%4])))
		}
		q[k] = e.quo(v, sin)
	}
	return q
}

// byD turns derivatives by x = pi d into float64 derivatives by d.
func (e exact) byD(q []*big.Float) []float64 {
	out := make([]float64, len(q))
	chain := e.num(1)
	for k := range q {
		out[k], _ = e.mul(q[k], chain).Float64()
		chain = e.mul(chain, e.pi)
	}
	return out
}

// exactSincRatio returns the derivatives of sin(pi n d)/sin(pi d), orders 0 to
// order. The value at 0 is taken at 1e-300.
func exactSincRatio(n, d float64, order int) []float64 {
	if d == 0 {
		out := exactSincRatio(n, 1e-300, order)
		for k := 1; k <= order; k += 2 {
			out[k] = 0
		}
		return out
	}
	e := exactNear(math.Min(math.Abs(d), 1-math.Abs(d)), order)
	x := e.mul(e.pi, e.num(d))
	v0, v1 := e.sincos(e.mul(x, e.num(n)))
	f := make([]*big.Float, order+1)
	power := e.num(1)
	for k := range f {
		f[k] = e.mul(power, v0)
		power = e.mul(power, e.num(n))
		v0, v1 = v1, e.new().Neg(v0)
	}
	sin, cos := e.sincos(x)
	return e.byD(e.overSine(f, sin, cos))
}

// exactXOverSin returns the derivatives of pi d/sin(pi d), orders 0 to order.
func exactXOverSin(d float64, order int) []float64 {
	if d == 0 {
		out := exactXOverSin(1e-300, order)
		for k := 1; k <= order; k += 2 {
			out[k] = 0
		}
		return out
	}
	e := exactNear(math.Min(math.Abs(d), 1-math.Abs(d)), order)
	x := e.mul(e.pi, e.num(d))
	f := []*big.Float{x, e.num(1)}
	for len(f) <= order {
		f = append(f, e.num(0))
	}
	sin, cos := e.sincos(x)
	return e.byD(e.overSine(f[:order+1], sin, cos))
}

// exactSinc3 returns the derivatives by u of 3 (sin x/x - cos x)/x^2, x^2 = u > 0,
// orders 0 to order, from f_(n+1) = ((2n+1) f_n - f_(n-1))/u.
func exactSinc3(u float64, order int) []float64 {
	e := exactNear(u, order)
	bigU := e.num(u)
	x := e.new().Sqrt(bigU)
	sin, cos := e.sincos(x)
	previous := e.quo(sin, x)
	f := e.quo(e.sub(previous, cos), bigU)
	factor := e.num(3)
	out := make([]float64, order+1)
	for k := range out {
		out[k], _ = e.mul(factor, f).Float64()
		next := e.sub(e.mul(e.num(float64(2*k+3)), f), previous)
		previous, f = f, e.quo(next, bigU)
		factor = e.quo(factor, e.num(-2))
	}
	return out
}

// largest returns, for each order, the largest magnitude over some tables.
func largest(tables [][]float64) []float64 {
	out := make([]float64, len(tables[0]))
	for _, t := range tables {
		for k, v := range t {
			out[k] = math.Max(out[k], math.Abs(v))
		}
	}
	return out
}
