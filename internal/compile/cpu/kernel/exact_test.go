package kernel

import (
	"math"
	"math/big"
	"sync"
)

// precision in bits of the reference values: 53 to compare, 120 that a phase of
// 2^30 next to a multiple of π/2 loses, and as many to spare.
const precision = 300

func exact(x float64) *big.Float { return fresh().SetFloat64(x) }
func fresh() *big.Float          { return new(big.Float).SetPrec(precision) }

func times(a, b *big.Float) *big.Float { return fresh().Mul(a, b) }
func over(a, b *big.Float) *big.Float  { return fresh().Quo(a, b) }
func minus(a, b *big.Float) *big.Float { return fresh().Sub(a, b) }

// exactPi is Machin's 16 atan(1/5) - 4 atan(1/239), in integers scaled by 2^bits.
var exactPi = sync.OnceValue(func() *big.Float {
	const bits = precision + 64
	atan := func(inverse int64) *big.Int {
		power := new(big.Int).Quo(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(inverse))
		sum, square := new(big.Int), big.NewInt(inverse*inverse)
		for k := int64(1); power.Sign() != 0; k += 2 {
			term := new(big.Int).Quo(power, big.NewInt(k))
			if k%4 == 3 {
				term.Neg(term)
			}
			sum.Add(sum, term)
			power.Quo(power, square)
		}
		return sum
	}
	pi := new(big.Int).Mul(big.NewInt(16), atan(5))
	pi.Sub(pi, new(big.Int).Mul(big.NewInt(4), atan(239)))
	v := new(big.Float).SetPrec(bits).SetInt(pi)
	return v.SetMantExp(v, -bits)
})

// taylor is the sum of x^k/k! for k = first, first+stride, ..., with signs that
// alternate if asked for.
func taylor(x *big.Float, first, stride int, alternate bool) *big.Float {
	term := exact(1)
	step := func(k int) { term.Quo(times(term, x), exact(float64(k))) }
	for k := 1; k <= first; k++ {
		step(k)
	}
	sum := fresh().Set(term)
	for k := first; term.Sign() != 0 && term.MantExp(nil) > sum.MantExp(nil)-precision-8; {
		for range stride {
			k++
			step(k)
		}
		if alternate {
			term.Neg(term)
		}
		sum.Add(sum, term)
	}
	return sum
}

// exactSincos takes away whole quarter turns, then sums the series.
func exactSincos(x *big.Float) (sin, cos *big.Float) {
	quarter := over(exactPi(), exact(2))
	turns, _ := over(x, quarter).Float64()
	n := math.Round(turns)
	r := minus(x, times(exact(n), quarter))
	sin, cos = taylor(r, 1, 2, true), taylor(r, 0, 2, true)
	for range int(math.Mod(n, 4)+4) % 4 {
		sin, cos = cos, fresh().Neg(sin)
	}
	return sin, cos
}

// exactExp squares e^(x/2^20) twenty times.
func exactExp(x float64) *big.Float {
	v := taylor(exact(x/0x1p20), 0, 1, false)
	for range 20 {
		v = times(v, v)
	}
	return v
}

// exactSinRatio is sin(πNd)/sin(πd) and its derivatives by d, for d ≠ 0.
func exactSinRatio(n, d float64) [3]*big.Float {
	pi := exactPi()
	x := times(pi, exact(d))
	sinN, cosN := exactSincos(times(x, exact(n)))
	sin, cos := exactSincos(x)
	r0 := over(sinN, sin)
	r1 := times(pi, over(minus(times(exact(n), cosN), times(r0, cos)), sin))
	// (R sin)'' = -π² N² R sin.
	excess := minus(exact(1), times(exact(n), exact(n)))
	r2 := minus(times(times(pi, pi), times(excess, r0)), times(times(exact(2), pi), over(times(cos, r1), sin)))
	return [3]*big.Float{r0, r1, r2}
}

// ulps is the error of got in units of the last place of the exact value.
func ulps(got float64, want *big.Float) float64 {
	nearest, _ := want.Float64()
	if got == nearest && (math.IsInf(got, 0) || got == 0) {
		return 0
	}
	exponent := max(want.MantExp(nil)-53, -1074)
	e, _ := minus(exact(got), want).Float64()
	return math.Abs(math.Ldexp(e, -exponent))
}
