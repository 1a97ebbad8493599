package kernel

import (
	"fmt"
	"strings"
)

// Backend is the backend that runs c, never Auto.
func (c *Code) Backend() Backend { return c.backend }

// Lanes is the number of lanes of a block.
func (c *Code) Lanes() int { return c.lanes }

// ArenaLen is the number of elements an arena needs.
func (c *Code) ArenaLen() int { return c.arenaLen }

// Run runs the code on one block, in the given arena. As with a slice's index, an
// arena shorter than ArenaLen is a mistake of the caller and panics.
func (c *Code) Run(arena []float64) {
	if len(arena) < c.arenaLen {
		panic(fmt.Sprintf("kernel: arena of %d elements, the code needs %d", len(arena), c.arenaLen))
	}
	if c.calls == nil {
		for i := range c.ins {
			dst, src := c.operands(&c.ins[i], arena)
			d := &definitions[c.ins[i].Kernel]
			d.run(dst, src)
			if d.redo != nil {
				d.redo(dst, src)
			}
		}
		return
	}
	for at := 0; at < len(c.calls); at++ {
		at = len(c.calls) - runCalls(&c.calls[at], len(c.calls)-at, &arena[0], c.lanes)
		if at < len(c.calls) {
			definitions[c.ins[at].Kernel].redo(c.operands(&c.ins[at], arena))
		}
	}
}

// operands are the parts of the arena an instruction works on.
func (c *Code) operands(in *Ins, arena []float64) (dst results, src sources) {
	sourceKinds, resultKinds, _ := strings.Cut(definitions[in.Kernel].form, ">")
	for i, kind := range sourceKinds {
		data := arena[in.Src[i]:]
		switch kind {
		case 'V':
			src[i] = operand{data[:c.lanes:c.lanes], -1}
		case 'T':
			src[i] = operand{data[:3:3], -1}
		default:
			src[i] = operand{data[:1:1], 0}
		}
	}
	for i, kind := range resultKinds {
		n := c.lanes
		if kind == 'A' {
			n = AccumulatorLen
		}
		dst[i] = arena[in.Dst[i]:][:n:n]
	}
	return dst, src
}
