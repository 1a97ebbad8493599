package ran

import "math"

// RandomMisset draws an orientation from the stream of seed (see New) as one
// mosaic domain of the given spread, in radians, and returns the angles, in
// radians, of right-handed rotations about lab x, then y, then z that make it up.
//
// A spread of pi/2 covers the sphere of orientations. The reference program means
// that but takes 90 radians; as in it the turn, spread times magnitude, is
// rounded to float32.
func RandomMisset(seed int64, spread float64) (x, y, z float64) {
	domain := draw(New(seed))
	turn := float32(spread) * float32(domain.Magnitude)
	return missetAngles(rotation(domain.Axis, float64(turn)))
}

// rotation is the matrix of a right-handed rotation about a unit axis
// (Rodrigues), rows first.
func rotation(axis [3]float64, angle float64) (m [3][3]float64) {
	sin, cos := math.Sincos(angle)
	for i := range m {
		for j := range m[i] {
			m[i][j] = (1 - cos) * axis[i] * axis[j]
		}
		m[i][i] += cos
	}
	for i := range m {
		j, k := (i+1)%3, (i+2)%3
		m[j][i] += sin * axis[k]
		m[i][j] -= sin * axis[k]
	}
	return m
}

// missetAngles splits a rotation into turns about x, then y, then z. The
// z angle is read off after the x turn is undone, so that the three make the
// matrix up even where y is 90 degrees and x and z turn about the same axis.
func missetAngles(m [3][3]float64) (x, y, z float64) {
	x = math.Atan2(m[2][1], m[2][2])
	y = math.Atan2(-m[2][0], math.Hypot(m[2][1], m[2][2]))
	sin, cos := math.Sincos(x)
	z = math.Atan2(sin*m[0][2]-cos*m[0][1], cos*m[1][1]-sin*m[1][2])
	return x, y, z
}
