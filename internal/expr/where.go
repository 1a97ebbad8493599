package expr

import (
	"fmt"

	"gorgonia.org/tensor"
)

// where chooses elementwise: the second operand where the first is not 0, else the third.
type where struct{}

func (where) String() string                                { return "where" }
func (where) Shape(in []tensor.Shape) (tensor.Shape, error) { return broadcastShape(in) }
func (where) Smooth(i int) bool                             { return i > 0 }
func (where) SumsPixels(Dims) bool                          { return false }

func (where) Eval(out Array, in []Array) {
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

func (where) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	zero := b.Const(0)
	return []*Node{nil, b.Where(in[0], grad, zero), b.Where(in[0], zero, grad)}
}

// Where is x where cond is not 0, else y. A NaN in the branch not taken does not reach the value or the gradient
// at x or y, but does reach the gradient of what made it: keep both branches finite.
func (b *Builder) Where(cond, x, y *Node) *Node { return b.Apply(where{}, cond, x, y) }

// pick takes, at each element of its first operand k, operand k+1, a scalar. It joins panels of a detector: what
// is one number a panel becomes one a pixel.
type pick struct{ choices int }

func (p pick) String() string { return fmt.Sprintf("pick%d", p.choices) }

func (p pick) Shape(in []tensor.Shape) (tensor.Shape, error) {
	for i, s := range in[1:] {
		if len(s) != 0 {
			return nil, fmt.Errorf("expr: choice %d of pick has shape %v, want a scalar", i, s)
		}
	}
	return in[0].Clone(), nil
}

func (p pick) Eval(out Array, in []Array) {
	for i, k := range in[0].Data[:len(out.Data)] {
		out.Data[i] = in[1+int(k)].Data[0]
	}
}

func (p pick) Smooth(i int) bool    { return i > 0 }
func (p pick) SumsPixels(Dims) bool { return false }

func (p pick) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	shares := make([]*Node, len(in))
	for k := range p.choices {
		shares[1+k] = b.Mul(grad, b.Apply(eq, in[0], b.Const(float64(k))))
	}
	return shares
}

// Pick is choices[index] at each element of index, whose values must be whole numbers from 0 to len(choices)−1.
func (b *Builder) Pick(index *Node, choices ...*Node) *Node {
	if len(choices) == 1 {
		return choices[0]
	}
	return b.Apply(pick{len(choices)}, append([]*Node{index}, choices...)...)
}
