package special

import "math"

// roundShift, 1.5 * 2^52, rounds |y| < 2^51 to a whole number when added and
// taken away again; the sum's last bit is then that number's parity.
const roundShift = 3 << 51

// sinPi is sin(pi y) for |y| < 2^51, with a relative error of a few units in
// the last place of float64: the reduction of y is exact.
func sinPi(y float64) float64 {
	shifted := y + roundShift
	r := y - (shifted - roundShift)
	return flipSign(sinQuarter(math.Pi*r), shifted)
}

// sincosPi is sin(pi y) and cos(pi y) for |y| < 2^51. The cosine's error is
// absolute, except next to its zeros, where it is relative as the sine's.
func sincosPi(y float64) (sin, cos float64) {
	shifted := y + roundShift
	r := y - (shifted - roundShift)
	sin = flipSign(sinQuarter(math.Pi*r), shifted)
	cos = flipSign(sinQuarter(math.Pi*(0.5-math.Abs(r))), shifted)
	return sin, cos
}

// flipSign negates v where the number rounded in shifted is odd.
func flipSign(v, shifted float64) float64 {
	return math.Float64frombits(math.Float64bits(v) ^ math.Float64bits(shifted)<<63)
}

// sinQuarter is sin x for |x| <= pi/2 by its Taylor series to x^21; the first
// term left out is (pi/2)^23/23!, 1.3e-18.
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
	// The two halves of the series are summed side by side, for speed.
	t := x * x
	w := t * t
	even := 1/f5 + w*(1/f9+w*(1/f13+w*(1/f17+w*(1/f21))))
	odd := 1/f3 + w*(1/f7+w*(1/f11+w*(1/f15+w*(1/f19))))
	return x + x*t*(t*even-odd)
}
