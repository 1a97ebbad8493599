package nanobragg

import (
	"math"
	"math/big"
)

// Edges returns the lengths of a cell's edges, in metres, to the last bit as the reference program
// has them when it chooses the number of sub-pixels: edges are in Å, angles and missets in degrees.
//
// The program makes reciprocal vectors from the cell, rotates them by the misset, takes cross
// products of them, gives those the lengths of the edges, and measures them once more in metres.
// Where three samples per fringe are a whole number of sub-pixels, the last bit that this leaves
// decides whether there is one more.
func Edges(edges, angles, misset [3]float64) [3]float64 {
	// Conversions prevent fused multiply-adds, which would round differently.
	sum := func(a, b, c float64) float64 { return float64(float64(a)+float64(b)) + float64(c) }
	length := func(v [3]float64) float64 {
		return math.Sqrt(sum(float64(v[0]*v[0]), float64(v[1]*v[1]), float64(v[2]*v[2])))
	}
	scaled := func(v [3]float64, s float64) [3]float64 { return [3]float64{s * v[0], s * v[1], s * v[2]} }

	var sin, cos, radians [3]float64
	for i, angle := range angles {
		radians[i] = angle / degrees
		sin[i], cos[i] = sincos(radians[i])
	}
	half := sum(radians[0], radians[1], radians[2]) / 2
	skew, _ := sincos(half)
	for _, angle := range radians {
		s, _ := sincos(half - angle)
		skew *= s
	}
	volume := 2 * edges[0] * edges[1] * edges[2] * math.Sqrt(math.Abs(skew))

	var star [3]float64 // lengths of the reciprocal vectors
	for i := range star {
		star[i] = edges[(i+1)%3] * edges[(i+2)%3] * sin[i] * (1 / volume)
	}
	sinGamma := edges[2] * (1 / volume) / star[0] / star[1]
	if sinGamma > 1 {
		sinGamma = 1
	}
	var cosStar [3]float64
	for i := range cosStar {
		j, k := (i+1)%3, (i+2)%3
		cosStar[i] = (float64(cos[j]*cos[k]) - cos[i]) / (sin[j] * sin[k])
	}
	vectors := [3][3]float64{
		{star[0]},
		{star[1] * cosStar[2], star[1] * sinGamma},
		{star[2] * cosStar[1], star[2] * (cosStar[0] - float64(cosStar[1]*cosStar[2])) / sinGamma,
			star[2] * volume / (edges[0] * edges[1] * edges[2] * sinGamma)},
	}
	for axis, angle := range misset {
		if angle == 0 {
			continue
		}
		s, c := sincos(angle / degrees)
		j, k := (axis+1)%3, (axis+2)%3
		for i, v := range vectors {
			vectors[i][j] = float64(v[j]*c) - float64(v[k]*s)
			vectors[i][k] = float64(v[j]*s) + float64(v[k]*c)
		}
	}
	var out [3]float64
	for i := range out {
		b, c := vectors[(i+1)%3], vectors[(i+2)%3]
		var cross [3]float64
		for x := range cross {
			y, z := (x+1)%3, (x+2)%3
			cross[x] = float64(b[y]*c[z]) - float64(b[z]*c[y])
		}
		cross = scaled(cross, edges[i]/volume/length(cross))
		out[i] = length(scaled(scaled(cross, 1/(1/volume)), 1e-10))
	}
	return out
}

// degrees are those of a radian, as the reference program has them.
const degrees = 180 * float64(1/math.Pi)

// sincos returns the sine and the cosine rounded to the nearest number, as those of the C library
// are but for very few arguments; package math is content with the last bit.
func sincos(x float64) (sin, cos float64) {
	const bits = 256 // more than enough for the cancellation in these series
	if !(math.Abs(x) < 64) {
		return math.Sincos(x)
	}
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	sums, term := [2]*big.Float{number(0), number(0)}, number(1) // of odd and even powers, the cosine's first
	for n := 0; n < 400; n++ {
		if n%4 < 2 {
			sums[n%2].Add(sums[n%2], term)
		} else {
			sums[n%2].Sub(sums[n%2], term)
		}
		term.Quo(term.Mul(term, number(x)), number(float64(n+1)))
		if term.Sign() == 0 || n > 2*int(math.Abs(x)) && term.MantExp(nil) < -bits {
			break
		}
	}
	sin, _ = sums[1].Float64()
	cos, _ = sums[0].Float64()
	return sin, cos
}

// Oversample returns the number of sub-pixels along each axis that the reference program chooses: three samples of the
// finest fringe of a crystal whose longest edge, in metres, is size. wavelength, distance and pixel are in metres too.
func Oversample(size, wavelength, distance, pixel float64) int {
	n := math.Ceil(3 * size / (wavelength * distance / pixel))
	if !(n >= 1) {
		return 1
	}
	return int(math.Min(n, math.MaxInt32))
}
