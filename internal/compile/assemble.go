package compile

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/compile/cpu"
)

// assembler gives numbers their slots and turns items into code.
type assembler struct {
	*sweepProgram
	backend cpu.Backend
	next    int32
	slots   map[id]int32
	triples map[[3]id]int32 // consecutive numbers of a dot product
	levels  [][]levelFill   // by level of loops
}

type levelFill struct {
	num  id
	slot int32
}

// collect finds the numbers that items use and gives them slots.
func (a *assembler) collect(b *block) {
	for _, it := range b.items {
		if it.kind == itemLoop {
			a.collect(it.loop)
			continue
		}
		if it.kind == itemKernel && it.op == opDot3 {
			t := [3]id{it.src[3].num, it.src[4].num, it.src[5].num}
			if _, ok := a.triples[t]; !ok {
				a.triples[t] = a.next
				a.next += 3
			}
			continue
		}
		for _, s := range it.src {
			if s.reg != none {
				continue
			}
			if _, ok := a.slots[s.num]; !ok {
				a.slots[s.num] = a.next
				a.next++
			}
		}
	}
}

// fillOf is how a number comes into its slot.
func (a *assembler) fillOf(num id, slot int32) fill {
	in := &a.function.code[num]
	if in.op == opConst {
		return fill{slot: slot, value: in.value, from: place{step: -1}}
	}
	return fill{slot: slot, from: placeOf(in.step, a.plan.Step(in.step).Dims)}
}

// finishFills sorts the numbers by the loop that changes them.
func (a *assembler) finishFills() {
	a.levels = make([][]levelFill, len(a.function.nest())+1)
	put := func(num id, slot int32) {
		d := a.function.depth(a.function.code[num].axes)
		a.levels[d] = append(a.levels[d], levelFill{num, slot})
	}
	for v := range a.function.code {
		if slot, ok := a.slots[id(v)]; ok {
			put(id(v), slot)
		}
	}
	for v := range a.function.code { // in order, for the same program every time
		for t, slot := range a.triples {
			for k, num := range t {
				if num == id(v) {
					put(num, slot+int32(k))
				}
			}
		}
	}
	for _, f := range a.levels[0] {
		a.start = append(a.start, a.fillOf(f.num, f.slot))
	}
}

// assemble makes a body. In the tail, the last block of the pixels, lanes beyond the last pixel are set to zero before
// each sum.
func (a *assembler) assemble(b *block, axis int, once, tail bool) (*loopProgram, error) {
	p := &loopProgram{axis: axis, extent: 1}
	if axis >= 0 && !once {
		p.extent = a.function.extent[axis]
	}
	used := map[id]bool{}
	a.used(b, used)
	if b.level > 0 {
		for _, f := range a.levels[b.level] {
			if used[f.num] {
				p.fills = append(p.fills, a.fillOf(f.num, f.slot))
			}
		}
	}
	var code []cpu.Ins
	flush := func() error {
		if len(code) == 0 {
			return nil
		}
		c, err := cpu.Assemble(a.backend, code, a.lanes, a.arena)
		if err != nil {
			return fmt.Errorf("compile: %w", err)
		}
		p.actions = append(p.actions, action{code: c})
		code = nil
		return nil
	}
	for _, it := range b.items {
		switch it.kind {
		case itemKernel:
			in, err := a.kernel(it)
			if err != nil {
				return nil, err
			}
			code = append(code, in)
			continue
		case itemSink:
			if a.function.sinks[it.sink].target != 0 {
				p.sums = append(p.sums, it.sink)
			}
			if !tail {
				code = append(code, a.sum(it))
				continue
			}
			if err := flush(); err != nil {
				return nil, err
			}
			p.actions = append(p.actions, action{do: itemSink, item: it})
			code = append(code, a.sum(it))
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
		act := action{do: it.kind, item: it}
		switch it.kind {
		case itemLoop:
			var err error
			if act.loop, err = a.assemble(it.loop, a.function.nest()[b.level], it.once, tail); err != nil {
				return nil, err
			}
		case itemLoad, itemStore:
			act.from = placeOf(it.step, a.plan.Step(it.step).Dims)
		}
		p.actions = append(p.actions, act)
	}
	return p, flush()
}

// used are the numbers that a body and its loops use.
func (a *assembler) used(b *block, used map[id]bool) {
	for _, it := range b.items {
		if it.kind == itemLoop {
			a.used(it.loop, used)
			continue
		}
		for _, s := range it.src {
			if s.reg == none {
				used[s.num] = true
			}
		}
	}
}

func (a *assembler) kernel(it item) (in cpu.Ins, err error) {
	k, src, err := kernelFor(it)
	if err != nil {
		return in, err
	}
	in.Kernel = k
	for i, r := range it.dst {
		if r != none {
			in.Dst[i] = a.vector[r]
		}
	}
	if it.op == opDot3 {
		for i := range 3 {
			in.Src[i] = a.vector[src[i].reg]
		}
		in.Src[3] = a.triples[[3]id{src[3].num, src[4].num, src[5].num}]
		return in, nil
	}
	for i, s := range src {
		if s.reg == none {
			in.Src[i] = a.slots[s.num]
		} else {
			in.Src[i] = a.vector[s.reg]
		}
	}
	return in, nil
}

func (a *assembler) sum(it item) cpu.Ins {
	in := cpu.Ins{Kernel: cpu.RedSum}
	in.Dst[0] = a.accumulator[it.sink]
	for i, s := range it.src {
		in.Src[i] = a.vector[s.reg]
	}
	if len(it.src) == 2 {
		in.Kernel = cpu.RedDot
	}
	return in
}
