package plan

import (
	"fmt"

	"github.com/gobragg/gobragg/internal/expr"
)

// Runs returns the leaf that numbers the runs, and reports whether there is one. A run is a stretch of pixels that have many
// values in common, a spot for example: the leaf has the number of the run at each of its pixels, 0, 0, 0, 1, 1, …. Values of
// the runs lie on an axis of their own in place of the pixels. An OpTake by the leaf is a number in a run, which a block of
// pixels reads once, and an OpPut by it the sum over each run; neither mixes pixels of different runs. A batch ends where a
// run does.
func (p *Plan) Runs() (leaf int, ok bool) { return p.runs, p.runs >= 0 }

// inRuns reports whether a node takes or sums values of the runs.
func (p *Plan) inRuns(n *Node) bool {
	if p.runs < 0 || len(n.Args) != 2 || n.Args[1] != p.runs || n.Args[0] == p.runs {
		return false
	}
	values := &p.nodes[n.Args[0]]
	switch n.Rule.Op {
	case expr.OpTake:
		return !values.Pixel && n.Dims[expr.Pixel] == p.pixels
	case expr.OpPut:
		return values.Pixel
	}
	return false
}

// markRead marks the leaves that something else than sweeps reads.
func (p *Plan) markRead() {
	for i := range p.nodes {
		n := &p.nodes[i]
		n.read = n.read || n.kept || !n.Pixel || i == p.runs
		for k, a := range n.Args {
			operand := &p.nodes[a]
			operand.read = operand.read || n.whole || !n.Pixel && !n.reduce || n.Rule.TakesTable(k)
		}
	}
}

// Limit makes runs compute the first pixels alone, as many as f returns then: a list that is shorter than the room that it
// has. Values of the others are 0.
func (p *Plan) Limit(f func() int) { p.limit = f }

// computed returns how many pixels are computed.
func (r *run) computed() int {
	if r.limit != nil {
		return min(r.pixels, r.limit())
	}
	return r.pixels
}

// bounds returns where batches of about a number of pixels begin, and the number of pixels at the end: every multiple of it,
// or, with runs, the ends of runs.
func (r *run) bounds(size int) ([]int, error) {
	out, pixels := []int{0}, r.computed()
	if r.runs < 0 {
		for at := size; at < pixels; at += size {
			out = append(out, at)
		}
		return append(out, pixels), nil
	}
	number := r.shared[r.runs].Data[:pixels]
	for i := 1; i < len(number); i++ {
		switch step := number[i] - number[i-1]; {
		case step == 0:
		case !(step > 0):
			return nil, fmt.Errorf("pixel %d is of run %g after one of run %g", i, number[i], number[i-1])
		case i-out[len(out)-1] >= size:
			out = append(out, i)
		}
	}
	if !(number[0] >= 0) {
		return nil, fmt.Errorf("the first pixel is of run %g", number[0])
	}
	return append(out, pixels), nil
}
