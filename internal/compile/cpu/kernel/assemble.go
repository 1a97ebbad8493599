package kernel

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

const (
	maxResults = 3
	maxSources = 6
	// lanesUnit is what one turn of the widest loop takes.
	lanesUnit = 32
)

// Ins is one instruction. Operands are offsets into the arena, in elements, or numbers of
// lists; those beyond the kernel's form are ignored. A vector begins at a multiple of 8.
type Ins struct {
	Kernel Kernel
	Dst    [maxResults]int32
	Src    [maxSources]int32
}

// Code is a list of instructions ready to run. It never changes: any number of goroutines may
// run it, each on an arena of its own.
type Code struct {
	backend  Backend
	ins      []Ins
	calls    []call
	lanes    int
	arenaLen int
	lists    int
	sums     []int32 // lists that have an accumulator in front
}

// call is an instruction as the assembly reads it: the kernel's address and the
// operands as offsets in bytes, into the arena or into the lists' headers.
type call struct {
	kernel uintptr
	dst    [maxResults]int32
	src    [maxSources]int32
}

// span is a stretch of the arena, as elements [from, to).
type span struct{ from, to int }

func (a span) overlaps(b span) bool { return a.from < b.to && b.from < a.to }

// Assemble prepares instructions for blocks of lanes lanes, a multiple of 32, on arenas
// of arenaLen elements. It is an error if the backend is not available, if an
// operand leaves the arena or a vector is not aligned, if results overlap each other,
// or if a result overlaps a source: other than being the very same vector, and that
// only for kernels that do not redo lanes.
func Assemble(b Backend, ins []Ins, lanes, arenaLen int) (*Code, error) {
	switch {
	case !b.Available():
		return nil, fmt.Errorf("kernel: backend %v is not available on this machine", b)
	case lanes <= 0 || lanes%lanesUnit != 0:
		return nil, fmt.Errorf("kernel: %d lanes in a block are not a multiple of %d", lanes, lanesUnit)
	case arenaLen < 0 || arenaLen > math.MaxInt32/8:
		return nil, fmt.Errorf("kernel: arena of %d elements is outside [0, %d]", arenaLen, math.MaxInt32/8)
	}
	if b == Auto {
		b = Best()
	}
	c := &Code{backend: b, ins: append([]Ins(nil), ins...), lanes: lanes, arenaLen: arenaLen}
	for i := range ins {
		if err := c.check(&ins[i]); err != nil {
			return nil, fmt.Errorf("kernel: instruction %d, %v: %w", i, ins[i].Kernel, err)
		}
	}
	if addresses := kernelAddresses(b); addresses != nil {
		c.calls = make([]call, len(ins))
		for i := range ins {
			c.calls[i] = newCall(addresses, &ins[i])
		}
	}
	return c, nil
}

func newCall(addresses *[kernelCount]uintptr, in *Ins) call {
	s := call{kernel: addresses[in.Kernel]}
	sources, results, _ := strings.Cut(in.Kernel.Form(), ">")
	for i, kind := range sources {
		s.src[i] = in.Src[i] * size(kind)
	}
	for i, kind := range results {
		s.dst[i] = in.Dst[i] * size(kind)
	}
	return s
}

// size is what an operand counts, in bytes.
func size(kind rune) int32 {
	if kind == 'L' {
		return int32(unsafe.Sizeof([]float64(nil)))
	}
	return 8
}

// check refuses what Assemble's comment says.
func (c *Code) check(in *Ins) error {
	if in.Kernel >= kernelCount {
		return fmt.Errorf("there is no such kernel")
	}
	sourceKinds, resultKinds, _ := strings.Cut(in.Kernel.Form(), ">")
	var src, dst []span
	for i, kind := range sourceKinds {
		if kind == 'L' {
			if err := c.list(in.Src[i]); err != nil {
				return fmt.Errorf("source %d: %w", i, err)
			}
			continue
		}
		s, err := c.place(kind, in.Src[i])
		if err != nil {
			return fmt.Errorf("source %d: %w", i, err)
		}
		src = append(src, s)
	}
	for i, kind := range resultKinds {
		if kind == 'L' {
			if err := c.list(in.Dst[i]); err != nil {
				return fmt.Errorf("result %d: %w", i, err)
			}
			if resultKinds == "L" {
				c.sums = append(c.sums, in.Dst[i])
			}
			continue
		}
		d, err := c.place(kind, in.Dst[i])
		if err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
		for j, other := range dst {
			if d.overlaps(other) {
				return fmt.Errorf("result %d at %d overlaps result %d at %d", i, d.from, j, other.from)
			}
		}
		dst = append(dst, d)
	}
	for i, d := range dst {
		for j, s := range src {
			if d.overlaps(s) && (d != s || in.Kernel.Redoes()) {
				return fmt.Errorf("result %d at %d overlaps source %d at %d", i, d.from, j, s.from)
			}
		}
	}
	return nil
}

// maxLists is how many lists code may have.
const maxLists = 1 << 20

// list notes that an instruction needs a list.
func (c *Code) list(number int32) error {
	if number < 0 || number >= maxLists {
		return fmt.Errorf("list %d is not within [0, %d)", number, maxLists)
	}
	c.lists = max(c.lists, int(number)+1)
	return nil
}

// elements is the number of elements of an operand in the arena.
func elements(kind rune, lanes int) int {
	switch kind {
	case 'V':
		return lanes
	case 'T':
		return 3
	case 'A':
		return AccumulatorLen
	case 'B':
		return BoxLen
	case 'Q':
		return QueueLen(lanes)
	}
	return 1
}

// place is where an operand of a kind lies.
func (c *Code) place(kind rune, offset int32) (span, error) {
	n := elements(kind, c.lanes)
	from := int(offset)
	if from < 0 || from > c.arenaLen-n {
		return span{}, fmt.Errorf("%d elements from %d on are not within the arena of %d", n, from, c.arenaLen)
	}
	if (kind == 'V' || kind == 'A' || kind == 'Q') && from%lineLen != 0 {
		return span{}, fmt.Errorf("offset %d of a vector is not a multiple of %d", from, lineLen)
	}
	return span{from, from + n}, nil
}
