package kernel

import (
	"math"
	"sync"
	"testing"
	"unsafe"
)

// Instructions with lanes to redo, one after the other, among others that use the
// results, the last one too.
func TestRunGoesOnAfterRedoing(t *testing.T) {
	const lanes = 64
	v := func(i int32) int32 { return i * lanes }
	n := v(10) // a scalar
	ins := []Ins{
		{Kernel: MulVS, Src: [6]int32{v(0), n}, Dst: [3]int32{v(1)}},
		{Kernel: Sin, Src: [6]int32{v(1)}, Dst: [3]int32{v(2)}},
		{Kernel: Cos, Src: [6]int32{v(1)}, Dst: [3]int32{v(3)}},
		{Kernel: FmaVVV, Src: [6]int32{v(2), v(3), v(0)}, Dst: [3]int32{v(4)}},
		{Kernel: SinRatio012, Src: [6]int32{v(2), n}, Dst: [3]int32{v(5), v(6), v(7)}},
		{Kernel: Exp, Src: [6]int32{v(5)}, Dst: [3]int32{v(5)}},
		{Kernel: Sincos, Src: [6]int32{v(1)}, Dst: [3]int32{v(8), v(9)}},
	}
	first := make([]float64, v(10)+1)
	for i := range lanes {
		first[i] = math.Ldexp(1+float64(i)/lanes, i-32)
	}
	first[n] = 7.5
	checkAgainstInterpreter(t, ins, first, nil, lanes)
}

func TestRunConcurrently(t *testing.T) {
	p := newProgram([]byte{
		byte(Sincos), 0, 0, 0, 0, 0, 1, 2, 0,
		byte(RedDot), 1, 2, 0, 0, 0, 0, 0, 0,
		byte(MulVV), 1, 2, 0, 0, 0, 0, 0, 0,
	}, 5)
	want := append([]float64(nil), p.first...)
	interpret(p.ins, want, nil, p.lanes)
	for _, b := range available() {
		code := mustAssemble(t, b, p.ins, p.lanes, len(p.first))
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 20 {
					arena := NewArena(len(p.first))
					copy(arena, p.first)
					code.Run(arena)
					for i := range arena {
						if !sameBits(arena[i], want[i]) {
							t.Errorf("%v: element %d is %v, want %v", b, i, arena[i], want[i])
							return
						}
					}
				}
			})
		}
		group.Wait()
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	ins, arenaLen := layout(SinRatio012, 64)
	arena := NewArena(arenaLen)
	arena[ins.Src[1]] = 5
	for _, b := range available() {
		code := mustAssemble(t, b, []Ins{ins, ins}, 64, arenaLen)
		if n := testing.AllocsPerRun(10, func() { code.Run(arena) }); n != 0 {
			t.Errorf("%v: %v allocations a run", b, n)
		}
	}
}

func TestRunOfNothing(t *testing.T) {
	for _, b := range append(available(), Auto) {
		code := mustAssemble(t, b, nil, 32, 0)
		code.Run(nil)
		if code.Lanes() != 32 || code.ArenaLen() != 0 || code.Backend() == Auto {
			t.Errorf("%v: %d lanes, arena of %d, by %v", b, code.Lanes(), code.ArenaLen(), code.Backend())
		}
	}
}

func TestRunPanicsOnShortArena(t *testing.T) {
	code := mustAssemble(t, Auto, nil, 32, 10)
	defer func() {
		if got, want := recover(), "kernel: arena of 9 elements, the code needs 10"; got != want {
			t.Errorf("panic is %v, want %v", got, want)
		}
	}()
	code.Run(NewArena(9))
}

// Instructions can be changed after assembly without harm.
func TestAssembleCopies(t *testing.T) {
	ins := []Ins{{Kernel: Fill, Src: [6]int32{32}}}
	for _, b := range available() {
		code := mustAssemble(t, b, ins, 32, 33)
		saved := ins[0]
		ins[0] = Ins{Kernel: RedDot, Src: [6]int32{1 << 20, 1 << 20}}
		arena := NewArena(33)
		arena[32] = 4
		code.Run(arena)
		ins[0] = saved
		if arena[0] != 4 || arena[31] != 4 {
			t.Errorf("%v: %v", b, arena)
		}
	}
}

func TestArena(t *testing.T) {
	for n := range 100 {
		arena := NewArena(n)
		if len(arena) != n || cap(arena) != n || uintptr(unsafe.Pointer(unsafe.SliceData(arena)))%alignment != 0 {
			t.Fatalf("arena of %d: length %d, capacity %d, at %p", n, len(arena), cap(arena), arena)
		}
	}
}

// Powers of two far apart show the order: small halves meet before large ones.
func TestTotal(t *testing.T) {
	acc := make([]float64, AccumulatorLen)
	for i := range acc {
		acc[i] = float64(i + 1)
	}
	if got := Total(acc); got != 136 {
		t.Errorf("1 + … + 16 is %v, want 136", got)
	}
	clear(acc)
	acc[0], acc[8], acc[1] = 1, -1, 0x1p-60 // 0 and 8 meet first, so that 1's is not lost
	if got := Total(acc); got != 0x1p-60 {
		t.Errorf("total is %v, want 2^-60", got)
	}
}

func TestBackends(t *testing.T) {
	if !PureGo.Available() || !Auto.Available() || !Best().Available() || Best() == Auto {
		t.Errorf("pure Go: %v, auto: %v, best: %v", PureGo.Available(), Auto.Available(), Best())
	}
	for b, want := range map[Backend]string{Auto: "auto", AVX512: "AVX-512", AVX2: "AVX2", NEON: "NEON", PureGo: "pure Go", 9: "Backend(9)"} {
		if b.String() != want {
			t.Errorf("name is %q, want %q", b, want)
		}
	}
}
