package compile

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Place is an element of an array at the loops' indices.
type Place struct {
	Node   int
	Stride [expr.Pixel]int
}

// At returns the index of the element at the loops' indices.
func (p Place) At(index *[expr.Pixel]int) int {
	n := 0
	for a, s := range p.Stride {
		n += index[a] * s
	}
	return n
}

// PlaceOf returns where the array of a node is read. Axes of extent 1 have stride 0.
func PlaceOf(node int, d expr.Dims) Place {
	p := Place{Node: node}
	stride := 1
	for a := expr.Point; a >= 0; a-- {
		if d[a] > 1 {
			p.Stride[a] = stride
		}
		stride *= d[a]
	}
	return p
}

// NumberOf returns where the number of a node is read, an element of a uniform array, or of the first run's among those of
// the runs.
func NumberOf(node int, d expr.Dims) Place {
	p := PlaceOf(node, d)
	for a := range p.Stride {
		p.Stride[a] *= d[expr.Pixel]
	}
	return p
}

// TargetDims returns the extents of the result of a sum over pixels, with the summed axes kept as
// 1.
func TargetDims(p *plan.Plan, s *Sink) expr.Dims {
	node := p.Node(s.Node)
	if node.Rule.Op == expr.OpSumAlong {
		return node.Rule.Kept(p.Node(node.Args[0]).Dims)
	}
	return node.Dims
}
