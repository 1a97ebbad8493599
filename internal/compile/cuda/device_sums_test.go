package cuda_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// accumulated adds numbers, element i to sum i % sums, and gives the sums.
func accumulated(h harness, x []float64, sums int) []float64 {
	at := h.counters(sums)
	h.run("accumulate", launch{in: [][]float64{x}, limbs: at, extra: [3]int{sums}}, 0)
	out := h.run("total", launch{n: sums, limbs: at}, 1)[0]
	h.check(h.stream.Release(at))
	return out
}

// exactly is the sum of numbers without their bits below 2^-256, correctly rounded.
func exactly(x []float64) float64 {
	sum := new(big.Float).SetPrec(700)
	for _, v := range x {
		// A number as a whole number of 2^-256, towards 0.
		whole, _ := new(big.Float).SetPrec(700).SetMantExp(new(big.Float).SetPrec(700).SetFloat64(v), 256).Int(nil)
		sum.Add(sum, new(big.Float).SetPrec(700).SetMantExp(new(big.Float).SetPrec(700).SetInt(whole), -256))
	}
	v, _ := sum.Float64()
	return v
}

func TestDeviceAccumulate(t *testing.T) {
	wide := func(r *rand.Rand, from, to int) float64 {
		return (2*r.Float64() - 1) * math.Ldexp(1, from+r.IntN(to-from))
	}
	tests := map[string]func(r *rand.Rand) float64{
		"photons":       func(r *rand.Rand) float64 { return 1000 * r.Float64() },
		"both signs":    func(r *rand.Rand) float64 { return r.NormFloat64() },
		"negative":      func(r *rand.Rand) float64 { return -math.Exp(20 * r.NormFloat64()) },
		"all places":    func(r *rand.Rand) float64 { return wide(r, -300, 255) },
		"at the bottom": func(r *rand.Rand) float64 { return wide(r, -258, -200) },
		"denormal":      func(r *rand.Rand) float64 { return wide(r, -1074, -1000) },
		"at the top":    func(r *rand.Rand) float64 { return math.Copysign(math.Nextafter(0x1p255, 0), r.NormFloat64()) },
		"carries":       func(r *rand.Rand) float64 { return -0x1p-256 },
		"ties": func(r *rand.Rand) float64 {
			return []float64{1, 0x1p-53, 0x1p-54, -0x1p-54, -0x1p-53, 0x1p-200}[r.IntN(6)]
		},
		"negative ties":  func(r *rand.Rand) float64 { return []float64{-1, -0x1p-53, -0x3p-53, 0}[r.IntN(4)] },
		"signed nothing": func(r *rand.Rand) float64 { return math.Copysign(0, -1) },
	}
	onDevices(t, false, func(t *testing.T, h harness) {
		for name, draw := range tests {
			r := rand.New(rand.NewPCG(9, uint64(len(name))))
			for _, n := range []int{1, 2, 2, 3, 3, 4, 7, 500} {
				x := make([]float64, n)
				for i := range x {
					x[i] = draw(r)
				}
				want := exactly(x)
				for range 3 { // in any order
					if got := accumulated(h, x, 1)[0]; got != want {
						t.Errorf("%s: %d numbers add up to %x, want %x", name, n, got, want)
					}
					r.Shuffle(n, func(i, j int) { x[i], x[j] = x[j], x[i] })
				}
				for i := range n { // numbers and their negatives leave nothing
					x = append(x, -x[i])
				}
				if got := accumulated(h, x, 1)[0]; got != 0 {
					t.Errorf("%s: %d numbers and their negatives leave %x", name, n, got)
				}
			}
		}
		// Sums beside one another, of which some have numbers without a place.
		x := []float64{1, 2, 3, 4, 5, math.NaN(), math.Inf(-1), 0x1p255, -0x1p255, math.Nextafter(0x1p255, 0)}
		got := accumulated(h, x, 5)
		for i, want := range []float64{math.NaN(), math.Inf(-1), 0x1p255, -0x1p255, 0} {
			switch {
			case i < 4 && got[i] == got[i]:
				t.Errorf("%v added to %v gives %v, want NaN", want, x[i], got[i])
			case i == 4 && got[i] != exactly([]float64{x[4], x[9]}):
				t.Errorf("a number next to 2^255 and 5 are %x", got[i])
			}
		}
	})
}

// TestDeviceWarpSum: all lanes that share a sum have the same bits, those of a tree of neighbours.
func TestDeviceWarpSum(t *testing.T) {
	onDevices(t, false, func(t *testing.T, h harness) {
		r := rand.New(rand.NewPCG(10, 10))
		const n = 128
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64() * math.Exp(5*r.NormFloat64())
		}
		got := h.run("warp", launch{in: [][]float64{x}}, 12)
		for k := range 6 {
			for name, span := range map[string][2]int{"nb_warp_sum": {1 << k, 32}, "nb_parts_sum": {1, 1 << k}} {
				result := got[k]
				if name == "nb_parts_sum" {
					result = got[6+k]
				}
				for i := range x {
					if want := tree(x, i, span[0], span[1]); math.Float64bits(result[i]) != math.Float64bits(want) {
						t.Fatalf("%s, %d: lane %d has %x, want %x", name, 1<<k, i, result[i], want)
					}
				}
			}
		}
	})
}

// tree is the sum over the numbers of i that differ in the bits from, 2 from, ... below to.
func tree(x []float64, i, from, to int) float64 {
	if from >= to {
		return x[i]
	}
	half := to / 2
	return tree(x, i&^half, from, half) + tree(x, i|half, from, half)
}
