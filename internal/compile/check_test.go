package compile

import (
	"fmt"
	"strings"

	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Audit tells how a sweep was laid out.
type Audit struct {
	Items     int // in the item tree, loops not unrolled
	Registers int
	Vectors   int
	Peak      int // registers that some later item still reads, at most at one time
	Loops     int
}

// AuditPlan lays out every sweep of a plan as Compile does and holds the result against what must be true of it,
// whatever the scheduler and the allocator think: see auditor.
func AuditPlan(plan *plan.Plan) ([]Audit, error) {
	var out []Audit
	for k, sweep := range plan.Sweeps() {
		if len(sweep.Reduce)+len(sweep.Store) == 0 {
			continue
		}
		f, err := lower(plan, sweep)
		if err != nil {
			return nil, err
		}
		f = f.fuse()
		b, registers := f.emit(f.schedule())
		place, vectors := allocate(b, registers)
		audit, err := auditLayout(f, b, place, registers, vectors)
		if err != nil {
			return nil, fmt.Errorf("sweep %d: %w\n%s", k, err, f.listing(b, place, vectors, 32))
		}
		out = append(out, audit)
	}
	return out, nil
}

// auditor runs an item tree on names instead of numbers: vector v holds the name of the register that was written
// into it last. Loops are run twice, so that what one turn leaves to the next shows. It knows nothing of lifetimes.
//
// It finds: reads of a register that this turn of its loop has not written; reads of a vector that another register
// has taken meanwhile; results that overwrite a source which the kernel may need again, or each other; sums that are
// added to without having been set to zero; sinks that are never reached, or at other indices than their axes name.
type auditor struct {
	*function
	place   []int32
	holds   []register // by vector
	written []bool     // by register: in this turn of the loop that writes it
	index   [expr.Pixel]int
	visits  []map[[expr.Pixel]int]int // of each sink
	trace   []event
	Audit
}

// event is one read or write, for the number of registers that live at one time.
type event struct {
	reg   register
	write bool
}

func auditLayout(f *function, b *block, place []int32, registers, vectors int) (Audit, error) {
	a := &auditor{function: f, place: place, holds: make([]register, vectors), written: make([]bool, registers),
		visits: make([]map[[expr.Pixel]int]int, len(f.sinks))}
	a.Registers, a.Vectors = registers, vectors
	for v := range a.holds {
		a.holds[v] = none
	}
	for k := range a.visits {
		a.visits[k] = map[[expr.Pixel]int]int{}
	}
	if err := a.block(b); err != nil {
		return a.Audit, err
	}
	for k := range f.sinks {
		if err := a.sink(k); err != nil {
			return a.Audit, err
		}
	}
	a.Peak = peak(a.trace)
	a.Items = items(b)
	return a.Audit, nil
}

// turns is how often the auditor runs a loop over an axis.
func (a *auditor) turns(axis int) int { return min(2, a.extent[axis]) }

// sink wants one visit at each index of the sink's axes, and none where other loops are past their first turn.
func (a *auditor) sink(k int) error {
	want := 1
	for axis := range a.extent {
		if a.sinks[k].axes&(1<<axis) != 0 {
			want *= a.turns(axis)
		}
	}
	if len(a.visits[k]) != want {
		return fmt.Errorf("sink %d on %s is visited at %d indices, want %d", k, a.sinks[k].axes, len(a.visits[k]), want)
	}
	for at, n := range a.visits[k] {
		if n != 1 {
			return fmt.Errorf("sink %d is visited %d times at %v", k, n, at)
		}
		for axis, i := range at {
			if i > 0 && a.sinks[k].axes&(1<<axis) == 0 {
				return fmt.Errorf("sink %d on %s is visited at %v", k, a.sinks[k].axes, at)
			}
		}
	}
	return nil
}

func (a *auditor) block(b *block) error {
	for i, it := range b.items {
		var err error
		if it.kind == itemLoop {
			err = a.loop(b.level, it)
		} else {
			err = a.item(it)
		}
		if err != nil {
			return fmt.Errorf("item %d of a body at level %d: %w", i, b.level, err)
		}
	}
	return nil
}

func (a *auditor) loop(level int, it item) error {
	a.Loops++
	if it.loop.level != level+1 {
		return fmt.Errorf("a body of level %d in a loop of level %d", it.loop.level, level)
	}
	axis := a.nest()[level]
	turns := a.turns(axis)
	if it.once {
		turns = 1
	}
	own := map[register]bool{} // what is made in the loop is made in each turn
	a.made(it.loop, own)
	forget := func() {
		for r := range own {
			a.written[r] = false
		}
	}
	for i := range turns {
		a.index[axis] = i
		if err := a.block(it.loop); err != nil {
			return err
		}
		forget()
	}
	a.index[axis] = 0
	return nil
}

// made finds the registers that a body writes without reading what they held: all but sums that it adds to.
func (a *auditor) made(b *block, own map[register]bool) {
	for _, it := range b.items {
		if it.kind == itemLoop {
			a.made(it.loop, own)
			continue
		}
		for _, d := range it.dst {
			if d != none && !accumulates(it, d) {
				own[d] = true
			}
		}
	}
}

func accumulates(it item, d register) bool {
	for _, s := range it.src {
		if s.reg == d {
			return true
		}
	}
	return false
}

func (a *auditor) item(it item) error {
	for _, s := range it.src {
		if s.reg == none {
			if !a.code[s.num].uniform() {
				return fmt.Errorf("a number that is %s", a.code[s.num].text(s.num))
			}
			continue
		}
		if !a.written[s.reg] {
			return fmt.Errorf("%s reads register %d before it is written", opNames[it.op], s.reg)
		}
		if h := a.holds[a.place[s.reg]]; h != s.reg {
			return fmt.Errorf("%s reads register %d from vector %d, which register %d has taken", opNames[it.op], s.reg, a.place[s.reg], h)
		}
		a.trace = append(a.trace, event{reg: s.reg})
	}
	for k, d := range it.dst {
		if d == none {
			continue
		}
		v := a.place[d]
		if v < 0 || int(v) >= a.Vectors {
			return fmt.Errorf("register %d has vector %d of %d", d, v, a.Vectors)
		}
		for _, other := range it.dst[:k] {
			if other != none && a.place[other] == v {
				return fmt.Errorf("%s has two results in vector %d", opNames[it.op], v)
			}
		}
		for _, s := range it.src {
			if s.reg != none && a.place[s.reg] == v && (it.kind != itemKernel || redoes(it)) {
				return fmt.Errorf("the result of %s overwrites its source in vector %d", opNames[it.op], v)
			}
		}
		if a.written[d] && !accumulates(it, d) {
			return fmt.Errorf("register %d is written a second time, by %s", d, opNames[it.op])
		}
		a.written[d] = true
		a.holds[v] = d
		a.trace = append(a.trace, event{reg: d, write: true})
	}
	switch it.kind {
	case itemSink, itemStore, itemScatter:
		a.visits[it.sink][a.index]++
	}
	return nil
}

// peak is the largest number of registers that a later read still needs, at any one time. Backwards, a read begins a
// register's life and a write ends it; a sum that is added to is read by the same item.
func peak(trace []event) int {
	live, most := map[register]bool{}, 0
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

func items(b *block) int {
	n := 0
	for _, it := range b.items {
		n++
		if it.kind == itemLoop {
			n += items(it.loop)
		}
	}
	return n
}

// Kernels counts the operations of a program's listing by their names. A call with two results is a lookup.
func Kernels(p *Program) map[string]int {
	out := map[string]int{}
	for _, line := range strings.Split(p.String(), "\n") {
		left, right, ok := strings.Cut(line, " = ")
		if !ok {
			left, right = "", line
		}
		words := strings.Fields(right)
		switch {
		case len(words) == 0:
		case words[0] == "call" && strings.Contains(left, ","):
			out["lookup"]++
		default:
			out[words[0]]++
		}
	}
	return out
}
