package deviates

import (
	"hash/fnv"
	"math"
	"testing"
)

// TestFunctions compares with package math.
func TestFunctions(t *testing.T) {
	near := func(what string, x, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance*max(math.Abs(want), 1e-3)) {
			t.Errorf("%s(%g) = %.17g, want %.17g", what, x, got, want)
		}
	}
	for _, x := range []float64{1e-300, 1e-9, 0.3, 0.5, math.Sqrt2 / 2, 0.99, 1, 1.01, 2, 1e9} {
		near("log", x, log(x), math.Log(x), 1e-15)
	}
	for _, p := range []float64{1e-8, 1e-5, 0.024, 0.0243, 0.3, 0.4999, 0.7, 0.9757, 0.976, 1 - 1e-9} {
		near("quantile", p, quantile(p), -math.Sqrt2*math.Erfcinv(2*p), 2e-9)
	}
	for _, u := range []float64{1e-4, 0.01, 0.5, 1, 4, 20, 50} {
		r := math.Sqrt(u)
		erf, exp := math.Erf(r/math.Sqrt2), math.Sqrt(2/math.Pi)*math.Exp(-u/2)
		inverse, pull := attraction(u)
		near("inverse", u, inverse, erf/r, 1e-14)
		near("pull", u, pull, ((1-1/u)*erf+exp/r)/r, 1e-14/u+1e-14) // the formula cancels
	}
	if inverse, pull := attraction(0); inverse != math.Sqrt(2/math.Pi) || math.Abs(pull-2./3*inverse) > 2e-16 {
		t.Errorf("attraction(0) = %g, %g", inverse, pull)
	}
}

// energy returns the energy distance of points to the standard normal distribution, by another formula than Improve's.
func energy(points [][3]float64) float64 {
	n, sum := float64(len(points)), 0.0
	distance := func(a, b [3]float64) float64 {
		return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
	}
	for _, z := range points {
		r := max(distance(z, [3]float64{}), 1e-4)
		sum += 2 / n * ((r+1/r)*math.Erf(r/math.Sqrt2) + math.Sqrt(2/math.Pi)*math.Exp(-r*r/2))
		for _, y := range points {
			sum -= distance(z, y) / (n * n)
		}
	}
	return sum - 4/math.Sqrt(math.Pi)
}

// TestNormal: the points of every size and seed are centred, and closer to the normal distribution than those of the
// lattice that they start from. The distances are those of this program; 1000 random points have 2/1000 on average.
func TestNormal(t *testing.T) {
	for _, c := range []struct {
		n        int
		distance float64
	}{{1, 1.0}, {2, 0.45}, {3, 0.265}, {10, 0.0520}, {11, 0.0466}, {30, 0.0125}, {64, 0.00470}, {100, 0.00254}, {300, 0.000600}, {1000, 0.0002}, {4000, 0.0001}} {
		for _, seed := range []int64{0, 5, -5} {
			points := Normal(c.n, seed)
			if len(points) != c.n {
				t.Fatalf("%d points, want %d", len(points), c.n)
			}
			var mean [3]float64
			for _, z := range points {
				for axis := range mean {
					mean[axis] += z[axis] / float64(c.n)
				}
			}
			for axis, v := range mean {
				if math.Abs(v) > 1e-6 {
					t.Errorf("%d points, seed %d: mean %g along axis %d", c.n, seed, v, axis)
				}
			}
			if got := energy(points); !(got <= c.distance) {
				t.Errorf("%d points, seed %d: energy distance %g, want below %g", c.n, seed, got, c.distance)
			}
		}
	}
	for _, n := range []int{-1, 0} {
		if got := Normal(n, 3); len(got) != 0 {
			t.Errorf("%d points of %d", len(got), n)
		}
	}
}

// TestTable: it is what the generator makes, and what Normal returns is a copy.
func TestTable(t *testing.T) {
	for _, want := range table[:3] {
		points := Lattice(len(want))
		Improve(points, 2000)
		for i, z := range points {
			for axis, v := range z {
				if math.Abs(v-want[i][axis]) > 0.51e-6 {
					t.Fatalf("point %d of %d: %v, the table has %v", i, len(want), z, want[i])
				}
			}
		}
	}
	Normal(10, 0)[0][0] = 9
	if table[0][0][0] == 9 {
		t.Error("Normal returns the table itself")
	}
}

// TestBits: all machines compute the same points. The hashes are of amd64.
func TestBits(t *testing.T) {
	for _, c := range []struct {
		n    int
		seed int64
		want uint64
	}{{7, 0, 0x3c61db6845c53811}, {64, 12345, 0x6eb765beb65dad77}, {700, -3, 0x3965e17bd7dcf3c3}, {5000, 0, 0xf3b1d37cae00d098}} {
		h := fnv.New64a()
		for _, z := range Normal(c.n, c.seed) {
			for _, v := range z {
				bits := math.Float64bits(v)
				h.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24), byte(bits >> 32), byte(bits >> 40), byte(bits >> 48), byte(bits >> 56)})
			}
		}
		if got := h.Sum64(); got != c.want {
			t.Errorf("%d points of seed %d: bits %#x, want %#x", c.n, c.seed, got, c.want)
		}
	}
}

// TestRotation: random rotations are rotations, and of uniform distribution: on average, they are 0.
func TestRotation(t *testing.T) {
	const n = 4000
	var mean [3][3]float64
	for seed := int64(1); seed <= n; seed++ {
		m := rotation(seed)
		for i := range 3 {
			for j := range 3 {
				dot := 0.0
				for k := range 3 {
					dot += m[i][k] * m[j][k]
				}
				if want := map[bool]float64{true: 1}[i == j]; math.Abs(dot-want) > 1e-14 {
					t.Fatalf("seed %d: rows %d and %d of the rotation have the product %g", seed, i, j, dot)
				}
				mean[i][j] += m[i][j] / n
			}
		}
		if det := m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) - m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) + m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0]); math.Abs(det-1) > 1e-14 {
			t.Fatalf("seed %d: determinant %g", seed, det)
		}
	}
	for i := range 3 {
		for j, v := range mean[i] {
			if math.Abs(v) > 4.5*math.Sqrt(1.0/3/n) {
				t.Errorf("mean of element %d, %d is %g", i, j, v)
			}
		}
	}
}
