package nodetest

import (
	G "gorgonia.org/gorgonia"

	"github.com/gobragg/gobragg/internal/autodiff"
	"github.com/gobragg/gobragg/internal/expr"
	"github.com/gobragg/gobragg/internal/node"
)

// Gradient is autodiff.Gradient of nodes.
func Gradient(of *G.Node, by ...*G.Node) (G.Nodes, error) { return through(autodiff.Gradient, of, by) }

// GradientOrZero is autodiff.GradientOrZero of nodes.
func GradientOrZero(of *G.Node, by ...*G.Node) (G.Nodes, error) {
	return through(autodiff.GradientOrZero, of, by)
}

// GradientOrNil is autodiff.GradientOrNil of nodes.
func GradientOrNil(of *G.Node, by ...*G.Node) (G.Nodes, error) {
	return through(autodiff.GradientOrNil, of, by)
}

func through(f func(*expr.Node, ...*expr.Node) ([]*expr.Node, error), of *G.Node, by []*G.Node) (G.Nodes, error) {
	list, err := node.Read(append([]*G.Node{of}, by...)...)
	if err != nil {
		return nil, err
	}
	grads, err := f(list[0], list[1:]...)
	if err != nil {
		return nil, err
	}
	b := node.On(of.Graph())
	out := b.Outs(grads...)
	return out, b.Err()
}

// Leaves is a choice of inputs as one of expressions.
func Leaves(f func(*G.Node) bool) func(*expr.Node) bool {
	return func(e *expr.Node) bool {
		n := node.Of(e)
		return n != nil && f(n)
	}
}
