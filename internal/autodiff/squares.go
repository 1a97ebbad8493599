package autodiff

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/expr"
)

// ErrNotTable means that an image depends on a vector otherwise than through tables that are read at the nearest cell.
var ErrNotTable = errors.New("is not read as a table at the nearest reflection")

// Squares builds Σ_pixels w (∂I/∂θ)² for each element θ of a vector, from which tables are made that the image I is computed
// of, each element of a table depending on one of the vector: the diagonal of the Fisher matrix. The derivatives are summed
// over the steps of a pixel before they are squared. Unlike images of derivatives, of which there would be as many as
// elements, that takes one sweep.
//
// The weight is a scalar, or has the image's shape. If the image does not depend on the vector in this way, the error wraps
// [ErrNotTable].
func Squares(image, weight, by *expr.Node) (*expr.Node, error) {
	refuse := func(why string) error { return fmt.Errorf("autodiff: %s, %s, %w", by, why, ErrNotTable) }
	if len(by.Shape()) != 1 {
		return nil, refuse(fmt.Sprintf("of shape %v", by.Shape()))
	}
	sorted, err := expr.Sort(image)
	if err != nil {
		return nil, err
	}
	b := expr.On(image.Graph())
	rates := make([]rate, len(sorted.Nodes))
	var gathers []*expr.Node
	var tables []rate
	for i, n := range sorted.Nodes {
		if n == by {
			numbers := make([]float64, by.Size())
			for k := range numbers {
				numbers[k] = float64(k)
			}
			rates[i] = rate{of: b.Leaf("element", numbers, len(numbers)), by: b.BroadcastTo(b.Const(1), by.Shape())}
			continue
		}
		from := -1
		for k, c := range sorted.Operands[i] {
			if rates[c].by == nil || !smooth(n, k, len(sorted.Operands[i])) {
				continue
			}
			if from >= 0 {
				return nil, refuse("of which several operands of " + n.Operation() + " are made")
			}
			from = k
		}
		if from < 0 {
			continue
		}
		r := n.Rule()
		table := rates[sorted.Operands[i][from]]
		if r.Op == expr.OpGather && from == 3 && r.Order == [3]int8{} && !r.Grid.Tricubic {
			gathers, tables = append(gathers, n), append(tables, table)
			continue
		}
		if rates[i], err = table.through(b, n, from); err != nil {
			return nil, err
		}
		if rates[i].by == nil {
			return nil, refuse("an operand of " + n.Operation())
		}
	}
	if len(gathers) == 0 {
		return nil, refuse("on which the image does not depend")
	}
	slopes, err := GradientOrNil(b.SumAll(image), gathers...)
	if err != nil {
		return nil, err
	}
	var pairs []*expr.Node
	var shape tensor.Shape
	for k, g := range gathers {
		if slopes[k] == nil {
			continue
		}
		if shape != nil && fmt.Sprint(shape) != fmt.Sprint(g.Shape()) {
			return nil, refuse("with different numbers of steps")
		}
		shape = g.Shape()
		at := func(table *expr.Node) *expr.Node {
			return b.Apply(g.Rule(), g.Args()[0], g.Args()[1], g.Args()[2], table)
		}
		pairs = append(pairs, at(tables[k].of), b.Mul(slopes[k], at(tables[k].by)))
	}
	return b.Squares(by.Size(), b.BroadcastTo(weight, image.Shape()), pairs...), b.Err()
}

// rate is how an array depends on a vector: element i on element of[i], with the derivative by[i]. The zero rate is none.
type rate struct{ of, by *expr.Node }

// through returns the rate of a node of whose operands one has a rate; none where an element depends on several.
func (t rate) through(b *expr.Builder, n *expr.Node, operand int) (rate, error) {
	r, in := n.Rule(), n.Args()
	if !r.Exists() {
		return rate{}, nil
	}
	labels := append([]*expr.Node(nil), in...)
	labels[operand] = t.of
	var of *expr.Node
	switch {
	case r.Op == expr.OpTake || r.Op == expr.OpReshape:
		of = b.Apply(r, labels...)
	case r.Op == expr.OpConcat:
		for k, x := range in {
			if k != operand {
				labels[k] = b.BroadcastTo(b.Const(0), x.Shape()) // of the rate 0
			}
		}
		of = b.Apply(r, labels...)
	case r.Op.Plain() && fmt.Sprint(in[operand].Shape()) == fmt.Sprint(n.Shape()):
		of = t.of
	default:
		return rate{}, nil
	}
	tangents := make([]*expr.Node, len(in))
	tangents[operand] = t.by
	by, err := expr.Forward(r, in, n, tangents)
	if err != nil || by == nil {
		return rate{}, err
	}
	return rate{of: of, by: b.BroadcastTo(by, n.Shape())}, b.Err()
}
