package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gobragg/gobragg/internal/special"
)

// gaussArguments draws middles and widths on both sides of where the method changes.
func gaussArguments(n int) (o, g []float64) {
	o = draws(n, between(-12, 12))
	g = draws(n, func(r *rand.Rand) float64 {
		return math.Exp(between(math.Log(1e-3), math.Log(30))(r)) * float64(2*r.IntN(2)-1)
	})
	copy(g, []float64{0, 1e-300, 0.4999999, 0.5, 0.50001, -0.5})
	copy(o[6:], []float64{0, -1, 5})
	return o, g
}

// TestGaussMeanAccuracy: all backends give the function of package special and its derivatives, to rounding errors of their
// largest values, which are of the order of 1.
func TestGaussMeanAccuracy(t *testing.T) {
	o, g := gaussArguments(4096)
	n := len(o)
	for _, b := range available() {
		for k, results := range map[Kernel]int{GaussMean0: 1, GaussMean01: 3} {
			ins, arenaLen := layout(k, n)
			arena := NewArena(arenaLen)
			copy(arena[ins.Src[0]:], o)
			copy(arena[ins.Src[1]:], g)
			mustAssemble(t, b, []Ins{ins}, n, arenaLen).Run(arena)
			worst := [3]float64{}
			for i := range n {
				for j, order := range [][2]int{{0, 0}, {1, 0}, {0, 1}}[:results] {
					got, want := arena[int(ins.Dst[j])+i], special.GaussMean(o[i], g[i], order[0], order[1])
					if off := math.Abs(got - want); !(off <= 4e-15) { // 2.6e-15 in 1e5 draws, half of it special's
						t.Errorf("%v, %v: derivative %v of the mean at %g, %g is %.17g, want %.17g", b, k, order, o[i], g[i], got, want)
					} else {
						worst[j] = max(worst[j], off)
					}
				}
			}
			t.Logf("%v, %v: %.1g", b, k, worst)
		}
	}
}

// TestGaussMeanTails: where the interval lies in a tail, the mean keeps its digits, down to the denormals.
func TestGaussMeanTails(t *testing.T) {
	for _, x := range []float64{1, 3, 8, 20, 37, 38.5} {
		_, tail := gaussTail(x)
		if want := math.Erfc(x/math.Sqrt2) * math.Exp(x*x/2); x < 30 && !(math.Abs(tail/want-1) < 2e-13) {
			t.Errorf("e^(x²/2) erfc(x/√2) at %g is %.16g, want %.16g", x, tail, want)
		}
		mean, byO, _ := gaussMean(-x-1, 2)
		want := special.GaussMean(x+1, 2, 0, 0)
		if !(math.Abs(mean-want) <= 1e-13*want) && x < 37 {
			t.Errorf("mean from %g to %g is %g, want %g", x, x+2, mean, want)
		}
		if !(byO >= 0 && mean >= 0) {
			t.Errorf("mean from %g to %g is %g, with the derivative %g", x, x+2, mean, byO)
		}
	}
}
