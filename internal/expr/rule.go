package expr

import (
	"gorgonia.org/tensor"
)

// Rule is what an operation means. Rules are immutable, comparable values.
//
// A rule never mixes pixels: an element at a pixel depends on its operands' elements at that pixel alone, but for
// rules that SumsPixels, which may sum over them. So a graph of rules can be run in batches of pixels.
type Rule interface {
	// String names the rule with every parameter that distinguishes it from others: it is the rule's identity.
	String() string
	// Shape of the result for operands of these shapes, or why they do not fit.
	Shape(in []tensor.Shape) (tensor.Shape, error)
	// Eval computes out.Data for the extents in out.Dims; no operand aliases it.
	Eval(out Array, in []Array)
	// Smooth tells whether the derivative by operand i can be other than zero.
	Smooth(i int) bool
	// Diff gives grad · ∂out/∂in[i] for each operand, nil where it is not Smooth. The results may still have the
	// shape of out: who calls it reduces them to the operand's shape.
	Diff(b *Builder, in []*Node, out, grad *Node) []*Node
	// SumsPixels tells, for operands with a pixel axis and a result of these extents, that the result is a sum over
	// pixels: the sum of the results of batches of pixels.
	SumsPixels(out Dims) bool
}

// Fixed is the value of a rule whose result does not depend on its operands' values, such as gorgonia.SizeOf.
func Fixed(r Rule) (v float64, ok bool) {
	f, ok := r.(fixed)
	return f.value, ok
}

// Spreads tells that a rule repeats its operand along axes that the operand does not have.
func Spreads(r Rule) bool {
	_, ok := r.(broadcastTo)
	return ok
}

// TakesTable tells that a rule's operand i is a table, read at indices and not broadcast with the other operands.
func TakesTable(r Rule, i int) bool {
	l, ok := r.(lookup)
	return ok && i == 3 && l.kind == gather
}
