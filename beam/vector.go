package beam

import "math"

func cross(u, v [3]float64) [3]float64 {
	return [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
}

// norm is the length of v, also where the squares of its components would overflow or vanish.
func norm(v [3]float64) float64 { return math.Hypot(math.Hypot(v[0], v[1]), v[2]) }

func scale(k float64, v [3]float64) [3]float64 { return [3]float64{k * v[0], k * v[1], k * v[2]} }

// unit is v/|v| for any finite v but 0. The largest component is divided out first, so that |v| cannot overflow.
func unit(v [3]float64) [3]float64 {
	largest := max(math.Abs(v[0]), math.Abs(v[1]), math.Abs(v[2]))
	v = [3]float64{v[0] / largest, v[1] / largest, v[2] / largest}
	return scale(1/norm(v), v)
}

// rotate turns v right-handed about a unit axis (Rodrigues).
func rotate(v, axis [3]float64, angle float64) (out [3]float64) {
	sin, cos := math.Sincos(angle)
	across := cross(axis, v)
	along := axis[0]*v[0] + axis[1]*v[1] + axis[2]*v[2]
	for i := range out {
		out[i] = cos*v[i] + sin*across[i] + (1-cos)*along*axis[i]
	}
	return out
}
