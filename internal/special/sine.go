package special

import "math"

// roundShift, 1.5 * 2^52, rounds |y| < 2^51 to an integer when added and subtracted again; the last
// bit of the sum is the parity of that integer.
const roundShift = 3 << 51

// sinPi returns sin(pi y) for |y| < 2^51, with a relative error of a few units in the last place,
// since the reduction of y is exact.
func sinPi(y float64) float64 {
	shifted := y + roundShift
	r := y - (shifted - roundShift)
	return flipSign(sinQuarter(math.Pi*r), shifted)
}

// sincosPi returns sin(pi y) and cos(pi y) for |y| < 2^51. The error of the cosine is absolute,
// except near its zeros, where it is relative like that of the sine.
func sincosPi(y float64) (sin, cos float64) {
	shifted := y + roundShift
	r := y - (shifted - roundShift)
	sin = flipSign(sinQuarter(math.Pi*r), shifted)
	cos = flipSign(sinQuarter(math.Pi*(0.5-math.Abs(r))), shifted)
	return sin, cos
}

// flipSign negates v if the integer to which shifted was rounded is odd.
func flipSign(v, shifted float64) float64 {
	return math.Float64frombits(math.Float64bits(v) ^ math.Float64bits(shifted)<<63)
}

// sinQuarter returns sin x for |x| <= pi/2 from its Taylor series to x^21; the first omitted term
// is at most (pi/2)^23/23!, 1.3e-18.
func sinQuarter(x float64) float64 {
	const (
		f3  = 6.0
		f5  = f3 * 4 * 5
		f7  = f5 * 6 * 7
		f9  = f7 * 8 * 9
		f11 = f9 * 10 * 11
		f13 = f11 * 12 * 13
		f15 = f13 * 14 * 15
		f17 = f15 * 16 * 17
		f19 = f17 * 18 * 19
		f21 = f19 * 20 * 21
	)
	// The two halves of the series are summed in parallel, for speed.
	t := float64(x * x)
	w := float64(t * t)
	even := 1/f5 + float64(w*(1/f9+float64(w*(1/f13+float64(w*(1/f17+float64(w*(1/f21))))))))
	odd := 1/f3 + float64(w*(1/f7+float64(w*(1/f11+float64(w*(1/f15+float64(w*(1/f19))))))))
	return x + float64(x*t*(float64(t*even)-odd))
}

// waveJet fills jet with the derivatives with respect to x, orders 0 to len(jet)-1, of a wave of
// frequency w whose value is v0 and whose derivative is w v1: (sin w x, cos w x) for a sine, (cos w
// x, -sin w x) for a cosine.
func waveJet(jet []float64, w, v0, v1 float64) {
	power := 1.0
	for k := range jet {
		jet[k] = power * v0
		power *= w
		v0, v1 = v1, -v0
	}
}

// divideBySine converts the derivatives of f with respect to x, orders 0 to len(jet)-1, to those of
// f/sin x, given sin x and cos x. With q = f/sin x, the Leibniz rule applied to f = q sin x gives
//
//	q_k sin x = f_k - sum over j < k of C(k, j) q_j sin(x + (k-j) pi/2).
func divideBySine(jet []float64, sin, cos float64) {
	cycle := [4]float64{sin, cos, -sin, -cos}
	for k := range jet {
		v := jet[k]
		for j := range k {
			v -= float64(binomial[k][j] * jet[j] * cycle[(k-j)&3])
		}
		jet[k] = v / sin
	}
}
