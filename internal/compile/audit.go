package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/plan"
)

// Audit describes how a sweep was laid out.
type Audit struct {
	Items     int // number of items, loops not unrolled
	Registers int
	Vectors   int
	Peak      int // largest number of registers that are live at one time
	Loops     int
}

// auditor interprets a tree of items with names in place of numbers: vector v holds the name of the
// register last written to it. It runs each loop for two iterations, which shows what one iteration
// leaves to the next. It does not use the allocator's lifetimes.
//
// It finds reads of a register that this iteration of its loop has not written; reads of a vector
// that another register has taken meanwhile; results that overwrite each other, or a source that
// the kernel may need again; additions to a sum that was not set to zero; sinks that are never
// reached, or are reached at indices that their axes do not name.
type auditor struct {
	*Function
	place   []int32
	inPlace func(*Item) bool // reports whether an item may write a result over an operand
	holds   []Register       // by vector
	written []bool           // by register: written in this iteration of its loop
	index   indices
	visits  []map[indices]int // by sink
	trace   []event
	Audit
}

// indices are those of the loops.
type indices [plan.MaxLoops]int

// event is one read or write of a register, from which peak counts live registers.
type event struct {
	reg   Register
	write bool
}

// AuditLayout checks a block whose register r lies in vector place[r]: see auditor.
func AuditLayout(f *Function, b *Block, place []int32, vectors int, inPlace func(*Item) bool) (Audit, error) {
	registers := len(place)
	a := &auditor{Function: f, place: place, inPlace: inPlace, holds: make([]Register, vectors), written: make([]bool, registers),
		visits: make([]map[indices]int, len(f.Sinks))}
	a.Registers, a.Vectors = registers, vectors
	for v := range a.holds {
		a.holds[v] = None
	}
	for k := range a.visits {
		a.visits[k] = map[indices]int{}
	}
	if err := a.block(b); err != nil {
		return a.Audit, err
	}
	for k := range f.Sinks {
		if err := a.sink(k); err != nil {
			return a.Audit, err
		}
	}
	a.Peak = peak(a.trace)
	a.Items = items(b)
	return a.Audit, nil
}

// iterations returns how often the auditor runs a loop.
func (a *auditor) iterations(loop int) int { return min(2, a.Function.Loops[loop].Extent) }

// sink requires one visit at each index of the sink's axes, and none after the first iteration of
// other loops.
func (a *auditor) sink(k int) error {
	want := 1
	for loop := range a.Function.Loops {
		if a.Sinks[k].Axes&(1<<loop) != 0 {
			want *= a.iterations(loop)
		}
	}
	if len(a.visits[k]) != want {
		return fmt.Errorf("sink %d on %s is visited at %d indices, want %d", k, a.Sinks[k].Axes, len(a.visits[k]), want)
	}
	for at, n := range a.visits[k] {
		if n != 1 {
			return fmt.Errorf("sink %d is visited %d times at %v", k, n, at)
		}
		for loop, i := range at {
			if i > 0 && a.Sinks[k].Axes&(1<<loop) == 0 {
				return fmt.Errorf("sink %d on %s is visited at %v", k, a.Sinks[k].Axes, at)
			}
		}
	}
	return nil
}

func (a *auditor) block(b *Block) error {
	for i := range b.Items {
		it := &b.Items[i]
		var err error
		if it.Kind == ItemLoop {
			err = a.loop(b.Level, it)
		} else {
			err = a.item(it)
		}
		if err != nil {
			return fmt.Errorf("item %d of a body at level %d: %w", i, b.Level, err)
		}
	}
	return nil
}

func (a *auditor) loop(level int, it *Item) error {
	a.Audit.Loops++
	if it.Loop.Level != level+1 {
		return fmt.Errorf("a body of level %d in a loop of level %d", it.Loop.Level, level)
	}
	axis := a.Nest()[level]
	iterations := a.iterations(axis)
	if it.Once {
		iterations = 1
	}
	own := map[Register]bool{} // made in the loop, so made in each iteration
	a.made(it.Loop, own)
	forget := func() {
		for r := range own {
			a.written[r] = false
		}
	}
	for i := range iterations {
		a.index[axis] = i
		if err := a.block(it.Loop); err != nil {
			return err
		}
		forget()
	}
	a.index[axis] = 0
	return nil
}

// made finds the registers that a body writes without reading them first: all except sums that it
// adds to.
func (a *auditor) made(b *Block, own map[Register]bool) {
	for i := range b.Items {
		it := &b.Items[i]
		if it.Kind == ItemLoop {
			a.made(it.Loop, own)
			continue
		}
		for _, d := range it.Dst {
			if d != None && !accumulates(it, d) {
				own[d] = true
			}
		}
	}
}

func accumulates(it *Item, d Register) bool {
	for _, s := range it.Src {
		if s.Reg == d {
			return true
		}
	}
	return false
}

func (a *auditor) item(it *Item) error {
	for _, s := range it.Src {
		if s.Reg == None {
			if !a.Code[s.Num].Uniform() {
				return fmt.Errorf("a number that is %s", a.Code[s.Num].Text(s.Num))
			}
			continue
		}
		if !a.written[s.Reg] {
			return fmt.Errorf("%s reads register %d before it is written", it.Op, s.Reg)
		}
		if h := a.holds[a.place[s.Reg]]; h != s.Reg {
			return fmt.Errorf("%s reads register %d from vector %d, which register %d has taken", it.Op, s.Reg, a.place[s.Reg], h)
		}
		a.trace = append(a.trace, event{reg: s.Reg})
	}
	for k, d := range it.Dst {
		if d == None {
			continue
		}
		v := a.place[d]
		if v < 0 || int(v) >= a.Vectors {
			return fmt.Errorf("register %d has vector %d of %d", d, v, a.Vectors)
		}
		for _, other := range it.Dst[:k] {
			if other != None && a.place[other] == v {
				return fmt.Errorf("%s has two results in vector %d", it.Op, v)
			}
		}
		for _, s := range it.Src {
			if s.Reg != None && a.place[s.Reg] == v && !a.inPlace(it) {
				return fmt.Errorf("the result of %s overwrites its source in vector %d", it.Op, v)
			}
		}
		if a.written[d] && !accumulates(it, d) {
			return fmt.Errorf("register %d is written a second time, by %s", d, it.Op)
		}
		a.written[d] = true
		a.holds[v] = d
		a.trace = append(a.trace, event{reg: d, write: true})
	}
	switch it.Kind {
	case ItemSink, ItemStore, ItemScatter:
		a.visits[it.Sink][a.index]++
	}
	return nil
}

// peak returns the largest number of registers that are live at one time. Going backwards, a read
// begins the life of a register and a write ends it; an item that adds to a sum also reads it.
func peak(trace []event) int {
	live, most := map[Register]bool{}, 0
	for i := len(trace) - 1; i >= 0; i-- {
		if e := trace[i]; e.write {
			delete(live, e.reg)
		} else {
			live[e.reg] = true
		}
		most = max(most, len(live))
	}
	return most
}

func items(b *Block) int {
	n := 0
	for _, it := range b.Items {
		n++
		if it.Kind == ItemLoop {
			n += items(it.Loop)
		}
	}
	return n
}
