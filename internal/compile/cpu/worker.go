package cpu

import (
	"context"
	"fmt"

	"github.com/gobragg/gobragg/internal/compile"
	"github.com/gobragg/gobragg/internal/compile/cpu/kernel"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// worker runs a sweep on one goroutine.
type worker struct {
	*sweepProgram
	shared  []expr.Array
	arena   []float64
	kept    [][]float64 // by sink: the accumulators of a result with step axes, 16 numbers for each element
	partial map[int][]float64
	lists   [][]float64
	cursors []cursor
	squares map[int]*expr.SquareSums // by node: of the block
	index   [expr.Pixel]int          // of the loops
	lo, n   int                      // first pixel of the block, and their number
	width   int                      // lanes of the block
	number  []float64                // of the run of each pixel; nil without runs
	ofRuns  []runFill                // numbers that do not change within a run
	run     int
	args    []expr.Array
	window  plan.Window

	done    <-chan struct{} // of the context
	rounds  int             // of loops, since the worker was made
	stopped bool            // done is closed
}

// Worker prepares one goroutine's part of a sweep.
func (p *Program) Worker(k int, shared []expr.Array) (plan.Worker, error) {
	s := p.sweeps[k]
	w := &worker{sweepProgram: s, shared: shared, arena: kernel.NewArena(s.arena), kept: make([][]float64, len(s.function.Sinks)), partial: map[int][]float64{}}
	if leaf, ok := s.plan.Runs(); ok {
		w.number = shared[leaf].Data
	}
	for i := range s.ofRun {
		f := &s.ofRun[i]
		w.ofRuns = append(w.ofRuns, runFill{f.slot, shared[f.from.Node].Data[w.place(f):]})
	}
	for k := range s.function.Sinks {
		sink := &s.function.Sinks[k]
		if sink.Kind == compile.SinkStore {
			continue
		}
		if sink.Run {
			d := s.plan.Node(sink.Node).Dims
			w.kept[k] = make([]float64, d.Size()/d[expr.Pixel]*kernel.AccumulatorLen)
			continue
		}
		if sink.Rule.Op == expr.OpSquares {
			if w.squares == nil {
				w.squares = map[int]*expr.SquareSums{}
			}
			w.squares[sink.Node] = &expr.SquareSums{}
		}
		w.partial[sink.Node] = make([]float64, s.plan.Node(sink.Node).Dims.Size())
		if sink.Kind != compile.SinkScatter && sink.Target != 0 {
			w.kept[k] = make([]float64, len(w.partial[sink.Node])*kernel.AccumulatorLen)
		}
	}
	for i := range s.start {
		w.fill(&s.start[i])
	}
	w.cursors = make([]cursor, s.cursors)
	for i := range s.lists {
		w.lists = append(w.lists, w.list(&s.lists[i]))
	}
	return w, nil
}

// list returns the array of a list.
func (w *worker) list(l *list) []float64 {
	switch l.kind {
	case listBits:
		return l.bits
	case listScatter:
		return w.partial[l.node]
	case listSum:
		return nil // set in its loop
	}
	return w.shared[l.node].Data
}

// cursor is a place in an array that a loop advances.
type cursor struct {
	data     []float64
	at, step int
}

// start places the cursors of a loop at its first index.
func (w *worker) start(p *loopProgram) (fills, sums []cursor) {
	all := w.cursors[p.cursors:][:len(p.fills)+len(p.sums)]
	fills, sums = all[:len(p.fills)], all[len(p.fills):]
	step := func(from *compile.Place) int {
		if p.axis < 0 {
			return 0
		}
		return from.Stride[p.axis]
	}
	for i := range fills {
		f := &p.fills[i]
		fills[i] = cursor{w.shared[f.from.Node].Data, w.place(f), step(&f.from)}
	}
	for i, s := range p.sums {
		from := &w.target[s.sink]
		sums[i] = cursor{w.kept[s.sink], from.At(&w.index) * kernel.AccumulatorLen, step(from) * kernel.AccumulatorLen}
	}
	return fills, sums
}

// Compute computes the pixels lo … hi−1, a block at a time.
func (w *worker) Compute(ctx context.Context, lo, hi int) (err error) {
	w.done, w.stopped = ctx.Done(), false
	// A called rule panics at a value that it does not expect, as on the tape: for example, a
	// choice by an index out of range.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cpu: pixels %d to %d: %v", lo, hi-1, r)
		}
	}()
	for k := range w.function.Sinks {
		switch sink := &w.function.Sinks[k]; {
		case sink.Kind == compile.SinkStore || sink.Run:
		case sink.Kind == compile.SinkScatter:
			clear(w.partial[sink.Node])
		case sink.Target != 0:
			clear(w.kept[k])
		default:
			clear(w.accumulators(k))
		}
	}
	for at := lo; at < hi; {
		end := w.begin(at, hi)
		for ; at < end; at += w.n {
			w.lo, w.n = at, min(w.lanes, end-at)
			for _, s := range w.squares {
				s.Start(w.n)
			}
			body := w.body()
			for k := range w.function.Sinks {
				if w.function.Sinks[k].Cell {
					kernel.StartQueue(w.queue(k))
				}
			}
			w.loop(body)
			if w.stopped {
				return ctx.Err()
			}
			for k := range w.function.Sinks {
				if sink := &w.function.Sinks[k]; sink.Cell {
					kernel.EndQueue(w.queue(k), w.partial[sink.Node])
				}
			}
			for node, s := range w.squares {
				s.Finish(w.partial[node])
			}
		}
		w.end()
	}
	for k := range w.function.Sinks {
		sink := &w.function.Sinks[k]
		if sink.Run || sink.Kind != compile.SinkSum && sink.Kind != compile.SinkDot {
			continue
		}
		out := w.partial[sink.Node]
		if sink.Target == 0 {
			out[0] = kernel.Total(w.accumulators(k)) * sink.Scale
			continue
		}
		for i := range out {
			out[i] = kernel.Total(w.kept[k][i*kernel.AccumulatorLen:][:kernel.AccumulatorLen]) * sink.Scale
		}
	}
	return nil
}

// body chooses the code for the block, and its width: of blocks of several sizes, the smallest that has enough lanes.
func (w *worker) body() *loopProgram {
	block := &w.blocks[0]
	for i := range w.blocks {
		if w.blocks[i].lanes < w.n {
			break
		}
		block = &w.blocks[i]
	}
	if w.width = block.lanes; w.n < w.width {
		return block.tail
	}
	return block.full
}

// runFill is a fill of a number in each run: from data, by the number of the run.
type runFill struct {
	slot int32
	data []float64
}

// begin begins the run of a pixel and returns its end, or, without runs, that of the batch.
func (w *worker) begin(at, hi int) (end int) {
	if w.number == nil {
		return hi
	}
	w.run = int(w.number[at])
	for i := range w.ofRuns {
		f := &w.ofRuns[i]
		w.arena[f.slot] = f.data[w.run]
	}
	for k := range w.function.Sinks {
		if sink := &w.function.Sinks[k]; !sink.Run {
			continue
		} else if sink.Target != 0 {
			clear(w.kept[k])
		} else {
			clear(w.accumulators(k))
		}
	}
	for end = at + 1; end < hi && w.number[end] == w.number[at]; end++ {
	}
	return end
}

// end stores the sums of the run.
func (w *worker) end() {
	for k := range w.function.Sinks {
		sink := &w.function.Sinks[k]
		if !sink.Run {
			continue
		}
		out := w.shared[sink.Node]
		if sink.Target == 0 {
			out.Data[w.run] = kernel.Total(w.accumulators(k)) * sink.Scale
			continue
		}
		runs := out.Dims[expr.Pixel]
		for i := range len(w.kept[k]) / kernel.AccumulatorLen {
			out.Data[i*runs+w.run] = kernel.Total(w.kept[k][i*kernel.AccumulatorLen:][:kernel.AccumulatorLen]) * sink.Scale
		}
	}
}

// Partial returns the sum of a reduction over the last batch.
func (w *worker) Partial(node int) []float64 { return w.partial[node] }

// Close does nothing.
func (w *worker) Close() {}

// Window makes Compute store a node's pixels elsewhere.
func (w *worker) Window(node, first int, data []float64) {
	w.window = plan.Window{Node: node, First: first, Data: data}
}

// queue returns the queue of a scatter, for blocks of the present width.
func (w *worker) queue(sink int) []float64 {
	return w.arena[w.accumulator[sink]:][:kernel.QueueLen(w.width)]
}

func (w *worker) accumulators(sink int) []float64 {
	return w.arena[w.accumulator[sink]:][:kernel.AccumulatorLen]
}

// interrupted reports whether the context is done, at which it looks in one of 64 rounds: a round takes some microseconds,
// looking some nanoseconds.
func (w *worker) interrupted() bool {
	if w.rounds++; w.rounds%64 == 0 {
		select {
		case <-w.done:
			w.stopped = true
		default:
		}
	}
	return w.stopped
}

func (w *worker) loop(p *loopProgram) {
	if p.axis >= 0 {
		w.index[p.axis] = 0
	}
	fills, sums := w.start(p)
	for i := range p.extent {
		if w.interrupted() {
			break
		}
		if p.axis >= 0 {
			w.index[p.axis] = i
		}
		for k := range fills {
			c := &fills[k]
			w.arena[p.fills[k].slot] = c.data[c.at]
			c.at += c.step
		}
		for k := range sums {
			c := &sums[k]
			w.lists[p.sums[k].list] = c.data[c.at:][:kernel.AccumulatorLen]
			c.at += c.step
		}
		for j := range p.actions {
			a := &p.actions[j]
			switch {
			case a.code != nil:
				a.code.Run(w.arena, w.lists...)
			case a.loop != nil:
				w.loop(a.loop)
			default:
				w.do(a)
			}
		}
	}
	if p.axis >= 0 {
		w.index[p.axis] = 0
	}
}

// fill copies a number that no loop changes.
func (w *worker) fill(f *fill) {
	v := f.value
	if f.from.Node >= 0 {
		v = w.shared[f.from.Node].Data[w.place(f)]
	}
	w.arena[f.slot] = v
}

// place returns where a number is, at the loops' indices.
func (w *worker) place(f *fill) int {
	at := f.from.At(&w.index)
	if f.run {
		at += w.run
	}
	return at
}
