package kernel

import (
	"fmt"
	"strings"
	"unsafe"
)

// Backend is the backend that runs c, never Auto.
func (c *Code) Backend() Backend { return c.backend }

// Lanes is the number of lanes of a block.
func (c *Code) Lanes() int { return c.lanes }

// ArenaLen is the number of elements an arena needs.
func (c *Code) ArenaLen() int { return c.arenaLen }

// Lists is the number of lists outside the arena that Run needs.
func (c *Code) Lists() int { return c.lists }

// Run runs the code on one block, in the given arena, with the lists that instructions name by their
// numbers. As with a slice's index, an arena shorter than ArenaLen, fewer lists than Lists, one
// of 2^31 elements or more, or one that is too short for a sum is a mistake of the caller and panics.
func (c *Code) Run(arena []float64, lists ...[]float64) {
	if len(arena) < c.arenaLen {
		panic(fmt.Sprintf("kernel: arena of %d elements, the code needs %d", len(arena), c.arenaLen))
	}
	if len(lists) < c.lists {
		panic(fmt.Sprintf("kernel: %d lists, the code needs %d", len(lists), c.lists))
	}
	for i, l := range lists[:c.lists] {
		if len(l) > maxList {
			panic(fmt.Sprintf("kernel: list %d of %d elements, at most %d", i, len(l), maxList))
		}
	}
	for _, i := range c.sums {
		if len(lists[i]) < AccumulatorLen {
			panic(fmt.Sprintf("kernel: list %d of %d elements, want those of an accumulator", i, len(lists[i])))
		}
	}
	if c.calls == nil {
		for i := range c.ins {
			dst, src := c.operands(&c.ins[i], arena, lists)
			d := &definitions[c.ins[i].Kernel]
			d.run(dst, src)
			if d.redo != nil {
				d.redo(dst, src)
			}
		}
		return
	}
	for at := 0; at < len(c.calls); at++ {
		at = len(c.calls) - runCalls(&c.calls[at], len(c.calls)-at, &arena[0], c.lanes, unsafe.SliceData(lists))
		if at < len(c.calls) {
			definitions[c.ins[at].Kernel].redo(c.operands(&c.ins[at], arena, lists))
		}
	}
}

// operands are the parts of the arena, and the lists, an instruction works on.
func (c *Code) operands(in *Ins, arena []float64, lists [][]float64) (dst results, src sources) {
	sourceKinds, resultKinds, _ := strings.Cut(definitions[in.Kernel].form, ">")
	for i, kind := range sourceKinds {
		if kind == 'L' {
			src[i] = operand{lists[in.Src[i]], -1}
			continue
		}
		data := arena[in.Src[i]:]
		switch kind {
		case 'V':
			src[i] = operand{data[:c.lanes:c.lanes], -1}
		case 'T', 'B':
			n := elements(kind, c.lanes)
			src[i] = operand{data[:n:n], -1}
		default:
			src[i] = operand{data[:1:1], 0}
		}
	}
	for i, kind := range resultKinds {
		if kind == 'L' {
			dst[i] = lists[in.Dst[i]]
			continue
		}
		n := elements(kind, c.lanes)
		dst[i] = arena[in.Dst[i]:][:n:n]
	}
	return dst, src
}
