package geom

import "math"

// Columns returns the matrix with the columns a, b, c.
func Columns(a, b, c [3]float64) [3][3]float64 {
	return [3][3]float64{{a[0], b[0], c[0]}, {a[1], b[1], c[1]}, {a[2], b[2], c[2]}}
}

// Transpose returns mᵀ.
func Transpose(m [3][3]float64) [3][3]float64 { return Columns(m[0], m[1], m[2]) }

// Column returns column j of a matrix.
func Column(m [3][3]float64, j int) [3]float64 { return [3]float64{m[0][j], m[1][j], m[2][j]} }

// Apply returns m·v.
func Apply(m [3][3]float64, v [3]float64) [3]float64 {
	return [3]float64{Dot(m[0], v), Dot(m[1], v), Dot(m[2], v)}
}

// Mul returns the product of the matrices from left to right; applied to a vector, the last one
// acts first.
func Mul(list ...[3][3]float64) [3][3]float64 {
	out := list[0]
	for _, m := range list[1:] {
		var product [3][3]float64
		for i := range 3 {
			for j := range 3 {
				for k := range 3 {
					product[i][j] += out[i][k] * m[k][j]
				}
			}
		}
		out = product
	}
	return out
}

// Inverse returns the inverse of a matrix, whose columns must be linearly independent.
func Inverse(m [3][3]float64) [3][3]float64 {
	a, b, c := Column(m, 0), Column(m, 1), Column(m, 2)
	inverse := 1 / Dot(a, Cross(b, c))
	return [3][3]float64{Scale(inverse, Cross(b, c)), Scale(inverse, Cross(c, a)), Scale(inverse, Cross(a, b))}
}

// Rotation returns the matrix of a right-handed rotation about a unit axis by an angle in radians
// (Rodrigues' formula).
func Rotation(axis [3]float64, angle float64) (m [3][3]float64) {
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

// RotationXYZ returns the matrix of right-handed rotations about x, then y, then z, in radians.
func RotationXYZ(x, y, z float64) [3][3]float64 {
	return Mul(Rotation([3]float64{0, 0, 1}, z), Rotation([3]float64{0, 1, 0}, y), Rotation([3]float64{1, 0, 0}, x))
}

// AnglesXYZ returns the angles, in radians, from which [RotationXYZ] makes m. The z angle is
// determined after the x rotation has been undone, so that the three reproduce m even if y is 90°
// and x and z rotate about the same axis.
func AnglesXYZ(m [3][3]float64) (x, y, z float64) {
	x = math.Atan2(m[2][1], m[2][2])
	y = math.Atan2(-m[2][0], math.Hypot(m[2][1], m[2][2]))
	sin, cos := math.Sincos(x)
	z = math.Atan2(sin*m[0][2]-cos*m[0][1], cos*m[1][1]-sin*m[1][2])
	return x, y, z
}

// Laboratory returns the matrix that turns vectors into the frame of imgCIF and DIALS: z towards the
// source, against the beam, and x along the spindle, as far as it is perpendicular to z, or along
// other where the spindle is parallel to the beam. Beam is a unit vector.
func Laboratory(beam, spindle, other [3]float64) [3][3]float64 {
	const parallel = 1e-6
	z := Scale(-1, beam)
	across := func(v [3]float64) [3]float64 { // the part of v perpendicular to z
		along := Dot(v, z)
		for i := range v {
			v[i] -= along * z[i]
		}
		return v
	}
	x := across(Unit(spindle))
	if Norm(x) < parallel {
		x = across(Unit(other))
	}
	x = Unit(x)
	return [3][3]float64{x, Cross(z, x), z}
}
