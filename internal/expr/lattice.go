package expr

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/special"
)

// order is the attribute of a function of which the rules are derivatives.
func order(r Rule) string { return fmt.Sprintf("'%d", r.Order[0]) }

// raised is the rule's derivative by one of its first operands.
func (r Rule) raised(operand int) Rule {
	r.Order[operand]++
	return r
}

// The order-th derivative by d of sin(π N d)/sin(π d), |d| ≤ ½; the second operand is N, a scalar.

func ratioShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	if len(in[1]) != 0 {
		return nil, fmt.Errorf("expr: the number of cells of sinratio has shape %v, want a scalar", in[1])
	}
	_, err := special.NewSincRatio(1, int(r.Order[0]))
	return in[0].Clone(), err
}

// ratioEval gives NaN for a number of cells that no crystal can have: package crystal has refused it by then.
func ratioEval(r Rule, out Array, in []Array) {
	f, err := special.NewSincRatio(in[1].Data[0], int(r.Order[0]))
	if err != nil {
		for i := range out.Data {
			out.Data[i] = math.NaN()
		}
		return
	}
	f.Into(out.Data, in[0].Data[:len(out.Data)])
}

func ratioDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	d, n := in[0], in[1]
	order := int(r.Order[0])
	byD := b.Apply(r.raised(0), d, n)
	// By N: ∂/∂N sin(πNd)/sin(πd) = X(d) cos(πNd), X(d) = πd/sin(πd); its order-th derivative by d is Leibniz' sum,
	// with the j-th derivative of cos(πNd) = (πN)^j cos(πNd + jπ/2).
	var byN *Node
	phase := b.Mul(b.Scale(math.Pi, n), d)
	binomial := 1.0
	for j := 0; j <= order; j++ {
		overSin := Rule{Op: OpOverSin, Order: [3]int8{int8(order - j)}}
		term := b.Mul(b.Apply(overSin, d), b.Cos(b.Add(phase, b.Const(float64(j)*math.Pi/2))))
		if j > 0 {
			term = b.Mul(term, b.Scale(binomial*math.Pow(math.Pi, float64(j)), b.Pow(n, b.Const(float64(j)))))
		}
		if byN == nil {
			byN = term
		} else {
			byN = b.Add(byN, term)
		}
		binomial *= float64(order-j) / float64(j+1)
	}
	return []*Node{b.Mul(grad, byD), b.Mul(grad, byN)}
}

// SinRatio is sin(π N d)/sin(π d): the lattice transform of n unit cells (a scalar node) along one axis, at a
// distance d from the nearest integer Miller index, |d| ≤ ½ (physics.md, F_latt, square).
func (b *Builder) SinRatio(d, n *Node) *Node { return b.apply(OpSinRatio, d, n) }

// prepared is a special function of one operand that is prepared once an evaluation.
type prepared interface{ Into(dst, x []float64) }

// prepare finds the function of OpOverSin or OpSinc3: families that are closed under differentiation, up to special.MaxOrder.
func prepare(r Rule) (prepared, error) {
	if r.Op == OpOverSin {
		return special.NewXOverSin(int(r.Order[0]))
	}
	return special.NewSinc3(int(r.Order[0]))
}

func seriesShape(r Rule, in []tensor.Shape) (tensor.Shape, error) {
	_, err := prepare(r)
	return in[0].Clone(), err
}

func seriesEval(r Rule, out Array, in []Array) {
	f, _ := prepare(r) // seriesShape has checked the order
	f.Into(out.Data, in[0].Data[:len(out.Data)])
}

func seriesDiff(r Rule, b *Builder, in []*Node, _, grad *Node) []*Node {
	return []*Node{b.Mul(grad, b.Apply(r.raised(0), in[0]))}
}

// Sinc3 is the transform of a sphere as a function of the squared distance u ≥ 0: smooth in u, where the same
// function of √u would have no derivative at 0 (physics.md, F_latt, round).
func (b *Builder) Sinc3(u *Node) *Node { return b.apply(OpSinc3, u) }
