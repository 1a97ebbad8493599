package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

func whereEval(_ Rule, out Array, in []Array) {
	sweep(out.Dims, in, func(r run) {
		c, x, y := in[0].Data[r.from[0]:], in[1].Data[r.from[1]:], in[2].Data[r.from[2]:]
		for i := range out.Data[r.at : r.at+r.n] {
			if c[i&r.mask[0]] != 0 {
				out.Data[r.at+i] = x[i&r.mask[1]]
			} else {
				out.Data[r.at+i] = y[i&r.mask[2]]
			}
		}
	})
}

func whereDiff(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	zero := b.Const(0)
	return []*Node{nil, b.Where(in[0], grad, zero), b.Where(in[0], zero, grad)}
}

// Where is x where cond is not 0, else y. A NaN in the branch that is not taken reaches neither the value nor the gradient at
// x or y, but it does reach the gradient of what made it: keep both branches finite.
func (b *Builder) Where(cond, x, y *Node) *Node { return b.apply(OpWhere, cond, x, y) }

// A pick joins panels of a detector: what is one number a panel becomes one a pixel.

func pickShape(_ Rule, in []tensor.Shape) (tensor.Shape, error) {
	for i, s := range in[1:] {
		if len(s) != 0 {
			return nil, fmt.Errorf("expr: choice %d of pick has shape %v, want a scalar", i, s)
		}
	}
	return in[0].Clone(), nil
}

func pickEval(_ Rule, out Array, in []Array) {
	for i, k := range in[0].Data[:len(out.Data)] {
		out.Data[i] = in[1+int(k)].Data[0]
	}
}

func pickDiff(_ Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for k := range in[1:] {
		shares[1+k] = b.Mul(grad, b.apply(OpEqual, in[0], b.Const(float64(k))))
	}
	return shares
}

// Pick is choices[index] at each element of index, whose values must be whole numbers from 0 to len(choices)−1.
func (b *Builder) Pick(index *Node, choices ...*Node) *Node {
	if len(choices) == 1 {
		return choices[0]
	}
	return b.apply(OpPick, append([]*Node{index}, choices...)...)
}
