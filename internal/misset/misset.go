// Package misset turns crystals by known angles, for examples and measurements that start beside the truth.
package misset

import "math"

// Turn gives the misset angles, about x, then y, then z, in degrees, of a crystal with some misset that is turned further
// by an angle about an axis of any length but 0, right-handed. It is exact unless the angle about y comes to ±90°, where
// those about x and z are not determined.
func Turn(angles, axis [3]float64, degrees float64) [3]float64 {
	m := product(about(axis, degrees), product(about([3]float64{0, 0, 1}, angles[2]), product(about([3]float64{0, 1, 0}, angles[1]), about([3]float64{1, 0, 0}, angles[0]))))
	toDegrees := 180 / math.Pi
	return [3]float64{
		toDegrees * math.Atan2(m[2][1], m[2][2]),
		toDegrees * math.Asin(max(-1, min(1, -m[2][0]))),
		toDegrees * math.Atan2(m[1][0], m[0][0]),
	}
}

// about is the rotation matrix of an axis and an angle (Rodrigues' formula).
func about(axis [3]float64, degrees float64) [3][3]float64 {
	length := math.Sqrt(axis[0]*axis[0] + axis[1]*axis[1] + axis[2]*axis[2])
	x, y, z := axis[0]/length, axis[1]/length, axis[2]/length
	s, c := math.Sincos(degrees * math.Pi / 180)
	v := 1 - c
	return [3][3]float64{
		{c + x*x*v, x*y*v - z*s, x*z*v + y*s},
		{y*x*v + z*s, c + y*y*v, y*z*v - x*s},
		{z*x*v - y*s, z*y*v + x*s, c + z*z*v},
	}
}

func product(a, b [3][3]float64) (p [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				p[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return p
}
