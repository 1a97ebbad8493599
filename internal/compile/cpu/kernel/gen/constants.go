package main

import (
	"fmt"
	"go/format"
	"math/big"
	"strings"
)

// Limits that the assembly and the Go loops must agree on.
const (
	roundingMagic = 0x1.8p52 // a number added to it is rounded to a whole one
	sinLimit      = 1 << 30
	expLowest     = -746 // e^-746 rounds to 0, e^710 to infinity
	expHighest    = 710
	leastDistance = 0x1p-500 // its square is no denormal
	maxCells      = 1e6
	accurateCells = 1.5
	gaussNarrow   = 0.5 // the width of an interval below which the series of a mean Gaussian is to rounding errors
	gaussLimit    = 40  // e^(-x²/2) is 0 from there on
	tailScale     = 4   // of the variable of a Gaussian's tails
)

// constants are numbers by the names they have in the package.
type constants struct {
	halfPi, ln2                 []float64 // in parts
	twoOverPi, log2E, piSquared float64
	rootHalfPi                  float64
	sin, cos, exp, sinc, bend   []float64
	tail                        []float64
	gauss                       []float64 // 1/(2j+1)!, from j = 1 on
	// Of least degree for float32, for mixed precision on GPUs.
	exp32, sinc32, bend32 []float64
}

// gaussTerms is enough for derivatives of first order to 1e-16.
const gaussTerms = 8

// seriesTerms is enough for all fits: π^78/79! is below 2^-250.
const seriesTerms = 40

func newConstants() (*constants, error) {
	pi, ln2 := bigPi(), bigLn2()
	halfPi := over(pi, number(2))
	c := &constants{
		halfPi: parts(halfPi, 3), ln2: parts(ln2, 2),
		twoOverPi:  nearest(over(number(1), halfPi)),
		log2E:      nearest(over(number(1), ln2)),
		piSquared:  nearest(times(pi, pi)),
		rootHalfPi: nearest(fresh().Sqrt(halfPi)),
	}
	for j, odd := 1, number(1); j <= gaussTerms; j++ {
		odd = over(odd, number(float64(2*j*(2*j+1))))
		c.gauss = append(c.gauss, nearest(odd))
	}
	// Intervals are a little longer than needed, for the reduction is not exact.
	longer := sum(number(1), number(0x1p-20))
	eighth := times(over(pi, number(4)), longer)
	octant := times(eighth, eighth)
	halfLn2 := times(over(ln2, number(2)), longer)
	half := times(number(0.25), longer)
	zero := number(0)

	one := number(1)
	inSine := func(u, f *big.Float) *big.Float { return over(u, sum(one, times(u, f))) }
	inExp := func(r, f *big.Float) *big.Float {
		square := times(r, r)
		return over(square, sum(sum(one, r), times(square, f)))
	}
	inBend := func(_, f *big.Float) *big.Float { return over(one, fresh().Abs(f)) }
	sincSeries := series(3, 2, times(pi, pi))
	bendSeries := difference(series(2, 2, times(pi, pi)), sincSeries)
	for _, p := range []struct {
		to     *[]float64
		series polynomial
		weight func(x, f *big.Float) *big.Float
		a, b   *big.Float
		degree int
	}{
		// sin r = r + r u p(u), u = r²
		{&c.sin, series(3, 2, one), inSine, zero, octant, 5},
		// cos r = 1 - u/2 + u² p(u)
		{&c.cos, series(4, 2, one), func(u, f *big.Float) *big.Float {
			square := times(u, u)
			return over(square, sum(minus(one, over(u, number(2))), times(square, f)))
		}, zero, octant, 5},
		// e^r = 1 + r + r² p(r)
		{&c.exp, series(2, 1, one), inExp, fresh().Neg(halfLn2), halfLn2, 9},
		{&c.exp32, series(2, 1, one), inExp, fresh().Neg(halfLn2), halfLn2, 4},
		// sin(πr)/(πr) = 1 + u p(u)
		{&c.sinc, sincSeries, inSine, zero, half, 7},
		{&c.sinc32, sincSeries, inSine, zero, half, 3},
		// cos(πr) - sin(πr)/(πr) = u p(u)
		{&c.bend, bendSeries, inBend, zero, half, 7},
		{&c.bend32, bendSeries, inBend, zero, half, 4},
	} {
		fitted, err := fit(p.series.at, p.weight, p.a, p.b, p.degree)
		if err != nil {
			return nil, err
		}
		for _, v := range fitted {
			*p.to = append(*p.to, nearest(v))
		}
	}
	// e^(x²/2) erfc(x/√2) = p(t)/(x+4), t = (x-4)/(x+4)
	scale := number(tailScale)
	tail := func(t *big.Float) *big.Float {
		x := over(times(scale, sum(one, t)), minus(one, t))
		return times(gaussTail(x, halfPi), sum(x, scale))
	}
	relative := func(_, f *big.Float) *big.Float { return over(one, f) }
	end := over(number(gaussLimit-tailScale), number(gaussLimit+tailScale))
	fitted, err := fit(tail, relative, number(-1), end, 21)
	if err != nil {
		return nil, err
	}
	for _, v := range fitted {
		c.tail = append(c.tail, nearest(v))
	}
	return c, nil
}

// gaussTail is e^(x²/2) erfc(x/√2) for x ≥ 0: by Taylor's series, beyond 1 by the continued fraction of Laplace, which
// is exact to 2^-120 there.
func gaussTail(x, halfPi *big.Float) *big.Float {
	root := fresh().Sqrt(halfPi)
	if x.Cmp(number(1)) > 0 {
		v := x
		for k := 1000; k > 0; k-- {
			v = sum(x, over(number(float64(k)), v))
		}
		return over(number(1), times(root, v))
	}
	// e^(x²/2) - √(2/π) Σ x^(2k+1)/(1·3·…·(2k+1))
	square := times(x, x)
	all, odd := number(0), number(0)
	term, oddTerm := number(1), x
	for k := 1; k < 100; k++ {
		all, odd = sum(all, term), sum(odd, oddTerm)
		term = over(times(term, square), number(float64(2*k)))
		oddTerm = over(times(oddTerm, square), number(float64(2*k+1)))
	}
	return minus(all, over(odd, root))
}

// series is that of sine, cosine or e^x from its term in x^first on, in x^step; with
// a step of 2 the signs alternate, as those functions' do, and x² comes with a scale.
func series(first, step int, scale *big.Float) polynomial {
	p := make(polynomial, seriesTerms)
	for k := range p {
		v := number(1)
		for i := 1; i <= first+k*step; i++ {
			v = over(v, number(float64(i)))
		}
		if step == 2 {
			for range first/2 + k {
				v = fresh().Neg(times(v, scale))
			}
		}
		p[k] = v
	}
	return p
}

func difference(p, q polynomial) polynomial {
	d := make(polynomial, len(p))
	for i := range d {
		d[i] = minus(p[i], q[i])
	}
	return d
}

func nearest(x *big.Float) float64 { v, _ := x.Float64(); return v }

// parts are float64 numbers that add up to x > 0, each what is left, rounded down:
// all are positive, so that taking zero times each away leaves -0 as it is.
func parts(x *big.Float, n int) (p []float64) {
	for range n {
		v := nearest(fresh().SetMode(big.ToZero).SetPrec(53).Set(x))
		p = append(p, v)
		x = minus(x, number(v))
	}
	return p
}

// bigPi is Machin's 16 atan(1/5) - 4 atan(1/239).
func bigPi() *big.Float {
	return minus(times(number(16), inverseTangent(5, -1)), times(number(4), inverseTangent(239, -1)))
}

// bigLn2 is 2 artanh(1/3).
func bigLn2() *big.Float { return times(number(2), inverseTangent(3, 1)) }

// inverseTangent sums sign^k/((2k+1) n^(2k+1)): atan(1/n) or, with sign 1, artanh.
func inverseTangent(n, sign float64) *big.Float {
	power, v := over(number(1), number(n)), fresh()
	for k := 0; power.MantExp(nil) > -precision; k++ {
		v = sum(v, over(power, number(float64(2*k+1))))
		power = over(power, number(sign*n*n))
	}
	return v
}

// file is the Go source of the constants.
func (c *constants) file() ([]byte, error) {
	var b strings.Builder
	b.WriteString("// Code generated by gen. DO NOT EDIT.\n\npackage kernel\n\nconst (\n")
	constant := func(name string, v float64) { fmt.Fprintf(&b, "%s = %x // %[2]g\n", name, v) }
	constant("roundingMagic", roundingMagic)
	constant("sinLimit", sinLimit)
	constant("expLowest", expLowest)
	constant("expHighest", expHighest)
	constant("leastDistance", leastDistance)
	constant("maxCells", maxCells)
	constant("accurateCells", accurateCells)
	constant("gaussNarrow", gaussNarrow)
	constant("gaussLimit", gaussLimit)
	constant("tailScale", tailScale)
	for i, v := range c.halfPi {
		constant(fmt.Sprintf("halfPi%d", i+1), v)
	}
	constant("ln2High", c.ln2[0])
	constant("ln2Low", c.ln2[1])
	constant("twoOverPi", c.twoOverPi)
	constant("log2E", c.log2E)
	constant("piSquared", c.piSquared)
	constant("rootHalfPi", c.rootHalfPi)
	b.WriteString(")\n\n// Polynomials of least largest error, the constant first.\nvar (\n")
	list := func(name string, p []float64) {
		fmt.Fprintf(&b, "%s = [...]float64{\n", name)
		for _, v := range p {
			fmt.Fprintf(&b, "%x,\n", v)
		}
		b.WriteString("}\n")
	}
	list("sinPoly", c.sin)
	list("cosPoly", c.cos)
	list("expPoly", c.exp)
	list("sincPoly", c.sinc)
	list("bendPoly", c.bend)
	list("tailPoly", c.tail)
	b.WriteString("\n// 1/(2j+1)! from j = 1 on.\n")
	list("gaussWeights", c.gauss)
	b.WriteString(")\n")
	return format.Source([]byte(b.String()))
}

// device is the CUDA C of the constants. Polynomials have the highest power first, as Horner's scheme reads them.
func (c *constants) device() []byte {
	var b strings.Builder
	b.WriteString("// Code generated by gen. DO NOT EDIT.\n//\n// The constants of package kernel, with shorter polynomials for float32.\n\n")
	define := func(name string, v float64) { fmt.Fprintf(&b, "#define %s (%x) // %[2]g\n", name, v) }
	define("NB_MAGIC", roundingMagic)
	define("NB_SIN_LIMIT", sinLimit)
	define("NB_EXP_LOWEST", expLowest)
	define("NB_EXP_HIGHEST", expHighest)
	define("NB_LEAST_DISTANCE", leastDistance)
	for i, v := range c.halfPi {
		define(fmt.Sprintf("NB_HALF_PI_%d", i+1), v)
	}
	define("NB_LN2_HIGH", c.ln2[0])
	define("NB_LN2_LOW", c.ln2[1])
	define("NB_TWO_OVER_PI", c.twoOverPi)
	define("NB_LOG2E", c.log2E)
	define("NB_PI", 2*c.halfPi[0])
	define("NB_PI_SQUARED", c.piSquared)
	list := func(kind, name string, p []float64, print func(v float64) string) {
		fmt.Fprintf(&b, "\nstatic %s %s[] = {\n", kind, name)
		for i := len(p) - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "    %s,\n", print(p[i]))
		}
		b.WriteString("};\n")
	}
	double := func(v float64) string { return fmt.Sprintf("%x", v) }
	list("__constant__ double", "nb_sin_table", c.sin, double)
	list("__constant__ double", "nb_cos_table", c.cos, double)
	list("__constant__ double", "nb_exp_table", c.exp, double)
	list("__constant__ double", "nb_sinc_table", c.sinc, double)
	list("__constant__ double", "nb_bend_table", c.bend, double)
	b.WriteString("\n")
	for _, p := range []struct {
		name string
		of   []float64
	}{{"NB_EXP_FLOAT", c.exp32}, {"NB_SINC_FLOAT", c.sinc32}, {"NB_BEND_FLOAT", c.bend32}} {
		for k, v := range p.of {
			fmt.Fprintf(&b, "#define %s_%d (%xf)\n", p.name, k, float32(v))
		}
	}
	return []byte(b.String())
}
