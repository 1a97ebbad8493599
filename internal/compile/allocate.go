package compile

// life is when a register holds a value, in numbers of items.
type life struct{ from, to int }

// lives finds the life of each register. What is used in a loop and made outside of it lives to the loop's end.
type lives struct {
	life  []life
	open  []int // numbers of the loops around the item at hand
	later []use // uses within loops, whose ends are not known yet
	ends  map[int]int
	at    int
}

type use struct {
	reg  register
	loop int
}

func livesOf(b *block, registers int) []life {
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

func (l *lives) block(b *block) {
	for _, it := range b.items {
		l.at++
		if it.kind == itemLoop {
			l.open = append(l.open, l.at)
			start := l.at
			l.block(it.loop)
			l.at++
			l.ends[start] = l.at
			l.open = l.open[:len(l.open)-1]
			continue
		}
		for _, s := range it.src {
			l.touch(s.reg)
		}
		for _, r := range it.dst {
			l.touch(r)
		}
	}
}

func (l *lives) touch(r register) {
	if r == none {
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
			break // the outermost loop that it was made before
		}
	}
}

// allocate gives registers vectors: a value's last use donates its vector to the next one, also to the result of the
// same instruction where its kernel may work in place.
func allocate(b *block, registers int) (place []int32, vectors int) {
	lifetimes := livesOf(b, registers)
	place = make([]int32, registers)
	for r := range place {
		place[r] = -1
	}
	var free []int32
	at := 0
	release := func(r register) {
		if r != none && lifetimes[r].to == at && place[r] >= 0 {
			free = append(free, place[r])
			lifetimes[r].to = -1 // once
		}
	}
	take := func(r register) {
		if r == none || place[r] >= 0 {
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
	// What lives to a loop's end is released there.
	var walk func(b *block)
	walk = func(b *block) {
		for _, it := range b.items {
			at++
			if it.kind == itemLoop {
				walk(it.loop)
				at++
				for r := range lifetimes {
					release(register(r))
				}
				continue
			}
			inPlace := it.kind == itemKernel && !redoes(it)
			if inPlace {
				for _, s := range it.src {
					release(s.reg)
				}
			}
			for _, r := range it.dst {
				take(r)
			}
			if !inPlace {
				for _, s := range it.src {
					release(s.reg)
				}
			}
			for _, r := range it.dst {
				release(r) // a result that nobody uses
			}
		}
	}
	walk(b)
	return place, vectors
}

// redoes tells whether a kernel may compute lanes again, for which it needs its operands unharmed.
func redoes(it item) bool {
	k, _, err := kernelFor(it)
	return err != nil || k.Redoes()
}
