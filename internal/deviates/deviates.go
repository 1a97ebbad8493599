// Package deviates has sets of points that stand for the standard normal distribution in three dimensions better than as
// many random points do: support points.
package deviates

//go:generate go run ./gen

import (
	"math"
	"math/rand/v2"
)

// Normal returns n points whose mean is 0 and whose distribution is close to the standard normal one: of given size they
// are the support points of the distribution (Mak and Joseph, Annals of Statistics 46 (2018) 2562), which minimise the
// energy distance to it. The points of n and seed are the same on every machine; seed 0 gives the set as it is, any other
// seed turns it by a random rotation of its own. One point is 0. If n is below 1, there are none.
//
// The points of some sizes are in a table. For others they are computed here, with fewer steps towards the minimum the
// larger n is, so that it takes a few hundredths of a second at most: above a few thousand points they are those of a

func Normal(n int, seed int64) [][3]float64 {
	points := support(n)
	if seed != 0 {
		turn := rotation(seed)
		for i, z := range points {
			for j, row := range turn {
				points[i][j] = mul(row[0], z[0]) + mul(row[1], z[1]) + mul(row[2], z[2])
			}
		}
	}
	return points
}

// maxPairs bounds the work for a size that is not in the table, maxSteps that for a small one.
const (
	maxPairs = 10_000_000
	maxSteps = 400
)

// support returns the points as they are.
func support(n int) [][3]float64 {
	if n < 1 {
		return nil
	}
	for _, t := range table {
		if len(t) == n {
			return append([][3]float64(nil), t...)
		}
	}
	points := Lattice(n)
	if n > 1 {
		Improve(points, min(maxSteps, maxPairs/(n*(n-1)/2)))
	}
	return points
}

// Lattice returns n points of the R3 sequence (M. Roberts, the three-dimensional golden ratio), which fills a cube evenly,
// taken to the normal distribution coordinate by coordinate and centred.
func Lattice(n int) [][3]float64 {
	const g = 1.2207440846057596 // g⁴ = g + 1
	points := make([][3]float64, n)
	for j := range points {
		step := 1.0
		for axis := range 3 {
			step /= g
			u := 0.5 + mul(float64(j+1), step)
			points[j][axis] = quantile(u - math.Floor(u))
		}
	}
	centre(points)
	return points
}

// Improve takes steps towards the support points: those that minimise
//
//	2/n Σ_i E|z_i − Y| − 1/n² Σ_ij |z_i − z_j|,
//
// where Y is a normal point. Each step minimises an upper bound that touches this where the points are, a sum of squares,
// so that it never increases. The points must differ from each other, and are centred again at the end.
func Improve(points [][3]float64, steps int) {
	n := float64(len(points))
	away := make([][3]float64, len(points)) // Σ_j of the unit vectors from point j
	for range steps {
		clear(away)
		for i := range points {
			z := points[i]
			var sum [3]float64
			for j := range points[:i] {
				dx, dy, dz := z[0]-points[j][0], z[1]-points[j][1], z[2]-points[j][2]
				over := 1 / math.Sqrt(mul(dx, dx)+mul(dy, dy)+mul(dz, dz))
				dx, dy, dz = mul(dx, over), mul(dy, over), mul(dz, over)
				sum[0] += dx
				sum[1] += dy
				sum[2] += dz
				away[j][0] -= dx
				away[j][1] -= dy
				away[j][2] -= dz
			}
			for axis, v := range sum {
				away[i][axis] += v
			}
		}
		for i := range points {
			z := &points[i]
			inverse, pull := attraction(mul(z[0], z[0]) + mul(z[1], z[1]) + mul(z[2], z[2]))
			for axis := range z {
				z[axis] -= (mul(pull, z[axis]) - away[i][axis]/n) / inverse
			}
		}
	}
	centre(points)
}

// centre moves points so that their mean is 0.
func centre(points [][3]float64) {
	for axis := range 3 {
		sum := 0.0
		for i := range points {
			sum += points[i][axis]
		}
		mean := sum / float64(len(points))
		for i := range points {
			points[i][axis] -= mean
		}
	}
}

// rotation returns a random rotation, of uniform distribution, by Marsaglia's quaternion (Annals of Mathematical
// Statistics 43 (1972) 645), which needs no function but the square root.
func rotation(seed int64) [3][3]float64 {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	inDisc := func() (x, y, square float64) {
		for {
			x, y = 2*random.Float64()-1, 2*random.Float64()-1
			if square = mul(x, x) + mul(y, y); square > 0 && square < 1 {
				return x, y, square
			}
		}
	}
	w, x, first := inDisc()
	y, z, second := inDisc()
	k := math.Sqrt((1 - first) / second)
	y, z = mul(y, k), mul(z, k)
	return [3][3]float64{
		{1 - 2*(mul(y, y)+mul(z, z)), 2 * (mul(x, y) - mul(w, z)), 2 * (mul(x, z) + mul(w, y))},
		{2 * (mul(x, y) + mul(w, z)), 1 - 2*(mul(x, x)+mul(z, z)), 2 * (mul(y, z) - mul(w, x))},
		{2 * (mul(x, z) - mul(w, y)), 2 * (mul(y, z) + mul(w, x)), 1 - 2*(mul(x, x)+mul(y, y))},
	}
}
