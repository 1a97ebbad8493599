// Package plan arranges the computation of a graph in batches of pixels, where whole arrays would not fit into memory or the
// cache, and runs it on any number of workers by any [Engine]: node by node (package tape), or compiled for the processor or
// for GPUs (packages compile/cpu and compile/cuda).
package plan

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Plan computes some roots of a graph in batches of pixels. It is immutable, and may be run by several goroutines at once.
//
// Every value is one of two kinds: uniform values have no pixel axis, pixel values have it as their last. A uniform
// value that sums pixel values is a reduction; what pixel values depend on reductions (a gradient through a mean, say)
// is computed in a later stage, in another sweep over the pixels that recomputes what it needs.
//
// A step that mixes pixels breaks the batches: its operands are stored whole by the sweep before it, and it is computed
// on whole arrays between sweeps.
type Plan struct {
	*Order
	roots  []*expr.Node
	pixels int
	breaks []Break
	stages []stage
}

// Break is a step that cannot be computed in batches of pixels.
type Break struct {
	Node *expr.Node
	Why  string
}

func (b Break) String() string { return fmt.Sprintf("%s: %s", b.Node.Name(), b.Why) }

// New plans the roots, given the leaves whose last axis is the pixels.
func New(pixelLeaf func(*expr.Node) bool, pixels int, roots ...*expr.Node) (*Plan, error) {
	if pixels < 1 {
		return nil, fmt.Errorf("plan: batches of %d pixels", pixels)
	}
	order, err := Sort(roots...)
	if err != nil {
		return nil, err
	}
	p := &Plan{Order: order, roots: roots, pixels: pixels}
	for _, r := range roots {
		p.steps[p.index[r]].kept = true
	}
	level := make([]int, len(p.steps))
	last := 0
	for i := range p.steps {
		s := &p.steps[i]
		if level[i], err = p.classify(s, level, pixelLeaf); err != nil {
			return nil, fmt.Errorf("plan: %w", err)
		}
		s.Stored = s.Pixel && (s.Leaf() || s.whole)
		last = max(last, level[i])
	}
	p.stages = make([]stage, last+1)
	p.fill(level)
	return p, nil
}

// classify finds a step's kind and its level: how many sweeps must be over before it can be computed.
func (p *Plan) classify(s *Step, level []int, pixelLeaf func(*expr.Node) bool) (int, error) {
	if s.Leaf() {
		s.Pixel = pixelLeaf(s.Node)
		if s.Pixel && s.Dims[expr.Pixel] != p.pixels {
			return 0, fmt.Errorf("leaf %q has %d pixels, want %d", s.Node.Name(), s.Dims[expr.Pixel], p.pixels)
		}
		return 0, nil
	}
	highest, hasPixels := 0, false
	for _, a := range s.Args {
		highest = max(highest, level[a])
		hasPixels = hasPixels || p.steps[a].Pixel
	}
	if !hasPixels {
		// What a gradient spreads over the pixels is a pixel value too; not what is as long already, by chance.
		s.Pixel = expr.Spreads(s.Rule) && s.Dims[expr.Pixel] == p.pixels && p.steps[s.Args[0]].Dims[expr.Pixel] < p.pixels
		return highest, nil
	}
	if _, constant := expr.Fixed(s.Rule); constant {
		return highest, nil
	}
	if why := p.mixes(s); why != "" {
		p.breaks = append(p.breaks, Break{s.Node, why})
		s.whole = true
		s.Pixel = p.pixels > 1 && s.Dims[expr.Pixel] == p.pixels && s.Node.Dtype() == tensor.Float64
		for _, a := range s.Args {
			p.steps[a].kept = p.steps[a].kept || p.steps[a].Pixel
		}
		return highest + 1, nil
	}
	if s.Rule.SumsPixels(s.Dims) {
		s.reduce = true
		return highest + 1, nil
	}
	s.Pixel = true
	return highest, nil
}

// mixes says why a step with pixel values among its operands cannot be computed batch by batch; "" if it can.
func (p *Plan) mixes(s *Step) string {
	if s.Rule == nil {
		return fmt.Sprintf("operation %v is known to gorgonia alone", s.Node.Operation())
	}
	for k, a := range s.Args {
		operand := &p.steps[a]
		if operand.Pixel && expr.TakesTable(s.Rule, k) {
			return fmt.Sprintf("operand %d of %s, a table, varies with the pixels", k, s.Rule)
		}
		if !operand.Pixel && p.pixels > 1 && operand.Dims[expr.Pixel] == p.pixels && !expr.TakesTable(s.Rule, k) {
			return fmt.Sprintf("operand %d of %s has as many elements as there are pixels, but they are not pixels", k, s.Rule)
		}
	}
	if !s.Rule.SumsPixels(s.Dims) && s.Dims[expr.Pixel] != p.pixels {
		return fmt.Sprintf("operation %s moves the pixel axis", s.Rule)
	}
	return ""
}

// Pixels is the length of the pixel axis.
func (p *Plan) Pixels() int { return p.pixels }

// Breaks are the steps that are computed on whole arrays.
func (p *Plan) Breaks() []Break { return p.breaks }

// SharedBytes is the memory that a run takes besides what its workers need: uniform values, sums, and pixel values
// that are stored whole.
func (p *Plan) SharedBytes() int64 {
	var n int64
	for i := range p.steps {
		if s := &p.steps[i]; !s.Leaf() && (!s.Pixel || s.whole || s.kept) {
			n += 8 * int64(s.Dims.Size())
		}
	}
	return n
}
