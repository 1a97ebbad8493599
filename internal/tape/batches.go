package tape

import (
	"fmt"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Batches is a plan to compute some roots of a graph in batches of pixels, on any number of workers. It is
// immutable and may be run by several goroutines at once.
//
// Every value is one of two kinds: uniform values have no pixel axis, pixel values have it as their last. A uniform
// value that sums pixel values is a reduction; what pixel values depend on reductions (a gradient through a mean, say)
// is computed in a later stage, in another sweep over the pixels that recomputes what it needs.
type Batches struct {
	*plan
	roots  []*G.Node
	pixels int
	pixel  []bool // pixel[i]: step i is a pixel value
	reduce []bool // reduce[i]: step i sums pixel values
	stages []stage
	size   int // pixels a batch
}

// stage is a list of uniform steps, then one sweep over the pixels.
type stage struct {
	uniform []int
	sweep   []int // pixel values, operands first
	reduce  []int // reductions completed by the sweep
	store   []int // roots among the pixel values, completed by the sweep
}

// batchElements is how many elements the largest value of a batch should have: enough that the cost of a step is
// spread thin, few enough that a batch's values stay in the cache. 4096 was the fastest of 512 … 65536 on the image
// of 1024² pixels in docs/performance.md (AMD EPYC, 1 MiB of level 2 cache a core).
const batchElements = 4096

// Mixed says that a graph cannot be run in batches, since a step mixes pixels.
type Mixed struct {
	Node *G.Node
	Why  string
}

func (e *Mixed) Error() string {
	return fmt.Sprintf("tape: node %s cannot be computed in batches of pixels: %s", e.Node.Name(), e.Why)
}

// NewBatches plans the roots, given the leaves whose last axis is the pixels. A graph with a step that mixes pixels
// gives a *Mixed.
func NewBatches(pixelLeaf func(*G.Node) bool, pixels int, roots ...*G.Node) (*Batches, error) {
	p, err := newPlan(roots)
	if err != nil {
		return nil, err
	}
	b := &Batches{plan: p, roots: roots, pixels: pixels,
		pixel: make([]bool, len(p.steps)), reduce: make([]bool, len(p.steps))}
	level := make([]int, len(p.steps))
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
	if s.node.Dtype() != tensor.Float64 {
		return 0, &Mixed{s.node, fmt.Sprintf("its type is %v, not float64", s.node.Dtype())}
	}
	highest, hasPixels := 0, false
	for _, a := range s.args {
		highest = max(highest, level[a])
		hasPixels = hasPixels || b.pixel[a]
	}
	if s.rule == nil {
		if !hasPixels {
			return highest, nil
		}
		return 0, &Mixed{s.node, fmt.Sprintf("operation %v is known to gorgonia alone", s.node.Op())}
	}
	if _, constant := expr.Fixed(s.rule); constant {
		return highest, nil
	}
	if !hasPixels {
		// What a gradient spreads over the pixels is a pixel value too.
		b.pixel[i] = expr.Spreads(s.rule) && b.pixels > 1 && s.dims[expr.Pixel] == b.pixels
		return highest, nil
	}
	for k, a := range s.args {
		if !b.pixel[a] && b.pixels > 1 && b.steps[a].dims[expr.Pixel] == b.pixels && !expr.TakesTable(s.rule, k) {
			return 0, &Mixed{s.node, fmt.Sprintf("operand %d of %s has as many elements as there are pixels, but they are not pixels", k, s.rule)}
		}
	}
	if s.rule.SumsPixels(s.dims) {
		b.reduce[i] = true
		return highest + 1, nil
	}
	if s.dims[expr.Pixel] != b.pixels {
		return 0, &Mixed{s.node, fmt.Sprintf("operation %s moves the pixel axis", s.rule)}
	}
	b.pixel[i] = true
	return highest, nil
}

// fill sorts the steps into stages. A sweep recomputes the pixel values of earlier ones that it needs.
func (b *Batches) fill(level []int) {
	isRoot := map[*G.Node]bool{}
	for _, r := range b.roots {
		isRoot[r] = true
	}
	for i := range b.steps {
		switch {
		case b.reduce[i]:
			b.stages[level[i]-1].reduce = append(b.stages[level[i]-1].reduce, i)
		case !b.pixel[i]:
			b.stages[level[i]].uniform = append(b.stages[level[i]].uniform, i)
		case isRoot[b.steps[i].node]:
			b.stages[level[i]].store = append(b.stages[level[i]].store, i)
		}
	}
	for k := range b.stages {
		st := &b.stages[k]
		needed := make([]bool, len(b.steps))
		for _, i := range append(append([]int{}, st.reduce...), st.store...) {
			needed[i] = true
		}
		for i := len(b.steps) - 1; i >= 0; i-- {
			if !needed[i] || !b.pixel[i] && !b.reduce[i] {
				continue
			}
			if b.reduce[i] && level[i] != k+1 {
				continue // summed by an earlier sweep
			}
			for _, a := range b.steps[i].args {
				needed[a] = needed[a] || b.pixel[a]
			}
		}
		for i := range b.steps {
			if needed[i] && b.pixel[i] {
				st.sweep = append(st.sweep, i)
			}
		}
	}
}

// Bytes is the memory that a run with a number of workers takes: stored roots and uniform values once, a batch's
// values for each worker.
func (b *Batches) Bytes(workers int) int64 {
	var once, each int64
	for i := range b.steps {
		s := &b.steps[i]
		if s.leaf() {
			continue
		}
		size := 8 * int64(s.dims.Size())
		switch {
		case b.pixel[i]:
			each += size / int64(b.pixels) * int64(b.size)
		case b.reduce[i]:
			once += size
			each += size
		default:
			once += size
		}
	}
	for _, st := range b.stages {
		for _, i := range st.store {
			once += 8 * int64(b.steps[i].dims.Size())
		}
	}
	return once + each*int64(workers)
}

// FitInto shrinks the batches until a run takes no more than the given memory, or says how much one pixel a batch
// takes.
func (b *Batches) FitInto(bytes int64, workers int) error {
	for b.Bytes(workers) > bytes {
		if b.size == 1 {
			return fmt.Errorf("tape: a batch of one pixel takes %d bytes on %d workers, the limit is %d", b.Bytes(workers), workers, bytes)
		}
		b.size = (b.size + 1) / 2
	}
	return nil
}
