package crystal

import "github.com/gobragg/gobragg/internal/vector"

// inverse of a matrix whose columns are independent.
func inverse(m [3][3]float64) (inv [3][3]float64) {
	c0, c1, c2 := [3]float64{m[0][0], m[1][0], m[2][0]}, [3]float64{m[0][1], m[1][1], m[2][1]}, [3]float64{m[0][2], m[1][2], m[2][2]}
	det := vector.Dot(c0, vector.Cross(c1, c2))
	return [3][3]float64{vector.Scale(1/det, vector.Cross(c1, c2)), vector.Scale(1/det, vector.Cross(c2, c0)), vector.Scale(1/det, vector.Cross(c0, c1))}
}
