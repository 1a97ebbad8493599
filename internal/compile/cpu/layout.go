package cpu

import (
	"cmp"
	"slices"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/expr"
)

// assembler assigns slots to numbers and turns items into code.
type assembler struct {
	*sweepProgram
	backend kernel.Backend
	chosen  choices
	width   int // lanes of the block that is assembled
	next    int32
	slots   map[compile.ID]int32
	triples map[[3]compile.ID]int32 // consecutive numbers of a dot product
	boxes   []boxOf                 // those of the boxes of cells
	levels  [][]levelFill           // by level of loops
}

type boxOf struct {
	grid *expr.Grid
	slot int32
}

// box returns where the numbers of a grid's box lie.
func (a *assembler) box(g *expr.Grid) int32 {
	for _, b := range a.boxes {
		if b.grid == g {
			return b.slot
		}
	}
	a.boxes = append(a.boxes, boxOf{g, a.next})
	a.next += kernel.BoxLen
	return a.boxes[len(a.boxes)-1].slot
}

type levelFill struct {
	num  compile.ID
	slot int32
}

// layOut divides the arena into numbers, then accumulators of sums and queues of scattered values, then vectors.
func (a *assembler) layOut() {
	a.collect(a.block)
	a.slotOf = a.slots
	at := (a.next + 7) / 8 * 8
	sinks := a.function.Sinks
	a.accumulator = make([]int32, len(sinks))
	a.target = make([]compile.Place, len(sinks))
	for k := range sinks {
		sink := &sinks[k]
		switch sink.Kind {
		case compile.SinkScatter:
			a.partials += 8 * int64(a.plan.Node(sink.Node).Dims.Size())
			if sink.Cell {
				a.accumulator[k] = at
				at += int32(kernel.QueueLen(a.lanes))
			}
		case compile.SinkSum, compile.SinkDot:
			if sink.Target == 0 {
				a.accumulator[k] = at
				at += kernel.AccumulatorLen
			}
			d := compile.TargetDims(a.plan, sink)
			a.target[k] = compile.PlaceOf(sink.Node, d)
			if sink.Run {
				d[expr.Pixel] = 1
			}
			a.partials += 8 * int64(d.Size()) * (kernel.AccumulatorLen + 1)
		}
	}
	a.vector = make([]int32, len(a.place))
	for r, v := range a.place {
		a.vector[r] = at + v*int32(a.lanes)
	}
	a.arena = int(at) + a.vectors*a.lanes
	a.finishFills()
}

// collect assigns slots to the numbers that items use.
func (a *assembler) collect(b *compile.Block) {
	for i := range b.Items {
		it := &b.Items[i]
		if it.Kind == compile.ItemLoop {
			a.collect(it.Loop)
			continue
		}
		if it.Kind == compile.ItemKernel && it.Op == compile.OpDot3 {
			t := [3]compile.ID{it.Src[3].Num, it.Src[4].Num, it.Src[5].Num}
			if _, ok := a.triples[t]; !ok {
				a.triples[t] = a.next
				a.next += 3
			}
			continue
		}
		if it.Kind == compile.ItemKernel && it.Op == compile.OpCell {
			a.box(it.Rule.Grid)
		}
		for _, s := range it.Src {
			if s.Reg != compile.None {
				continue
			}
			if _, ok := a.slots[s.Num]; !ok {
				a.slots[s.Num] = a.next
				a.next++
			}
		}
	}
}

// fillOf returns how a number is copied into its slot.
func (a *assembler) fillOf(num compile.ID, slot int32) fill {
	in := &a.function.Code[num]
	if in.Op == compile.OpConst {
		return fill{slot: slot, value: in.Value, from: compile.Place{Node: -1}}
	}
	return fill{slot: slot, from: compile.NumberOf(in.Node, a.plan.Node(in.Node).Dims), run: in.Run}
}

// finishFills groups the numbers by the loop that changes them.
func (a *assembler) finishFills() {
	a.levels = make([][]levelFill, len(a.function.Nest())+1)
	var all []levelFill
	for num, slot := range a.slots {
		all = append(all, levelFill{num, slot})
	}
	for t, slot := range a.triples {
		for k, num := range t {
			all = append(all, levelFill{num, slot + int32(k)})
		}
	}
	slices.SortFunc(all, func(a, b levelFill) int { return cmp.Compare(a.slot, b.slot) }) // the same program every time
	for _, f := range all {
		d := a.function.Depth(a.function.Code[f.num].Axes)
		a.levels[d] = append(a.levels[d], f)
	}
	for _, l := range a.levels[0] {
		if f := a.fillOf(l.num, l.slot); f.run {
			a.ofRun = append(a.ofRun, f)
		} else {
			a.start = append(a.start, f)
		}
	}
	for _, b := range a.boxes {
		g := b.grid
		for i, v := range kernel.Box(g.HMin, g.HMax, g.KMin, g.KMax, g.LMin, g.LMax, max(1, g.Channels)) {
			a.start = append(a.start, fill{slot: b.slot + int32(i), value: v, from: compile.Place{Node: -1}})
		}
	}
}

// assemble assembles a body. In the tail, the last block of the pixels, each sum is preceded by
// setting the lanes beyond the last pixel to zero.
func (a *assembler) assemble(b *compile.Block, loop int, once, tail bool) (*loopProgram, error) {
	p := &loopProgram{axis: -1, extent: 1}
	if loop >= 0 && !once {
		l := a.function.Loops[loop]
		p.axis, p.extent = l.Axis, l.Extent
	}
	used := map[compile.ID]bool{}
	a.used(b, used)
	if b.Level > 0 {
		for _, f := range a.levels[b.Level] {
			if used[f.num] {
				p.fills = append(p.fills, a.fillOf(f.num, f.slot))
			}
		}
	}
	var code []kernel.Ins
	flush := func() error {
		if len(code) == 0 {
			return nil
		}
		c, err := kernel.Assemble(a.backend, code, a.width, a.arena)
		if err != nil {
			return err
		}
		p.actions = append(p.actions, action{code: c})
		code = nil
		return nil
	}
	for i := range b.Items {
		it := &b.Items[i]
		switch it.Kind {
		case compile.ItemKernel:
			code = append(code, a.kernel(it))
			continue
		case compile.ItemSink:
			if a.function.Sinks[it.Sink].Target != 0 {
				p.sums = append(p.sums, sumAt{it.Sink, int(a.list(list{kind: listSum, node: it.Sink}))})
			}
			if !tail {
				code = append(code, a.sum(it))
				continue
			}
			if err := flush(); err != nil {
				return nil, err
			}
			p.actions = append(p.actions, action{do: compile.ItemSink, item: it})
			code = append(code, a.sum(it))
			continue
		case compile.ItemScatter:
			if !a.function.Sinks[it.Sink].Cell {
				break
			}
			if tail {
				if err := flush(); err != nil {
					return nil, err
				}
				p.actions = append(p.actions, action{do: compile.ItemSink, item: it})
			}
			code = append(code, a.scatter(it))
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
		act := action{do: it.Kind, item: it}
		switch it.Kind {
		case compile.ItemLoop:
			var err error
			if act.loop, err = a.assemble(it.Loop, a.function.Nest()[b.Level], it.Once, tail); err != nil {
				return nil, err
			}
		case compile.ItemLoad, compile.ItemStore:
			act.from = compile.PlaceOf(it.Node, a.plan.Node(it.Node).Dims)
		}
		p.actions = append(p.actions, act)
	}
	p.cursors = a.cursors
	a.cursors += len(p.fills) + len(p.sums)
	return p, flush()
}

// used collects the numbers that a body and its loops use.
func (a *assembler) used(b *compile.Block, used map[compile.ID]bool) {
	for i := range b.Items {
		it := &b.Items[i]
		if it.Kind == compile.ItemLoop {
			a.used(it.Loop, used)
			continue
		}
		for _, s := range it.Src {
			if s.Reg == compile.None {
				used[s.Num] = true
			}
		}
	}
}

func (a *assembler) kernel(it *compile.Item) (in kernel.Ins) {
	chosen := a.chosen[it]
	src := chosen.src
	in.Kernel = chosen.kernel
	switch it.Op {
	case compile.OpCell:
		in.Src[3] = a.box(it.Rule.Grid)
	case compile.OpPresent:
		in.Src[1] = a.list(list{kind: listBits, grid: it.Rule.Grid})
	case compile.OpRead:
		in.Src[1] = a.list(list{node: a.table(it.Node)})
	case compile.OpReadOr:
		in.Src[2] = a.list(list{node: a.table(it.Node)})
	}
	for i, r := range it.Dst {
		if r != compile.None {
			in.Dst[i] = a.vector[r]
		}
	}
	if it.Op == compile.OpDot3 {
		for i := range 3 {
			in.Src[i] = a.vector[src[i].Reg]
		}
		in.Src[3] = a.triples[[3]compile.ID{src[3].Num, src[4].Num, src[5].Num}]
		return in
	}
	for i, s := range src {
		if s.Reg == compile.None {
			in.Src[i] = a.slots[s.Num]
		} else {
			in.Src[i] = a.vector[s.Reg]
		}
	}
	return in
}

func (a *assembler) sum(it *compile.Item) kernel.Ins {
	in := kernel.Ins{Kernel: [...]kernel.Kernel{kernel.RedSum, kernel.RedDot}[len(it.Src)-1]}
	in.Dst[0] = a.accumulator[it.Sink]
	if a.function.Sinks[it.Sink].Target != 0 {
		in.Kernel = [...]kernel.Kernel{kernel.ListSum, kernel.ListDot}[len(it.Src)-1]
		in.Dst[0] = a.list(list{kind: listSum, node: it.Sink})
	}
	for i, s := range it.Src {
		in.Src[i] = a.vector[s.Reg]
	}
	return in
}

// scatter is the kernel that adds values to a table at cells.
func (a *assembler) scatter(it *compile.Item) kernel.Ins {
	in := kernel.Ins{Kernel: kernel.Scatter}
	in.Src[0], in.Src[1] = a.vector[it.Src[0].Reg], a.vector[it.Src[1].Reg]
	in.Dst[0], in.Dst[1] = a.accumulator[it.Sink], a.list(list{kind: listScatter, node: it.Node})
	return in
}

// table is the node that a rule of a lookup reads.
func (a *assembler) table(node int) int { return a.plan.Node(node).Args[3] }

// list is the number of a list.
func (a *assembler) list(l list) int32 {
	k := slices.IndexFunc(a.lists, func(m list) bool { return m.kind == l.kind && m.node == l.node && m.grid == l.grid })
	if k < 0 {
		k = len(a.lists)
		if l.grid != nil {
			l.bits = l.grid.PresentBits()
		}
		a.lists = append(a.lists, l)
	}
	return int32(k)
}
