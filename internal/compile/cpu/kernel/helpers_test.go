package kernel

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// available are the backends this machine can run, but for Auto.
func available() (all []Backend) {
	for _, b := range []Backend{AVX512, AVX2, NEON, PureGo} {
		if b.Available() {
			all = append(all, b)
		}
	}
	return all
}

// special values: where signs, roundings, comparisons and ranges change.
var specials = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, 0.49999999999999994, -0.49999999999999994,
	math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, -math.MaxFloat64,
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, -0x1p-1030, 0x1p-500, 0x1p-501,
	sinLimit, -sinLimit, math.Nextafter(sinLimit, math.Inf(1)), -2 * sinLimit, 1e22,
	709.78, 709.79, 710, 711, -708, -708.5, -745.1, -745.2, -746, -1e9,
	math.Pi, -math.Pi / 2, math.Pi / 4, 1e6, 1.0000000001, 1e6 + 1, 0x1p52, 0x1p53 + 2,
}

// anyValue draws a special value, one of any size, or one of the usual sizes.
func anyValue(r *rand.Rand) float64 {
	switch r.IntN(4) {
	case 0:
		return specials[r.IntN(len(specials))]
	case 1:
		return math.Float64frombits(r.Uint64())
	case 2:
		return r.Float64() - 0.5
	default:
		return math.Round(8*r.NormFloat64()) + r.NormFloat64()/4
	}
}

// sameBits takes any two NaNs for the same.
func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// mustAssemble fails the test where Assemble does.
func mustAssemble(t testing.TB, b Backend, ins []Ins, lanes, arenaLen int) *Code {
	t.Helper()
	c, err := Assemble(b, ins, lanes, arenaLen)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// layout gives every operand of one kernel a place of its own. There is one list.
func layout(k Kernel, lanes int) (ins Ins, arenaLen int) {
	ins.Kernel = k
	sources, results, _ := strings.Cut(k.Form(), ">")
	at := 0
	for i, kind := range sources {
		if kind != 'L' {
			ins.Src[i] = int32(at)
			at += lanes
		}
	}
	for i, kind := range results {
		if kind != 'L' {
			ins.Dst[i] = int32(at)
			at += max(lanes, elements(kind, lanes))
		}
	}
	return ins, at
}

// apply runs a kernel of one vector, and of one scalar if its form has one, on x and
// returns its results.
func apply(t testing.TB, b Backend, k Kernel, x []float64, scalar float64) [][]float64 {
	t.Helper()
	lanes := (len(x) + lanesUnit - 1) / lanesUnit * lanesUnit
	ins, arenaLen := layout(k, lanes)
	arena := NewArena(arenaLen)
	if k.Form()[1] == 'S' {
		arena[ins.Src[1]] = scalar
	}
	copy(arena[ins.Src[0]:], x)
	mustAssemble(t, b, []Ins{ins}, lanes, arenaLen).Run(arena)
	var out [][]float64
	_, results, _ := strings.Cut(k.Form(), ">")
	for i := range results {
		out = append(out, arena[ins.Dst[i]:][:len(x)])
	}
	return out
}
