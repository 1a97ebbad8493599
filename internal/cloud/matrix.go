package cloud

import "math"

// addOuter adds k v vᵀ.
func addOuter(m *[3][3]float64, k float64, v [3]float64) {
	for i := range m {
		for j := range m[i] {
			m[i][j] += k * v[i] * v[j]
		}
	}
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
