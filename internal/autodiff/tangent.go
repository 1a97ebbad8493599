package autodiff

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gobragg/gobragg/internal/expr"
)

// ErrNoTangent means that only gorgonia knows an operation, and differentiates it in reverse mode only.
var ErrNoTangent = errors.New("has no forward derivative")

// Tangents builds the derivatives of nodes of any shape by one scalar, each in its node's shape; nil where a node does
// not depend on the scalar, or only through steps. Nodes that are held count as constants. This is forward mode, cheaper than
// Gradient if there are more results than parameters. For an operation without a forward derivative the error wraps
// [ErrNoTangent].
func Tangents(of []*expr.Node, by *expr.Node, held ...*expr.Node) ([]*expr.Node, error) {
	return tangents(of, by, constants(held))
}

// constants are nodes whose derivatives count as none.
func constants(held []*expr.Node) map[*expr.Node]*expr.Node {
	known := map[*expr.Node]*expr.Node{}
	for _, n := range held {
		known[n] = nil
	}
	return known
}

// TangentsThrough is Tangents where the derivative of an inner node is known already: moves, nil if the node does not change.
func TangentsThrough(of []*expr.Node, by, inner, moves *expr.Node) ([]*expr.Node, error) {
	return tangents(of, by, map[*expr.Node]*expr.Node{inner: moves})
}

// tangents are those of Tangents, with the derivatives of some nodes given; nil counts as a constant.
func tangents(of []*expr.Node, by *expr.Node, known map[*expr.Node]*expr.Node) ([]*expr.Node, error) {
	sorted, err := expr.Sort(of...)
	if err != nil {
		return nil, err
	}
	return tangentsIn(sorted, of, by, known)
}

// tangentsIn are tangents of nodes that are listed already, with all that they depend on.
func tangentsIn(sorted *expr.Sorted, of []*expr.Node, by *expr.Node, known map[*expr.Node]*expr.Node) ([]*expr.Node, error) {
	if by == nil || len(by.Shape()) != 0 {
		return nil, fmt.Errorf("autodiff: tangents are by a scalar node")
	}
	b := expr.On(by.Graph())
	var err error
	tangents := make([]*expr.Node, len(sorted.Nodes))
	for i, n := range sorted.Nodes {
		moves, given := known[n]
		switch {
		case given:
			tangents[i] = moves
		case n == by:
			tangents[i] = b.Const(1)
		case len(sorted.Operands[i]) == 0:
		default:
			if tangents[i], err = along(sorted, i, tangents); err != nil {
				return nil, err
			}
		}
	}
	out := make([]*expr.Node, len(of))
	for k, n := range of {
		if t := tangents[sorted.Index[n]]; t != nil {
			out[k] = b.BroadcastTo(t, n.Shape())
		}
	}
	return out, b.Err()
}

// along is the tangent of node i from those of its operands.
func along(sorted *expr.Sorted, i int, tangents []*expr.Node) (*expr.Node, error) {
	n := sorted.Nodes[i]
	if !slices.ContainsFunc(sorted.Operands[i], func(c int) bool { return tangents[c] != nil }) {
		return nil, nil
	}
	in := make([]*expr.Node, len(sorted.Operands[i]))
	changes := make([]*expr.Node, len(in))
	for k, c := range sorted.Operands[i] {
		in[k], changes[k] = sorted.Nodes[c], tangents[c]
	}
	if !n.Rule().Exists() {
		return nil, fmt.Errorf("autodiff: %s, known to gorgonia alone, %w", n.Operation(), ErrNoTangent)
	}
	t, err := expr.Forward(n.Rule(), in, n, changes)
	if err != nil {
		return nil, fmt.Errorf("autodiff: derivative of %s: %w", n.Operation(), err)
	}
	return t, nil
}
