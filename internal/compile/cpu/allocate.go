package cpu

import "github.com/gobragg/gobragg/internal/compile"

// life is the range of items during which a register holds its value.
type life struct{ from, to int }

// lives finds the life of each register. A register that is made outside a loop and used in it
// lives to the loop's end.
type lives struct {
	life  []life
	open  []int // the loops around the present item, by number
	later []use // uses in loops whose ends are not known yet
	ends  map[int]int
	at    int
}

type use struct {
	reg  compile.Register
	loop int
}

func livesOf(b *compile.Block, registers int) []life {
	l := &lives{life: make([]life, registers), ends: map[int]int{}}
	for r := range l.life {
		l.life[r] = life{-1, -1}
	}
	l.block(b)
	for _, u := range l.later {
		l.life[u.reg].to = max(l.life[u.reg].to, l.ends[u.loop])
	}
	return l.life
}

func (l *lives) block(b *compile.Block) {
	for i := range b.Items {
		it := &b.Items[i]
		l.at++
		if it.Kind == compile.ItemLoop {
			l.open = append(l.open, l.at)
			start := l.at
			l.block(it.Loop)
			l.at++
			l.ends[start] = l.at
			l.open = l.open[:len(l.open)-1]
			continue
		}
		for _, s := range it.Src {
			l.touch(s.Reg)
		}
		for _, r := range it.Dst {
			l.touch(r)
		}
	}
}

func (l *lives) touch(r compile.Register) {
	if r == compile.None {
		return
	}
	v := &l.life[r]
	if v.from < 0 {
		v.from = l.at
	}
	v.to = max(v.to, l.at)
	for _, start := range l.open {
		if start > v.from {
			l.later = append(l.later, use{r, start})
			break // the outermost loop that begins after the register is made
		}
	}
}

// allocate assigns vectors to registers. The last use of a value donates its vector to the next
// value, which may be the result of the same instruction if its kernel may work in place.
func allocate(b *compile.Block, registers int, inPlace func(*compile.Item) bool) (place []int32, vectors int) {
	lifetimes := livesOf(b, registers)
	place = make([]int32, registers)
	for r := range place {
		place[r] = -1
	}
	var free []int32
	at := 0
	release := func(r compile.Register) {
		if r != compile.None && lifetimes[r].to == at && place[r] >= 0 {
			free = append(free, place[r])
			lifetimes[r].to = -1 // once
		}
	}
	take := func(r compile.Register) {
		if r == compile.None || place[r] >= 0 {
			return
		}
		if n := len(free); n > 0 {
			place[r] = free[n-1]
			free = free[:n-1]
			return
		}
		place[r] = int32(vectors)
		vectors++
	}
	// A register that lives to the end of a loop is released there.
	var walk func(b *compile.Block)
	walk = func(b *compile.Block) {
		for i := range b.Items {
			it := &b.Items[i]
			at++
			if it.Kind == compile.ItemLoop {
				walk(it.Loop)
				at++
				for r := range lifetimes {
					release(compile.Register(r))
				}
				continue
			}
			donates := inPlace(it)
			if donates {
				for _, s := range it.Src {
					release(s.Reg)
				}
			}
			for _, r := range it.Dst {
				take(r)
			}
			if !donates {
				for _, s := range it.Src {
					release(s.Reg)
				}
			}
			for _, r := range it.Dst {
				release(r) // an unused result
			}
		}
	}
	walk(b)
	return place, vectors
}
