// Package plan divides the computation of a graph into batches of pixels, since whole arrays would
// not fit into memory or the cache, and runs it on any number of workers. An [Engine] computes the
// batches: node by node (package tape), or compiled for the processor or for GPUs (packages
// compile/cpu and compile/cuda).
package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// Plan computes the roots of a graph in batches of pixels. Its runs change nothing of it but spare memory, and several goroutines
// may run it at once.
//
// A value is either uniform, with no pixel axis, or a pixel value, whose last axis is the pixels. A
// uniform value that sums pixel values is a reduction. Pixel values that depend on a reduction (in
// a gradient through a mean, say) are computed at a later stage, by another sweep over the pixels,
// which recomputes the pixel values that it needs.
//
// A node that mixes pixels breaks the batches: the sweep before it stores its operands whole, and
// the node is computed on whole arrays between sweeps. A sweep has a loop for each number of steps
// that pixel values have along an axis, as those of crystals with different numbers of orientations,
// up to [MaxLoops]; those of others break the batches too.
type Plan struct {
	*Order
	roots   []*expr.Node
	pixels  int
	steps   [expr.Pixel][]int // the extents of pixel values along the axes of steps that have loops
	breaks  []Break
	stages  []stage
	runs    int        // the leaf that lists the run of each pixel; −1 if there is none
	limit   func() int // nil: all pixels are computed
	inner   []inner    // of the values of the runs
	foreign bool       // some operations are gorgonia's
	rooms   sync.Pool  // of memory of runs: see run.room
}

// MaxLoops is the largest number of loops of a sweep.
const MaxLoops = 10

// Break is a node that cannot be computed in batches of pixels, and the reason.
type Break struct {
	Node *expr.Node
	Why  string
}

func (b Break) String() string { return fmt.Sprintf("%s: %s", b.Node.Name(), b.Why) }

// New plans the computation of the roots. pixelLeaf reports whether the last axis of a leaf is the
// pixels.
func New(pixelLeaf func(*expr.Node) bool, pixels int, roots ...*expr.Node) (*Plan, error) {
	return NewInRuns(pixelLeaf, pixels, nil, roots...)
}

// NewInRuns is [New] for pixels that come in runs, which runs numbers: see [Plan.Runs]. It may be nil.
func NewInRuns(pixelLeaf func(*expr.Node) bool, pixels int, runs *expr.Node, roots ...*expr.Node) (*Plan, error) {
	if pixels < 1 {
		return nil, fmt.Errorf("plan: batches of %d pixels", pixels)
	}
	order, err := Sort(roots...)
	if err != nil {
		return nil, err
	}
	p := &Plan{Order: order, roots: roots, pixels: pixels, runs: -1}
	if at, ok := p.Find(runs); ok && runs != nil {
		p.runs = at
	}
	if err := p.arrange(pixelLeaf); err != nil {
		return nil, err
	}
	if err := p.divide(); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return p, nil
}

// arrange divides the nodes into stages.
func (p *Plan) arrange(pixelLeaf func(*expr.Node) bool) (err error) {
	for _, r := range p.roots {
		p.nodes[p.index[r]].kept = true
	}
	p.steps = p.usual(pixelLeaf)
	level := make([]int, len(p.nodes))
	last := 0
	for i := range p.nodes {
		n := &p.nodes[i]
		p.foreign = p.foreign || !n.Leaf() && !n.Rule.Exists()
		if level[i], err = p.classify(n, level, pixelLeaf); err != nil {
			return fmt.Errorf("plan: %w", err)
		}
		n.Stored = n.Pixel && (n.Leaf() || n.whole)
		last = max(last, level[i])
	}
	p.stages = make([]stage, last+1)
	p.fill(level)
	return nil
}

// classify sets the kind of a node and returns its level, the number of sweeps that must be over
// before the node can be computed.
func (p *Plan) classify(n *Node, level []int, pixelLeaf func(*expr.Node) bool) (int, error) {
	if n.Leaf() {
		n.Pixel = pixelLeaf(n.Expr)
		if n.Pixel && n.Dims[expr.Pixel] != p.pixels {
			return 0, fmt.Errorf("leaf %q has %d pixels, want %d", n.Expr.Name(), n.Dims[expr.Pixel], p.pixels)
		}
		return 0, nil
	}
	highest, hasPixels := 0, false
	for _, a := range n.Args {
		highest = max(highest, level[a])
		hasPixels = hasPixels || p.nodes[a].Pixel
	}
	if p.inRuns(n) {
		n.InRuns = true
		if n.Rule.Op == expr.OpPut {
			n.reduce = true
			return highest + 1, nil
		}
		n.Pixel = true
		return highest, nil
	}
	if !hasPixels {
		// A value that a gradient spreads over the pixels is a pixel value too, and so is one that
		// it puts among zeros, joins or reshapes to as many elements; unless an operand happens to
		// be as long already.
		n.Pixel = p.lengthened(n) && n.Expr.Dtype() == tensor.Float64
		n.whole = n.Pixel && (n.Rule.Op != expr.OpBroadcast || p.unusual(n.Dims))
		return highest, nil
	}
	if _, constant := n.Rule.Fixed(); constant {
		return highest, nil
	}
	if why := p.mixes(n); why != "" {
		p.breaks = append(p.breaks, Break{n.Expr, why})
		n.whole = true
		n.Pixel = p.pixels > 1 && n.Dims[expr.Pixel] == p.pixels && n.Expr.Dtype() == tensor.Float64
		for _, a := range n.Args {
			p.nodes[a].kept = p.nodes[a].kept || p.nodes[a].Pixel
		}
		return highest + 1, nil
	}
	if n.Rule.SumsPixels(n.Dims) {
		n.reduce = true
		return highest + 1, nil
	}
	n.Pixel = true
	return highest, nil
}

// usual returns the extents of pixel values along the axes of steps: those of most values if there
// are more than loops.
func (p *Plan) usual(pixelLeaf func(*expr.Node) bool) (usual [expr.Pixel][]int) {
	var votes [expr.Pixel]map[int]int
	depends := make([]bool, len(p.nodes))
	for i, n := range p.nodes {
		depends[i] = n.Leaf() && pixelLeaf(n.Expr)
		for _, a := range n.Args {
			depends[i] = depends[i] || depends[a]
		}
		for a := range votes {
			if n.Dims[expr.Pixel] != p.pixels || p.pixels == 1 && !depends[i] || n.Dims[a] == 1 {
				continue
			}
			if votes[a] == nil {
				votes[a] = map[int]int{}
			}
			votes[a][n.Dims[a]]++
		}
	}
	more := MaxLoops - expr.Pixel // loops beyond one for each axis
	for a := range votes {
		usual[a] = slices.Sorted(maps.Keys(votes[a]))
		slices.SortStableFunc(usual[a], func(m, n int) int { return cmp.Compare(votes[a][n], votes[a][m]) })
		if beyond := len(usual[a]) - 1; beyond > 0 {
			taken := min(beyond, more)
			usual[a], more = usual[a][:1+taken], more-taken
		}
	}
	return usual
}

// unusual reports whether an array of some extents does not fit into the loops of the sweeps.
func (p *Plan) unusual(d expr.Dims) bool {
	for a := range expr.Pixel {
		if d[a] != 1 && len(p.steps[a]) > 0 && !slices.Contains(p.steps[a], d[a]) {
			return true
		}
	}
	return false
}

// lengthened reports whether a node has as many elements along its last axis as there are pixels,
// and none of its operands has.
func (p *Plan) lengthened(n *Node) bool {
	if n.Dims[expr.Pixel] != p.pixels || p.pixels == 1 {
		return false
	}
	for k, a := range n.Args {
		if !n.Rule.TakesTable(k) && p.nodes[a].Dims[expr.Pixel] == p.pixels {
			return false
		}
	}
	return true
}

// mixes returns the reason that a node with pixel values among its operands cannot be computed
// batch by batch, or "" if it can.
func (p *Plan) mixes(n *Node) string {
	if !n.Rule.Exists() {
		return fmt.Sprintf("operation %v is known to gorgonia alone", n.Expr.Operation())
	}
	if n.Rule.Whole() {
		return fmt.Sprintf("operation %s mixes pixels", n.Rule)
	}
	for k, a := range n.Args {
		operand := &p.nodes[a]
		if operand.Pixel && n.Rule.TakesTable(k) {
			return fmt.Sprintf("operand %d of %s, a table, varies with the pixels", k, n.Rule)
		}
		if !operand.Pixel && p.pixels > 1 && operand.Dims[expr.Pixel] == p.pixels && !n.Rule.TakesTable(k) {
			return fmt.Sprintf("operand %d of %s has as many elements as there are pixels, but they are not pixels", k, n.Rule)
		}
	}
	if !n.Rule.SumsPixels(n.Dims) && n.Dims[expr.Pixel] != p.pixels {
		return fmt.Sprintf("operation %s moves the pixel axis", n.Rule)
	}
	if from := p.nodes[n.Args[0]].Dims; n.Rule.Op == expr.OpReshape && from != n.Dims || n.Rule.Op == expr.OpSumAlong && !n.Rule.SumsPixels(n.Dims) && n.Rule.Kept(from) != n.Dims {
		return fmt.Sprintf("operation %s moves the axes of steps", n.Rule)
	}
	if !n.Rule.SumsPixels(n.Dims) && p.unusual(n.Dims) {
		return fmt.Sprintf("shape %v has other axes of steps than most pixel values, which have %v", n.Expr.Shape(), p.steps)
	}
	for k, a := range n.Args {
		if operand := &p.nodes[a]; !n.Rule.TakesTable(k) && p.unusual(operand.Dims) {
			return fmt.Sprintf("operand %d of %s, of shape %v, has other axes of steps than most pixel values, which have %v", k, n.Rule, operand.Expr.Shape(), p.steps)
		}
	}
	return ""
}

// Pixels returns the length of the pixel axis.
func (p *Plan) Pixels() int { return p.pixels }

// Breaks returns the nodes that are computed on whole arrays.
func (p *Plan) Breaks() []Break { return p.breaks }

// SharedBytes returns the memory that a run on an engine takes apart from its workers: uniform values, sums, and pixel values that are
// stored whole. An [InnerEngine] keeps no inner values of inner plans.
func (p *Plan) SharedBytes(e Engine) int64 {
	_, divided := e.(InnerEngine)
	var bytes int64
	for i := range p.nodes {
		n := &p.nodes[i]
		if !n.Leaf() && (!n.Pixel || n.whole || n.kept) && !(divided && n.inside) {
			bytes += 8 * int64(n.Dims.Size())
		}
	}
	if divided {
		for k := range p.inner {
			for i := range p.inner[k].nodes {
				if n := &p.inner[k].nodes[i]; n.whole {
					bytes += 8 * int64(n.Dims.Size())
				}
			}
		}
	}
	return bytes
}
