package kernel

import (
	"math"
	"strings"
	"testing"
)

func TestAssembleRefuses(t *testing.T) {
	const lanes, arenaLen = 32, 200
	in := func(k Kernel, dst [3]int32, src ...int32) []Ins {
		i := Ins{Kernel: k, Dst: dst}
		copy(i.Src[:], src)
		return []Ins{i}
	}
	tests := []struct {
		name            string
		ins             []Ins
		lanes, arenaLen int
		want            string
	}{
		{"no lanes", nil, 0, arenaLen, "0 lanes in a block are not a multiple of 32"},
		{"odd lanes", nil, 48, arenaLen, "48 lanes"},
		{"negative lanes", nil, -32, arenaLen, "-32 lanes"},
		{"huge arena", nil, lanes, 1 << 28, "outside [0, 268435455]"},
		{"negative arena", nil, lanes, -1, "outside [0, 268435455]"},
		{"unknown kernel", in(kernelCount, [3]int32{}), lanes, arenaLen, "instruction 0, Kernel(73): there is no such kernel"},
		{"negative source", in(Neg, [3]int32{64}, -8), lanes, arenaLen, "Neg: source 0: 32 elements from -8 on are not within the arena of 200"},
		{"source beyond", in(Neg, [3]int32{0}, 176), lanes, arenaLen, "source 0: 32 elements from 176 on"},
		{"result beyond", in(Neg, [3]int32{176}, 0), lanes, arenaLen, "result 0: 32 elements from 176 on"},
		{"second result beyond", in(Split, [3]int32{32, 184}, 0), lanes, arenaLen, "result 1: 32 elements from 184 on"},
		{"scalar beyond", in(AddVS, [3]int32{0}, 0, 200), lanes, arenaLen, "source 1: 1 elements from 200 on"},
		{"triple beyond", in(Dot3, [3]int32{0}, 0, 32, 64, 198), lanes, arenaLen, "source 3: 3 elements from 198 on"},
		{"accumulator beyond", in(RedSum, [3]int32{192}, 0), lanes, arenaLen, "result 0: 16 elements from 192 on"},
		{"vector as long as can be", in(Neg, [3]int32{0}, 64), math.MaxInt - 31, arenaLen, "elements from 64 on are not within the arena"},
		{"misaligned source", in(Neg, [3]int32{64}, 4), lanes, arenaLen, "source 0: offset 4 of a vector is not a multiple of 8"},
		{"misaligned result", in(Neg, [3]int32{65}, 0), lanes, arenaLen, "result 0: offset 65"},
		{"misaligned accumulator", in(RedSum, [3]int32{65}, 0), lanes, arenaLen, "result 0: offset 65"},
		{"results overlap", in(Split, [3]int32{64, 88}, 0), lanes, arenaLen, "result 1 at 88 overlaps result 0 at 64"},
		{"same results", in(Sincos, [3]int32{64, 64}, 0), lanes, arenaLen, "result 1 at 64 overlaps result 0 at 64"},
		{"shifted onto source", in(Neg, [3]int32{8}, 0), lanes, arenaLen, "result 0 at 8 overlaps source 0 at 0"},
		{"onto a scalar", in(AddVS, [3]int32{64}, 0, 70), lanes, arenaLen, "result 0 at 64 overlaps source 1 at 70"},
		{"accumulator in source", in(RedSum, [3]int32{8}, 0), lanes, arenaLen, "result 0 at 8 overlaps source 0 at 0"},
		{"sine onto itself", in(Sin, [3]int32{0}, 0), lanes, arenaLen, "result 0 at 0 overlaps source 0 at 0"},
		{"cosine onto source", in(Sincos, [3]int32{32, 0}, 0), lanes, arenaLen, "result 1 at 0 overlaps source 0 at 0"},
		{"ratio onto source", in(SinRatio0, [3]int32{0}, 0, 190), lanes, arenaLen, "result 0 at 0 overlaps source 0 at 0"},
	}
	for _, test := range tests {
		_, err := Assemble(PureGo, test.ins, test.lanes, test.arenaLen)
		if err == nil || !strings.HasPrefix(err.Error(), "kernel: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one with %q", test.name, err, test.want)
		}
	}
	if _, err := Assemble(PureGo+1, nil, lanes, arenaLen); err == nil || !strings.Contains(err.Error(), "backend Backend(5) is not available") {
		t.Errorf("unknown backend: error is %v", err)
	}
}

// What a compiler does most: results in the place of sources, ends of the arena.
func TestAssembleAccepts(t *testing.T) {
	for _, ins := range []Ins{
		{Kernel: FmaVVV, Src: [6]int32{0, 0, 0}},
		{Kernel: Split, Src: [6]int32{0}, Dst: [3]int32{32, 0}},
		{Kernel: Exp, Src: [6]int32{8}, Dst: [3]int32{8}},
		{Kernel: Dot3V, Src: [6]int32{0, 32, 64, 0, 32, 64}, Dst: [3]int32{64}},
		{Kernel: Fill, Src: [6]int32{95}, Dst: [3]int32{0}},
		{Kernel: Copy, Src: [6]int32{64}, Dst: [3]int32{0, -1, -1}},
	} {
		if _, err := Assemble(Auto, []Ins{ins}, 32, 96); err != nil {
			t.Error(err)
		}
	}
}

func TestDefinitions(t *testing.T) {
	seen := map[string]bool{}
	for k := range kernelCount {
		sources, results, _ := strings.Cut(k.Form(), ">")
		if k.String() == "" || seen[k.String()] || len(sources) < 1 || len(sources) > maxSources || len(results) < 1 || len(results) > maxResults {
			t.Errorf("kernel %d: name %q, form %q", k, k, k.Form())
		}
		seen[k.String()] = true
	}
	if kernelCount.Form() != "" || kernelCount.String() != "Kernel(73)" || kernelCount.Redoes() {
		t.Errorf("no kernel: %v, %q", kernelCount, kernelCount.Form())
	}
}
