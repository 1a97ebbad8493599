package kernel

import "testing"

func FuzzProgram(f *testing.F) {
	f.Add([]byte{byte(AddVV), 0, 1, 0, 0, 0, 2, 0, 0, byte(Sincos), 2, 0, 0, 0, 0, 3, 4, 0, byte(RedDot), 3, 4, 0, 0, 0, 1, 0, 0}, uint64(1))
	f.Add([]byte{byte(Split), 0, 0, 0, 0, 0, 1, 2, 0, byte(SinRatio012), 1, 3, 0, 0, 0, 3, 4, 5, byte(Exp), 3, 0, 0, 0, 0, 3, 0, 0}, uint64(2))
	f.Fuzz(func(t *testing.T, recipe []byte, seed uint64) {
		if len(recipe) > 9*64 {
			t.Skip("long programs find nothing that short ones do not")
		}
		p := newProgram(recipe, seed)
		checkAgainstInterpreter(t, p.ins, p.first, p.lists, p.lanes)
	})
}

// A program either is refused or stays within its arena.
func FuzzAssemble(f *testing.F) {
	f.Add(uint16(FmaVVV), int32(0), int32(32), int32(64), int32(96), int32(0), 32, 128)
	f.Add(uint16(SinRatio01), int32(0), int32(96), int32(32), int32(64), int32(0), 32, 97)
	f.Add(uint16(RedSum), int32(0), int32(0), int32(0), int32(64), int32(0), 64, 80)
	f.Add(uint16(AddVV), int32(-8), int32(1<<30), int32(0), int32(8), int32(0), 1<<30, 1<<27)
	f.Fuzz(func(t *testing.T, kernel uint16, a, b, c, d, e int32, lanes, arenaLen int) {
		ins := []Ins{{Kernel: Kernel(kernel), Src: [6]int32{a, b, c, d, e, a}, Dst: [3]int32{d, e, c}}}
		if arenaLen > 1<<16 {
			if _, err := Assemble(Auto, ins, lanes, arenaLen); err != nil {
				return
			}
			t.Skip("too large to run")
		}
		const guard, mark = 64, 12345.678
		for _, backend := range available() {
			code, err := Assemble(backend, ins, lanes, arenaLen)
			if err != nil {
				continue
			}
			around := NewArena(guard + arenaLen + guard)
			for i := range around {
				around[i] = mark
			}
			if code.Lists() > 8 {
				continue
			}
			lists := make([][]float64, code.Lists())
			for i := range lists {
				lists[i] = make([]float64, AccumulatorLen)
			}
			code.Run(around[guard:guard+arenaLen], lists...)
			for i := range guard {
				if around[i] != mark || around[guard+arenaLen+i] != mark {
					t.Fatalf("%v wrote outside its arena", backend)
				}
			}
		}
	})
}
