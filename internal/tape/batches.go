package tape

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Batches is a plan to compute some roots of a graph in batches of pixels, on any number of workers. It is
// immutable once FitInto is done, and may be run by several goroutines at once.
//
// Every value is one of two kinds: uniform values have no pixel axis, pixel values have it as their last. A uniform
// value that sums pixel values is a reduction; what pixel values depend on reductions (a gradient through a mean, say)
// is computed in a later stage, in another sweep over the pixels that recomputes what it needs.
//
// A step that mixes pixels breaks the batches: its operands are stored whole by the sweep before it, and it is computed
// on whole arrays between sweeps.
type Batches struct {
	*plan
	roots  []*G.Node
	pixels int
	pixel  []bool // pixel[i]: step i is a pixel value
	reduce []bool // reduce[i]: step i sums pixel values
	whole  []bool // whole[i]: step i is computed on whole arrays, though it is a pixel value or has such operands
	kept   []bool // kept[i]: pixel value i is stored whole, for a root or a break
	breaks []Break
	stages []stage
	size   int // pixels a batch on the tape
}

// stage is a list of uniform steps, then one sweep over the pixels.
type stage struct {
	uniform []int
	Sweep
}

// Sweep lists the steps of one sweep over the pixels.
type Sweep struct {
	Values []int // pixel values, operands first
	Reduce []int // reductions completed by the sweep
	Store  []int // values of those that are stored whole
}

// Break is a step that cannot be computed in batches of pixels.
type Break struct {
	Node *G.Node
	Why  string
}

func (b Break) String() string { return fmt.Sprintf("%s: %s", b.Node.Name(), b.Why) }

// batchElements is how many elements the largest value of a batch should have: enough that the cost of a step is
// spread thin, few enough that a batch's values stay in the cache.
const batchElements = 4096

// NewBatches plans the roots, given the leaves whose last axis is the pixels.
func NewBatches(pixelLeaf func(*G.Node) bool, pixels int, roots ...*G.Node) (*Batches, error) {
	if pixels < 1 {
		return nil, fmt.Errorf("tape: batches of %d pixels", pixels)
	}
	p, err := newPlan(roots)
	if err != nil {
		return nil, err
	}
	n := len(p.steps)
	b := &Batches{plan: p, roots: roots, pixels: pixels,
		pixel: make([]bool, n), reduce: make([]bool, n), whole: make([]bool, n), kept: make([]bool, n)}
	for _, r := range roots {
		b.kept[p.index[r]] = true
	}
	level := make([]int, n)
	last, outer := 0, 1
	for i := range p.steps {
		s := &p.steps[i]
		if level[i], err = b.classify(i, s, level, pixelLeaf); err != nil {
			return nil, err
		}
		last = max(last, level[i])
		if b.pixel[i] {
			outer = max(outer, s.dims.Size()/pixels)
		}
	}
	b.size = min(pixels, max(16, batchElements/outer))
	b.stages = make([]stage, last+1)
	b.fill(level)
	return b, nil
}

// classify finds a step's kind and its level: how many sweeps must be over before it can be computed.
func (b *Batches) classify(i int, s *step, level []int, pixelLeaf func(*G.Node) bool) (int, error) {
	if s.leaf() {
		b.pixel[i] = pixelLeaf(s.node)
		if b.pixel[i] && s.dims[expr.Pixel] != b.pixels {
			return 0, fmt.Errorf("tape: leaf %q has %d pixels, want %d", s.node.Name(), s.dims[expr.Pixel], b.pixels)
		}
		return 0, nil
	}
	highest, hasPixels := 0, false
	for _, a := range s.args {
		highest = max(highest, level[a])
		hasPixels = hasPixels || b.pixel[a]
	}
	if !hasPixels {
		// What a gradient spreads over the pixels is a pixel value too; not what is as long already, by chance.
		b.pixel[i] = expr.Spreads(s.rule) && s.dims[expr.Pixel] == b.pixels && b.steps[s.args[0]].dims[expr.Pixel] < b.pixels
		return highest, nil
	}
	if _, constant := expr.Fixed(s.rule); constant {
		return highest, nil
	}
	if why := b.mixes(s); why != "" {
		b.breaks = append(b.breaks, Break{s.node, why})
		b.whole[i] = true
		b.pixel[i] = b.pixels > 1 && s.dims[expr.Pixel] == b.pixels && s.node.Dtype() == tensor.Float64
		for _, a := range s.args {
			b.kept[a] = b.kept[a] || b.pixel[a]
		}
		return highest + 1, nil
	}
	if s.rule.SumsPixels(s.dims) {
		b.reduce[i] = true
		return highest + 1, nil
	}
	b.pixel[i] = true
	return highest, nil
}

// mixes tells why a step with pixel values among its operands cannot be computed batch by batch; "" if it can.
func (b *Batches) mixes(s *step) string {
	if s.rule == nil {
		return fmt.Sprintf("operation %v is known to gorgonia alone", s.node.Op())
	}
	for k, a := range s.args {
		if b.pixel[a] && expr.TakesTable(s.rule, k) {
			return fmt.Sprintf("operand %d of %s, a table, varies with the pixels", k, s.rule)
		}
		if !b.pixel[a] && b.pixels > 1 && b.steps[a].dims[expr.Pixel] == b.pixels && !expr.TakesTable(s.rule, k) {
			return fmt.Sprintf("operand %d of %s has as many elements as there are pixels, but they are not pixels", k, s.rule)
		}
	}
	if !s.rule.SumsPixels(s.dims) && s.dims[expr.Pixel] != b.pixels {
		return fmt.Sprintf("operation %s moves the pixel axis", s.rule)
	}
	return ""
}

// fill sorts the steps into stages. A sweep recomputes the pixel values of earlier ones that it needs.
func (b *Batches) fill(level []int) {
	for i := range b.steps {
		s := &b.steps[i]
		switch {
		case b.reduce[i]:
			b.stages[level[i]-1].Reduce = append(b.stages[level[i]-1].Reduce, i)
		case b.whole[i] || !b.pixel[i]:
			b.stages[level[i]].uniform = append(b.stages[level[i]].uniform, i)
		case b.kept[i] && !s.leaf():
			b.stages[level[i]].Store = append(b.stages[level[i]].Store, i)
		}
	}
	for k := range b.stages {
		st := &b.stages[k]
		needed := make([]bool, len(b.steps))
		for _, i := range st.Store {
			needed[i] = true
		}
		for _, i := range st.Reduce {
			b.need(needed, i)
		}
		for i := len(b.steps) - 1; i >= 0; i-- {
			if needed[i] && !b.whole[i] {
				b.need(needed, i)
			}
		}
		for i := range b.steps {
			if needed[i] {
				st.Values = append(st.Values, i)
			}
		}
	}
}

func (b *Batches) need(needed []bool, i int) {
	for _, a := range b.steps[i].args {
		needed[a] = needed[a] || b.pixel[a]
	}
}

// Breaks are the steps that are computed on whole arrays.
func (b *Batches) Breaks() []Break { return b.breaks }

// Bytes is the memory that a run with a number of workers takes on the tape: stored and uniform values once, a
// batch's values for each worker.
func (b *Batches) Bytes(workers int) int64 {
	var each int64
	for i := range b.steps {
		if s := &b.steps[i]; b.pixel[i] && !b.whole[i] && !s.leaf() {
			each += 8 * int64(s.dims.Size()) / int64(b.pixels) * int64(b.size)
		}
		if b.reduce[i] {
			each += 8 * int64(b.steps[i].dims.Size())
		}
	}
	return b.SharedBytes() + each*int64(workers)
}

// SharedBytes is the memory that a run takes besides what its workers need: uniform values, sums, and pixel values
// that are stored whole.
func (b *Batches) SharedBytes() int64 {
	var n int64
	for i := range b.steps {
		if s := &b.steps[i]; !s.leaf() && (!b.pixel[i] || b.whole[i] || b.kept[i]) {
			n += 8 * int64(s.dims.Size())
		}
	}
	return n
}

// FitInto shrinks the batches until a run takes no more than the given memory, or says how much it must take.
func (b *Batches) FitInto(bytes int64, workers int) error {
	for b.Bytes(workers) > bytes {
		if b.size == 1 {
			why := ""
			if len(b.breaks) > 0 {
				why = fmt.Sprintf("; whole arrays are needed for %v", b.breaks)
			}
			return fmt.Errorf("tape: the values of a run with a pixel at a time take %d bytes on %d workers, the limit is %d%s", b.Bytes(workers), workers, bytes, why)
		}
		b.size = (b.size + 1) / 2
	}
	return nil
}
