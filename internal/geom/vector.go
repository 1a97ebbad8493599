// Package geom is the geometry of plain numbers in the laboratory: vectors, matrices and rotations. That of graph nodes is
// in internal/expr.
//
// Vectors are [3]float64 and matrices [3][3]float64 by rows, as configurations hold them, since their components are
// walked along with the laboratory's axes; gonum's r3, with fields X, Y, Z and rotations by quaternions, would have to be
// converted to at every use.
package geom

import "math"

// Degree in radians.
const Degree = math.Pi / 180

// Dot is the inner product.
func Dot(u, v [3]float64) float64 { return u[0]*v[0] + u[1]*v[1] + u[2]*v[2] }

// Cross is the vector product.
func Cross(u, v [3]float64) [3]float64 {
	return [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
}

// Norm is the length of v, also where the squares of its components would overflow or vanish.
func Norm(v [3]float64) float64 { return math.Hypot(math.Hypot(v[0], v[1]), v[2]) }

// Scale is k·v.
func Scale(k float64, v [3]float64) [3]float64 { return [3]float64{k * v[0], k * v[1], k * v[2]} }

// Unit is v/|v|, and v itself where it is 0 or not finite. The largest component is divided out first, so that |v| cannot
// overflow.
func Unit(v [3]float64) [3]float64 {
	largest := max(math.Abs(v[0]), math.Abs(v[1]), math.Abs(v[2]))
	if !(largest > 0) || math.IsInf(largest, 0) {
		return v
	}
	v = [3]float64{v[0] / largest, v[1] / largest, v[2] / largest}
	return Scale(1/Norm(v), v)
}
