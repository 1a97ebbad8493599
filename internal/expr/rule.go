package expr

import (
	"fmt"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/parallel"
)

// Rule is what a node does with its operands: an operation and its attributes, those of other operations being zero. Rules
// are compared by ==. The zero Rule is none.
//
// A rule does not mix pixels: an element at a pixel depends on its operands' elements at that pixel alone, except that a
// rule that [Rule.SumsPixels] may sum over them, and one that is [Rule.Whole] looks at all. So a graph of other rules can be
// run in batches of pixels.
type Rule struct {
	Op    Op
	Order [3]int8       // of the derivative by the first operands: OpSinRatio, OpOverSin, OpSinc3 (by one), OpGaussMean (by two), OpGather, OpScatter, OpShare (by h, k, l)
	Axes  [MaxRank]bool // OpSumAlong: those summed over; OpConcat, OpTake, OpPut: the one that is joined or indexed
	to    target        // OpSumTo, OpSumAlong, OpBroadcast, OpReshape, OpView, OpPlace, OpPut, OpSquares: the result's shape
	at    places        // OpView, OpPlace
	Grid  *Grid         // OpGather, OpScatter, OpShare
	value float64       // OpFixed

	Raster     *Raster // OpConvolve, OpCorrelate
	Transposed [2]bool // OpMatMul: the operands that are transposed; OpConvolve: the operation, by the first

	altered *Altered // opAltered
}

// SumAlong is gorgonia's sum: it drops the axes summed over. axes are those of the four; shape is the result's.
func SumAlong(axes [MaxRank]bool, shape tensor.Shape) (Rule, error) {
	to, err := targetOf(shape)
	return Rule{Op: OpSumAlong, Axes: axes, to: to}, err
}

// ReshapeTo keeps the elements and their order.
func ReshapeTo(shape tensor.Shape) (Rule, error) {
	to, err := targetOf(shape)
	return Rule{Op: OpReshape, to: to}, err
}

// FixedAt is a number that does not depend on the operand's values, such as the length of an axis.
func FixedAt(v float64) Rule { return Rule{Op: OpFixed, value: v} }

// Exists reports whether the rule is one: inputs, constants and foreign operations have the zero Rule.
func (r Rule) Exists() bool { return r.Op != OpNone }

// String names the rule with every attribute that distinguishes it from others.
func (r Rule) String() string {
	row := &ops[r.Op]
	if row.attributes == nil {
		return row.name
	}
	return row.name + row.attributes(r)
}

// Shape of the result for operands of these shapes, or why they do not fit.
func (r Rule) Shape(in []tensor.Shape) (tensor.Shape, error) {
	row := &ops[r.Op]
	if row.shape == nil || row.operands != several && row.operands != len(in) {
		return nil, fmt.Errorf("expr: %q is no operation on %d operands", r, len(in))
	}
	return row.shape(r, in)
}

// Eval computes out.Data for the extents in out.Dims; no operand aliases it.
func (r Rule) Eval(out Array, in []Array) { ops[r.Op].eval(r, out, in) }

// EvalNew is Eval for elements that are 0, as those of a new array are: what sums into a few of many need not clear all. A
// convolution and its derivatives are shared among workers; the result has the same bits for any number of them.
func (r Rule) EvalNew(out Array, in []Array, workers int) {
	divide := ops[r.Op].parts
	switch {
	case r.Op == OpPut:
		putInto(r, out, in)
	case divide == nil || workers < 2:
		r.Eval(out, in)
	default:
		parts, do := divide(r, out, in)
		parallel.Each(workers, parts, do)
	}
}

// Smooth reports whether the derivative by operand i can be other than zero.
func (r Rule) Smooth(i int) bool {
	row := &ops[r.Op]
	return row.flat>>min(i, 7)&1 == 0 && (row.smooth == nil || row.smooth(r, i))
}

// Diff gives grad · ∂out/∂in[i] for each operand, nil where it is not [Rule.Smooth]. The results may still have the shape of
// out: the caller reduces them to the operand's shape.
func (r Rule) Diff(b *Builder, in []*Node, out, grad *Node) []*Node {
	if ops[r.Op].diff == nil {
		return make([]*Node, len(in))
	}
	return ops[r.Op].diff(r, b, in, out, grad)
}

// SumsPixels reports, for operands with a pixel axis and a result of these extents, whether the result is a sum over pixels:
// the sum of the results of batches of pixels.
func (r Rule) SumsPixels(out Dims) bool {
	sums := ops[r.Op].sums
	return sums != nil && sums(r, out)
}

// Whole reports whether the rule is computed on whole arrays, since an element may depend on its operands' elements at other
// pixels.
func (r Rule) Whole() bool {
	if r.Op == opAltered {
		return r.altered.Rule.Whole()
	}
	return ops[r.Op].whole
}

// TakesTable reports whether operand i is a table, or a list of indices, and not broadcast with the other operands.
func (r Rule) TakesTable(i int) bool { return i > 0 && ops[r.Op].table == i }

// Fixed is the value of a rule whose result does not depend on its operands' values.
func (r Rule) Fixed() (v float64, ok bool) { return r.value, r.Op == OpFixed }

// Kept are extents with the axes that OpSumAlong sums over set to 1.
func (r Rule) Kept(d Dims) Dims {
	for i, summed := range r.Axes {
		if summed {
			d[i] = 1
		}
	}
	return d
}

// Forward gives the derivative of a rule's result along given derivatives of its operands, nil where an operand does not
// change; nil if the result does not. Where a result does not vary along an axis, it may have a smaller shape than out.
func Forward(r Rule, in []*Node, out *Node, tangents []*Node) (*Node, error) {
	b := On(out.Graph())
	var sum *Node
	for i, t := range tangents {
		if t == nil || !r.Smooth(i) {
			continue
		}
		part := forward(b, r, in, out, i, t)
		if sum == nil {
			sum = part
		} else {
			sum = b.Add(sum, part)
		}
	}
	return sum, b.Err()
}

// forward is the share of operand i. Of an elementwise rule, reverse mode makes it of the tangent as it makes a gradient's
// share of a gradient.
func forward(b *Builder, r Rule, in []*Node, out *Node, i int, t *Node) *Node {
	if tangent := ops[r.Op].tangent; tangent != nil {
		return tangent(r, b, in, i, t)
	}
	return r.Diff(b, in, out, t)[i]
}

// linear is the tangent of a linear rule of one operand.
func linear(r Rule, b *Builder, in []*Node, i int, t *Node) *Node {
	return b.Apply(r, b.BroadcastTo(t, in[i].Shape()))
}

// Backward gives the gradient's share of each operand, in the operand's shape; nil where the rule is not smooth.
func Backward(r Rule, in []*Node, out, grad *Node) ([]*Node, error) {
	b := On(out.Graph())
	shares := r.Diff(b, in, out, grad)
	for i, s := range shares {
		if s != nil {
			shares[i] = b.SumTo(s, in[i].Shape())
		}
	}
	return shares, b.Err()
}

// Altered is a rule that is not in the table: one that is, with other values or derivatives. Tests of what runs and checks
// rules plant mistakes with it. It is compared by address.
type Altered struct {
	Rule   Rule   // what it is made of, and does where a function below is nil
	Name   string // its identity
	Smooth func(i int) bool
	Eval   func(out Array, in []Array)
	Diff   func(b *Builder, in []*Node, out, grad *Node) []*Node
}

// Alter is an altered rule.
func Alter(a *Altered) Rule { return Rule{Op: opAltered, altered: a} }

func (a *Altered) smooth(i int) bool {
	if a.Smooth == nil {
		return a.Rule.Smooth(i)
	}
	return a.Smooth(i)
}

func (a *Altered) eval(out Array, in []Array) {
	if a.Eval == nil {
		a.Rule.Eval(out, in)
		return
	}
	a.Eval(out, in)
}

func (a *Altered) diff(b *Builder, in []*Node, out, grad *Node) []*Node {
	if a.Diff == nil {
		return a.Rule.Diff(b, in, out, grad)
	}
	return a.Diff(b, in, out, grad)
}

// Same reports whether two rules do the same: equal ones, and those whose grids have equal contents.
func (r Rule) Same(o Rule) bool {
	if r.Grid != nil && o.Grid != nil && r.Grid != o.Grid && r.Grid.same(o.Grid) {
		r.Grid, o.Grid = nil, nil
	}
	return r == o
}

func (g *Grid) same(o *Grid) bool {
	return g.Box == o.Box && g.Tricubic == o.Tricubic && g.Channels == o.Channels && slices.Equal(g.Present, o.Present)
}
