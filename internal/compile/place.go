package compile

import (
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/plan"
)

// Place is an element of an array at the loops' indices.
type Place struct {
	Step   int
	Stride [expr.Pixel]int
}

func (p Place) At(index *[expr.Pixel]int) int {
	n := 0
	for a, s := range p.Stride {
		n += index[a] * s
	}
	return n
}

// PlaceOf is where a step's array is read: the axes of extent 1 stand still.
func PlaceOf(step int, d expr.Dims) Place {
	p := Place{Step: step}
	stride := 1
	for a := expr.Point; a >= 0; a-- {
		if d[a] > 1 {
			p.Stride[a] = stride
		}
		stride *= d[a]
	}
	return p
}

// TargetDims are the extents that the elements of a sum over pixels lie on.
func TargetDims(p *plan.Plan, s *Sink) expr.Dims {
	step := p.Step(s.Step)
	if d := expr.Decode(step.Rule); d.Code == expr.CodeSumAlong {
		return kept(p.Step(step.Args[0]).Dims, d.Axes)
	}
	return step.Dims
}
