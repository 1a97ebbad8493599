package cloud

import (
	"math"

	"github.com/gobragg/gobragg/internal/geom"
)

// addOuter adds k v vᵀ.
func addOuter(m *[3][3]float64, k float64, v [3]float64) {
	for i := range m {
		for j := range m[i] {
			m[i][j] += k * v[i] * v[j]
		}
	}
}

// inverse returns the inverse of a symmetric matrix, and its determinant.
func inverse(m [3][3]float64) (out [3][3]float64, det float64) {
	xx, xy, xz, yy, yz, zz := m[0][0], m[0][1], m[0][2], m[1][1], m[1][2], m[2][2]
	a, b, c := yy*zz-yz*yz, xz*yz-xy*zz, xy*yz-xz*yy
	det = xx*a + xy*b + xz*c
	k := 1 / det
	a, b, c = k*a, k*b, k*c
	d, e, f := k*(xx*zz-xz*xz), k*(xy*xz-xx*yz), k*(xx*yy-xy*xy)
	return [3][3]float64{{a, b, c}, {b, d, e}, {c, e, f}}, det
}

// factor returns vectors whose outer products add up to a matrix, which has no negative eigenvalues: columns of
// its Cholesky factor.
func factor(m [3][3]float64) (columns [3][3]float64) {
	size := m[0][0] + m[1][1] + m[2][2]
	for k := range 3 {
		if !(m[k][k] > 1e-15*size) {
			continue
		}
		root := math.Sqrt(m[k][k])
		for i := k; i < 3; i++ {
			columns[k][i] = m[i][k] / root
		}
		addOuter(&m, -1, columns[k])
	}
	return columns
}

// rotation returns the matrix of a rotation vector.
func rotation(w [3]float64) [3][3]float64 {
	angle := math.Sqrt(geom.Dot(w, w))
	if angle == 0 {
		return [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	}
	return geom.Rotation(geom.Scale(1/angle, w), angle)
}
