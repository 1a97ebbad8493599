package geom

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestShortest against all combinations of a basis up to six times each vector, and against the same lattice by a skewed basis.
func TestShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 0))
	for range 200 {
		var m [3][3]float64
		for i := range m {
			for j := range m[i] {
				m[i][j] = r.NormFloat64()
			}
			m[i][i] += 2
		}
		if math.Abs(Dot(Column(m, 0), Cross(Column(m, 1), Column(m, 2)))) < 3 {
			continue // a shortest vector may need larger multiples
		}
		want := math.Inf(1)
		for h := -6; h <= 6; h++ {
			for k := -6; k <= 6; k++ {
				for l := -6; l <= 6; l++ {
					if h != 0 || k != 0 || l != 0 {
						want = min(want, Norm(Apply(m, [3]float64{float64(h), float64(k), float64(l)})))
					}
				}
			}
		}
		skewed := Mul(m, [3][3]float64{{1, 5, -70}, {0, 1, 13}, {0, 0, 1}})
		for _, basis := range [][3][3]float64{m, skewed} {
			if got := Shortest(basis); math.Abs(got-want) > 1e-9*want {
				t.Fatalf("%v: %g, want %g", basis, got, want)
			}
		}
	}
}
