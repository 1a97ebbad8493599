package verdict

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// images are some of n pixels, with numbers of their own.
func images(n int, seed uint64) [][]float64 {
	random := rand.New(rand.NewPCG(seed, 9))
	list := make([][]float64, 3)
	for i := range list {
		list[i] = make([]float64, n)
		for k := range list[i] {
			list[i][k] = random.NormFloat64()
		}
	}
	return list
}

// scored is the score of an image where the residual is that image times a factor, and others.
func scored(residual []float64, image []float64, free ...[]float64) alternative {
	n := len(residual)
	s := &alternatives{residual: residual, weight: make([]float64, n), active: make([]int, n), square: make([]int, n)}
	for k := range n {
		s.weight[k], s.active[k], s.square[k] = 0.25, k, k/8
	}
	c := alternative{images: [][]float64{image}}
	s.score(&c, free)
	return c
}

// The decrease of χ² is exactly what a fit of the image would give: residual² for a residual that is the image, what is left of it
// beside the free parameters' images, and nothing for what these can make themselves.
func TestScore(t *testing.T) {
	const n, factor = 400, 3.0
	list := images(n, 1)
	x, free, other := list[0], list[1], list[2]
	dot := func(a, b []float64) (sum float64) {
		for k := range a {
			sum += a[k] * b[k] / 4
		}
		return sum
	}
	times := func(f float64, a []float64, g float64, b []float64) []float64 {
		out := make([]float64, n)
		for k := range out {
			out[k] = f*a[k] + g*b[k]
		}
		return out
	}
	c := scored(times(factor, x, 0, x), x)
	nearTo(t, "the gain", c.gain, factor*factor*dot(x, x), 1e-9*c.gain)
	nearTo(t, "the move", c.moves[0], factor, 1e-9)

	// With a free parameter of which the image has a part, what is left of the image counts.
	mixed := times(1, x, 2, free)
	left := dot(mixed, mixed) - dot(mixed, free)*dot(mixed, free)/dot(free, free)
	c = scored(times(factor, mixed, 7, free), mixed, free)
	nearTo(t, "the gain beside a free parameter", c.gain, factor*factor*left, 1e-9*c.gain)
	nearTo(t, "the move beside a free parameter", c.moves[0], factor, 1e-9)

	// What the free parameter can make, and what has nothing to do with the residual, gives nothing.
	c = scored(times(1, free, 0, x), times(-2, free, 0, x), free)
	nearTo(t, "the gain of a free parameter's own image", c.gain, 0, 1e-9)
	orthogonal := times(1, other, -dot(other, x)/dot(x, x), x)
	c = scored(x, orthogonal)
	nearTo(t, "the gain of another image", c.gain, 0, 1e-9)
}

// Of residuals that are noise the gain is a χ² variable of one degree of freedom, and the robust slope a normal one.
func TestScoreOfNoise(t *testing.T) {
	const n, draws = 400, 400
	list := images(n, 2)
	random := rand.New(rand.NewPCG(3, 4))
	gain, robust := 0.0, 0.0
	for range draws {
		residual := make([]float64, n)
		for k := range residual {
			residual[k] = 2 * random.NormFloat64() // a variance of 4, whose weight is ¼
		}
		c := scored(residual, list[0], list[1], list[2])
		gain, robust = gain+c.gain/draws, robust+c.robust*c.robust/draws
	}
	nearTo(t, "the mean gain", gain, 1, 5*math.Sqrt(2./draws))
	nearTo(t, "the mean square of the robust slope", robust, 1, 5*math.Sqrt(2./draws))
}

// Residuals that are alike within squares, but not from one to the next, have a large slope by χ², and none by their own variance.
func TestRobust(t *testing.T) {
	const n = 400
	random := rand.New(rand.NewPCG(5, 6))
	image, residual := make([]float64, n), make([]float64, n)
	for k := range image {
		image[k] = 1
		if residual[k] = residual[max(0, k-1)]; k%8 == 0 {
			residual[k] = 20 * random.NormFloat64()
		}
	}
	c := scored(residual, image)
	if c.gain < 20 || c.robust > 3 {
		t.Errorf("gain %g, robust %g", c.gain, c.robust)
	}
}

// A decrease is taken along the directions that are determined alone.
func TestDecrease(t *testing.T) {
	f := mat.NewSymDense(2, []float64{4, 0, 0, 1})
	total, moves := decrease(f, []float64{2, 3})
	nearTo(t, "the decrease", total, 2*2/4.+3*3, 1e-12)
	nearTo(t, "the first move", moves[0], 0.5, 1e-12)
	nearTo(t, "the second", moves[1], 3, 1e-12)
	total, moves = decrease(mat.NewSymDense(2, []float64{1, 1, 1, 1}), []float64{1, 1})
	nearTo(t, "the decrease of a pair", total, 1, 1e-12)
	nearTo(t, "half of it each", moves[0], 0.5, 1e-12)
	if total, _ = decrease(mat.NewSymDense(1, nil), []float64{0}); total != 0 {
		t.Errorf("without an effect: %g", total)
	}
}

// An error of the geometry has to be clear and alike all over the image; other kinds are not of this statistic.
func TestHeldStatistic(t *testing.T) {
	a := &analysis{}
	for _, test := range []struct {
		kind         Kind
		gain, robust float64
		want         float64
	}{{Geometry, 90, 9, 90}, {Geometry, 90, 3, 1}, {Size, 90, 9, 1}, {Geometry, 30, 9, 30}} {
		s := a.heldStatistic([]alternative{{kind: test.kind, gain: test.gain, robust: test.robust}})
		if max(s.Value, 1) != max(test.want, 1) {
			t.Errorf("%+v: %+v", test, s)
		}
	}
}
