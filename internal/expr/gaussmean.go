package expr

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/special"
)

// bothOrders is the attribute of a function of two operands of which the rules are derivatives.
func bothOrders(r Rule) string { return fmt.Sprintf("'%d%d", r.Order[0], r.Order[1]) }

func gaussMeanShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	if err := special.CheckGaussOrder(int(r.Order[0]), int(r.Order[1])); err != nil {
		return nil, err
	}
	return broadcastShape(in)
}

func gaussMeanEval(r Rule, out Array, in []Array) {
	byO, byG := int(r.Order[0]), int(r.Order[1])
	pairwise(func(o, g float64) float64 { return special.GaussMean(o, g, byO, byG) })(r, out, in)
}

func gaussMeanDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	return []*Node{b.Mul(grad, b.Apply(r.raised(0), in...)), b.Mul(grad, b.Apply(r.raised(1), in...))}
}

// GaussMean is the mean of exp(−t²/2) over the interval of width g around o: the part of a Gaussian that a
// rotation of finite range passes through, per width. It is smooth in both, at g = 0 too.
func (b *Builder) GaussMean(o, g *Node) *Node { return b.apply(OpGaussMean, o, g) }
