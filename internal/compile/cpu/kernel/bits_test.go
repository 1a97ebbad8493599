package kernel

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// checkAgainstInterpreter runs a program on every backend, and fails where an
// element of the arena or of a list does not have the interpreter's bits.
func checkAgainstInterpreter(t *testing.T, ins []Ins, first []float64, lists [][]float64, lanes int) {
	t.Helper()
	want, wantLists := slices.Clone(first), cloneLists(lists)
	interpret(ins, want, wantLists, lanes)
	// What waits in a queue is of no concern to anybody.
	waits := make([]bool, len(first))
	for _, in := range ins {
		if strings.HasSuffix(in.Kernel.Form(), ">QL") {
			for i := 2 * lanes; i < 4*lanes; i++ {
				waits[int(in.Dst[0])+i] = true
			}
		}
	}
	for _, b := range available() {
		arena, own := NewArena(len(first)), cloneLists(lists)
		copy(arena, first)
		mustAssemble(t, b, ins, lanes, len(arena)).Run(arena, own...)
		for i := range arena {
			if !waits[i] && !sameBits(arena[i], want[i]) {
				t.Fatalf("%v: element %d is %v (%#[3]x), want %v (%#[4]x), after %v", b, i, arena[i], want[i], ins)
			}
		}
		for k := range own {
			for i := range own[k] {
				if !sameBits(own[k][i], wantLists[k][i]) {
					t.Fatalf("%v: element %d of list %d is %v (%#[4]x), want %v (%#[5]x), after %v", b, i, k, own[k][i], wantLists[k][i], ins)
				}
			}
		}
	}
}

func cloneLists(lists [][]float64) [][]float64 {
	own := make([][]float64, len(lists))
	for i, l := range lists {
		own[i] = slices.Clone(l)
	}
	return own
}

// Every kernel gives the same bits on every backend.
func TestBackendsAgree(t *testing.T) {
	const lanes, rounds = 96, 40
	for k := range kernelCount {
		r := rand.New(rand.NewPCG(1, uint64(k)))
		ins, arenaLen := layout(k, lanes)
		for round := range rounds {
			first := make([]float64, arenaLen)
			for i := range first {
				first[i] = anyValue(r)
			}
			if k >= SinRatio0 && k <= SinRatio012 {
				first[ins.Src[1]] = []float64{1, 2, 7.5, 1000, 1e6, 1.2, 0.5, anyValue(r)}[round%8]
			}
			lists := [][]float64{make([]float64, []int{0, 1, 7, 200}[round%4])}
			if strings.HasSuffix(k.Form(), ">L") {
				lists[0] = make([]float64, 200)
			}
			for i := range lists[0] {
				lists[0][i] = anyValue(r)
			}
			checkAgainstInterpreter(t, []Ins{ins}, first, lists, lanes)
		}
	}
}

// All pairs of special values, for the kernels that take two.
func TestSpecialPairs(t *testing.T) {
	n := len(specials)
	lanes := (n*n + lanesUnit - 1) / lanesUnit * lanesUnit
	first := make([]float64, 4*lanes)
	for i := range n * n {
		first[i], first[lanes+i], first[2*lanes+i] = specials[i/n], specials[i%n], specials[(i/n+i%n)%n]
	}
	for _, k := range []Kernel{AddVV, SubVV, MulVV, DivVV, MinVV, MaxVV, LtVV, LeVV, GtVV, GeVV, EqVV, NeVV, FmaVVV, FmsVVV, FnmaVVV, WhereVVV} {
		ins := Ins{Kernel: k, Src: [6]int32{0, int32(lanes), int32(2 * lanes)}, Dst: [3]int32{int32(3 * lanes)}}
		checkAgainstInterpreter(t, []Ins{ins}, first, nil, lanes)
	}
}

func TestRandomPrograms(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(3, seed))
		recipe := make([]byte, 9*(1+r.IntN(40)))
		for i := range recipe {
			recipe[i] = byte(r.Uint32())
		}
		p := newProgram(recipe, seed)
		checkAgainstInterpreter(t, p.ins, p.first, p.lists, p.lanes)
	}
}

// program is a random one, on an arena of a few vectors, scalars, accumulators and queues, and some lists.
type program struct {
	ins   []Ins
	first []float64
	lists [][]float64
	lanes int
}

// newProgram reads instructions of nine bytes, a kernel and where its operands lie,
// and leaves out those that Assemble refuses, for results that overlap sources.
func newProgram(recipe []byte, seed uint64) program {
	const vectors, scalars, accumulators, queues = 10, 16, 2, 2
	r := rand.New(rand.NewPCG(4, seed))
	p := program{lanes: 32 * (1 + int(seed%3))}
	firstScalar := int32(vectors * p.lanes)
	firstAccumulator := firstScalar + scalars
	firstQueue := firstAccumulator + accumulators*AccumulatorLen
	p.first = make([]float64, int(firstQueue)+queues*QueueLen(p.lanes))
	for i := range p.first {
		p.first[i] = anyValue(r)
	}
	// Nothing is added to the last list, whose bits Present reads: those of a NaN are not the same on all processors.
	p.lists = [][]float64{nil, make([]float64, 3), make([]float64, 40), make([]float64, 40)}
	const sums, bits = 2, 3
	for _, l := range p.lists {
		for i := range l {
			l[i] = anyValue(r)
		}
	}
	place := func(kind byte, choice byte) int32 {
		switch kind {
		case 'V':
			return int32(choice) % vectors * int32(p.lanes)
		case 'A':
			return firstAccumulator + int32(choice)%accumulators*AccumulatorLen
		case 'Q':
			return firstQueue + int32(choice)%queues*int32(QueueLen(p.lanes))
		case 'L':
			return int32(choice) % bits
		default:
			return firstScalar + int32(choice)%(scalars-BoxLen)
		}
	}
	for ; len(recipe) >= 9; recipe = recipe[9:] {
		in := Ins{Kernel: Kernel(recipe[0]) % kernelCount}
		form := in.Kernel.Form()
		result := 0
		for i := range form {
			switch {
			case form[i] == '>':
				result = i + 1
			case result == 0:
				in.Src[i] = place(form[i], recipe[1+i])
			default:
				in.Dst[i-result] = place(form[i], recipe[6+i-result])
			}
		}
		if strings.HasSuffix(form, ">L") {
			in.Dst[0] = sums // the one that is long enough
		}
		if in.Kernel == Present {
			in.Src[1] = bits
		}
		if _, err := Assemble(PureGo, []Ins{in}, p.lanes, len(p.first)); err == nil {
			p.ins = append(p.ins, in)
		}
	}
	return p
}
