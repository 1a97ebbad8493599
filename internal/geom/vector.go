// Package geom has the numeric vectors, matrices and rotations of the laboratory. Those of
// expressions are in internal/expr.
//
// Vectors are [3]float64 and matrices [3][3]float64 by rows, as in configurations, since code loops
// over their components together with the laboratory's axes. gonum's r3, with fields X, Y, Z and
// rotations by quaternions, would need a conversion at every use.
package geom

import "math"

// Degree is one degree in radians.
const Degree = math.Pi / 180

// Dot returns the scalar product.
func Dot(u, v [3]float64) float64 { return u[0]*v[0] + u[1]*v[1] + u[2]*v[2] }

// Cross returns the vector product u × v.
func Cross(u, v [3]float64) [3]float64 {
	return [3]float64{u[1]*v[2] - u[2]*v[1], u[2]*v[0] - u[0]*v[2], u[0]*v[1] - u[1]*v[0]}
}

// Add returns u + v.
func Add(u, v [3]float64) [3]float64 { return [3]float64{u[0] + v[0], u[1] + v[1], u[2] + v[2]} }

// Norm returns the length of v, without overflow or underflow of the squares of its components.
func Norm(v [3]float64) float64 { return math.Hypot(math.Hypot(v[0], v[1]), v[2]) }

// Scale returns k·v.
func Scale(k float64, v [3]float64) [3]float64 { return [3]float64{k * v[0], k * v[1], k * v[2]} }

// Unit returns v/|v|, or v itself if it is 0 or not finite. It divides by the largest component
// first, so that |v| cannot overflow.
func Unit(v [3]float64) [3]float64 {
	largest := max(math.Abs(v[0]), math.Abs(v[1]), math.Abs(v[2]))
	if !(largest > 0) || math.IsInf(largest, 0) {
		return v
	}
	v = [3]float64{v[0] / largest, v[1] / largest, v[2] / largest}
	return Scale(1/Norm(v), v)
}
