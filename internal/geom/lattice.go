package geom

import "math"

// Shortest returns the length of the shortest vector other than 0 of the lattice whose basis is the columns of m. It
// reduces the basis: no vector of it is longer than its sum with any of the others or their opposites, of which each is
// taken at most once; in three dimensions one of the three is then a shortest.
func Shortest(m [3][3]float64) float64 {
	basis := [3][3]float64{Column(m, 0), Column(m, 1), Column(m, 2)}
	const rounds = 1000 // each shortens a vector; far fewer are needed
	for range rounds {
		shorter := false
		for i := range basis {
			j, k := (i+1)%3, (i+2)%3
			for _, other := range []int{j, k} {
				if n := math.RoundToEven(Dot(basis[i], basis[other]) / Dot(basis[other], basis[other])); n != 0 && !math.IsNaN(n) {
					shorter = shorten(&basis[i], basis[other], -n) || shorter
				}
			}
			for _, signs := range [][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
				both := basis[k]
				for x := range both {
					both[x] = signs[0]*basis[j][x] + signs[1]*basis[k][x]
				}
				shorter = shorten(&basis[i], both, 1) || shorter
			}
		}
		if !shorter {
			break
		}
	}
	return min(Norm(basis[0]), Norm(basis[1]), Norm(basis[2]))
}

// shorten adds n times w to v if that makes it shorter, by more than rounding.
func shorten(v *[3]float64, w [3]float64, n float64) bool {
	sum := *v
	for x := range sum {
		sum[x] += n * w[x]
	}
	if Norm(sum) < (1-1e-12)*Norm(*v) {
		*v = sum
		return true
	}
	return false
}
