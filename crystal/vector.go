package crystal

import "math"

func dot(u, v [3]float64) float64 { return u[0]*v[0] + u[1]*v[1] + u[2]*v[2] }

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

// inverse of a matrix whose columns are independent.
func inverse(m [3][3]float64) (inv [3][3]float64) {
	c0, c1, c2 := [3]float64{m[0][0], m[1][0], m[2][0]}, [3]float64{m[0][1], m[1][1], m[2][1]}, [3]float64{m[0][2], m[1][2], m[2][2]}
	det := dot(c0, cross(c1, c2))
	return [3][3]float64{scale(1/det, cross(c1, c2)), scale(1/det, cross(c2, c0)), scale(1/det, cross(c0, c1))}
}
