package expr

import (
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"github.com/gobragg/gobragg/internal/special"
)

// sinRatio is the order-th derivative by the first operand d of sin(π N d)/sin(π d), |d| ≤ ½; the second operand is
// N, a scalar.
type sinRatio struct{ order int }

func (s sinRatio) String() string { return fmt.Sprintf("sinratio'%d", s.order) }

func (s sinRatio) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if len(in[1]) != 0 {
		return nil, fmt.Errorf("expr: the number of cells of sinratio has shape %v, want a scalar", in[1])
	}
	_, err := special.NewSincRatio(1, s.order)
	return in[0].Clone(), err
}

// Eval gives NaN where the number of cells is none that a crystal can have: the crystal checks it before.
func (s sinRatio) Eval(out Array, in []Array) {
	f, err := special.NewSincRatio(in[1].Data[0], s.order)
	if err != nil {
		for i := range out.Data {
			out.Data[i] = math.NaN()
		}
		return
	}
	f.Into(out.Data, in[0].Data[:len(out.Data)])
}

func (s sinRatio) Smooth(int) bool      { return true }
func (s sinRatio) SumsPixels(Dims) bool { return false }

func (s sinRatio) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	d, n := in[0], in[1]
	byD := b.Apply(sinRatio{s.order + 1}, d, n)
	// By N: ∂/∂N sin(πNd)/sin(πd) = X(d) cos(πNd), X(d) = πd/sin(πd); its order-th derivative by d is Leibniz' sum,
	// with the j-th derivative of cos(πNd) = (πN)^j cos(πNd + jπ/2).
	var byN *Node
	phase := b.Mul(b.Scale(math.Pi, n), d)
	binomial := 1.0
	for j := 0; j <= s.order; j++ {
		term := b.Mul(b.Apply(series{overSin, s.order - j}, d), b.Cos(b.Add(phase, b.Const(float64(j)*math.Pi/2))))
		if j > 0 {
			term = b.Mul(term, b.Scale(binomial*math.Pow(math.Pi, float64(j)), b.Pow(n, b.Const(float64(j)))))
		}
		if byN == nil {
			byN = term
		} else {
			byN = b.Add(byN, term)
		}
		binomial *= float64(s.order-j) / float64(j+1)
	}
	return []*Node{b.Mul(grad, byD), b.Mul(grad, byN)}
}

// SinRatio is sin(π N d)/sin(π d): the lattice transform of n unit cells (a scalar node) along one axis, at a
// distance d from the nearest integer Miller index, |d| ≤ ½ (physics.md, F_latt, square).
func (b *Builder) SinRatio(d, n *Node) *Node { return b.Apply(sinRatio{}, d, n) }

// of1 is a special function of one operand that is prepared once an evaluation.
type of1 interface{ Into(dst, x []float64) }

// series is a family of special functions of one operand, closed under differentiation.
type series struct {
	family seriesFamily
	order  int
}

type seriesFamily uint8

const (
	overSin  seriesFamily = iota // π d/sin(π d)
	sphereFT                     // s3(√u) = 3 (sin x/x − cos x)/x², x = √u
)

func (s series) prepare() (of1, error) {
	if s.family == overSin {
		return special.NewXOverSin(s.order)
	}
	return special.NewSinc3(s.order)
}

func (s series) String() string {
	return fmt.Sprintf("%s'%d", [...]string{"oversin", "sinc3"}[s.family], s.order)
}

// Shape checks the order too: the families end at special.MaxOrder.
func (s series) Shape(in []tensor.Shape) (tensor.Shape, error) {
	_, err := s.prepare()
	return in[0].Clone(), err
}

func (s series) Eval(out Array, in []Array) {
	f, _ := s.prepare() // Shape has checked the order
	f.Into(out.Data, in[0].Data[:len(out.Data)])
}

func (s series) Smooth(int) bool      { return true }
func (s series) SumsPixels(Dims) bool { return false }

func (s series) Diff(b *Builder, in []*Node, _, grad *Node) []*Node {
	return []*Node{b.Mul(grad, b.Apply(series{s.family, s.order + 1}, in[0]))}
}

// Sinc3 is the transform of a sphere as a function of the squared distance u ≥ 0: smooth in u, where the same
// function of √u would have no derivative at 0 (physics.md, F_latt, round).
func (b *Builder) Sinc3(u *Node) *Node { return b.Apply(series{family: sphereFT}, u) }
